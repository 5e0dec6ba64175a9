//! A decision as a table and as JSON.

use bailiwick_policy::document::Position;
use bailiwick_policy::{Cause, Decision, Layers, Outcome, Policy, PolicyType, Reason, StatementRef};
use serde_json::{Value, json};

use super::question::Question;
use crate::terminal::{Paint, plain};

/// The policy that a reason names.
pub(crate) fn policy<'a>(layers: &'a Layers, reason: &Reason) -> Option<&'a Policy> {
    let level = |levels: &'a Option<Vec<Vec<Policy>>>| {
        levels.as_ref().and_then(|levels| levels.get(reason.level.unwrap_or_default())).map(Vec::as_slice)
    };
    let policies: Option<&[Policy]> = match reason.layer {
        PolicyType::Identity => layers.identity.as_deref(),
        PolicyType::Boundary => layers.boundary.as_deref(),
        PolicyType::Session => layers.session.as_deref(),
        PolicyType::Guardrail => layers.guardrail.as_deref(),
        PolicyType::ServiceControl => level(&layers.scp),
        PolicyType::ResourceControl => level(&layers.rcp),
        PolicyType::Resource | PolicyType::Trust => layers.resource.as_ref().map(std::slice::from_ref),
        PolicyType::Endpoint => layers.endpoint.as_deref(),
    };
    let name = reason.policy.as_deref()?;
    policies?.iter().find(|policy| policy.name() == name)
}

pub(crate) fn json(question: &Question, decision: &Decision) -> Value {
    let Question { request, layers } = question;
    let reason = &decision.reason;
    let text = policy(layers, reason).map(Policy::text).unwrap_or_default();
    let statement = |of: &StatementRef| {
        let Position { line, column } = Position::of(text, of.span.start);
        json!({"index": of.index, "sid": of.sid, "line": line, "column": column})
    };
    let denial = decision.aws_denial(request);
    json!({
        "decision": decision.outcome.as_str(),
        "principal": request.principal.display_name(),
        "action": request.action,
        "resource": request.resource.as_str(),
        "layer": reason.layer.as_str(),
        "level": reason.level,
        "policy": reason.policy,
        "statement": reason.statement.as_ref().map(statement),
        "cause": match reason.cause {
            Cause::StatementAllows => "statement_allows",
            Cause::StatementDenies => "statement_denies",
            Cause::NothingAllows => "nothing_allows",
            Cause::Unreadable => "unreadable",
            Cause::NoPermissionNeeded => "no_permission_needed",
            Cause::RootUser => "root_user",
        },
        "blocked_by": decision.blocked_by.iter().map(|layer| layer.as_str()).collect::<Vec<_>>(),
        "sentence": decision.sentence(request),
        "aws": denial.map(|denial| json!({"code": denial.code, "status": denial.status, "message": denial.message})),
    })
}

pub(crate) fn table(question: &Question, decision: &Decision, paint: Paint) -> String {
    let Question { request, layers } = question;
    let reason = &decision.reason;
    let word = match decision.outcome {
        Outcome::Allowed => paint.good("allowed"),
        Outcome::ImplicitDeny => paint.bad("denied (nothing allows it)"),
        Outcome::ExplicitDeny => paint.bad("denied (explicitly)"),
    };
    let mut rows = vec![
        ("decision", word),
        ("principal", plain(request.principal.display_name())),
        ("action", plain(&request.action)),
        ("resource", plain(request.resource.as_str())),
        ("layer", layer(reason.layer, reason.level)),
    ];
    if let Some(name) = &reason.policy {
        rows.push(("policy", plain(name)));
    }
    if let Some(found) = &reason.statement {
        let sid = found.sid.as_deref().map(|sid| format!(" ({})", plain(sid))).unwrap_or_default();
        let text = policy(layers, reason).map(Policy::text).unwrap_or_default();
        let Position { line, column } = Position::of(text, found.span.start);
        rows.push(("statement", format!("{}{sid}, line {line}, column {column}", found.index + 1)));
    }
    if decision.blocked_by.len() > 1 {
        let layers: Vec<&str> = decision.blocked_by.iter().map(|layer| layer.as_str()).collect();
        rows.push(("blocked by", layers.join(", ")));
    }
    rows.push(("reason", plain(&decision.sentence(request))));
    if let Some(denial) = decision.aws_denial(request) {
        rows.push(("AWS says", plain(&format!("{}: {}", denial.code, denial.message))));
    }
    rows.into_iter().map(|(name, value)| format!("{} {value}\n", paint.faint(&format!("{name:<11}")))).collect()
}

/// A layer for people, its level counted from 1.
pub(crate) fn layer(layer: PolicyType, level: Option<usize>) -> String {
    match level {
        Some(level) => format!("{}, level {}", layer.aws_name(), level + 1),
        None => layer.aws_name().to_owned(),
    }
}
