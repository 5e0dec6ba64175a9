//! Conditions. Source: AWS's IAM guide, "IAM JSON policy elements: Condition operators" and "Set operators for multi-valued context keys", sharpened by
//! recorded answers: a multi-valued key under an operator without a set prefix matches nothing.

mod arn;
mod binary;
mod boolean;
mod date;
mod ip;
mod numeric;
mod string;

use crate::document::{Condition, Operator, OperatorKind, Quantifier, Version};
use crate::{Context, Value};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    False,
    True,
    /// It cannot be evaluated: it holds for a deny and not for an allow.
    Error,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

/// Evaluates one condition.
pub(crate) fn evaluate(condition: &Condition, version: Version, context: &Context) -> Truth {
    let operator = condition.operator.value;
    let value = context.get(&condition.key);
    if operator.kind == OperatorKind::Null {
        // Only `true`, in any case, asks for absence; any other text asks for presence.
        let wants_absent = |text: &str| text.eq_ignore_ascii_case("true");
        return condition.values.iter().any(|wanted| wants_absent(&wanted.text) == value.is_none()).into();
    }
    let Some(value) = value else { return absent(operator).into() };
    let test = |text: &String| compare(condition, text, version, context);
    match (value, operator.quantifier) {
        (Value::One(text), _) => test(text),
        (Value::Set(_), None) => Truth::False,
        (Value::Set(texts), Some(quantifier)) => {
            let truths: Vec<Truth> = texts.iter().map(test).collect();
            if truths.contains(&Truth::Error) {
                return Truth::Error;
            }
            match quantifier {
                Quantifier::ForAllValues => truths.iter().all(|truth| *truth == Truth::True).into(),
                Quantifier::ForAnyValue => truths.contains(&Truth::True).into(),
            }
        }
    }
}

/// What an operator says of a key that is not there.
fn absent(operator: Operator) -> bool {
    match operator.quantifier {
        _ if operator.if_exists => true,
        Some(Quantifier::ForAllValues) => true,
        Some(Quantifier::ForAnyValue) => false,
        None => is_negated(operator.kind),
    }
}

/// The operators that are true when no value matches.
fn is_negated(kind: OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::StringNotEquals
            | OperatorKind::StringNotEqualsIgnoreCase
            | OperatorKind::StringNotLike
            | OperatorKind::NumericNotEquals
            | OperatorKind::DateNotEquals
            | OperatorKind::NotIpAddress
            | OperatorKind::ArnNotEquals
            | OperatorKind::ArnNotLike
    )
}

/// Compares one value of the request with the values of the condition.
fn compare(condition: &Condition, text: &str, version: Version, context: &Context) -> Truth {
    let kind = condition.operator.kind;
    let wanted = || condition.values.iter().map(|value| value.text.as_str());
    let negated = is_negated(kind);
    match kind {
        OperatorKind::StringEquals | OperatorKind::StringNotEquals => {
            (wanted().any(|wanted| string::equals(wanted, text, version, context)) != negated).into()
        }
        OperatorKind::StringEqualsIgnoreCase | OperatorKind::StringNotEqualsIgnoreCase => {
            (wanted().any(|wanted| string::equals_ignore_case(wanted, text, version, context)) != negated).into()
        }
        OperatorKind::StringLike | OperatorKind::StringNotLike => {
            (wanted().any(|wanted| string::like(wanted, text, version, context)) != negated).into()
        }
        OperatorKind::NumericEquals
        | OperatorKind::NumericNotEquals
        | OperatorKind::NumericLessThan
        | OperatorKind::NumericLessThanEquals
        | OperatorKind::NumericGreaterThan
        | OperatorKind::NumericGreaterThanEquals => {
            (wanted().any(|wanted| holds(kind, numeric::compare(text, wanted))) != negated).into()
        }
        OperatorKind::DateEquals
        | OperatorKind::DateNotEquals
        | OperatorKind::DateLessThan
        | OperatorKind::DateLessThanEquals
        | OperatorKind::DateGreaterThan
        | OperatorKind::DateGreaterThanEquals => {
            (wanted().any(|wanted| holds(kind, date::compare(text, wanted))) != negated).into()
        }
        OperatorKind::Bool => wanted().any(|wanted| boolean::equals(wanted, text)).into(),
        OperatorKind::BinaryEquals => wanted().any(|wanted| binary::equals(wanted, text)).into(),
        OperatorKind::IpAddress | OperatorKind::NotIpAddress => match ip::address(text) {
            // What is no address is neither in a range nor outside of it.
            None => Truth::False,
            Some(address) => (wanted().any(|wanted| ip::contains(wanted, address)) != negated).into(),
        },
        OperatorKind::ArnEquals | OperatorKind::ArnLike | OperatorKind::ArnNotEquals | OperatorKind::ArnNotLike => {
            arn::compare(wanted(), text, negated, version, context)
        }
        OperatorKind::Null => Truth::Error,
    }
}

/// What an ordering operator says of how the request's value compares. What cannot be compared is neither equal nor ordered.
fn holds(kind: OperatorKind, ordering: Option<std::cmp::Ordering>) -> bool {
    let Some(ordering) = ordering else { return false };
    match kind {
        OperatorKind::NumericLessThan | OperatorKind::DateLessThan => ordering.is_lt(),
        OperatorKind::NumericLessThanEquals | OperatorKind::DateLessThanEquals => ordering.is_le(),
        OperatorKind::NumericGreaterThan | OperatorKind::DateGreaterThan => ordering.is_gt(),
        OperatorKind::NumericGreaterThanEquals | OperatorKind::DateGreaterThanEquals => ordering.is_ge(),
        _ => ordering.is_eq(),
    }
}
