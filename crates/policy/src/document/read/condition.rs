use super::{Findings, Read, Seen, clip, duplicate};
use crate::document::{Condition, ConditionValue, ConditionValueKind, Operator, OperatorKind, Span, Spanned};
use crate::json::{Kind, Reader};

/// Reads the value of `Condition`: operators, in them keys, in them values.
pub(super) fn read(reader: &mut Reader<'_>, findings: &mut Findings) -> Read<Vec<Condition>> {
    let mut conditions = Vec::new();
    let found = reader.peek()?;
    if found != Kind::Object {
        let span = reader.skip()?;
        findings.wrong_type("Condition", "an object", found, span);
        return Ok(conditions);
    }
    let mut operators: Vec<Operator> = Vec::new();
    reader.object(|reader, name, span| {
        let Some(operator) = Operator::parse(&name) else {
            return unknown(reader, &name, span, findings);
        };
        if operators.contains(&operator) {
            findings.error("duplicate-key", span, format!("the operator `{}` is written twice", clip(&name)));
        }
        operators.push(operator);
        let found = reader.peek()?;
        if found != Kind::Object {
            let span = reader.skip()?;
            findings.wrong_type(&name, "an object of condition keys", found, span);
            return Ok(());
        }
        let mut seen = Seen::default();
        reader.object(|reader, key, key_span| {
            duplicate(&mut seen, &key, key_span, findings);
            if key.is_empty() {
                findings.error("bad-key", key_span, "a condition key is not empty");
            }
            let values = values(reader, operator, findings)?;
            let key = Spanned::new(key.into_owned(), key_span);
            conditions.push(Condition { operator: Spanned::new(operator, span), key, values });
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(conditions)
}

/// An operator that does not exist. IAM stores it where it compares nothing.
fn unknown(reader: &mut Reader<'_>, name: &str, span: Span, findings: &mut Findings) -> Read<()> {
    let mut compares = reader.peek()? != Kind::Object;
    if compares {
        reader.skip()?;
    } else {
        reader.object(|reader, _, _| {
            compares = true;
            reader.skip().map(drop)
        })?;
    }
    let message = format!("there is no condition operator `{}`", clip(name));
    match compares {
        true => findings.error("unknown-operator", span, message),
        false => findings.warning("unknown-operator", span, format!("{message}, and it compares nothing here")),
    }
    findings.help("the operators are in AWS's IAM guide under `IAM JSON policy elements: Condition operators`");
    Ok(())
}

fn values(reader: &mut Reader<'_>, operator: Operator, findings: &mut Findings) -> Read<Vec<ConditionValue>> {
    let mut values = Vec::new();
    match reader.peek()? {
        Kind::Array => {
            reader.array(|reader| {
                values.extend(value(reader, operator, findings)?);
                Ok(())
            })?;
        }
        _ => values.extend(value(reader, operator, findings)?),
    }
    Ok(values)
}

fn value(reader: &mut Reader<'_>, operator: Operator, findings: &mut Findings) -> Read<Option<ConditionValue>> {
    let (text, span, kind) = match reader.peek()? {
        Kind::String => {
            let (text, span) = reader.string()?;
            (text.into_owned(), span, ConditionValueKind::Text)
        }
        Kind::Number => {
            let (text, span) = reader.number()?;
            (text.to_owned(), span, ConditionValueKind::Number)
        }
        Kind::Bool => {
            let (text, span) = reader.literal()?;
            (text.to_owned(), span, ConditionValueKind::Bool)
        }
        found => {
            let span = reader.skip()?;
            findings.wrong_type("a condition value", "a string, a number, a boolean or a list of these", found, span);
            return Ok(None);
        }
    };
    // The one literal that AWS refuses everywhere, session policies included.
    if operator.kind == OperatorKind::BinaryEquals && !is_base64(&text) {
        findings.error("bad-base64", span, format!("`{}` is not base64", clip(&text)));
        findings.help("BinaryEquals compares base64 text");
    }
    Ok(Some(ConditionValue { text: Spanned::new(text, span), kind }))
}

/// Whether a text is base64 in the standard alphabet; padding may be left out, as AWS's reader lets it be.
fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let padding = text.len() - body.len();
    let alphabet = body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    let whole = text.len().is_multiple_of(4) || (padding == 0 && body.len() % 4 != 1);
    alphabet && padding <= 2 && whole
}
