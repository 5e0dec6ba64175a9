//! Which literals AWS takes for an operator when it stores a policy. What evaluation makes of the others is not decided here.
//! Source: AWS's recorded answers to storing identity policies.

use std::net::Ipv6Addr;

/// A number: digits with an optional sign, fraction and exponent. Leading zeros are fine.
pub(super) fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent.is_none_or(|part| !part.is_empty() && digits(part))
}

/// A date: ISO 8601 from the year alone to fractions of a second, or seconds since 1970. IAM reads numbers of any length
/// where ISO 8601 wants two or four digits, `T` in either case, and a date with a time that lacks its day.
pub(super) fn is_date(text: &str) -> bool {
    if !text.contains(['t', 'T', '-']) {
        let digits = text.strip_prefix('+').unwrap_or(text);
        return digits.bytes().all(|b| b.is_ascii_digit()) && digits.parse::<i64>().is_ok();
    }
    let (date, time) = text.split_once(['t', 'T']).unwrap_or((text, ""));
    is_calendar_date(date) && (time.is_empty() || is_time(time))
}

/// A number within bounds, in as many digits as it likes.
fn within(part: &str, least: i64, most: i64) -> bool {
    let digits = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits && part.parse::<i64>().is_ok_and(|n| (least..=most).contains(&n))
}

/// The greatest year either side of zero that milliseconds in 64 bits reach.
const MAX_YEAR: i64 = 292_275_054;

fn is_calendar_date(text: &str) -> bool {
    let parts: Vec<&str> = text.strip_prefix('-').unwrap_or(text).split('-').collect();
    let year = |part| within(part, 0, MAX_YEAR);
    match parts.as_slice() {
        [y] => year(y),
        [y, m] => year(y) && within(m, 1, 12),
        [y, m, d] => year(y) && within(m, 1, 12) && within(d, 1, 31),
        _ => false,
    }
}

fn is_time(text: &str) -> bool {
    let (clock, zone) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) => text.split_at(at),
        None => (text, "Z"),
    };
    let two = |part: &str, most| part.len() == 2 && within(part, 0, most);
    let zoned = match zone.strip_prefix(['+', '-']) {
        None => zone.eq_ignore_ascii_case("Z"),
        Some(offset) => match offset.split_once(':') {
            Some((h, m)) => two(h, 23) && two(m, 59),
            None => (offset.len() == 4 && within(offset, 0, 2359)) || two(offset, 23),
        },
    };
    let second = |part: &str| {
        let (whole, fraction) = part.split_once('.').unwrap_or((part, "0"));
        within(whole, 0, 59) && within(fraction, 0, 999_999_999)
    };
    let parts: Vec<&str> = clock.split(':').collect();
    zoned
        && match parts.as_slice() {
            [h] => within(h, 0, 23),
            [h, m] => within(h, 0, 23) && within(m, 0, 59),
            [h, m, s] => within(h, 0, 23) && within(m, 0, 59) && second(s),
            _ => false,
        }
}

/// An address or a range. IPv4 may have host bits set; IPv6 may not, nor be written with a dotted quad.
pub(super) fn is_ip_range(text: &str) -> bool {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let length = |most: u32| match prefix {
        None => Some(most),
        Some(text) => {
            let digits = text.strip_prefix('+').unwrap_or(text);
            let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            digits.parse().ok().filter(|bits| plain && *bits <= most)
        }
    };
    if !address.contains(':') {
        return is_ipv4(address) && length(32).is_some();
    }
    let Some(bits) = length(128) else { return false };
    // AWS reads one colon too many as if it were not there.
    let lenient = address.replacen(":::", "::", 1);
    match lenient.parse::<Ipv6Addr>() {
        Ok(read) if !address.contains('.') => {
            let host = if bits == 0 { u128::MAX } else { !(u128::MAX << (128 - bits)) };
            let host = if bits == 128 { 0 } else { host };
            u128::from(read) & host == 0
        }
        _ => false,
    }
}

fn is_ipv4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let octet = |part: &&str| {
        !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u8>().is_ok()
    };
    parts.len() == 4 && parts.iter().all(octet)
}

/// An ARN, wildcards and variables allowed: six parts, the first of them `arn`.
pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.split(':').count() >= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for good in ["0", "01", "-1", "+1", "1.", ".5", "1e3", "1.5E-3"] {
            assert!(is_number(good), "{good}");
        }
        for bad in ["", "-", ".", "e3", "1e", "NaN", "0x10", " 1", "ten", "1.2.3"] {
            assert!(!is_number(bad), "{bad}");
        }
    }

    #[test]
    fn dates() {
        for good in [
            "2035",
            "2035-01",
            "2035-01-02",
            "2035-01-02T03:04Z",
            "2035-01-02T03:04:05",
            "2035-01-02T03:04:05.123+02:00",
            "2035-1-2t3:04:05.5+23",
            "35T",
            "-292275054",
            "0",
            "-1",
            "1795305600",
        ] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "",
            "tomorrow",
            "2035-13",
            "2035-01-32",
            "2035-01-02T25:00Z",
            "2035-01-02T03:04:60Z",
            "2035-01-02T03:04:05+1:00",
            "2035-1-2-3",
            "T",
            "2035-01-02T03:04:05.Z",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }

    #[test]
    fn addresses() {
        for good in [
            "192.0.2.0/24",
            "192.0.2.5/24",
            "192.000.002.0/24",
            "192.0.2.0/024",
            "192.0.2.0/+24",
            "192.0.2.1",
            "::/0",
            "2001:DB8::/064",
            "2001:db8::1/128",
            "2001:db8:::1/128",
            "::ffff:c000:200/120",
        ] {
            assert!(is_ip_range(good), "{good}");
        }
        for bad in [
            "",
            "not-an-ip",
            "192.0.2/24",
            "192.0.2.0/33",
            "192.0.2.256",
            "192.0.2.0/",
            "::ffff:192.0.2.0/120",
            "::ffff:192.0.2.1",
            "2001:db8::/129",
            "2001:db8::5/127",
            "2001:db8::1/0",
            "::1::2",
        ] {
            assert!(!is_ip_range(bad), "{bad}");
        }
    }
}
