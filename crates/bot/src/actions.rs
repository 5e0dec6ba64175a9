//! Custom actions as buttons under notifications, and under answers.
//!
//! An attachment of a custom action says under which notifications its button stands: the kind of notification, variables
//! with the places of their values in the message, and criteria on those variables. A press runs the action's command with
//! those values, as whoever pressed, decided like any other command. An attachment of the kind `Answer`, which is ours, stands
//! under answers to commands: its variables find `event.operation` (`sns:ListTopics`) and what is in `event.output`.
//!
//! Source: AWS Chatbot's API reference, "CustomActionAttachment", and Amazon Q Developer in chat applications' administrator
//! guide, "Creating custom actions".

use std::collections::BTreeMap;

use bailiwick_authority::record::{CustomActionAttachment, CustomActionRecord};
use bailiwick_chat::{Button, ButtonId, Card, Event, Place, Tone, cards};
use bailiwick_command::alias::{expand, variables};
use bailiwick_notify::Kind;
use bailiwick_store::{Change, EntityKey, Expect, InboxRow};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::inbox::WorkError;
use crate::{Bot, stored, sweep, talk};

/// The kind of the entities that keep a notification for the actions under it.
const KIND: &str = "bot.notification";
/// The kind of an answer to a command.
const ANSWER: &str = "answer";
/// The longest answer that actions stand under, in bytes of JSON.
const LONGEST: usize = 64 * 1024;
/// The most buttons under one notification.
const MOST: usize = 10;

/// What an action under a notification needs of it.
#[derive(Debug, Serialize, Deserialize)]
struct Shown {
    format: u32,
    /// [`Kind::as_str`] of the notification.
    kind: String,
    /// The message as it was published.
    message: String,
}

/// The names by which an attachment may call a kind of notification. AWS documents `Custom` only; the others are ours.
fn names(kind: &str) -> &'static [&'static str] {
    match kind {
        ANSWER => &[ANSWER],
        "alarm" => &["alarm", "cloudwatch", "cloudwatchalarm", "cloudwatch-alarm"],
        "custom" => &["custom"],
        "event" => &["event", "eventbridge", "eventbridge-event"],
        "stack" => &["stack", "cloudformation", "cloudformation-stack"],
        _ => &["raw"],
    }
}

/// The text at a place such as `event.metadata.additionalContext.Name` of a message.
fn at(event: &Json, path: &str) -> Option<String> {
    let mut steps = path.split('.');
    if steps.next() != Some("event") {
        return None;
    }
    let found = steps.try_fold(event, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })?;
    match found {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(found.to_string()),
        Json::Array(_) | Json::Object(_) => Some(found.to_string()),
        Json::Null => None,
    }
}

/// The values of an attachment's variables in a message.
fn values(attachment: &CustomActionAttachment, event: &Json) -> BTreeMap<String, String> {
    let found = attachment.variables.iter().filter_map(|(name, path)| Some((name.clone(), at(event, path)?)));
    found.filter(|(_, value)| !value.is_empty()).collect()
}

/// Whether an attachment's button stands under a notification.
fn fits(attachment: &CustomActionAttachment, kind: &str, values: &BTreeMap<String, String>) -> bool {
    let named = |wanted: &String| names(kind).iter().any(|name| name.eq_ignore_ascii_case(wanted));
    // What names no kind stands under every notification, and under no answer.
    attachment.notification_type.as_ref().map_or(kind != ANSWER, named)
        && attachment.criteria.iter().all(|criterion| {
            let value = values.get(&criterion.variable_name);
            match criterion.operator.as_str() {
                "HAS_VALUE" => value.is_some(),
                "EQUALS" => value.map(String::as_str) == criterion.value.as_deref(),
                // An operator that is not known offers nothing.
                _ => false,
            }
        })
}

/// The buttons under a notification.
fn buttons(actions: &[CustomActionRecord], kind: &str, event: &Json, target: &str) -> Vec<Button> {
    let attached = actions.iter().flat_map(|action| {
        action.attachments.iter().enumerate().map(move |(index, attachment)| (action, index, attachment))
    });
    let fitting = attached.filter(|(_, _, attachment)| fits(attachment, kind, &values(attachment, event)));
    let button = |(action, index, attachment): (&CustomActionRecord, usize, &CustomActionAttachment)| {
        let label = attachment.button_text.clone().unwrap_or_else(|| action.name.clone());
        Button::new(ButtonId::Act, target).label(label).value(format!("{}#{index}", action.arn))
    };
    fitting.map(button).take(MOST).collect()
}

impl Bot {
    /// Puts the buttons of a channel's custom actions under a notification, and keeps of it what they need.
    pub(crate) fn with_actions(
        &self,
        place: &Place,
        configuration: &str,
        kind: Kind,
        message: &str,
        id: &str,
        card: Card,
    ) -> (Card, Change) {
        self.with_buttons(&self.buttons_of(place, configuration), (kind.as_str(), message), id, card)
    }

    /// As [`Bot::with_actions`], under the answer to a command.
    pub(crate) fn with_actions_of_answer(
        &self,
        place: &Place,
        configuration: &str,
        operation: &str,
        output: &Json,
        command: &str,
        card: Card,
    ) -> (Card, Change) {
        let actions = self.buttons_of(place, configuration);
        if actions.is_empty() {
            return (card, Change::new());
        }
        let message = serde_json::json!({"operation": operation, "output": output}).to_string();
        if message.len() > LONGEST {
            return (card, Change::new());
        }
        let id = format!("{command}.{}", place.channel_key());
        self.with_buttons(&actions, (ANSWER, &message), &id, card)
    }

    /// The custom actions of a channel that have buttons.
    fn buttons_of(&self, place: &Place, configuration: &str) -> Vec<CustomActionRecord> {
        let mut actions = self.actions_of(place);
        actions.retain(|action| !action.attachments.is_empty() && action.configurations.contains(configuration));
        actions
    }

    fn with_buttons(
        &self,
        actions: &[CustomActionRecord],
        (kind, message): (&str, &str),
        id: &str,
        mut card: Card,
    ) -> (Card, Change) {
        if actions.is_empty() {
            return (card, Change::new());
        }
        let event: Json = serde_json::from_str(message).unwrap_or_default();
        let buttons = buttons(actions, kind, &event, id);
        if buttons.is_empty() {
            return (card, Change::new());
        }
        card.buttons.extend(buttons);
        let shown = Shown { format: 1, kind: kind.to_owned(), message: message.to_owned() };
        let keep = Change::new().put(EntityKey::global(KIND, id), stored::write(&shown), Expect::Any);
        (card, keep.and(sweep::enter(KIND, id, vec![id.to_owned()], self.parts.clock.now())))
    }
}

/// A press on an action's button: its command runs as whoever pressed.
pub(crate) async fn press(
    bot: &Bot,
    inbox: &InboxRow,
    event: &Event,
    target: &str,
    value: Option<&str>,
) -> Result<(), WorkError> {
    // The notification's id ends in its channel.
    let here = target.ends_with(&format!(".{}", event.place.channel_key()));
    let kept = bot.parts.store.entity(EntityKey::global(KIND, target)).await?.filter(|_| here);
    let shown: Option<Shown> = kept.and_then(|kept| stored::read(Some(&kept.body)));
    let (arn, index) = value.and_then(|value| value.rsplit_once('#')).unwrap_or_default();
    let action = bot.actions_of(&event.place).into_iter().find(|action| action.arn == arn);
    let index = index.parse::<usize>().ok();
    let attachment = action.as_ref().and_then(|action| action.attachments.get(index?));
    if shown.is_none() && here {
        let card = Card::titled("What this button was under is not kept any more; send the command yourself.");
        return talk::say(bot, inbox, event, card.state(Tone::Neutral, "Nothing was done")).await;
    }
    let (Some(shown), Some(action), Some(attachment)) = (shown, action.as_ref(), attachment) else {
        let card = Card::titled("This action is not offered in this channel any more.");
        return talk::say(bot, inbox, event, card.state(Tone::Neutral, "Nothing was done")).await;
    };
    let message: Json = serde_json::from_str(&shown.message).unwrap_or_default();
    let values = values(attachment, &message);
    let command = talk::begin(bot, inbox, event, &action.command_text).await?;
    if let Some(missing) = variables(&action.command_text).iter().find(|name| !values.contains_key(*name)) {
        let text = format!("the notification has no value for `${missing}` of `{}`.", action.command_text);
        return command.settle(bailiwick_store::CommandState::Failed, cards::mistake(&text, &[])).await;
    }
    match expand(&action.command_text, &values) {
        Ok(words) => command.run_words(words, Some(action.account.to_string())).await,
        Err(error) => {
            let card = cards::mistake(&format!("{error}."), &[]);
            command.settle(bailiwick_store::CommandState::Failed, card).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_authority::record::CustomActionCriterion;
    use serde_json::json;

    fn attachment(kind: Option<&str>, operator: &str, value: Option<&str>) -> CustomActionAttachment {
        CustomActionAttachment {
            notification_type: kind.map(str::to_owned),
            button_text: Some("Go".to_owned()),
            criteria: vec![CustomActionCriterion {
                operator: operator.to_owned(),
                variable_name: "Group".to_owned(),
                value: value.map(str::to_owned),
            }],
            variables: BTreeMap::from([(
                "Group".to_owned(),
                "event.metadata.additionalContext.ActionGroup".to_owned(),
            )]),
        }
    }

    #[test]
    fn criteria_and_kind_decide_where_a_button_stands() {
        let event = json!({"metadata": {"additionalContext": {"ActionGroup": "blue"}}, "list": [{"n": 4}]});
        let other = json!({"metadata": {"additionalContext": {"ActionGroup": ""}}});
        for (attachment, of_event, of_other) in [
            (attachment(Some("Custom"), "HAS_VALUE", None), true, false),
            (attachment(None, "EQUALS", Some("blue")), true, false),
            (attachment(None, "EQUALS", Some("green")), false, false),
            (attachment(Some("Alarm"), "HAS_VALUE", None), false, false),
            (attachment(None, "CONTAINS", Some("b")), false, false),
            (attachment(Some("Answer"), "HAS_VALUE", None), false, false),
        ] {
            assert_eq!(fits(&attachment, "custom", &values(&attachment, &event)), of_event, "{attachment:?}");
            assert_eq!(fits(&attachment, "custom", &values(&attachment, &other)), of_other, "{attachment:?}");
        }
        // Under answers stands what names them.
        for (kind, fitting) in [(Some("Answer"), true), (None, false), (Some("Custom"), false)] {
            let attachment = attachment(kind, "HAS_VALUE", None);
            assert_eq!(fits(&attachment, ANSWER, &values(&attachment, &event)), fitting, "{kind:?}");
        }
        assert_eq!(at(&event, "event.list.0.n").as_deref(), Some("4"));
        assert_eq!(at(&event, "event.list.9.n"), None);
        assert_eq!(at(&event, "metadata.additionalContext"), None);
    }
}
