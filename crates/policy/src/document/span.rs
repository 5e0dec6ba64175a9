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
}
