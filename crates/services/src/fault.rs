//! Faults that handlers share. A service's own faults stand beside its handlers.

use bailiwick_aws::fault::Fault;
use bailiwick_store::StoreError;

/// Something of ours failed. The cause goes to the log; the caller reads that it may try again.
pub(crate) fn internal(cause: &str) -> Fault {
    tracing::error!(cause, "a handler failed");
    Fault::receiver(
        "InternalFailure",
        500,
        "An internal error occurred; try again, and report it with the request id if it stays.",
    )
}

/// The store failed.
pub(crate) fn store(error: StoreError) -> Fault {
    match error {
        StoreError::Unavailable { .. } => {
            tracing::error!(%error, "the store is not available");
            Fault::receiver("ServiceUnavailable", 503, "The store does not answer; try again in a moment.")
        }
        other => internal(&other.to_string()),
    }
}

/// Reads a stored form.
pub(crate) fn stored<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, Fault> {
    serde_json::from_str(body).map_err(|error| internal(&format!("a stored entity cannot be read: {error}")))
}

/// Writes a stored form.
pub(crate) fn to_stored<T: serde::Serialize>(body: &T) -> Result<String, Fault> {
    serde_json::to_string(body).map_err(|error| internal(&format!("an entity cannot be stored: {error}")))
}
