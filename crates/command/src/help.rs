//! Help for everything, from the models: what there is, what it takes, what an input looks like.
//!
//! The result is neutral; a face draws it. There are no descriptions: the models here carry names, types and limits.

use crate::parse::{Argument, Found, Grammar, HelpTopic, Target, argument_table};
use crate::parse::{BUILTINS, Dialect, nearest};
use bailiwick_aws::model::{Kind, Member, ShapeRef};
use bailiwick_aws::{Operation, Service};
use serde_json::{Map, Value as Json, json};

/// A page of help.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Help {
    /// What it is about, such as `sns publish`.
    pub title: String,
    /// One sentence about it; may be empty.
    pub summary: String,
    /// Its parts, in order.
    pub sections: Vec<Section>,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its title, with a count where it is a list.
    pub title: String,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Text that is shown as it is, such as a skeleton in JSON; may be empty.
    pub text: String,
}

/// A row: a name and what is to be said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The name, such as `--topic-arn`, or a command that can be typed.
    pub name: String,
    /// Its type and limits, or what it does.
    pub text: String,
}

impl Help {
    /// The page in plain text.
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.title);
        if !self.summary.is_empty() {
            out.push_str(&format!("{}\n", self.summary));
        }
        for section in &self.sections {
            out.push_str(&format!("\n{}\n", section.title));
            let width =
                section.rows.iter().map(|row| row.name.chars().count()).filter(|width| *width <= 40).max().unwrap_or(0);
            for row in &section.rows {
                out.push_str(format!("  {:width$}  {}", row.name, row.text).trim_end());
                out.push('\n');
            }
            out.push_str(&section.text);
        }
        out
    }
}

/// Whether the caller may run an operation, by the service's name and the operation's name in the API. A face asks
/// `authority`; one that cannot says yes to everything.
pub type MayRun<'p> = &'p dyn Fn(&str, &str) -> bool;

/// The page for a topic. Nothing when the topic is not in the models.
pub fn help(grammar: &Grammar, topic: &HelpTopic, may_run: MayRun<'_>) -> Option<Help> {
    match topic {
        HelpTopic::Builtin(name) => builtin(name),
        HelpTopic::Operation { command, operation } => {
            let service = grammar.pack().service(&service_of(grammar, command)).ok()?;
            let found = grammar.operation_of(command, &service, operation, Dialect::Chat)?;
            found.operation().map(|operation| of_operation(grammar, &found, operation))
        }
        HelpTopic::Service(command) => {
            let service = grammar.pack().service(&service_of(grammar, command)).ok()?;
            Some(of_service(grammar, command, &service, may_run))
        }
        HelpTopic::Top => Some(top(grammar)),
    }
}

/// The service's name behind a command's.
fn service_of(grammar: &Grammar, command: &str) -> String {
    let service = grammar.cli().command(command).and_then(|command| command.service.clone());
    service.unwrap_or_else(|| command.to_owned())
}

fn row(name: impl Into<String>, text: impl Into<String>) -> Row {
    Row { name: name.into(), text: text.into() }
}

fn section(title: impl Into<String>, rows: Vec<Row>) -> Section {
    Section { title: title.into(), rows, text: String::new() }
}

fn builtin(name: &str) -> Option<Help> {
    let (name, form, does) = BUILTINS.iter().find(|(known, ..)| *known == name)?;
    let forms = form.split(" | ").map(|form| row(form, "")).collect();
    Some(Help { title: (*name).to_owned(), summary: (*does).to_owned(), sections: vec![section("Forms", forms)] })
}

fn top(grammar: &Grammar) -> Help {
    let builtins = BUILTINS.iter().map(|(name, _, does)| row(*name, *does)).collect();
    let commands = grammar.commands();
    let examples = vec![
        row("sns list-topics", "an operation of a service"),
        row(
            "sns list-topics --query 'Topics[].TopicArn' --output json",
            "part of the answer, as the AWS CLI prints it",
        ),
        row("list-topics", "the service left out, where only one has that operation"),
        row("sns help", "the operations of a service"),
        row("sns publish help", "the parameters of an operation"),
    ];
    let services = Section {
        title: format!("Services ({})", commands.len()),
        rows: Vec::new(),
        text: wrapped(commands.iter().map(String::as_str)),
    };
    Help {
        title: "help".to_owned(),
        summary: "Type a command of the AWS CLI, without its options for a terminal. Where the bot reads what is written, as in rooms, `aws` before it does for a mention.".to_owned(),
        sections: vec![section("Examples", examples), section("Commands of this room", builtins), services],
    }
}

/// Names with commas, in lines of some hundred characters.
fn wrapped<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut out = String::new();
    let mut line = String::from("  ");
    for name in names {
        if line.len() + name.len() > 100 {
            out.push_str(line.trim_end());
            out.push('\n');
            line = String::from("  ");
        }
        line.push_str(name);
        line.push_str(", ");
    }
    out.push_str(line.trim_end().trim_end_matches(','));
    out.push('\n');
    out
}

fn of_service(grammar: &Grammar, command: &str, service: &Service, may_run: MayRun<'_>) -> Help {
    let entry = grammar.cli().command(command);
    let absent = |operation: &Operation| {
        entry.is_some_and(|entry| entry.absent.iter().any(|absent| **absent == *operation.cli_name))
    };
    let (may, may_not): (Vec<&Operation>, Vec<&Operation>) = service
        .operations
        .values()
        .filter(|operation| !operation.deprecated && !absent(operation))
        .partition(|operation| may_run(&service.name, &operation.name));
    let part = |title: &str, operations: Vec<&Operation>| {
        let mut names: Vec<&str> = operations.iter().map(|operation| &*operation.cli_name).collect();
        names.sort_unstable();
        let text = wrapped(names.iter().copied());
        (!names.is_empty()).then(|| Section { title: format!("{title} ({})", names.len()), rows: Vec::new(), text })
    };
    let sections = match may_not.is_empty() || may.is_empty() {
        true => part("Operations", may.into_iter().chain(may_not).collect()).into_iter().collect(),
        false => [part("You may run", may), part("Refused, or only with certain parameters", may_not)]
            .into_iter()
            .flatten()
            .collect(),
    };
    Help {
        title: command.to_owned(),
        summary: format!(
            "{} ({}). `{command} OPERATION help` shows the parameters of one.",
            service.service_id, service.api_version
        ),
        sections,
    }
}

fn of_operation(grammar: &Grammar, found: &Found, operation: &Operation) -> Help {
    let service = &*found.service;
    let table = argument_table(found, operation, grammar.cli());
    let shown = |argument: &&Argument<'_>| !argument.hidden && !argument.positional;
    let negated =
        |argument: &Argument<'_>| matches!(argument.target, Target::Flag(_, false) | Target::BooleanValue(_, false));
    let is_required = |argument: &Argument<'_>| {
        argument.required || argument.member().is_some_and(|member| member.required && !member.target.idempotency_token)
    };
    let rows = |required: bool| -> Vec<Row> {
        let wanted =
            table.iter().filter(shown).filter(|argument| !negated(argument) && is_required(argument) == required);
        wanted.map(|argument| row(format!("--{}", argument.name), described(service, argument))).collect()
    };
    let mut sections = Vec::new();
    for (title, rows) in [("Required", rows(true)), ("Optional", rows(false))] {
        if !rows.is_empty() {
            sections.push(section(format!("{title} ({})", rows.len()), rows));
        }
    }
    if let Some(input) = operation.input.as_ref().filter(|input| !service.target(input).members().is_empty()) {
        let skeleton = required_only(service, input);
        let text = serde_json::to_string_pretty(&skeleton).unwrap_or_default();
        let indented: String = text.lines().map(|line| format!("  {line}\n")).collect();
        sections.push(Section { title: "Input".to_owned(), rows: Vec::new(), text: indented });
    }
    let paged = if operation.page.is_some() { " Its answers are paged." } else { "" };
    let deprecated = if operation.deprecated { " AWS advises against it." } else { "" };
    Help {
        title: format!("{} {}", found.command, found.cli_name),
        summary: format!("{} of {}.{paged}{deprecated}", operation.name, service.service_id),
        sections,
    }
}

/// What an option takes, with its limits.
pub(crate) fn described(service: &Service, argument: &Argument<'_>) -> String {
    match argument.target {
        Target::BooleanValue(..) | Target::Flag(..) => format!("flag; its opposite is --no-{}", argument.name),
        Target::InputJson => "the whole input as JSON".to_owned(),
        Target::MaxItems => "the most items in all".to_owned(),
        Target::Member(member) => member_text(service, member),
        Target::Outfile => "ignored, the answer is shown here".to_owned(),
        Target::PageSize => "the most items of one call".to_owned(),
        Target::Skeleton => "shows an empty input, or `output`".to_owned(),
        Target::Special(_) => "short for a part of a larger parameter".to_owned(),
        Target::StartingToken => "where to start, from an earlier answer".to_owned(),
    }
}

/// The most values of an enum that are listed.
const MAX_CHOICES: usize = 24;

fn member_text(service: &Service, member: &Member) -> String {
    let shape = service.target(&member.target);
    let mut text = type_text(service, &member.target);
    let limits = match (shape.min(), shape.max()) {
        (Some(min), Some(max)) => format!(", {min} to {max}"),
        (Some(min), None) => format!(", at least {min}"),
        (None, Some(max)) => format!(", at most {max}"),
        (None, None) => String::new(),
    };
    if !matches!(shape.kind, Kind::String) || shape.enum_values().is_empty() {
        text.push_str(&limits);
    }
    let values = match &shape.kind {
        Kind::List(element) => service.target(element).enum_values(),
        _ => shape.enum_values(),
    };
    if !values.is_empty() {
        let listed: Vec<&str> = values.iter().take(MAX_CHOICES).map(|value| &**value).collect();
        let more = if values.len() > MAX_CHOICES { " ..." } else { "" };
        text.push_str(&format!(": {}{more}", listed.join(" | ")));
    }
    if shape.sensitive {
        text.push_str("; secret, not for a room");
    }
    if shape.streaming || member.target.streaming {
        text.push_str("; an attachment's name");
    }
    text
}

fn type_text(service: &Service, target: &ShapeRef) -> String {
    let shape = service.target(target);
    match &shape.kind {
        _ if shape.is_document() => "any JSON".to_owned(),
        Kind::List(element) => format!("list of {}", type_text_once(service, element)),
        Kind::Map { value, .. } => format!("map of {}", type_text_once(service, value)),
        kind => kind.as_str().to_owned(),
    }
}

/// The type of an element, without going deeper: models may contain themselves.
fn type_text_once(service: &Service, target: &ShapeRef) -> &'static str {
    match &service.target(target).kind {
        Kind::Structure(_) => "structures",
        Kind::String => "strings",
        Kind::List(_) => "lists",
        Kind::Map { .. } => "maps",
        Kind::Blob => "blobs",
        Kind::Boolean => "booleans",
        Kind::Timestamp(_) => "timestamps",
        Kind::Double | Kind::Float | Kind::Integer | Kind::Long => "numbers",
    }
}

/// The skeleton of a shape, as `--generate-cli-skeleton` prints it: every member, each with an empty value of its type. With
/// `member_names`, text is the name of its member, as in the skeleton of an output. An enum shows its first value.
pub fn skeleton(service: &Service, target: &ShapeRef, member_names: bool) -> Json {
    Skeleton { service, member_names, required_only: false, stack: Vec::new(), left: MAX_NODES }.of(target, "")
}

/// The skeleton of what must be given.
fn required_only(service: &Service, target: &ShapeRef) -> Json {
    Skeleton { service, member_names: false, required_only: true, stack: Vec::new(), left: MAX_NODES }.of(target, "")
}

/// The most parts of a skeleton. The largest input of AWS has some ten thousand.
const MAX_NODES: usize = 100_000;

struct Skeleton<'a> {
    service: &'a Service,
    member_names: bool,
    required_only: bool,
    stack: Vec<u32>,
    left: usize,
}

impl Skeleton<'_> {
    fn of(&mut self, target: &ShapeRef, name: &str) -> Json {
        let shape = self.service.target(target);
        let id = target.shape.0;
        if self.stack.iter().filter(|known| **known == id).count() >= 1 && matches!(shape.kind, Kind::Structure(_))
            || self.left == 0
        {
            return json!({});
        }
        self.left -= 1;
        self.stack.push(id);
        let json = match &shape.kind {
            Kind::Structure(structure) => {
                let mut map = Map::new();
                let top = self.stack.len() == 1;
                for member in &structure.members {
                    let asked_for = member.required && !member.target.idempotency_token;
                    let left_out = self.required_only && !asked_for && (top || !structure.union);
                    if left_out {
                        continue;
                    }
                    map.insert(member.name.to_string(), self.of(&member.target, &member.name));
                }
                Json::Object(map)
            }
            Kind::List(element) => json!([self.of(element, if self.member_names { name } else { "" })]),
            Kind::Map { value, .. } => json!({"KeyName": self.of(value, "")}),
            Kind::String if self.member_names => json!(name),
            Kind::String => json!(shape.enum_values().first().map_or("", |value| value)),
            Kind::Integer | Kind::Long => json!(0),
            Kind::Float | Kind::Double => json!(0.0),
            Kind::Boolean => json!(true),
            Kind::Timestamp(_) => json!("1970-01-01T00:00:00"),
            Kind::Blob => Json::Null,
        };
        self.stack.pop();
        json
    }
}

/// What a person may have meant by a topic that does not exist.
pub fn did_you_mean(grammar: &Grammar, word: &str) -> Option<String> {
    let commands = grammar.commands();
    nearest(word, commands.iter().map(String::as_str)).map(str::to_owned)
}
