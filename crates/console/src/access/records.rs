//! The overview and the audit trail, for reading.

use crate::Answer;
use crate::access::entrance::Person;
use bailiwick_chat::Tone;
use bailiwick_ident::Timestamp;

/// A state in one word with its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// What it means.
    pub tone: Tone,
    /// The word.
    pub word: String,
}

/// A channel and whether it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelState {
    /// The platform, in words.
    pub platform: String,
    /// The channel's name.
    pub name: String,
    /// The address of its page, when it has one.
    pub href: Option<String>,
    /// The channel role.
    pub role: String,
    /// The account it acts in.
    pub account: String,
    /// Whether it works.
    pub health: Health,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// Who asked.
    pub who: String,
    /// What was asked, for example `sns:Publish`.
    pub asked: String,
    /// Which layer stopped it, and why, in a few words.
    pub why: String,
    /// The audit record's id.
    pub record: String,
}

/// A delivery that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// When it was last tried.
    pub at: Timestamp,
    /// Where to.
    pub target: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed.
    pub error: String,
    /// What will happen next, for example `tried again in 4 minutes`.
    pub next: String,
}

/// The overview: what someone on call wants to know first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// The channels.
    pub channels: Vec<ChannelState>,
    /// What was refused in the last day, newest first.
    pub refused: Vec<Refused>,
    /// Deliveries that failed or wait for another attempt.
    pub deliveries: Vec<Delivery>,
    /// What people told the administrators, newest first.
    pub feedback: Vec<Feedback>,
}

/// What somebody told the administrators with `@aws feedback`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// In which channel.
    pub channel: String,
    /// The words.
    pub text: String,
}

/// What to show of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Words that must occur in who, what or why.
    pub words: String,
    /// Only refusals.
    pub refused_only: bool,
    /// Only records before this sequence.
    pub before: Option<u64>,
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the chain.
    pub sequence: u64,
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What, for example `sns:ListTopics`.
    pub what: String,
    /// Where: account and Region.
    pub place: String,
    /// How it ended.
    pub outcome: Health,
}

/// Whether the chain holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainState {
    /// In a word.
    pub health: Health,
    /// In a sentence: how many records, up to which hash, what does not fit.
    pub says: String,
}

/// Some rows, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The rows.
    pub rows: Vec<AuditRow>,
    /// Where older rows begin, when there are any.
    pub older: Option<u64>,
    /// Whether the chain holds.
    pub chain: ChainState,
}

/// One record in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its line.
    pub row: AuditRow,
    /// The record as stored, indented JSON.
    pub json: String,
    /// Its hash and the hash before it.
    pub hashes: (String, String),
}

/// The use cases of the pages that only read. Every function authorizes its own call.
pub trait Records: Send + Sync + 'static {
    /// What someone on call wants to know first.
    fn overview(&self, person: &Person) -> Answer<'_, Overview>;

    /// Some lines of the audit trail, at most `limit`.
    fn audit(&self, person: &Person, filter: AuditFilter, limit: u32) -> Answer<'_, AuditPage>;

    /// One record.
    fn record(&self, person: &Person, id: &str) -> Answer<'_, Record>;
}
