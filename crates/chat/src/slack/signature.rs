//! Which requests are Slack's. Source: Slack's documentation, "Verifying requests from Slack".

use bailiwick_ident::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// The header with the time at which Slack signed, in seconds.
pub const TIMESTAMP_HEADER: &str = "x-slack-request-timestamp";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-slack-signature";
/// How far the time of signing may be from now, in seconds, before or after.
pub const WINDOW_SECONDS: i64 = 300;

/// A request that is not taken for Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no time of signing, or it is no number.
    #[error("the request does not say when it was signed")]
    NoTimestamp,
    /// It was signed too long ago, or in the future.
    #[error("the request was signed more than {WINDOW_SECONDS} s from now")]
    Stale,
    /// There is no signature.
    #[error("the request is not signed")]
    NoSignature,
    /// The signature is not that of these bytes under this secret.
    #[error("the signature is not Slack's")]
    Wrong,
}

/// Checks the signature of a request over its raw body.
///
/// # Errors
/// The request is not Slack's, or a replay of an old one.
pub fn verify(
    secret: &[u8],
    timestamp: Option<&str>,
    signature: Option<&str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), SignatureError> {
    let digits = timestamp.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()));
    let signed: i64 = digits.and_then(|text| text.parse().ok()).ok_or(SignatureError::NoTimestamp)?;
    if now.as_seconds().abs_diff(signed) > WINDOW_SECONDS.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    let signature = signature.ok_or(SignatureError::NoSignature)?;
    let expected = sign(secret, digits.unwrap_or_default(), body);
    match bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        true => Ok(()),
        false => Err(SignatureError::Wrong),
    }
}

/// The signature of a body that is sent at a time, as Slack makes it.
pub fn sign(secret: &[u8], timestamp: &str, body: &[u8]) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(b"v0:");
    mac.update(timestamp.as_bytes());
    mac.update(b":");
    mac.update(body);
    let digest = mac.finalize().into_bytes();
    let mut text = String::with_capacity(3 + 2 * digest.len());
    text.push_str("v0=");
    for half in digest.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]) {
        text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Slack's documentation.
    #[test]
    fn the_documented_example_verifies() {
        let secret = b"8f742231b10e8888abcd99yyyzzz85a5";
        let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        assert_eq!(sign(secret, "1531420618", body), signature);
        let now = Timestamp::from_seconds(1_531_420_618);
        assert_eq!(verify(secret, Some("1531420618"), Some(signature), body, now), Ok(()));
        assert_eq!(verify(b"other", Some("1531420618"), Some(signature), body, now), Err(SignatureError::Wrong));
        assert_eq!(verify(secret, Some("1531420618"), Some(signature), b"", now), Err(SignatureError::Wrong));
        assert_eq!(verify(secret, Some("1531420618"), Some("v0="), body, now), Err(SignatureError::Wrong));
        assert_eq!(verify(secret, Some("1531420618"), None, body, now), Err(SignatureError::NoSignature));
    }

    #[test]
    fn the_window_is_five_minutes_both_ways() {
        let at = |age: i64| {
            let now = Timestamp::from_seconds(1_800_000_000);
            let signed = (1_800_000_000 - age).to_string();
            verify(b"s", Some(&signed), Some(&sign(b"s", &signed, b"b")), b"b", now)
        };
        assert_eq!([at(0), at(300), at(-300)], [Ok(()), Ok(()), Ok(())]);
        assert_eq!([at(301), at(-301)], [Err(SignatureError::Stale), Err(SignatureError::Stale)]);
        let now = Timestamp::from_seconds(0);
        for odd in [None, Some(""), Some("+0"), Some("1e3"), Some("99999999999999999999")] {
            assert_eq!(verify(b"s", odd, Some("v0=00"), b"", now), Err(SignatureError::NoTimestamp), "{odd:?}");
        }
    }
}
