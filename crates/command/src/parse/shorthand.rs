//! The AWS CLI's shorthand: `Name=instance-state-name,Values=running,stopped`.
//!
//! First the text alone is read into lists and maps of text, then the model makes numbers, truth values and lists of them.
//! The grammar is that of the AWS CLI's user guide; quirks of its parser that commands rely on are kept.

use bailiwick_aws::Service;
use bailiwick_aws::model::{Kind, ShapeRef};
use serde_json::{Map, Value as Json, json};

/// How deep lists and maps may nest.
const MAX_DEPTH: usize = 32;

/// Text that is not shorthand, or does not fit the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShorthandError {
    /// What is wrong, in a fragment.
    pub(super) wrong: String,
}

fn error<T>(wrong: impl Into<String>) -> Result<T, ShorthandError> {
    Err(ShorthandError { wrong: wrong.into() })
}

/// Looks up `file://` values where the shorthand says `key@=file://name`.
pub(super) type Files<'f> = &'f dyn Fn(&str) -> Result<Option<String>, ShorthandError>;

/// Reads a text of `key=value` pairs.
pub(super) fn parse(text: &str, files: Files<'_>) -> Result<Json, ShorthandError> {
    let mut parser = Parser { characters: text.chars().collect(), position: 0, files, from_file: false, depth: 0 };
    parser.parameter()
}

struct Parser<'f> {
    characters: Vec<char>,
    position: usize,
    files: Files<'f>,
    from_file: bool,
    depth: usize,
}

/// Characters that may begin a value without quotes.
fn may_start(c: char) -> bool {
    matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='Z' | '\\'..='z' | '|'..='\u{ffff}')
}

/// Characters that may follow in the first value after `=`; a list or map ends it.
fn may_follow_first(c: char) -> bool {
    is_space(c) || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='\\' | '^'..='|' | '~'..='\u{ffff}')
}

/// Characters that may follow in a further value; a `=` ends it, because then it was a key.
fn may_follow_second(c: char) -> bool {
    is_space(c) || matches!(c, '!' | '#'..='&' | '('..='+' | '-'..='<' | '>'..='\u{ffff}')
}

fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\u{1c}'..='\u{1f}') || c.is_whitespace()
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn at_end(&self) -> bool {
        self.position >= self.characters.len()
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')) {
            self.position += 1;
        }
    }

    fn expect(&mut self, wanted: char, spaces: bool) -> Result<(), ShorthandError> {
        if spaces {
            self.skip_spaces();
        }
        match self.peek() {
            Some(c) if c == wanted => self.position += 1,
            Some(c) => {
                return error(format!(
                    "`{wanted}` is expected, `{}` stands at column {}",
                    c.escape_debug(),
                    self.position
                ));
            }
            None => return error(format!("`{wanted}` is expected at the end")),
        }
        if spaces {
            self.skip_spaces();
        }
        Ok(())
    }

    fn parameter(&mut self) -> Result<Json, ShorthandError> {
        let mut map = Map::new();
        loop {
            let (key, value) = self.pair()?;
            if map.contains_key(&key) {
                return error(format!("the key `{key}` stands twice; perhaps a comma stands where a space was meant"));
            }
            map.insert(key, value);
            if self.at_end() {
                return Ok(Json::Object(map));
            }
            self.expect(',', true)?;
        }
    }

    fn pair(&mut self) -> Result<(String, Json), ShorthandError> {
        let key = self.key();
        self.equals()?;
        Ok((key, self.values()?))
    }

    fn key(&mut self) -> String {
        let start = self.position;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "-_.#/:".contains(c)) {
            self.position += 1;
        }
        self.characters.get(start..self.position).unwrap_or_default().iter().collect()
    }

    /// `=`, or `@=` for a value that may name a file.
    fn equals(&mut self) -> Result<(), ShorthandError> {
        self.from_file = false;
        let before = self.position;
        if self.expect('@', true).is_ok() {
            self.from_file = true;
        } else {
            // The reference has taken the spaces even where no `@` follows them.
            self.position = before;
            self.skip_spaces();
        }
        self.expect('=', true)
    }

    fn values(&mut self) -> Result<Json, ShorthandError> {
        match self.peek() {
            None => Ok(json!("")),
            Some('[') => self.list(),
            Some('{') => self.map(),
            Some(_) => self.csv(),
        }
    }

    /// `a`, or `a,b,c` up to where the next `key=` begins.
    fn csv(&mut self) -> Result<Json, ShorthandError> {
        let first = self.first_value()?;
        self.skip_spaces();
        if self.peek() != Some(',') {
            return Ok(json!(first));
        }
        self.expect(',', true)?;
        let mut list = vec![first];
        loop {
            let step = self.second_value().and_then(|value| {
                self.skip_spaces();
                if self.at_end() {
                    return Ok((value, true));
                }
                self.expect(',', true)?;
                Ok((value, false))
            });
            match step {
                Ok((value, last)) => {
                    list.push(value);
                    if last {
                        break;
                    }
                }
                Err(error) if self.at_end() => return Err(error),
                Err(_) => {
                    while self.position > 0 && self.peek() != Some(',') {
                        self.position -= 1;
                    }
                    break;
                }
            }
        }
        Ok(if list.len() == 1 { json!(list.remove(0)) } else { json!(list) })
    }

    fn list(&mut self) -> Result<Json, ShorthandError> {
        self.nested(|parser| {
            parser.expect('[', true)?;
            let mut items = Vec::new();
            while parser.peek() != Some(']') {
                items.push(parser.explicit()?);
                parser.skip_spaces();
                if parser.peek() != Some(']') {
                    parser.expect(',', false)?;
                    parser.skip_spaces();
                }
            }
            parser.expect(']', false)?;
            Ok(Json::Array(items))
        })
    }

    fn map(&mut self) -> Result<Json, ShorthandError> {
        self.nested(|parser| {
            parser.expect('{', true)?;
            let mut map = Map::new();
            while parser.peek() != Some('}') {
                let key = parser.key();
                parser.equals()?;
                let value = parser.explicit()?;
                parser.skip_spaces();
                if parser.peek() != Some('}') {
                    parser.expect(',', false)?;
                    parser.skip_spaces();
                }
                map.insert(key, value);
            }
            parser.expect('}', false)?;
            Ok(Json::Object(map))
        })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Json, ShorthandError>) -> Result<Json, ShorthandError> {
        if self.depth >= MAX_DEPTH {
            return error("it is nested too deeply");
        }
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn explicit(&mut self) -> Result<Json, ShorthandError> {
        match self.peek() {
            Some('[') => self.list(),
            Some('{') => self.map(),
            _ => self.first_value().map(Json::String),
        }
    }

    fn first_value(&mut self) -> Result<String, ShorthandError> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            Some(c) if may_start(c) => self.word(may_follow_first),
            _ => Ok(String::new()),
        }
    }

    fn second_value(&mut self) -> Result<String, ShorthandError> {
        match self.peek() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            Some(c) if may_start(c) => self.word(may_follow_second),
            _ => error(format!("a value is expected at column {}", self.position)),
        }
    }

    /// A value without quotes; `\,` is a comma in it.
    fn word(&mut self, follows: fn(char) -> bool) -> Result<String, ShorthandError> {
        let mut out = String::new();
        loop {
            match self.peek() {
                Some('\\') if self.characters.get(self.position + 1) == Some(&',') => {
                    out.push(',');
                    self.position += 2;
                }
                Some(c) if out.is_empty() && may_start(c) || !out.is_empty() && follows(c) => {
                    out.push(c);
                    self.position += 1;
                }
                _ => return self.resolve(out.trim_end_matches(is_space).to_owned()),
            }
        }
    }

    /// A value in quotes, in which `\` stands before a quote or itself.
    fn quoted(&mut self, quote: char) -> Result<String, ShorthandError> {
        let start = self.position + 1;
        let mut end = None;
        let mut escaped = None;
        let mut at = start;
        while let Some(&c) = self.characters.get(at) {
            match c {
                '\\' if self.characters.get(at + 1) == Some(&quote) => {
                    escaped = Some(at + 1);
                    at += 2;
                }
                c if c == quote => {
                    end = Some(at);
                    break;
                }
                _ => at += 1,
            }
        }
        // A text whose only closing quote has a backslash before it is closed by it.
        let Some(end) = end.or(escaped) else { return error(format!("a {quote} is never closed")) };
        let inner: String = self.characters.get(start..end).unwrap_or_default().iter().collect();
        self.position = end + 1;
        self.resolve(inner.replace(&format!("\\{quote}"), &quote.to_string()).replace("\\\\", "\\"))
    }

    fn resolve(&self, value: String) -> Result<String, ShorthandError> {
        if !self.from_file {
            return Ok(value);
        }
        Ok((self.files)(&value)?.unwrap_or(value))
    }
}

/// Makes what the model wants of text: numbers, truth values, a list of one where a list was meant.
pub(super) fn fit(service: &Service, target: &ShapeRef, value: &mut Json) -> Result<(), ShorthandError> {
    let shape = service.target(target);
    if value.is_null() {
        return Ok(());
    }
    if shape.is_document() {
        return error("shorthand cannot hold a document, write the whole value in JSON");
    }
    match (&shape.kind, &mut *value) {
        (Kind::Structure(structure), Json::Object(map)) => {
            for member in &structure.members {
                if let Some(value) = map.get_mut(&*member.name) {
                    fit(service, &member.target, value)?;
                }
            }
        }
        (Kind::Map { value: target, .. }, Json::Object(map)) => {
            for value in map.values_mut() {
                fit(service, target, value)?;
            }
        }
        (Kind::List(element), Json::Array(items)) => {
            for item in items {
                fit(service, element, item)?;
            }
        }
        (Kind::List(_), single) => *single = json!([single.take()]),
        (Kind::Integer | Kind::Long, Json::String(text)) => match super::unpack::whole(text) {
            Some(number) => *value = json!(number),
            None => return error(format!("`{text}` is not a whole number")),
        },
        (Kind::Float | Kind::Double, Json::String(text)) => match super::unpack::real(text) {
            Some(number) => *value = json!(number),
            None => return error(format!("`{text}` is not a number")),
        },
        (Kind::Boolean, Json::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => *value = json!(true),
            "false" => *value = json!(false),
            _ => {}
        },
        (Kind::Integer | Kind::Long | Kind::Float | Kind::Double | Kind::Boolean, _) => {
            return error(format!("a {} is expected, not a list or map", shape.kind.as_str()));
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Json) {
        assert_eq!(parse(text, &|_| Ok(None)), Ok(expected), "{text}");
    }

    #[test]
    fn the_users_guides_forms() {
        check("a=b", json!({"a": "b"}));
        check("a=b,c=d", json!({"a": "b", "c": "d"}));
        check("Name=x,Values=a,b,Other=c", json!({"Name": "x", "Values": ["a", "b"], "Other": "c"}));
        check("a=[b,c],d={e=f,g=[h]}", json!({"a": ["b", "c"], "d": {"e": "f", "g": ["h"]}}));
        check("a='b,c',d=\"e=f\"", json!({"a": "b,c", "d": "e=f"}));
        check("a=b\\,c", json!({"a": "b,c"}));
        check("a=", json!({"a": ""}));
        check("a=,b=c", json!({"a": "", "b": "c"}));
        check("a = b , c = d", json!({"a": "b", "c": "d"}));
        check("a=b=c", json!({"a": "b=c"}));
        check("a='it\\'s'", json!({"a": "it's"}));
        check("=b", json!({"": "b"}));
        check("a=[]", json!({"a": []}));
        check("a=[b,{c=d}]", json!({"a": ["b", {"c": "d"}]}));
    }

    #[test]
    fn broken_text_is_refused() {
        for text in ["", "a", "a=b,", "a=b,a=c", "a=[b", "a={b=c", "a='b", "a=b,c", "a=b]", "{a=b}", "a=😀,b"] {
            let found = parse(text, &|_| Ok(None));
            // A trailing word is a value of a list, not a mistake.
            assert!(found.is_err() || text == "a=b,c", "{text}: {found:?}");
        }
        assert!(parse(&format!("a={}", "[".repeat(1000)), &|_| Ok(None)).is_err());
        check("a=b,c", json!({"a": ["b", "c"]}));
    }
}
