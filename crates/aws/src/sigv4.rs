//! AWS Signature Version 4, both ways: [`sign`] and [`presign`] for requests we send, [`Claim`] for requests we receive.
//!
//! It does not look up keys and keeps no cache: the caller finds the secret of [`Claim::access_key_id`] and may keep a
//! [`SigningKey`] for the day. Chunk signatures (`STREAMING-...`) and SigV4A are refused by name.
//! The algorithm is the one of the AWS guide "Create a signed AWS API request"; the error texts are the ones AWS answers.

mod canonical;
mod claim;
mod error;
mod secret;
mod sign;

pub use claim::{Claim, MAX_SKEW_SECONDS};
pub use error::SigV4Error;
pub use secret::{Secret, SigningKey};
pub use sign::{Credentials, MAX_PRESIGN_SECONDS, Scope, presign, sign};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
pub(crate) const TERMINATOR: &str = "aws4_request";
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// Whether a service signs its path as it is on the wire: encoded once, with dots and empty segments kept.
pub(crate) fn signs_raw_path(service: &str) -> bool {
    matches!(service, "s3" | "s3-outposts" | "s3-object-lambda" | "s3express")
}

/// Reads the form `20261122T100000Z`.
pub(crate) fn parse_amz_date(text: &str) -> Option<bailiwick_ident::Timestamp> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 16
        && bytes.iter().enumerate().all(|(at, b)| match at {
            8 => *b == b'T',
            15 => *b == b'Z',
            _ => b.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to);
    let written = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?,
        part(13, 15)?
    );
    bailiwick_ident::Timestamp::parse_rfc3339(&written).ok()
}
