/// An address of a request. IPv4-mapped addresses are IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Address {
    V4(u32),
    V6(u128),
}

/// A range that can be read; the others hold nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Range {
    V4 { base: u32, mask: u32 },
    V6 { base: u128, mask: u128 },
}

impl Address {
    pub(super) fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if !bytes.contains(&b':') {
            return four(bytes).map(Address::V4);
        }
        let bits = eight(bytes)?;
        Some(if bits >> 32 == 0xFFFF { Address::V4((bits & 0xFFFF_FFFF) as u32) } else { Address::V6(bits) })
    }
}

impl Range {
    pub(super) fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let slash = bytes.iter().position(|byte| *byte == b'/');
        let base = bytes.get(..slash.unwrap_or(bytes.len()))?;
        let length = slash.map(|slash| bytes.get(slash + 1..).and_then(prefix_length));
        if base.contains(&b':') {
            let bits = eight(base)?;
            let length = length.unwrap_or(Some(128)).filter(|length| *length <= 128)?;
            let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
            return (bits & !mask == 0).then_some(Range::V6 { base: bits, mask });
        }
        let bits = four(base)?;
        let length = length.unwrap_or(Some(32)).filter(|length| *length <= 32)?;
        let mask = if length == 0 { 0 } else { u32::MAX << (32 - length) };
        Some(Range::V4 { base: bits & mask, mask })
    }

    pub(super) fn holds(&self, address: Address) -> bool {
        match (self, address) {
            (Range::V4 { base, mask }, Address::V4(bits)) => bits & mask == *base,
            (Range::V6 { base, mask }, Address::V6(bits)) => bits & mask == *base,
            _ => false,
        }
    }
}

/// Decimal digits after an optional `+`.
fn prefix_length(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"+").unwrap_or(bytes);
    if digits.is_empty() {
        return None;
    }
    let mut value = 0u32;
    for byte in digits {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        value = value.checked_mul(10)?.checked_add(u32::from(digit))?;
    }
    Some(value)
}

/// Four decimal parts of one to three digits.
fn four(bytes: &[u8]) -> Option<u32> {
    let (mut bits, mut part, mut digits, mut parts) = (0u32, 0u32, 0, 1);
    for byte in bytes {
        if *byte == b'.' {
            if digits == 0 || parts == 4 {
                return None;
            }
            (bits, part, digits, parts) = (bits << 8 | part, 0, 0, parts + 1);
            continue;
        }
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        digits += 1;
        part = part * 10 + u32::from(digit);
        if digits > 3 || part > 255 {
            return None;
        }
    }
    (parts == 4 && digits > 0).then_some(bits << 8 | part)
}

/// IPv6 with AWS's freedoms: `:::` for the gap, one colon too many at the end; an embedded IPv4 address only when the whole is IPv4-mapped.
fn eight(bytes: &[u8]) -> Option<u128> {
    let mut groups = [0u16; 8];
    let mut count = 0;
    let mut gap = None;
    let mut at = 0;
    let mut embedded = false;
    let colons = |at: usize| bytes.iter().skip(at).take_while(|byte| **byte == b':').count();
    let run = colons(0);
    if run > 0 {
        // At the beginning a single colon is nothing.
        if !(2..=3).contains(&run) {
            return None;
        }
        gap = Some(0);
        at = run;
    }
    while at < bytes.len() {
        let length = bytes.iter().skip(at).take_while(|byte| **byte != b':').count();
        let group = bytes.get(at..at + length)?;
        at += length;
        if group.contains(&b'.') {
            let bits = four(group)?;
            if count > 6 || !matches!(bytes.get(at..), Some(b"" | b":")) {
                return None;
            }
            groups[count] = (bits >> 16) as u16;
            groups[count + 1] = (bits & 0xFFFF) as u16;
            count += 2;
            embedded = true;
            break;
        }
        *groups.get_mut(count)? = hex(group)?;
        count += 1;
        let run = colons(at);
        at += run;
        match run {
            0 => {}
            1 if at == bytes.len() => {}
            1 => {}
            2 | 3 if gap.is_none() => gap = Some(count),
            _ => return None,
        }
    }
    let missing = 8 - count;
    match gap {
        None if missing == 0 => {}
        Some(gap) if missing > 0 => {
            groups.copy_within(gap..count, gap + missing);
            groups.iter_mut().skip(gap).take(missing).for_each(|group| *group = 0);
        }
        _ => return None,
    }
    let bits = groups.iter().fold(0u128, |bits, group| bits << 16 | u128::from(*group));
    (!embedded || bits >> 32 == 0xFFFF).then_some(bits)
}

fn hex(group: &[u8]) -> Option<u16> {
    if group.is_empty() || group.len() > 4 {
        return None;
    }
    let mut value = 0u16;
    for byte in group {
        value = value << 4 | u16::try_from(char::from(*byte).to_digit(16)?).ok()?;
    }
    Some(value)
}
