//! Cards as text: for terminals, logs and tests, and for platforms that know nothing better.

use crate::card::{Block, Card, Fact, TraceLine, TraceVerdict, TreeLine};

/// The widest column that is aligned, in characters; longer names do not push everything else to the right.
const WIDEST_COLUMN: usize = 40;

/// The whole card; every line ends with a line feed, none with a space.
pub fn card(card: &Card) -> String {
    let mut out = Lines(String::new());
    let headed = card.state.is_some() || !card.title.is_empty();
    if headed {
        let state = card.state.as_ref().map(|state| format!("{} {}", state.tone.mark(), state.word));
        let head: Vec<&str> =
            state.as_deref().into_iter().chain(Some(card.title.as_str()).filter(|t| !t.is_empty())).collect();
        let head = head.join(": ");
        match &card.command {
            Some(command) => out.line(0, &format!("{head}   {command}")),
            None => out.line(0, &head),
        }
    }
    if !card.context.is_empty() {
        out.line(0, &card.context.join(" · "));
    }
    if !headed && let Some(command) = &card.command {
        out.line(0, command);
    }
    for block in &card.body {
        write_block(&mut out, block);
    }
    if !card.buttons.is_empty() {
        let labels: Vec<String> = card.buttons.iter().map(|button| format!("[{}]", button.label)).collect();
        out.line(0, &labels.join(" "));
    }
    if let Some(footer) = &card.footer {
        out.line(0, footer);
    }
    out.0
}

/// One block, as [`card`] writes it.
pub fn block(block: &Block) -> String {
    let mut out = Lines(String::new());
    write_block(&mut out, block);
    out.0
}

struct Lines(String);

impl Lines {
    fn line(&mut self, indent: usize, text: &str) {
        let start = self.0.len();
        self.0.extend(std::iter::repeat_n(' ', indent));
        self.0.push_str(text);
        let end = self.0.trim_end_matches(' ').len().max(start);
        self.0.truncate(end);
        self.0.push('\n');
    }

    fn lines(&mut self, lead: &str, text: &str) {
        for line in text.lines() {
            self.line(0, &format!("{lead}{line}"));
        }
    }
}

fn write_block(out: &mut Lines, block: &Block) {
    match block {
        Block::Text(text) | Block::Markdown(text) => out.lines("", text),
        Block::List(items) => items.iter().for_each(|item| out.line(2, &format!("• {item}"))),
        Block::Code { text, .. } => out.lines("  ", text),
        Block::Quote(text) => out.lines("│ ", text),
        Block::Tree(lines) => write_tree(out, lines),
        Block::Facts(facts) => write_facts(out, facts),
        Block::Trace(lines) => write_trace(out, lines),
        Block::Link { words, url } => out.line(2, &format!("{words}: {url}")),
        Block::File(file) => out.line(2, &format!("{} ({})", file.name, file.size())),
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn padded(text: &str, column: usize) -> String {
    format!("{text}{}", " ".repeat(column.saturating_sub(width(text))))
}

fn column<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.map(width).filter(|w| *w <= WIDEST_COLUMN).max().unwrap_or_default()
}

/// Lines that follow each other at one depth and have both name and value share a column.
fn write_tree(out: &mut Lines, lines: &[TreeLine]) {
    for run in lines.chunk_by(|a, b| a.depth == b.depth) {
        let names = column(run.iter().filter(|line| !line.value.is_empty()).map(|line| line.name.as_str()));
        let bullets = run.iter().any(|line| line.bullet);
        for line in run {
            let lead = match (line.bullet, bullets) {
                (true, _) => "• ",
                (false, true) => "  ",
                (false, false) => "",
            };
            let text = match (line.name.is_empty(), line.value.is_empty()) {
                (_, true) => line.name.clone(),
                (true, false) => line.value.clone(),
                (false, false) => format!("{}  {}", padded(&line.name, names), line.value),
            };
            out.line(usize::from(line.depth) * 2, &format!("{lead}{text}"));
        }
    }
}

fn write_facts(out: &mut Lines, facts: &[Fact]) {
    let names = column(facts.iter().map(|fact| fact.name.as_str()));
    for fact in facts {
        out.line(2, &format!("{}  {}", padded(&fact.name, names), fact.value));
    }
}

fn write_trace(out: &mut Lines, lines: &[TraceLine]) {
    let layers = column(lines.iter().map(|line| line.layer.as_str()));
    let words = column(lines.iter().map(|line| line.verdict.word()));
    for line in lines {
        let verdict = match line.verdict {
            TraceVerdict::Noted => String::new(),
            verdict => format!("{}  ", padded(verdict.word(), words)),
        };
        out.line(2, &format!("{} {}  {verdict}{}", line.number, padded(&line.layer, layers), line.note));
        if let Some(quote) = &line.quote {
            out.lines("      ", quote);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_aligns_values_and_indents_by_depth() {
        let lines = vec![
            TreeLine::heading(0, "Pipelines (2)"),
            TreeLine::item(1, "Name", "web"),
            TreeLine::pair(1, "Updated", "2026-01-29"),
            TreeLine::item(1, "Name", "api"),
            TreeLine::heading(1, "Stages"),
            TreeLine::item(2, "", "Build"),
        ];
        let text = card(&Card::default().block(Block::Tree(lines)));
        let expected =
            "Pipelines (2)\n  • Name     web\n    Updated  2026-01-29\n  • Name     api\n    Stages\n    • Build\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn one_long_name_does_not_push_the_others() {
        let long = "x".repeat(60);
        let text = card(&Card::default().block(Block::Facts(vec![Fact::words("a", "1"), Fact::words(&long, "2")])));
        assert_eq!(text, format!("  a  1\n  {long}  2\n"));
    }

    #[test]
    fn a_command_without_headline_has_its_own_line() {
        assert_eq!(card(&Card::default().context("c").command("sns x")), "c\nsns x\n");
        assert_eq!(card(&Card::default()), "");
    }
}
