//! A call: an operation with its input, typed, and what the caller wants done with the answer.

use super::answer::{self, Question};
use super::scan::{self, Given};
use super::unpack::{Params, Unpacked, Unpacker, is_given, whole};
use super::{Argument, Dialect, Found, Grammar, Mistake, MistakeKind, Parsed, Setting, Target, argument_table};
use crate::lex::Word;
use crate::output::Format;
use crate::output::s3::Listing;
use crate::query::Expression;
use crate::{help, output};
use bailiwick_aws::model::{Kind, Member, Text};
use bailiwick_aws::validate::{Problem, ProblemKind, Step, client_message, validate};
use bailiwick_aws::value::json::BlobFormat;
use bailiwick_aws::{Operation, Service, Value};
use serde_json::{Value as Json, json};
use std::sync::Arc;

/// A call of an AWS operation.
#[derive(Debug, Clone)]
pub struct Call {
    /// The command of the service, such as `s3api`.
    pub command: String,
    /// The operation's name on the command line, such as `list-buckets`.
    pub cli_name: String,
    /// The service's model.
    pub service: Arc<Service>,
    /// The operation's name in the API, such as `ListBuckets`.
    pub operation: Text,
    /// The input: it has the model's types, everything required, and keeps the lower limits, as the AWS CLI checks.
    pub input: Value,
    /// What else was said.
    pub options: Options,
    /// The words it was read from, so that it can be read again.
    pub line: String,
    /// What the service will refuse if it is as the model says: patterns, enums, upper limits. The AWS CLI leaves these to
    /// the service, which may know more than the model.
    pub doubts: Vec<Problem>,
    /// How the answer is printed where the words were a program of the AWS CLI such as `s3 ls`; as `--output` says otherwise.
    pub listing: Option<Listing>,
}

impl Call {
    /// The operation's model.
    pub fn model(&self) -> Option<&Operation> {
        self.service.operation(&self.operation)
    }

    /// Settles what follows from the Region in which the call is made, where the words named none: `s3 mb` makes its bucket
    /// there.
    pub fn in_region(&mut self, region: &str) {
        super::expand::in_region(self, region);
    }
}

/// What a caller said besides the input.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// `--account`: an id or an alias, as it was typed.
    pub account: Option<String>,
    /// `--region`, as it was typed.
    pub region: Option<String>,
    /// `--output`; the tree form when it is not given.
    pub output: Option<Format>,
    /// `--query`.
    pub query: Option<Expression>,
    /// How pages are asked for and shown.
    pub paging: Paging,
    /// How blobs were written: as they are, unless `--cli-binary-format base64` says otherwise.
    pub binary_format: BlobFormat,
    /// The file that the AWS CLI would write a streamed answer to.
    pub outfile: Option<String>,
    /// Options of a terminal that [`Dialect::Cli`] accepts, with their values: `debug`, `endpoint-url`, `profile` ...
    pub other: Vec<(String, String)>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            account: None,
            region: None,
            output: None,
            query: None,
            paging: Paging::default(),
            binary_format: BlobFormat::RawInBase64Out,
            outfile: None,
            other: Vec::new(),
        }
    }
}

/// `--max-items`, `--page-size`, `--starting-token`, `--no-paginate`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paging {
    /// One call only: `--no-paginate`, or a token or limit of the operation itself was given.
    pub off: bool,
    /// The most items in all.
    pub max_items: Option<i64>,
    /// The most items of one call.
    pub page_size: Option<i64>,
    /// Where to start, as an earlier answer gave it.
    pub starting_token: Option<String>,
}

/// Builds a call, a question for what is missing, or the skeleton that was asked for.
pub(super) fn build(
    grammar: &Grammar,
    found: Found,
    options: Options,
    words: &[Word],
    line: &[Word],
    setting: &Setting<'_>,
) -> Result<Parsed, Mistake> {
    let Some(operation) = found.operation() else {
        return Err(Mistake::new(MistakeKind::Internal, &found.command, "the operation is not in its service's model"));
    };
    let understood = format!("{} {}", found.command, found.cli_name);
    let table = argument_table(&found, operation, grammar.cli());
    let scanned = scan::operation(&understood, &table, words, setting.dialect)?;
    let mut builder = Builder {
        found: &found,
        operation,
        understood: &understood,
        table: &table,
        given: scanned.given,
        options,
        params: Params::new(),
        setting,
    };
    if let Some((_, account)) = scanned.own.into_iter().find(|(name, _)| *name == "account") {
        builder.options.account = Some(account);
    }
    builder.place(scanned.loose)?;
    builder.readable(&scanned.earlier)?;
    if let Some(text) = builder.skeleton()? {
        return Ok(Parsed::Print(text));
    }
    builder.paging()?;
    builder.exclusive()?;
    builder.unpack()?;
    builder.input_json()?;
    builder.defaults();
    if let Some(question) = builder.missing(line)? {
        return Ok(Parsed::Ask(question));
    }
    if let Some(report) =
        operation.input.as_ref().and_then(|input| super::report::report(&found.service, input, &builder.params))
    {
        return Err(Mistake::new(MistakeKind::Value, &understood, &report));
    }
    let input = builder.input()?;
    let (refused, doubts): (Vec<Problem>, Vec<Problem>) = validate(&found.service, operation, &input)
        .into_iter()
        .partition(|problem| problem.kind.is_seen_by_client() && !is_uncounted(problem, &input));
    if let Some(message) = client_message(&refused) {
        return Err(Mistake::new(MistakeKind::Value, &understood, &message));
    }
    let Builder { options, .. } = builder;
    let name = operation.name.clone();
    let line = crate::render::line(line);
    let Found { command, cli_name, service, .. } = found;
    Ok(Parsed::Call(Box::new(Call {
        command,
        cli_name,
        service,
        operation: name,
        input,
        options,
        line,
        doubts,
        listing: None,
    })))
}

/// The AWS CLI does not count a blob's bytes nor a map's entries, it leaves that to the service.
fn is_uncounted(problem: &Problem, input: &Value) -> bool {
    let mut place = Some(input);
    for step in &problem.path {
        place = match step {
            Step::Element(at) => place.and_then(|value| value.as_list()?.get(*at)),
            Step::Entry(name) | Step::Member(name) => place.and_then(|value| value.get(name)),
            Step::Key(_) => None,
        };
    }
    matches!(problem.kind, ProblemKind::TooShort { .. }) && matches!(place, Some(Value::Blob(_) | Value::Map(_)))
}

struct Builder<'a> {
    found: &'a Found,
    operation: &'a Operation,
    understood: &'a str,
    table: &'a [Argument<'a>],
    given: Vec<Option<Given>>,
    options: Options,
    params: Params,
    setting: &'a Setting<'a>,
}

impl<'a> Builder<'a> {
    fn unpacker(&self) -> Unpacker<'a> {
        Unpacker {
            service: &self.found.service,
            command: &self.found.command,
            operation: &self.found.cli_name,
            setting: self.setting,
            blobs: self.options.binary_format,
        }
    }

    fn given(&self, name: &str) -> Option<&Given> {
        let at = self.table.iter().position(|argument| argument.name == name)?;
        self.given.get(at)?.as_ref()
    }

    fn mistake(&self, kind: MistakeKind, wrong: &str) -> Mistake {
        Mistake::new(kind, self.understood, wrong)
    }

    /// Gives words without an option to the one required parameter, then to the file of a streamed answer.
    fn place(&mut self, mut loose: Vec<Word>) -> Result<(), Mistake> {
        if self.setting.dialect == Dialect::Chat && !loose.is_empty() {
            let required: Vec<usize> = (0..self.table.len())
                .filter(|&at| {
                    let argument = self.table.get(at);
                    argument.is_some_and(|argument| argument.required && argument.member().is_some())
                })
                .collect();
            let open = |at: &usize| matches!(self.given.get(*at), Some(None));
            if let [only] = required[..]
                && open(&only)
                && let Some((argument, slot)) = self.table.get(only).zip(self.given.get_mut(only))
            {
                let many = argument.takes == super::arguments::Takes::Many;
                let taken: Vec<String> =
                    loose.drain(..if many { loose.len() } else { 1 }).map(|word| word.text).collect();
                *slot = Some(if many { Given::Many(taken) } else { Given::One(taken.concat()) });
            }
        }
        // The AWS CLI overlooks a word without letters.
        loose.retain(|word| !word.text.is_empty());
        let mut files = self.table.iter().filter(|argument| argument.positional);
        for word in loose {
            match files.next() {
                Some(_) => self.options.outfile = Some(word.text),
                None => {
                    let wrong = format!("`{}` belongs to no option", super::mistake::shown(&word.text));
                    let mistake = self.mistake(MistakeKind::UnexpectedWord, &wrong);
                    let name = self.table.iter().find(|argument| argument.required).map(|argument| &argument.name);
                    return Err(match name {
                        Some(name) => mistake.suggest(&format!(
                            "{} --{name} {}",
                            self.understood,
                            crate::render::quote(&word.text)
                        )),
                        None => mistake.suggest(&format!("{} help", self.understood)),
                    });
                }
            }
        }
        let wants_file = self.table.iter().any(|argument| argument.positional && argument.required);
        if self.setting.dialect == Dialect::Cli && wants_file && self.options.outfile.is_none() {
            return Err(self.mistake(MistakeKind::Missing, "the following arguments are required: outfile"));
        }
        Ok(())
    }

    fn skeleton(&self) -> Result<Option<String>, Mistake> {
        let wanted = match self.given("generate-cli-skeleton") {
            None => return Ok(None),
            Some(Given::One(wanted)) => wanted.as_str(),
            Some(_) => "input",
        };
        let (shape, members) = match wanted {
            "input" => (&self.operation.input, false),
            "output" => (&self.operation.output, true),
            other => {
                let wrong = format!(
                    "`{}` is not a value of `--generate-cli-skeleton`, it is one of: input, output",
                    super::mistake::shown(other)
                );
                return Err(self.mistake(MistakeKind::Value, &wrong));
            }
        };
        let skeleton =
            shape.as_ref().map_or_else(|| json!({}), |shape| help::skeleton(&self.found.service, shape, members));
        let text = output::render(Format::Json, &self.operation.name, &skeleton).unwrap_or_default();
        Ok(Some(if text.is_empty() { "{}\n".to_owned() } else { text }))
    }

    /// Refuses numbers that cannot be read, of options that were given again later: argparse reads each as it comes, but for
    /// integers, which the AWS CLI has it keep as text.
    fn readable(&self, earlier: &[(usize, Given)]) -> Result<(), Mistake> {
        for (at, given) in earlier {
            let Some(argument) = self.table.get(*at) else { continue };
            match (argument.target, given) {
                (Target::Member(member), Given::One(_)) if self.is_number(member) => {
                    self.unpacker().member(&argument.name, member, given)?;
                }
                (Target::MaxItems | Target::PageSize, Given::One(text)) if whole(text).is_none() => {
                    return Err(self.no_whole_number(argument, text));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_number(&self, member: &Member) -> bool {
        let kind = &self.found.service.target(&member.target).kind;
        matches!(kind, Kind::Long | Kind::Float | Kind::Double)
    }

    fn no_whole_number(&self, argument: &Argument<'_>, text: &str) -> Mistake {
        let wrong = format!("`{}` is not a whole number", super::mistake::shown(text));
        self.unpacker().wrong(&argument.name, &wrong)
    }

    /// Decides whether answers are paged for the caller, and reads the options that say how.
    fn paging(&mut self) -> Result<(), Mistake> {
        let Some(page) = &self.operation.page else { return Ok(()) };
        let manual = page.input_token.iter().chain(&page.limit_key).any(|token| {
            let name = super::option_name(token);
            let shadowed = self.table.iter().any(|argument| argument.name == name && argument.shadow.is_some());
            !shadowed && self.given(&name).is_some()
        });
        // A limit of the operation's own that has the name of a paging option does not turn paging off, except `--page-size`.
        let page_size = page.limit_key.as_ref().is_some_and(|key| super::option_name(key) == "page-size");
        self.options.paging.off |= manual || page_size && self.given("page-size").is_some();
        for at in 0..self.table.len() {
            let Some((argument, Some(Given::One(text)))) = self.table.get(at).zip(self.given.get(at)) else { continue };
            let number = || whole(text).ok_or_else(|| self.no_whole_number(argument, text));
            if !matches!(argument.target, Target::MaxItems | Target::PageSize | Target::StartingToken) {
                continue;
            }
            if self.options.paging.off {
                match argument.shadow {
                    Some(_) => continue,
                    None => {
                        let wrong = format!(
                            "`--{}` has no meaning together with `--no-paginate` or a token or limit of the operation itself",
                            argument.name
                        );
                        return Err(self.mistake(MistakeKind::Exclusive, &wrong));
                    }
                }
            }
            match argument.target {
                Target::MaxItems => self.options.paging.max_items = Some(number()?),
                Target::PageSize => self.options.paging.page_size = Some(number()?),
                _ => self.options.paging.starting_token = Some(text.clone()),
            }
        }
        Ok(())
    }

    fn exclusive(&self) -> Result<(), Mistake> {
        for (argument, given) in self.table.iter().zip(&self.given) {
            if given.is_none() {
                continue;
            }
            let other = match argument.target {
                Target::Special(special) => special.instead(),
                Target::BooleanValue(member, false) => {
                    let positive = self.table.iter().find(|argument| matches!(argument.target, Target::BooleanValue(other, true) if std::ptr::eq(other, member)));
                    positive.map(|argument| argument.name.as_str())
                }
                _ => None,
            };
            if let Some(other) = other.filter(|other| self.given(other).is_some()) {
                let wrong = format!("`--{}` and `--{other}` exclude each other, give one of them", argument.name);
                return Err(self.mistake(MistakeKind::Exclusive, &wrong));
            }
        }
        Ok(())
    }

    fn unpack(&mut self) -> Result<(), Mistake> {
        let unpacker = self.unpacker();
        let mut params = std::mem::take(&mut self.params);
        for (argument, given) in self.table.iter().zip(&self.given) {
            let Some(given) = given else { continue };
            let shadow = argument.shadow.filter(|_| self.options.paging.off);
            match argument.target {
                Target::Member(member) => {
                    params.insert(member.name.to_string(), unpacker.member(&argument.name, member, given)?);
                }
                Target::Flag(member, value) => {
                    let same = !matches!(given, Given::One(word) if scan::truth(word) == Some(false));
                    params.insert(member.name.to_string(), Unpacked::Json(json!(value == same)));
                }
                Target::BooleanValue(member, value) => {
                    let unpacked = match given {
                        Given::One(_) => unpacker.member(&argument.name, member, given)?,
                        _ => Unpacked::Json(json!({"Value": value})),
                    };
                    params.insert(member.name.to_string(), unpacked);
                }
                Target::Special(special) if special.nested().is_some() => {
                    if let (Some((outer, inner, kind)), Given::One(_)) = (special.nested(), given)
                        && let Some(member) = self.members().iter().find(|member| &*member.name == outer)
                        && let Some(part) = self.found.service.target(&member.target).member(inner)
                        && let Unpacked::Json(value) = unpacker.member(&argument.name, part, given)?
                    {
                        let revision = json!({"revisionType": kind, inner: value});
                        params.insert(outer.to_owned(), Unpacked::Json(revision));
                    }
                }
                Target::Special(special) => {
                    let words = match given {
                        Given::Bare => Vec::new(),
                        Given::One(word) if special.is_blob() => {
                            special.apply_bytes(&mut params, unpacker.bytes(&argument.name, word)?);
                            continue;
                        }
                        Given::One(word) => vec![unpacker.text(&argument.name, word)?],
                        Given::Many(words) => words.clone(),
                    };
                    special.apply(&mut params, &words)?;
                }
                Target::MaxItems | Target::PageSize | Target::StartingToken => {
                    if let Some(member) = shadow {
                        params.insert(member.name.to_string(), unpacker.member(&argument.name, member, given)?);
                    }
                }
                Target::InputJson | Target::Outfile | Target::Skeleton => {}
            }
        }
        self.params = params;
        Ok(())
    }

    /// `--cli-input-json` fills what the options left out.
    fn input_json(&mut self) -> Result<(), Mistake> {
        let Some(Given::One(text)) = self.given("cli-input-json") else { return Ok(()) };
        let unpacker = self.unpacker();
        let text = unpacker.text("cli-input-json", text)?;
        let json: Json = serde_json::from_str(&text)
            .map_err(|error| unpacker.wrong("cli-input-json", &format!("it is not JSON ({error})")))?;
        let Json::Object(map) = json else { return Err(unpacker.wrong("cli-input-json", "it is not an object")) };
        for (key, value) in map {
            if !is_given(&self.params, &key) {
                self.params.insert(key, Unpacked::Json(value));
            }
        }
        Ok(())
    }

    /// What the AWS CLI fills in or moves for `ec2 run-instances` and network ACLs before it calls.
    fn defaults(&mut self) {
        match (self.found.command.as_str(), self.found.cli_name.as_str()) {
            ("ec2", "run-instances") => {
                for member in ["MaxCount", "MinCount"] {
                    self.params.entry(member.to_owned()).or_insert(Unpacked::Json(json!(1)));
                }
                self.interface();
            }
            ("ec2", "create-network-acl-entry" | "replace-network-acl-entry") => {
                if let Some(Unpacked::Json(Json::String(protocol))) = self.params.get_mut("Protocol") {
                    let number = match protocol.as_str() {
                        "tcp" => "6",
                        "udp" => "17",
                        "icmp" => "1",
                        "all" => "-1",
                        other => other,
                    };
                    *protocol = number.to_owned();
                }
            }
            _ => {}
        }
    }

    /// A network interface that is described takes what else is said of it.
    fn interface(&mut self) {
        const MOVED: [(&str, &str); 5] = [
            ("SubnetId", "SubnetId"),
            ("SecurityGroupIds", "Groups"),
            ("Ipv6AddressCount", "Ipv6AddressCount"),
            ("Ipv6Addresses", "Ipv6Addresses"),
            ("EnablePrimaryIpv6", "PrimaryIpv6"),
        ];
        let described = match self.params.get("NetworkInterfaces") {
            Some(Unpacked::Json(json)) => {
                ["PrivateIpAddresses", "SecondaryPrivateIpAddressCount", "AssociatePublicIpAddress"]
                    .iter()
                    .any(|member| json.get(0).is_some_and(|interface| interface.get(member).is_some()))
            }
            _ => false,
        };
        if !described {
            return;
        }
        let mut moved: Vec<(&str, Json)> = Vec::new();
        for (from, to) in MOVED {
            if let Some(Unpacked::Json(value)) = self.params.shift_remove(from) {
                moved.push((to, value));
            }
        }
        if let Some(Unpacked::Json(address)) = self.params.shift_remove("PrivateIpAddress") {
            moved.push(("PrivateIpAddresses", json!([{"PrivateIpAddress": address, "Primary": true}])));
        }
        if let Some(Unpacked::Json(interfaces)) = self.params.get_mut("NetworkInterfaces")
            && let Some(interface) = interfaces.get_mut(0).and_then(Json::as_object_mut)
        {
            interface.extend(moved.into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
    }

    fn members(&self) -> &'a [Member] {
        self.operation.input.as_ref().map_or(&[], |input| self.found.service.target(input).members())
    }

    /// The first required parameter without a value: a question in chat, a mistake on a command line.
    fn missing(&self, line: &[Word]) -> Result<Option<Question>, Mistake> {
        let required = self.members().iter().filter(|member| member.required && !member.target.idempotency_token);
        let missing: Vec<&Member> = required.filter(|member| !is_given(&self.params, &member.name)).collect();
        let option = |member: &Member| {
            let of = |argument: &&Argument<'_>| {
                !argument.hidden && argument.member().is_some_and(|other| std::ptr::eq(other, member))
            };
            self.table
                .iter()
                .find(of)
                .map_or_else(|| super::option_name(&member.name), |argument| argument.name.clone())
        };
        let Some(first) = missing.first() else { return Ok(None) };
        if self.setting.dialect == Dialect::Cli {
            // What it does not ask for as an option, a flag above all, is missed by the report of all parameters, and so is
            // everything where the whole input was written.
            let whole = self.given("cli-input-json").is_some();
            let asked = self.table.iter().filter(|argument| {
                let misses = |member: &Member| missing.iter().any(|other| std::ptr::eq(*other, member));
                argument.required && argument.member().is_some_and(misses) && !whole
            });
            let names: Vec<String> = asked.map(|argument| format!("--{}", argument.name)).collect();
            return match names.is_empty() {
                true => Ok(None),
                false => {
                    let wrong = format!("the following arguments are required: {}", names.join(", "));
                    Err(self.mistake(MistakeKind::Missing, &wrong))
                }
            };
        }
        Ok(Some(answer::question(self.found, first, &option(first), missing.len(), line)))
    }

    fn input(&mut self) -> Result<Value, Mistake> {
        let unpacker = self.unpacker();
        let members = self.members();
        let mut entries = Vec::with_capacity(self.params.len());
        for (name, unpacked) in std::mem::take(&mut self.params) {
            let Some(member) = members.iter().find(|member| *member.name == *name) else {
                let known: Vec<&str> = members.iter().map(|member| &*member.name).collect();
                let wrong = format!(
                    "unknown parameter in input: `{}`, must be one of: {}",
                    super::mistake::shown(&name),
                    known.join(", ")
                );
                return Err(self.mistake(MistakeKind::Value, &wrong));
            };
            let option = super::option_name(&member.name);
            match unpacker.typed(&option, &member.target, unpacked)? {
                Value::Null => {}
                value => entries.push((name, value)),
            }
        }
        Ok(Value::map(entries))
    }
}
