use std::{borrow::Cow, sync::LazyLock};

use crate::decide::Grounds;
use bailiwick_policy::{
    Cause, Context, Decision, Document, Effect, Layers, Outcome, Policy, PolicyType, Principal, Request, Statement,
    Value, oracle,
};

/// Allows everything, so that the policies beside it are judged alone.
pub(super) static EVERYTHING: LazyLock<Policy> = LazyLock::new(|| {
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    Policy::read("everything", PolicyType::Identity, document)
});

/// What the policies of one layer say of a request, taken alone.
pub(in crate::decide) struct Gate {
    outcome: Outcome,
    decision: Decision,
    allowing: Option<(String, Option<String>)>,
}

/// The request as if the caller's own account owned the resource: whoever does is another layer's matter.
pub(super) fn at_home(request: &Request) -> Cow<'_, Request> {
    let own = request.principal.account();
    if request.resource_account == own {
        Cow::Borrowed(request)
    } else {
        Cow::Owned(Request { resource_account: own, ..request.clone() })
    }
}

/// Whether these policies, as a limit beside others that allow everything, let a request through; from the compiled engine.
pub(in crate::decide) fn lets_through(grounds: &Grounds<'_>, request: &Request, policies: &[Policy]) -> bool {
    let layers =
        Layers { identity: Some(vec![EVERYTHING.clone()]), guardrail: Some(policies.to_vec()), ..Layers::default() };
    grounds.directory.engines().engine(&layers).engine.decide(&at_home(request)) == Outcome::Allowed
}

/// Asks what these policies alone say of a request.
pub(in crate::decide) fn gate(request: &Request, policies: &[Policy]) -> Gate {
    let request = at_home(request);
    // As the only layer: then the reason names the policy that allows. A federated user's session needs a session policy
    // before anything else can allow.
    let session = matches!(request.principal, Principal::FederatedUser { .. }).then(|| vec![EVERYTHING.clone()]);
    let only = Layers { identity: Some(policies.to_vec()), session: session.clone(), ..Layers::default() };
    let decision = oracle::decide(&request, &only);
    if let (Outcome::Allowed, Some(name)) = (decision.outcome, &decision.reason.policy) {
        let name = name.clone();
        let quoted = super::quote(policies, &decision.reason);
        return Gate { outcome: Outcome::Allowed, decision, allowing: Some((name, quoted)) };
    }
    // As a limit beside policies that allow everything: then they alone decide, for every kind of caller.
    let everything = Some(vec![EVERYTHING.clone()]);
    let alone = Layers { identity: everything, session, guardrail: only.identity, ..Layers::default() };
    let decision = oracle::decide(&request, &alone);
    Gate { outcome: decision.outcome, decision, allowing: None }
}

impl Gate {
    pub(in crate::decide) fn allows(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    pub(in crate::decide) fn explicit(&self) -> bool {
        self.outcome == Outcome::ExplicitDeny
    }

    /// The policy that decided, if a single one did.
    pub(super) fn policy(&self) -> Option<String> {
        match &self.allowing {
            Some((name, _)) => Some(name.clone()),
            None => self.decision.reason.policy.clone(),
        }
    }

    /// The deciding statement, quoted.
    pub(in crate::decide) fn quote(&self, policies: &[Policy]) -> Option<String> {
        match &self.allowing {
            Some((_, quoted)) => quoted.clone(),
            None => super::quote(policies, &self.decision.reason),
        }
    }

    /// One line for people.
    pub(in crate::decide) fn text(&self, action: &str, policies: &[Policy]) -> String {
        let reason = &self.decision.reason;
        let policy = reason.policy.as_deref().unwrap_or("a policy");
        match (self.outcome, &self.allowing, reason.cause) {
            (Outcome::Allowed, Some((policy, _)), _) => format!("{policy} allows {action}"),
            (Outcome::Allowed, None, _) => format!("{action} is allowed"),
            (_, _, Cause::Unreadable) => {
                let unreadable = policies.iter().find(|candidate| candidate.name() == policy);
                let first = unreadable.and_then(|policy| policy.diagnostics().first());
                let why = first.map(|found| format!(": {}", found.message)).unwrap_or_default();
                format!("{policy} cannot be read, so nobody knows what it denies{why}")
            }
            (Outcome::ExplicitDeny, ..) => match reason.statement.as_ref().and_then(|of| of.sid.as_deref()) {
                Some(sid) => format!("`{sid}` of {policy} denies {action}"),
                None => format!("{policy} denies {action}"),
            },
            _ => nothing_allows(action, policies),
        }
    }
}

/// `no statement allows sns:Publish (2 policies, 31 statements looked at); allowed of sns: sns:Get*, sns:List*`.
fn nothing_allows(action: &str, policies: &[Policy]) -> String {
    if policies.is_empty() {
        return format!("no statement allows {action} (there are no policies)");
    }
    let statements: usize =
        policies.iter().filter_map(|policy| policy.document()).map(|document| document.statements.len()).sum();
    let count = |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let looked = format!(
        "{}, {} looked at",
        count(policies.len(), "policy", "policies"),
        count(statements, "statement", "statements")
    );
    let service = action.split(':').next().unwrap_or_default();
    let prefix = format!("{service}:");
    let mut same: Vec<(&str, &str)> = Vec::new();
    for policy in policies {
        let allows = policy.document().into_iter().flat_map(|document| &document.statements);
        let allows = allows.filter(|statement| statement.effect.value == Effect::Allow && !statement.action.negated);
        for pattern in allows.flat_map(|statement| &statement.action.patterns) {
            let start = pattern.value.as_bytes().get(..prefix.len());
            if start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes())) {
                same.push((policy.name(), &pattern.value));
            }
        }
    }
    same.dedup();
    match same.first() {
        None => format!("no statement allows {action} ({looked})"),
        Some(&(policy, _)) => {
            same.retain(|(of, _)| *of == policy);
            let listed: Vec<&str> = same.iter().take(4).map(|(_, pattern)| *pattern).collect();
            let more = if same.len() > 4 { ", ..." } else { "" };
            format!("no statement allows {action} ({looked}); {policy} allows {}{more}", listed.join(", "))
        }
    }
}

/// An Allow that would apply if its conditions held.
pub(super) struct NearMiss {
    pub(super) policy: String,
    pub(super) statement: String,
    pub(super) text: String,
    pub(super) value: Option<String>,
}

/// The statements of these policies that would allow the action if their conditions held: asked with the conditions'
/// statement alone, without its conditions.
pub(super) fn near_misses(request: &Request, action: &str, policies: &[Policy]) -> Vec<NearMiss> {
    const MOST: usize = 4;
    let mut found = Vec::new();
    for policy in policies {
        let Some(document) = policy.document() else { continue };
        for statement in document.statements.iter().filter(|statement| conditional(statement)) {
            if found.len() == MOST {
                return found;
            }
            let bare = Document {
                version: document.version,
                version_span: document.version_span,
                id: None,
                statements: vec![Statement { conditions: Vec::new(), ..statement.clone() }],
                statement_list: None,
            };
            let bare = Policy::read(policy.name(), policy.kind(), &bare.to_string());
            if gate(request, &[bare]).allows() {
                found.push(near_miss(policy, statement, action, &request.context));
            }
        }
    }
    found
}

fn conditional(statement: &Statement) -> bool {
    statement.effect.value == Effect::Allow && !statement.conditions.is_empty()
}

fn near_miss(policy: &Policy, statement: &Statement, action: &str, context: &Context) -> NearMiss {
    let keys: Vec<&str> = statement.conditions.iter().map(|condition| condition.key.value.as_str()).collect();
    let shown = |key: &str| match context.get(key) {
        Some(Value::One(value)) => format!("{key} is `{value}`"),
        Some(Value::Set(values)) => format!("{key} is `{}`", values.join(", ")),
        None => format!("{key} is not there"),
    };
    let value = keys.iter().map(|key| shown(key)).collect::<Vec<_>>().join(", ");
    NearMiss {
        policy: policy.name().to_owned(),
        statement: policy.text().get(statement.span.range()).unwrap_or_default().to_owned(),
        text: format!("{} would allow {action} if its condition held: {value}", policy.name()),
        value: Some(value),
    }
}
