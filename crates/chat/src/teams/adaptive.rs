//! A card as an Adaptive Card, within what Teams takes.
//!
//! Words are text runs, which have no markup, so nothing a person or a resource is called can become a link or an image. Only
//! [`Block::Markdown`] is shown with Teams' own few marks.
//!
//! Sources: the Adaptive Cards schema, version 1.5; Microsoft's Teams documentation, "Cards reference", "Universal Actions for
//! Adaptive Cards", "Format cards" (code blocks) and "Limits and specifications" (28 KB for a message).

mod blocks;
mod refresh;

pub use refresh::{MAX_USERS, REFRESH, Refreshed};

use crate::card::{Block, Button, ButtonId, ButtonStyle, Card, Tone};
use crate::limits::{CARD_PARTS, CARD_TEXT_BYTES};
use blocks::{Run, rich, runs};
use serde_json::{Map, Value, json};

/// The largest message Teams takes, in bytes of JSON.
pub const MAX_MESSAGE_BYTES: usize = 28 * 1024;
/// What the envelope of a message takes beside its card.
const ENVELOPE_BYTES: usize = 2 * 1024;
/// The version of the schema: the first with tables, and that of Universal Actions.
const VERSION: &str = "1.5";
/// The most buttons that are shown beside each other; the others are behind a menu.
const MAX_PRIMARY: usize = 6;
/// The most buttons there are.
const MAX_BUTTONS: usize = 20;
/// The content type of an Adaptive Card.
pub const CONTENT_TYPE: &str = "application/vnd.microsoft.card.adaptive";
/// The member of a button's data with the verb, for clients that know no verbs.
pub const VERB: &str = "verb";
/// The member of a button's data with what it is about.
pub const TARGET: &str = "target";
/// The member of a button's data with its choice.
pub const VALUE: &str = "value";
/// What was written into a form beside a list of choices, whose own value comes along.
pub const TYPED: &str = "typed";

/// The card, cut until it fits into a message. What may change is brought up to date by clients.
pub fn render(card: &Card, refreshed: Refreshed<'_>) -> Value {
    let limit = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;
    let (mut bytes, mut parts) = (CARD_TEXT_BYTES, CARD_PARTS);
    let refresh = refresh::refresh(card, refreshed);
    let mut rendered = whole(card, refresh.as_ref());
    while size(&rendered) > limit && parts > 1 {
        // Each step halves the larger of what is text and what is structure.
        bytes = bytes.min(limit) / 2;
        parts = parts.min(limit / 100) / 2;
        rendered = whole(&card.clone().bounded_to(bytes, parts), refresh.as_ref());
    }
    rendered
}

fn size(value: &Value) -> usize {
    value.to_string().len()
}

/// The message that carries a card.
pub fn message(card: &Card, refreshed: Refreshed<'_>) -> Value {
    json!({
        "type": "message",
        "summary": summary(card),
        "attachments": [{"contentType": CONTENT_TYPE, "content": render(card, refreshed)}],
    })
}

/// The answer to a press or a refresh of one member: the card that they see from now on.
pub fn invoke_answer(card: &Card, refreshed: Refreshed<'_>) -> Value {
    json!({"statusCode": 200, "type": CONTENT_TYPE, "value": render(card, refreshed)})
}

/// The answer to a press that shows words for a moment and leaves the card as it is.
pub fn invoke_words(words: &str) -> Value {
    json!({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": words})
}

/// The answer to a press that came to nothing. `status` is 400 where the press was wrong, 500 where we were.
pub fn invoke_error(status: u16, code: &str, words: &str) -> Value {
    json!({"statusCode": status, "type": "application/vnd.microsoft.error", "value": {"code": code, "message": words}})
}

/// What lists and notifications of Teams show of a message.
fn summary(card: &Card) -> String {
    card.summary().chars().take(200).collect()
}

fn whole(card: &Card, refresh: Option<&Value>) -> Value {
    let mut body = Vec::new();
    body.extend(head(card));
    for block in &card.body {
        body.extend(blocks::elements(block));
    }
    if let Some(footer) = &card.footer {
        body.push(rich(runs(footer, &[("size", json!("Small")), ("isSubtle", json!(true))]), "Small"));
    }
    let mut whole = Map::new();
    whole.insert("type".into(), json!("AdaptiveCard"));
    whole.insert("$schema".into(), json!("http://adaptivecards.io/schemas/adaptive-card.json"));
    whole.insert("version".into(), json!(VERSION));
    whole.insert("fallbackText".into(), json!(summary(card)));
    whole.insert("msteams".into(), json!({"width": "Full"}));
    if let Some(refresh) = refresh {
        whole.insert("refresh".into(), refresh.clone());
    }
    let actions = actions(card, &mut body);
    whole.insert("body".into(), Value::Array(body));
    if !actions.is_empty() {
        whole.insert("actions".into(), Value::Array(actions));
    }
    Value::Object(whole)
}

/// The buttons. Many choices are a list with one button, which carries the one that is chosen.
fn actions(card: &Card, body: &mut Vec<Value>) -> Vec<Value> {
    let (choices, others): (Vec<&Button>, Vec<&Button>) =
        card.buttons.iter().partition(|button| button.id == ButtonId::Choose && button.value.is_some());
    if choices.len() <= MAX_PRIMARY {
        let mut actions: Vec<Value> = card.buttons.iter().take(MAX_BUTTONS).enumerate().map(action).collect();
        let place = actions.len();
        actions.extend(answer(card, VALUE).map(|action| placed(action, place)));
        return actions;
    }
    let written = answer(card, TYPED);
    // A choice that has to be made would hold back what is written into the form, too.
    body.push(list(&choices, written.is_none()));
    let chooses = choices.first().map(|first| Button { label: "Choose".to_owned(), value: None, ..(*first).clone() });
    let others = others.into_iter().take(MAX_BUTTONS).enumerate().map(|(index, button)| {
        // What does not choose needs no choice.
        let mut action = action((index + 1, button));
        action["associatedInputs"] = json!("none");
        action
    });
    chooses.iter().map(execute).chain(others).chain(written).collect()
}

fn list(choices: &[&Button], required: bool) -> Value {
    let choice = |button: &&Button| json!({"title": label(button), "value": button.value});
    json!({
        "type": "Input.ChoiceSet", "id": VALUE, "label": "Choices", "style": "compact", "isRequired": required,
        "errorMessage": "Choose one first.", "choices": choices.iter().map(choice).collect::<Vec<_>>(),
    })
}

/// State, headline, command and context.
fn head(card: &Card) -> Vec<Value> {
    let mut first = Vec::new();
    if let Some(state) = &card.state {
        let colon = if card.title.is_empty() { "" } else { ": " };
        first.push(Run::new(format!("{} {}{colon}", state.tone.mark(), state.word)).bold().color(color(state.tone)));
    }
    if !card.title.is_empty() {
        let style: &[(&str, Value)] = if card.state.is_some() { &[] } else { &[("weight", json!("Bolder"))] };
        first.extend(runs(&card.title, style));
    }
    let headed = !first.is_empty();
    let mut parts = Vec::new();
    let context = || {
        let style = [("size", json!("Small")), ("isSubtle", json!(true))];
        rich(runs(&card.context.join(" · "), &style), "Small")
    };
    if headed {
        parts.push(rich(first, "None"));
    } else if !card.context.is_empty() {
        parts.push(context());
    }
    if let Some(command) = &card.command {
        parts.push(rich(vec![Run::new(command.clone()).monospace()], "Small"));
    }
    if headed && !card.context.is_empty() {
        parts.push(context());
    }
    match &card.state {
        Some(state) => vec![json!({"type": "Container", "style": style(state.tone), "bleed": true, "items": parts})],
        None => parts,
    }
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "Good",
        Tone::Bad => "Attention",
        Tone::Caution => "Warning",
        Tone::Waiting => "Accent",
        Tone::Neutral => "Default",
    }
}

fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "attention",
        Tone::Caution => "warning",
        Tone::Waiting => "accent",
        Tone::Neutral => "emphasis",
    }
}

/// A button. A question before it counts opens below it, since Teams has no dialogue for that.
fn action((index, button): (usize, &Button)) -> Value {
    if button.id == ButtonId::AddOptions {
        let fields = form(button, "Options, as you would type them", "Add", button.id, VALUE);
        return placed(json!({"type": "Action.ShowCard", "title": label(button), "card": fields}), index);
    }
    let mut execute = execute(button);
    if let Some(question) = &button.confirm {
        let asked = rich(runs(question, &[]), "None");
        let inner = json!({"type": "AdaptiveCard", "body": [asked], "actions": [execute]});
        execute = json!({"type": "Action.ShowCard", "title": label(button), "card": inner});
        if let Some(style) = button_style(button.style) {
            execute["style"] = json!(style);
        }
    }
    placed(execute, index)
}

/// Beside the others, or behind the menu.
fn placed(mut action: Value, index: usize) -> Value {
    if index >= MAX_PRIMARY {
        action["mode"] = json!("secondary");
    }
    action
}

/// A question is also answered in a form: its field, called `field`, takes the place of a choice.
fn answer(card: &Card, field: &str) -> Option<Value> {
    let asks = |id: ButtonId| card.buttons.iter().find(|button| button.id == id);
    let cancel = asks(ButtonId::Cancel).filter(|_| asks(ButtonId::Run).is_none())?;
    let asked = card.title.split('`').nth(1).unwrap_or("Answer");
    let fields = form(cancel, asked, "Send", ButtonId::Choose, field);
    Some(json!({"type": "Action.ShowCard", "title": "Answer in a form", "card": fields}))
}

/// A field and the button that sends it, for what a button is about.
fn form(about: &Button, asked: &str, send: &str, verb: ButtonId, field: &str) -> Value {
    let sends = Button { label: send.to_owned(), ..Button::new(verb, &about.target) };
    let field = json!({
        "type": "Input.Text", "id": field, "label": asked.chars().take(200).collect::<String>(), "isMultiline": false,
        "isRequired": true, "errorMessage": "Something has to be written here.", "maxLength": 3000,
    });
    json!({"type": "AdaptiveCard", "body": [field], "actions": [execute(&sends)]})
}

fn execute(button: &Button) -> Value {
    let verb = button.id.as_str();
    let mut data = Map::from_iter([(TARGET.to_owned(), json!(button.target))]);
    if let Some(value) = &button.value {
        data.insert(VALUE.to_owned(), json!(value));
    }
    let mut submitted = Map::from_iter([(VERB.to_owned(), json!(verb))]);
    submitted.extend(data.clone());
    let mut action = json!({
        "type": "Action.Execute",
        "title": label(button),
        "verb": verb,
        "data": data,
        "fallback": {"type": "Action.Submit", "title": label(button), "data": submitted},
    });
    if let Some(style) = button_style(button.style) {
        action["style"] = json!(style);
    }
    action
}

fn label(button: &Button) -> String {
    button.label.chars().take(75).collect()
}

fn button_style(style: ButtonStyle) -> Option<&'static str> {
    match style {
        ButtonStyle::Plain => None,
        ButtonStyle::Primary => Some("positive"),
        ButtonStyle::Danger => Some("destructive"),
    }
}

#[cfg(test)]
mod tests;
