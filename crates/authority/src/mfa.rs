//! Virtual MFA devices: time-based one-time codes of six digits, every 30 seconds, over HMAC-SHA1.
//! Sources: RFC 6238, and AWS's IAM guide, "Assign a virtual MFA device".

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use bailiwick_ident::Timestamp;
use bailiwick_store::vault::{Purpose, Vault};

use crate::record::MfaDeviceRecord;

/// Bytes of a seed; 64 characters in base32.
pub const SEED_BYTES: usize = 40;
/// The length of a time step, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many steps before and after its own a code is accepted.
const TOLERANCE: i64 = 1;
/// How many steps a device's clock may be off when it is enabled or put in step again: an hour.
const RESYNC: i64 = 120;

/// A code that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MfaError {
    /// The code is wrong, too old or was used before. Which of these is not said.
    #[error("the code of the MFA device is not valid")]
    Code,
    /// The seed cannot be opened.
    #[error("the MFA device cannot be checked now")]
    Unavailable,
}

fn step(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(STEP_SECONDS)
}

/// The code of a time step. Source: RFC 4226, "Generating an HOTP value".
fn code(seed: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let digest = tag.as_ref();
    let offset = usize::from(digest.last().copied().unwrap_or_default() & 0x0f);
    let word = digest.get(offset..offset + 4).unwrap_or_default();
    let number = word.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The code that a device with this seed shows at a time; for whoever plays the device.
pub fn code_at(seed: &[u8], now: Timestamp) -> String {
    code(seed, step(now))
}

fn is_code(seed: &[u8], step: i64, given: &str) -> bool {
    verify_slices_are_equal(code(seed, step).as_bytes(), given.as_bytes()).is_ok()
}

/// The seed as devices take it: base32 without padding.
pub fn base32(seed: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::with_capacity(seed.len().div_ceil(5) * 8);
    for chunk in seed.chunks(5) {
        let word = (0..5).fold(0_u64, |word, place| (word << 8) | u64::from(chunk.get(place).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        for place in 0..letters {
            let index = usize::try_from((word >> (35 - 5 * place)) & 31).unwrap_or_default();
            out.extend(LETTERS.get(index).map(|letter| char::from(*letter)));
        }
    }
    out
}

/// Seals a device's seed for its serial number.
///
/// # Errors
/// The vault cannot seal.
pub fn seal(vault: &Vault, serial_number: &str, seed: &[u8]) -> Result<String, bailiwick_store::vault::VaultError> {
    vault.seal_for(Purpose::MfaSeed, serial_number, seed)
}

/// Puts a device in step with two codes that follow each other. The answer is the device as it is to be stored; who it is
/// for is left as it was.
///
/// # Errors
/// The codes are not two of this device in a row, or its seed cannot be opened.
pub fn synchronize(
    vault: &Vault,
    device: &MfaDeviceRecord,
    first: &str,
    second: &str,
    now: Timestamp,
) -> Result<MfaDeviceRecord, MfaError> {
    let seed = vault.open_for(Purpose::MfaSeed, &device.serial_number, &device.sealed_seed);
    let seed = seed.map_err(|_| MfaError::Unavailable)?;
    let here = step(now);
    // The nearest to now first. Every step is tried, so that the time taken does not tell which was right.
    let mut found: Option<i64> = None;
    for distance in 0..=RESYNC {
        for at in [here - distance, here + distance] {
            let both = is_code(&seed, at, first) & is_code(&seed, at + 1, second);
            if both && found.is_none() {
                found = Some(at + 1);
            }
        }
    }
    let last = found.ok_or(MfaError::Code)?;
    let ahead = last - here;
    // A device that is in step may show its second code a little early or late; that is no drift.
    let drift = if ahead.abs() <= TOLERANCE { 0 } else { ahead };
    Ok(MfaDeviceRecord { last_step: last, drift, ..device.clone() })
}

/// Checks a code of a device. The answer is the device with the code used up. Whoever acts on the code stores that it was
/// used in the same commit, so that no code counts twice; whoever merely decides drops it.
///
/// # Errors
/// [`MfaError`]; every one of them means that there was no MFA.
pub fn check(
    vault: &Vault,
    device: &MfaDeviceRecord,
    token_code: &str,
    now: Timestamp,
) -> Result<MfaDeviceRecord, MfaError> {
    let seed = vault.open_for(Purpose::MfaSeed, &device.serial_number, &device.sealed_seed);
    let seed = seed.map_err(|_| MfaError::Unavailable)?;
    let here = step(now) + device.drift;
    let steps = (here - TOLERANCE)..=(here + TOLERANCE);
    let found = steps.filter(|at| *at > device.last_step && is_code(&seed, *at, token_code)).max();
    let last_step = found.ok_or(MfaError::Code)?;
    Ok(MfaDeviceRecord { last_step, ..device.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // The table of RFC 6238, appendix B, for SHA-1, shortened to six digits.
        let seed = b"12345678901234567890";
        let cases = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (at, wanted) in cases {
            assert_eq!(code_at(seed, Timestamp::from_seconds(at)), wanted, "{at}");
        }
    }

    #[test]
    fn seeds_are_written_in_base32() {
        // The examples of RFC 4648, without padding.
        for (plain, wanted) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(plain.as_bytes()), wanted);
        }
        assert_eq!(base32(&[7; SEED_BYTES]).len(), 64);
    }
}
