//! Who answers behind the one port.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use bailiwick_ident::Partition;

use crate::{Api, Slack};

/// What a host promises to do.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is served: an API for each partition of AWS that is held here, and pages. A host may replace all of it while
/// connections are open.
pub trait Host: Send + Sync + 'static {
    /// The API of a partition; `None` where the partition is not held here, so that nobody knows its keys.
    fn api<'a>(&'a self, partition: &'a Partition) -> Doing<'a, Option<Arc<Api>>>;

    /// The APIs that run, of every partition.
    fn apis(&self) -> Vec<Arc<Api>> {
        vec![self.any_api()]
    }

    /// The API of a request that names no Region that exists.
    fn any_api(&self) -> Arc<Api>;

    /// The pages, as [`with_pages`](crate::with_pages) makes them.
    fn pages(&self) -> Router;

    /// What understands Slack; `None` where it is not configured.
    fn slack(&self) -> Option<Arc<Slack>> {
        None
    }

    /// Throws everything away and begins anew; `None` where there is no such thing.
    fn reset(&self) -> Option<Doing<'_, Result<(), String>>>;
}
