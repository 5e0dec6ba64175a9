use super::*;
use crate::{Context, Resource};

const USER: &str = "arn:aws:iam::111122223333:user/dana";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ops/dana";
const TOPIC: &str = "arn:aws:sns:us-east-1:111122223333:alarms";
const FOREIGN: &str = "arn:aws:sns:us-east-1:444455556666:alarms";

fn request(principal: &str, resource: &str) -> Request {
    Request {
        principal: Principal::from_arn_text(principal).unwrap(),
        action: "sns:Publish".to_owned(),
        resource: Resource::from_text(resource),
        resource_account: None,
        wildcard_only: false,
        context: Context::new(),
    }
}

fn policy(kind: PolicyType, effect: &str, principal: &str) -> Policy {
    let who = if principal.is_empty() { String::new() } else { format!(r#""Principal":{principal},"#) };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Sid":"Only","Effect":"{effect}",{who}"Action":"sns:*","Resource":"*"}}}}"#
    );
    let policy = Policy::read("p", kind, &text);
    assert_eq!(policy.diagnostics(), []);
    policy
}

fn allow(kind: PolicyType) -> Policy {
    policy(kind, "Allow", "")
}

#[test]
fn nothing_is_allowed_without_an_allow() {
    let decision = decide(&request(USER, TOPIC), &Layers::default());
    assert_eq!((decision.outcome, decision.blocked_by), (Outcome::ImplicitDeny, vec![PolicyType::Identity]));
    assert_eq!(decision.reason.cause, Cause::NothingAllows);
}

#[test]
fn the_reason_names_the_statement() {
    let layers = Layers { identity: Some(vec![allow(PolicyType::Identity)]), ..Layers::default() };
    let decision = decide(&request(USER, TOPIC), &layers);
    assert_eq!(decision.outcome, Outcome::Allowed);
    let statement = decision.reason.statement.unwrap();
    assert_eq!((statement.index, statement.sid.as_deref()), (0, Some("Only")));
    assert_eq!(decision.reason.policy.as_deref(), Some("p"));
}

#[test]
fn an_unreadable_policy_denies_wherever_it_stands() {
    for kind in PolicyType::ALL {
        let bad = Policy::read("bad", kind, "{}");
        let mut layers = Layers { identity: Some(vec![allow(PolicyType::Identity)]), ..Layers::default() };
        match kind {
            PolicyType::Identity => layers.identity.as_mut().unwrap().push(bad),
            PolicyType::Boundary => layers.boundary = Some(vec![allow(kind), bad]),
            PolicyType::Session => layers.session = Some(vec![allow(kind), bad]),
            PolicyType::Guardrail => layers.guardrail = Some(vec![allow(kind), bad]),
            PolicyType::ServiceControl => layers.scp = Some(vec![vec![allow(kind), bad]]),
            PolicyType::ResourceControl => layers.rcp = Some(vec![vec![policy(kind, "Allow", "\"*\""), bad]]),
            PolicyType::Resource | PolicyType::Trust => layers.resource = Some(bad),
            PolicyType::Endpoint => layers.endpoint = Some(vec![policy(kind, "Allow", "\"*\""), bad]),
        }
        let decision = decide(&request(USER, TOPIC), &layers);
        assert_eq!((decision.outcome, decision.reason.cause), (Outcome::ExplicitDeny, Cause::Unreadable), "{kind:?}");
        assert_eq!(decision.blocked_by, [kind]);
        assert_eq!(decision.reason.policy.as_deref(), Some("bad"));
    }
}

#[test]
fn direct_grants_pass_by_the_limits() {
    let grant = |who: &str| Some(policy(PolicyType::Resource, "Allow", &format!(r#"{{"AWS":"{who}"}}"#)));
    let limited =
        |who: &str| Layers { boundary: Some(vec![]), session: Some(vec![]), resource: grant(who), ..Layers::default() };
    let blocked = |principal: &str, who: &str| decide(&request(principal, TOPIC), &limited(who)).blocked_by;
    let (boundary, session, identity) = (PolicyType::Boundary, PolicyType::Session, PolicyType::Identity);
    assert_eq!(blocked(USER, USER), []);
    assert_eq!(blocked(USER, "*"), []);
    assert_eq!(blocked(SESSION, SESSION), []);
    assert_eq!(blocked(SESSION, "arn:aws:iam::111122223333:role/ops"), [boundary, session]);
    assert_eq!(blocked(SESSION, "111122223333"), [identity, boundary, session]);
    let mut guarded = limited(USER);
    guarded.guardrail = Some(vec![]);
    assert_eq!(decide(&request(USER, TOPIC), &guarded).blocked_by, [PolicyType::Guardrail], "guardrails bind always");
}

#[test]
fn across_accounts_both_sides_allow() {
    let both = Layers {
        identity: Some(vec![allow(PolicyType::Identity)]),
        resource: Some(policy(PolicyType::Resource, "Allow", r#"{"AWS":"111122223333"}"#)),
        ..Layers::default()
    };
    assert_eq!(decide(&request(USER, FOREIGN), &both).outcome, Outcome::Allowed);
    let without = |layers: Layers| decide(&request(USER, FOREIGN), &layers).blocked_by;
    assert_eq!(without(Layers { identity: None, ..both.clone() }), [PolicyType::Identity]);
    assert_eq!(without(Layers { resource: None, ..both.clone() }), [PolicyType::Resource]);
}

#[test]
fn every_level_allows_and_service_linked_roles_are_exempt() {
    let full = || vec![allow(PolicyType::ServiceControl)];
    let layers =
        |levels| Layers { identity: Some(vec![allow(PolicyType::Identity)]), scp: Some(levels), ..Layers::default() };
    assert_eq!(decide(&request(USER, TOPIC), &layers(vec![full(), full()])).outcome, Outcome::Allowed);
    let decision = decide(&request(USER, TOPIC), &layers(vec![full(), vec![]]));
    assert_eq!((decision.blocked_by, decision.reason.level), (vec![PolicyType::ServiceControl], Some(1)));
    assert_eq!(decide(&request(USER, TOPIC), &layers(vec![])).outcome, Outcome::ImplicitDeny);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
    assert_eq!(decide(&request(linked, TOPIC), &layers(vec![full(), vec![]])).outcome, Outcome::Allowed);
}

#[test]
fn root_needs_no_statement_in_its_own_account() {
    let root = "arn:aws:iam::111122223333:root";
    let decision = decide(&request(root, TOPIC), &Layers::default());
    assert_eq!((decision.outcome, decision.reason.cause), (Outcome::Allowed, Cause::RootUser));
    assert_eq!(decide(&request(root, FOREIGN), &Layers::default()).outcome, Outcome::ImplicitDeny);
    let scp = Layers { scp: Some(vec![vec![]]), ..Layers::default() };
    assert_eq!(decide(&request(root, TOPIC), &scp).outcome, Outcome::ImplicitDeny);
}
