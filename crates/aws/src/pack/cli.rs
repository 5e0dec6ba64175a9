use serde::{Deserialize, Serialize};

/// How the AWS CLI's command tree differs from the models. What is not listed follows the rules: a command for every
/// service, an operation for every operation, a member's name in kebab case for every option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cli {
    /// The version of the AWS CLI that the facts are from.
    pub version: String,
    /// Options that every command takes.
    pub global: Vec<CliArgument>,
    /// The top-level commands, in alphabetical order.
    pub commands: Vec<CliCommand>,
}

impl Cli {
    /// The top-level command of this name.
    pub fn command(&self, name: &str) -> Option<&CliCommand> {
        let place = self.commands.binary_search_by(|command| command.name.as_str().cmp(name)).ok()?;
        self.commands.get(place)
    }

    /// The command through which a service is called, such as `s3api` for `s3`. Where there are several, the one with the
    /// service's own name or else the first.
    pub fn command_of_service(&self, service: &str) -> Option<&CliCommand> {
        let calls = |command: &&CliCommand| command.service.as_deref() == Some(service);
        self.command(service).filter(calls).or_else(|| self.commands.iter().find(calls))
    }
}

/// A top-level command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliCommand {
    /// The name, such as `s3api`.
    pub name: String,
    /// The service it calls, such as `s3`; none for commands that are not one service's.
    pub service: Option<String>,
    /// Operations of the model that the command line does not have, by command-line name.
    pub absent: Vec<String>,
    /// Operations with another name than the model's rule gives: the name here, and the API's.
    pub renamed: Vec<(String, String)>,
    /// Operations whose options differ, in alphabetical order.
    pub operations: Vec<CliOperation>,
    /// Commands that are programs around API calls, such as `wait` or `s3 cp`.
    pub custom: Vec<CliCustom>,
}

impl CliCommand {
    /// How the options of an operation differ, by its command-line name.
    pub fn operation(&self, cli_name: &str) -> Option<&CliOperation> {
        self.operations.iter().find(|operation| operation.name == cli_name)
    }
}

/// How the options of one operation differ from its input's members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliOperation {
    /// The command-line name.
    pub name: String,
    /// Options that are added, or stand for a member under another name.
    pub arguments: Vec<CliArgument>,
    /// Options of the rule that do not exist.
    pub removed: Vec<String>,
}

/// A custom command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliCustom {
    /// The name.
    pub name: String,
    /// Its options.
    pub arguments: Vec<CliArgument>,
    /// Its subcommands.
    pub sub: Vec<CliCustom>,
}

/// An option or a positional argument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CliArgument {
    /// The name, without hyphens before it.
    pub name: String,
    /// The type, such as `string`, `boolean`, `integer`, `list`.
    pub kind: String,
    /// It must be given.
    pub required: bool,
    /// It is given by its place.
    pub positional: bool,
    /// How many words it takes, as Python's argparse writes it: a number, `?`, `*` or `+`.
    pub count: Option<String>,
    /// The words it may be.
    pub choices: Vec<String>,
    /// Options of one group set the same thing.
    pub group: Option<String>,
    /// The member of the input it sets.
    pub member: Option<String>,
    /// It works but help does not show it.
    pub hidden: bool,
}
