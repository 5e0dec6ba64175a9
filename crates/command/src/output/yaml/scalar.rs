//! How a text is written in YAML: plain where it would be read back as the same text, else in quotes.

use std::fmt::Write as _;

/// The column after which a line is folded at its next single space.
pub(super) const WIDTH: usize = 80;

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Double,
    Plain,
    Single,
}

const BREAKS: [char; 4] = ['\n', '\u{85}', '\u{2028}', '\u{2029}'];

fn is_blank(c: Option<&char>) -> bool {
    c.is_none_or(|c| matches!(c, '\0' | ' ' | '\t' | '\r') || BREAKS.contains(c))
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        && c != '\u{feff}'
}

impl Style {
    /// The style for a text, as a key or as a value in a block.
    pub(super) fn of(text: &str, key: bool) -> Style {
        let characters: Vec<char> = text.chars().collect();
        let multiline = text.contains(BREAKS);
        if reads_as_text(text) && may_be_plain(&characters) && !(key && (text.is_empty() || multiline)) {
            return Style::Plain;
        }
        if text.contains(['\'', '\n']) || (key && multiline) || !may_be_single(&characters) {
            return Style::Double;
        }
        Style::Single
    }
}

fn may_be_single(characters: &[char]) -> bool {
    let pair = |first: fn(char) -> bool, second: fn(char) -> bool| {
        characters.windows(2).any(|pair| matches!(pair, [a, b] if first(*a) && second(*b)))
    };
    characters.iter().all(|&c| is_printable(c))
        && !pair(|c| c == ' ', |c| BREAKS.contains(&c))
        && !pair(|c| BREAKS.contains(&c), |c| c == ' ')
}

fn may_be_plain(characters: &[char]) -> bool {
    let Some((&first, &last)) = characters.first().zip(characters.last()) else { return true };
    if !may_be_single(characters) || characters.iter().any(|c| BREAKS.contains(c)) || first == ' ' || last == ' ' {
        return false;
    }
    let starts_with = |mark: char| characters.iter().take(3).filter(|&&c| c == mark).count() == 3;
    if starts_with('-') || starts_with('.') || "#,[]{}&*!|>'\"%@`".contains(first) {
        return false;
    }
    if matches!(first, '?' | ':' | '-') && is_blank(characters.get(1)) {
        return false;
    }
    characters.iter().enumerate().skip(1).all(|(position, &c)| match c {
        ':' => !is_blank(characters.get(position + 1)),
        '#' => !is_blank(characters.get(position - 1)),
        _ => true,
    })
}

/// Whether YAML 1.2 would read the bare text as text, not as a number, time, truth value or nothing.
fn reads_as_text(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", "<<", "=", ".nan", ".NaN",
        ".NAN",
    ];
    !(WORDS.contains(&text) || is_number(text) || is_time(text))
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let all = |part: &str, accept: fn(u8) -> bool| !part.is_empty() && part.bytes().all(accept);
    let digits = |part: &str| all(part, |b| b.is_ascii_digit() || b == b'_');
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || digits(unsigned) {
        return true;
    }
    if let Some(rest) = unsigned.strip_prefix('0') {
        let radix =
            |prefix: char, accept: fn(u8) -> bool| rest.strip_prefix(prefix).is_some_and(|part| all(part, accept));
        if radix('b', |b| matches!(b, b'0' | b'1' | b'_'))
            || radix('o', |b| matches!(b, b'0'..=b'7' | b'_'))
            || radix('x', |b| b.is_ascii_hexdigit() || b == b'_')
        {
            return true;
        }
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_digits = exponent.map(|exponent| exponent.strip_prefix(['-', '+']).unwrap_or(exponent));
    if exponent_digits.is_some_and(|part| !all(part, |b| b.is_ascii_digit())) {
        return false;
    }
    match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction) && exponent.is_none_or(|exponent| exponent.starts_with(['-', '+'])),
        Some((whole, fraction)) => {
            whole.starts_with(|c: char| c.is_ascii_digit())
                && digits(whole)
                && (fraction.is_empty() || digits(fraction))
        }
        None => exponent.is_some() && mantissa.starts_with(|c: char| c.is_ascii_digit()) && digits(mantissa),
    }
}

/// A date, or a date and a time, as YAML's timestamp type has them.
fn is_time(text: &str) -> bool {
    let mut scan = Scan(text);
    if !(scan.digits(4, 4) && scan.one("-")) {
        return false;
    }
    let short = Scan(scan.0).exactly_month_and_day();
    if short {
        return true;
    }
    if !(scan.digits(1, 2) && scan.one("-") && scan.digits(1, 2)) {
        return false;
    }
    let before = scan.0.len();
    if !scan.one("Tt") {
        scan.0 = scan.0.trim_start_matches([' ', '\t']);
        if scan.0.len() == before {
            return false;
        }
    }
    if !(scan.digits(1, 2) && scan.one(":") && scan.digits(2, 2) && scan.one(":") && scan.digits(2, 2)) {
        return false;
    }
    if scan.one(".") {
        scan.0 = scan.0.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    if scan.0.is_empty() {
        return true;
    }
    scan.0 = scan.0.trim_start_matches([' ', '\t']);
    if scan.one("Z") {
        return scan.0.is_empty();
    }
    scan.one("-+")
        && scan.digits(1, 2)
        && (scan.0.is_empty() || (scan.one(":") && scan.digits(2, 2) && scan.0.is_empty()))
}

struct Scan<'t>(&'t str);

impl Scan<'_> {
    fn one(&mut self, of: &str) -> bool {
        match self.0.strip_prefix(|c| of.contains(c)) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn digits(&mut self, least: usize, most: usize) -> bool {
        let count = self.0.bytes().take(most).take_while(u8::is_ascii_digit).count();
        self.0 = self.0.get(count..).unwrap_or_default();
        count >= least
    }

    fn exactly_month_and_day(mut self) -> bool {
        self.digits(2, 2) && self.one("-") && self.digits(2, 2) && self.0.is_empty()
    }
}

/// The text in single quotes, folded at single spaces; `column` is where the opening quote stands.
pub(super) fn single(text: &str, column: usize, indent: usize, split: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::from("'");
    let mut column = column + 1;
    let mut position = 0;
    while let Some(&c) = characters.get(position) {
        let breaks = characters.iter().skip(position).take_while(|&&c| is_break(c)).count();
        if breaks > 0 {
            out.extend(characters.iter().skip(position).take(breaks));
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
            position += breaks;
            continue;
        }
        let spaces = characters.iter().skip(position).take_while(|&&c| c == ' ').count();
        let inside = position != 0 && position + 1 != characters.len();
        if spaces == 1 && split && column > WIDTH && inside {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
            position += 1;
            continue;
        }
        let step = spaces.max(1);
        out.extend(std::iter::repeat_n(c, step));
        column += step;
        position += step;
    }
    out.push('\'');
    out
}

/// An end of a line other than a line feed, which is written as it is and then indented.
fn is_break(c: char) -> bool {
    matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The text in double quotes with escapes, folded with a backslash at the end of the line.
pub(super) fn double(text: &str, column: usize, indent: usize, split: bool) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::from("\"");
    let mut column = column + 1;
    let mut start = 0;
    for end in 0..=characters.len() {
        let c = characters.get(end).copied();
        if c.is_none_or(needs_escape) {
            if start < end {
                out.extend(characters.get(start..end).unwrap_or_default());
                column += end - start;
                start = end;
            }
            if let Some(c) = c {
                let escaped = escape(c);
                column += escaped.chars().count();
                out.push_str(&escaped);
                start = end + 1;
            }
        }
        let pending = end.saturating_sub(start);
        if split
            && end > 0
            && end + 1 < characters.len()
            && (c == Some(' ') || start >= end)
            && column + pending > WIDTH
        {
            if start < end {
                out.extend(characters.get(start..end).unwrap_or_default());
                start = end;
            }
            out.push_str("\\\n");
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
            if characters.get(start) == Some(&' ') {
                out.push('\\');
                column += 1;
            }
        }
    }
    out.push('"');
    out
}

fn needs_escape(c: char) -> bool {
    !matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn escape(c: char) -> String {
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let mut out = String::new();
            let code = u32::from(c);
            let _ = match code {
                0..=0xff => write!(out, "\\x{code:02X}"),
                0x100..=0xffff => write!(out, "\\u{code:04X}"),
                _ => write!(out, "\\U{code:08X}"),
            };
            return out;
        }
    };
    format!("\\{short}")
}
