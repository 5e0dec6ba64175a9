//! Rulings, answers and mistakes as cards.

use bailiwick_authority::{Changer, Ruling, StepState, quoted};
use bailiwick_chat::cards::{self, Ran, Refusal};
use bailiwick_chat::{Block, Button, ButtonId, Card, File, Tone, TraceLine, TraceVerdict, TreeLine};
use bailiwick_command::help::Help;
use bailiwick_command::output::tree::{Line, Tree, Window};
use bailiwick_command::output::{self, Format, ShowError};
use bailiwick_command::pages::Whole;
use bailiwick_command::parse::{Mistake, Options};
use serde_json::Value as Json;

use crate::kept;

/// The refusal of a ruling: one sentence, the facts, who can change it.
pub(crate) fn refusal(ruling: &Ruling, command: &str, approval_helps: bool) -> Card {
    let stopped = ruling.stopped_by().unwrap_or_default();
    let (layer, says) = stopped.split_once(": ").unwrap_or((stopped.as_str(), ""));
    // The headline may be just what the layer says.
    let says = if says == ruling.sentence() { "" } else { says };
    let refusal = Refusal {
        because: sentence(&ruling.sentence()),
        asked: ruling.asked(),
        layer: layer.to_owned(),
        stopped: says.to_owned(),
        can_change: changers(&ruling.can_change),
        approval_helps,
    };
    cards::refusal(&refusal, command)
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

fn changers(changers: &[Changer]) -> String {
    let one = |changer: &Changer| match changer.names.as_slice() {
        [] => changer.role.clone(),
        names => format!("{}: {}", changer.role, names.join(", ")),
    };
    changers.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Every layer of a ruling, one line each.
pub(crate) fn trace(ruling: &Ruling) -> Card {
    let lines = ruling.steps.iter().map(|step| {
        let verdict = match step.state {
            StepState::NotDecidedHere => TraceVerdict::NotDecided,
            StepState::NotThere => TraceVerdict::NotThere,
            StepState::Passed => TraceVerdict::Passed,
            StepState::Stopped => TraceVerdict::Stopped,
        };
        let note = match &step.value {
            Some(value) => format!("{} ({value})", step.text),
            None => step.text.clone(),
        };
        let line = TraceLine::new(step.number, &step.name, verdict, note);
        match &step.statement {
            Some(statement) => line.quote(lines(statement, &ruling.asked())),
            None => line,
        }
    });
    let card = cards::trace(&ruling.asked(), lines.collect());
    match ruling.residual.as_slice() {
        [] => card,
        needed => {
            let what =
                |needed: &String| needed.split_once(" needs ").map_or(needed.clone(), |(_, what)| what.to_owned());
            let needed: Vec<String> = needed.iter().map(what).collect();
            card.text(format!("It would be allowed with: {}.", needed.join("; ")))
        }
    }
}

/// A statement as a trace quotes it: never more than a few lines.
fn lines(statement: &str, asked: &str) -> String {
    const LONG: usize = 600;
    match bailiwick_chat::limits::cut(&quoted(statement, asked), LONG) {
        (cut, true) => format!("{cut} ..."),
        (whole, false) => whole.to_owned(),
    }
}

/// The longest text that stands in a card whole, in bytes; a longer one comes as a file, too.
const INLINE: usize = 4_000;

/// How answers of one command are shown.
pub(crate) struct Answer<'a> {
    /// What ran.
    pub(crate) ran: &'a Ran,
    /// The command's id.
    pub(crate) target: &'a str,
    /// The operation's name in the API.
    pub(crate) operation: &'a str,
}

/// An answer as a card, and what is kept of it.
pub(crate) struct Answered {
    pub(crate) card: Card,
    /// The whole answer as JSON text.
    pub(crate) json: String,
    /// The exact text that was asked for, with the key under which it is kept, where the card names it as a file.
    pub(crate) text: Option<(String, String)>,
}

impl Answer<'_> {
    /// The answer of a call: the readable tree, or exactly what the AWS CLI prints when a format or a query was asked for.
    pub(crate) fn of(&self, options: &Options, whole: &Whole, paged: bool) -> Answered {
        let json = output::render(Format::Json, self.operation, &whole.response).unwrap_or_default();
        let Some(format) = options.output.or(options.query.as_ref().map(|_| Format::Json)) else {
            let card = self.part(&whole.response, paged, Window::default(), json.len());
            return Answered { card, json, text: None };
        };
        let raw = Button::new(ButtonId::RawJson, self.target);
        let (card, text) = match output::render_whole(format, self.operation, whole, options.query.as_ref()) {
            Ok(exact) if exact.len() > INLINE && exact.len() <= kept::LONGEST => {
                let (extension, media_type) = match format {
                    Format::Json => ("json", "application/json"),
                    Format::Yaml => ("yaml", "application/yaml"),
                    Format::Text | Format::Table => ("txt", "text/plain; charset=utf-8"),
                };
                let key = format!("{}.text", self.target);
                let file = self.file(extension, media_type, exact.len(), key.clone());
                let card = cards::answer_exact(self.ran, exact.clone(), Some(format.as_str()), self.target);
                (card.block(Block::File(file)), Some((key, exact)))
            }
            Ok(exact) => (cards::answer_exact(self.ran, exact, Some(format.as_str()), self.target), None),
            Err(ShowError::Query(error)) => {
                let card = Card::titled(format!("{error}.")).state(Tone::Bad, "The query failed");
                (card.text("The call itself ran; Raw JSON has its answer.").button(raw), None)
            }
            Err(error) => (Card::titled(format!("{error}.")).state(Tone::Bad, "Not shown").button(raw), None),
        };
        Answered { card, json, text }
    }

    /// A part of an answer as a tree, with a button for the part after it. `bytes` is the length of the whole as JSON.
    pub(crate) fn part(&self, response: &Json, paged: bool, window: Window, bytes: usize) -> Card {
        let (token, response) = match (paged, response) {
            (true, Json::Object(map)) if map.contains_key("NextToken") => {
                let mut without = map.clone();
                without.shift_remove("NextToken");
                (true, &Json::Object(without))
            }
            _ => (false, response),
        };
        let tree = Tree::of(response, window);
        let mut card = cards::answer_tree(self.ran, tree_lines(&tree.lines), self.target);
        let next = tree.page.and_then(|page| page.next()).map(|window| window.first.to_string());
        let next = next.or_else(|| token.then(|| FOLLOWING.to_owned()));
        if let Some(next) = &next {
            card.buttons.insert(0, Button::new(ButtonId::More, self.target).value(next));
        }
        if tree.page.is_none() && !tree.cut && !token {
            return card;
        }
        let shown = match (tree.page, token) {
            (Some(page), true) => format!("{page} that were asked for; there are more after them"),
            (Some(page), false) => page.to_string(),
            (None, true) => "there is more after this".to_owned(),
            (None, false) => "cut".to_owned(),
        };
        match bytes > kept::LONGEST {
            true => {
                card.footer(format!("{shown}; too long to be kept whole, narrow it with `--query` or `--max-items`"))
            }
            false => {
                let file = self.file("json", "application/json", bytes, self.target.to_owned());
                card.block(Block::File(file)).footer(shown)
            }
        }
    }

    /// The whole answer as a file of the message.
    pub(crate) fn file(&self, extension: &str, media_type: &str, bytes: usize, key: String) -> File {
        File {
            name: format!("{}.{extension}", self.ran.command.replace(' ', "-")),
            media_type: media_type.to_owned(),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            key,
        }
    }

    /// The whole answer as JSON: in the card where it is short, else as its file.
    pub(crate) fn raw(&self, json: String) -> Card {
        if json.len() <= INLINE {
            return Card::default().block(Block::json(json));
        }
        let file = self.file("json", "application/json", json.len(), self.target.to_owned());
        Card::default().block(Block::json(json)).block(Block::File(file))
    }
}

/// What a button carries that shows what follows the pages that were asked for.
pub(crate) const FOLLOWING: &str = "following";

/// The lines of a card's tree. An item without a name of its own begins with its first member instead of a lone dash.
fn tree_lines(lines: &[Line]) -> Vec<TreeLine> {
    let mut out: Vec<TreeLine> = Vec::with_capacity(lines.len());
    for line in lines.iter().map(tree_line) {
        match out.last_mut() {
            Some(last) if last.bullet && last.name == "-" && last.value.is_empty() => {
                *last = TreeLine { depth: last.depth, bullet: true, ..line };
            }
            _ => out.push(line),
        }
    }
    out
}

fn tree_line(line: &Line) -> TreeLine {
    let mut spans = line.spans.iter().map(|span| span.text.as_str());
    let first = spans.next().unwrap_or_default();
    TreeLine {
        depth: u8::try_from(line.indent).unwrap_or(u8::MAX),
        bullet: line.bullet,
        name: first.trim_end_matches(':').to_owned(),
        value: spans.collect::<Vec<_>>().join("  "),
    }
}

/// A command that was not understood.
pub(crate) fn mistake(mistake: &Mistake) -> Card {
    let problem = match mistake.understood.as_str() {
        "" => format!("{}.", mistake.wrong),
        understood => format!("{understood}: {}.", mistake.wrong),
    };
    let suggestions: Vec<String> = mistake.suggestion.iter().map(|command| format!("@aws {command}")).collect();
    cards::mistake(&problem, &suggestions)
}

/// A page of help.
pub(crate) fn help(help: &Help) -> Card {
    Card::titled("Help").block(Block::Code { text: help.to_text(), language: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_quoted_in_a_few_lines() {
        assert_eq!(lines("not json", "sns:Publish"), "not json");
        assert!(lines(&"x".repeat(5_000), "sns:Publish").len() < 700);
    }
}
