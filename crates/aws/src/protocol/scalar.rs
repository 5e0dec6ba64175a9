//! Values that are one text on the wire: in headers, labels, query strings, forms and XML.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::problem::Problem;
use super::timestamp;
use crate::model::{Kind, TimestampFormat};
use crate::value::Value;

/// Whose message is read: a caller's, which must follow the rules, or a service's, which AWS's clients take as it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Request,
    Response,
}

/// Base64 with or without padding, as services are met with both.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(crate) fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(crate) fn base64_decode(text: &str) -> Result<Vec<u8>, Problem> {
    let compact: String;
    let text = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        compact = text.split_ascii_whitespace().collect();
        &compact
    } else {
        text
    };
    LENIENT.decode(text).map_err(|_| Problem::new("is not base64"))
}

/// The text of a number that may be infinite; AWS writes `NaN`, `Infinity` and `-Infinity`.
pub(crate) fn float_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        format!("{number:?}")
    }
}

pub(crate) fn float_from_text(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        digits if digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E')) => {
            digits.parse().ok()
        }
        _ => None,
    }
}

/// The text of a scalar. `times` is the format of timestamps whose shape names none.
pub(crate) fn to_text(kind: &Kind, value: &Value, times: TimestampFormat) -> Result<String, Problem> {
    Ok(match (kind, value) {
        (Kind::String, Value::String(text)) => text.clone(),
        (Kind::Boolean, Value::Boolean(value)) => value.to_string(),
        (Kind::Integer | Kind::Long | Kind::Double | Kind::Float, Value::Integer(number)) => number.to_string(),
        (Kind::Double | Kind::Float, Value::Float(number)) => float_text(*number),
        (Kind::Blob, Value::Blob(bytes)) => base64_encode(bytes),
        (Kind::Timestamp(format), Value::Timestamp(time)) => timestamp::format(*time, format.unwrap_or(times)),
        (kind, value) => return Err(Problem::expected(kind.as_str(), value.kind())),
    })
}

/// The value of a text. Numbers and truth values follow the rules that IAM and STS were seen to apply to forms: digits
/// with an optional sign, `true`, `false`, `1`, `0`, nothing around them. Responses are read more freely.
pub(crate) fn from_text(kind: &Kind, text: &str, reading: Reading) -> Result<Value, Problem> {
    let trimmed = match reading {
        Reading::Request => text,
        Reading::Response => text.trim(),
    };
    let bad = |what: &str| {
        let shown: String = text.chars().take(64).collect();
        Problem::new(format!("`{shown}` is not {what}"))
    };
    Ok(match kind {
        Kind::String => Value::String(text.to_owned()),
        Kind::Boolean => match trimmed {
            "true" | "1" => Value::Boolean(true),
            "false" | "0" => Value::Boolean(false),
            other if reading == Reading::Response && other.eq_ignore_ascii_case("true") => Value::Boolean(true),
            other if reading == Reading::Response && other.eq_ignore_ascii_case("false") => Value::Boolean(false),
            _ => return Err(bad("`true` or `false`")),
        },
        Kind::Integer => Value::Integer(integer(trimmed, reading).ok_or_else(|| bad("a whole number of 32 bits"))?),
        Kind::Long => Value::Integer(long(trimmed).ok_or_else(|| bad("a whole number of 64 bits"))?),
        Kind::Double | Kind::Float => Value::Float(float_from_text(trimmed).ok_or_else(|| bad("a number"))?),
        Kind::Blob => Value::Blob(base64_decode(text)?),
        Kind::Timestamp(format) => {
            let time = timestamp::parse(trimmed).ok_or_else(|| bad("a time"))?;
            match reading {
                Reading::Request => Value::Timestamp(time),
                Reading::Response => timestamp::as_it_came(time, *format, trimmed),
            }
        }
        other => return Err(Problem::expected(other.as_str(), "text")),
    })
}

fn integer(text: &str, reading: Reading) -> Option<i64> {
    let number = long(text)?;
    // Some services answer with more than the model's 32 bits.
    (reading == Reading::Response || i32::try_from(number).is_ok()).then_some(number)
}

fn long(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_and_booleans_of_requests() {
        let read = |kind: &Kind, text: &str| from_text(kind, text, Reading::Request).ok();
        for (text, number) in [("1", 1), ("01", 1), ("+1", 1), ("-1", -1), ("2147483647", i64::from(i32::MAX))] {
            assert_eq!(read(&Kind::Integer, text), Some(Value::Integer(number)), "{text}");
        }
        for text in [" 1", "1 ", "\t1\n", "1.0", "1e0", "2147483648", "", "+", "--1", "1_0"] {
            assert_eq!(read(&Kind::Integer, text), None, "{text:?}");
        }
        assert_eq!(read(&Kind::Long, "2147483648"), Some(Value::Integer(2_147_483_648)));
        assert_eq!(read(&Kind::Long, "9223372036854775808"), None);
        for (text, truth) in [("true", true), ("1", true), ("false", false), ("0", false)] {
            assert_eq!(read(&Kind::Boolean, text), Some(Value::Boolean(truth)), "{text}");
        }
        for text in ["True", "TRUE", "yes", "", " true"] {
            assert_eq!(read(&Kind::Boolean, text), None, "{text:?}");
        }
    }

    #[test]
    fn floats_have_aws_names_for_the_odd_ones() {
        assert_eq!(float_text(f64::NEG_INFINITY), "-Infinity");
        assert_eq!(float_text(1.0), "1.0");
        assert_eq!(float_from_text("Infinity"), Some(f64::INFINITY));
        assert_eq!(float_from_text("inf"), None);
        assert_eq!(float_from_text("1e3"), Some(1000.0));
    }
}
