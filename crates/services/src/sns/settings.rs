use std::sync::Arc;

use bailiwick_ident::AccountId;

use crate::Wake;

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
}

impl Default for SnsSettings {
    fn default() -> Self {
        SnsSettings {
            base_url: "http://127.0.0.1:7878".to_owned(),
            reaches: Arc::new(|_, _| false),
            outbound: Arc::new(Wake::default()),
        }
    }
}
