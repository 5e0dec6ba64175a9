use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::model::Text;

/// A pattern of the model, compiled when it is first used.
#[derive(Debug, Default)]
pub struct CompiledPattern(OnceLock<Option<Regex>>);

impl CompiledPattern {
    /// Whether the whole text matches. The models' patterns are Java's; one that this engine cannot express (with a look
    /// ahead) allows everything, and is left to whoever serves the call.
    pub(crate) fn allows(&self, pattern: &Option<Text>, text: &str) -> bool {
        let Some(pattern) = pattern else { return true };
        self.0.get_or_init(|| compile(pattern)).as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

// Compiling changes no meaning, so it is no part of a copy or a comparison.
impl Clone for CompiledPattern {
    fn clone(&self) -> Self {
        CompiledPattern::default()
    }
}

impl PartialEq for CompiledPattern {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Whether a whole text matches a model's pattern; one that this engine cannot express matches everything.
pub fn matches(pattern: &str, text: &str) -> bool {
    compile(pattern).is_none_or(|regex| regex.is_match(text))
}

pub(super) fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&format!(r"\A(?:{})\z", ascii_classes(pattern))).size_limit(4 << 20).build().ok()
}

/// In Java `\w`, `\d` and `\s` are of ASCII.
fn ascii_classes(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len() + 16);
    let mut chars = pattern.chars();
    while let Some(next) = chars.next() {
        if next != '\\' {
            plain.push(next);
            continue;
        }
        match chars.next() {
            Some('w') => plain.push_str("[0-9A-Za-z_]"),
            Some('W') => plain.push_str("[^0-9A-Za-z_]"),
            Some('d') => plain.push_str("[0-9]"),
            Some('D') => plain.push_str("[^0-9]"),
            Some('s') => plain.push_str(r"[ \t\n\x0B\f\r]"),
            Some('S') => plain.push_str(r"[^ \t\n\x0B\f\r]"),
            Some(other) => {
                plain.push('\\');
                plain.push(other);
            }
            None => plain.push('\\'),
        }
    }
    plain
}
