//! What is wrong with a message, and where.

use std::fmt;

/// Something in a message that does not fit the model. `Display` is `PATH: text`, or the text alone at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From the inside out; shown the other way round.
    path: Vec<Step>,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Index(usize),
    Name(String),
}

impl Problem {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Problem { path: Vec::new(), text: text.into() }
    }

    pub(crate) fn expected(kind: &str, found: &str) -> Self {
        Problem::new(format!("expected {kind}, found {found}"))
    }

    pub(crate) fn too_deep() -> Self {
        Problem::new(format!("nested deeper than {} levels", crate::value::MAX_DEPTH))
    }

    pub(crate) fn within(mut self, name: &str) -> Self {
        self.path.push(Step::Name(name.to_owned()));
        self
    }

    pub(crate) fn at(mut self, index: usize) -> Self {
        self.path.push(Step::Index(index));
        self
    }

    /// The text without the path; for AWS's own wordings, which have none.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place, such as `Tags[0].Key`; empty at the top.
    pub fn path(&self) -> String {
        let mut out = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Index(index) => out.push_str(&format!("[{index}]")),
                Step::Name(name) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(name);
                }
            }
        }
        out
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.text) } else { write!(f, "`{}`: {}", self.path(), self.text) }
    }
}

/// A message that could not be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// An output that does not fit the model.
    #[error("cannot write the response of {operation}: {problem}")]
    Output {
        /// The operation.
        operation: String,
        /// What is wrong.
        problem: Problem,
    },
    /// A value that the wire or the model has no place for.
    #[error("cannot write the request for {operation}: {problem}")]
    Request {
        /// The operation.
        operation: String,
        /// What is wrong.
        problem: Problem,
    },
    /// A response that the model does not explain.
    #[error("cannot read the response of {operation} (status {status}): {problem}")]
    Response {
        /// The operation.
        operation: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong.
        problem: Problem,
    },
}
