//! Words to a checked call, a question, an answer of our own, or a mistake with its correction.
//!
//! The grammar is the AWS CLI's (version 1, the form without a shell): a command for every service, an operation, options
//! from the operation's model with the CLI's own exceptions, values as text, shorthand or JSON. In [`Dialect::Chat`] more
//! is understood: one hyphen for two, the service left out where the operation's name is unique, the option left out where
//! one parameter is required, the API's spelling of names.
//! A parser reads no file: `file://` and `fileb://` name [`Attachment`]s that are given as values. It sends nothing and
//! decides nothing about who may call what.

mod answer;
mod arguments;
mod bare;
mod builtin;
mod call;
mod expand;
mod mistake;
mod names;
mod options;
mod report;
mod scan;
mod shorthand;
mod special;
mod suggest;
#[cfg(test)]
mod tests;
mod unpack;

pub use answer::{Question, QuestionKind};
pub use builtin::{AliasCommand, BUILTINS, Builtin};
pub use call::{Call, Options, Paging};
pub use mistake::{Mistake, MistakeKind};
pub use names::option_name;
pub(crate) use suggest::nearest;

pub(crate) use arguments::{Argument, Target, argument_table};

use crate::lex::Word;
use bailiwick_aws::Operation;
use bailiwick_aws::Service;
use bailiwick_aws::pack::{Cli, CliCommand, OperationIndex, Pack, PackError};
use std::sync::Arc;

/// A file that came with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, as `file://NAME` names it.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// How strictly the AWS CLI's grammar is kept to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// What people type into a room.
    #[default]
    Chat,
    /// What the AWS CLI itself accepts, and nothing more.
    Cli,
}

/// What a parse depends on besides the words.
#[derive(Debug, Clone, Copy, Default)]
pub struct Setting<'a> {
    /// How strictly to read.
    pub dialect: Dialect,
    /// The files that came with the message.
    pub attachments: &'a [Attachment],
}

/// What words mean.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// Something is missing; ask for it.
    Ask(Question),
    /// A command of our own.
    Builtin(Builtin),
    /// A call of an AWS operation, complete and of the right types.
    Call(Box<Call>),
    /// A wish for help.
    Help(HelpTopic),
    /// Text that is the answer itself: the skeleton of an input or output, as JSON.
    Print(String),
}

/// What help is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpTopic {
    /// A command of our own, such as `alias`.
    Builtin(String),
    /// One operation.
    Operation {
        /// The command, such as `s3api`.
        command: String,
        /// The operation's name on the command line, such as `list-buckets`.
        operation: String,
    },
    /// One service, by its command, such as `s3api`.
    Service(String),
    /// Everything.
    Top,
}

/// The command language over a data pack.
#[derive(Debug, Clone)]
pub struct Grammar {
    pack: Arc<Pack>,
    cli: Arc<Cli>,
    index: Arc<OperationIndex>,
}

/// An operation as the command line names it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) command: String,
    pub(crate) cli_name: String,
    pub(crate) service: Arc<Service>,
    pub(crate) name: bailiwick_aws::model::Text,
}

impl Found {
    /// The operation in its service's model. Only operations of the model are ever found.
    pub(crate) fn operation(&self) -> Option<&Operation> {
        self.service.operation(&self.name)
    }
}

impl Grammar {
    /// The language of everything in the pack.
    ///
    /// # Errors
    /// The pack's, when it is damaged.
    pub fn new(pack: Arc<Pack>) -> Result<Self, PackError> {
        Ok(Grammar { cli: pack.cli()?, index: pack.operations()?, pack })
    }

    /// The pack that the language was made from.
    pub fn pack(&self) -> &Arc<Pack> {
        &self.pack
    }

    /// Reads the words of a command, without the mention and without `aws`.
    ///
    /// # Errors
    /// A [`Mistake`] that says what was understood, what is wrong and, where there is one, the nearest right command.
    pub fn parse(&self, words: &[Word], setting: &Setting<'_>) -> Result<Parsed, Mistake> {
        let words = &scan::normalized(words, setting.dialect)[..];
        if let Some(parsed) = self.help_or_builtin(words, setting)? {
            return Ok(parsed);
        }
        let (options, rest) = options::take_global(words, setting.dialect)?;
        let (found, rest) = match self.find(rest, setting.dialect)? {
            Goal::Operation(found, rest) => (found, rest),
            Goal::Help(topic) => return Ok(Parsed::Help(topic)),
            Goal::S3(rest) => {
                let expanded = expand::s3(self, &rest, &options, setting.dialect)?;
                let mut parsed = call::build(self, expanded.found, options, &expanded.words, &expanded.line, setting)?;
                if let Parsed::Call(call) = &mut parsed {
                    call.listing = expanded.listing;
                }
                return Ok(parsed);
            }
        };
        if rest.len() == 1 && rest.first().is_some_and(|word| word.text == "help")
            || rest.iter().any(scan::asks_for_help)
        {
            return Ok(Parsed::Help(HelpTopic::Operation { command: found.command, operation: found.cli_name }));
        }
        call::build(self, found, options, &rest, words, setting)
    }

    /// The command line's facts.
    pub(crate) fn cli(&self) -> &Cli {
        &self.cli
    }

    fn help_or_builtin(&self, words: &[Word], setting: &Setting<'_>) -> Result<Option<Parsed>, Mistake> {
        let Some(first) = words.first() else { return Ok(Some(Parsed::Help(HelpTopic::Top))) };
        if first.text == "help" || scan::asks_for_help(first) {
            let topic = match words.get(1..).unwrap_or_default() {
                [] => HelpTopic::Top,
                [one] if builtin::is_name(&one.text) => HelpTopic::Builtin(builtin::canonical(&one.text).to_owned()),
                rest => match self.find(rest.to_vec(), setting.dialect)? {
                    Goal::Operation(found, _) => {
                        HelpTopic::Operation { command: found.command, operation: found.cli_name }
                    }
                    Goal::Help(topic) => topic,
                    Goal::S3(_) => HelpTopic::Service("s3api".to_owned()),
                },
            };
            return Ok(Some(Parsed::Help(topic)));
        }
        match setting.dialect {
            Dialect::Chat => builtin::read(words),
            Dialect::Cli => Ok(None),
        }
    }

    /// The operation that the first words name, and the words without them.
    fn find(&self, mut words: Vec<Word>, dialect: Dialect) -> Result<Goal, Mistake> {
        let Some(at) = words.iter().position(|word| !scan::is_option(word, dialect)) else {
            return match words.is_empty() {
                true => Ok(Goal::Help(HelpTopic::Top)),
                false => {
                    Err(Mistake::new(MistakeKind::NoCommand, "", "there is no command, only options").suggest("help"))
                }
            };
        };
        let name = words.remove(at).text;
        let folded = if dialect == Dialect::Chat { name.to_ascii_lowercase() } else { name.clone() };
        if let Some((command, service)) = self.service(&folded, dialect)? {
            return self.find_operation(command, service, words, dialect);
        }
        if folded == "s3" {
            return Ok(Goal::S3(words));
        }
        if let Some(custom) = self.cli.command(&folded).filter(|command| command.service.is_none()) {
            let sub = words.iter().find(|word| !scan::is_option(word, dialect)).map(|word| word.text.as_str());
            return Err(mistake::custom_command(&custom.name, sub));
        }
        if dialect == Dialect::Chat
            && let Some(found) = self.unique_operation(&name)?
        {
            return Ok(Goal::Operation(found, words));
        }
        Err(self.unknown_command(&name, &words, dialect))
    }

    /// The service behind a command's name.
    fn service(&self, name: &str, dialect: Dialect) -> Result<Option<(String, Arc<Service>)>, Mistake> {
        let load = |service: &str| self.pack.service(service).map_err(|error| Mistake::pack(&error));
        match self.cli.command(name) {
            Some(CliCommand { service: Some(service), name, .. }) => Ok(Some((name.clone(), load(service)?))),
            Some(_) => Ok(None),
            // A service of our own, or one that the command line names differently: `config` for `configservice`.
            None if self.pack.has_service(name) => {
                let command = self.cli.command_of_service(name).map(|command| command.name.clone());
                if dialect == Dialect::Cli && command.is_some() {
                    return Ok(None);
                }
                Ok(Some((command.unwrap_or_else(|| name.to_owned()), load(name)?)))
            }
            None => Ok(None),
        }
    }

    fn find_operation(
        &self,
        command: String,
        service: Arc<Service>,
        mut words: Vec<Word>,
        dialect: Dialect,
    ) -> Result<Goal, Mistake> {
        let Some(at) = words.iter().position(|word| !scan::is_option(word, dialect)) else {
            let wants_help = words.is_empty() || words.iter().any(scan::asks_for_help);
            return match wants_help {
                true => Ok(Goal::Help(HelpTopic::Service(command))),
                false => Err(Mistake::new(MistakeKind::NoCommand, &command, "no operation is named")
                    .suggest(&format!("{command} help"))),
            };
        };
        let name = words.remove(at).text;
        if name == "help" {
            return Ok(Goal::Help(HelpTopic::Service(command)));
        }
        if let Some(found) = self.operation_of(&command, &service, &name, dialect) {
            return Ok(Goal::Operation(found, words));
        }
        let entry = self.cli.command(&command);
        if let Some(custom) = entry.and_then(|entry| entry.custom.iter().find(|custom| custom.name == name)) {
            let sub = words.iter().find(|word| !scan::is_option(word, dialect)).map(|word| word.text.as_str());
            return Err(mistake::custom_operation(&command, &service, &custom.name, sub));
        }
        Err(self.unknown_operation(&command, &service, &name))
    }

    /// The operation of this name: as on the command line or, in chat, as in the API.
    pub(crate) fn operation_of(
        &self,
        command: &str,
        service: &Arc<Service>,
        name: &str,
        dialect: Dialect,
    ) -> Option<Found> {
        let entry = self.cli.command(command);
        let found = |cli_name: &str, operation: &Operation| Found {
            command: command.to_owned(),
            cli_name: cli_name.to_owned(),
            service: service.clone(),
            name: operation.name.clone(),
        };
        let renamed = entry.and_then(|entry| entry.renamed.iter().find(|(new, _)| new == name));
        if let Some((new, api)) = renamed {
            return service.operation(api).map(|operation| found(new, operation));
        }
        // What the AWS CLI puts a program of its own in the place of, a room may still call, but for streams without end.
        let absent = |operation: &Operation| {
            let hidden = entry.is_some_and(|entry| entry.absent.iter().any(|absent| **absent == *operation.cli_name));
            hidden && (dialect == Dialect::Cli || streams_events(service, operation))
        };
        if let Some(operation) = service.operation_by_cli_name(name).filter(|operation| !absent(operation)) {
            return Some(found(name, operation));
        }
        if dialect == Dialect::Cli {
            return None;
        }
        let folded = name.to_ascii_lowercase();
        let operation = service.operations.values().find(|operation| {
            operation.name.eq_ignore_ascii_case(name)
                || *operation.cli_name == folded
                || operation.cli_name.replace('-', "_") == folded
        })?;
        (!absent(operation)).then(|| found(&operation.cli_name, operation))
    }

    /// The one operation of this name over all services, the service left out.
    fn unique_operation(&self, name: &str) -> Result<Option<Found>, Mistake> {
        let cli_name = if name.contains('-') { name.to_ascii_lowercase() } else { names::option_name(name) };
        let services = self.index.services_with(&cli_name);
        let commands: Vec<_> = services.iter().map(|service| self.command_of(service)).collect();
        match (&services[..], &commands[..]) {
            ([], _) => Ok(None),
            ([service], [command]) => {
                let service = self.pack.service(service).map_err(|error| Mistake::pack(&error))?;
                Ok(self.operation_of(command, &service, &cli_name, Dialect::Chat))
            }
            _ => {
                let first = commands.first().map(String::as_str).unwrap_or_default();
                let named = commands.iter().take(6).map(|command| format!("`{command} {cli_name}`"));
                let more = if commands.len() > 6 { " and more" } else { "" };
                let wrong = format!(
                    "{} services have an operation `{cli_name}`: {}{more}; name the service",
                    commands.len(),
                    named.collect::<Vec<_>>().join(", ")
                );
                Err(Mistake::new(MistakeKind::AmbiguousOperation, "", &wrong).suggest(&format!("{first} {cli_name}")))
            }
        }
    }

    /// The service behind a command's name, as it is typed in a room, and the command's own name.
    pub(crate) fn service_of_command(&self, name: &str) -> Option<(String, Arc<Service>)> {
        self.service(&name.to_ascii_lowercase(), Dialect::Chat).ok().flatten()
    }

    /// Operations that the AWS CLI does not have under a command, by their names there.
    pub(crate) fn absent(&self, command: &str) -> &[String] {
        self.cli.command(command).map_or(&[], |entry| &entry.absent)
    }

    /// The operations whose names begin so, with the services that have them.
    pub(crate) fn operations_starting(&self, typed: &str) -> Vec<(String, Vec<String>)> {
        let names = self.index.iter().filter(|(name, _)| name.starts_with(typed));
        let services = |name: &str| self.index.services_with(name).iter().map(ToString::to_string).collect();
        names.map(|(name, _)| (name.to_owned(), services(name))).collect()
    }

    /// The command through which a service is called.
    pub fn command_of(&self, service: &str) -> String {
        self.cli.command_of_service(service).map_or_else(|| service.to_owned(), |command| command.name.clone())
    }

    /// The commands of all services, in alphabetical order.
    pub fn commands(&self) -> Vec<String> {
        let mut names: Vec<String> = self.pack.services().map(|service| self.command_of(service)).collect();
        names.sort();
        names.dedup();
        names
    }

    fn unknown_command(&self, name: &str, words: &[Word], dialect: Dialect) -> Mistake {
        let operation = words.iter().find(|word| !scan::is_option(word, dialect)).map(|word| word.text.as_str());
        let wrong = format!("`{}` is neither a service nor an operation", mistake::shown(name));
        let mistake = Mistake::new(MistakeKind::UnknownCommand, "", &wrong);
        if dialect == Dialect::Chat
            && let Some(own) = builtin::meant(name)
        {
            return mistake.suggest(&own);
        }
        let commands = self.commands();
        if let Some(command) = nearest(name, commands.iter().map(String::as_str)) {
            let service = self.service(command, Dialect::Chat).ok().flatten();
            let right = operation.zip(service).and_then(|(operation, (_, service))| {
                let names = service.operations.values().map(|operation| &*operation.cli_name);
                nearest(operation, names).map(|operation| format!("{command} {operation}"))
            });
            return mistake.suggest(&right.unwrap_or_else(|| format!("{command} help")));
        }
        // Perhaps an operation without its service, mistyped.
        let known = self.index.iter().collect::<Vec<_>>();
        match nearest(name, known.iter().map(|(name, _)| *name)) {
            Some(right) => {
                let services = self.index.services_with(right);
                let command = services.first().map(|service| self.command_of(service)).unwrap_or_default();
                mistake.suggest(&format!("{command} {right}"))
            }
            None => mistake.suggest("help"),
        }
    }

    fn unknown_operation(&self, command: &str, service: &Service, name: &str) -> Mistake {
        let wrong = format!("`{}` is not an operation of {command}", mistake::shown(name));
        let mistake = Mistake::new(MistakeKind::UnknownOperation, command, &wrong);
        let names = service.operations.values().map(|operation| &*operation.cli_name);
        match nearest(&name.to_ascii_lowercase(), names) {
            Some(right) => mistake.suggest(&format!("{command} {right}")),
            None => match self.unique_operation(name) {
                Ok(Some(found)) => mistake.suggest(&format!("{} {}", found.command, found.cli_name)),
                _ => mistake.suggest(&format!("{command} help")),
            },
        }
    }
}

fn streams_events(service: &Service, operation: &Operation) -> bool {
    let structures = [&operation.input, &operation.output].into_iter().flatten().map(|target| service.target(target));
    let mut members = structures.flat_map(|shape| shape.members());
    members.any(|member| service.target(&member.target).is_event_stream())
}

/// What the first words of a command lead to.
enum Goal {
    Help(HelpTopic),
    Operation(Found, Vec<Word>),
    /// A program of the AWS CLI under `s3`, with the words after it.
    S3(Vec<Word>),
}
