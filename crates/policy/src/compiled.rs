//! The engine that runs: policies compiled once, requests decided without allocation, by looking only at statements that
//! may speak of the request.
//!
//! The statements of all layers stand under one index. The action leads, by its service and a radix tree over its name, to rows
//! of candidates; within a row a radix tree over the last part of the resource's ARN leads to those that may match. What is left is
//! checked in full, so that the index can only leave work out, never change an answer. Denies are looked at first. Each layer, and each
//! level of SCPs and RCPs, has a bit; the rules that join the layers are masks over these bits.
//!
//! [`Engine::decide`] gives the outcome alone. Whoever wants the reason asks [`oracle`](crate::oracle) afterwards;
//! the two evaluators share no code but the reader, and tests hold them to each other.

mod build;
mod bytes;
mod condition;
mod decide;
mod glob;
mod principal;
mod resource;
mod trie;

use crate::Effect;
use condition::Condition;
use glob::Pattern;
use principal::Principals;
use resource::{ResourcePattern, Resources};
use trie::Tries;

/// Compiled policies. Immutable; share it behind an `Arc` and replace it as a whole.
#[derive(Debug)]
pub struct Engine {
    masks: Masks,
    services: Services,
    tries: Tries,
    /// Candidates by action, each row with its own index over resources.
    rows: Vec<Row>,
    /// The row of statements whose actions have no literal service: candidates for every request.
    everywhere: Row,
    /// Rows of one node of the action index: patterns that end there with `*`, and patterns that end there.
    nodes: Vec<ActionNode>,
    /// Lists of candidates.
    candidates: Vec<Candidate>,
    ranges: Vec<Range>,
    statements: Vec<Statement>,
    patterns: Vec<ResourcePattern>,
    conditions: Vec<Condition>,
    condition_lists: Vec<u32>,
    actions: Vec<Actions>,
    principals: Vec<Principals>,
    resources: Vec<Resources>,
}

/// A part of a flat list.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    start: u32,
    length: u32,
}

impl Range {
    fn of<T>(self, list: &[T]) -> &[T] {
        let start = self.start as usize;
        list.get(start..start + self.length as usize).unwrap_or_default()
    }
}

/// Which bits stand for which layer. A bit is one level of SCPs or RCPs, or one other layer.
#[derive(Debug, Clone, Copy, Default)]
struct Masks {
    identity: u64,
    boundary: u64,
    session: u64,
    guardrail: u64,
    service_control: u64,
    resource_control: u64,
    resource: u64,
    endpoint: u64,
    /// Layers with a policy that could not be read.
    unreadable: u64,
    /// The resource layer holds a trust policy.
    trust: bool,
    /// There are more levels than bits: everything is denied.
    overflow: bool,
}

/// Services by a hash of their names ([`bytes::short_hash`]), in an open table with a power of two of places.
#[derive(Debug, Default)]
struct Services {
    table: Vec<Option<Service>>,
}

#[derive(Debug, Clone)]
struct Service {
    name: Box<[u8]>,
    root: u32,
}

/// What stands at a node of the action index; [`trie::NONE`] for no row.
#[derive(Debug, Clone, Copy)]
struct ActionNode {
    prefix: u32,
    exact: u32,
}

/// The candidates of one action pattern, denies and allows apart.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    deny: Bucket,
    allow: Bucket,
}

/// Candidates: those for any resource, and those found by the last part of the resource's ARN.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    any: Range,
    tree: u32,
}

impl Default for Bucket {
    fn default() -> Self {
        Bucket { any: Range::default(), tree: trie::NONE }
    }
}

/// A statement that may apply, through one of its resource patterns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    statement: u32,
    /// The pattern to check; [`EVERYTHING`] for none, [`WHOLE`] for the statement's whole element.
    pattern: u32,
    /// The layer's bit number.
    layer: u8,
    /// The index proves that the action matches.
    action_known: bool,
}

/// No resource check is needed.
const EVERYTHING: u32 = u32::MAX;
/// The whole element has to be checked.
const WHOLE: u32 = u32::MAX - 1;

/// A statement. Indices are [`trie::NONE`] where there is nothing to check.
#[derive(Debug, Clone, Copy)]
struct Statement {
    effect: Effect,
    actions: u32,
    resources: u32,
    principals: u32,
    conditions: Range,
}

/// `Action` or `NotAction`, in lower case.
#[derive(Debug, Clone)]
struct Actions {
    negated: bool,
    patterns: Vec<Pattern>,
}

impl Engine {
    /// The largest number of layers, counting each level of SCPs and RCPs, that an engine holds. AWS nests five organizational
    /// units. With more, [`Engine::decide`] denies everything.
    pub const MAX_LAYERS: usize = 64;

    /// How many statements are compiled.
    pub fn statements(&self) -> usize {
        self.statements.len()
    }

    /// About how many bytes the engine holds.
    pub fn size(&self) -> usize {
        let text = |pattern: &ResourcePattern| match pattern {
            ResourcePattern::Exact { text, .. } | ResourcePattern::Prefix { text, .. } => text.len(),
            ResourcePattern::Plain { head, tail } => head.len() + tail.literal_prefix().len(),
            ResourcePattern::Parts { .. } => 5 * size_of::<Pattern>() + 32,
            _ => 0,
        };
        size_of::<Self>()
            + self.tries.size()
            + self.rows.len() * size_of::<Row>()
            + self.nodes.len() * size_of::<ActionNode>()
            + self.candidates.len() * size_of::<Candidate>()
            + self.ranges.len() * size_of::<Range>()
            + self.statements.len() * size_of::<Statement>()
            + self.patterns.iter().map(|pattern| size_of::<ResourcePattern>() + text(pattern)).sum::<usize>()
            + self.conditions.len() * (size_of::<Condition>() + 64)
            + self.condition_lists.len() * size_of::<u32>()
            + self.actions.iter().map(|actions| actions.patterns.len() * (size_of::<Pattern>() + 16)).sum::<usize>()
            + self.principals.len() * size_of::<Principals>()
            + self.resources.iter().map(|all| size_of::<Resources>() + all.patterns.len() * 64).sum::<usize>()
            + self.services.table.len() * size_of::<Option<Service>>()
    }
}

#[cfg(test)]
pub(crate) mod tests;
