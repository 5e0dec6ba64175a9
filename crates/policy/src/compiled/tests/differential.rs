use super::generate::Random;
use crate::compiled::Engine;
use crate::oracle::condition::{Truth, evaluate};
use crate::oracle::principal::Grade;
use crate::oracle::{self, Answers};
use crate::{Layers, Outcome, PolicyType, Request};
use std::collections::BTreeMap;

/// Requests asked of each set of policies.
const REQUESTS: usize = 48;

/// How often what was reached.
#[derive(Default)]
struct Reach(BTreeMap<String, usize>);

impl Reach {
    fn count(&mut self, what: String) {
        *self.0.entry(what).or_default() += 1;
    }

    /// What a decision shows.
    fn decision(&mut self, request: &Request, layers: &Layers) {
        let decision = oracle::decide(request, layers);
        self.count(format!("{:?}", decision.outcome));
        self.count(format!("cause {:?}", decision.reason.cause));
        for layer in &decision.blocked_by {
            self.count(format!("{:?} by {}", decision.outcome, layer.as_str()));
        }
        if decision.outcome == Outcome::Allowed {
            let answers = Answers::gather(request, layers);
            let stops = |layer| answers.0.iter().any(|a| a.layer == layer && !a.findings.allows());
            let grade = answers.grade();
            let across = request.is_cross_account();
            if grade == Some(Grade::Direct) && stops(PolicyType::Boundary) && !across {
                self.count("direct grant past a boundary".to_owned());
            }
            if grade == Some(Grade::Direct) && stops(PolicyType::Session) && !across {
                self.count("direct grant past session policies".to_owned());
            }
            if grade == Some(Grade::Role) && stops(PolicyType::Identity) && !across {
                self.count("grant to the role without identity policy".to_owned());
            }
            if across {
                self.count("allowed across accounts".to_owned());
            }
            if stops(PolicyType::ServiceControl) || (request.principal.is_service_linked() && layers.scp.is_some()) {
                self.count("service-linked role past SCPs".to_owned());
            }
            if request.principal.account().is_none() {
                self.count("allowed without an account".to_owned());
                if layers.scp.is_some() {
                    self.count("no account past SCPs".to_owned());
                }
            }
            if request.principal.is_service_linked() && layers.rcp.is_some() {
                self.count("service-linked role past RCPs".to_owned());
            }
            if request.action.eq_ignore_ascii_case("kms:RetireGrant") && layers.rcp.is_some() {
                self.count("kms:RetireGrant past RCPs".to_owned());
            }
        }
        if layers.boundary.is_some() && decision.blocked_by.contains(&PolicyType::Resource) {
            let free = Layers { boundary: None, ..layers.clone() };
            if !oracle::decide(request, &free).blocked_by.contains(&PolicyType::Resource) {
                self.count("a boundary that makes NotPrincipal deny".to_owned());
            }
        }
        for policy in layers.resource.iter().chain(layers.identity.iter().flatten()) {
            for statement in policy.document().into_iter().flat_map(|document| &document.statements) {
                if statement.principal.is_some() != policy.kind().requires_principal() {
                    self.count(format!("draft of a {} policy", policy.kind().as_str()));
                }
            }
        }
    }

    /// What its conditions show.
    fn conditions(&mut self, request: &Request, layers: &Layers) {
        for policy in layers.identity.iter().flatten() {
            let Some(document) = policy.document() else { continue };
            for condition in document.statements.iter().flat_map(|statement| &statement.conditions) {
                let truth = evaluate(condition, document.version, &request.context);
                self.count(format!("{} {truth:?}", condition.operator.value));
            }
        }
    }
}

/// Everything a run has to have met.
fn wanted() -> Vec<String> {
    use crate::document::{Operator, OperatorKind, Quantifier};
    let mut wanted = Vec::new();
    for (kind, name) in OperatorKind::ALL {
        for quantifier in [None, Some(Quantifier::ForAllValues), Some(Quantifier::ForAnyValue)] {
            for if_exists in [false, true] {
                if kind == OperatorKind::Null && if_exists {
                    continue;
                }
                let operator = Operator { quantifier, kind, if_exists };
                wanted.push(format!("{operator} {:?}", Truth::True));
                wanted.push(format!("{operator} {:?}", Truth::False));
            }
        }
        if name.starts_with("Arn") {
            wanted.push(format!("{name} {:?}", Truth::Error));
        }
    }
    for layer in PolicyType::ALL {
        wanted.push(format!("{:?} by {}", Outcome::ExplicitDeny, layer.as_str()));
        wanted.push(format!("{:?} by {}", Outcome::ImplicitDeny, layer.as_str()));
    }
    for cause in ["StatementAllows", "StatementDenies", "NothingAllows", "NoPermissionNeeded", "Unreadable", "RootUser"]
    {
        wanted.push(format!("cause {cause}"));
    }
    let rare = [
        "direct grant past a boundary",
        "direct grant past session policies",
        "grant to the role without identity policy",
        "allowed across accounts",
        "service-linked role past SCPs",
        "allowed without an account",
        "no account past SCPs",
        "service-linked role past RCPs",
        "kms:RetireGrant past RCPs",
        "a boundary that makes NotPrincipal deny",
        "draft of a identity policy",
        "draft of a resource policy",
        "draft of a trust policy",
    ];
    wanted.extend(rare.map(str::to_owned));
    wanted
}

/// Runs the evaluators side by side. `BAILIWICK_DIFFERENTIAL_CASES` sets how many decisions, `BAILIWICK_DIFFERENTIAL_SEED` where to begin.
#[test]
fn the_evaluators_agree() {
    let setting = |name: &str, default: u64| std::env::var(name).ok().map_or(default, |text| text.parse().unwrap());
    let cases = setting("BAILIWICK_DIFFERENTIAL_CASES", 1_000_000);
    let seed = setting("BAILIWICK_DIFFERENTIAL_SEED", 1);
    let mut reach = Reach::default();
    let mut done = 0;
    let mut number = 0;
    while done < cases {
        let mut random = Random(seed.wrapping_mul(0x1000_0000_01B3).wrapping_add(number));
        number += 1;
        let layers = random.layers().read();
        let engine = Engine::compile(&layers);
        for n in 0..REQUESTS {
            let request = random.request();
            let (plain, fast) = (oracle::decide(&request, &layers), engine.decide(&request));
            assert_eq!(plain.outcome, fast, "set {number} of seed {seed}: {plain:?}\n{request:#?}\n{layers:#?}");
            done += 1;
            if n % 8 == 0 {
                reach.conditions(&request, &layers);
                reach.decision(&request, &layers);
            }
        }
    }
    // Met once may be luck; a run of a million meets each of these a few times among the requests that are looked at closely.
    let least = (cases / 500_000) as usize;
    let met = |what: &String| reach.0.get(what).copied().unwrap_or_default();
    let missed: Vec<String> = wanted().into_iter().filter(|what| met(what) < least.max(1)).collect();
    assert_eq!(missed, [""; 0], "of {:#?}", reach.0);
    let allowed = reach.0["Allowed"] as f64 / (done / 8) as f64;
    assert!((0.05..0.6).contains(&allowed), "a fair share of requests is allowed, not {allowed}");
}
