use super::prepare::Prepared;
use super::{EvalDecision, MatchedStatement, ResourceSpecificResult, SourcePolicyType, keys, number};
use crate::document::{Document, OperatorKind, Position};
use crate::oracle::statement::{Look, look_at};
use crate::{Effect, Policy, PolicyType, Request, Resource, Statement, Value};

/// What the simulator says of one action on one resource.
pub(super) struct Verdict {
    pub(super) decision: EvalDecision,
    pub(super) matched: Vec<MatchedStatement>,
    pub(super) missing: Vec<String>,
    pub(super) details: Vec<(SourcePolicyType, EvalDecision)>,
    pub(super) by_organizations: Option<bool>,
    pub(super) by_boundary: Option<bool>,
}

impl Verdict {
    pub(super) fn into_result(self, resource: &str) -> ResourceSpecificResult {
        ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: self.decision,
            matched_statements: self.matched,
            missing_context_values: self.missing,
            eval_decision_details: self.details,
            allowed_by_permissions_boundary: self.by_boundary,
        }
    }
}

/// The statements of one layer that apply.
#[derive(Default)]
struct Found {
    allows: Vec<MatchedStatement>,
    denies: Vec<MatchedStatement>,
}

impl Found {
    fn decision(&self) -> EvalDecision {
        if !self.denies.is_empty() {
            EvalDecision::ExplicitDeny
        } else if !self.allows.is_empty() {
            EvalDecision::Allowed
        } else {
            EvalDecision::ImplicitDeny
        }
    }

    fn allows(&self) -> bool {
        self.decision() == EvalDecision::Allowed
    }
}

/// Decides one action on one resource. `taken`: the action acts on resources of this kind.
pub(super) fn decide(question: &Prepared, action: &str, resource: &str, taken: bool) -> Verdict {
    let request = Request {
        principal: question.caller.clone(),
        action: action.to_owned(),
        resource: Resource::from_text(resource),
        resource_account: None,
        wildcard_only: false,
        context: question.context.clone(),
    };
    let look = |kind, policies: &[Policy]| if taken { find(&request, kind, policies) } else { Found::default() };
    let identity = look(SourcePolicyType::Identity, &question.identity);
    let boundary =
        question.boundary.as_ref().map(|policy| look(SourcePolicyType::Boundary, std::slice::from_ref(policy)));
    let own = question.resource.as_ref().map(|policy| look(SourcePolicyType::Resource, std::slice::from_ref(policy)));
    let levels: Vec<Found> = question.scp.iter().map(|level| look(SourcePolicyType::Identity, level)).collect();

    let by_boundary = boundary.as_ref().map(Found::allows);
    let by_organizations = (!levels.is_empty()).then(|| levels.iter().all(Found::allows));
    let details = if question.cross_account { details(&identity, boundary.as_ref(), own.as_ref()) } else { Vec::new() };
    let granted = own.as_ref().is_some_and(Found::allows);
    let by_identity = identity.allows() && by_boundary != Some(false);
    let reached = if question.cross_account { by_identity && granted } else { by_identity || granted };

    // In the order in which AWS was seen to list statements: boundary, resource policy, identity policies.
    let layers = || boundary.iter().chain(own.iter()).chain([&identity]);
    let denied = layers().chain(&levels).any(|found| !found.denies.is_empty());
    let decision = if denied {
        EvalDecision::ExplicitDeny
    } else if reached && by_organizations != Some(false) {
        EvalDecision::Allowed
    } else {
        EvalDecision::ImplicitDeny
    };
    let matched = match decision {
        EvalDecision::ExplicitDeny => layers().flat_map(|found| found.denies.clone()).collect(),
        // The boundary limits; it is not what allows.
        EvalDecision::Allowed => own.iter().chain([&identity]).flat_map(|found| found.allows.clone()).collect(),
        EvalDecision::ImplicitDeny => Vec::new(),
    };
    let missing = if decision == EvalDecision::ImplicitDeny { missing(question) } else { Vec::new() };
    Verdict { decision, matched, missing, details, by_organizations, by_boundary }
}

fn details(identity: &Found, boundary: Option<&Found>, own: Option<&Found>) -> Vec<(SourcePolicyType, EvalDecision)> {
    let mut details = vec![(SourcePolicyType::Identity, identity.decision())];
    details.extend(own.map(|found| (SourcePolicyType::Resource, found.decision())));
    details.extend(boundary.map(|found| (SourcePolicyType::Boundary, found.decision())));
    details
}

fn find(request: &Request, kind: SourcePolicyType, policies: &[Policy]) -> Found {
    let layer = match kind {
        SourcePolicyType::Boundary => PolicyType::Boundary,
        SourcePolicyType::Identity => PolicyType::Identity,
        SourcePolicyType::Resource => PolicyType::Resource,
    };
    let mut found = Found::default();
    for policy in policies {
        let Some(document) = policy.document() else { continue };
        for (index, statement) in document.statements.iter().enumerate() {
            let applies = matches!(look_at(request, layer, false, document.version, statement), Look::Applies(_));
            if !applies || compares_text_as_number(statement, request) {
                continue;
            }
            let matched = MatchedStatement {
                source_policy_id: policy.name().to_owned(),
                source_policy_type: kind,
                start_position: Position::of(policy.text(), start(document, index)),
                end_position: Position::of(policy.text(), statement.span.end),
            };
            match statement.effect.value {
                Effect::Allow => found.allows.push(matched),
                Effect::Deny => found.denies.push(matched),
            }
        }
    }
    found
}

/// Where the simulator says that a statement starts: just after the token before it.
fn start(document: &Document, index: usize) -> usize {
    let before = index.checked_sub(1).and_then(|before| document.statements.get(before));
    match (before, document.statement_list) {
        (Some(before), _) => before.span.end,
        (None, Some(list)) => list.start + 1,
        (None, None) => document.statements.get(index).map_or(0, |statement| statement.span.start + 1),
    }
}

/// Live, a text that is no number is not equal to any; in the simulator every numeric operator fails on it.
fn compares_text_as_number(statement: &Statement, request: &Request) -> bool {
    statement.conditions.iter().any(|condition| {
        let numeric =
            condition.operator.kind.name().starts_with("Numeric") && condition.operator.kind != OperatorKind::Null;
        let text = matches!(request.context.get(&condition.key), Some(Value::One(text)) if !number::is_number(text));
        numeric && text
    })
}

/// Every key that a policy names, wherever it stands, and the request does not have.
fn missing(question: &Prepared) -> Vec<String> {
    let mut names = Vec::new();
    let policies = question.identity.iter().chain(&question.boundary).chain(&question.resource);
    for policy in policies.chain(question.scp.iter().flatten()) {
        keys::collect(policy, &mut names);
    }
    names.retain(|name| question.supplied.get(name).is_none());
    // Of names that differ by case only, AWS was seen to list the one that the text has later first.
    let mut listed: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let place = listed.iter().position(|known| known.eq_ignore_ascii_case(&name)).unwrap_or(listed.len());
        listed.insert(place, name);
    }
    listed
}
