use std::sync::Arc;
use std::time::Duration;

use bailiwick_ident::AccountId;

use crate::Wake;

/// How long a call waits for what it sends, where it waits at all.
const PATIENCE: Duration = Duration::from_millis(500);

/// Whether an account has an endpoint for a service, by its command-line name.
type Reach = dyn Fn(AccountId, &str) -> bool + Send + Sync;

/// What SNS must know of the instance it runs in.
#[derive(Clone)]
pub struct SnsSettings {
    /// Where subscribers reach this server, without a slash at the end: `http://127.0.0.1:7878`. It stands in the
    /// addresses that messages carry.
    pub base_url: String,
    /// Whether an account has an endpoint for a service: queues are delivered to through it.
    pub reaches: Arc<Reach>,
    /// Told when there is something to send.
    pub outbound: Arc<Wake>,
    /// Tells when everything that was due has been tried.
    pub at_rest: Arc<Wake>,
}

impl SnsSettings {
    /// Has what was committed sent, and waits until it has been tried once, but not for a subscriber that does not answer.
    pub(crate) async fn sent(&self) {
        let mut at_rest = self.at_rest.waiter();
        let sent = async {
            // The first rest may be of a look at the outbox that began before the commit; the second is not.
            for _ in 0..2 {
                self.outbound.signal();
                at_rest.wait().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, sent).await;
    }
}

impl Default for SnsSettings {
    fn default() -> Self {
        SnsSettings {
            base_url: "http://127.0.0.1:7878".to_owned(),
            reaches: Arc::new(|_, _| false),
            outbound: Arc::new(Wake::default()),
            at_rest: Arc::new(Wake::default()),
        }
    }
}
