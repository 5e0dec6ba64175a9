use super::{JsonError, MAX_BYTES, MAX_DEPTH};
use crate::Span;
use std::borrow::Cow;

/// What the next value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

impl Kind {
    /// The kind in words, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "a list",
            Kind::Object => "an object",
        }
    }
}

/// Reads JSON value by value, in the order of the text; builds nothing by itself.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Result<Self, JsonError> {
        if text.len() > MAX_BYTES {
            let message = format!("the text is larger than {MAX_BYTES} bytes");
            return Err(JsonError { span: Span::at(MAX_BYTES), message });
        }
        Ok(Reader { text, at: 0, depth: 0 })
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, JsonError> {
        Err(JsonError { span: Span::at(self.at), message: message.into() })
    }

    fn skip_space(&mut self) {
        while matches!(self.bytes().get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The kind of the next value; does not move past it.
    pub(crate) fn peek(&mut self) -> Result<Kind, JsonError> {
        self.skip_space();
        match self.bytes().get(self.at) {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(_) => self.error("expected a JSON value"),
            None => self.error("the text ends where a JSON value is expected"),
        }
    }

    /// `true`, `false` or `null`.
    pub(crate) fn literal(&mut self) -> Result<(&'a str, Span), JsonError> {
        self.skip_space();
        let rest = self.text.get(self.at..).unwrap_or_default();
        for word in ["true", "false", "null"] {
            if rest.starts_with(word) {
                let start = self.at;
                self.at += word.len();
                return Ok((word, Span::new(start, self.at)));
            }
        }
        self.error("expected true, false or null")
    }

    /// A number, as written.
    pub(crate) fn number(&mut self) -> Result<(&'a str, Span), JsonError> {
        self.skip_space();
        let start = self.at;
        self.at += usize::from(self.bytes().get(self.at) == Some(&b'-'));
        let whole = self.digits();
        let leading_zero = whole > 1 && self.bytes().get(self.at - whole) == Some(&b'0');
        if whole == 0 || leading_zero {
            return self.error("a JSON number has digits and no leading zero");
        }
        if self.bytes().get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.error("a JSON number has digits after its point");
            }
        }
        if matches!(self.bytes().get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.bytes().get(self.at), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return self.error("a JSON number has digits in its exponent");
            }
        }
        Ok((self.text.get(start..self.at).unwrap_or_default(), Span::new(start, self.at)))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.bytes().get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    /// A string; borrowed from the text when it has no escapes.
    pub(crate) fn string(&mut self) -> Result<(Cow<'a, str>, Span), JsonError> {
        self.skip_space();
        let start = self.at;
        if self.bytes().get(self.at) != Some(&b'"') {
            return self.error("expected a string");
        }
        self.at += 1;
        let mut run = self.at;
        let mut owned: Option<String> = None;
        loop {
            self.at += plain_run(self.bytes().get(self.at..).unwrap_or_default());
            match self.bytes().get(self.at) {
                Some(b'"') => {
                    let tail = self.text.get(run..self.at).unwrap_or_default();
                    self.at += 1;
                    let text = match owned {
                        None => Cow::Borrowed(tail),
                        Some(mut text) => {
                            text.push_str(tail);
                            Cow::Owned(text)
                        }
                    };
                    return Ok((text, Span::new(start, self.at)));
                }
                Some(b'\\') => {
                    let text = owned.get_or_insert_default();
                    text.push_str(self.text.get(run..self.at).unwrap_or_default());
                    let c = self.escape()?;
                    owned.get_or_insert_default().push(c);
                    run = self.at;
                }
                Some(_) => return self.error("control characters in strings are written as escapes"),
                None => return self.error("the text ends within a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.at += 1;
        let c = match self.bytes().get(self.at) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return self.error("unknown escape in a string"),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if self.text.get(self.at..self.at + 2) != Some("\\u") {
                    return self.error("half of a surrogate pair in a string");
                }
                self.at += 1;
                match self.unit()? {
                    second @ 0xDC00..=0xDFFF => 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00),
                    _ => return self.error("half of a surrogate pair in a string"),
                }
            }
            code => code,
        };
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => self.error("half of a surrogate pair in a string"),
        }
    }

    /// Four hexadecimal digits after the `u` the reader stands on.
    fn unit(&mut self) -> Result<u32, JsonError> {
        let digits = self.bytes().get(self.at + 1..self.at + 5).unwrap_or_default();
        if digits.len() != 4 {
            return self.error("\\u is followed by four hexadecimal digits");
        }
        let mut code = 0;
        for digit in digits {
            match char::from(*digit).to_digit(16) {
                Some(value) => code = code * 16 + value,
                None => return self.error("\\u is followed by four hexadecimal digits"),
            }
        }
        self.at += 5;
        Ok(code)
    }

    fn enter(&mut self, open: u8) -> Result<usize, JsonError> {
        self.skip_space();
        if self.bytes().get(self.at) != Some(&open) {
            return self.error(format!("expected `{}`", char::from(open)));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error(format!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.at += 1;
        Ok(self.at - 1)
    }

    /// After a value: true when another one follows a comma, false at the closing byte.
    fn another(&mut self, close: u8) -> Result<bool, JsonError> {
        self.skip_space();
        match self.bytes().get(self.at) {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if *byte == close => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            _ => self.error(format!("expected `,` or `{}`", char::from(close))),
        }
    }

    fn is_empty(&mut self, close: u8) -> bool {
        self.skip_space();
        let empty = self.bytes().get(self.at) == Some(&close);
        if empty {
            self.at += 1;
            self.depth -= 1;
        }
        empty
    }

    /// A list: `item` is called where each value begins and has to read it.
    pub(crate) fn array(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<Span, JsonError> {
        let start = self.enter(b'[')?;
        if !self.is_empty(b']') {
            loop {
                item(self)?;
                if !self.another(b']')? {
                    break;
                }
            }
        }
        Ok(Span::new(start, self.at))
    }

    /// An object: `member` is called after each key and has to read the value.
    pub(crate) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Cow<'a, str>, Span) -> Result<(), JsonError>,
    ) -> Result<Span, JsonError> {
        let start = self.enter(b'{')?;
        if !self.is_empty(b'}') {
            loop {
                let (key, span) = self.string()?;
                self.skip_space();
                if self.bytes().get(self.at) != Some(&b':') {
                    return self.error("expected `:`");
                }
                self.at += 1;
                member(self, key, span)?;
                if !self.another(b'}')? {
                    break;
                }
            }
        }
        Ok(Span::new(start, self.at))
    }

    /// Reads over one value of any kind.
    pub(crate) fn skip(&mut self) -> Result<Span, JsonError> {
        match self.peek()? {
            Kind::Null | Kind::Bool => self.literal().map(|(_, span)| span),
            Kind::Number => self.number().map(|(_, span)| span),
            Kind::String => self.string().map(|(_, span)| span),
            Kind::Array => self.array(|reader| reader.skip().map(drop)),
            Kind::Object => self.object(|reader, _, _| reader.skip().map(drop)),
        }
    }

    /// Nothing but white space may be left.
    pub(crate) fn finish(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { self.error("text after the end of the JSON value") }
    }
}

/// How many bytes from the start are neither quote, backslash nor control character, looked at eight at a time.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The top bit of each byte that is below `limit`; of those above the first such, it may be set wrongly.
        let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & TOPS;
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = quote | backslash | below(word, 0x20);
        if found != 0 {
            return n * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    words.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::plain_run;

    #[test]
    fn a_plain_run_ends_at_the_first_special_byte() {
        for special in 0..=255u8 {
            for length in 0..20 {
                for at in 0..length {
                    let mut bytes = vec![b'a'; length];
                    bytes[at] = special;
                    let ends = matches!(special, b'"' | b'\\' | 0..0x20);
                    assert_eq!(plain_run(&bytes), if ends { at } else { length }, "{special} at {at} of {length}");
                    if let Some(next) = bytes.get_mut(at + 1) {
                        *next = special.wrapping_add(1);
                        let ends_next = matches!(special.wrapping_add(1), b'"' | b'\\' | 0..0x20);
                        let wanted = if ends {
                            at
                        } else if ends_next {
                            at + 1
                        } else {
                            length
                        };
                        assert_eq!(plain_run(&bytes), wanted);
                    }
                }
            }
        }
    }
}
