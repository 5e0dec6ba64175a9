//! JMESPath, as the AWS CLI evaluates `--query`.
//!
//! The grammar and the functions are those of the JMESPath specification; where the specification leaves room, the
//! Python implementation that the AWS CLI uses decides: keys keep the order in which the expression or the response
//! names them, whole numbers stay whole, a slice after an index is not projected.
//! There is no input or output here: a response goes in as JSON, the answer comes out as JSON.
//!
//! Source of the rules: the JMESPath specification and its public compliance suite (`testdata/query/compliance`).

mod ast;
mod functions;
mod interpret;
mod item;
mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use serde_json::Value;

/// The longest expression that is read, in bytes.
pub const MAX_EXPRESSION_BYTES: usize = 16 * 1024;

/// A parsed JMESPath expression, ready to be applied to any number of documents.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: String,
    root: ast::Ast,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`QueryError::Empty`], [`QueryError::Syntax`] with the place of the mistake, or [`QueryError::TooLarge`] when the text is longer
    /// than [`MAX_EXPRESSION_BYTES`] or nested deeper than the evaluator goes.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        if text.is_empty() {
            return Err(QueryError::Empty);
        }
        if text.len() > MAX_EXPRESSION_BYTES {
            return Err(QueryError::TooLarge { what: "expression" });
        }
        let tokens = lexer::tokenize(text)?;
        let root = parser::parse(tokens)?;
        Ok(Expression { text: text.to_owned(), root })
    }

    /// The text the expression was read from.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Applies the expression. A path that leads nowhere is `null`, as in the AWS CLI.
    ///
    /// # Errors
    /// A function that is unknown, or was given the wrong number or type of arguments; [`QueryError::TooLarge`] when the work or the
    /// result passes the evaluator's budget.
    pub fn search(&self, document: &Value) -> Result<Value, QueryError> {
        interpret::search(&self.root, document)
    }
}

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// There is no expression at all.
    #[error("the query is empty, give a JMESPath expression")]
    Empty,
    /// The text is not a JMESPath expression.
    #[error("{message} at column {column} of the query")]
    Syntax {
        /// Where, counted in characters from zero.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A function was called with too few or too many arguments.
    #[error("{function}() takes {expected}, it was given {given}")]
    Arity {
        /// The function's name.
        function: String,
        /// How many it takes, in words.
        expected: String,
        /// How many it was given.
        given: usize,
    },
    /// A function or comparison met a value of the wrong type.
    #[error("in {function}, a value is {given}, expected {expected}")]
    Type {
        /// The function, with parentheses, or the comparison.
        function: String,
        /// The type it was given.
        given: &'static str,
        /// The types it takes, in words.
        expected: String,
    },
    /// A number that has no meaning in its place, for example a slice with a step of zero.
    #[error("{message}")]
    Value {
        /// What is wrong.
        message: String,
    },
    /// There is no function of that name.
    #[error("there is no function `{0}`")]
    UnknownFunction(String),
    /// The expression, the work or the result is larger than the evaluator's limits.
    #[error("the query's {what} is too large, narrow it")]
    TooLarge {
        /// What passed its limit.
        what: &'static str,
    },
}
