//! The parts of an answer that were not shown at first.

use bailiwick_chat::cards::Ran;
use bailiwick_chat::{Card, Tone};
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::output::tree::Window;
use bailiwick_command::parse::{Parsed, Setting};
use bailiwick_command::render::{self, Secrets};
use bailiwick_store::{CommandRow, CommandState, StoreError};
use serde_json::Value as Json;

use crate::stored::Shown;
use crate::{Bot, card, kept};

/// What a press on "Show more" leads to.
pub(crate) enum More {
    /// The next part of what is here.
    Card(Card),
    /// A command that asks for the pages after those that are here.
    Command(String),
}

fn gone() -> Card {
    Card::titled("The answer is not kept any more; run the command again.").state(Tone::Neutral, "Nothing to show")
}

impl Bot {
    /// What follows the part of an answer that a button was under.
    pub(crate) async fn more(&self, row: &CommandRow, shown: &Shown, value: Option<&str>) -> Result<More, StoreError> {
        let Some(json) = kept::read(self.parts.store.as_ref(), &row.id).await? else { return Ok(More::Card(gone())) };
        let Ok(response) = serde_json::from_str::<Json>(&json) else { return Ok(More::Card(gone())) };
        if value == Some(card::FOLLOWING) {
            let token = response.get("NextToken").and_then(Json::as_str);
            let following = token.and_then(|token| self.following(&row.text, token));
            return Ok(following.map_or_else(|| More::Card(gone()), More::Command));
        }
        let first = value.and_then(|value| value.parse().ok()).unwrap_or(0);
        let window = Window { first, ..Window::default() };
        let ran: Ran = shown.ran.clone().unwrap_or_default().into();
        let answer = card::Answer { ran: &ran, target: &row.id, operation: "" };
        Ok(More::Card(answer.part(&response, shown.paged, window, json.len())))
    }

    /// The whole answer of a command as JSON.
    pub(crate) async fn raw_json(&self, row: &CommandRow, shown: &Shown) -> Result<Card, StoreError> {
        let ran: Ran = shown.ran.clone().unwrap_or_default().into();
        let json = kept::read(self.parts.store.as_ref(), &row.id).await?.filter(|json| !json.is_empty());
        let answer = card::Answer { ran: &ran, target: &row.id, operation: "" };
        let none = || match row.state == CommandState::Finished && shown.json.is_none() {
            true => gone(),
            false => Card::titled("The answer is empty."),
        };
        Ok(json.map_or_else(none, |json| answer.raw(json)))
    }

    /// The command that goes on where an answer ended.
    fn following(&self, text: &str, token: &str) -> Option<String> {
        let line = lex(text, Markup::Plain).ok()?;
        let Ok(Parsed::Call(mut call)) = self.grammar.parse(&line.words, &Setting::default()) else { return None };
        call.options.paging.starting_token = Some(token.to_owned());
        Some(render::command(&call, Secrets::Show))
    }
}
