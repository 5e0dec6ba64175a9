//! Custom notifications: the schema of AWS Chatbot's administrator guide, "Custom notifications", version 1.0.
//!
//! AWS drops a notification that breaks the schema. Here it is shown, and what AWS would object to is said under it.

use crate::json::{at, scalar, text, texts};
use crate::{Kind, Notification, Rendered, origin, raw};
use bailiwick_chat::{Block, Card, Fact};
use serde_json::{Map, Value};

/// Members with a longest length in characters.
const DESCRIPTION: usize = 8000;
const TITLE: usize = 250;
const NEXT_STEP: usize = 350;
const KEYWORD: usize = 75;

/// Renders a custom notification; `None` when the document does not claim to be one.
pub(crate) fn render(notification: &Notification, document: &Map<String, Value>) -> Option<Rendered> {
    if text(document, "/source") != Some("custom") {
        return None;
    }
    let problems = problems(document);
    let footer = |card: Card| {
        if problems.is_empty() {
            card
        } else {
            card.footer(format!("AWS's schema for custom notifications does not allow this: {}.", problems.join("; ")))
        }
    };
    let Some(description) = text(document, "/content/description") else {
        let shown = raw::json(notification, document);
        return Some(Rendered { card: footer(shown.card), kind: Kind::Custom, ..shown });
    };
    let mut facts = Vec::new();
    if let Some(kind) = text(document, "/metadata/eventType") {
        facts.push(Fact::words("event", kind));
    }
    for resource in texts(at(document, "/metadata/relatedResources")) {
        facts.push(Fact::identifier("resource", resource));
    }
    for (name, value) in at(document, "/metadata/additionalContext").and_then(Value::as_object).into_iter().flatten() {
        facts.push(Fact::words(name, scalar(value).unwrap_or_else(|| value.to_string())));
    }
    let summary = text(document, "/metadata/summary");
    let title = text(document, "/content/title").or(summary).or(notification.subject.as_deref().map(str::trim));
    let card = Card { title: title.unwrap_or_default().to_owned(), ..origin(notification, "custom notification") };
    let card = texts(at(document, "/content/keywords")).into_iter().fold(card, |card, word| card.context(word));
    let steps = texts(at(document, "/content/nextSteps")).into_iter().map(str::to_owned).collect();
    let card = card.block(Block::Markdown(description.to_owned())).block(Block::List(steps)).block(Block::Facts(facts));
    let rendered = Rendered::new(Kind::Custom, footer(card), notification.published);
    Some(Rendered {
        thread: text(document, "/metadata/threadId").map(str::to_owned),
        custom_actions: at(document, "/metadata/enableCustomActions") != Some(&Value::Bool(false)),
        ..rendered
    })
}

fn problems(document: &Map<String, Value>) -> Vec<String> {
    let mut problems = Vec::new();
    if text(document, "/version") != Some("1.0") {
        problems.push("`version` must be `1.0`".to_owned());
    }
    if text(document, "/content/description").is_none() {
        problems.push("`content.description` is required".to_owned());
    }
    if text(document, "/content/textType").is_some_and(|kind| kind != "client-markdown") {
        problems.push("`content.textType` must be `client-markdown`".to_owned());
    }
    let mut longest = |what: &str, texts: &[&str], limit: usize| {
        if texts.iter().any(|text| text.chars().count() > limit) {
            problems.push(format!("`{what}` may have at most {limit} characters"));
        }
    };
    let one = |pointer: &str| text(document, pointer).into_iter().collect::<Vec<_>>();
    longest("content.description", &one("/content/description"), DESCRIPTION);
    longest("content.title", &one("/content/title"), TITLE);
    longest("content.nextSteps", &texts(at(document, "/content/nextSteps")), NEXT_STEP);
    longest("content.keywords", &texts(at(document, "/content/keywords")), KEYWORD);
    let context = at(document, "/metadata/additionalContext").and_then(Value::as_object);
    if context.is_some_and(|context| context.values().any(|value| !value.is_string())) {
        problems.push("`metadata.additionalContext` may hold text only".to_owned());
    }
    problems
}
