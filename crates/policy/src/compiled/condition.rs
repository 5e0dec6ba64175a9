//! Conditions as small programs: literals are parsed once, values of a request at most once for each comparison, and nothing is allocated.

mod arn;
mod date;
mod ip;
mod lower;
mod number;
mod text;

use super::glob::{Key, Pattern};
use crate::document::{self, OperatorKind, Quantifier, Version};
use crate::{Context, Value};

/// Whether a condition holds: 0 no, 1 yes, 2 it cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Verdict {
    No,
    Yes,
    Unknown,
}

fn verdict(value: bool) -> Verdict {
    if value { Verdict::Yes } else { Verdict::No }
}

/// A prepared condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Condition {
    key: Key,
    quantifier: Option<Quantifier>,
    /// What the condition is without the key.
    when_absent: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Test {
    Absence { wants_absent: bool, wants_present: bool },
    Text { negated: bool, patterns: Box<[Pattern]> },
    LowerText { negated: bool, patterns: Box<[text::Lower]> },
    Number { relation: Relation, values: Box<[number::Number]> },
    Date { relation: Relation, values: Box<[i64]> },
    Bool { takes_true: bool, takes_false: bool },
    Address { negated: bool, ranges: Box<[ip::Range]> },
    Arn { negated: bool, patterns: Box<[arn::ArnPattern]> },
}

/// Which orderings satisfy an operator; a value that cannot be read satisfies only the negated ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Relation {
    less: bool,
    equal: bool,
    greater: bool,
    negated: bool,
}

impl Relation {
    fn takes(self, ordering: std::cmp::Ordering) -> bool {
        match ordering {
            std::cmp::Ordering::Less => self.less,
            std::cmp::Ordering::Equal => self.equal,
            std::cmp::Ordering::Greater => self.greater,
        }
    }
}

impl Condition {
    pub(super) fn new(condition: &document::Condition, version: Version) -> Self {
        let operator = condition.operator.value;
        let (test, negated) = test(condition, version);
        let when_absent = operator.if_exists
            || match operator.quantifier {
                Some(Quantifier::ForAllValues) => true,
                Some(Quantifier::ForAnyValue) => false,
                None => negated,
            };
        Condition { key: Key::new(&condition.key), quantifier: operator.quantifier, when_absent, test }
    }

    pub(super) fn evaluate(&self, context: &Context) -> Verdict {
        let value = self.key.value(context);
        if let Test::Absence { wants_absent, wants_present } = self.test {
            return verdict(if value.is_some() { wants_present } else { wants_absent });
        }
        match (value, self.quantifier) {
            (None, _) => verdict(self.when_absent),
            (Some(Value::One(text)), _) => self.test.evaluate(text, context),
            (Some(Value::Set(_)), None) => Verdict::No,
            (Some(Value::Set(texts)), Some(quantifier)) => {
                let (mut all, mut any) = (true, false);
                for text in texts {
                    match self.test.evaluate(text, context) {
                        Verdict::Yes => any = true,
                        Verdict::No => all = false,
                        Verdict::Unknown => return Verdict::Unknown,
                    }
                }
                verdict(if quantifier == Quantifier::ForAllValues { all } else { any })
            }
        }
    }
}

/// The test of a condition, and whether a missing key satisfies it.
fn test(condition: &document::Condition, version: Version) -> (Test, bool) {
    let kind = condition.operator.kind;
    let values = || condition.values.iter().map(|value| value.text.as_str());
    let relation = |less, equal, greater| Relation { less, equal, greater, negated: false };
    let test = match kind {
        OperatorKind::Null => {
            let absent = |text: &str| text.eq_ignore_ascii_case("true");
            Test::Absence { wants_absent: values().any(absent), wants_present: values().any(|text| !absent(text)) }
        }
        OperatorKind::StringEquals | OperatorKind::StringNotEquals => {
            let negated = kind == OperatorKind::StringNotEquals;
            Test::Text { negated, patterns: text::patterns(values(), version, false) }
        }
        OperatorKind::StringLike | OperatorKind::StringNotLike => {
            let negated = kind == OperatorKind::StringNotLike;
            Test::Text { negated, patterns: text::patterns(values(), version, true) }
        }
        OperatorKind::BinaryEquals => {
            Test::Text { negated: false, patterns: values().map(|value| Pattern::Exact(value.into())).collect() }
        }
        OperatorKind::StringEqualsIgnoreCase | OperatorKind::StringNotEqualsIgnoreCase => {
            let negated = kind == OperatorKind::StringNotEqualsIgnoreCase;
            Test::LowerText {
                negated,
                patterns: values().filter_map(|value| text::Lower::new(value, version)).collect(),
            }
        }
        OperatorKind::NumericEquals => numbers(relation(false, true, false), values()),
        OperatorKind::NumericNotEquals => numbers(Relation { negated: true, ..relation(false, true, false) }, values()),
        OperatorKind::NumericLessThan => numbers(relation(true, false, false), values()),
        OperatorKind::NumericLessThanEquals => numbers(relation(true, true, false), values()),
        OperatorKind::NumericGreaterThan => numbers(relation(false, false, true), values()),
        OperatorKind::NumericGreaterThanEquals => numbers(relation(false, true, true), values()),
        OperatorKind::DateEquals => dates(relation(false, true, false), values()),
        OperatorKind::DateNotEquals => dates(Relation { negated: true, ..relation(false, true, false) }, values()),
        OperatorKind::DateLessThan => dates(relation(true, false, false), values()),
        OperatorKind::DateLessThanEquals => dates(relation(true, true, false), values()),
        OperatorKind::DateGreaterThan => dates(relation(false, false, true), values()),
        OperatorKind::DateGreaterThanEquals => dates(relation(false, true, true), values()),
        OperatorKind::Bool => {
            let truthy = |text: &str| text.eq_ignore_ascii_case("true");
            Test::Bool { takes_true: values().any(truthy), takes_false: values().any(|text| !truthy(text)) }
        }
        OperatorKind::IpAddress | OperatorKind::NotIpAddress => {
            let ranges = values().filter_map(ip::Range::new).collect();
            Test::Address { negated: kind == OperatorKind::NotIpAddress, ranges }
        }
        OperatorKind::ArnEquals | OperatorKind::ArnLike => {
            Test::Arn { negated: false, patterns: values().filter_map(|v| arn::ArnPattern::new(v, version)).collect() }
        }
        OperatorKind::ArnNotEquals | OperatorKind::ArnNotLike => {
            Test::Arn { negated: true, patterns: values().filter_map(|v| arn::ArnPattern::new(v, version)).collect() }
        }
    };
    let negated = match &test {
        Test::Text { negated, .. } | Test::LowerText { negated, .. } => *negated,
        Test::Address { negated, .. } | Test::Arn { negated, .. } => *negated,
        Test::Number { relation, .. } | Test::Date { relation, .. } => relation.negated,
        Test::Absence { .. } | Test::Bool { .. } => false,
    };
    (test, negated)
}

fn numbers<'a>(relation: Relation, values: impl Iterator<Item = &'a str>) -> Test {
    Test::Number { relation, values: values.filter_map(number::Number::new).collect() }
}

fn dates<'a>(relation: Relation, values: impl Iterator<Item = &'a str>) -> Test {
    Test::Date { relation, values: values.filter_map(date::millis).collect() }
}

impl Test {
    fn evaluate(&self, text: &str, context: &Context) -> Verdict {
        match self {
            Test::Text { negated, patterns } => {
                verdict(patterns.iter().any(|pattern| pattern.matches(text, context)) != *negated)
            }
            Test::LowerText { negated, patterns } => {
                verdict(patterns.iter().any(|pattern| pattern.matches(text, context)) != *negated)
            }
            Test::Number { relation, values } => {
                let found = number::Slice::new(text)
                    .is_some_and(|own| values.iter().any(|wanted| relation.takes(own.compare(wanted))));
                verdict(found != relation.negated)
            }
            Test::Date { relation, values } => {
                let found =
                    date::millis(text).is_some_and(|own| values.iter().any(|wanted| relation.takes(own.cmp(wanted))));
                verdict(found != relation.negated)
            }
            Test::Bool { takes_true, takes_false } => {
                verdict(if text.eq_ignore_ascii_case("true") { *takes_true } else { *takes_false })
            }
            Test::Address { negated, ranges } => match ip::Address::new(text) {
                Some(address) => verdict(ranges.iter().any(|range| range.holds(address)) != *negated),
                None => Verdict::No,
            },
            Test::Arn { negated, patterns } => arn::test(patterns, text, *negated, context),
            // Answered before a value is looked at.
            Test::Absence { .. } => Verdict::Unknown,
        }
    }
}
