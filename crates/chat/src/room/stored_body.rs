//! The stored form of a message's body, version 1.

use super::{ReadError, read};
use crate::card::{
    Block, Button, ButtonId, ButtonStyle, Card, Fact, File, State, Tone, TraceLine, TraceVerdict, TreeLine,
};
use crate::event::Body;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

const VERSION: u32 = 1;

/// The stored form of a body, as JSON on one line. Cards are bounded on the way.
pub fn body_to_json(body: &Body) -> String {
    match body {
        Body::Text(text) => write(&StoredBody { v: VERSION, text: Some(text.into()), card: None }),
        Body::Card(card) => bounded_to_json((**card).clone()).1,
    }
}

/// Bounds a card; it as it is then, and its stored form as a body: see [`body_to_json`].
pub fn bounded_to_json(card: Card) -> (Card, String) {
    let card = card.bounded();
    let json = write(&StoredBody { v: VERSION, text: None, card: Some(StoredCard::from(&card)) });
    (card, json)
}

/// Strings, numbers and lists of them always serialize.
fn write(stored: &StoredBody<'_>) -> String {
    let mut json = Vec::with_capacity(2_048);
    if serde_json::to_writer(&mut json, stored).is_err() {
        return String::new();
    }
    String::from_utf8(json).unwrap_or_default()
}

/// Reads a stored body.
pub fn body_from_json(json: &[u8]) -> Result<Body, ReadError> {
    let form = |reason: String| ReadError::Form { what: "message body", reason };
    let stored: StoredBody<'_> = read("message body", VERSION, json)?;
    match (stored.text, stored.card) {
        (Some(text), None) => Ok(Body::Text(text.into_owned())),
        (None, Some(card)) => Ok(Body::from(Card::try_from(card).map_err(form)?)),
        _ => Err(form("it needs either `text` or `card`".to_owned())),
    }
}

/// A text that is borrowed where it is written and owned where it was read.
type Text<'a> = Cow<'a, str>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredBody<'a> {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    card: Option<StoredCard<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredCard<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<(Text<'a>, Text<'a>)>,
    #[serde(default, skip_serializing_if = "is_empty")]
    title: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    context: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    body: Vec<StoredBlock<'a>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<StoredButton<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    footer: Option<Text<'a>>,
}

fn is_empty(text: &str) -> bool {
    text.is_empty()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredBlock<'a> {
    Text(Text<'a>),
    Markdown(Text<'a>),
    List(Cow<'a, [String]>),
    /// Depth, bullet, name, value.
    Tree(Vec<(u8, bool, Text<'a>, Text<'a>)>),
    /// Name, value, identifier.
    Facts(Vec<(Text<'a>, Text<'a>, bool)>),
    Code {
        text: Text<'a>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<Text<'a>>,
    },
    /// Number, layer, verdict, note, quote.
    Trace(Vec<StoredTraceLine<'a>>),
    Quote(Text<'a>),
    Link {
        words: Text<'a>,
        url: Text<'a>,
    },
    File {
        name: Text<'a>,
        media_type: Text<'a>,
        bytes: u64,
        key: Text<'a>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredButton<'a> {
    id: Text<'a>,
    target: Text<'a>,
    label: Text<'a>,
    style: Text<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirm: Option<Text<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value: Option<Text<'a>>,
}

impl<'a> From<&'a Card> for StoredCard<'a> {
    fn from(card: &'a Card) -> Self {
        StoredCard {
            state: card.state.as_ref().map(|state| (state.tone.as_str().into(), (&state.word).into())),
            title: (&card.title).into(),
            command: card.command.as_ref().map(Text::from),
            context: card.context.as_slice().into(),
            body: card.body.iter().map(StoredBlock::from).collect(),
            buttons: card.buttons.iter().map(StoredButton::from).collect(),
            footer: card.footer.as_ref().map(Text::from),
        }
    }
}

impl TryFrom<StoredCard<'_>> for Card {
    type Error = String;

    fn try_from(stored: StoredCard<'_>) -> Result<Self, String> {
        let state = match stored.state {
            Some((tone, word)) => {
                let tone = Tone::parse(&tone).ok_or_else(|| unknown("tone", &tone))?;
                Some(State { tone, word: word.into_owned() })
            }
            None => None,
        };
        Ok(Card {
            state,
            title: stored.title.into_owned(),
            command: stored.command.map(Text::into_owned),
            context: stored.context.into_owned(),
            body: stored.body.into_iter().map(Block::try_from).collect::<Result<_, _>>()?,
            buttons: stored.buttons.into_iter().map(Button::try_from).collect::<Result<_, _>>()?,
            footer: stored.footer.map(Text::into_owned),
        })
    }
}

impl<'a> From<&'a Block> for StoredBlock<'a> {
    fn from(block: &'a Block) -> Self {
        match block {
            Block::Text(text) => StoredBlock::Text(text.into()),
            Block::Markdown(text) => StoredBlock::Markdown(text.into()),
            Block::List(items) => StoredBlock::List(items.as_slice().into()),
            Block::Tree(lines) => {
                let line = |l: &'a TreeLine| (l.depth, l.bullet, Text::from(&l.name), Text::from(&l.value));
                StoredBlock::Tree(lines.iter().map(line).collect())
            }
            Block::Facts(facts) => {
                let fact = |f: &'a Fact| (Text::from(&f.name), Text::from(&f.value), f.identifier);
                StoredBlock::Facts(facts.iter().map(fact).collect())
            }
            Block::Code { text, language } => {
                StoredBlock::Code { text: text.into(), language: language.as_ref().map(Text::from) }
            }
            Block::Trace(lines) => StoredBlock::Trace(lines.iter().map(stored_trace_line).collect()),
            Block::Quote(text) => StoredBlock::Quote(text.into()),
            Block::Link { words, url } => StoredBlock::Link { words: words.into(), url: url.into() },
            Block::File(File { name, media_type, bytes, key }) => {
                StoredBlock::File { name: name.into(), media_type: media_type.into(), bytes: *bytes, key: key.into() }
            }
        }
    }
}

impl TryFrom<StoredBlock<'_>> for Block {
    type Error = String;

    fn try_from(stored: StoredBlock<'_>) -> Result<Self, String> {
        Ok(match stored {
            StoredBlock::Text(text) => Block::Text(text.into_owned()),
            StoredBlock::Markdown(text) => Block::Markdown(text.into_owned()),
            StoredBlock::List(items) => Block::List(items.into_owned()),
            StoredBlock::Tree(lines) => {
                let line = |(depth, bullet, name, value): (u8, bool, Text<'_>, Text<'_>)| TreeLine {
                    depth,
                    bullet,
                    name: name.into_owned(),
                    value: value.into_owned(),
                };
                Block::Tree(lines.into_iter().map(line).collect())
            }
            StoredBlock::Facts(facts) => {
                let fact = |(name, value, identifier): (Text<'_>, Text<'_>, bool)| Fact {
                    name: name.into_owned(),
                    value: value.into_owned(),
                    identifier,
                };
                Block::Facts(facts.into_iter().map(fact).collect())
            }
            StoredBlock::Code { text, language } => {
                Block::Code { text: text.into_owned(), language: language.map(Text::into_owned) }
            }
            StoredBlock::Trace(lines) => Block::Trace(lines.into_iter().map(trace_line).collect::<Result<_, _>>()?),
            StoredBlock::Quote(text) => Block::Quote(text.into_owned()),
            StoredBlock::File { name, media_type, bytes, key } => Block::File(File {
                name: name.into_owned(),
                media_type: media_type.into_owned(),
                bytes,
                key: key.into_owned(),
            }),
            StoredBlock::Link { words, url } => Block::Link { words: words.into_owned(), url: url.into_owned() },
        })
    }
}

/// Number, layer, verdict, note, quote.
type StoredTraceLine<'a> = (u8, Text<'a>, Text<'a>, Text<'a>, Option<Text<'a>>);

fn stored_trace_line(line: &TraceLine) -> StoredTraceLine<'_> {
    let TraceLine { number, layer, verdict, note, quote } = line;
    (*number, layer.into(), verdict.as_str().into(), note.into(), quote.as_ref().map(Text::from))
}

fn trace_line(stored: StoredTraceLine<'_>) -> Result<TraceLine, String> {
    let (number, layer, verdict, note, quote) = stored;
    let verdict = TraceVerdict::parse(&verdict).ok_or_else(|| unknown("verdict", &verdict))?;
    let (layer, note) = (layer.into_owned(), note.into_owned());
    Ok(TraceLine { number, layer, verdict, note, quote: quote.map(Text::into_owned) })
}

impl<'a> From<&'a Button> for StoredButton<'a> {
    fn from(button: &'a Button) -> Self {
        StoredButton {
            id: button.id.as_str().into(),
            target: (&button.target).into(),
            label: (&button.label).into(),
            style: button.style.as_str().into(),
            confirm: button.confirm.as_ref().map(Text::from),
            value: button.value.as_ref().map(Text::from),
        }
    }
}

impl TryFrom<StoredButton<'_>> for Button {
    type Error = String;

    fn try_from(stored: StoredButton<'_>) -> Result<Self, String> {
        Ok(Button {
            id: ButtonId::parse(&stored.id).ok_or_else(|| unknown("button", &stored.id))?,
            target: stored.target.into_owned(),
            label: stored.label.into_owned(),
            style: ButtonStyle::parse(&stored.style).ok_or_else(|| unknown("button style", &stored.style))?,
            confirm: stored.confirm.map(Text::into_owned),
            value: stored.value.map(Text::into_owned),
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
