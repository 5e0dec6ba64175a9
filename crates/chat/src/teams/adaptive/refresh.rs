//! A card that a client brings up to date by itself: Teams asks for the newer one when somebody looks at it.
//!
//! Source: Microsoft's Teams documentation, "Universal Actions for Adaptive Cards" ("Refresh model", "User Specific Views"): a
//! card's `refresh` holds an `Action.Execute` and up to 60 users for whom Teams runs it unasked; without any, Teams does so for
//! all where a conversation has no more members than that. Everybody else is offered it in the card's menu.

use crate::card::{ButtonId, Card};
use serde_json::{Value, json};

use super::TARGET;

/// The verb of a refresh. No button has it.
pub const REFRESH: &str = "refresh";
/// The most users whom a card may name.
pub const MAX_USERS: usize = 60;

/// Whose clients bring a card up to date.
#[derive(Debug, Clone, Copy)]
pub struct Refreshed<'a> {
    /// The message that carries the card, by our own id.
    pub message: &'a str,
    /// Members, as rosters name them; at most the last [`MAX_USERS`] are named.
    pub users: &'a [String],
}

/// Whether what a card shows depends on who looks and when: it has a button that not everybody may press, or not for ever.
fn waits(card: &Card) -> bool {
    card.buttons.iter().any(|button| {
        matches!(
            button.id,
            ButtonId::Approve
                | ButtonId::AskForApproval
                | ButtonId::Cancel
                | ButtonId::Choose
                | ButtonId::Reject
                | ButtonId::Run
        )
    })
}

/// The `refresh` of a card; `None` for a card that stays as it is.
pub(super) fn refresh(card: &Card, Refreshed { message, users }: Refreshed<'_>) -> Option<Value> {
    if !waits(card) {
        return None;
    }
    let mut refresh = json!({
        "action": {"type": "Action.Execute", "title": "Refresh", "verb": REFRESH, "data": {TARGET: message}},
    });
    if !users.is_empty() {
        // Whoever spoke last is the most likely to look.
        let newest = users.len().saturating_sub(MAX_USERS);
        refresh["userIds"] = json!(users.get(newest..));
    }
    Some(refresh)
}
