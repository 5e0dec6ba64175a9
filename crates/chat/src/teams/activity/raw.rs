//! The JSON of an activity, as far as it is read. Teams adds members at any time, so what is not known is passed over; the
//! members that identity hangs on are checked.

use super::ActivityError;
use crate::limits::{MESSAGE_BYTES, check_id, check_length};
use crate::teams::text::plain;
use serde::Deserialize;
use serde_json::Value;

/// The most entities of a message that are looked at.
const MAX_ENTITIES: usize = 200;
/// What formatting may add to a message's text.
const MARKUP_FACTOR: usize = 4;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Raw {
    pub(super) r#type: String,
    pub(super) id: Option<String>,
    pub(super) timestamp: Option<String>,
    pub(super) service_url: String,
    pub(super) channel_id: String,
    pub(super) from: Option<Account>,
    pub(super) conversation: Option<Conversation>,
    pub(super) recipient: Option<Account>,
    pub(super) text: Option<String>,
    pub(super) entities: Option<Vec<Value>>,
    pub(super) channel_data: Option<ChannelData>,
    pub(super) value: Option<Value>,
    pub(super) name: Option<String>,
    pub(super) reply_to_id: Option<String>,
    pub(super) action: Option<String>,
    pub(super) members_removed: Option<Vec<Account>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Account {
    #[serde(default)]
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) aad_object_id: Option<String>,
    pub(super) tenant_id: Option<String>,
    pub(super) user_role: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversation {
    pub(super) id: String,
    pub(super) tenant_id: Option<String>,
    pub(super) conversation_type: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelData {
    pub(super) team: Option<Team>,
    pub(super) tenant: Option<Named>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Team {
    pub(super) id: Option<String>,
    pub(super) aad_group_id: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: Option<String>,
}

/// A mention: the text that stands for it, and whom it means.
#[derive(Deserialize)]
struct Mention {
    r#type: String,
    mentioned: Option<Account>,
    text: Option<String>,
}

impl Raw {
    pub(super) fn check(&self) -> Result<(), ActivityError> {
        let ids = [
            ("the activity's type", Some(&self.r#type)),
            ("the activity's service URL", Some(&self.service_url)),
            ("the activity's channel id", Some(&self.channel_id)),
            ("the activity's id", self.id.as_ref()),
            ("the activity replied to", self.reply_to_id.as_ref()),
            ("the conversation's id", self.conversation.as_ref().map(|conversation| &conversation.id)),
            ("the sender's id", self.from.as_ref().map(|from| &from.id)),
            ("the sender's directory id", self.from.as_ref().and_then(|from| from.aad_object_id.as_ref())),
            ("the team's id", self.team().and_then(|team| team.id.as_ref())),
            ("the team's directory id", self.team().and_then(|team| team.aad_group_id.as_ref())),
        ];
        for (what, id) in ids {
            if let Some(id) = id {
                check_id(what, id)?;
            }
        }
        check_length("the message", self.text.as_ref().map_or(0, String::len), MESSAGE_BYTES * MARKUP_FACTOR)?;
        Ok(())
    }

    pub(super) fn team(&self) -> Option<&Team> {
        self.channel_data.as_ref()?.team.as_ref()
    }

    /// The tenant of the conversation. `None` too where the activity names two.
    pub(super) fn tenant(&self) -> Option<&str> {
        let of_channel = self.channel_data.as_ref().and_then(|data| data.tenant.as_ref()?.id.as_deref());
        let of_conversation = self.conversation.as_ref().and_then(|conversation| conversation.tenant_id.as_deref());
        match (of_channel, of_conversation) {
            (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other) => None,
            (one, other) => one.or(other),
        }
    }

    /// Somebody is mentioned in the text.
    pub(super) fn mentions_anybody(&self) -> bool {
        mentions_in(self.text.as_deref().unwrap_or_default()).next().is_some()
    }

    /// The texts by which the bot is mentioned: those of the entities; where none of them stands in the message, the mentions in
    /// it that bear the bot's name, as clients send them that leave entities out or write mentions in HTML.
    pub(super) fn own_mentions(&self) -> Vec<String> {
        let bot = self.recipient.as_ref().map(|recipient| recipient.id.as_str()).filter(|id| !id.is_empty());
        let Some(bot) = bot else { return Vec::new() };
        let entities = self.entities.iter().flatten().take(MAX_ENTITIES);
        let mentions = entities.filter_map(|entity| serde_json::from_value::<Mention>(entity.clone()).ok());
        let mentions = mentions.filter(|mention| mention.r#type == "mention");
        let (own, others): (Vec<Mention>, Vec<Mention>) =
            mentions.partition(|mention| mention.mentioned.as_ref().is_some_and(|account| account.id == bot));
        let texts = |mentions: Vec<Mention>| mentions.into_iter().filter_map(|mention| mention.text);
        let own: Vec<String> = texts(own).filter(|text| !text.is_empty()).collect();
        let said = self.text.as_deref().unwrap_or_default();
        if own.iter().any(|text| said.contains(text.as_str())) {
            return own;
        }
        let others: Vec<String> = texts(others).collect();
        let name = self.recipient.as_ref().and_then(|recipient| recipient.name.as_deref()).unwrap_or_default().trim();
        let names_bot = |mention: &&str| {
            let said = plain(mention, &[]);
            let same = [name, plain(name, &[]).trim()].contains(&said.trim());
            same && !name.is_empty() && others.iter().all(|other| other != mention)
        };
        mentions_in(said).take(MAX_ENTITIES).filter(names_bot).map(str::to_owned).collect()
    }
}

/// The elements of a message that mention somebody: `<at>name</at>`, `<at id="0">name</at>`.
fn mentions_in(text: &str) -> impl Iterator<Item = &str> {
    const END: &str = "</at>";
    text.match_indices("<at").filter_map(|(start, _)| {
        let element = text.get(start..)?;
        let opens = element.get(3..)?.starts_with(['>', ' ']);
        let end = element.find(END).filter(|_| opens)?;
        element.get(..end + END.len())
    })
}
