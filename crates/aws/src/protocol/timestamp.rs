//! The three ways a timestamp is written on a wire, and reading any of them.
//!
//! Reading is as lenient as AWS's own clients: a service now and then writes another form than its model says. What lies
//! outside the years 1 to 9999 is refused.

mod typed;

use bailiwick_ident::Timestamp;

pub(crate) use typed::typed;

use crate::model::TimestampFormat;
use crate::value::Value;

const EARLIEST_MILLIS: i64 = -62_135_596_800_000;
const LATEST_MILLIS: i64 = 253_402_300_799_999;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The time, if it lies in the years 1 to 9999.
fn in_range(time: Timestamp) -> Option<Timestamp> {
    (EARLIEST_MILLIS..=LATEST_MILLIS).contains(&time.as_millis()).then_some(time)
}

/// The text of a time in a format. Fractions of a second are written where the format has them and there are any.
pub fn format(time: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 if time.as_millis().rem_euclid(1000) == 0 => time.to_rfc3339(),
        TimestampFormat::Iso8601 => time.to_rfc3339_millis(),
        TimestampFormat::Rfc822 => time.to_http_date(),
        TimestampFormat::UnixTimestamp => epoch_text(time),
    }
}

/// Seconds since the epoch as JSON: a whole number where it is one.
pub fn epoch_json(time: Timestamp) -> serde_json::Value {
    if time.as_millis().rem_euclid(1000) == 0 {
        serde_json::Value::from(time.as_seconds())
    } else {
        serde_json::Value::from(epoch_f64(time))
    }
}

/// Seconds since the epoch with their fraction.
pub fn epoch_f64(time: Timestamp) -> f64 {
    time.as_millis() as f64 / 1000.0
}

/// From seconds since the epoch with their fraction, rounded to milliseconds.
pub fn from_epoch_f64(seconds: f64) -> Option<Timestamp> {
    let millis = (seconds * 1000.0).round();
    let in_range = millis >= EARLIEST_MILLIS as f64 && millis <= LATEST_MILLIS as f64;
    in_range.then(|| Timestamp::from_millis(millis as i64))
}

/// Reads any of the three forms, and ISO 8601's basic form and plain dates.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let time = if text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic()) {
        parse_http_date(text)
    } else if let Some(time) = parse_iso8601(text) {
        Some(time)
    } else if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E')) {
        text.parse().ok().and_then(from_epoch_f64)
    } else {
        parse_http_date(text)
    }?;
    in_range(time)
}

/// A time of an answer. Where writing it again would give another text, because it has finer fractions or another form, the
/// text itself is kept: the AWS CLI prints times as they came.
pub(crate) fn as_it_came(time: Timestamp, told: Option<TimestampFormat>, text: &str) -> Value {
    let named_day = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let usual = if named_day { TimestampFormat::Rfc822 } else { TimestampFormat::Iso8601 };
    match format(time, told.unwrap_or(usual)) == text {
        true => Value::Timestamp(time),
        false => Value::from(text),
    }
}

/// The time that a member of an answer says, in whichever form it was kept.
pub fn of(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Timestamp(time) => Some(*time),
        Value::String(text) => parse(text),
        Value::Float(seconds) => from_epoch_f64(*seconds),
        _ => None,
    }
}

fn parse_iso8601(text: &str) -> Option<Timestamp> {
    if let Some(time) = crate::sigv4::parse_amz_date(text) {
        return Some(time);
    }
    let dashed = text.len() >= 10 && text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().get(7) == Some(&b'-');
    if !dashed {
        return None;
    }
    if text.len() == 10 {
        return Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).ok();
    }
    if let Ok(time) = Timestamp::parse_rfc3339(text) {
        return Some(time);
    }
    // A time without an offset is taken as UTC, as botocore does.
    Timestamp::parse_rfc3339(&format!("{text}Z")).ok()
}

/// Reads `Sun, 22 Nov 2026 10:00:00 GMT`, with or without the weekday, with `GMT`, `UTC`, `Z` or an offset in digits.
pub(crate) fn parse_http_date(text: &str) -> Option<Timestamp> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace();
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let zone = words.next().unwrap_or("GMT");
    if words.next().is_some() || !year.bytes().all(|b| b.is_ascii_digit()) || year.len() != 4 {
        return None;
    }
    let month = MONTHS.iter().position(|name| month.get(..3).is_some_and(|m| m.eq_ignore_ascii_case(name)))? + 1;
    let offset = match zone {
        "GMT" | "UTC" | "UT" | "Z" => "Z".to_owned(),
        digits if digits.len() == 5 && digits.is_ascii() => format!("{}:{}", digits.get(..3)?, digits.get(3..)?),
        _ => return None,
    };
    let day: u32 = day.parse().ok()?;
    Timestamp::parse_rfc3339(&format!("{year}-{month:02}-{day:02}T{time}{offset}")).ok()
}

fn epoch_text(time: Timestamp) -> String {
    let (seconds, millis) = (time.as_seconds(), time.as_millis().rem_euclid(1000));
    match (millis, seconds < 0) {
        (0, _) => seconds.to_string(),
        (_, false) => format!("{seconds}.{millis:03}").trim_end_matches('0').to_owned(),
        (_, true) => epoch_f64(time).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_written_form_is_read_back() {
        for millis in [0, 1, 1_000, 1_786_000_123_000, 1_786_000_123_450, -1, -1_500, -62_135_596_800_000] {
            let time = Timestamp::from_millis(millis);
            for form in [TimestampFormat::Iso8601, TimestampFormat::UnixTimestamp] {
                assert_eq!(parse(&format(time, form)), Some(time), "{millis} {form:?}");
            }
            let whole = Timestamp::from_seconds(time.as_seconds());
            assert_eq!(parse(&format(whole, TimestampFormat::Rfc822)), Some(whole), "{millis}");
        }
    }

    #[test]
    fn lenient_reading() {
        let ten = Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        for text in [
            "2026-11-22T10:00:00",
            "2026-11-22T11:00:00+01:00",
            "20261122T100000Z",
            "Sun, 22 Nov 2026 10:00:00 GMT",
            "22 Nov 2026 11:00:00 +0100",
            "1795341600",
            "1.7953416e9",
        ] {
            assert_eq!(parse(text), Some(ten), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "1e300", "NaN", "Sun, 22 Foo 2026 10:00:00 GMT", "-"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
