//! Short byte strings, compared and searched in whole words: most texts of a decision have five to fifty bytes, for which a call
//! into the library's general comparison costs more than the comparison.

/// Whether two texts are the same.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        0..4 => a.iter().zip(b).all(|(a, b)| a == b),
        4..8 => ends::<4>(a, b),
        8..16 => ends::<8>(a, b),
        16..=64 => {
            let (whole, _) = a.as_chunks::<16>();
            let (other, _) = b.as_chunks::<16>();
            whole.iter().zip(other).all(|(a, b)| u128::from_ne_bytes(*a) == u128::from_ne_bytes(*b)) && ends::<16>(a, b)
        }
        _ => a == b,
    }
}

/// Whether the first and the last `N` bytes are the same.
#[inline]
fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
}

/// What follows a beginning, if the text begins with it.
#[inline]
pub(super) fn after<'t>(text: &'t [u8], beginning: &[u8]) -> Option<&'t [u8]> {
    let (start, rest) = text.split_at_checked(beginning.len())?;
    same(start, beginning).then_some(rest)
}

/// The top bit of each byte of a little-endian word that is `byte`, exactly.
#[inline]
pub(super) fn hits(word: [u8; 8], byte: u8) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let differs = u64::from_le_bytes(word) ^ u64::from_le_bytes([byte; 8]);
    !(((differs & LOW) + LOW) | differs | LOW)
}

/// Where a byte is first.
#[inline]
pub(super) fn position(text: &[u8], byte: u8) -> Option<usize> {
    position_of_any(text, [byte])
}

/// Where the first of some bytes is.
#[inline]
pub(super) fn position_of_any<const N: usize>(text: &[u8], wanted: [u8; N]) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let hits = wanted.iter().fold(0, |found, byte| found | hits(*word, *byte));
        if hits != 0 {
            return Some(n * 8 + hits.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|own| wanted.contains(own)).map(|n| words.len() * 8 + n)
}

/// A hash of a short text: its length, its first and its last bytes.
#[inline]
pub(super) fn short_hash(text: &[u8]) -> usize {
    let wide = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let half = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    let (first, last) = match text.len() {
        8.. => (wide(text.first_chunk()), wide(text.last_chunk())),
        4..8 => (half(text.first_chunk()), half(text.last_chunk())),
        _ => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0),
    };
    let mixed = (first ^ (text.len() as u64).rotate_right(8)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ last.wrapping_mul(0xC2B2_AE3D_27D4_EB4F).rotate_left(32);
    (mixed ^ (mixed >> 29) ^ (mixed >> 47)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_what_bytes_give() {
        let odd = b"arn:aws:s3\x7f\x80\xba\xff";
        let text: Vec<u8> = (0..100).map(|n| odd[n * 5 % odd.len()]).collect();
        let copy = text.clone();
        for start in 0..9 {
            for length in 0..=text.len() - start {
                let part = &text[start..start + length];
                assert!(same(part, &copy[start..start + length]));
                assert_eq!(after(&text[start..], part), Some(&text[start + length..]));
                assert_eq!(position(part, b':'), part.iter().position(|byte| *byte == b':'));
                let any = part.iter().position(|byte| matches!(byte, b'3' | 0xBA));
                assert_eq!(position_of_any(part, [0xBA, b'3']), any);
                for changed in 0..length {
                    let mut other = part.to_vec();
                    other[changed] ^= 0x80;
                    assert!(!same(part, &other), "{length} {changed}");
                    assert_eq!(after(&text[start..], &other), None);
                }
            }
        }
        assert_eq!(after(b"ab", b"abc"), None);
        assert!(!same(b"ab", b"abc"));
    }
}
