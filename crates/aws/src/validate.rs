//! Checks an input against the model: what is required, types, lengths, ranges, patterns, enums; and against limits of our
//! own on depth and size.
//!
//! AWS checks twice, in two voices. The client (botocore, so the AWS CLI) checks names, types, required members and lower
//! limits: [`client_message`]. The service checks all of it: [`service_message`]. Both have AWS's own texts, so that
//! programs that read them understand ours.

use std::fmt::Write;

use crate::model::{Bound, Kind, Operation, Service, Shape, ShapeRef};
use crate::value::{MAX_DEPTH, Value};

mod message;
mod pattern;

pub use message::{client_message, service_message};
pub use pattern::{CompiledPattern, matches};

/// The greatest number of values in one input.
pub const MAX_VALUES: usize = 100_000;
/// No more problems than these are reported.
pub const MAX_PROBLEMS: usize = 100;

/// One thing that is wrong with an input.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Where, from the input on.
    pub path: Vec<Step>,
    /// The value as people read it; empty for a sensitive one.
    pub shown: Option<String>,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// An element of a list, counted from zero.
    Element(usize),
    /// The key of a map's entry.
    Key(String),
    /// The value of a map's entry.
    Entry(String),
    /// A member of a structure.
    Member(String),
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum ProblemKind {
    /// A required member is absent.
    Missing {
        /// The member.
        member: String,
    },
    /// There is no such member.
    Unknown {
        /// The member.
        member: String,
        /// The members there are.
        known: Vec<String>,
    },
    /// The value has another type.
    Type {
        /// The type it has, in the words of the models.
        found: &'static str,
        /// The type it must have.
        expected: &'static str,
    },
    /// Text, bytes, list or map is too short.
    TooShort {
        /// Its length.
        length: usize,
        /// The least length.
        min: Bound,
    },
    /// Text, bytes, list or map is too long.
    TooLong {
        /// The greatest length.
        max: Bound,
    },
    /// The number is too small.
    TooSmall {
        /// The least value.
        min: Bound,
    },
    /// The number is too large.
    TooLarge {
        /// The greatest value.
        max: Bound,
    },
    /// The text does not match.
    Pattern {
        /// The regular expression.
        pattern: String,
    },
    /// The text is not one of the values.
    Enum {
        /// The values.
        values: Vec<String>,
    },
    /// A union has not exactly one member.
    Union {
        /// How many it has.
        count: usize,
        /// The members there are.
        known: Vec<String>,
    },
    /// An element of the list breaks one of these, which are all that its elements are held to.
    Elements {
        /// The constraints.
        constraints: Vec<ProblemKind>,
    },
    /// A list or map may not hold nulls.
    Null,
    /// The input is nested too deeply or holds too many values; nothing of it was looked at further.
    Limit,
}

impl ProblemKind {
    /// The AWS CLI would refuse it before it calls.
    pub fn is_seen_by_client(&self) -> bool {
        use ProblemKind::*;
        matches!(
            self,
            Missing { .. }
                | Unknown { .. }
                | Type { .. }
                | TooShort { .. }
                | TooSmall { .. }
                | Union { .. }
                | Null
                | Limit
        )
    }
}

impl ProblemKind {
    /// A plain value breaks what its type is held to.
    fn is_constraint(&self) -> bool {
        use ProblemKind::*;
        matches!(
            self,
            TooShort { .. } | TooLong { .. } | TooSmall { .. } | TooLarge { .. } | Pattern { .. } | Enum { .. }
        )
    }
}

/// Every problem of an operation's input, at most [`MAX_PROBLEMS`], in the order of the AWS CLI's report.
pub fn validate(service: &Service, operation: &Operation, input: &Value) -> Vec<Problem> {
    match &operation.input {
        Some(target) => validate_shape(service, target, input),
        None => {
            let mut checker = Checker { service, path: Vec::new(), problems: Vec::new(), values: 0 };
            for name in input.as_map().into_iter().flat_map(|members| members.keys()) {
                checker.report(None, ProblemKind::Unknown { member: name.clone(), known: Vec::new() });
            }
            checker.problems
        }
    }
}

/// The problems as AWS's services count them: of the plain elements of a list only one is told, at the list, with all the
/// constraints of an element.
pub fn gathered(service: &Service, operation: &Operation, input: &Value, problems: Vec<Problem>) -> Vec<Problem> {
    let mut gathered: Vec<Problem> = Vec::with_capacity(problems.len());
    for problem in problems {
        let list = match problem.path.split_last() {
            Some((Step::Element(_), list)) if problem.kind.is_constraint() => list,
            _ => {
                gathered.push(problem);
                continue;
            }
        };
        if gathered.iter().any(|known| known.path == list && matches!(known.kind, ProblemKind::Elements { .. })) {
            continue;
        }
        let Some((shape, value)) = at(service, operation, input, list) else {
            gathered.push(problem);
            continue;
        };
        let shown = problem.shown.as_ref().map(|_| {
            let mut text = String::new();
            show(service, shape, value, &mut text);
            text.chars().take(256).collect()
        });
        let constraints = shape.element().map(|element| constraints(service.target(element))).unwrap_or_default();
        gathered.push(Problem { path: list.to_vec(), shown, kind: ProblemKind::Elements { constraints } });
    }
    gathered
}

/// Shape and value at a path of the input.
fn at<'a>(
    service: &'a Service,
    operation: &'a Operation,
    input: &'a Value,
    path: &[Step],
) -> Option<(&'a Shape, &'a Value)> {
    let (mut shape, mut value) = (service.target(operation.input.as_ref()?), input);
    for step in path {
        let target = match step {
            Step::Member(name) => &shape.member(name)?.target,
            Step::Element(_) => shape.element()?,
            Step::Key(_) | Step::Entry(_) => shape.map()?.1,
        };
        shape = service.target(target);
        value = match (step, value) {
            (Step::Element(place), Value::List(elements)) => elements.get(*place)?,
            (Step::Member(name) | Step::Entry(name), value) => value.get(name)?,
            _ => return None,
        };
    }
    Some((shape, value))
}

/// Everything that a plain value of this type is held to, in the order in which AWS lists it.
fn constraints(shape: &Shape) -> Vec<ProblemKind> {
    let numeric = matches!(shape.kind, Kind::Integer | Kind::Long | Kind::Float | Kind::Double);
    let max = shape.max().map(|max| if numeric { ProblemKind::TooLarge { max } } else { ProblemKind::TooLong { max } });
    let least = |min| if numeric { ProblemKind::TooSmall { min } } else { ProblemKind::TooShort { length: 0, min } };
    let pattern = shape.pattern().map(|pattern| ProblemKind::Pattern { pattern: pattern.to_owned() });
    let values: Vec<String> = shape.enum_values().iter().map(|value| value.to_string()).collect();
    let values = (!values.is_empty()).then_some(ProblemKind::Enum { values });
    max.into_iter().chain(shape.min().map(least)).chain(pattern).chain(values).collect()
}

/// Every problem of a value of this type, such as one option's.
pub fn validate_shape(service: &Service, target: &ShapeRef, value: &Value) -> Vec<Problem> {
    let mut checker = Checker { service, path: Vec::new(), problems: Vec::new(), values: 0 };
    checker.check(target, value);
    checker.problems
}

struct Checker<'a> {
    service: &'a Service,
    path: Vec<Step>,
    problems: Vec<Problem>,
    values: usize,
}

impl Checker<'_> {
    fn report(&mut self, shown: Option<String>, kind: ProblemKind) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { path: self.path.clone(), shown, kind });
        }
    }

    fn within(&mut self, step: Step, target: &ShapeRef, value: &Value) {
        self.path.push(step);
        self.check(target, value);
        self.path.pop();
    }

    fn check(&mut self, target: &ShapeRef, value: &Value) {
        let service = self.service;
        let shape = service.target(target);
        self.values += 1;
        if self.path.len() > MAX_DEPTH || self.values > MAX_VALUES {
            if !self.problems.iter().any(|problem| problem.kind == ProblemKind::Limit) {
                self.problems.truncate(MAX_PROBLEMS - 1);
                self.report(None, ProblemKind::Limit);
            }
            return;
        }
        if shape.is_document() && matches!(value, Value::Document(_)) {
            return;
        }
        match (&shape.kind, value) {
            (Kind::Structure(_), Value::Map(_)) => self.structure(shape, value),
            (Kind::List(element), Value::List(elements)) => {
                self.length(shape, value, elements.len());
                for (index, value) in elements.iter().enumerate() {
                    self.element(Step::Element(index), shape, element, value);
                }
            }
            (Kind::Map { key, value: target }, Value::Map(entries)) => {
                self.length(shape, value, entries.len());
                for (name, value) in entries {
                    self.within(Step::Key(name.clone()), key, &Value::String(name.clone()));
                    self.element(Step::Entry(name.clone()), shape, target, value);
                }
            }
            (Kind::String, Value::String(text)) => self.text(shape, text),
            (Kind::Blob, Value::Blob(bytes)) => self.length(shape, value, bytes.len()),
            (Kind::Integer | Kind::Long, Value::Integer(number)) => self.range(shape, value, Bound::Integer(*number)),
            (Kind::Float | Kind::Double, Value::Float(number)) => self.range(shape, value, Bound::Float(*number)),
            (Kind::Boolean, Value::Boolean(_)) | (Kind::Timestamp(_), Value::Timestamp(_)) => {}
            (kind, value) => {
                let shown = self.shown(shape, value);
                self.report(shown, ProblemKind::Type { found: value.kind(), expected: kind.as_str() });
            }
        }
    }

    /// Lists and maps hold nulls only where the model says that they are sparse.
    fn element(&mut self, step: Step, shape: &Shape, target: &ShapeRef, value: &Value) {
        match value {
            Value::Null if shape.sparse => {}
            Value::Null => {
                self.path.push(step);
                self.report(None, ProblemKind::Null);
                self.path.pop();
            }
            value => self.within(step, target, value),
        }
    }

    fn structure(&mut self, shape: &Shape, value: &Value) {
        let Value::Map(members) = value else { return };
        let known = || shape.members().iter().map(|member| member.name.to_string()).collect();
        if shape.is_union() && members.len() != 1 {
            self.report(None, ProblemKind::Union { count: members.len(), known: known() });
        }
        for member in shape.members() {
            // A client fills in an idempotency token, so its absence is no mistake of the caller.
            if member.required && !member.target.idempotency_token && !members.contains_key(&*member.name) {
                self.report(None, ProblemKind::Missing { member: member.name.to_string() });
            }
        }
        for name in members.keys().filter(|name| shape.member(name).is_none()) {
            self.report(None, ProblemKind::Unknown { member: name.clone(), known: known() });
        }
        for (name, value) in members {
            if let Some(member) = shape.member(name) {
                self.within(Step::Member(name.clone()), &member.target, value);
            }
        }
    }

    fn text(&mut self, shape: &Shape, text: &str) {
        let value = Value::from(text);
        self.length(shape, &value, text.chars().count());
        if shape
            .constraints
            .as_ref()
            .is_some_and(|constraints| !constraints.compiled.allows(&constraints.pattern, text))
        {
            let pattern = shape.pattern().unwrap_or_default().to_owned();
            let shown = self.shown(shape, &value);
            self.report(shown, ProblemKind::Pattern { pattern });
        }
        let values = shape.enum_values();
        if !values.is_empty() && !values.iter().any(|known| &**known == text) {
            let shown = self.shown(shape, &value);
            self.report(shown, ProblemKind::Enum { values: values.iter().map(|value| value.to_string()).collect() });
        }
    }

    fn length(&mut self, shape: &Shape, value: &Value, length: usize) {
        let size = length as f64;
        if let Some(min) = shape.min().filter(|min| size < min.as_f64()) {
            let shown = self.shown(shape, value);
            self.report(shown, ProblemKind::TooShort { length, min });
        }
        if let Some(max) = shape.max().filter(|max| size > max.as_f64()) {
            let shown = self.shown(shape, value);
            self.report(shown, ProblemKind::TooLong { max });
        }
    }

    fn range(&mut self, shape: &Shape, value: &Value, number: Bound) {
        // Whole numbers are compared as such: as floating-point numbers large ones would be rounded.
        let order = |limit: Bound| match (number, limit) {
            (Bound::Integer(number), Bound::Integer(limit)) => Some(number.cmp(&limit)),
            (number, limit) => number.as_f64().partial_cmp(&limit.as_f64()),
        };
        if let Some(min) = shape.min().filter(|min| !order(*min).is_some_and(std::cmp::Ordering::is_ge)) {
            let shown = self.shown(shape, value);
            self.report(shown, ProblemKind::TooSmall { min });
        }
        if let Some(max) = shape.max().filter(|max| !order(*max).is_some_and(std::cmp::Ordering::is_le)) {
            let shown = self.shown(shape, value);
            self.report(shown, ProblemKind::TooLarge { max });
        }
    }

    fn shown(&self, shape: &Shape, value: &Value) -> Option<String> {
        if shape.sensitive || self.problems.len() >= MAX_PROBLEMS {
            return None;
        }
        let mut text = String::new();
        show(self.service, shape, value, &mut text);
        Some(text.chars().take(256).collect())
    }
}

/// A value as AWS's services print it in their messages: lists as `[a, b]`, maps as `{k=v}`; secrets inside are left out.
fn show(service: &Service, shape: &Shape, value: &Value, out: &mut String) {
    if out.len() > 1024 {
        return;
    }
    if shape.sensitive {
        out.push_str("***");
        return;
    }
    match value {
        Value::String(text) => out.push_str(text),
        Value::Boolean(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Timestamp(time) => out.push_str(&time.to_rfc3339()),
        Value::Null => out.push_str("null"),
        Value::Blob(bytes) => {
            let _ = write!(out, "{} bytes", bytes.len());
        }
        Value::Document(_) => out.push_str("a document"),
        Value::List(elements) => {
            out.push('[');
            for (index, value) in elements.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                match shape.element() {
                    Some(element) => show(service, service.target(element), value, out),
                    None => out.push_str("***"),
                }
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, (name, value)) in entries.iter().enumerate() {
                let target = shape.member(name).map(|member| &member.target).or_else(|| Some(shape.map()?.1));
                let _ = write!(out, "{}{name}=", if index == 0 { "" } else { ", " });
                match target {
                    Some(target) => show(service, service.target(target), value, out),
                    None => out.push_str("***"),
                }
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests;
