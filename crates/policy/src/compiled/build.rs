use super::bytes::{same, short_hash};
use super::condition::Condition;
use super::glob::{Pattern, Piece, pieces};
use super::principal::Principals;
use super::resource::{ResourcePattern, Resources};
use super::trie::{NONE, Tries, index};
use super::{
    ActionNode, Actions, Bucket, Candidate, EVERYTHING, Engine, Masks, Range, Row, Service, Services, Statement, WHOLE,
};
use crate::document::{self, Version};
use crate::{Effect, Layers, Policy, PolicyType};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// With more pairs of action and resource than this, a statement is indexed by its actions alone.
const MOST_PAIRS: usize = 4096;
/// With fewer candidates than this, a list is as fast as a tree.
const LEAST_FOR_TREE: usize = 6;

impl Engine {
    /// Compiles policies. Policies that cannot be read make their layer deny.
    pub fn compile(layers: &Layers) -> Self {
        let mut builder = Builder::default();
        builder.layers(layers);
        builder.finish()
    }
}

/// What `Principal` means in a layer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// A statement may do without.
    Optional,
    /// The policy of a resource: a statement without it speaks of nobody.
    Required,
    /// The same, for a caller with a permissions boundary: a deny with `NotPrincipal` spares nobody.
    Bounded,
}

#[derive(Default)]
struct Builder {
    masks: Masks,
    bits: usize,
    statements: Vec<Statement>,
    patterns: Vec<ResourcePattern>,
    conditions: Vec<Condition>,
    known_conditions: HashMap<Condition, u32, BuildHasherDefault<Fnv>>,
    condition_lists: Vec<u32>,
    actions: Vec<Actions>,
    principals: Vec<Principals>,
    resources: Vec<Resources>,
    /// Candidates by action: service, literal start of the name, and whether the name ends there.
    placed: Vec<Placed>,
    /// The text of all action patterns, in lower case.
    names: String,
    everywhere: Vec<Candidate>,
    engine: Flat,
}

/// Where a candidate goes in the action index.
#[derive(Clone, Copy)]
struct Placed {
    service: Range,
    name: Range,
    exact: bool,
    candidates: Range,
}

/// A quick hash for texts that nobody chooses to make them collide in a table that is thrown away.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// The flat parts that building a row adds to.
#[derive(Default)]
struct Flat {
    tries: Tries,
    rows: Vec<Row>,
    nodes: Vec<ActionNode>,
    candidates: Vec<Candidate>,
    ranges: Vec<Range>,
    /// Candidates of statements, before they are sorted into rows.
    pool: Vec<Candidate>,
    scratch: Vec<Candidate>,
}

impl Builder {
    fn layers(&mut self, layers: &Layers) {
        if let Some(policies) = &layers.identity {
            self.masks.identity = self.layer(policies, Naming::Optional);
        }
        if let Some(policies) = &layers.boundary {
            self.masks.boundary = self.layer(policies, Naming::Optional);
        }
        if let Some(policies) = &layers.session {
            self.masks.session = self.layer(policies, Naming::Optional);
        }
        if let Some(policies) = &layers.guardrail {
            self.masks.guardrail = self.layer(policies, Naming::Optional);
        }
        if let Some(policies) = &layers.endpoint {
            self.masks.endpoint = self.layer(policies, Naming::Optional);
        }
        if let Some(policy) = &layers.resource {
            self.masks.trust = policy.kind() == PolicyType::Trust;
            let naming = if layers.boundary.is_some() { Naming::Bounded } else { Naming::Required };
            self.masks.resource = self.layer(std::slice::from_ref(policy), naming);
        }
        if let Some(levels) = &layers.scp {
            self.masks.service_control = self.levels(levels);
        }
        if let Some(levels) = &layers.rcp {
            self.masks.resource_control = self.levels(levels);
        }
    }

    /// Every level gets a bit; a layer without levels gets one that nothing sets.
    fn levels(&mut self, levels: &[Vec<Policy>]) -> u64 {
        if levels.is_empty() {
            return self.layer(&[], Naming::Optional);
        }
        levels.iter().fold(0, |mask, level| mask | self.layer(level, Naming::Optional))
    }

    fn layer(&mut self, policies: &[Policy], naming: Naming) -> u64 {
        if self.bits >= Engine::MAX_LAYERS {
            self.masks.overflow = true;
            return 0;
        }
        let bit = 1u64 << self.bits;
        let number = self.bits as u8;
        self.bits += 1;
        for policy in policies {
            match policy.document() {
                None => self.masks.unreadable |= bit,
                Some(document) => {
                    for statement in &document.statements {
                        self.statement(statement, document.version, number, naming);
                    }
                }
            }
        }
        bit
    }

    fn statement(&mut self, statement: &document::Statement, version: Version, layer: u8, naming: Naming) {
        if statement.principal.is_none() && naming != Naming::Optional {
            return;
        }
        let number = index(self.statements.len());
        let conditions = self.conditions(&statement.conditions, version);
        let mut compiled =
            Statement { effect: statement.effect.value, actions: NONE, resources: NONE, principals: NONE, conditions };
        let denies = statement.effect.value == Effect::Deny;
        let spares = |element: &document::PrincipalElement| naming != Naming::Bounded || !element.negated || !denies;
        if let Some(element) = statement.principal.as_ref().filter(|element| spares(element)) {
            compiled.principals = index(self.principals.len());
            self.principals.push(Principals::new(element));
        }
        let action = &statement.action;
        let candidate = |pattern| Candidate { statement: number, pattern, layer, action_known: true };
        let start = self.engine.pool.len();
        match &statement.resource {
            None => self.engine.pool.push(candidate(EVERYTHING)),
            Some(element) => {
                let patterns: Vec<ResourcePattern> =
                    element.patterns.iter().map(|pattern| ResourcePattern::new(pattern, version)).collect();
                if !element.negated && patterns.contains(&ResourcePattern::Everything) {
                    self.engine.pool.push(candidate(EVERYTHING));
                } else if element.negated || patterns.len() * action.patterns.len() > MOST_PAIRS {
                    self.engine.pool.push(candidate(WHOLE));
                    compiled.resources = index(self.resources.len());
                    self.resources.push(Resources { negated: element.negated, patterns });
                } else {
                    for pattern in patterns {
                        self.engine.pool.push(candidate(index(self.patterns.len())));
                        self.patterns.push(pattern);
                    }
                }
            }
        }
        let candidates = Range { start: index(start), length: index(self.engine.pool.len() - start) };
        let mut verified = action.negated;
        if action.negated {
            self.everywhere(candidates);
        } else {
            for pattern in &action.patterns {
                verified |= self.place(pattern, candidates);
            }
        }
        if verified {
            compiled.actions = index(self.actions.len());
            let patterns =
                action.patterns.iter().map(|pattern| action_pattern(&pattern.to_ascii_lowercase())).collect();
            self.actions.push(Actions { negated: action.negated, patterns });
        }
        self.statements.push(compiled);
    }

    fn everywhere(&mut self, candidates: Range) {
        let pool = candidates.of(&self.engine.pool);
        self.everywhere.extend(pool.iter().map(|candidate| Candidate { action_known: false, ..*candidate }));
    }

    /// Puts candidates into the action index; true when the index alone cannot tell whether the action matches.
    fn place(&mut self, pattern: &str, candidates: Range) -> bool {
        let wild = pattern.find(['*', '?']);
        let literal = pattern.get(..wild.unwrap_or(pattern.len())).unwrap_or_default();
        let Some((service, name)) = literal.split_once(':') else {
            let all = pattern.bytes().all(|byte| byte == b'*');
            if all {
                let pool = candidates.of(&self.engine.pool);
                self.everywhere.extend_from_slice(pool);
            } else {
                self.everywhere(candidates);
            }
            return !all;
        };
        let rest = pattern.get(literal.len()..).unwrap_or_default();
        let proven = rest.bytes().all(|byte| byte == b'*');
        let candidates = if proven {
            candidates
        } else {
            let start = self.engine.pool.len();
            let copies: Vec<Candidate> = candidates.of(&self.engine.pool).to_vec();
            self.engine.pool.extend(copies.into_iter().map(|copy| Candidate { action_known: false, ..copy }));
            Range { start: index(start), ..candidates }
        };
        let start = self.names.len();
        self.names.push_str(service);
        self.names.push_str(name);
        self.names.get_mut(start..).unwrap_or_default().make_ascii_lowercase();
        let service = Range { start: index(start), length: index(service.len()) };
        let name = Range { start: service.start + service.length, length: index(name.len()) };
        self.placed.push(Placed { service, name, exact: wild.is_none(), candidates });
        !proven
    }

    fn conditions(&mut self, conditions: &[document::Condition], version: Version) -> Range {
        let start = index(self.condition_lists.len());
        for condition in conditions {
            let compiled = Condition::new(condition, version);
            let next = index(self.conditions.len());
            let number = *self.known_conditions.entry(compiled).or_insert_with_key(|compiled| {
                self.conditions.push(compiled.clone());
                next
            });
            self.condition_lists.push(number);
        }
        Range { start, length: index(conditions.len()) }
    }

    fn finish(mut self) -> Engine {
        let mut flat = self.engine;
        let everywhere = flat.row(&self.everywhere, &self.statements, &self.patterns);
        let names = self.names.as_bytes();
        let (service, name) = (|placed: &Placed| placed.service.of(names), |placed: &Placed| placed.name.of(names));
        self.placed.sort_by(|a, b| service(a).cmp(service(b)).then_with(|| name(a).cmp(name(b))));
        let mut services = Vec::new();
        let mut collected = Vec::new();
        let mut keys = Vec::new();
        for group in self.placed.chunk_by(|a, b| service(a) == service(b)) {
            keys.clear();
            for node in group.chunk_by(|a, b| name(a) == name(b)) {
                let mut row = |exact: bool| {
                    collected.clear();
                    for placed in node.iter().filter(|placed| placed.exact == exact) {
                        collected.extend_from_slice(placed.candidates.of(&flat.pool));
                    }
                    if collected.is_empty() {
                        return NONE;
                    }
                    let row = flat.row(&collected, &self.statements, &self.patterns);
                    flat.rows.push(row);
                    index(flat.rows.len() - 1)
                };
                let (prefix, exact) = (row(false), row(true));
                let Some(first) = node.first() else { continue };
                keys.push((name(first), index(flat.nodes.len())));
                flat.nodes.push(ActionNode { prefix, exact });
            }
            let root = flat.tries.build(&keys);
            let Some(first) = group.first() else { continue };
            services.push(Service { name: service(first).into(), root });
        }
        Engine {
            masks: self.masks,
            services: Services::new(services),
            tries: flat.tries,
            rows: flat.rows,
            everywhere,
            nodes: flat.nodes,
            candidates: flat.candidates,
            ranges: flat.ranges,
            statements: self.statements,
            patterns: self.patterns,
            conditions: self.conditions,
            condition_lists: self.condition_lists,
            actions: self.actions,
            principals: self.principals,
            resources: self.resources,
        }
    }
}

/// An action pattern in lower case; actions have no variables.
fn action_pattern(lower: &str) -> Pattern {
    let pieces: Option<Vec<Piece>> = pieces(lower, Version::V2008, true);
    // Without variables there is nothing that could be malformed.
    Pattern::new(pieces.unwrap_or_default())
}

impl Flat {
    fn row(&mut self, all: &[Candidate], statements: &[Statement], patterns: &[ResourcePattern]) -> Row {
        let denies = |c: &Candidate| statements.get(c.statement as usize).is_some_and(|s| s.effect == Effect::Deny);
        let mut row = Row::default();
        let mut scratch = std::mem::take(&mut self.scratch);
        for deny in [true, false] {
            scratch.clear();
            scratch.extend(all.iter().filter(|candidate| denies(candidate) == deny));
            let bucket = self.bucket(&mut scratch, patterns);
            if deny { row.deny = bucket } else { row.allow = bucket }
        }
        self.scratch = scratch;
        row
    }

    fn bucket(&mut self, all: &mut [Candidate], patterns: &[ResourcePattern]) -> Bucket {
        if all.len() < LEAST_FOR_TREE {
            return Bucket { any: self.list(all), tree: NONE };
        }
        // Candidates without a pattern of their own come first.
        let prefix = |candidate: &Candidate| patterns.get(candidate.pattern as usize).map(ResourcePattern::tail_prefix);
        all.sort_by_key(prefix);
        let (any, rest) = all.split_at(all.iter().take_while(|candidate| prefix(candidate).is_none()).count());
        let any = self.list(any);
        if rest.is_empty() {
            return Bucket { any, tree: NONE };
        }
        let mut keys: Vec<(&[u8], u32)> = Vec::new();
        for group in rest.chunk_by(|a, b| prefix(a) == prefix(b)) {
            let range = self.list(group);
            let key = group.first().and_then(prefix).unwrap_or_default();
            keys.push((key.as_bytes(), index(self.ranges.len())));
            self.ranges.push(range);
        }
        Bucket { any, tree: self.tries.build(&keys) }
    }

    fn list(&mut self, candidates: &[Candidate]) -> Range {
        let start = index(self.candidates.len());
        self.candidates.extend_from_slice(candidates);
        Range { start, length: index(candidates.len()) }
    }
}

impl Services {
    fn new(services: Vec<Service>) -> Self {
        // Half empty, so that a search ends soon.
        let places = (services.len() * 2).next_power_of_two().max(2);
        let mut table: Vec<Option<Service>> = Vec::new();
        table.resize_with(places, || None);
        for service in services {
            let mut at = short_hash(&service.name) & (places - 1);
            while table[at].is_some() {
                at = (at + 1) & (places - 1);
            }
            table[at] = Some(service);
        }
        Services { table }
    }

    /// The tree over the names of a service's actions.
    pub(super) fn root(&self, lower: &[u8]) -> Option<u32> {
        let last = self.table.len() - 1;
        let mut at = short_hash(lower) & last;
        while let Some(Some(service)) = self.table.get(at) {
            if same(&service.name, lower) {
                return Some(service.root);
            }
            at = (at + 1) & last;
        }
        None
    }
}
