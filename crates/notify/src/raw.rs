//! What is not recognised, shown as it is.

use crate::{Kind, Notification, Rendered, origin};
use bailiwick_chat::{Block, Card, Fact};
use serde_json::{Map, Value};

/// The most message attributes that are shown.
const ATTRIBUTES: usize = 20;

/// Plain text, with its line breaks.
pub(crate) fn text(notification: &Notification) -> Rendered {
    let text = notification.message.trim();
    let body = match text {
        "" => Block::Text("The message is empty.".to_owned()),
        // Text that looks like a document but is none, or is too deep to look into, keeps its exact form.
        text if text.starts_with(['{', '[']) => Block::Code { text: text.to_owned(), language: None },
        text => Block::Text(text.to_owned()),
    };
    rendered(notification, body)
}

/// A JSON document of unknown form: indented where that changes nothing but white space, else exactly as it was sent.
pub(crate) fn json(notification: &Notification, document: &Map<String, Value>) -> Rendered {
    let same = serde_json::to_string(document).is_ok_and(|text| text == compact(&notification.message));
    let body = if same { pretty(document) } else { Block::json(notification.message.trim()) };
    rendered(notification, body)
}

/// JSON text without the white space between its tokens.
fn compact(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    text.chars()
        .filter(|&c| {
            let keep = in_string || !c.is_ascii_whitespace();
            match c {
                _ if escaped => escaped = false,
                '\\' if in_string => escaped = true,
                '"' => in_string = !in_string,
                _ => {}
            }
            keep
        })
        .collect()
}

/// A document as indented JSON.
pub(crate) fn pretty(document: &Map<String, Value>) -> Block {
    Block::json(serde_json::to_string_pretty(document).unwrap_or_default())
}

fn rendered(notification: &Notification, body: Block) -> Rendered {
    let card = origin(notification, "notification");
    let title = notification.subject.as_deref().map(str::trim).filter(|subject| !subject.is_empty());
    let card = Card { title: title.unwrap_or_default().to_owned(), ..card };
    let attributes = notification.attributes.iter().take(ATTRIBUTES);
    let facts = attributes.map(|(name, value)| Fact::words(name, value)).collect();
    let card = card.block(body).block(Block::Facts(facts));
    let card = match notification.attributes.len().checked_sub(ATTRIBUTES) {
        Some(more) if more > 0 => card.footer(format!("{more} more message attributes are not shown.")),
        _ => card,
    };
    Rendered::new(Kind::Raw, card, notification.published)
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn white_space_goes_between_tokens_only() {
        assert_eq!(compact("{ \"a b\" :\n 12.50, \"c\": \"\\\" d\" }"), "{\"a b\":12.50,\"c\":\"\\\" d\"}");
    }
}
