use crate::document::{Condition, OperatorKind, Version};
use crate::oracle::condition::{self, Truth};
use crate::oracle::pattern::{Wild, expand};
use crate::oracle::statement::{Element, Look, look_at};
use crate::oracle::{self, is_bounded, present};
use crate::{Cause, Context, Decision, Effect, Layer, Layers, Outcome, PolicyType, Request, Statement, Value};

/// How many alternatives are looked for.
const MOST: usize = 4;
/// How many contexts are tried.
const TRIES: usize = 64;
/// How many keys one alternative changes at most.
const CHANGES: usize = 8;

/// Changes of the context that together turn the denial into an allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The changes, each of another key.
    pub changes: Vec<Change>,
}

/// One key of the context that would have to be different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key, as the policy spells it.
    pub key: String,
    /// A value that does; `None`: the key must not be there. Where the policy takes many values, this is one of them.
    pub value: Option<Value>,
    /// What the policy compares the key with: `StringLike blue-*`.
    pub condition: String,
}

/// Looks for contexts in which the request would be allowed. Every one that is returned was decided by the oracle.
pub(super) fn search(request: &Request, layers: &Layers, decision: &Decision) -> Vec<Remedy> {
    if decision.outcome == Outcome::Allowed {
        return Vec::new();
    }
    let mut search = Search { asked: request, layers, tries: TRIES, found: Vec::new() };
    search.from(request.clone(), &[]);
    search.found.sort_by_key(|remedy| remedy.changes.len());
    search.found
}

struct Search<'a> {
    asked: &'a Request,
    layers: &'a Layers,
    tries: usize,
    found: Vec<Remedy>,
}

impl Search<'_> {
    fn from(&mut self, request: Request, changes: &[Change]) {
        if self.tries == 0 || self.found.len() >= MOST || changes.len() > CHANGES {
            return;
        }
        self.tries -= 1;
        let decision = oracle::decide(&request, self.layers);
        let steps = match (decision.outcome, decision.reason.cause) {
            (Outcome::Allowed, _) => {
                let mut changes = self.needed(changes);
                changes.sort_by(|a, b| a.key.cmp(&b.key));
                let remedy = Remedy { changes };
                if !self.found.contains(&remedy) {
                    self.found.push(remedy);
                }
                return;
            }
            // Nobody knows what an unreadable policy would want.
            (_, Cause::Unreadable) => return,
            (Outcome::ExplicitDeny, _) => self.lift(&request, &decision, changes),
            (Outcome::ImplicitDeny, _) => self.permit(&request, &decision, changes),
        };
        for step in steps {
            let mut request = request.clone();
            for change in &step {
                apply(&mut request.context, change);
            }
            self.from(request, &[changes, &step].concat());
        }
    }

    /// The changes without which the request stays denied: the way to an allow may have led over others.
    fn needed(&self, changes: &[Change]) -> Vec<Change> {
        let mut kept = changes.to_vec();
        let mut at = 0;
        while at < kept.len() {
            let mut fewer = kept.clone();
            fewer.remove(at);
            let mut request = self.asked.clone();
            fewer.iter().for_each(|change| apply(&mut request.context, change));
            if oracle::decide(&request, self.layers).outcome.is_allowed() {
                kept = fewer;
            } else {
                at += 1;
            }
        }
        kept
    }

    fn statements(
        &self,
        request: &Request,
        layer: Layer,
        level: Option<usize>,
        effect: Effect,
    ) -> Vec<(Version, &Statement, Look)> {
        let levels = present(request, self.layers, layer).into_iter().filter(|(known, _)| *known == level);
        let documents = levels.flat_map(|(_, policies)| policies).filter_map(|policy| policy.document());
        let statements = documents.flat_map(|document| document.statements.iter().map(|one| (document.version, one)));
        let statements = statements.filter(|(_, statement)| statement.effect.value == effect);
        let bounded = is_bounded(self.layers, layer);
        statements.map(|(version, one)| (version, one, look_at(request, layer, bounded, version, one))).collect()
    }

    /// Each condition of the statement that denies, made to fail.
    fn lift(&self, request: &Request, decision: &Decision, done: &[Change]) -> Vec<Vec<Change>> {
        let reason = &decision.reason;
        let denies = self.statements(request, reason.layer, reason.level, Effect::Deny);
        let Some((version, statement, _)) = denies.into_iter().find(|(_, _, look)| matches!(look, Look::Applies(_)))
        else {
            return Vec::new();
        };
        let conditions = statement.conditions.iter();
        conditions
            .filter_map(|one| change(&[one], version, &request.context, Truth::False, done).map(|one| vec![one]))
            .collect()
    }

    /// Each statement that would allow but for its conditions, with all of these made to hold.
    fn permit(&self, request: &Request, decision: &Decision, done: &[Change]) -> Vec<Vec<Change>> {
        let reason = &decision.reason;
        let mut allows = self.statements(request, reason.layer, reason.level, Effect::Allow);
        if reason.layer == PolicyType::Identity {
            // In one account a resource policy may grant in place of the identity policies.
            allows.extend(self.statements(request, PolicyType::Resource, None, Effect::Allow));
        }
        let mut steps = Vec::new();
        for (version, statement, look) in allows {
            if !matches!(look, Look::Fails(Element::Condition(_))) {
                continue;
            }
            let (mut context, mut step) = (request.context.clone(), Vec::new());
            let holds = statement.conditions.iter().all(|one| {
                if condition::evaluate(one, version, &context) == Truth::True {
                    return true;
                }
                let before = [done, &step].concat();
                // What else the statement asks of the key has to hold with it.
                let others = statement.conditions.iter().filter(|other| !std::ptr::eq(*other, one));
                let of_key = others.filter(|other| other.key.eq_ignore_ascii_case(&one.key));
                let together: Vec<&Condition> = [one].into_iter().chain(of_key).collect();
                let Some(change) = change(&together, version, &context, Truth::True, &before) else { return false };
                apply(&mut context, &change);
                step.push(change);
                true
            });
            if holds && !step.is_empty() {
                steps.push(step);
            }
        }
        steps
    }
}

fn apply(context: &mut Context, change: &Change) {
    match &change.value {
        Some(value) => {
            context.set(&change.key, value.clone());
        }
        None => context.remove(&change.key),
    }
}

/// A change of the key of conditions after which all of them are as wanted. A key is not changed twice.
fn change(
    conditions: &[&Condition],
    version: Version,
    context: &Context,
    wanted: Truth,
    done: &[Change],
) -> Option<Change> {
    let first = conditions.first()?;
    let key = &first.key.value;
    if done.iter().any(|change| change.key.eq_ignore_ascii_case(key)) {
        return None;
    }
    conditions.iter().flat_map(|one| candidates(one, version, context)).find_map(|value| {
        let change = Change { key: key.clone(), value, condition: wording(first) };
        let mut context = context.clone();
        apply(&mut context, &change);
        conditions.iter().all(|one| condition::evaluate(one, version, &context) == wanted).then_some(change)
    })
}

/// Values worth trying, the likeliest first: what the policy names, then its neighbours, then no value, then any other.
fn candidates(condition: &Condition, version: Version, context: &Context) -> Vec<Option<Value>> {
    let kind = condition.operator.kind;
    let name = kind.name();
    let mut texts: Vec<String> = Vec::new();
    for value in &condition.values {
        let text = &value.text.value;
        texts.push(text.clone());
        texts.extend(["", "x"].iter().filter_map(|wild| witness(text, version, context, wild)));
        if name.starts_with("Numeric") {
            match text.parse::<i64>() {
                Ok(number) => texts.extend([number.saturating_add(1), number.saturating_sub(1)].map(|n| n.to_string())),
                // Only a proposal: whether it does is for the evaluator to say.
                Err(_) => {
                    texts.extend(text.parse::<f64>().iter().flat_map(|n| [n + 1.0, n - 1.0]).map(|n| n.to_string()))
                }
            }
        }
        texts.extend(
            text.split_once('/').filter(|_| name.ends_with("IpAddress")).map(|(network, _)| network.to_owned()),
        );
    }
    let neighbours: &[&str] = match kind {
        OperatorKind::Bool => &["true", "false"],
        _ if name.starts_with("Date") => &["9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"],
        _ => &[],
    };
    texts.extend(neighbours.iter().map(|&text| text.to_owned()));
    let several = condition.operator.quantifier.is_some() || matches!(context.get(&condition.key), Some(Value::Set(_)));
    let value = |text: String| Some(if several { Value::Set(vec![text]) } else { Value::One(text) });
    let mut values: Vec<Option<Value>> = Vec::new();
    if kind != OperatorKind::Null {
        values.extend(texts.into_iter().map(value));
    }
    values.push(None);
    let other = if name.ends_with("IpAddress") { "192.0.2.1" } else { "other" };
    values.push(value(other.to_owned()));
    values
}

/// A text that a pattern matches: variables have their values, and wildcards become `wild`.
fn witness(pattern: &str, version: Version, context: &Context, wild: &str) -> Option<String> {
    let tokens = expand(pattern, version, Wild::Yes, context)?;
    let mut units: Vec<u16> = Vec::new();
    for token in tokens {
        match token.unit() {
            Some(unit) => units.push(unit),
            None => units.extend(wild.encode_utf16()),
        }
    }
    String::from_utf16(&units).ok()
}

fn wording(condition: &Condition) -> String {
    let values: Vec<&str> = condition.values.iter().map(|value| value.text.value.as_str()).collect();
    format!("{} {}", condition.operator.value, values.join(", "))
}
