//! What the outbox worker needs of the services, tied to the traits it asks for.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bailiwick_client::{SealError, Seals, Waits};
use bailiwick_notify::sns::delivery::Delivery;
use bailiwick_notify::sns::envelope::{Seal, SignatureVersion};
use bailiwick_services::{Signer, Waiter};

/// Signs with the instance's key.
pub(crate) struct Sealing(pub(crate) Arc<Signer>);

impl Seals for Sealing {
    fn seal<'a>(
        &'a self,
        delivery: &'a Delivery,
        version: SignatureVersion,
    ) -> Pin<Box<dyn Future<Output = Result<Seal, SealError>> + Send + 'a>> {
        Box::pin(async move { self.0.seal(delivery, version).await.map_err(|error| SealError(error.to_string())) })
    }

    fn base_url(&self) -> &str {
        self.0.base_url()
    }
}

/// Waits for something to send.
pub(crate) struct Waiting(pub(crate) Waiter);

impl Waits for Waiting {
    fn wait(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.0.wait())
    }
}
