//! Findings in the text they are about.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use bailiwick_policy::document::Lines;
use bailiwick_policy::{Diagnostic, Severity};

use super::Checked;

/// How many findings of one document are drawn.
const DRAWN: usize = 100;
/// How many lines of a finding are drawn; of a longer one the first.
const LINES: usize = 12;
/// How many bytes are drawn before and after a finding: a document may be one long line.
const AROUND: usize = 240;

pub(super) fn text(checked: &Checked, colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let text = &checked.source.text;
    let starts: Vec<usize> = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let lines = Lines::of(text);
    let mut out = String::new();
    for finding in checked.findings.iter().take(DRAWN) {
        out.push_str(&renderer.render(&[group(checked, &starts, &lines, finding)]));
        out.push_str("\n\n");
    }
    let more = checked.findings.len().saturating_sub(DRAWN);
    if more > 0 {
        out.push_str(&format!("... and {more} more; `--format json` lists all\n\n"));
    }
    out
}

/// A finding with the lines it is about: drawing reads the text it is given from start to end.
fn group<'a>(checked: &'a Checked, starts: &[usize], lines: &Lines<'_>, finding: &'a Diagnostic) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let text = &checked.source.text;
    let Range { start, end } = range(text, finding);
    let first = starts.partition_point(|line| *line <= start).max(1);
    let last = starts.partition_point(|line| *line < end).clamp(first, first + LINES - 1);
    let from = starts.get(first - 1).copied().unwrap_or_default();
    let to = starts.get(last).map_or(text.len(), |next| next - 1);
    let end = end.min(to).max(start);
    let from = text.floor_char_boundary(from.max(start.saturating_sub(AROUND)));
    let to = text.floor_char_boundary(to.min(end.saturating_add(AROUND)));
    let place = AnnotationKind::Primary.span(start - from..end - from);
    let snippet = Snippet::source(text.get(from..to).unwrap_or_default()).line_start(first).annotation(place);
    let at = lines.position(start);
    let origin = Origin::path(&checked.source.name).line(at.line).char_column(at.column);
    let group = level.primary_title(&finding.message).id(finding.code).element(origin).element(snippet);
    match &finding.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

/// The place of a finding as a part of the text, whatever it says.
fn range(text: &str, finding: &Diagnostic) -> Range<usize> {
    let floor = |offset: usize| text.floor_char_boundary(offset.min(text.len()));
    let start = floor(finding.span.start);
    start..floor(finding.span.end).max(start)
}
