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
        for character in text.chars() {
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
