//! How Python writes values: the AWS CLI's output is made by Python, down to the zeros of a float.

use serde_json::{Number, Value};
use std::fmt::Write as _;

/// A number as Python's `repr` and `json` write it.
pub(crate) fn number(number: &Number) -> String {
    if number.is_f64() { float(number.as_f64().unwrap_or(f64::NAN)) } else { number.to_string() }
}

/// A float as Python's `repr` writes it: the shortest digits that read back, an exponent outside of 1e-4 to 1e16.
pub(crate) fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// A string as JSON. Python writes characters outside of ASCII as they are or, when `ascii`, as `\u` escapes.
pub(crate) fn json_string(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (ascii && c > '~') => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// JSON without spaces and in ASCII, the form of `json.dumps` with tight separators.
pub(crate) fn json_compact(value: &Value) -> String {
    json(value, [",", ":"])
}

/// JSON in ASCII, the form of `json.dumps`.
pub(crate) fn json_spaced(value: &Value) -> String {
    json(value, [", ", ": "])
}

fn json(value: &Value, separators: [&str; 2]) -> String {
    let mut out = String::new();
    write_json(value, separators, &mut out);
    out
}

fn write_json(value: &Value, separators @ [between, after_key]: [&str; 2], out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&self::number(number)),
        Value::String(text) => json_string(text, true, out),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push_str(between);
                }
                write_json(item, separators, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            for (position, (key, item)) in map.iter().enumerate() {
                if position > 0 {
                    out.push_str(between);
                }
                json_string(key, true, out);
                out.push_str(after_key);
                write_json(item, separators, out);
            }
            out.push('}');
        }
    }
}

/// A value as `str()` writes it: text bare, everything else as `repr`.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => repr(other),
    }
}

/// A value as `repr()` writes it.
pub(crate) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => self::number(number),
        Value::String(text) => repr_string(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<_> = map.iter().map(|(key, item)| format!("{}: {}", repr_string(key), repr(item))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn repr_string(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// Characters that Python's `str.isprintable` calls none: controls, formats, private use, spaces other than ` `. Source: the
/// Unicode Character Database, general categories Cc, Cf, Co, Zs, Zl, Zp and the noncharacters.
const UNPRINTABLE: [(u32, u32); 28] = [
    (0x0, 0x1f),
    (0x7f, 0xa0),
    (0xad, 0xad),
    (0x600, 0x605),
    (0x61c, 0x61c),
    (0x6dd, 0x6dd),
    (0x70f, 0x70f),
    (0x890, 0x891),
    (0x8e2, 0x8e2),
    (0x1680, 0x1680),
    (0x180e, 0x180e),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x3000, 0x3000),
    (0xe000, 0xf8ff),
    (0xfdd0, 0xfdef),
    (0xfeff, 0xfeff),
    (0xfff0, 0xfffb),
    (0xfffe, 0xffff),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe00ff),
    (0xe01f0, 0xe0fff),
    (0xf0000, 0x10_ffff),
];

fn is_printable(c: char) -> bool {
    let code = u32::from(c);
    let after = UNPRINTABLE.partition_point(|(first, _)| *first <= code);
    after.checked_sub(1).and_then(|at| UNPRINTABLE.get(at)).is_none_or(|(_, last)| code > *last)
}

/// The zeros of the scripts that have digits of their own; nine more follow each. Source: the Unicode Character Database, general
/// category Nd.
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// A digit of any script as ASCII has it, as Python's `int` and `float` read it; other characters as they are.
fn ascii_digit(c: char) -> char {
    let code = u32::from(c);
    let zero = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1).and_then(|at| ZEROS.get(at));
    zero.and_then(|zero| char::from_digit(code - zero, 10)).unwrap_or(c)
}

/// Digits in ASCII, with Python's underscores taken out; nothing when an underscore is not between two digits.
pub(crate) fn without_underscores(text: &str) -> Option<String> {
    let text: String = text.chars().map(ascii_digit).collect();
    if !text.contains('_') {
        return Some(text);
    }
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let misplaced = |(at, &byte): (usize, &u8)| byte == b'_' && !(digit(at.checked_sub(1)) && digit(Some(at + 1)));
    (!bytes.iter().enumerate().any(misplaced)).then(|| text.replace('_', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn floats_are_written_as_python_does() {
        for (value, expected) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5e-7, "-2.5e-07"),
            (1432912345.123, "1432912345.123"),
            (0.0, "0.0"),
        ] {
            assert_eq!(float(value), expected);
        }
    }

    #[test]
    fn digits_of_all_scripts_are_digits() {
        for (text, expected) in [
            ("５", Some("5")),
            ("-\u{0661}\u{06f2}.𝟗", Some("-12.9")),
            ("1_０", Some("10")),
            ("1__0", None),
            ("_1", None),
            ("Ⅷ", Some("Ⅷ")),
        ] {
            assert_eq!(without_underscores(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn repr_quotes_as_python_does() {
        assert_eq!(
            repr(&json!({"a": ["it's", "\"", "b\n", null, true, 1.5]})),
            r#"{'a': ["it's", '"', 'b\n', None, True, 1.5]}"#
        );
    }
}
