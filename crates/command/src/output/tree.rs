//! The form in which an answer is read in a room: a title with its count, bullets, aligned columns, identifiers whole.
//!
//! The result is neutral. A face draws [`Line`]s in its own way: a monospaced block pads each span by [`Span::pad`], a page
//! turns [`Role::Identifier`] into something that is copied with one click. [`Tree::to_text`] is the plain form.

mod build;
#[cfg(test)]
mod tests;

use super::wide::columns;
use serde_json::Value;
use std::fmt;

/// The most lines of a tree; an answer beyond it is cut and says so.
pub const MAX_LINES: usize = 400;

/// Which part of the answer's main list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first item that is shown, counted from zero.
    pub first: usize,
    /// How many items are shown at most, at least one.
    pub size: usize,
}

impl Default for Window {
    fn default() -> Self {
        Window { first: 0, size: 10 }
    }
}

/// The part of the main list that a tree shows, when it does not show all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The first item shown, counted from one.
    pub first: usize,
    /// The last item shown, counted from one.
    pub last: usize,
    /// How many there are.
    pub total: usize,
}

impl Page {
    /// The window after this one, if there is more.
    pub fn next(&self) -> Option<Window> {
        (self.last < self.total).then(|| Window { first: self.last, size: (self.last + 1).saturating_sub(self.first) })
    }

    /// The window before this one, if this is not the first.
    pub fn previous(&self, size: usize) -> Option<Window> {
        (self.first > 1).then(|| Window { first: (self.first - 1).saturating_sub(size), size })
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "items {} to {} of {}", self.first, self.last, self.total)
    }
}

/// What a span says, so that a face can give it its look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// An ARN, id or other long name; whole, to be copied.
    Identifier,
    /// The name of a member.
    Label,
    /// What the thing is called.
    Name,
    /// Said about the answer, not part of it.
    Note,
    /// A value.
    Text,
    /// The title of a list or structure, with its count.
    Title,
}

/// A run of text with one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text, on one line.
    pub text: String,
    /// What it says.
    pub role: Role,
    /// Spaces after it in a monospaced drawing, so that columns align.
    pub pad: usize,
}

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// How deep it stands; one level is two spaces.
    pub indent: usize,
    /// It begins an item of a list.
    pub bullet: bool,
    /// Its text, from left to right.
    pub spans: Vec<Span>,
}

/// An answer, drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    /// The lines, from top to bottom.
    pub lines: Vec<Line>,
    /// What of the main list is shown; nothing when it is shown whole or there is none.
    pub page: Option<Page>,
    /// The tree was cut at [`MAX_LINES`]; the whole answer is to be had as an attachment.
    pub cut: bool,
}

impl Tree {
    /// Draws a response, as [`super::parsed_response`] or a query made it. An empty answer has no lines.
    pub fn of(response: &Value, window: Window) -> Tree {
        build::build(response, window)
    }

    /// The tree in plain text with two spaces of indent, `•` for bullets, and the page's range as its last line.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for line in &self.lines {
            out.push_str(&line.to_text());
            out.push('\n');
        }
        if let Some(page) = &self.page {
            out.push_str(&format!("{page}\n"));
        }
        out
    }
}

impl Line {
    /// The line in plain text, without a newline.
    pub fn to_text(&self) -> String {
        let mut out = "  ".repeat(self.indent);
        if self.bullet {
            out.push_str("• ");
        }
        for span in &self.spans {
            out.push_str(&span.text);
            out.extend(std::iter::repeat_n(' ', span.pad));
        }
        out.trim_end().to_owned()
    }
}

impl Span {
    fn new(role: Role, text: impl Into<String>) -> Span {
        Span { text: text.into(), role, pad: 0 }
    }

    fn width(&self) -> usize {
        columns(&self.text)
    }
}
