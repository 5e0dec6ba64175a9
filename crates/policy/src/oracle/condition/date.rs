use std::cmp::Ordering;

/// How two texts compare as points in time; `None` when one of them is none.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(read(left)?.cmp(&read(right)?))
}

/// Milliseconds since 1970. Read are seconds since then, with an optional sign, and the forms of ISO 8601 that AWS names: a year, a month, a day,
/// a time to the minute, second or fraction, with or without a zone. Fractions are cut to milliseconds; no zone means UTC.
fn read(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    // Four digits alone are a year.
    if is_number && text.len() != 4 {
        return (digits.len() <= 15).then(|| text.parse::<i64>().ok())?.map(|seconds| seconds * 1000);
    }
    let (date, time) = match text.split_once(['T', 't']) {
        None => (text, None),
        Some((date, time)) => (date, Some(time)),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4, 0, 9999)?;
    let month = parts.next().map_or(Some(1), |text| number(text, 2, 1, 12))?;
    let day = parts.next().map_or(Some(1), |text| number(text, 2, 1, days_in(year, month)))?;
    let day_given = date.len() == 10;
    if parts.next().is_some() || (time.is_some() && !day_given) {
        return None;
    }
    let days = days_since_epoch(year, month, day);
    Some(days * 86_400_000 + time.map_or(Some(0), read_time)?)
}

/// Milliseconds since midnight UTC.
fn read_time(text: &str) -> Option<i64> {
    let zone_at = text.find(['Z', 'z', '+', '-']);
    let (clock, zone) = zone_at.map_or((text, ""), |at| text.split_at(at));
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, fraction)| (clock, Some(fraction)));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 2, 0, 23)?;
    let minute = number(parts.next()?, 2, 0, 59)?;
    let second = parts.next().map(|text| number(text, 2, 0, 59));
    if parts.next().is_some() || (fraction.is_some() && second.is_none()) {
        return None;
    }
    let second = second.unwrap_or(Some(0))?;
    let millis = fraction.map_or(Some(0), read_fraction)?;
    Some(((hour * 60 + minute) * 60 + second) * 1000 + millis - read_zone(zone)? * 60_000)
}

/// The first three digits of a fraction.
fn read_fraction(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 18 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{text}00").get(..3)?.parse().ok()
}

/// Minutes east of UTC: nothing, `Z`, `+01:00`, `+0100` or `+01`.
fn read_zone(text: &str) -> Option<i64> {
    let Some(sign) = text.chars().next() else { return Some(0) };
    let rest = text.get(1..)?;
    match sign {
        'Z' | 'z' => rest.is_empty().then_some(0),
        sign => {
            let (hours, minutes) = match rest.len() {
                2 => (rest, "00"),
                4 => rest.split_at_checked(2)?,
                5 => rest.split_once(':')?,
                _ => return None,
            };
            let east = number(hours, 2, 0, 18)? * 60 + number(minutes, 2, 0, 59)?;
            Some(if sign == '-' { -east } else { east })
        }
    }
}

fn number(text: &str, length: usize, least: i64, most: i64) -> Option<i64> {
    let digits = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|value| digits && (least..=most).contains(value))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Counted year by year and month by month.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let length = |year| if is_leap(year) { 366 } else { 365 };
    let years: i64 = if year >= 1970 { (1970..year).map(length).sum() } else { -(year..1970).map(length).sum::<i64>() };
    let months: i64 = (1..month).map(|month| days_in(year, month)).sum();
    years + months + day - 1
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn points_in_time() {
        for (text, millis) in [
            ("0", 0),
            ("1893456000", 1_893_456_000_000),
            ("+1893456000", 1_893_456_000_000),
            ("-1", -1000),
            ("2030-01-01T00:00:00Z", 1_893_456_000_000),
            ("2030-01-01T00:00:00.0009Z", 1_893_456_000_000),
            ("2030", 1_893_456_000_000),
            ("2030-01", 1_893_456_000_000),
            ("2030-01-01", 1_893_456_000_000),
            ("2030-01-01T00:00", 1_893_456_000_000),
            ("2030-01-01T00:00:00.1239Z", 1_893_456_000_123),
            ("2030-01-01T00:00:00.1Z", 1_893_456_000_100),
            ("2030-01-01T01:00:00+01:00", 1_893_456_000_000),
            ("2029-12-31T23:30:00-0030", 1_893_456_000_000),
            ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("1969-12-31", -86_400_000),
        ] {
            assert_eq!(read(text), Some(millis), "{text}");
        }
        for bad in [
            "",
            "x",
            "2030-13-01",
            "2030-02-30",
            "2100-02-29",
            "2030-1-1",
            "2030-01T00:00Z",
            "2030-01-01T24:00:00Z",
            "2030-01-01T",
            "2030-01-01 00:00",
            "2030-01-01T00:00:00.Z",
            "2030-01-01T00:00:00+1",
            "2030-01-01T00:00:00ZZ",
            "1.5",
            "+2030-01-01",
            "9999999999999999",
            "2030-01-01T00",
        ] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
