//! A card as HTML.

use crate::view::rich::{Html, inline, markdown};
use askama::Template;
use bailiwick_chat::{Block, Button, Card, TreeLine};

/// Trees deeper than this are not indented further; the style sheet has a class for each depth.
const DEEPEST: u8 = 9;

/// What a press on a card's buttons carries back.
pub(crate) struct Pressed<'a> {
    pub(crate) room: &'a str,
    pub(crate) message: &'a str,
    pub(crate) form_token: &'a str,
}

#[derive(Template)]
#[template(path = "card.html")]
pub(crate) struct CardView<'a> {
    tone: &'static str,
    mark: &'static str,
    word: &'a str,
    title: Option<Html>,
    command: Option<&'a str>,
    context: String,
    body: Vec<BlockView<'a>>,
    buttons: Vec<ButtonView<'a>>,
    footer: Option<Html>,
    pressed: &'a Pressed<'a>,
}

enum BlockView<'a> {
    Paragraph(Html),
    Markdown(Html),
    List(Vec<Html>),
    Tree(Vec<Run<'a>>),
    Facts(Vec<FactView<'a>>),
    Code { text: &'a str, lines: usize },
    Trace(Vec<StepView<'a>>),
    Quote(Html),
    File { name: &'a str, key: &'a str, size: String },
    Link { words: &'a str, url: &'a str },
}

/// Lines of a tree that share a column.
struct Run<'a> {
    depth: u8,
    lines: &'a [TreeLine],
}

struct FactView<'a> {
    name: &'a str,
    identifier: bool,
    text: &'a str,
    words: Html,
}

struct StepView<'a> {
    number: u8,
    layer: &'a str,
    verdict: &'static str,
    word: &'static str,
    note: Html,
    quote: Option<&'a str>,
}

struct ButtonView<'a> {
    id: &'static str,
    style: &'static str,
    label: &'a str,
    target: &'a str,
    value: &'a str,
    confirm: Option<&'a str>,
}

impl<'a> CardView<'a> {
    pub(crate) fn new(card: &'a Card, pressed: &'a Pressed<'a>) -> Self {
        CardView {
            tone: card.state.as_ref().map_or("none", |state| state.tone.as_str()),
            mark: card.state.as_ref().map_or("", |state| state.tone.mark()),
            word: card.state.as_ref().map_or("", |state| state.word.as_str()),
            title: (!card.title.is_empty()).then(|| inline(&card.title)),
            command: card.command.as_deref(),
            context: card.context.join(" · "),
            body: card.body.iter().map(block).collect(),
            buttons: card.buttons.iter().map(button).collect(),
            footer: card.footer.as_deref().map(inline),
            pressed,
        }
    }

    fn headed(&self) -> bool {
        !self.word.is_empty() || self.title.is_some() || self.command.is_some()
    }
}

fn block(block: &Block) -> BlockView<'_> {
    match block {
        Block::Text(text) => BlockView::Paragraph(inline(text)),
        Block::Markdown(text) => BlockView::Markdown(markdown(text)),
        Block::List(items) => BlockView::List(items.iter().map(|item| inline(item)).collect()),
        Block::Tree(lines) => BlockView::Tree(
            lines
                .chunk_by(|a, b| a.depth == b.depth)
                .map(|run| Run { depth: run[0].depth.min(DEEPEST), lines: run })
                .collect(),
        ),
        Block::Facts(facts) => BlockView::Facts(
            facts
                .iter()
                .map(|fact| FactView {
                    name: &fact.name,
                    identifier: fact.identifier,
                    text: &fact.value,
                    words: inline(&fact.value),
                })
                .collect(),
        ),
        Block::Code { text, .. } => BlockView::Code { text, lines: text.lines().count() },
        Block::Trace(lines) => BlockView::Trace(
            lines
                .iter()
                .map(|line| StepView {
                    number: line.number,
                    layer: &line.layer,
                    verdict: line.verdict.as_str(),
                    word: line.verdict.word(),
                    note: inline(&line.note),
                    quote: line.quote.as_deref(),
                })
                .collect(),
        ),
        Block::Quote(text) => BlockView::Quote(inline(text)),
        Block::Link { words, url } => BlockView::Link { words, url },
        Block::File(file) => BlockView::File { name: &file.name, key: &file.key, size: file.size() },
    }
}

fn button(button: &Button) -> ButtonView<'_> {
    ButtonView {
        id: button.id.as_str(),
        style: button.style.as_str(),
        label: &button.label,
        target: &button.target,
        value: button.value.as_deref().unwrap_or_default(),
        confirm: button.confirm.as_deref(),
    }
}
