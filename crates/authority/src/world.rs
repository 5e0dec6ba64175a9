//! Time and randomness, as values the composition root hands in.

use bailiwick_ident::Timestamp;

/// Tells the time. The composition root brings the machine's clock, tests bring a fixed one.
pub trait Clock: Send + Sync {
    /// The present time.
    fn now(&self) -> Timestamp;
}

/// Brings unpredictable bytes, fit for keys and identifiers.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer.
    fn fill(&self, buffer: &mut [u8]);
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const HEX: &[u8; 16] = b"0123456789abcdef";

fn text(entropy: &dyn Entropy, length: usize, alphabet: &[u8]) -> String {
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    // Every alphabet here has a power of two of letters, so the remainder is unbiased.
    bytes.iter().filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len())).map(|&b| char::from(b)).collect()
}

/// A unique id in IAM's form: a four-letter prefix (`AIDA` user, `AROA` role, `AGPA` group, `ANPA` policy, `AKIA` key,
/// `ASIA` temporary key) and 17 letters or digits for principals, 16 for keys.
/// Source: AWS's IAM guide, "IAM identifiers".
pub fn unique_id(entropy: &dyn Entropy, prefix: &str) -> String {
    let length = if matches!(prefix, "AKIA" | "ASIA") { 16 } else { 17 };
    format!("{prefix}{}", text(entropy, length, BASE32))
}

/// A secret access key: 40 characters of the base64 alphabet.
pub fn secret_access_key(entropy: &dyn Entropy) -> String {
    text(entropy, 40, BASE64)
}

/// A random (version 4) UUID.
pub fn uuid(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; 16];
    entropy.fill(&mut bytes);
    uuid_text(u128::from_be_bytes(bytes), 4)
}

/// 128 bits as the text of a UUID of a version; the bits of version and variant give way.
fn uuid_text(bits: u128, version: u128) -> String {
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | (version << 76) | (0x2 << 62);
    let mut text = String::with_capacity(36);
    for digit in 0..32_u32 {
        if matches!(digit, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        let nibble = usize::try_from((bits >> (124 - 4 * digit)) & 0xf).unwrap_or_default();
        text.extend(HEX.get(nibble).map(|&digit| char::from(digit)));
    }
    text
}

/// A time-ordered (version 7) UUID: what is stored under such ids comes to stand side by side, so that storing much of it
/// touches little. Source: RFC 9562, "UUID Version 7".
pub fn ordered_uuid(entropy: &dyn Entropy, now: Timestamp) -> String {
    let millis = u64::try_from(now.as_millis()).unwrap_or_default() & 0xffff_ffff_ffff;
    let mut bytes = [0; 16];
    if let Some(random) = bytes.get_mut(6..) {
        entropy.fill(random);
    }
    uuid_text(u128::from_be_bytes(bytes) | (u128::from(millis) << 80), 7)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A repeatable stream of bytes.
    struct Counting(Mutex<u64>);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            let mut state = self.0.lock().unwrap();
            for byte in buffer {
                *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = (*state >> 56) as u8;
            }
        }
    }

    #[test]
    fn identifiers_have_the_forms_of_iam() {
        let entropy = Counting(Mutex::new(7));
        assert_eq!(unique_id(&entropy, "AIDA").len(), 21);
        assert_eq!(unique_id(&entropy, "AKIA").len(), 20);
        assert_eq!(secret_access_key(&entropy).len(), 40);
        let id = uuid(&entropy);
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert_ne!(uuid(&entropy), id);
        assert_eq!(uuid_text(u128::MAX, 4), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid_text(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef, 7), "01234567-89ab-7def-8123-456789abcdef");
        let at = Timestamp::from_millis(0x0123_4567_89ab);
        assert!(ordered_uuid(&entropy, at).starts_with("01234567-89ab-7"));
        let (first, second) = (Timestamp::from_seconds(1_000), Timestamp::from_seconds(2_000));
        let (first, second) = (ordered_uuid(&entropy, first), ordered_uuid(&entropy, second));
        assert!(first < second && first.len() == 36 && first.as_bytes()[14] == b'7', "{first}");
    }
}
