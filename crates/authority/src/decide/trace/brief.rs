//! A call that is allowed, told from answers of compiled engines alone: which policy of each layer allows it.

use bailiwick_policy::{Effect, Layers, Outcome, Policy, PolicyType, Principal, Request};

use super::{
    NOTHING_MORE, Steps,
    gate::{EVERYTHING, at_home},
    level_names, levels_line,
};
use crate::{
    decide::{Answered, Grounds},
    quote::quoted,
    ruling::StepState,
};

/// What a step says: its number, state, text, policy and statement.
type Told = (u8, StepState, String, Option<String>, Option<String>);

/// Tells of a check that is allowed. False, with nothing told, where the engines' answers do not show what allows it.
pub(in crate::decide) fn brief(grounds: &Grounds<'_>, steps: &mut Steps, one: &Answered) -> bool {
    let root = matches!(one.request.principal, Principal::Root { .. });
    let resource = one.layers.resource.as_ref();
    if root && resource.is_some() {
        return false;
    }
    let granted = resource.is_some() && resource_grants(grounds, one);
    let Some(told) = layers(grounds, one, granted) else { return false };
    let caller = level_names(grounds, one.request.principal.account(), PolicyType::ServiceControl);
    let owner = level_names(grounds, one.request.owner(), PolicyType::ResourceControl);
    if let Some(line) = levels_line(&one.layers, &caller, &owner) {
        steps.set(3, StepState::Passed, &line);
    }
    if root {
        steps.set(4, StepState::Passed, "the root user needs no policy");
    }
    for (number, state, text, policy, statement) in told {
        steps.set(number, state, &text);
        steps.quote(number, policy, statement, None);
    }
    if let Some(policy) = resource {
        steps.name_resource(policy.kind() == PolicyType::Trust);
        if granted {
            steps.set(8, StepState::Passed, "it grants it to this caller");
            steps.quote(8, Some(policy.name().to_owned()), None, None);
        } else {
            steps.set(8, StepState::NotThere, "does not grant it to this session");
        }
    }
    steps.set(9, StepState::Passed, NOTHING_MORE);
    true
}

/// Identity policies, boundary and guardrails. `None` when nothing in one of them allows the call, although something must.
fn layers(grounds: &Grounds<'_>, one: &Answered, granted: bool) -> Option<Vec<Told>> {
    let action = one.check.action.as_str();
    let request = at_home(&one.request);
    let Layers { identity, boundary, guardrail, .. } = &one.layers;
    let mut told = Vec::new();
    for (number, layer) in [(4, identity), (5, boundary), (6, guardrail)] {
        let Some(policies) = layer else { continue };
        let allowing = policies.iter().find(|policy| allows(grounds, &request, policy));
        let (state, text) = match allowing {
            Some(policy) => (StepState::Passed, format!("{} allows {action}", policy.name())),
            None if !granted || number == 6 => return None,
            None => {
                let state = if number == 4 { StepState::NotThere } else { StepState::Passed };
                (state, format!("no statement allows {action}; the resource's policy grants it"))
            }
        };
        let policy = match number {
            4 => allowing.map(|policy| policy.name().to_owned()),
            _ => Some(policies.iter().map(Policy::name).collect::<Vec<_>>().join(", ")),
        };
        let statement =
            |policy: &Policy| grounds.directory.engines().quote(policy, action, || statement(policy, action));
        told.push((number, state, text, policy, allowing.and_then(statement)));
    }
    Some(told)
}

/// Whether the policy by itself allows the request.
fn allows(grounds: &Grounds<'_>, request: &Request, policy: &Policy) -> bool {
    let alone = Layers {
        identity: Some(vec![policy.clone()]),
        // A federated user's session can do nothing without a session policy.
        session: Some(vec![EVERYTHING.clone()]),
        ..Layers::default()
    };
    grounds.directory.engines().engine(&alone).engine.decide(request) == Outcome::Allowed
}

/// Whether the resource's policy grants the call without the identity's policies.
fn resource_grants(grounds: &Grounds<'_>, one: &Answered) -> bool {
    let without = Layers { identity: Some(Vec::new()), ..one.layers.clone() };
    grounds.directory.engines().engine(&without).engine.decide(&one.request) == Outcome::Allowed
}

/// The statement that allows the action, of a policy that does, by what concerns the action: quoted when only one speaks of
/// the action.
fn statement(policy: &Policy, action: &str) -> Option<String> {
    let speaks = |statement: &&bailiwick_policy::Statement| {
        let mut patterns = statement.action.patterns.iter();
        statement.effect.value == Effect::Allow
            && patterns.any(|pattern| matches(pattern.value.as_bytes(), action.as_bytes())) != statement.action.negated
    };
    let mut speaking = policy.document()?.statements.iter().filter(speaks);
    let only = speaking.next()?;
    if speaking.next().is_some() {
        return None;
    }
    policy.text().get(only.span.range()).map(|statement| quoted(statement, action))
}

/// Whether a pattern of an action, with `*` and `?`, matches an action, without regard to case.
fn matches(pattern: &[u8], action: &[u8]) -> bool {
    let (mut p, mut a) = (0, 0);
    // Where to go on when the rest does not match: after the last star, one letter further.
    let mut retry = None;
    while let Some(letter) = action.get(a) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                retry = Some((p, a));
            }
            Some(wanted) if *wanted == b'?' || wanted.eq_ignore_ascii_case(letter) => {
                p += 1;
                a += 1;
            }
            _ => match retry {
                Some((after, from)) => {
                    (p, a) = (after, from + 1);
                    retry = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_quoted_when_it_alone_speaks_of_the_action() {
        for (pattern, action, expected) in [
            ("*", "sns:Publish", true),
            ("sns:*", "SNS:Publish", true),
            ("sns:P*h", "sns:Publish", true),
            ("sns:P*h", "sns:PublishBatch", true),
            ("sns:P*l", "sns:PublishBatch", false),
            ("sns:Publis?", "sns:Publish", true),
            ("sns:Publish?", "sns:Publish", false),
            ("sns:List*", "sns:Publish", false),
            ("", "sns:Publish", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), action.as_bytes()), expected, "{pattern} {action}");
        }
        let read = |more: &str| {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Sns","Effect":"Allow","Action":"sns:*","Resource":"*"}}{more}]}}"#
            );
            Policy::read("p", PolicyType::Identity, &text)
        };
        assert!(statement(&read(""), "sns:Publish").is_some_and(|quoted| quoted.contains("Sns")));
        assert_eq!(statement(&read(""), "ec2:DescribeInstances"), None);
        let also = r#",{"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:sns:*:*:other"}"#;
        assert_eq!(statement(&read(also), "sns:Publish"), None, "either may be meant");
    }
}
