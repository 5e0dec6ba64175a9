//! What is remembered.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Settings;
use crate::sign_in::SignIns;

/// Microsoft's documentation, "Optimize your bot with rate limiting": so many messages a second to one conversation.
const A_SECOND: usize = 7;

/// A member of the team.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Member {
    pub(super) id: String,
    pub(super) aad_object_id: String,
    pub(super) tenant_id: String,
    #[serde(default = "user")]
    pub(super) user_role: String,
    pub(super) name: String,
}

fn user() -> String {
    "user".to_owned()
}

/// A message of the bot.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Message {
    pub(super) id: String,
    /// With its thread.
    pub(super) conversation: String,
    pub(super) activity: Value,
    /// How often it was changed.
    pub(super) edits: u32,
}

pub(super) struct State {
    pub(super) members: HashMap<String, Member>,
    pub(super) messages: Vec<Message>,
    pub(super) tokens: Vec<String>,
    /// Statuses, with Retry-After, of the next requests.
    pub(super) failures: VecDeque<(u16, Option<u32>)>,
    pub(super) sign_ins: SignIns,
    posted: VecDeque<(String, i64)>,
    next: u64,
}

impl State {
    pub(super) fn new(settings: &Settings) -> State {
        let dana = Member {
            id: "29:dana".to_owned(),
            aad_object_id: "9c0a6ba9-0c6b-4d5f-a5b6-6b0f4c8b4b9d".to_owned(),
            tenant_id: settings.tenant.clone(),
            user_role: user(),
            name: "Dana Lee".to_owned(),
        };
        State {
            members: HashMap::from([(dana.id.clone(), dana)]),
            messages: Vec::new(),
            tokens: Vec::new(),
            failures: VecDeque::new(),
            sign_ins: SignIns::default(),
            posted: VecDeque::new(),
            next: 1_763_794_800_000,
        }
    }

    /// An id that was not there before; ids grow, as Teams' do.
    pub(super) fn id(&mut self) -> String {
        self.next += 1;
        self.next.to_string()
    }

    /// Notes a message to a conversation; `false` when there were too many of late.
    pub(super) fn turn(&mut self, conversation: &str, now: i64) -> bool {
        self.posted.retain(|(_, at)| *at >= now);
        let so_far = self.posted.iter().filter(|(to, _)| to == conversation).count();
        if so_far >= A_SECOND {
            return false;
        }
        self.posted.push_back((conversation.to_owned(), now));
        true
    }
}
