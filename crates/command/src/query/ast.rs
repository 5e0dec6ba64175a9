//! The tree a JMESPath expression is read into.

use serde_json::Value;

/// One node. `Box` children are evaluated from left to right, each on the value its rule says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ast {
    And(Box<Ast>, Box<Ast>),
    /// The value under evaluation itself: `@`, and the silent start of `[0]` or `*`.
    Current,
    Compare(Comparator, Box<Ast>, Box<Ast>),
    /// `&expression`: handed to a function unevaluated.
    Expref(Box<Ast>),
    Field(String),
    /// `left[?condition].right`
    Filter {
        left: Box<Ast>,
        condition: Box<Ast>,
        right: Box<Ast>,
    },
    Flatten(Box<Ast>),
    Function {
        name: String,
        arguments: Vec<Ast>,
    },
    Index(i64),
    /// `left[0][1]`: kept apart from [`Ast::Then`] because a slice that follows it is not projected.
    Indexed(Vec<Ast>),
    Literal(Value),
    MultiHash(Vec<(String, Ast)>),
    MultiList(Vec<Ast>),
    Not(Box<Ast>),
    Or(Box<Ast>, Box<Ast>),
    /// `left[*].right`
    Project(Box<Ast>, Box<Ast>),
    /// `left.*.right`
    ProjectValues(Box<Ast>, Box<Ast>),
    Slice {
        start: Option<i64>,
        stop: Option<i64>,
        step: Option<i64>,
    },
    /// `left.right` and `left | right`: the right one is evaluated on the left one's value.
    Then(Box<Ast>, Box<Ast>),
}

impl Ast {
    /// How many nodes lie on the longest way down from here.
    pub(super) fn depth(&self) -> usize {
        let below = match self {
            Ast::Current | Ast::Field(_) | Ast::Index(_) | Ast::Literal(_) | Ast::Slice { .. } => 0,
            Ast::Expref(one) | Ast::Flatten(one) | Ast::Not(one) => one.depth(),
            Ast::And(left, right)
            | Ast::Compare(_, left, right)
            | Ast::Or(left, right)
            | Ast::Project(left, right)
            | Ast::ProjectValues(left, right)
            | Ast::Then(left, right) => left.depth().max(right.depth()),
            Ast::Filter { left, condition, right } => left.depth().max(condition.depth()).max(right.depth()),
            Ast::Function { arguments: many, .. } | Ast::Indexed(many) | Ast::MultiList(many) => {
                many.iter().map(Ast::depth).max().unwrap_or(0)
            }
            Ast::MultiHash(pairs) => pairs.iter().map(|(_, node)| node.depth()).max().unwrap_or(0),
        };
        below + 1
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    NotEqual,
}
