//! What happens to a message and to a notification.
//!
//! Whatever comes in is a row of the inbox before anybody is told that it was accepted. A worker claims rows, and each row
//! ends in one commit that holds its answer, the command's state and the row's own end: it is answered once, or it is
//! tried again.
//!
//! - `talk`: words, answers to questions, buttons;
//! - `run`: the one way a command is decided and run;
//! - `notice`: a notification becomes a card;
//! - `ask`: questions back; `offer`: the values they are answered with;
//! - `verbs`, `alias`, `roles`, `setting`: our own commands and what they keep; `tell`: what the bot says of itself;
//! - `prove`: the way to a proof of who a member is; `step_up`: such a proof for one command;
//! - `actions`: custom actions under notifications; `approve`: others agree before a command runs;
//! - `own`: calls that a button makes of our own service;
//! - `more`, `kept`: long answers in parts and as files; `doubt`: commands of which it is not known whether they ran;
//! - `sweep`: what is kept for a while only;
//! - `complete`: what may follow in a command that is being typed;
//! - `reply`: the one way out.

mod actions;
mod alias;
mod approve;
mod ask;
mod asked;
mod card;
mod channel;
mod complete;
mod doubt;
mod inbox;
pub mod kept;
mod more;
mod notice;
mod offer;
mod own;
mod prove;
mod reply;
mod resolve;
mod roles;
mod run;
mod setting;
mod step_up;
mod stored;
mod sweep;
mod talk;
mod teams;
mod tell;
pub mod verbs;

pub use asked::{SimulateError, Simulated};
pub use inbox::Accepted;
pub use step_up::StepUpError;
pub use sweep::KEEP_DAYS;
pub use teams::{TeamsAnswer, TeamsDoor};

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bailiwick_authority::{Authority, Clock, Entropy};
use bailiwick_aws::pack::{Pack, PackError};
use bailiwick_chat::Platform;
use bailiwick_client::{Client, Courier};
use bailiwick_command::parse::Grammar;
use bailiwick_services::{Services, Wake};
use bailiwick_store::Store;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a question or a proposal waits, in seconds.
pub const WAIT_SECONDS: i64 = 600;

/// How long a call of a command may take where no account and no setting says otherwise, as the AWS CLI waits. A channel is
/// told much earlier that it still runs.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The author of the bot's own messages in rooms.
pub const AUTHOR: &str = "bailiwick";

/// What the bot is made of.
pub struct Parts {
    /// Keeps.
    pub store: Arc<dyn Store>,
    /// Decides.
    pub authority: Arc<Authority>,
    /// Answers for our own services.
    pub services: Arc<Services>,
    /// Reaches everybody else's.
    pub client: Arc<Client>,
    /// Service models.
    pub pack: Arc<Pack>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Tells workers that there is something to do.
    pub wake: Arc<Wake>,
    /// The chat platforms that are configured, to ask who somebody is.
    pub couriers: Vec<Arc<dyn Courier>>,
}

/// The bot.
pub struct Bot {
    parts: Parts,
    grammar: Grammar,
    /// Places for rows of the inbox that are worked on.
    slots: Arc<Semaphore>,
    /// Whether what a process before this one held was taken over. Until then events wait in the inbox: a row held by this
    /// process would look like one of that process.
    took_over: AtomicBool,
    /// Places for commands that take long.
    late: Semaphore,
    /// How long whole answers and notifications are kept.
    keep_seconds: i64,
    /// Where the console is for the members of a platform that proves who they are.
    proving: Vec<(Platform, String)>,
}

/// The bot's running workers.
pub struct Workers {
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Tells the workers to end, without waiting for them.
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Lets work that was begun end, for a while.
    pub async fn stop(self) {
        self.stop.cancel();
        for task in self.tasks {
            if tokio::time::timeout(std::time::Duration::from_secs(20), task).await.is_err() {
                tracing::warn!("a worker did not end in time; its work is claimed again at the next start");
            }
        }
    }
}

impl Bot {
    /// A bot over these parts.
    ///
    /// # Errors
    /// The data pack is damaged.
    pub fn new(parts: Parts) -> Result<Self, PackError> {
        let grammar = Grammar::new(Arc::clone(&parts.pack))?;
        let (slots, late) = (Arc::new(Semaphore::new(inbox::AT_ONCE)), Semaphore::new(run::LATE));
        let keep_seconds = i64::from(KEEP_DAYS) * DAY_SECONDS;
        Ok(Bot { parts, grammar, slots, took_over: AtomicBool::new(false), late, keep_seconds, proving: Vec::new() })
    }

    /// The same bot, which keeps whole answers and notifications for so many days.
    #[must_use]
    pub fn keeping(self, days: u16) -> Self {
        Bot { keep_seconds: i64::from(days) * DAY_SECONDS, ..self }
    }

    /// The same bot, which sends members of these platforms to the console at an address, without a slash at the end, to prove who
    /// they are.
    #[must_use]
    pub fn proving(self, proving: Vec<(Platform, String)>) -> Self {
        Bot { proving, ..self }
    }

    /// The command language.
    pub fn grammar(&self) -> &Grammar {
        &self.grammar
    }

    /// Starts the workers.
    pub fn start(self: &Arc<Self>) -> Workers {
        let stop = CancellationToken::new();
        let inbox = tokio::spawn(inbox::work(Arc::clone(self), stop.clone()));
        let lapsed = tokio::spawn(talk::lapse(Arc::clone(self), stop.clone()));
        let swept = tokio::spawn(sweep::work(Arc::clone(self), stop.clone()));
        Workers { stop, tasks: vec![inbox, lapsed, swept] }
    }
}
