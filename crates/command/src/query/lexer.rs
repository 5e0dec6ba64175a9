//! JMESPath text to tokens.

use super::QueryError;
use serde_json::Value;

/// The most tokens an expression may have; it bounds the depth of every later step.
const MAX_TOKENS: usize = 2_048;

/// A token and the column it starts at, in characters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) column: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    And,
    Colon,
    Comma,
    Current,
    Dot,
    End,
    Equal,
    Expref,
    Filter,
    Flatten,
    Greater,
    GreaterOrEqual,
    LeftBrace,
    LeftBracket,
    LeftParenthesis,
    Less,
    LessOrEqual,
    Literal(Value),
    Not,
    NotEqual,
    Number(i64),
    Or,
    Pipe,
    QuotedIdentifier(String),
    RightBrace,
    RightBracket,
    RightParenthesis,
    Star,
    UnquotedIdentifier(String),
}

/// Splits an expression into tokens; the last one is always [`Kind::End`].
pub(super) fn tokenize(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut lexer = Lexer { characters: text.chars().collect(), position: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.token()?;
        let last = token.kind == Kind::End;
        tokens.push(token);
        if last {
            return Ok(tokens);
        }
        if tokens.len() > MAX_TOKENS {
            return Err(QueryError::TooLarge { what: "expression" });
        }
    }
}

struct Lexer {
    characters: Vec<char>,
    position: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.position += 1;
        }
        found
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> String {
        let start = self.position;
        while self.peek().is_some_and(&accept) {
            self.position += 1;
        }
        self.characters.get(start..self.position).unwrap_or_default().iter().collect()
    }

    fn token(&mut self) -> Result<Token, QueryError> {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        let column = self.position;
        let Some(first) = self.peek() else { return Ok(Token { kind: Kind::End, column }) };
        let kind = if first.is_ascii_alphabetic() || first == '_' {
            Kind::UnquotedIdentifier(self.take_while(|c| c.is_ascii_alphanumeric() || c == '_'))
        } else if first.is_ascii_digit() || first == '-' {
            self.number(column)?
        } else {
            self.position += 1;
            self.symbol(first, column)?
        };
        Ok(Token { kind, column })
    }

    fn number(&mut self, column: usize) -> Result<Kind, QueryError> {
        let negative = self.eat('-');
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            return Err(syntax(column, "a `-` needs digits after it"));
        }
        // A position beyond the range of i64 is beyond any array, so saturating keeps its meaning.
        let size = digits.parse::<i64>().unwrap_or(i64::MAX);
        Ok(Kind::Number(if negative { -size } else { size }))
    }

    fn symbol(&mut self, first: char, column: usize) -> Result<Kind, QueryError> {
        let mut either = |next: char, long: Kind, short: Kind| if self.eat(next) { long } else { short };
        Ok(match first {
            '.' => Kind::Dot,
            '*' => Kind::Star,
            ']' => Kind::RightBracket,
            ',' => Kind::Comma,
            ':' => Kind::Colon,
            '@' => Kind::Current,
            '(' => Kind::LeftParenthesis,
            ')' => Kind::RightParenthesis,
            '{' => Kind::LeftBrace,
            '}' => Kind::RightBrace,
            '|' => either('|', Kind::Or, Kind::Pipe),
            '&' => either('&', Kind::And, Kind::Expref),
            '<' => either('=', Kind::LessOrEqual, Kind::Less),
            '>' => either('=', Kind::GreaterOrEqual, Kind::Greater),
            '!' => either('=', Kind::NotEqual, Kind::Not),
            '[' if self.eat(']') => Kind::Flatten,
            '[' if self.eat('?') => Kind::Filter,
            '[' => Kind::LeftBracket,
            '=' if self.eat('=') => Kind::Equal,
            '=' => return Err(syntax(column, "a single `=`, compare with `==`,")),
            '\'' => Kind::Literal(Value::String(self.until('\'', column)?.replace("\\'", "'"))),
            '"' => {
                let quoted = format!("\"{}\"", self.until('"', column)?);
                let name =
                    serde_json::from_str(&quoted).map_err(|_| syntax(column, "a quoted name is no JSON string"))?;
                Kind::QuotedIdentifier(name)
            }
            '`' => Kind::Literal(self.literal(column)?),
            other => return Err(syntax(column, &format!("unexpected `{}`", other.escape_debug()))),
        })
    }

    /// Text up to an unescaped delimiter, escapes kept as they are written.
    fn until(&mut self, delimiter: char, column: usize) -> Result<String, QueryError> {
        let mut text = String::new();
        loop {
            let next = self.peek();
            self.position += 1;
            match next {
                Some(c) if c == delimiter => return Ok(text),
                Some('\\') => {
                    text.push('\\');
                    text.extend(self.peek());
                    self.position += 1;
                }
                Some(c) => text.push(c),
                None => return Err(syntax(column, &format!("a `{delimiter}` that is never closed"))),
            }
        }
    }

    /// A JSON literal between backticks; text that is no JSON is taken as a string, as the AWS CLI still does.
    fn literal(&mut self, column: usize) -> Result<Value, QueryError> {
        let text = self.until('`', column)?.replace("\\`", "`");
        serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(&format!("\"{}\"", text.trim_start())))
            .map_err(|_| syntax(column, "a literal that is no JSON"))
    }
}

pub(super) fn syntax(column: usize, message: &str) -> QueryError {
    QueryError::Syntax { column, message: message.to_owned() }
}
