use std::fmt::Write as _;

/// Writes XML into a string. Characters that XML has no way to write are replaced and remembered.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
    unwritable: bool,
}

impl Writer {
    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            self.escaped(value, true);
            self.out.push('"');
        }
        self.out.push('>');
    }

    pub(crate) fn close(&mut self, name: &str) {
        let _ = write!(self.out, "</{name}>");
    }

    /// An element that holds only text.
    pub(crate) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.escaped(text, false);
        self.close(name);
    }

    fn escaped(&mut self, text: &str, attribute: bool) {
        // Most of a text stands for itself; U+FFFE and U+FFFF begin with 0xEF.
        let special = |byte: u8| matches!(byte, 0..=0x1f | b'&' | b'<' | b'>' | b'"' | 0xef);
        let mut rest = text;
        while let Some((plain, after)) = rest.bytes().position(special).and_then(|at| rest.split_at_checked(at)) {
            self.out.push_str(plain);
            let mut after = after.chars();
            let Some(character) = after.next() else { break };
            rest = after.as_str();
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if attribute => self.out.push_str("&quot;"),
                // A reader turns these into other white space when they are written as they are.
                '\r' => self.out.push_str("&#xD;"),
                '\n' | '\t' if attribute => {
                    let _ = write!(self.out, "&#x{:X};", u32::from(character));
                }
                '\n' | '\t' => self.out.push(character),
                '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                    self.unwritable = true;
                    self.out.push('\u{fffd}');
                }
                other => self.out.push(other),
            }
        }
        self.out.push_str(rest);
    }

    /// Adds what another writer wrote.
    pub(crate) fn append(&mut self, other: Writer) {
        self.unwritable |= other.unwritable;
        self.out.push_str(&other.out);
    }

    /// Whether a character was replaced because XML 1.0 cannot hold it.
    pub(crate) fn lost_characters(&self) -> bool {
        self.unwritable
    }

    pub(crate) fn into_string(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_gives_a_meaning_is_escaped_and_the_rest_stands_for_itself() {
        for (text, expected, lost) in [
            ("", "", false),
            ("plain é \u{efff} text", "plain é \u{efff} text", false),
            ("<a & b>", "&lt;a &amp; b&gt;", false),
            ("\"\r\n\t", "\"&#xD;\n\t", false),
            ("a\u{0}b\u{ffff}c\u{fffe}", "a\u{fffd}b\u{fffd}c\u{fffd}", true),
            // The byte that marks the two characters XML cannot hold begins others, too.
            ("\u{f000}\u{fffd}&", "\u{f000}\u{fffd}&amp;", false),
        ] {
            let mut writer = Writer::default();
            writer.leaf("T", &[], text);
            assert_eq!(writer.lost_characters(), lost, "{text:?}");
            assert_eq!(writer.into_string(), format!("<T>{expected}</T>"), "{text:?}");
        }
        let mut writer = Writer::default();
        writer.leaf("T", &[("a", "\"\n")], "");
        assert_eq!(writer.into_string(), "<T a=\"&quot;&#xA;\"></T>");
    }
}
