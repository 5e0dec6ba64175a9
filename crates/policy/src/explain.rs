//! Why a decision is what it is: every layer, every policy, every statement, and what in the context would change the answer.
//!
//! A second pass, by the plain evaluator's own eyes: [`explain`] asks [`oracle`] for the decision and then looks again at
//! each statement for the first element that fails. It costs nothing when nobody asks.
//!
//! ```
//! use bailiwick_policy::explain::{Miss, explain};
//! use bailiwick_policy::{Context, Layers, Policy, PolicyType, Principal, Request, Resource};
//!
//! let policy = Policy::read("WithMfa", PolicyType::Identity, r#"{
//!     "Version": "2012-10-17",
//!     "Statement": {"Effect": "Allow", "Action": "sns:*", "Resource": "*",
//!         "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
//! }"#);
//! let layers = Layers { identity: Some(vec![policy]), ..Layers::default() };
//! let request = Request {
//!     principal: Principal::from_arn_text("arn:aws:iam::444455556666:user/dana").unwrap(),
//!     action: "sns:ListTopics".to_owned(),
//!     resource: Resource::Any,
//!     resource_account: None,
//!     wildcard_only: true,
//!     context: Context::new(),
//! };
//! let explanation = explain(&request, &layers);
//! let stopped = explanation.layers.iter().find(|layer| layer.stops).unwrap();
//! assert_eq!(stopped.policies[0].statements[0].miss, Some(Miss::Condition(0)));
//! assert_eq!(explanation.remedies[0].changes[0].key, "aws:MultiFactorAuthPresent");
//! ```

mod remedy;

use crate::oracle::statement::{Element, Look, look_at};
use crate::oracle::{self, Answers, Flow, ORDER, is_bounded, present, resource_layer};
use crate::{Decision, Effect, Layer, Layers, Policy, PolicyType, Request, Statement};

pub use remedy::{Change, Remedy};

/// A decision, layer by layer.
#[derive(Debug, Clone)]
pub struct Explanation<'a> {
    /// The decision.
    pub decision: Decision,
    /// Every layer in the order in which AWS's guide draws them, SCPs and RCPs level by level, also those that do not apply.
    pub layers: Vec<LayerTrace<'a>>,
    /// What in the context would turn a denial into an allow: each alternative was tried. Empty when the request is allowed,
    /// and when no context would do.
    pub remedies: Vec<Remedy>,
}

/// One layer, or one level of it.
#[derive(Debug, Clone)]
pub struct LayerTrace<'a> {
    /// The layer.
    pub layer: Layer,
    /// For SCPs and RCPs the level, 0 being the root.
    pub level: Option<usize>,
    /// What it says.
    pub verdict: Verdict,
    /// It keeps the request from being allowed.
    pub stops: bool,
    /// Its policies, in the order they were given.
    pub policies: Vec<PolicyTrace<'a>>,
}

/// What one layer says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A statement allows, and none denies.
    Allows,
    /// A statement denies, or a policy cannot be read.
    Denies,
    /// The layer does not apply to the request.
    NotThere,
    /// No statement speaks of the request.
    Silent,
}

/// One policy of a layer.
#[derive(Debug, Clone)]
pub struct PolicyTrace<'a> {
    /// The policy; one without a [document](Policy::document) could not be read and denies.
    pub policy: &'a Policy,
    /// Its statements, in order; none when it could not be read.
    pub statements: Vec<StatementTrace<'a>>,
}

/// One statement of a policy.
#[derive(Debug, Clone)]
pub struct StatementTrace<'a> {
    /// Its position in the policy, from 0.
    pub index: usize,
    /// What it says.
    pub statement: &'a Statement,
    /// The first element that does not match the request; `None`: the statement applies.
    pub miss: Option<Miss>,
}

impl StatementTrace<'_> {
    /// Whether it applies to the request and has this effect.
    pub fn has(&self, effect: Effect) -> bool {
        self.miss.is_none() && self.statement.effect.value == effect
    }
}

/// The element because of which a statement does not apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Miss {
    /// `Principal` or `NotPrincipal`
    Principal,
    /// `Action` or `NotAction`
    Action,
    /// `Resource` or `NotResource`
    Resource,
    /// The condition with this index among the statement's [conditions](Statement::conditions).
    Condition(usize),
}

/// Decides a request and explains the decision.
pub fn explain<'a>(request: &Request, layers: &'a Layers) -> Explanation<'a> {
    let decision = oracle::decide(request, layers);
    let answers = Answers::gather(request, layers);
    let flow = Flow::of(request, layers, &answers);
    let own = layers.resource.as_ref().map_or(PolicyType::Resource, resource_layer);
    let mut traces = Vec::new();
    for layer in ORDER {
        // A trust policy stands in the place of the resource policy: one of the two is shown.
        if matches!(layer, PolicyType::Resource | PolicyType::Trust) && layer != own {
            continue;
        }
        let levels = present(request, layers, layer);
        if levels.is_empty() {
            let stops = !decision.outcome.is_allowed() && flow.stops(layer, &answers);
            traces.push(LayerTrace { layer, level: None, verdict: Verdict::NotThere, stops, policies: Vec::new() });
        }
        for (level, policies) in levels {
            let policies =
                policies.iter().map(|policy| look(request, layer, is_bounded(layers, layer), policy)).collect();
            let verdict = verdict(&policies);
            let stops = match verdict {
                Verdict::Denies => true,
                Verdict::Silent | Verdict::NotThere => flow.requires(layer),
                Verdict::Allows => false,
            };
            traces.push(LayerTrace { layer, level, verdict, stops, policies });
        }
    }
    let remedies = remedy::search(request, layers, &decision);
    Explanation { decision, layers: traces, remedies }
}

fn look<'a>(request: &Request, layer: Layer, bounded: bool, policy: &'a Policy) -> PolicyTrace<'a> {
    let one = |version, (index, statement): (usize, &'a Statement)| {
        let miss = match look_at(request, layer, bounded, version, statement) {
            Look::Applies(_) => None,
            Look::Fails(Element::Principal) => Some(Miss::Principal),
            Look::Fails(Element::Action) => Some(Miss::Action),
            Look::Fails(Element::Resource) => Some(Miss::Resource),
            Look::Fails(Element::Condition(index)) => Some(Miss::Condition(index)),
        };
        StatementTrace { index, statement, miss }
    };
    let statements = policy.document().map(|document| {
        document.statements.iter().enumerate().map(|statement| one(document.version, statement)).collect()
    });
    PolicyTrace { policy, statements: statements.unwrap_or_default() }
}

fn verdict(policies: &Vec<PolicyTrace<'_>>) -> Verdict {
    let any = |effect| policies.iter().flat_map(|policy| &policy.statements).any(|statement| statement.has(effect));
    if any(Effect::Deny) || policies.iter().any(|policy| policy.policy.document().is_none()) {
        Verdict::Denies
    } else if any(Effect::Allow) {
        Verdict::Allows
    } else {
        Verdict::Silent
    }
}

#[cfg(test)]
mod tests;
