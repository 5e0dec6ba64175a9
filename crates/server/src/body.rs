//! Bodies, within limits of size, time and the memory all of them together may take.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::sync::Semaphore;

/// The largest body of a request.
pub(crate) const MAX_BYTES: usize = 1 << 20;
/// What is read past the limit and dropped, so that the peer comes to the end of what it sends and reads why it is refused.
const MAX_DROPPED: usize = 8 << 20;
/// How long that may take.
const MAX_DROPPING: Duration = Duration::from_secs(3);
/// What all bodies in flight may take together.
const MAX_IN_FLIGHT: usize = 32 << 20;
/// What is reserved for a body that says how long it will be, before it has come.
const MAX_RESERVED: usize = 64 << 10;
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
        // Room is taken for what has arrived and never for what was announced, so that nobody keeps others out by waiting;
        // and nobody waits for room, so that no two wait for each other.
        let reading = async {
            let mut read = Vec::new();
            let mut taken = Vec::new();
            while let Some(frame) = body.frame().await {
                let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else { continue };
                if read.len() + data.len() > MAX_BYTES {
                    return Err(BodyError::TooLarge);
                }
                let bytes = u32::try_from(data.len()).map_err(|_| BodyError::TooLarge)?;
                taken.push(self.room.try_acquire_many(bytes).map_err(|_| BodyError::Busy)?);
                if read.is_empty() {
                    read.reserve_exact(declared.unwrap_or_default().min(MAX_RESERVED).max(data.len()));
                }
                read.extend_from_slice(&data);
            }
            Ok(read)
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
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use axum::body::{Bytes, HttpBody};
    use hyper::body::Frame;

    use super::*;

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_declared_or_not() {
        let bodies = Bodies::new();
        assert_eq!(bodies.read(Body::from("abc"), Some(3)).await.unwrap(), b"abc");
        assert_eq!(bodies.read(Body::from("abc"), Some(MAX_BYTES + 1)).await, Err(BodyError::TooLarge));
        assert_eq!(bodies.read(Body::from(vec![0; MAX_BYTES + 1]), None).await, Err(BodyError::TooLarge));
        assert_eq!(bodies.room.available_permits(), MAX_IN_FLIGHT);
    }

    /// A body of which the first part comes; the rest never does.
    struct Hanging(Option<Bytes>);

    impl HttpBody for Hanging {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
            self.0.take().map_or(Poll::Pending, |part| Poll::Ready(Some(Ok(Frame::data(part)))))
        }
    }

    fn hanging(part: usize) -> Body {
        Body::new(Hanging(Some(vec![0; part].into())))
    }

    fn is_pending<F: Future>(reading: &mut Pin<Box<F>>) -> bool {
        reading.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    #[tokio::test]
    async fn who_announces_much_and_sends_little_keeps_nobody_out() {
        let bodies = Bodies::new();
        let mut hanging: Vec<_> = (0..256).map(|_| Box::pin(bodies.read(hanging(1_000), Some(MAX_BYTES)))).collect();
        for body in &mut hanging {
            assert!(is_pending(body));
        }
        assert_eq!(bodies.room.available_permits(), MAX_IN_FLIGHT - 256_000);
        assert_eq!(bodies.read(Body::from("abc"), Some(3)).await.unwrap(), b"abc");
        drop(hanging);
        assert_eq!(bodies.room.available_permits(), MAX_IN_FLIGHT);
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_is_refused_at_once() {
        let bodies = Bodies::new();
        let mut full: Vec<_> = (0..32).map(|_| Box::pin(bodies.read(hanging(MAX_BYTES), None))).collect();
        for body in &mut full {
            assert!(is_pending(body));
        }
        assert_eq!(bodies.read(Body::from("abc"), Some(3)).await, Err(BodyError::Busy));
        full.pop();
        assert_eq!(bodies.read(Body::from("abc"), Some(3)).await.unwrap(), b"abc");
    }
}
