use bailiwick_ident::Timestamp;

/// The result of a request that carried an idempotency token, kept so that a repetition answers the same without acting again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotent {
    /// Whose tokens these are, for example an account and Region.
    pub scope: String,
    /// The operation.
    pub operation: String,
    /// The caller's token.
    pub token: String,
    /// Digest of the canonical input: the same token with another digest is a mismatch, which the caller must refuse.
    pub digest: String,
    /// JSON text of the result.
    pub result: String,
    /// When the first request was handled.
    pub created_at: Timestamp,
    /// From then on the token may be used anew: a put whose `created_at` is not before this replaces the row.
    pub expires_at: Timestamp,
}
