//! The blocks of a card's body as elements.

use super::Block;
use crate::card::{Card, Fact, TraceLine};
use crate::plain;
use serde_json::{Map, Value, json};

/// The most lines that are elements of their own; more are shown as one block of code.
const MAX_LINES: usize = 60;
/// The largest code that is repeated for clients without code blocks, in bytes.
const MAX_FALLBACK: usize = 2 * 1024;

/// A run of text in one style. It has no markup.
pub(super) struct Run(Map<String, Value>);

impl Run {
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text: String = text.into();
        Run(Map::from_iter([("type".to_owned(), json!("TextRun")), ("text".to_owned(), json!(text))]))
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn bold(self) -> Self {
        self.with("weight", json!("Bolder"))
    }

    pub(super) fn monospace(self) -> Self {
        self.with("fontType", json!("Monospace"))
    }

    pub(super) fn color(self, color: &str) -> Self {
        self.with("color", json!(color))
    }
}

/// A paragraph of runs.
pub(super) fn rich(runs: Vec<Run>, spacing: &str) -> Value {
    let runs: Vec<Value> = runs.into_iter().map(|run| Value::Object(run.0)).collect();
    json!({"type": "RichTextBlock", "spacing": spacing, "inlines": runs})
}

/// Text with our one convention: what stands between two backticks is monospace.
pub(super) fn runs(text: &str, style: &[(&str, Value)]) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut rest = text;
    let styled = |text: &str| style.iter().fold(Run::new(text), |run, (name, value)| run.with(name, value.clone()));
    while let Some((before, after)) = rest.split_once('`') {
        let Some((inside, next)) = after.split_once('`') else { break };
        if !before.is_empty() {
            runs.push(styled(before));
        }
        runs.push(styled(inside).monospace());
        rest = next;
    }
    if !rest.is_empty() || runs.is_empty() {
        runs.push(styled(rest));
    }
    runs
}

/// A block as elements.
pub(super) fn elements(block: &Block) -> Vec<Value> {
    match block {
        Block::Text(text) => lines(text, "", |line| runs(line, &[])),
        Block::Markdown(text) => vec![json!({"type": "TextBlock", "text": text, "wrap": true, "spacing": "Small"})],
        Block::List(items) => items
            .iter()
            .map(|item| {
                let mut bulleted = vec![Run::new("•\u{a0}")];
                bulleted.extend(runs(item, &[]));
                rich(bulleted, "None")
            })
            .collect(),
        Block::Tree(_) => tree(block),
        Block::Facts(facts) => vec![self::facts(facts)],
        Block::Code { text, language } => vec![code(text, language.as_deref())],
        Block::Trace(lines) => vec![trace(lines)],
        Block::Quote(text) => {
            let items = lines(text, "", |line| vec![Run::new(line).with("italic", json!(true))]);
            vec![json!({"type": "Container", "style": "emphasis", "spacing": "Small", "items": items})]
        }
        // The address is an action's, not text: nothing of it is read as markup.
        Block::Link { words, url } => {
            let run = Run::new(words.clone()).with("selectAction", json!({"type": "Action.OpenUrl", "url": url}));
            vec![rich(vec![run.with("underline", json!(true)).color("Accent")], "Small")]
        }
        Block::File(file) => {
            let runs = vec![Run::new(file.name.clone()).monospace(), Run::new(format!(" ({})", file.size()))];
            vec![rich(runs, "Small")]
        }
    }
}

/// One paragraph per line: a run does not break.
fn lines(text: &str, lead: &str, each: impl Fn(&str) -> Vec<Run>) -> Vec<Value> {
    let paragraph = |(index, line): (usize, &str)| {
        let line = format!("{lead}{line}");
        rich(each(&line), if index == 0 { "Small" } else { "None" })
    };
    text.lines().enumerate().map(paragraph).collect()
}

/// A tree as lines in monospace. Padding is of spaces that do not break, since others are drawn together.
fn tree(block: &Block) -> Vec<Value> {
    let text = plain::card(&Card::default().block(block.clone()));
    if text.lines().count() > MAX_LINES {
        return vec![code(&text, None)];
    }
    lines(&text, "", |line| vec![Run::new(firm(line)).monospace()])
}

/// Leading spaces, and those that stand together, as spaces that are kept.
fn firm(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut before = ' ';
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let together = before == ' ' || characters.peek() == Some(&' ');
        out.push(if character == ' ' && together { '\u{a0}' } else { character });
        before = character;
    }
    out
}

/// Names and values: as Teams' own form of facts, or, where a value holds what Teams would take for markup, as a table.
fn facts(facts: &[Fact]) -> Value {
    let neutral = |text: &str| !text.contains(['*', '_', '[', ']', '\\', '`', '~', '<', '>', '#', '&', '\n']);
    if facts.iter().all(|fact| neutral(&fact.name) && neutral(&fact.value) && !fact.identifier) {
        let facts: Vec<Value> = facts.iter().map(|fact| json!({"title": fact.name, "value": fact.value})).collect();
        return json!({"type": "FactSet", "spacing": "Small", "facts": facts});
    }
    let row = |fact: &Fact| {
        let value =
            if fact.identifier { vec![Run::new(fact.value.clone()).monospace()] } else { runs(&fact.value, &[]) };
        vec![vec![Run::new(fact.name.clone()).bold()], value]
    };
    table(&[1, 3], facts.iter().map(row).collect())
}

/// The layers of a decision: number, layer, verdict with its note. A quoted statement has a row of its own below.
fn trace(lines: &[TraceLine]) -> Value {
    let mut rows = Vec::new();
    for line in lines {
        let word = line.verdict.word();
        let mut said = Vec::new();
        if !word.is_empty() {
            said.push(Run::new(word).bold());
        }
        if !line.note.is_empty() {
            let gap = if said.is_empty() { "" } else { "  " };
            said.push(Run::new(format!("{gap}{}", line.note)));
        }
        if said.is_empty() {
            said.push(Run::new(""));
        }
        rows.push(vec![vec![Run::new(line.number.to_string())], runs(&line.layer, &[]), said]);
        if let Some(quote) = &line.quote {
            rows.push(vec![vec![Run::new("")], vec![Run::new("")], vec![Run::new(quote.clone()).monospace()]]);
        }
    }
    table(&[1, 6, 12], rows)
}

fn table(widths: &[u32], rows: Vec<Vec<Vec<Run>>>) -> Value {
    let columns: Vec<Value> = widths.iter().map(|width| json!({"width": width})).collect();
    let cell = |runs: Vec<Run>| json!({"type": "TableCell", "items": [rich(runs, "None")]});
    let row =
        |cells: Vec<Vec<Run>>| json!({"type": "TableRow", "cells": cells.into_iter().map(cell).collect::<Vec<_>>()});
    let rows: Vec<Value> = rows.into_iter().map(row).collect();
    json!({"type": "Table", "spacing": "Small", "columns": columns, "firstRowAsHeader": false, "showGridLines": false, "rows": rows})
}

/// Code as Teams shows it; the mobile clients, which do not, get its lines, or where it is long a word about it.
fn code(text: &str, language: Option<&str>) -> Value {
    let language = match language {
        Some("json") => "Json",
        Some("bash" | "sh") => "Bash",
        Some("xml") => "XML",
        _ => "PlainText",
    };
    let fallback = if text.len() <= MAX_FALLBACK {
        let items = lines(text, "", |line| vec![Run::new(firm(line)).monospace()]);
        json!({"type": "Container", "items": items})
    } else {
        json!({"type": "TextBlock", "wrap": true, "text": "This client does not show code; open the message on a desktop."})
    };
    json!({"type": "CodeBlock", "spacing": "Small", "codeSnippet": text, "language": language, "fallback": fallback})
}
