//! Bodies, within limits of size, time and the memory all of them together may take.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http_body_util::{BodyExt, Limited};
use tokio::sync::Semaphore;

/// The largest body of a request.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// What is read past the limit and dropped, so that the peer comes to the end of what it sends and reads why it is refused.
const MAX_DROPPED: usize = 8 << 20;
/// How long that may take.
const MAX_DROPPING: Duration = Duration::from_secs(3);
/// What all bodies in flight may take together.
const MAX_IN_FLIGHT: usize = 32 << 20;
/// How long a body may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// The peer ended in the middle.
    Broken,
    /// Other bodies take all the memory there is for them.
    Busy,
}

/// Reads bodies, at most so many bytes at once.
#[derive(Clone)]
pub(crate) struct Bodies {
    room: Arc<Semaphore>,
}

impl Bodies {
    pub(crate) fn new() -> Self {
        Bodies { room: Arc::new(Semaphore::new(MAX_IN_FLIGHT)) }
    }

    /// The whole body. `declared` is the Content-Length, if there is one: what is too large is refused and never held.
    pub(crate) async fn read(&self, mut body: Body, declared: Option<usize>) -> Result<Vec<u8>, BodyError> {
        if declared.is_some_and(|length| length > MAX_BYTES) {
            let _ = tokio::time::timeout(MAX_DROPPING, discard(&mut body)).await;
            return Err(BodyError::TooLarge);
        }
        let wanted = u32::try_from(declared.unwrap_or(MAX_BYTES)).map_err(|_| BodyError::TooLarge)?;
        let reading = async {
            // The semaphore is never closed.
            let _room = self.room.acquire_many(wanted).await.map_err(|_| BodyError::Busy)?;
            let collected = Limited::new(body, MAX_BYTES).collect().await.map_err(|error| {
                if error.is::<http_body_util::LengthLimitError>() { BodyError::TooLarge } else { BodyError::Broken }
            })?;
            Ok(collected.to_bytes().to_vec())
        };
        tokio::time::timeout(MAX_TIME, reading).await.unwrap_or(Err(BodyError::TooSlow))
    }
}

/// Reads on without keeping anything.
async fn discard(body: &mut Body) {
    let mut dropped = 0;
    while let Some(Ok(frame)) = body.frame().await {
        dropped += frame.data_ref().map_or(0, |data| data.len());
        if dropped > MAX_DROPPED {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_declared_or_not() {
        let bodies = Bodies::new();
        assert_eq!(bodies.read(Body::from("abc"), Some(3)).await.unwrap(), b"abc");
        assert_eq!(bodies.read(Body::from("abc"), Some(MAX_BYTES + 1)).await, Err(BodyError::TooLarge));
        assert_eq!(bodies.read(Body::from(vec![0; MAX_BYTES + 1]), None).await, Err(BodyError::TooLarge));
        assert_eq!(bodies.room.available_permits(), MAX_IN_FLIGHT);
    }
}
