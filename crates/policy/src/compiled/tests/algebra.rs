use super::generate::{ALayers, APolicy, AStatement, Random};
use crate::compiled::Engine;
use crate::explain::{Change, explain};
use crate::{Cause, Layers, Outcome, Policy, PolicyType, Principal, Request, oracle};

const SETS: u64 = 1500;
const REQUESTS: usize = 16;

/// Policies for both evaluators.
struct Both {
    layers: Layers,
    engine: Engine,
}

impl Both {
    fn of(layers: &ALayers) -> Self {
        let layers = layers.read();
        let engine = Engine::compile(&layers);
        Both { layers, engine }
    }

    /// The outcome, which both evaluators give.
    fn outcome(&self, request: &Request) -> Outcome {
        let outcome = oracle::decide(request, &self.layers).outcome;
        assert_eq!(self.engine.decide(request), outcome);
        outcome
    }
}

/// Changes layers at random and compares the outcomes before and after.
fn compare(
    seed: u64,
    mut change: impl FnMut(&mut Random, &mut ALayers),
    check: impl Fn(&Request, Outcome, Outcome) -> bool,
) -> usize {
    let mut changed = 0;
    for number in 0..SETS {
        let mut random = Random(seed << 32 | number);
        let before = random.layers();
        let mut after = before.clone();
        change(&mut random, &mut after);
        let (before, after) = (Both::of(&before), Both::of(&after));
        for _ in 0..REQUESTS {
            let request = random.request();
            let (old, new) = (before.outcome(&request), after.outcome(&request));
            let layers = (&before.layers, &after.layers);
            assert!(check(&request, old, new), "set {number}: {old:?} became {new:?}\n{request:#?}\n{layers:#?}");
            changed += usize::from(old != new);
        }
    }
    changed
}

fn narrows_only(_: &Request, old: Outcome, new: Outcome) -> bool {
    old.is_allowed() || !new.is_allowed()
}

fn add(random: &mut Random, layers: &mut ALayers, denies: bool) {
    let mut policies = layers.policies();
    if policies.is_empty() {
        return;
    }
    let at = random.below(policies.len());
    let policy = &mut policies[at];
    let statement = random.statement(policy.kind, denies);
    let place = random.below(policy.statements.len() + 1);
    policy.statements.insert(place, statement);
}

#[test]
fn a_deny_more_never_allows_more() {
    let changed = compare(11, |random, layers| add(random, layers, true), narrows_only);
    assert!(changed > 100, "{changed}");
}

#[test]
fn an_allow_more_in_a_layer_never_allows_less() {
    let changed =
        compare(12, |random, layers| add(random, layers, false), |_, old, new| !old.is_allowed() || new.is_allowed());
    assert!(changed > 100, "{changed}");
}

#[test]
fn a_limiting_layer_more_never_allows_more() {
    let changed = compare(
        13,
        |random, layers| {
            let mut more = random.layers();
            let (boundary, session) = (more.boundary.take(), more.session.take());
            match random.below(6) {
                0 => layers.boundary = layers.boundary.take().or(boundary).or(Some(vec![])),
                // A session of GetFederationToken is the one kind that a session policy gives its rights to.
                1 => layers.session = layers.session.take().or(session),
                2 => layers.guardrail = layers.guardrail.take().or(more.guardrail).or(Some(vec![])),
                3 => layers.scp = layers.scp.take().or(more.scp).or(Some(vec![])),
                4 => layers.rcp = layers.rcp.take().or(more.rcp).or(Some(vec![])),
                _ => layers.endpoint = layers.endpoint.take().or(more.endpoint).or(Some(vec![])),
            }
        },
        |request, old, new| {
            matches!(request.principal, Principal::FederatedUser { .. }) || narrows_only(request, old, new)
        },
    );
    assert!(changed > 100, "{changed}");
}

#[test]
fn order_and_repetition_do_not_matter() {
    let changed = compare(
        14,
        |random, layers| {
            for policy in layers.policies() {
                if let Some(again) = policy.statements.first().cloned() {
                    policy.statements.push(again);
                }
                random.shuffle(&mut policy.statements);
            }
            for list in [&mut layers.identity, &mut layers.boundary, &mut layers.session, &mut layers.guardrail]
                .into_iter()
                .flatten()
            {
                random.shuffle(list);
            }
            layers.scp.iter_mut().flatten().for_each(|level| random.shuffle(level));
        },
        |_, old, new| old == new,
    );
    assert_eq!(changed, 0);
}

#[test]
fn nothing_is_allowed_without_an_allow() {
    compare(
        15,
        |_, layers| layers.policies().into_iter().for_each(|policy| policy.statements.retain(|s| s.denies)),
        |request, _, new| {
            let free = request.action == "sts:GetCallerIdentity";
            !new.is_allowed() || free || matches!(request.principal, Principal::Root { .. })
        },
    );
}

/// A remedy is a change of the context after which both evaluators allow the request, and of which nothing can be left out.
#[test]
fn remedies_turn_a_denial_into_an_allow() {
    let (mut found, mut several, mut explicit) = (0, 0, 0);
    for number in 0..SETS {
        let mut random = Random(19 << 32 | number);
        let both = Both::of(&random.layers());
        for _ in 0..REQUESTS / 4 {
            let request = random.request();
            let explanation = explain(&request, &both.layers);
            for remedy in &explanation.remedies {
                assert!(!explanation.decision.outcome.is_allowed());
                let with = |changes: &[&Change]| {
                    let mut request = request.clone();
                    for change in changes {
                        match &change.value {
                            Some(value) => assert!(request.context.set(&change.key, value.clone())),
                            None => request.context.remove(&change.key),
                        }
                    }
                    both.outcome(&request).is_allowed()
                };
                let all: Vec<&Change> = remedy.changes.iter().collect();
                assert!(with(&all), "{remedy:?} does not help\n{request:#?}\n{:#?}", both.layers);
                for left_out in 0..all.len() {
                    let mut fewer = all.clone();
                    fewer.remove(left_out);
                    assert!(!with(&fewer), "{remedy:?} needs less\n{request:#?}");
                }
                found += 1;
                several += usize::from(all.len() > 1);
                explicit += usize::from(explanation.decision.outcome == Outcome::ExplicitDeny);
            }
        }
    }
    assert!(
        found > 150 && several > 20 && explicit > 20,
        "{found} found, {several} of several changes, {explicit} lift a deny"
    );
}

/// A request that is denied for one condition of its only allow always has a remedy: MFA, a number of approvals, a tag, an
/// address, whatever the operator.
#[test]
fn what_one_condition_keeps_back_has_a_remedy() {
    use crate::document::OperatorKind;
    let (mut asked, mut without) = (0, Vec::new());
    for number in 0..20_000 {
        let mut random = Random(20 << 32 | number);
        let statement = format!(r#"{{"Effect":"Allow","Action":"*","Resource":"*"{}}}"#, random.conditions());
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        let policy = Policy::read("p", PolicyType::Identity, &text);
        let layers = Layers { identity: Some(vec![policy]), ..Layers::default() };
        let request = Request { principal: user(), ..random.request() };
        let decision = oracle::decide(&request, &layers);
        let satisfiable = |request: &Request| {
            // What can be satisfied at all is known from other contexts: some random one was allowed.
            (0..200).any(|n| {
                let context = Random(number << 16 | n).request().context;
                oracle::decide(&Request { context, ..request.clone() }, &layers).outcome.is_allowed()
            })
        };
        if decision.outcome.is_allowed() || request.is_cross_account() || request.action == "sts:GetCallerIdentity" {
            continue;
        }
        if explain(&request, &layers).remedies.is_empty() {
            if satisfiable(&request) {
                without.push(text);
            }
        } else {
            asked += 1;
        }
    }
    assert!(OperatorKind::ALL.len() > 20 && asked > 2_000, "{asked}");
    assert!(
        without.len() * 50 < asked,
        "{} of {asked} have none: {:#?}",
        without.len(),
        &without[..without.len().min(8)]
    );
}

fn user() -> Principal {
    Principal::from_arn_text("arn:aws:iam::111122223333:user/team/dana").unwrap()
}

/// A statement that denies everything to everyone.
fn total_denial(kind: PolicyType) -> APolicy {
    let principal = if kind.requires_principal() { r#""Principal":"*","# } else { "" };
    let resource = if kind.requires_resource() { r#","Resource":"*""# } else { "" };
    let text = format!(r#"{{"Effect":"Deny",{principal}"Action":"*"{resource}}}"#);
    APolicy { kind, version: "", statements: vec![AStatement { text, denies: true }], broken: false }
}

#[test]
fn an_explicit_deny_wins_in_every_layer() {
    for kind in PolicyType::ALL {
        compare(
            16,
            |_, layers| {
                let denial = total_denial(kind);
                match kind {
                    PolicyType::Identity => layers.identity.get_or_insert_default().push(denial),
                    PolicyType::Boundary => layers.boundary.get_or_insert_default().push(denial),
                    PolicyType::Session => layers.session.get_or_insert_default().push(denial),
                    PolicyType::Guardrail => layers.guardrail.get_or_insert_default().push(denial),
                    PolicyType::Endpoint => layers.endpoint.get_or_insert_default().push(denial),
                    PolicyType::ServiceControl => layers.scp.get_or_insert_default().push(vec![denial]),
                    PolicyType::ResourceControl => layers.rcp.get_or_insert_default().push(vec![denial]),
                    PolicyType::Resource | PolicyType::Trust => layers.resource = Some(denial),
                }
            },
            |request, _, new| {
                let principal = &request.principal;
                let gate = matches!(kind, PolicyType::Endpoint | PolicyType::Guardrail);
                let exempt = match kind {
                    PolicyType::ServiceControl => principal.is_service_linked() || principal.account().is_none(),
                    PolicyType::ResourceControl => principal.is_service_linked() || request.action == "kms:RetireGrant",
                    _ => false,
                } || (request.action == "sts:GetCallerIdentity" && !gate);
                exempt || new == Outcome::ExplicitDeny
            },
        );
    }
}

#[test]
fn documents_read_as_they_print() {
    for number in 0..SETS {
        let mut random = Random(17 << 32 | number);
        let mut layers = random.layers();
        for policy in layers.policies() {
            let policy = policy.read();
            let Some(document) = policy.document() else { continue };
            let printed = document.to_string();
            let (again, findings) = crate::document::read(&printed, policy.kind());
            assert_eq!(again.as_ref(), Some(document), "{printed} {findings:?}");
        }
    }
}

#[test]
fn every_decision_has_a_reason_that_fits() {
    for number in 0..SETS {
        let mut random = Random(18 << 32 | number);
        let layers = random.layers().read();
        for _ in 0..REQUESTS {
            let decision = oracle::decide(&random.request(), &layers);
            let reason = &decision.reason;
            match decision.outcome {
                Outcome::Allowed => assert_eq!(decision.blocked_by, []),
                Outcome::ImplicitDeny => assert_eq!(decision.blocked_by.first(), Some(&reason.layer)),
                Outcome::ExplicitDeny => assert!(decision.blocked_by.contains(&reason.layer)),
            }
            let has_statement = matches!(reason.cause, Cause::StatementAllows | Cause::StatementDenies);
            assert_eq!(reason.statement.is_some(), has_statement, "{decision:?}");
        }
    }
}
