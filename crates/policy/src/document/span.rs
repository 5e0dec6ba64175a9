use std::ops::Range;

/// A place in a text: from byte `start` up to, but not including, byte `end`. Two spans are always equal: equality of what was
/// read does not depend on where it stood.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// Just past the last byte.
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

impl Span {
    /// From `start` up to `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// The place before the byte at `offset`.
    pub const fn at(offset: usize) -> Self {
        Span { start: offset, end: offset }
    }

    /// As a range, for slicing.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

/// Something that was read, with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spanned<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Puts a value and its place together.
    pub const fn new(value: T, span: Span) -> Self {
        Spanned { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A line and a column, both from 1. Lines end with LF, CR LF or a lone CR; columns count characters. AWS's policy simulator
/// counts in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Position {
    /// The line and column of a byte offset. An offset past the end gives the end.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut position = Position { line: 1, column: 1 };
        let mut after_return = false;
        for (at, c) in text.char_indices() {
            // The LF of a CR LF belongs to the line that the CR ended.
            let pair = c == '\n' && after_return;
            after_return = c == '\r';
            if at >= offset {
                break;
            }
            if pair {
                continue;
            }
            if c == '\n' || c == '\r' {
                position = Position { line: position.line + 1, column: 1 };
            } else {
                position.column += 1;
            }
        }
        position
    }
}

/// Where the lines of a text begin, for many positions in one text.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Looks through a text once.
    pub fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends = |at: &usize| match bytes.get(*at) {
            Some(b'\n') => true,
            Some(b'\r') => bytes.get(*at + 1) != Some(&b'\n'),
            _ => false,
        };
        let starts = [0].into_iter().chain((0..bytes.len()).filter(ends).map(|at| at + 1));
        Lines { text, starts: starts.collect() }
    }

    /// The line and column of a byte offset, as [`Position::of`] counts them.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or_default();
        let end = self.text.floor_char_boundary(offset.min(self.text.len()));
        // Between the CR and the LF of one line end the next line has begun.
        if self.text.get(..end).is_some_and(|before| before.ends_with('\r'))
            && self.text.get(end..end + 1) == Some("\n")
        {
            return Position { line: line + 1, column: 1 };
        }
        let before = self.text.get(start..end).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_three_ways_and_columns_count_characters() {
        let at = |text, offset| {
            let Position { line, column } = Position::of(text, offset);
            (line, column)
        };
        assert_eq!(at("abc", 0), (1, 1));
        assert_eq!(at("abc", 9), (1, 4));
        assert_eq!(at("a\nb", 2), (2, 1));
        assert_eq!(at("a\rb", 2), (2, 1));
        assert_eq!(at("a\r\nb", 3), (2, 1));
        assert_eq!(at("é€x", 5), (1, 3));
    }

    #[test]
    fn many_positions_are_found_as_one_is() {
        for text in ["", "abc", "a\nb\n", "a\r\nb\r\n", "a\rb\r", "é\r\n€x\n\n\r\ry", "\n\r\n"] {
            let lines = Lines::of(text);
            for offset in (0..text.len() + 3).filter(|at| *at > text.len() || text.is_char_boundary(*at)) {
                assert_eq!(lines.position(offset), Position::of(text, offset), "{text:?} {offset}");
            }
        }
    }
}
