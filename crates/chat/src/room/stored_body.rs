//! The stored form of a message's body, version 1.

use super::{ReadError, read};
use crate::card::{
    Block, Button, ButtonId, ButtonStyle, Card, Fact, File, State, Tone, TraceLine, TraceVerdict, TreeLine,
};
use crate::event::Body;
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

/// The stored form of a body, as JSON on one line. Cards are bounded on the way.
pub fn body_to_json(body: &Body) -> String {
    let stored = match body {
        Body::Text(text) => StoredBody { v: VERSION, text: Some(text.clone()), card: None },
        Body::Card(card) => {
            StoredBody { v: VERSION, text: None, card: Some(StoredCard::from((**card).clone().bounded())) }
        }
    };
    // Strings, numbers and lists of them always serialize.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// Reads a stored body.
pub fn body_from_json(json: &[u8]) -> Result<Body, ReadError> {
    let form = |reason: String| ReadError::Form { what: "message body", reason };
    let stored: StoredBody = read("message body", VERSION, json)?;
    match (stored.text, stored.card) {
        (Some(text), None) => Ok(Body::Text(text)),
        (None, Some(card)) => Ok(Body::from(Card::try_from(card).map_err(form)?)),
        _ => Err(form("it needs either `text` or `card`".to_owned())),
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredBody {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<StoredCard>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCard {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<(String, String)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    context: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    body: Vec<StoredBlock>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<StoredButton>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredBlock {
    Text(String),
    Markdown(String),
    List(Vec<String>),
    /// Depth, bullet, name, value.
    Tree(Vec<(u8, bool, String, String)>),
    /// Name, value, identifier.
    Facts(Vec<(String, String, bool)>),
    Code {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    /// Number, layer, verdict, note, quote.
    Trace(Vec<(u8, String, String, String, Option<String>)>),
    Quote(String),
    Link {
        words: String,
        url: String,
    },
    File {
        name: String,
        media_type: String,
        bytes: u64,
        key: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredButton {
    id: String,
    target: String,
    label: String,
    style: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirm: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl From<Card> for StoredCard {
    fn from(card: Card) -> Self {
        StoredCard {
            state: card.state.map(|state| (state.tone.as_str().to_owned(), state.word)),
            title: card.title,
            command: card.command,
            context: card.context,
            body: card.body.into_iter().map(StoredBlock::from).collect(),
            buttons: card.buttons.into_iter().map(StoredButton::from).collect(),
            footer: card.footer,
        }
    }
}

impl TryFrom<StoredCard> for Card {
    type Error = String;

    fn try_from(stored: StoredCard) -> Result<Self, String> {
        let state = match stored.state {
            Some((tone, word)) => Some(State { tone: Tone::parse(&tone).ok_or_else(|| unknown("tone", &tone))?, word }),
            None => None,
        };
        Ok(Card {
            state,
            title: stored.title,
            command: stored.command,
            context: stored.context,
            body: stored.body.into_iter().map(Block::try_from).collect::<Result<_, _>>()?,
            buttons: stored.buttons.into_iter().map(Button::try_from).collect::<Result<_, _>>()?,
            footer: stored.footer,
        })
    }
}

impl From<Block> for StoredBlock {
    fn from(block: Block) -> Self {
        match block {
            Block::Text(text) => StoredBlock::Text(text),
            Block::Markdown(text) => StoredBlock::Markdown(text),
            Block::List(items) => StoredBlock::List(items),
            Block::Tree(lines) => {
                StoredBlock::Tree(lines.into_iter().map(|l| (l.depth, l.bullet, l.name, l.value)).collect())
            }
            Block::Facts(facts) => {
                StoredBlock::Facts(facts.into_iter().map(|f| (f.name, f.value, f.identifier)).collect())
            }
            Block::Code { text, language } => StoredBlock::Code { text, language },
            Block::Trace(lines) => StoredBlock::Trace(
                lines
                    .into_iter()
                    .map(|l| (l.number, l.layer, l.verdict.as_str().to_owned(), l.note, l.quote))
                    .collect(),
            ),
            Block::Quote(text) => StoredBlock::Quote(text),
            Block::Link { words, url } => StoredBlock::Link { words, url },
            Block::File(file) => {
                StoredBlock::File { name: file.name, media_type: file.media_type, bytes: file.bytes, key: file.key }
            }
        }
    }
}

impl TryFrom<StoredBlock> for Block {
    type Error = String;

    fn try_from(stored: StoredBlock) -> Result<Self, String> {
        Ok(match stored {
            StoredBlock::Text(text) => Block::Text(text),
            StoredBlock::Markdown(text) => Block::Markdown(text),
            StoredBlock::List(items) => Block::List(items),
            StoredBlock::Tree(lines) => Block::Tree(
                lines.into_iter().map(|(depth, bullet, name, value)| TreeLine { depth, bullet, name, value }).collect(),
            ),
            StoredBlock::Facts(facts) => Block::Facts(
                facts.into_iter().map(|(name, value, identifier)| Fact { name, value, identifier }).collect(),
            ),
            StoredBlock::Code { text, language } => Block::Code { text, language },
            StoredBlock::Trace(lines) => Block::Trace(lines.into_iter().map(trace_line).collect::<Result<_, _>>()?),
            StoredBlock::Quote(text) => Block::Quote(text),
            StoredBlock::File { name, media_type, bytes, key } => Block::File(File { name, media_type, bytes, key }),
            StoredBlock::Link { words, url } => Block::Link { words, url },
        })
    }
}

fn trace_line(stored: (u8, String, String, String, Option<String>)) -> Result<TraceLine, String> {
    let (number, layer, verdict, note, quote) = stored;
    let verdict = TraceVerdict::parse(&verdict).ok_or_else(|| unknown("verdict", &verdict))?;
    Ok(TraceLine { number, layer, verdict, note, quote })
}

impl From<Button> for StoredButton {
    fn from(button: Button) -> Self {
        StoredButton {
            id: button.id.as_str().to_owned(),
            target: button.target,
            label: button.label,
            style: button.style.as_str().to_owned(),
            confirm: button.confirm,
            value: button.value,
        }
    }
}

impl TryFrom<StoredButton> for Button {
    type Error = String;

    fn try_from(stored: StoredButton) -> Result<Self, String> {
        Ok(Button {
            id: ButtonId::parse(&stored.id).ok_or_else(|| unknown("button", &stored.id))?,
            target: stored.target,
            label: stored.label,
            style: ButtonStyle::parse(&stored.style).ok_or_else(|| unknown("button style", &stored.style))?,
            confirm: stored.confirm,
            value: stored.value,
        })
    }
}

fn unknown(what: &str, name: &str) -> String {
    format!("`{}` is no {what}", crate::limits::cut(name, 64).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full_card() -> Card {
        Card::titled("High CPU")
            .state(Tone::Bad, "ALARM")
            .command("sns publish --message \"`x`\"")
            .context("us-east-1")
            .text("a")
            .block(Block::Markdown("*b*".into()))
            .block(Block::List(vec!["c".into()]))
            .block(Block::Tree(vec![TreeLine::heading(0, "Topics (1)"), TreeLine::item(1, "alarms", "arn")]))
            .block(Block::Facts(vec![Fact::words("Region", "us-east-1"), Fact::identifier("Topic", "arn")]))
            .block(Block::json("{\"a\":\u{1}1}"))
            .block(Block::Trace(vec![TraceLine::new(1, "l", TraceVerdict::Passed, "n").quote("q")]))
            .block(Block::Quote("said".into()))
            .block(Block::Link { words: "here".into(), url: "https://b.example.com/console".into() })
            .block(Block::File(File {
                name: "sns-list-topics.json".into(),
                media_type: "application/json".into(),
                bytes: 912,
                key: "c-1".into(),
            }))
            .button(Button::new(ButtonId::Run, "c-1").style(ButtonStyle::Danger).confirm("Sure?"))
            .button(Button::choice("c-1", "yes"))
            .footer("f")
    }

    #[test]
    fn a_body_reads_back_as_it_was_written() {
        for body in [Body::Text("hi \"there\"\n".into()), Body::from(full_card()), Body::from(Card::default())] {
            let json = body_to_json(&body);
            assert_eq!(body_from_json(json.as_bytes()).unwrap(), body, "{json}");
        }
    }

    #[test]
    fn the_largest_card_still_reads_back() {
        let body = Body::from(Card::titled("t").text("\u{1}".repeat(crate::limits::CARD_TEXT_BYTES * 2)));
        assert!(body_from_json(body_to_json(&body).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (json, message) in [
            (r#"{"v":2,"text":"a"}"#, "version 2"),
            (r#"{"text":"a"}"#, "missing field `v`"),
            (r#"{"v":1}"#, "either `text` or `card`"),
            (r#"{"v":1,"text":"a","card":{}}"#, "either `text` or `card`"),
            (r#"{"v":1,"text":"a","html":"<b>"}"#, "unknown field `html`"),
            (r#"{"v":1,"card":{"state":["red","ALARM"]}}"#, "`red` is no tone"),
            (
                r#"{"v":1,"card":{"buttons":[{"id":"sudo","target":"","label":"","style":"plain"}]}}"#,
                "`sudo` is no button",
            ),
            (r#"{"v":1,"card":{"body":[{"script":"x"}]}}"#, "unknown variant `script`"),
            ("", "cannot be read"),
        ] {
            let error = body_from_json(json.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(message), "{json}: {error}");
        }
        let deep = format!("{{\"v\":1,\"text\":{}{}}}", "[".repeat(40), "]".repeat(40));
        assert!(matches!(body_from_json(deep.as_bytes()), Err(ReadError::Limit(_))));
    }
}
