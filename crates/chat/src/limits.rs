//! What no message, card or document may exceed. Whoever reads bytes from outside asks here first.

/// The longest message a person may post, in bytes of UTF-8. Room enough for a command with a policy document.
pub const MESSAGE_BYTES: usize = 16 * 1024;

/// The most text a card may carry, in bytes; [`crate::card::Card::bounded`] cuts what is beyond.
pub const CARD_TEXT_BYTES: usize = 128 * 1024;

/// The largest stored body or event that is read, in bytes of JSON: a bounded card with every character escaped.
pub const STORED_BYTES: usize = 1024 * 1024;

/// The deepest nesting of JSON that is read.
pub const JSON_DEPTH: usize = 32;

/// The longest identifier (message, room, member, thread, target), in bytes.
pub const ID_BYTES: usize = 512;

/// The most lines, facts, list items and buttons a card may have together.
pub const CARD_PARTS: usize = 2000;

/// Something from outside that is larger than a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Too many bytes.
    #[error("{what} is {actual} bytes long; at most {limit} are read")]
    TooLong {
        /// What was too long.
        what: &'static str,
        /// How long it is.
        actual: usize,
        /// How long it may be.
        limit: usize,
    },
    /// JSON nested too deeply.
    #[error("{what} is nested more than {limit} levels deep")]
    TooDeep {
        /// What was too deep.
        what: &'static str,
        /// How deep it may be.
        limit: usize,
    },
    /// Nothing where something is needed.
    #[error("{what} is empty")]
    Empty {
        /// What was empty.
        what: &'static str,
    },
}

/// Checks a length in bytes.
pub fn check_length(what: &'static str, actual: usize, limit: usize) -> Result<(), LimitError> {
    if actual > limit { Err(LimitError::TooLong { what, actual, limit }) } else { Ok(()) }
}

/// Checks an identifier: not empty, at most [`ID_BYTES`].
pub fn check_id(what: &'static str, id: &str) -> Result<(), LimitError> {
    if id.is_empty() { Err(LimitError::Empty { what }) } else { check_length(what, id.len(), ID_BYTES) }
}

/// Checks that JSON text is nested at most [`JSON_DEPTH`] levels, without building anything. Text that is not JSON may
/// pass; the reader finds out.
pub fn check_depth(what: &'static str, json: &[u8]) -> Result<(), LimitError> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                if depth > JSON_DEPTH {
                    return Err(LimitError::TooDeep { what, limit: JSON_DEPTH });
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The first `limit` bytes of a text, cut at a character, and whether anything was cut.
pub fn cut(text: &str, limit: usize) -> (&str, bool) {
    if text.len() <= limit { (text, false) } else { (&text[..text.floor_char_boundary(limit)], true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(check_depth("x", deep(JSON_DEPTH).as_bytes()).is_ok());
        assert!(check_depth("x", deep(JSON_DEPTH + 1).as_bytes()).is_err());
        let quoted = format!(r#"["{}\"{}"]"#, "[".repeat(100), "{".repeat(100));
        assert!(check_depth("x", quoted.as_bytes()).is_ok());
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("aéb", 2), ("a", true));
        assert_eq!(cut("aéb", 3), ("aé", true));
        assert_eq!(cut("aéb", 4), ("aéb", false));
    }

    #[test]
    fn an_id_is_neither_empty_nor_endless() {
        assert!(check_id("a room", "r").is_ok());
        assert!(check_id("a room", "").is_err());
        assert_eq!(
            check_id("a room", &"r".repeat(513)).unwrap_err().to_string(),
            "a room is 513 bytes long; at most 512 are read"
        );
    }
}
