mod condition;
mod principal;

use super::{Diagnostic, Document, Effect, PatternElement, Severity, Span, Spanned, Statement, Version};
use crate::PolicyType;
use crate::json::{JsonError, Kind, Reader};
use std::borrow::Cow;

/// Reads a document of the given type. What could be read is returned even when there are errors, for tools that show it; only a
/// document without any error may take part in decisions.
pub fn read(text: &str, kind: PolicyType) -> (Option<Document>, Vec<Diagnostic>) {
    let (document, findings, _) = read_draft(text, kind);
    (document, findings)
}

/// The same, and whether the errors leave no doubt about what the document means: AWS refuses to store it, and a draft that has
/// no other errors can still be decided by.
pub(crate) fn read_draft(text: &str, kind: PolicyType) -> (Option<Document>, Vec<Diagnostic>, bool) {
    let mut findings = Findings::default();
    let document = match document(text, kind, &mut findings) {
        Ok(document) => document,
        Err(error) => {
            findings.error("json-syntax", error.span, error.message);
            None
        }
    };
    let clear = findings.refusals == findings.list.len();
    (document, findings.list, clear)
}

/// Collects what the reader has to say.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    /// How many of them leave the meaning of the document clear.
    refusals: usize,
}

impl Findings {
    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        let message = message.into();
        self.list.push(Diagnostic { code, severity: Severity::Error, span, message, help: None });
    }

    /// An error about something that AWS does not store, but that can only mean one thing.
    fn refusal(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.error(code, span, message);
        self.refusals += 1;
    }

    /// Something that AWS stores, and that says nothing.
    fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.list.push(Diagnostic { code, severity: Severity::Warning, span, message: message.into(), help: None });
        self.refusals += 1;
    }

    fn help(&mut self, help: impl Into<String>) {
        if let Some(last) = self.list.last_mut() {
            last.help = Some(help.into());
        }
    }

    fn wrong_type(&mut self, what: &str, expected: &str, found: Kind, span: Span) {
        self.error("wrong-type", span, format!("`{what}` is {expected}, not {}", found.name()));
    }
}

type Read<T> = Result<T, JsonError>;

fn document(text: &str, kind: PolicyType, findings: &mut Findings) -> Read<Option<Document>> {
    let mut reader = Reader::new(text)?;
    let found = reader.peek()?;
    if found != Kind::Object {
        let span = reader.skip()?;
        reader.finish()?;
        findings.error("wrong-type", span, format!("a policy is a JSON object, not {}", found.name()));
        return Ok(None);
    }
    let mut seen = Seen::default();
    let mut version = None;
    let mut id = None;
    let mut statements = None;
    let span = reader.object(|reader, key, span| {
        duplicate(&mut seen, &key, span, findings);
        match key.as_ref() {
            "Version" => version = string(reader, "Version", findings)?.and_then(|text| read_version(text, findings)),
            "Id" => id = string(reader, "Id", findings)?.map(owned),
            "Statement" => statements = Some(read_statements(reader, kind, findings)?),
            other => {
                unknown_element(other, &["Version", "Id", "Statement"], span, findings);
                reader.skip()?;
            }
        }
        Ok(())
    })?;
    reader.finish()?;
    let Some((statements, statement_list)) = statements else {
        findings.error("missing-element", span, "a policy needs `Statement`");
        return Ok(None);
    };
    let version_span = version.map(|version: Spanned<Version>| version.span);
    let version = version.map(|version| version.value).unwrap_or_default();
    Ok(Some(Document { version, version_span, id, statements, statement_list }))
}

fn read_version(text: Spanned<Cow<'_, str>>, findings: &mut Findings) -> Option<Spanned<Version>> {
    for version in [Version::V2008, Version::V2012] {
        if text.value == version.as_str() {
            return Some(Spanned::new(version, text.span));
        }
    }
    findings.error("bad-version", text.span, format!("there is no policy version `{}`", clip(&text.value)));
    findings.help("write \"2012-10-17\"");
    None
}

fn read_statements(
    reader: &mut Reader<'_>,
    kind: PolicyType,
    findings: &mut Findings,
) -> Read<(Vec<Statement>, Option<Span>)> {
    let mut statements = Vec::new();
    let mut one = |reader: &mut Reader<'_>, findings: &mut Findings| {
        statements.extend(read_statement(reader, kind, findings)?);
        Ok(())
    };
    let list = match reader.peek()? {
        Kind::Object => {
            one(reader, findings)?;
            None
        }
        Kind::Array => Some(reader.array(|reader| {
            let found = reader.peek()?;
            if found == Kind::Object {
                return one(reader, findings);
            }
            let span = reader.skip()?;
            findings.wrong_type("Statement", "an object or a list of objects", found, span);
            Ok(())
        })?),
        found => {
            let span = reader.skip()?;
            findings.wrong_type("Statement", "an object or a list of objects", found, span);
            None
        }
    };
    Ok((statements, list))
}

const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

fn read_statement(reader: &mut Reader<'_>, kind: PolicyType, findings: &mut Findings) -> Read<Option<Statement>> {
    let mut seen = Seen::default();
    let mut sid = None;
    let mut effect = None;
    let mut who = Choice::new("Principal", "NotPrincipal");
    let mut action = Choice::new("Action", "NotAction");
    let mut resource = Choice::new("Resource", "NotResource");
    let mut conditions = Vec::new();
    let span = reader.object(|reader, key, span| {
        duplicate(&mut seen, &key, span, findings);
        match key.as_ref() {
            "Sid" => sid = string(reader, "Sid", findings)?.map(owned),
            "Effect" => effect = string(reader, "Effect", findings)?.and_then(|text| read_effect(text, findings)),
            "Principal" | "NotPrincipal" => {
                let negated = key == "NotPrincipal";
                let element = principal::read(reader, negated, findings)?;
                who.put(element, span, findings);
            }
            "Action" | "NotAction" => {
                let element = patterns(reader, &key, key == "NotAction", action_pattern, findings)?;
                action.put(element, span, findings);
            }
            "Resource" | "NotResource" => {
                let element = patterns(reader, &key, key == "NotResource", resource_pattern, findings)?;
                resource.put(element, span, findings);
            }
            "Condition" => conditions = condition::read(reader, findings)?,
            other => {
                unknown_element(other, &ELEMENTS, span, findings);
                reader.skip()?;
            }
        }
        Ok(())
    })?;
    who.require(kind.requires_principal(), !kind.requires_principal(), kind, span, findings);
    action.require(true, false, kind, span, findings);
    // The policy of a resource may leave the resource out: it then speaks of the resource that it is attached to.
    let optional = kind == PolicyType::Resource;
    resource.require(kind.requires_resource() && !optional, !kind.requires_resource(), kind, span, findings);
    if !seen.holds("Effect") {
        findings.error("missing-element", span, "a statement needs `Effect`");
    }
    // A statement without actions speaks of nothing, but the rules say more about the rest of it.
    let nothing = || PatternElement { negated: false, patterns: Vec::new() };
    let action = if action.seen.is_none() { Some(nothing()) } else { action.value };
    let (Some(effect), Some(action)) = (effect, action) else { return Ok(None) };
    let (principal, resource) = (who.value, resource.value);
    Ok(Some(Statement { sid, effect, principal, action, resource, conditions, span }))
}

/// An element that has a plain and a `Not` form, of which a statement may have one.
struct Choice<T> {
    names: [&'static str; 2],
    seen: Option<Span>,
    value: Option<T>,
}

impl<T> Choice<T> {
    fn new(plain: &'static str, negated: &'static str) -> Self {
        Choice { names: [plain, negated], seen: None, value: None }
    }

    fn put(&mut self, value: Option<T>, span: Span, findings: &mut Findings) {
        if self.seen.is_some() {
            let [plain, negated] = self.names;
            findings.error("conflicting-elements", span, format!("a statement has `{plain}` or `{negated}`, once"));
        }
        self.seen = Some(span);
        self.value = value;
    }

    fn require(&self, required: bool, forbidden: bool, kind: PolicyType, statement: Span, findings: &mut Findings) {
        let [plain, negated] = self.names;
        match self.seen {
            None if required => {
                let message = format!("a statement of {} needs `{plain}` or `{negated}`", article(kind));
                if *plain == *"Principal" {
                    findings.refusal("missing-element", statement, message);
                } else {
                    findings.error("missing-element", statement, message);
                }
            }
            Some(span) if forbidden => {
                let message = format!("a statement of {} has no `{plain}`", article(kind));
                findings.refusal("forbidden-element", span, message);
            }
            _ => {}
        }
    }
}

fn article(kind: PolicyType) -> String {
    let name = kind.aws_name();
    let article = if name.starts_with("identity") { "an" } else { "a" };
    format!("{article} {name}")
}

fn read_effect(text: Spanned<Cow<'_, str>>, findings: &mut Findings) -> Option<Spanned<Effect>> {
    match text.value.as_ref() {
        "Allow" => Some(Spanned::new(Effect::Allow, text.span)),
        "Deny" => Some(Spanned::new(Effect::Deny, text.span)),
        other => {
            findings.error("bad-effect", text.span, format!("`{}` is no effect", clip(other)));
            findings.help("write \"Allow\" or \"Deny\", in this spelling");
            None
        }
    }
}

fn patterns(
    reader: &mut Reader<'_>,
    name: &str,
    negated: bool,
    check: fn(&str) -> Result<(), &'static str>,
    findings: &mut Findings,
) -> Read<Option<PatternElement>> {
    let mut patterns = Vec::new();
    let before = findings.list.len();
    let span = strings(reader, name, findings, |text, findings| {
        if let Err(problem) = check(&text.value) {
            let message = format!("`{}` in `{name}` {problem}", clip(&text.value));
            // No request has such an action; what a resource that is no ARN was meant to be is not known.
            if name.ends_with("Action") {
                findings.refusal("bad-pattern", text.span, message);
            } else {
                return findings.error("bad-pattern", text.span, message);
            }
        }
        patterns.push(owned(text));
    })?;
    if patterns.is_empty() && findings.list.len() == before {
        findings.error("empty-list", span, format!("`{name}` needs at least one value"));
    }
    Ok((!patterns.is_empty()).then_some(PatternElement { negated, patterns }))
}

fn action_pattern(text: &str) -> Result<(), &'static str> {
    match text.bytes().position(|b| b == b':') {
        _ if !text.is_empty() && text.bytes().all(|b| b == b'*') => Ok(()),
        Some(colon) if colon > 0 && colon + 1 < text.len() => Ok(()),
        _ => Err("is not of the form `service:Action`"),
    }
}

fn resource_pattern(text: &str) -> Result<(), &'static str> {
    let everything = !text.is_empty() && text.bytes().all(|b| b == b'*');
    if everything || text.starts_with("arn:") { Ok(()) } else { Err("is neither an ARN nor `*`") }
}

/// A string or a list of strings; each goes to `item`.
fn strings<'a>(
    reader: &mut Reader<'a>,
    name: &str,
    findings: &mut Findings,
    mut item: impl FnMut(Spanned<Cow<'a, str>>, &mut Findings),
) -> Read<Span> {
    let mut one = |reader: &mut Reader<'a>, expected: &str, findings: &mut Findings| match reader.peek()? {
        Kind::String => {
            let (text, span) = reader.string()?;
            item(Spanned::new(text, span), findings);
            Ok(span)
        }
        found => {
            let span = reader.skip()?;
            findings.wrong_type(name, expected, found, span);
            Ok(span)
        }
    };
    match reader.peek()? {
        Kind::Array => reader.array(|reader| one(reader, "a list of strings", findings).map(drop)),
        _ => one(reader, "a string or a list of strings", findings),
    }
}

fn string<'a>(reader: &mut Reader<'a>, name: &str, findings: &mut Findings) -> Read<Option<Spanned<Cow<'a, str>>>> {
    match reader.peek()? {
        Kind::String => reader.string().map(|(text, span)| Some(Spanned::new(text, span))),
        found => {
            let span = reader.skip()?;
            findings.wrong_type(name, "a string", found, span);
            Ok(None)
        }
    }
}

fn owned(text: Spanned<Cow<'_, str>>) -> Spanned<String> {
    Spanned::new(text.value.into_owned(), text.span)
}

/// The keys of an object that have been read. A handful is kept in place.
#[derive(Default)]
pub(super) struct Seen<'a> {
    few: [&'a str; 8],
    count: usize,
    more: Vec<Cow<'a, str>>,
}

impl<'a> Seen<'a> {
    fn holds(&self, key: &str) -> bool {
        self.few.iter().take(self.count).any(|seen| *seen == key) || self.more.iter().any(|seen| seen == key)
    }

    fn add(&mut self, key: Cow<'a, str>) {
        match (key, self.few.get_mut(self.count)) {
            (Cow::Borrowed(key), Some(place)) => {
                *place = key;
                self.count += 1;
            }
            (key, _) => self.more.push(key),
        }
    }
}

#[expect(clippy::ptr_arg, reason = "the list keeps what is borrowed from the text")]
fn duplicate<'a>(seen: &mut Seen<'a>, key: &Cow<'a, str>, span: Span, findings: &mut Findings) {
    if seen.holds(key) {
        findings.error("duplicate-key", span, format!("the key `{}` is written twice", clip(key)));
        findings.help("keep one; which of the two would count is nobody's to guess");
    } else {
        seen.add(key.clone());
    }
}

fn unknown_element(name: &str, known: &[&str], span: Span, findings: &mut Findings) {
    findings.error("unknown-element", span, format!("a policy has no element `{}` here", clip(name)));
    if let Some(near) = known.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        findings.help(format!("element names are case-sensitive: write `{near}`"));
    }
}

/// User text for a message: not longer than a line.
fn clip(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests;
