use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an address of a request. An IPv4-mapped IPv6 address is the IPv4 address.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    match v4(text) {
        Some(address) => Some(IpAddr::V4(address)),
        None => {
            let address = v6(text)?;
            Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4))
        }
    }
}

/// Whether a range of a policy, `address` or `address/prefix`, holds an address. A range that cannot be read holds none; neither does
/// an IPv6 range with bits set past its prefix, while those of an IPv4 range are ignored.
pub(super) fn contains(range: &str, address: IpAddr) -> bool {
    let (base, prefix) = match range.split_once('/') {
        None => (range, None),
        Some((base, prefix)) => (base, Some(prefix)),
    };
    match address {
        IpAddr::V4(address) => {
            let Some((base, prefix)) = v4(base).zip(length(prefix, 32)) else { return false };
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            u32::from(base) & mask == u32::from(address) & mask
        }
        IpAddr::V6(address) => {
            let Some((base, prefix)) = v6(base).zip(length(prefix, 128)) else { return false };
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            u128::from(base) == u128::from(address) & mask
        }
    }
}

/// A prefix length; leading zeros and a `+` are fine, none at all is the whole address.
fn length(text: Option<&str>, longest: u32) -> Option<u32> {
    let Some(text) = text else { return Some(longest) };
    let digits = text.strip_prefix('+').unwrap_or(text);
    let readable = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|length| readable && *length <= longest)
}

/// Four decimal parts; leading zeros do not make them octal.
fn v4(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<&str> = text.split('.').collect();
    let part = |part: &&str| {
        let digits = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u8>().ok().filter(|_| digits)
    };
    let octets: Vec<u8> = parts.iter().map(part).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(octets).ok().map(Ipv4Addr::from)
}

/// IPv6 as AWS reads it, a little more freely than its standard: the gap may be written `:::`, and one colon at the end is
/// ignored. An embedded IPv4 address is read only where it makes an IPv4-mapped address.
fn v6(text: &str) -> Option<Ipv6Addr> {
    let text = if text.ends_with(':') && !text.ends_with("::") { text.strip_suffix(':')? } else { text };
    let (head, tail) = match text.split_once("::") {
        None => (text, None),
        Some((head, tail)) => (head, Some(tail.strip_prefix(':').unwrap_or(tail))),
    };
    let mut before = groups(head)?;
    match tail {
        None => {}
        Some(tail) => {
            let after = groups(tail)?;
            let gap = 8usize.checked_sub(before.len() + after.len()).filter(|gap| *gap > 0)?;
            before.extend(std::iter::repeat_n(0, gap));
            before.extend(after);
        }
    }
    let address = Ipv6Addr::from(<[u16; 8]>::try_from(before).ok()?);
    let embedded = text.contains('.');
    (!embedded || address.to_ipv4_mapped().is_some()).then_some(address)
}

fn groups(text: &str) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    if text.is_empty() {
        return Some(groups);
    }
    let parts: Vec<&str> = text.split(':').collect();
    for (n, part) in parts.iter().enumerate() {
        if part.contains('.') && n + 1 == parts.len() {
            let bits = u32::from(v4(part)?);
            groups.extend([(bits >> 16) as u16, (bits & 0xFFFF) as u16]);
        } else if (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()) {
            groups.push(u16::from_str_radix(part, 16).ok()?);
        } else {
            return None;
        }
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(range: &str, text: &str) -> Option<bool> {
        address(text).map(|address| contains(range, address))
    }

    #[test]
    fn ranges_hold_addresses() {
        for (range, text) in [
            ("192.0.2.5/24", "192.0.2.1"),
            ("192.000.002.0/024", "192.0.2.1"),
            ("192.0.2.0/+24", "192.0.2.1"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("192.0.2.0/24", "::FFFF:c000:201"),
            ("2001:DB8::/064", "2001:0db8::1"),
            ("::/0", "2001:db8::1"),
            ("::/0", ":::"),
            ("2001:db8::1/128", "2001:db8:::1"),
            ("2001:db8::1", "2001:db8::1:"),
            ("192.0.2.1", "::ffff:192.0.2.1"),
        ] {
            assert_eq!(inside(range, text), Some(true), "{range} {text}");
        }
        for (range, text) in [
            ("192.0.2.0/33", "192.0.2.1"),
            ("::/0", "::ffff:192.0.2.1"),
            ("::ffff:c000:200/120", "192.0.2.1"),
            ("2001:db8::5/64", "2001:db8::5"),
            ("not-an-ip", "192.0.2.1"),
            ("192.0.2.0/", "192.0.2.0"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("192.0.2.0/24/1", "192.0.2.1"),
        ] {
            assert_eq!(inside(range, text), Some(false), "{range} {text}");
        }
    }

    #[test]
    fn what_is_no_address_is_nowhere() {
        for text in [
            "",
            "192.0.513",
            "3221225985",
            "192.0.2.1/32",
            "192.0.2.256",
            "2001:db8::::1",
            "2001::db8:::1",
            "2001:db8::192.0.2.1",
            "::192.0.2.1",
            "::ffff:::192.0.2.1",
            "fe80::1%eth0",
            "1:2:3:4:5:6:7:8:9",
            "12345::",
            ":1::2",
            "1:2:3:4:5:6:7",
        ] {
            assert_eq!(address(text), None, "{text:?}");
        }
    }
}
