//! Findings in the text they are about.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use bailiwick_policy::{Diagnostic, Severity};

use super::Checked;

/// How many findings of one document are drawn.
const DRAWN: usize = 100;
/// How many bytes are read for it: drawing reads the whole text each time.
const READ: usize = 16 << 20;

pub(super) fn text(checked: &Checked, colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let drawn = DRAWN.min(READ / checked.source.text.len().max(1));
    let mut out = String::new();
    for finding in checked.findings.iter().take(drawn) {
        out.push_str(&renderer.render(&[group(checked, finding)]));
        out.push_str("\n\n");
    }
    let more = checked.findings.len().saturating_sub(drawn);
    if more > 0 {
        out.push_str(&format!("... and {more} more; `--format json` lists all\n\n"));
    }
    out
}

fn group<'a>(checked: &'a Checked, finding: &'a Diagnostic) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let place = AnnotationKind::Primary.span(range(&checked.source.text, finding));
    let snippet = Snippet::source(&checked.source.text).path(&checked.source.name).annotation(place);
    let group = level.primary_title(&finding.message).id(finding.code).element(snippet);
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
