//! What a workspace remembers.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::Value;

use crate::sign_in::SignIns;

/// Everything.
#[derive(Default)]
pub(super) struct State {
    /// Messages by channel, in order.
    pub(super) messages: BTreeMap<String, Vec<Value>>,
    pub(super) users: HashMap<String, Value>,
    pub(super) channels: HashMap<String, Value>,
    pub(super) failures: Vec<Failure>,
    /// How often each method was called.
    pub(super) calls: BTreeMap<String, u64>,
    /// How often a channel had to wait.
    pub(super) limited: u64,
    /// Forms that were opened.
    pub(super) views: Vec<Value>,
    pub(super) sockets: super::socket::Sockets,
    pub(super) sign_ins: SignIns,
    pub(super) tokens: super::rotation::Tokens,
    /// Files by id: name, text, where they were shown.
    pub(super) files: BTreeMap<String, Value>,
    /// When each channel would take a message again without a burst, in milliseconds.
    paces: HashMap<String, i64>,
    last: i64,
}

/// A call that is to fail.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Failure {
    pub(super) method: String,
    #[serde(default)]
    pub(super) status: Option<u16>,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    pub(super) retry_after: Option<u64>,
    #[serde(default = "once")]
    pub(super) times: u32,
    /// It is carried out, and its answer is lost.
    #[serde(default)]
    pub(super) late: bool,
}

fn once() -> u32 {
    1
}

impl State {
    /// A time that no message has had.
    pub(super) fn ts(&mut self, now: i64) -> String {
        let micros = now.saturating_mul(1_000).max(self.last + 1);
        self.last = micros;
        format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }

    /// The failure of a call, if it is to fail.
    pub(super) fn failure(&mut self, method: &str) -> Option<Failure> {
        let failure = self.failures.iter_mut().find(|failure| failure.method == method && failure.times > 0)?;
        failure.times -= 1;
        Some(failure.clone())
    }

    /// How many seconds a channel has to wait for a message; nothing when its turn has come.
    pub(super) fn wait(&mut self, channel: &str, burst: u32, now: i64) -> Option<i64> {
        if burst == 0 {
            return None;
        }
        let free = self.paces.entry(channel.to_owned()).or_insert(now);
        let turn = (*free).max(now);
        let wait = turn - now - i64::from(burst - 1) * 1_000;
        if wait > 0 {
            self.limited += 1;
            return Some(wait.div_euclid(1_000) + 1);
        }
        *free = turn + 1_000;
        None
    }

    pub(super) fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Value> {
        self.messages.get_mut(channel)?.iter_mut().find(|message| message["ts"] == ts)
    }
}
