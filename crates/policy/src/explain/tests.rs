use super::*;
use crate::{Context, Outcome, Principal, Resource, Value};

fn request(context: Context) -> Request {
    Request {
        principal: Principal::from_arn_text("arn:aws:iam::111122223333:user/dana").unwrap(),
        action: "sns:Publish".to_owned(),
        resource: Resource::from_text("arn:aws:sns:us-east-1:111122223333:alarms"),
        resource_account: None,
        wildcard_only: false,
        context,
    }
}

fn policy(kind: PolicyType, statements: &str) -> Policy {
    Policy::read("p", kind, &format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#))
}

fn allow(rest: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"sns:*","Resource":"*"{rest}}}"#)
}

#[test]
fn every_layer_is_there_and_the_first_failing_element_is_named() {
    let statements = [
        r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Action":"sns:*","Resource":"arn:aws:sns:us-east-1:111122223333:other"}"#.to_owned(),
        allow(r#","Condition":{"StringEquals":{"aws:username":"dana","aws:PrincipalTag/team":"blue"}}"#),
    ];
    let layers = Layers {
        identity: Some(vec![policy(PolicyType::Identity, &statements.join(","))]),
        scp: Some(vec![vec![policy(PolicyType::ServiceControl, &allow(""))], vec![]]),
        ..Layers::default()
    };
    let request = request(Context::new().with("aws:username", "dana"));
    let explanation = explain(&request, &layers);
    let found: Vec<_> = explanation
        .layers
        .iter()
        .map(|trace| (trace.layer.as_str(), trace.level, trace.verdict, trace.stops))
        .collect();
    assert_eq!(
        found,
        [
            ("rcp", None, Verdict::NotThere, false),
            ("scp", Some(0), Verdict::Allows, false),
            ("scp", Some(1), Verdict::Silent, true),
            ("endpoint", None, Verdict::NotThere, false),
            ("resource", None, Verdict::NotThere, false),
            ("identity", None, Verdict::Silent, true),
            ("boundary", None, Verdict::NotThere, false),
            ("session", None, Verdict::NotThere, false),
            ("guardrail", None, Verdict::NotThere, false),
        ]
    );
    let misses: Vec<_> = explanation.layers[5].policies[0].statements.iter().map(|one| one.miss).collect();
    assert_eq!(misses, [Some(Miss::Action), Some(Miss::Resource), Some(Miss::Condition(1))]);
    assert!(explanation.remedies.is_empty(), "an empty level allows nothing in any context");
}

#[test]
fn remedies_are_contexts_that_were_tried() {
    let conditions = [
        r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#,
        r#""NumericLessThan":{"aws:MultiFactorAuthAge":"300"}"#,
        r#""NumericGreaterThanEquals":{"bailiwick:ApproverCount":"2"}"#,
        r#""IpAddress":{"aws:SourceIp":["203.0.113.0/24"]}"#,
        r#""StringLike":{"aws:PrincipalTag/team":"blue-?*"}"#,
        r#""DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}"#,
        r#""ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}"#,
        r#""StringEquals":{"aws:PrincipalTag/owner":"${aws:username}"}"#,
        r#""Null":{"aws:TokenIssueTime":"false"}"#,
    ];
    for condition in conditions {
        let statement = allow(&format!(r#","Condition":{{{condition}}}"#));
        let layers = Layers { identity: Some(vec![policy(PolicyType::Identity, &statement)]), ..Layers::default() };
        let request = request(Context::new().with("aws:username", "dana"));
        let remedies = explain(&request, &layers).remedies;
        assert_eq!(remedies.len(), 1, "{condition}");
        let change = &remedies[0].changes[0];
        let mut changed = request.clone();
        changed.context.set(&change.key, change.value.clone().unwrap());
        assert_eq!(oracle::decide(&changed, &layers).outcome, Outcome::Allowed, "{condition}: {change:?}");
    }
}

#[test]
fn a_deny_is_lifted_and_layers_are_crossed() {
    let deny = r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}"#;
    let regional = allow(r#","Condition":{"StringEquals":{"aws:RequestedRegion":["eu-west-1","us-east-1"]}}"#);
    let layers = Layers {
        identity: Some(vec![policy(PolicyType::Identity, &[deny, &allow("")].join(","))]),
        guardrail: Some(vec![policy(PolicyType::Guardrail, &regional)]),
        ..Layers::default()
    };
    let explanation = explain(&request(Context::new()), &layers);
    assert_eq!(explanation.decision.outcome, Outcome::ExplicitDeny);
    let changes = &explanation.remedies[0].changes;
    let shown: Vec<_> = changes.iter().map(|change| (change.key.as_str(), change.value.clone())).collect();
    let one = |text: &str| Some(Value::One(text.to_owned()));
    assert_eq!(shown, [("aws:MultiFactorAuthPresent", one("true")), ("aws:RequestedRegion", one("eu-west-1"))]);
}

#[test]
fn nothing_helps_against_what_cannot_be_read_or_has_no_condition() {
    let unreadable = Policy::read("broken", PolicyType::Boundary, "{");
    let allowed = Some(vec![policy(PolicyType::Identity, &allow(""))]);
    let layers = Layers { identity: allowed.clone(), boundary: Some(vec![unreadable]), ..Layers::default() };
    let explanation = explain(&request(Context::new()), &layers);
    assert!(explanation.remedies.is_empty());
    let boundary = explanation.layers.iter().find(|trace| trace.layer == PolicyType::Boundary).unwrap();
    assert_eq!((boundary.verdict, boundary.stops), (Verdict::Denies, true));
    let layers = Layers { identity: allowed, ..Layers::default() };
    assert!(explain(&request(Context::new()), &layers).remedies.is_empty(), "what is allowed needs nothing");
}
