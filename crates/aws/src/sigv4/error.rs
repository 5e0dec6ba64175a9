/// Why a request's signature was not accepted, or a request could not be signed. `Display` is the text AWS answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigV4Error {
    /// No signature at all.
    #[error("Request is missing Authentication Token")]
    MissingAuthenticationToken,
    /// A signature that lacks a part or has one of a wrong form.
    #[error("{0}")]
    IncompleteSignature(String),
    /// The signature was made with another secret or over another request.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
    )]
    SignatureDoesNotMatch,
    /// The scope or the signed headers do not fit the request.
    #[error("{0}")]
    WrongScope(String),
    /// The access key is not known, or its session token is wrong. Made by the caller, who looks up keys.
    #[error("The security token included in the request is invalid.")]
    InvalidClientTokenId,
    /// The session has ended. Made by the caller, who looks up sessions.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// Signed too long ago.
    #[error("Signature expired: {signed} is now earlier than {limit} ({now} - {minutes} min.)")]
    Expired {
        /// When the request says it was signed, `YYYYMMDDTHHMMSSZ`.
        signed: String,
        /// The earliest time that would have been accepted.
        limit: String,
        /// The time of the check.
        now: String,
        /// How long a signature is good for.
        minutes: i64,
    },
    /// Signed in the future.
    #[error("Signature not yet current: {signed} is still later than {limit} ({now} + 15 min.)")]
    NotYetCurrent {
        /// When the request says it was signed, `YYYYMMDDTHHMMSSZ`.
        signed: String,
        /// The latest time that would have been accepted.
        limit: String,
        /// The time of the check.
        now: String,
    },
    /// `x-amz-content-sha256` is not the digest of the body.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    ContentSha256Mismatch,
    /// A way of signing that is not offered here, with what to use instead.
    #[error("{0}")]
    Unsupported(String),
}

impl SigV4Error {
    /// The error code in the spelling of the query protocol; [`crate::Fault`] knows the other spellings.
    pub fn code(&self) -> &'static str {
        match self {
            SigV4Error::MissingAuthenticationToken => "MissingAuthenticationToken",
            SigV4Error::IncompleteSignature(_) => "IncompleteSignature",
            SigV4Error::SignatureDoesNotMatch
            | SigV4Error::WrongScope(_)
            | SigV4Error::Expired { .. }
            | SigV4Error::NotYetCurrent { .. } => "SignatureDoesNotMatch",
            SigV4Error::InvalidClientTokenId => "InvalidClientTokenId",
            SigV4Error::ExpiredToken => "ExpiredToken",
            SigV4Error::ContentSha256Mismatch => "XAmzContentSHA256Mismatch",
            SigV4Error::Unsupported(_) => "NotImplemented",
        }
    }
}
