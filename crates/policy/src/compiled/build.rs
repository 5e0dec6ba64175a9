use super::bytes::{position, position_of_any, same, short_hash};
use super::condition::Condition;
use super::glob::{Pattern, Piece, pieces};
use super::principal::Principals;
use super::resource::{ResourcePattern, Resources, is_everything};
use super::trie::{NONE, Tries, index};
use super::{
    ActionNode, Actions, Bucket, Candidate, EVERYTHING, Engine, Masks, Range, Row, Service, Services, Statement, WHOLE,
};
use crate::document::{self, Version};
use crate::{Effect, Layers, Policy, PolicyType};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// With more pairs of action and resource than this, a statement is indexed by its actions alone.
const MOST_PAIRS: usize = 4096;
/// With fewer candidates than this, a list is as fast as a tree.
const LEAST_FOR_TREE: usize = 6;

impl Engine {
    /// Compiles policies. Policies that cannot be read make their layer deny.
    pub fn compile(layers: &Layers) -> Self {
        let mut builder = Builder::default();
        builder.reserve(layers);
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
struct Builder<'p> {
    masks: Masks,
    bits: usize,
    statements: Vec<Statement>,
    patterns: Vec<ResourcePattern>,
    conditions: Vec<Condition>,
    known_conditions: HashMap<Source<'p>, u32, BuildHasherDefault<Words>>,
    condition_lists: Vec<u32>,
    actions: Vec<Actions>,
    principals: Vec<Principals>,
    resources: Vec<Resources>,
    /// Candidates by action.
    placed: Vec<Placed>,
    /// The text of all action patterns, in lower case.
    names: Vec<u8>,
    everywhere: Vec<Candidate>,
    engine: Flat,
}

/// Where a candidate goes in the action index.
#[derive(Clone, Copy)]
struct Placed {
    /// The first bytes of the key, so that sorting seldom looks at the text.
    start: u128,
    /// Service, colon and literal start of the name, among the names.
    key: Range,
    exact: bool,
    candidates: Range,
}

/// A condition as it is written: equal ones are compiled once.
#[derive(PartialEq, Eq)]
struct Source<'p> {
    condition: &'p document::Condition,
    version: Version,
}

impl Hash for Source<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.condition.operator.value.hash(state);
        state.write(self.condition.key.as_bytes());
        for value in &self.condition.values {
            state.write(value.text.as_bytes());
        }
    }
}

/// A quick hash for texts that nobody chooses to make them collide in a table that is thrown away.
#[derive(Default)]
struct Words(u64);

impl Words {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

impl Hasher for Words {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        self.add(rest.iter().fold(bytes.len() as u64, |word, byte| word << 8 | u64::from(*byte)));
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

impl<'p> Builder<'p> {
    /// Makes room for what will come, so that the lists do not grow step by step.
    fn reserve(&mut self, layers: &Layers) {
        let documents = layers.policies().filter_map(Policy::document);
        let (mut statements, mut actions, mut resources, mut conditions) = (0, 0, 0, 0);
        for statement in documents.flat_map(|document| &document.statements) {
            statements += 1;
            actions += statement.action.patterns.len();
            resources += statement.resource.as_ref().map_or(1, |element| element.patterns.len());
            conditions += statement.conditions.len();
        }
        self.statements.reserve(statements);
        self.patterns.reserve(resources);
        self.condition_lists.reserve(conditions);
        self.placed.reserve(actions);
        // An action has some twenty characters.
        self.names.reserve(20 * actions);
        self.engine.pool.reserve(resources);
        self.engine.candidates.reserve(actions.max(resources));
        self.engine.nodes.reserve(actions / 2);
        self.engine.rows.reserve(actions / 2);
    }

    fn layers(&mut self, layers: &'p Layers) {
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
    fn levels(&mut self, levels: &'p [Vec<Policy>]) -> u64 {
        if levels.is_empty() {
            return self.layer(&[], Naming::Optional);
        }
        levels.iter().fold(0, |mask, level| mask | self.layer(level, Naming::Optional))
    }

    fn layer(&mut self, policies: &'p [Policy], naming: Naming) -> u64 {
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

    fn statement(&mut self, statement: &'p document::Statement, version: Version, layer: u8, naming: Naming) {
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
            Some(element) if !element.negated && element.patterns.iter().any(|text| is_everything(text)) => {
                self.engine.pool.push(candidate(EVERYTHING));
            }
            Some(element) => {
                let patterns = element.patterns.iter().map(|pattern| ResourcePattern::new(pattern, version));
                if element.negated || patterns.len() * action.patterns.len() > MOST_PAIRS {
                    self.engine.pool.push(candidate(WHOLE));
                    compiled.resources = index(self.resources.len());
                    self.resources.push(Resources { negated: element.negated, patterns: patterns.collect() });
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
        let wild = position_of_any(pattern.as_bytes(), [b'*', b'?']);
        let literal = pattern.get(..wild.unwrap_or(pattern.len())).unwrap_or_default();
        if position(literal.as_bytes(), b':').is_none() {
            let all = is_everything(pattern);
            if all {
                let pool = candidates.of(&self.engine.pool);
                self.everywhere.extend_from_slice(pool);
            } else {
                self.everywhere(candidates);
            }
            return !all;
        }
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
        self.names.extend_from_slice(literal.as_bytes());
        let own = self.names.get_mut(start..).unwrap_or_default();
        own.make_ascii_lowercase();
        let mut first = [0; 16];
        for (byte, own) in first.iter_mut().zip(own) {
            *byte = *own;
        }
        let key = Range { start: index(start), length: index(literal.len()) };
        self.placed.push(Placed { start: u128::from_be_bytes(first), key, exact: wild.is_none(), candidates });
        !proven
    }

    fn conditions(&mut self, conditions: &'p [document::Condition], version: Version) -> Range {
        let start = index(self.condition_lists.len());
        for condition in conditions {
            let number = *self.known_conditions.entry(Source { condition, version }).or_insert_with(|| {
                self.conditions.push(Condition::new(condition, version));
                index(self.conditions.len() - 1)
            });
            self.condition_lists.push(number);
        }
        Range { start, length: index(conditions.len()) }
    }

    fn finish(mut self) -> Engine {
        let mut flat = self.engine;
        let everywhere = flat.row(&self.everywhere, &self.statements, &self.patterns);
        let names = self.names.as_slice();
        let key = |placed: &Placed| placed.key.of(names);
        self.placed.sort_unstable_by(|a, b| a.start.cmp(&b.start).then_with(|| key(a).cmp(key(b))));
        // Cut at the colon: the service before it, the name behind.
        let cut = |placed: &Placed| -> (&[u8], &[u8]) {
            let key = key(placed);
            let colon = position(key, b':').unwrap_or(key.len());
            (key.get(..colon).unwrap_or_default(), key.get(colon + 1..).unwrap_or_default())
        };
        let mut services = Vec::new();
        let mut collected = Vec::new();
        let mut last = Vec::new();
        let mut keys = Vec::new();
        for group in self.placed.chunk_by(|a, b| same(cut(a).0, cut(b).0)) {
            keys.clear();
            for node in group.chunk_by(|a, b| same(key(a), key(b))) {
                let mut row = |exact: bool| {
                    collected.clear();
                    for placed in node.iter().filter(|placed| placed.exact == exact) {
                        collected.extend_from_slice(placed.candidates.of(&flat.pool));
                    }
                    if collected.is_empty() {
                        return NONE;
                    }
                    // Actions of one list often stand side by side, with the same candidates.
                    if collected == last {
                        return index(flat.rows.len() - 1);
                    }
                    last.clone_from(&collected);
                    let row = flat.row(&collected, &self.statements, &self.patterns);
                    flat.rows.push(row);
                    index(flat.rows.len() - 1)
                };
                let (prefix, exact) = (row(false), row(true));
                let Some(first) = node.first() else { continue };
                keys.push((cut(first).1, index(flat.nodes.len())));
                flat.nodes.push(ActionNode { prefix, exact });
            }
            let root = flat.tries.build(&keys);
            let Some(first) = group.first() else { continue };
            services.push(Service { name: cut(first).0.into(), root });
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
        if all.len() < LEAST_FOR_TREE {
            let mut bucket = |deny| {
                let start = self.candidates.len();
                self.candidates.extend(all.iter().filter(|candidate| denies(candidate) == deny));
                let any = Range { start: index(start), length: index(self.candidates.len() - start) };
                Bucket { any, tree: NONE }
            };
            return Row { deny: bucket(true), allow: bucket(false) };
        }
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
