use std::cmp::Ordering;

/// An exact decimal: `digits` without leading and trailing zeros, the point before the first of them shifted by `exponent`.
/// Zero has no digits.
struct Number {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

/// How two texts compare as numbers; `None` when one of them is none.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (read(left)?, read(right)?);
    Some(match (sign(&left), sign(&right)) {
        (a, b) if a != b => a.cmp(&b),
        (0, _) => Ordering::Equal,
        (1, _) => magnitude(&left, &right),
        _ => magnitude(&right, &left),
    })
}

fn sign(number: &Number) -> i8 {
    match (number.digits.is_empty(), number.negative) {
        (true, _) => 0,
        (false, false) => 1,
        (false, true) => -1,
    }
}

/// Digits without trailing zeros order like texts once the numbers are equally large.
fn magnitude(left: &Number, right: &Number) -> Ordering {
    left.exponent.cmp(&right.exponent).then_with(|| left.digits.cmp(&right.digits))
}

/// Reads a sign, digits with or without a point, and an exponent: `1`, `+01`, `-.5`, `1.`, `1e3`.
fn read(text: &str) -> Option<Number> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, power) = match rest.split_once(['e', 'E']) {
        None => (rest, 0),
        Some((mantissa, power)) => (mantissa, read_power(power)?),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let leading = all.iter().take_while(|digit| **digit == b'0').count();
    let trailing = all.iter().rev().take_while(|digit| **digit == b'0').count();
    let digits = all.get(leading..all.len() - trailing).unwrap_or_default().to_vec();
    let exponent = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()? + power;
    Some(Number { negative, digits, exponent })
}

/// An exponent of at most nine digits; larger ones are no numbers that anybody means.
fn read_power(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let readable = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if readable { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn numbers_are_exact_decimals() {
        for (left, right, ordering) in [
            ("1", "01", Equal),
            ("+1", "1e0", Equal),
            ("1.", "1", Equal),
            (".5", "0.50", Equal),
            ("0", "-0.0e5", Equal),
            ("10", "1e1", Equal),
            ("9007199254740993", "9007199254740992", Greater),
            ("2", "10", Less),
            ("-2", "-10", Greater),
            ("-1", "0", Less),
            ("0.1", "0.09", Greater),
            ("1e9999", "2", Greater),
            ("100", "99.9", Greater),
            ("12", "1.2e1", Equal),
        ] {
            assert_eq!(compare(left, right), Some(ordering), "{left} {right}");
            assert_eq!(compare(right, left), Some(ordering.reverse()), "{right} {left}");
        }
        for bad in ["", "-", ".", "NaN", "1e", "e1", "1 ", "0x10", "1.2.3", "1e1234567890", "--1", "1,5"] {
            assert_eq!(compare(bad, "1"), None, "{bad:?}");
        }
    }
}
