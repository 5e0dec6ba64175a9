//! A signal that something was committed: workers and live pages look at the store when it rises, and poll besides.

use tokio::sync::watch;

/// Tells everybody who waits that there may be something new. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Wake {
    count: watch::Sender<u64>,
}

impl Default for Wake {
    fn default() -> Self {
        Wake { count: watch::Sender::new(0) }
    }
}

impl Wake {
    /// Something was committed.
    pub fn signal(&self) {
        self.count.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A waiter of its own, for whom everything up to now is seen.
    pub fn waiter(&self) -> Waiter {
        Waiter(self.count.subscribe())
    }
}

/// Waits for signals. A signal between two waits is not lost.
#[derive(Debug, Clone)]
pub struct Waiter(watch::Receiver<u64>);

impl Waiter {
    /// Ends at the next signal, or at once when there was one since the last wait.
    pub async fn wait(&mut self) {
        // The sender lives as long as the instance; without it nothing will ever come.
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
