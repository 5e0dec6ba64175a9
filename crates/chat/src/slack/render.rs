//! Cards as Slack messages: Block Kit within Slack's limits. What does not fit is cut, said to be cut, and comes as a file.
//!
//! Source: Slack's documentation, "Block Kit reference" and the limits of Slack's own SDK models.

use serde_json::{Value, json};

use super::interaction::{MENU, OPEN_FORM, button_value};
use super::mrkdwn::{code, cut, escape, fenced, length, literal, short, text, theirs};
use crate::card::{Block, Button, ButtonId, ButtonStyle, Card, Fact, Tone};
use crate::plain;

/// The most blocks of a message.
pub const MAX_BLOCKS: usize = 50;
/// The longest text of a section.
pub const MAX_SECTION: usize = 3_000;
/// The longest text of a context element.
const MAX_CONTEXT: usize = 2_000;
/// The most text of all sections together: longer messages are refused as a whole.
pub const MAX_TEXT: usize = 12_000;
/// The longest label of a button or choice.
pub const MAX_LABEL: usize = 75;
/// The longest value of a button.
pub const MAX_VALUE: usize = 2_000;
/// The longest value of a choice in a menu, and how many there may be.
const MAX_OPTION: usize = 150;
const MAX_OPTIONS: usize = 100;
/// The longest id of an action or block.
pub const MAX_ID: usize = 255;
/// The longest text of a confirmation.
const MAX_CONFIRM: usize = 300;
/// The most buttons of a row.
const MAX_ROW: usize = 25;
/// How many choices are buttons; more are a menu.
const BUTTON_CHOICES: usize = 8;
/// The longest fallback, which notifications and readers that show no blocks are given.
const MAX_FALLBACK: usize = 3_000;
/// Blocks that are kept free for buttons, the footer and the word about what was cut.
const RESERVED: usize = 8;

/// A message as `chat.postMessage` and `chat.update` take it.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What is shown where blocks are not.
    pub text: String,
    /// The blocks; empty when they are attached.
    pub blocks: Vec<Value>,
    /// The blocks beside a bar in the state's colour; empty when there is none.
    pub attachments: Vec<Value>,
    /// The whole text, where the blocks could not hold it.
    pub file: Option<TextFile>,
}

/// A text that is attached to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// The name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// Renders a card.
pub fn message(card: &Card) -> Message {
    let mut page = Page::default();
    head(&mut page, card);
    for block in &card.body {
        page.block(block);
    }
    let cut = page.cut;
    if cut {
        page.small("_Cut to what a message can hold; the whole text is attached._");
    }
    buttons(&mut page, card);
    if let Some(footer) = &card.footer {
        page.small(&text(footer));
    }
    page.blocks.truncate(MAX_BLOCKS);
    let fallback = short(&escape(&card.summary()), MAX_FALLBACK);
    let file = cut.then(|| TextFile {
        name: "answer.txt".to_owned(),
        text: plain::card(&Card { buttons: Vec::new(), footer: None, ..card.clone() }),
    });
    let colour = card.state.as_ref().and_then(|state| colour(state.tone));
    match colour {
        None => Message { text: fallback, blocks: page.blocks, attachments: Vec::new(), file },
        Some(colour) => {
            let attachment = json!({ "color": colour, "fallback": fallback, "blocks": page.blocks });
            // A text beside attachments would be shown above them.
            Message { text: String::new(), blocks: Vec::new(), attachments: vec![attachment], file }
        }
    }
}

/// A card as text alone, for when its blocks are refused.
pub fn text_alone(card: &Card) -> String {
    short(&fenced(&plain::card(card)), MAX_FALLBACK)
}

fn colour(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Good => Some("#2e7d32"),
        Tone::Bad => Some("#c62828"),
        Tone::Caution => Some("#ef6c00"),
        Tone::Waiting | Tone::Neutral => None,
    }
}

/// The blocks of a message that is being written.
#[derive(Default)]
struct Page {
    blocks: Vec<Value>,
    used: usize,
    cut: bool,
}

impl Page {
    fn full(&self) -> bool {
        self.blocks.len() >= MAX_BLOCKS - RESERVED
    }

    /// A section of text in Slack's dialect, which must fit.
    fn section(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if self.full() || self.used >= MAX_TEXT {
            self.cut = true;
            return;
        }
        let room = MAX_SECTION.min(MAX_TEXT - self.used);
        let (kept, was_cut) = cut(text, room);
        self.cut |= was_cut;
        self.used += length(kept);
        self.blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": kept } }));
    }

    /// A line in small type.
    fn small(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let (kept, was_cut) = cut(text, MAX_CONTEXT);
        self.cut |= was_cut;
        self.blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": kept }] }));
    }

    /// Lines as sections, each wrapped on its own; a section ends where a line does, unless one line fills it.
    fn lines(&mut self, lines: impl Iterator<Item = String>, wrap: fn(&str) -> String) {
        // What wrapping adds: fences, and escapes, which are counted after the fact.
        const AROUND: usize = 16;
        let mut held = String::new();
        for line in lines {
            let mut rest = line.as_str();
            loop {
                let fits = |text: &str| length(&wrap(text)) + AROUND <= MAX_SECTION;
                let together = if held.is_empty() { rest.to_owned() } else { format!("{held}\n{rest}") };
                if fits(&together) {
                    held = together;
                    break;
                }
                if !held.is_empty() {
                    self.section(&wrap(&std::mem::take(&mut held)));
                    continue;
                }
                // Escaping makes a text at most five times as long.
                let (piece, _) = cut(rest, (MAX_SECTION - AROUND) / 5);
                self.section(&wrap(piece));
                rest = rest.get(piece.len()..).unwrap_or_default();
            }
            if self.full() || self.used >= MAX_TEXT {
                self.cut = true;
                return;
            }
        }
        if !held.is_empty() {
            self.section(&wrap(&held));
        }
    }

    fn fenced(&mut self, text: &str) {
        let before = self.used;
        let room = MAX_TEXT.saturating_sub(before);
        // A fence that is cut would not be closed: whole lines are left out instead.
        let mut kept = String::new();
        for line in text.lines() {
            if length(&escape(&kept)) + length(&escape(line)) + 64 > room {
                self.cut = true;
                break;
            }
            kept.push_str(line);
            kept.push('\n');
        }
        if kept.is_empty() && !text.is_empty() {
            self.cut = true;
            let (piece, _) = cut(text, room.saturating_sub(64) / 5);
            kept.push_str(piece);
        }
        self.lines(kept.lines().map(str::to_owned), fenced);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(words) => self.lines(words.lines().map(str::to_owned), text),
            Block::Markdown(words) => self.lines(words.lines().map(str::to_owned), theirs),
            Block::List(items) => self.lines(items.iter().map(|item| format!("• {item}")), text),
            Block::Quote(words) => self.lines(words.lines().map(str::to_owned), quoted),
            Block::Facts(facts) => self.facts(facts),
            Block::Tree(_) | Block::Trace(_) => self.fenced(&plain::block(block)),
            Block::Code { text, .. } => self.fenced(text),
            Block::Link { words, url } => self.section(&link(words, url)),
            Block::File(file) => self.small(&format!("{} ({})", code(&file.name), file.size())),
        }
    }

    fn facts(&mut self, facts: &[Fact]) {
        // Written in the card's own convention, so that a section can be made of any lines of it.
        let line = |fact: &Fact| {
            let value = if fact.identifier { code(&fact.value) } else { text(&fact.value.replace('\n', " ")) };
            format!("*{}*  {value}", literal(&fact.name))
        };
        self.lines(facts.iter().map(line), str::to_owned);
    }
}

/// A link in Slack's dialect. What would end it early is written as an address writes it.
fn link(words: &str, url: &str) -> String {
    let url = escape(&url.replace('|', "%7C").replace('<', "%3C").replace('>', "%3E"));
    format!("<{url}|{}>", escape(&words.replace(['|', '\n'], " ")))
}

fn quoted(words: &str) -> String {
    words.lines().map(|line| format!("> {}", text(line))).collect::<Vec<_>>().join("\n")
}

fn head(page: &mut Page, card: &Card) {
    let state = card.state.as_ref().map(|state| format!("*{} {}*", state.tone.mark(), literal(&state.word)));
    let title = Some(card.title.as_str()).filter(|title| !title.is_empty());
    // A headline by itself is bold, unless it has code, which Slack does not show in bold.
    let title = title.map(|title| match (&state, title.contains('`') || title.contains('\n')) {
        (None, false) => format!("*{}*", text(title)),
        _ => text(title),
    });
    let mut line = state.into_iter().chain(title).collect::<Vec<_>>().join("  ");
    let headed = !line.is_empty();
    if !headed {
        page.small(&context(card));
    }
    if let Some(command) = &card.command {
        let long = command.contains('\n') || length(command) > 200;
        match long {
            true => {
                page.section(&std::mem::take(&mut line));
                page.fenced(command);
            }
            false => line.push_str(&format!("  {}", code(command))),
        }
    }
    page.section(line.trim_start());
    if headed {
        page.small(&context(card));
    }
}

fn context(card: &Card) -> String {
    card.context.iter().map(|part| text(part)).collect::<Vec<_>>().join(" · ")
}

/// The buttons in rows; many choices as a menu; for a question also the form.
fn buttons(page: &mut Page, card: &Card) {
    let (choices, others): (Vec<&Button>, Vec<&Button>) =
        card.buttons.iter().partition(|button| button.id == ButtonId::Choose);
    let mut row = Vec::new();
    if choices.len() > BUTTON_CHOICES && choices.iter().all(|choice| fits_menu(choice)) {
        page.blocks.push(menu(&choices));
    } else {
        row.extend(choices.iter().enumerate().filter_map(|(number, choice)| button(choice, Some(number))));
    }
    let asks = |id: ButtonId| others.iter().any(|button| button.id == id);
    if asks(ButtonId::Cancel) && !asks(ButtonId::Run) {
        let label = card.title.split('`').nth(1).unwrap_or("Answer");
        row.push(json!({
            "type": "button", "action_id": OPEN_FORM, "value": short(label, MAX_VALUE),
            "text": { "type": "plain_text", "text": "Answer in a form" },
        }));
    }
    let mut seen: Vec<ButtonId> = Vec::new();
    for other in others {
        let number = seen.iter().filter(|id| **id == other.id).count();
        seen.push(other.id);
        row.extend(button(other, Some(number).filter(|number| *number > 0)));
    }
    for elements in row.chunks(MAX_ROW) {
        page.blocks.push(json!({ "type": "actions", "elements": elements }));
    }
}

fn label(words: &str) -> Value {
    let words = if words.trim().is_empty() { "…" } else { words };
    json!({ "type": "plain_text", "text": short(words, MAX_LABEL), "emoji": false })
}

/// A button; none where its value is longer than a button can carry: such a choice has to be typed.
fn button(button: &Button, number: Option<usize>) -> Option<Value> {
    let value = button_value(&button.target, button.value.as_deref());
    if length(&value) > MAX_VALUE {
        return None;
    }
    let action = match number {
        None => button.id.as_str().to_owned(),
        Some(number) => format!("{}:{number}", button.id.as_str()),
    };
    let mut out = json!({ "type": "button", "action_id": action, "text": label(&button.label), "value": value });
    match button.style {
        ButtonStyle::Plain => {}
        ButtonStyle::Primary => out["style"] = json!("primary"),
        ButtonStyle::Danger => out["style"] = json!("danger"),
    }
    if let Some(question) = &button.confirm {
        out["confirm"] = json!({
            "title": { "type": "plain_text", "text": short(&button.label, 100) },
            "text": { "type": "plain_text", "text": short(question, MAX_CONFIRM) },
            "confirm": { "type": "plain_text", "text": short(&button.label, 30) },
            "deny": { "type": "plain_text", "text": "Back" },
        });
    }
    Some(out)
}

fn fits_menu(choice: &Button) -> bool {
    let value = choice.value.as_deref().unwrap_or_default();
    !value.is_empty() && length(value) <= MAX_OPTION && MENU.len() + length(&choice.target) <= MAX_ID
}

fn menu(choices: &[&Button]) -> Value {
    let target = choices.first().map_or("", |choice| choice.target.as_str());
    let options: Vec<Value> = choices
        .iter()
        .take(MAX_OPTIONS)
        .map(|choice| json!({ "text": label(&choice.label), "value": choice.value }))
        .collect();
    json!({
        "type": "actions", "block_id": format!("{MENU}{target}"),
        "elements": [{
            "type": "static_select", "action_id": ButtonId::Choose.as_str(),
            "placeholder": { "type": "plain_text", "text": "Choose" }, "options": options,
        }],
    })
}

#[cfg(test)]
mod tests;
