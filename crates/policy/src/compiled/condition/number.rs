use std::cmp::Ordering;

/// An exact decimal of a policy: sign (-1, 0, 1), the power of ten just above its first digit, and its digits without zeros at
/// either end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Number {
    sign: i8,
    scale: i64,
    digits: Box<[u8]>,
}

/// A number as it stands in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice<'t> {
    sign: i8,
    scale: i64,
    /// From the first digit that is not zero to the last; there may be a point among them.
    digits: &'t [u8],
}

impl<'t> Slice<'t> {
    pub(super) fn new(text: &'t str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (negative, mut at) = match bytes.first() {
            Some(b'-') => (true, 1),
            Some(b'+') => (false, 1),
            _ => (false, 0),
        };
        let start = at;
        let mut point = None;
        let mut digits = 0usize;
        let mut first = None;
        let mut last = 0;
        let mut power = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'0'..=b'9' => {
                    digits += 1;
                    if *byte != b'0' {
                        first.get_or_insert(at);
                        last = at;
                    }
                }
                b'.' if point.is_none() => point = Some(at),
                b'e' | b'E' => {
                    power = exponent(bytes.get(at + 1..)?)?;
                    break;
                }
                _ => return None,
            }
            at += 1;
        }
        if digits == 0 {
            return None;
        }
        let Some(first) = first else { return Some(Slice { sign: 0, scale: 0, digits: &[] }) };
        // The power of the first digit: how far the point is behind it, or before it.
        let point = point.unwrap_or(at).max(start);
        let whole = i64::try_from(point).ok()? - i64::try_from(first).ok()?;
        let scale = power + if point > first { whole } else { whole + 1 };
        Some(Slice { sign: if negative { -1 } else { 1 }, scale, digits: bytes.get(first..=last)? })
    }

    fn digits(&self) -> impl Iterator<Item = u8> + Clone + use<'t> {
        self.digits.iter().copied().filter(|byte| *byte != b'.')
    }

    pub(super) fn compare(&self, other: &Number) -> Ordering {
        let magnitude = || self.scale.cmp(&other.scale).then_with(|| self.digits().cmp(other.digits.iter().copied()));
        match self.sign.cmp(&other.sign) {
            Ordering::Equal if self.sign == 0 => Ordering::Equal,
            Ordering::Equal if self.sign < 0 => magnitude().reverse(),
            Ordering::Equal => magnitude(),
            unequal => unequal,
        }
    }
}

/// An optional sign and one to nine digits.
fn exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, bytes.get(1..)?),
        b'+' => (false, bytes.get(1..)?),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    let mut value = 0;
    for byte in digits {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

impl Number {
    pub(super) fn new(text: &str) -> Option<Self> {
        let slice = Slice::new(text)?;
        Some(Number { sign: slice.sign, scale: slice.scale, digits: slice.digits().collect() })
    }
}
