//! JMESPath tokens to a tree: a precedence climber with the binding powers of the reference implementation.

use super::QueryError;
use super::ast::{Ast, Comparator};
use super::lexer::{Kind, Token, syntax};

/// How deep brackets, parentheses and right-hand sides may nest.
const MAX_NESTING: usize = 100;
/// How deep the finished tree may be; long chains lean left and are deeper than they look.
const MAX_DEPTH: usize = 400;
/// Tokens that bind weaker than this end a projection.
const PROJECTION_STOP: u8 = 10;
const STAR: u8 = 20;
const DOT: u8 = 40;

/// Reads a whole token list, which must be one expression.
pub(super) fn parse(tokens: Vec<Token>) -> Result<Ast, QueryError> {
    let mut parser = Parser { tokens, position: 0, nesting: 0 };
    let root = parser.expression(0)?;
    if *parser.kind() != Kind::End {
        return Err(parser.unexpected());
    }
    if root.depth() > MAX_DEPTH {
        return Err(QueryError::TooLarge { what: "nesting" });
    }
    Ok(root)
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
    nesting: usize,
}

fn binding_power(kind: &Kind) -> u8 {
    match kind {
        Kind::Pipe => 1,
        Kind::Or => 2,
        Kind::And => 3,
        Kind::Equal | Kind::Greater | Kind::GreaterOrEqual | Kind::Less | Kind::LessOrEqual | Kind::NotEqual => 5,
        Kind::Flatten => 9,
        Kind::Star => STAR,
        Kind::Filter => 21,
        Kind::Dot => DOT,
        Kind::Not => 45,
        Kind::LeftBrace => 50,
        Kind::LeftBracket => 55,
        Kind::LeftParenthesis => 60,
        _ => 0,
    }
}

impl Parser {
    fn at(&self, ahead: usize) -> &Kind {
        self.tokens.get(self.position + ahead).map_or(&Kind::End, |token| &token.kind)
    }

    fn kind(&self) -> &Kind {
        self.at(0)
    }

    fn advance(&mut self) -> Kind {
        let kind = self.kind().clone();
        self.position += 1;
        kind
    }

    fn expect(&mut self, wanted: Kind) -> Result<(), QueryError> {
        if *self.kind() != wanted {
            return Err(self.unexpected());
        }
        self.position += 1;
        Ok(())
    }

    fn unexpected(&self) -> QueryError {
        let column = self.tokens.get(self.position).or(self.tokens.last()).map_or(0, |token| token.column);
        match self.kind() {
            Kind::End => syntax(column, "the query ends too early"),
            kind => syntax(column, &format!("unexpected {}", words(kind))),
        }
    }

    /// The same about the token that was just taken.
    fn unexpected_before(&mut self) -> QueryError {
        self.position = self.position.saturating_sub(1);
        self.unexpected()
    }

    fn expression(&mut self, power: u8) -> Result<Ast, QueryError> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(QueryError::TooLarge { what: "nesting" });
        }
        let mut left = self.prefix()?;
        while power < binding_power(self.kind()) {
            left = self.infix(left)?;
        }
        self.nesting -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Ast, QueryError> {
        match self.advance() {
            Kind::Literal(value) => Ok(Ast::Literal(value)),
            Kind::UnquotedIdentifier(name) => Ok(Ast::Field(name)),
            Kind::QuotedIdentifier(_) if *self.kind() == Kind::LeftParenthesis => {
                Err(syntax(0, "a function's name may not be quoted"))
            }
            Kind::QuotedIdentifier(name) => Ok(Ast::Field(name)),
            Kind::Star => {
                let right = if *self.kind() == Kind::RightBracket { Ast::Current } else { self.projected(STAR)? };
                Ok(Ast::ProjectValues(Box::new(Ast::Current), Box::new(right)))
            }
            Kind::Filter => self.filter(Ast::Current),
            Kind::LeftBrace => self.multi_hash(),
            Kind::LeftParenthesis => {
                let inner = self.expression(0)?;
                self.expect(Kind::RightParenthesis)?;
                // The reference does not keep the parentheses; a chain in them continues outside.
                Ok(inner)
            }
            Kind::Flatten => {
                let right = self.projected(binding_power(&Kind::Flatten))?;
                Ok(Ast::Project(Box::new(Ast::Flatten(Box::new(Ast::Current))), Box::new(right)))
            }
            Kind::Not => Ok(Ast::Not(Box::new(self.expression(binding_power(&Kind::Not))?))),
            Kind::LeftBracket => match self.kind() {
                Kind::Number(_) | Kind::Colon => {
                    let index = self.index()?;
                    self.project_slice(Ast::Current, index)
                }
                Kind::Star if *self.at(1) == Kind::RightBracket => {
                    self.position += 2;
                    let right = self.projected(STAR)?;
                    Ok(Ast::Project(Box::new(Ast::Current), Box::new(right)))
                }
                _ => self.multi_list(),
            },
            Kind::Current => Ok(Ast::Current),
            Kind::Expref => Ok(Ast::Expref(Box::new(self.expression(0)?))),
            _ => Err(self.unexpected_before()),
        }
    }

    fn infix(&mut self, left: Ast) -> Result<Ast, QueryError> {
        let token = self.advance();
        let power = binding_power(&token);
        Ok(match token {
            Kind::Dot if *self.kind() == Kind::Star => {
                self.position += 1;
                let right = self.projected(DOT)?;
                Ast::ProjectValues(Box::new(left), Box::new(right))
            }
            Kind::Dot => Ast::Then(Box::new(left), Box::new(self.after_dot(DOT)?)),
            Kind::Pipe => Ast::Then(Box::new(left), Box::new(self.expression(power)?)),
            Kind::Or => Ast::Or(Box::new(left), Box::new(self.expression(power)?)),
            Kind::And => Ast::And(Box::new(left), Box::new(self.expression(power)?)),
            Kind::LeftParenthesis => return self.function(left),
            Kind::Filter => return self.filter(left),
            Kind::Flatten => {
                let right = self.projected(power)?;
                Ast::Project(Box::new(Ast::Flatten(Box::new(left))), Box::new(right))
            }
            Kind::LeftBracket => return self.bracket(left),
            other => {
                let Some(comparator) = comparator(&other) else { return Err(self.unexpected_before()) };
                Ast::Compare(comparator, Box::new(left), Box::new(self.expression(power)?))
            }
        })
    }

    fn function(&mut self, left: Ast) -> Result<Ast, QueryError> {
        let Ast::Field(name) = left else {
            return Err(self.unexpected_before());
        };
        let mut arguments = Vec::new();
        while *self.kind() != Kind::RightParenthesis {
            arguments.push(self.expression(0)?);
            if *self.kind() == Kind::Comma {
                self.position += 1;
            }
        }
        self.position += 1;
        Ok(Ast::Function { name, arguments })
    }

    fn filter(&mut self, left: Ast) -> Result<Ast, QueryError> {
        let condition = self.expression(0)?;
        self.expect(Kind::RightBracket)?;
        let right =
            if *self.kind() == Kind::Flatten { Ast::Current } else { self.projected(binding_power(&Kind::Filter))? };
        Ok(Ast::Filter { left: Box::new(left), condition: Box::new(condition), right: Box::new(right) })
    }

    fn bracket(&mut self, left: Ast) -> Result<Ast, QueryError> {
        if !matches!(self.kind(), Kind::Number(_) | Kind::Colon) {
            self.expect(Kind::Star)?;
            self.expect(Kind::RightBracket)?;
            let right = self.projected(STAR)?;
            return Ok(Ast::Project(Box::new(left), Box::new(right)));
        }
        let index = self.index()?;
        if let Ast::Indexed(mut steps) = left {
            steps.push(index);
            return Ok(Ast::Indexed(steps));
        }
        self.project_slice(left, index)
    }

    fn project_slice(&mut self, left: Ast, index: Ast) -> Result<Ast, QueryError> {
        let sliced = matches!(index, Ast::Slice { .. });
        let indexed = Ast::Indexed(vec![left, index]);
        if !sliced {
            return Ok(indexed);
        }
        let right = self.projected(STAR)?;
        Ok(Ast::Project(Box::new(indexed), Box::new(right)))
    }

    /// What stands between `[` and `]` when it is a number or a slice.
    fn index(&mut self) -> Result<Ast, QueryError> {
        if let Kind::Number(number) = *self.kind()
            && *self.at(1) != Kind::Colon
        {
            self.position += 1;
            self.expect(Kind::RightBracket)?;
            return Ok(Ast::Index(number));
        }
        let mut parts = [None; 3];
        let mut part = 0;
        while *self.kind() != Kind::RightBracket {
            match *self.kind() {
                Kind::Colon if part < 2 => part += 1,
                Kind::Number(number) => {
                    if let Some(slot) = parts.get_mut(part) {
                        *slot = Some(number);
                    }
                }
                _ => return Err(self.unexpected()),
            }
            self.position += 1;
        }
        self.position += 1;
        let [start, stop, step] = parts;
        Ok(Ast::Slice { start, stop, step })
    }

    /// The right-hand side of a projection, which is applied to each element.
    fn projected(&mut self, power: u8) -> Result<Ast, QueryError> {
        match self.kind() {
            kind if binding_power(kind) < PROJECTION_STOP => Ok(Ast::Current),
            Kind::LeftBracket | Kind::Filter => self.expression(power),
            Kind::Dot => {
                self.position += 1;
                self.after_dot(power)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn after_dot(&mut self, power: u8) -> Result<Ast, QueryError> {
        match self.kind() {
            Kind::QuotedIdentifier(_) | Kind::UnquotedIdentifier(_) | Kind::Star => self.expression(power),
            Kind::LeftBracket => {
                self.position += 1;
                self.multi_list()
            }
            Kind::LeftBrace => {
                self.position += 1;
                self.multi_hash()
            }
            _ => Err(self.unexpected()),
        }
    }

    fn multi_list(&mut self) -> Result<Ast, QueryError> {
        let mut items = Vec::new();
        loop {
            items.push(self.expression(0)?);
            if *self.kind() == Kind::RightBracket {
                self.position += 1;
                return Ok(Ast::MultiList(items));
            }
            self.expect(Kind::Comma)?;
        }
    }

    fn multi_hash(&mut self) -> Result<Ast, QueryError> {
        let mut pairs = Vec::new();
        loop {
            let (Kind::QuotedIdentifier(name) | Kind::UnquotedIdentifier(name)) = self.advance() else {
                return Err(self.unexpected_before());
            };
            self.expect(Kind::Colon)?;
            pairs.push((name, self.expression(0)?));
            match self.kind() {
                Kind::Comma => self.position += 1,
                Kind::RightBrace => {
                    self.position += 1;
                    return Ok(Ast::MultiHash(pairs));
                }
                // The reference accepts pairs without a comma between them.
                _ => {}
            }
        }
    }
}

fn comparator(kind: &Kind) -> Option<Comparator> {
    Some(match kind {
        Kind::Equal => Comparator::Equal,
        Kind::Greater => Comparator::Greater,
        Kind::GreaterOrEqual => Comparator::GreaterOrEqual,
        Kind::Less => Comparator::Less,
        Kind::LessOrEqual => Comparator::LessOrEqual,
        Kind::NotEqual => Comparator::NotEqual,
        _ => return None,
    })
}

fn words(kind: &Kind) -> String {
    match kind {
        Kind::UnquotedIdentifier(name) | Kind::QuotedIdentifier(name) => format!("name `{name}`"),
        Kind::Number(number) => format!("number `{number}`"),
        Kind::Literal(_) => "literal".to_owned(),
        Kind::And => "`&&`".to_owned(),
        Kind::Colon => "`:`".to_owned(),
        Kind::Comma => "`,`".to_owned(),
        Kind::Current => "`@`".to_owned(),
        Kind::Dot => "`.`".to_owned(),
        Kind::End => "end".to_owned(),
        Kind::Equal => "`==`".to_owned(),
        Kind::Expref => "`&`".to_owned(),
        Kind::Filter => "`[?`".to_owned(),
        Kind::Flatten => "`[]`".to_owned(),
        Kind::Greater => "`>`".to_owned(),
        Kind::GreaterOrEqual => "`>=`".to_owned(),
        Kind::LeftBrace => "`{`".to_owned(),
        Kind::LeftBracket => "`[`".to_owned(),
        Kind::LeftParenthesis => "`(`".to_owned(),
        Kind::Less => "`<`".to_owned(),
        Kind::LessOrEqual => "`<=`".to_owned(),
        Kind::Not => "`!`".to_owned(),
        Kind::NotEqual => "`!=`".to_owned(),
        Kind::Or => "`||`".to_owned(),
        Kind::Pipe => "`|`".to_owned(),
        Kind::RightBrace => "`}`".to_owned(),
        Kind::RightBracket => "`]`".to_owned(),
        Kind::RightParenthesis => "`)`".to_owned(),
        Kind::Star => "`*`".to_owned(),
    }
}
