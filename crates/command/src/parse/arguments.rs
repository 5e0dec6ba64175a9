//! The options of an operation: one for each member of its input, with the exceptions that the AWS CLI makes.

use super::special::Special;
use super::{Found, option_name};
use bailiwick_aws::model::{Kind, Member};
use bailiwick_aws::pack::{Cli, CliArgument};
use bailiwick_aws::{Operation, Service};

/// How many words an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Flag,
    Many,
    Maybe,
    One,
}

/// What an option sets.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'s> {
    /// A structure whose one member is the boolean `Value`: EC2 takes it as a flag.
    BooleanValue(&'s Member, bool),
    Flag(&'s Member, bool),
    InputJson,
    MaxItems,
    Member(&'s Member),
    /// A file for a streamed answer. There is no disk here: the answer itself carries it.
    Outfile,
    PageSize,
    Skeleton,
    Special(Special),
    StartingToken,
}

/// An option of an operation.
#[derive(Debug, Clone)]
pub(crate) struct Argument<'s> {
    /// Without hyphens.
    pub(crate) name: String,
    pub(crate) target: Target<'s>,
    pub(crate) takes: Takes,
    pub(crate) required: bool,
    pub(crate) positional: bool,
    /// It works, and help does not show it.
    pub(crate) hidden: bool,
    /// The member that the option sets when the answers are not paged for the caller.
    pub(crate) shadow: Option<&'s Member>,
}

impl<'s> Argument<'s> {
    /// The member that it sets as a whole.
    pub(crate) fn member(&self) -> Option<&'s Member> {
        match self.target {
            Target::BooleanValue(member, _) | Target::Flag(member, _) | Target::Member(member) => Some(member),
            _ => None,
        }
    }

    fn plain(name: &str, target: Target<'s>, takes: Takes) -> Self {
        Argument {
            name: name.to_owned(),
            target,
            takes,
            required: false,
            positional: false,
            hidden: false,
            shadow: None,
        }
    }
}

/// The options of an operation, in the model's order, then those that the command line adds.
pub(crate) fn argument_table<'s>(found: &'s Found, operation: &'s Operation, cli: &Cli) -> Vec<Argument<'s>> {
    let service = &*found.service;
    let members = operation.input.as_ref().map_or(&[][..], |input| service.target(input).members());
    let mut table: Vec<Argument<'s>> = members.iter().flat_map(|member| of_member(service, member)).collect();
    let changes = cli.command(&found.command).and_then(|command| command.operation(&found.cli_name));
    if let Some(changes) = changes {
        table.retain(|argument| !changes.removed.contains(&argument.name));
        for change in &changes.arguments {
            apply(&mut table, service, found, members, change, &changes.removed);
        }
    }
    // A service that AWS's command line does not know still takes an answer's stream.
    if let Some(page) = &operation.page {
        add(&mut table, Argument::plain("starting-token", Target::StartingToken, Takes::One));
        if page.limit_key.is_some() {
            add(&mut table, Argument::plain("page-size", Target::PageSize, Takes::One));
        }
        add(&mut table, Argument::plain("max-items", Target::MaxItems, Takes::One));
    }
    if !table.iter().any(|argument| argument.positional) {
        add(&mut table, Argument::plain("cli-input-json", Target::InputJson, Takes::One));
        add(&mut table, Argument::plain("generate-cli-skeleton", Target::Skeleton, Takes::Maybe));
    }
    table
}

/// Adds an option; one of the same name gives way, and its member is kept for calls that are not paged.
fn add<'s>(table: &mut Vec<Argument<'s>>, mut argument: Argument<'s>) {
    match table.iter_mut().find(|known| known.name == argument.name) {
        Some(known) => {
            argument.shadow = known.member();
            *known = argument;
        }
        None => table.push(argument),
    }
}

fn of_member<'s>(service: &'s Service, member: &'s Member) -> Vec<Argument<'s>> {
    let name = option_name(&member.name);
    let shape = service.target(&member.target);
    let required = member.required && !member.target.idempotency_token;
    let deprecated = member.target.deprecated;
    let with =
        |name: &str, target, takes| Argument { required, hidden: deprecated, ..Argument::plain(name, target, takes) };
    let opposite = format!("no-{name}");
    match &shape.kind {
        // Python's argparse cannot say that one of two flags is required, so neither is.
        Kind::Boolean => vec![
            Argument { required: false, ..with(&name, Target::Flag(member, true), Takes::Flag) },
            Argument { required: false, ..with(&opposite, Target::Flag(member, false), Takes::Flag) },
        ],
        Kind::Structure(structure) if &*service.name == "ec2" => {
            let boolean = match &structure.members[..] {
                [only] => &*only.name == "Value" && matches!(service.target(&only.target).kind, Kind::Boolean),
                _ => false,
            };
            if !boolean {
                return vec![with(&name, Target::Member(member), Takes::One)];
            }
            vec![
                Argument { required: false, ..with(&name, Target::BooleanValue(member, true), Takes::Maybe) },
                Argument { required: false, ..with(&opposite, Target::BooleanValue(member, false), Takes::Flag) },
            ]
        }
        Kind::List(_) => vec![with(&name, Target::Member(member), Takes::Many)],
        _ => vec![with(&name, Target::Member(member), Takes::One)],
    }
}

/// One exception of the command line.
fn apply<'s>(
    table: &mut Vec<Argument<'s>>,
    service: &'s Service,
    found: &Found,
    members: &'s [Member],
    change: &CliArgument,
    removed: &[String],
) {
    if let Some(known) = table.iter_mut().find(|argument| argument.name == change.name) {
        known.required = change.required;
        known.hidden = change.hidden;
        if change.member.is_some() {
            return;
        }
    }
    let member = change.member.as_deref().and_then(|name| members.iter().find(|member| &*member.name == name));
    let mut argument = match member {
        Some(member) if matches!(service.target(&member.target).kind, Kind::Boolean) => {
            let opposite = removed.contains(&format!("no-{}", option_name(&member.name)));
            Argument::plain(&change.name, Target::Flag(member, !opposite), Takes::Flag)
        }
        Some(member) => {
            let list = matches!(service.target(&member.target).kind, Kind::List(_));
            Argument::plain(&change.name, Target::Member(member), if list { Takes::Many } else { Takes::One })
        }
        None if change.name == "outfile" || change.positional => {
            Argument { positional: true, ..Argument::plain(&change.name, Target::Outfile, Takes::One) }
        }
        None => match Special::of(&found.command, &found.cli_name, &change.name) {
            Some(special) => Argument::plain(&change.name, Target::Special(special), special.takes()),
            None => return,
        },
    };
    argument.required = change.required;
    argument.hidden = change.hidden;
    match table.iter_mut().find(|known| known.name == argument.name) {
        Some(known) => *known = argument,
        None => table.push(argument),
    }
}
