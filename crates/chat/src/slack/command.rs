//! The slash command. Source: Slack's documentation, "Implementing slash commands".

use serde::Deserialize;

use super::{SlackError, stranger};
use crate::event::{Event, EventKind, Place, Platform, Proof, Who};
use crate::limits::{MESSAGE_BYTES, check_id, check_length};
use bailiwick_ident::Timestamp;

/// What a slash command says; over HTTP a form, in Socket Mode a JSON object.
#[derive(Debug, Default, Deserialize)]
pub struct SlashCommand {
    #[serde(default)]
    team_id: String,
    #[serde(default)]
    channel_id: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    trigger_id: String,
}

impl SlashCommand {
    /// Reads the form of a request whose signature was checked.
    pub fn from_form(body: &[u8]) -> Self {
        let mut command = SlashCommand::default();
        for (name, value) in form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "team_id" => &mut command.team_id,
                "channel_id" => &mut command.channel_id,
                "user_id" => &mut command.user_id,
                "user_name" => &mut command.user_name,
                "text" => &mut command.text,
                "trigger_id" => &mut command.trigger_id,
                _ => continue,
            };
            *field = value.into_owned();
        }
        command
    }

    /// The event. Slack does not say when the command was given, so `now` is taken.
    ///
    /// # Errors
    /// A part is missing or too long.
    pub fn event(self, now: Timestamp) -> Result<Event, SlackError> {
        check_length("the command", self.text.len(), MESSAGE_BYTES)?;
        check_length("the name", self.user_name.len(), MESSAGE_BYTES)?;
        for (what, id) in [
            ("the workspace", &self.team_id),
            ("the channel", &self.channel_id),
            ("the user", &self.user_id),
            ("the trigger", &self.trigger_id),
        ] {
            check_id(what, id)?;
        }
        let display_name = if self.user_name.is_empty() { self.user_id.clone() } else { self.user_name };
        Ok(Event {
            unresolved: stranger(&self.team_id, None, false),
            proof: Proof::Platform,
            who: Who { member_id: self.user_id, display_name },
            place: Place::new(Platform::Slack, self.team_id, self.channel_id),
            message: self.trigger_id,
            at: now,
            kind: EventKind::Command { words: self.text.trim().to_owned() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_a_command_outside_any_thread() {
        let form = b"token=x&team_id=T1&channel_id=C1&user_id=U1&user_name=dana&command=%2Faws&text=+sns+publish+--message+%22a%26b%22&trigger_id=1.2.abc";
        let event = SlashCommand::from_form(form).event(Timestamp::from_seconds(5)).unwrap();
        assert_eq!(event.kind, EventKind::Command { words: "sns publish --message \"a&b\"".into() });
        assert_eq!((event.message.as_str(), event.reply_thread()), ("1.2.abc", None));
        assert_eq!(event.who.display_name, "dana");
    }

    #[test]
    fn a_form_without_its_parts_is_an_error() {
        for form in ["", "team_id=T1&channel_id=C1&user_id=U1&text=help", "%%%"] {
            assert!(SlashCommand::from_form(form.as_bytes()).event(Timestamp::from_seconds(0)).is_err(), "{form}");
        }
        let long = format!("team_id=T1&channel_id=C1&user_id=U1&trigger_id=1&text={}", "x".repeat(MESSAGE_BYTES + 1));
        assert!(SlashCommand::from_form(long.as_bytes()).event(Timestamp::from_seconds(0)).is_err());
    }
}
