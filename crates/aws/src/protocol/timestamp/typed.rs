//! Times as people type them to the AWS CLI, which reads more forms than a wire carries.

use std::sync::LazyLock;

use bailiwick_ident::Timestamp;
use regex::Regex;

use super::{MONTHS, from_epoch_f64, in_range};

/// A date, perhaps with a time, perhaps with a zone.
#[expect(clippy::expect_used, reason = "the pattern is a constant")]
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x-u)^(?:(?i:mon|tue|wed|thu|fri|sat|sun)[A-Za-z]*\.?,?\s+)?
        (?: (?P<y1>[0-9]{4})[-/.](?P<m1>[0-9]{1,2})[-/.](?P<d1>[0-9]{1,2})
          | (?P<y2>[0-9]{4})(?P<m2>[0-9]{2})(?P<d2>[0-9]{2})
          | (?P<d3>[0-9]{1,2})[-\s](?P<m3>[A-Za-z]{3,9})[-\s](?P<y3>[0-9]{4})
          | (?P<m4>[A-Za-z]{3,9})\s+(?P<d4>[0-9]{1,2}),?\s+(?P<y4>[0-9]{4})
          | (?P<m5>[0-9]{1,2})/(?P<d5>[0-9]{1,2})/(?P<y5>[0-9]{4}) )
        (?: (?:(?:[Tt]|\s+)(?P<h1>[0-9]{1,2}):(?P<i1>[0-9]{2})(?::(?P<s1>[0-9]{2})(?:[.,](?P<f1>[0-9]+))?)?(?:\s*(?P<p>(?i:am|pm)))?
              | [Tt](?P<h2>[0-9]{2})(?:(?P<i2>[0-9]{2})(?P<s2>[0-9]{2})?)?)
            (?:\s*(?:(?i:Z|UTC|GMT|UT)|(?P<o>[+-])(?P<oh>[0-9]{2})(?::?(?P<om>[0-9]{2}))?))? )?$",
    )
    .expect("a pattern")
});

/// Reads a time as a person types it to the AWS CLI: seconds since 1970, ISO 8601 in its usual variants, the dates of HTTP and
/// mail, and what is written with a month's name. Without a zone it is UTC, and without a time it is midnight.
///
/// `None` for what is no time, for other names of zones, and for what would take a part of today's date.
pub(crate) fn typed(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
        && let Ok(seconds) = text.parse()
    {
        return from_epoch_f64(seconds);
    }
    let found = FORM.captures(text)?;
    let text = |names: &[&str]| names.iter().find_map(|name| found.name(name)).map(|part| part.as_str());
    let number = |names: &[&str]| text(names).map_or(Some(0), |digits| digits.parse::<u32>().ok());
    let month = match text(&["m3", "m4"]) {
        Some(name) => {
            1 + MONTHS.iter().position(|month| name.get(..3).is_some_and(|n| n.eq_ignore_ascii_case(month)))? as u32
        }
        None => number(&["m1", "m2", "m5"])?,
    };
    let (mut hour, second) = (number(&["h1", "h2"])?, number(&["s1", "s2"])?);
    if let Some(half) = text(&["p"]) {
        hour = (1..=12).contains(&hour).then_some(hour % 12 + if half.eq_ignore_ascii_case("pm") { 12 } else { 0 })?;
    }
    // The AWS CLI takes neither a leap second nor the hour 24.
    if hour > 23 || second > 59 {
        return None;
    }
    let fraction = text(&["f1"]).map(|digits| format!(".{}", digits.get(..9).unwrap_or(digits))).unwrap_or_default();
    let offset = match text(&["o"]) {
        Some(sign) => format!("{sign}{:02}:{:02}", number(&["oh"])?, number(&["om"])?),
        None => "Z".to_owned(),
    };
    let time = Timestamp::parse_rfc3339(&format!(
        "{:04}-{month:02}-{:02}T{hour:02}:{:02}:{second:02}{fraction}{offset}",
        number(&["y1", "y2", "y3", "y4", "y5"])?,
        number(&["d1", "d2", "d3", "d4", "d5"])?,
        number(&["i1", "i2"])?,
    ));
    time.ok().and_then(in_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_they_are_typed() {
        let ten = Timestamp::parse_rfc3339("2020-01-02T10:00:00Z").unwrap();
        for text in [
            "2020-01-02T10:00:00Z",
            " 2020-01-02t10:00:00z ",
            "2020-01-02T10:00:00,0Z",
            "2020-01-02T10",
            "2020-01-02 10:00",
            "2020-01-02T12:00:00+0200",
            "2020-01-02T12:00:00 +02:00",
            "2020-01-02T12:00+02",
            "2020-01-02T10:00:00 UTC",
            "2020/1/2 10:00",
            "20200102T100000Z",
            "20200102T1000",
            "20200102T10:00:00",
            "Thu, 02 Jan 2020 10:00:00 GMT",
            "2 January 2020 10:00",
            "Jan 2, 2020 10:00:00",
            "01/02/2020 10:00 AM",
            "1577959200",
            "1577959200.0",
            "1.5779592e9",
        ] {
            assert_eq!(typed(text), Some(ten), "{text}");
        }
        let midnight = Timestamp::parse_rfc3339("2020-01-02T00:00:00Z").unwrap();
        for text in ["2020-01-02", "2 Jan 2020", "01/02/2020", "Jan 2 2020 12:00 am"] {
            assert_eq!(typed(text), Some(midnight), "{text}");
        }
        assert_eq!(typed("20200102"), Some(Timestamp::from_seconds(20_200_102)), "digits alone are seconds");
        assert_eq!(typed("9999-12-31T23:59:59Z").map(Timestamp::as_seconds), Some(253_402_300_799));
        for text in [
            "",
            "never",
            "now",
            "10:00",
            "2020-01",
            "2020-02-30",
            "2020-13-01",
            "2020-01-02T24:00:00Z",
            "2020-01-02T23:59:60Z",
            "2020-01-02T10:00:00 EST",
            "2020-W01-1",
            "1577959200000",
            "1e400",
            "nan",
            "inf",
            "2 Foo 2020",
            "13:00 pm",
            "9999-12-31T23:59:59-01:00",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert_eq!(typed(text), None, "{text}");
        }
    }
}
