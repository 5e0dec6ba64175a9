//! What the conversation itself could still bring: approvals, and a stronger proof of who asks. Where nothing else is missing,
//! that is the layer that stops a call, and the layers before it are told as they are once it is there.

use bailiwick_policy::{Context, Outcome, PolicyType, Request, Value, oracle};

use super::{NOTHING_MORE, Steps, explain_layers, gate, policies};
use crate::{
    decide::{Decided, Grounds},
    ruling::{DenialKind, StepState},
};

const APPROVERS: &str = "bailiwick:ApproverCount";
const REQUESTER: &str = "bailiwick:RequesterApproved";
const ASSURANCE: &str = "bailiwick:Assurance";

/// The most approvals that are tried; no more are asked for.
const MOST: u32 = 5;

/// What would have to be brought, and the request as it is then.
struct Missing {
    request: Request,
    text: String,
    value: String,
}

fn one<'a>(context: &'a Context, key: &str) -> Option<&'a str> {
    match context.get(key)? {
        Value::One(value) => Some(value),
        Value::Set(_) => None,
    }
}

/// The values that a key may have besides its own, from the least on; its own where it is not in the context.
fn values(context: &Context, key: &str) -> Vec<Option<String>> {
    let Some(now) = one(context, key) else { return vec![None] };
    let number = now.parse::<u32>().unwrap_or_default();
    let above = |most: u32| (number + 1..=most).map(|value| Some(value.to_string()));
    let more: Vec<Option<String>> = match key {
        APPROVERS => above(MOST).collect(),
        ASSURANCE if number > 0 => above(3).collect(),
        REQUESTER if now == "false" => vec![Some("true".to_owned())],
        _ => Vec::new(),
    };
    std::iter::once(None).chain(more).collect()
}

fn in_words(approvers: Option<&str>, requester: Option<&str>, assurance: Option<&str>) -> String {
    let approvals = match approvers {
        None => None,
        Some("1") => Some("an approval".to_owned()),
        Some(count) => Some(format!("{count} approvals")),
    };
    let own = requester.map(|_| "the approval of whoever asked".to_owned());
    let proof = match assurance {
        None => None,
        Some("3") => Some("a session with a second factor".to_owned()),
        Some(_) => Some("a session of your own at the console".to_owned()),
    };
    [approvals, own, proof].into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// The least that lets the policies allow a refused request.
fn missing(grounds: &Grounds<'_>, decided: &Decided) -> Option<Missing> {
    if decided.unknown.is_some() || !decided.agreed || decided.decision.outcome == Outcome::Allowed {
        return None;
    }
    let context = &decided.request.context;
    let compiled = grounds.directory.engines().engine(&decided.layers);
    for assurance in values(context, ASSURANCE) {
        for requester in values(context, REQUESTER) {
            for approvers in values(context, APPROVERS) {
                let brought = [(APPROVERS, &approvers), (REQUESTER, &requester), (ASSURANCE, &assurance)];
                if brought.iter().all(|(_, value)| value.is_none()) {
                    continue;
                }
                let mut request = decided.request.clone();
                let mut now = Vec::new();
                for (key, value) in brought {
                    let Some(value) = value else { continue };
                    request.context.set(key, Value::One(value.clone()));
                    now.push(format!("{key} is `{}`", one(context, key).unwrap_or_default()));
                }
                if compiled.engine.decide(&request) == Outcome::Allowed {
                    let what = in_words(approvers.as_deref(), requester.as_deref(), assurance.as_deref());
                    let text = format!("{} needs {what}", decided.check.action);
                    return Some(Missing { request, text, value: now.join(", ") });
                }
            }
        }
    }
    None
}

/// Tells a refusal to which nothing is missing but what the conversation could bring; false where it is none, with nothing
/// told. What kind of policy refuses stays what it is: clients of the API read it in AWS's words.
pub(super) fn explain(grounds: &Grounds<'_>, steps: &mut Steps, decided: &Decided, residual: &mut Vec<String>) -> bool {
    let Some(Missing { request, text, value }) = missing(grounds, decided) else { return false };
    let decision = oracle::decide(&request, &decided.layers);
    if decision.outcome != Outcome::Allowed {
        return false;
    }
    let mut refused = Steps::new();
    explain_layers(grounds, &mut refused, decided);
    let (kind, explicit) = refused.told().map_or((DenialKind::Identity, false), |stop| (stop.kind, stop.explicit));
    let as_if = Decided { request, decision, ..decided.clone() };
    explain_layers(grounds, steps, &as_if);
    steps.set(9, StepState::Passed, NOTHING_MORE);
    let action = decided.check.action.as_str();
    let near = gate::near_misses(&decided.request, action, &policies(decided, PolicyType::Identity));
    let reason = &decided.decision.reason;
    let (policy, statement) = match near.first() {
        Some(near) => (Some(near.policy.clone()), Some(near.statement.clone())),
        None => (reason.policy.clone(), super::quote(&policies(decided, reason.layer), reason)),
    };
    steps.wait(9, kind, explicit, &text);
    steps.quote(9, policy, statement, Some(value));
    match near.is_empty() {
        true => residual.push(text),
        false => residual.extend(near.into_iter().map(|near| near.text)),
    }
    true
}
