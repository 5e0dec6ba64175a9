//! Any statements in every layer at once, any caller, action and resource: both evaluators agree.
#![no_main]

mod ask;

use bailiwick_policy::compiled::Engine;
use bailiwick_policy::{Context, Layers, Policy, PolicyType, Principal, Request, Resource, oracle};
use libfuzzer_sys::fuzz_target;

const CALLERS: [&str; 7] = [
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/dana",
    "arn:aws:sts::111122223333:assumed-role/ops/dana",
    "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForSupport/x",
    "arn:aws:sts::444455556666:federated-user/dana",
    "cloudwatch.amazonaws.com",
    "accounts.google.com",
];

/// A statement from six bytes that choose and texts that fill in.
fn statement(kind: PolicyType, choice: u32, action: &str, resource: &str, value: &str) -> String {
    let pick = |shift: u32, of: &[&'static str]| of[(choice >> shift) as usize % of.len()];
    let effect = pick(0, &["Allow", "Allow", "Deny"]);
    let mut out = format!(r#"{{"Effect":"{effect}""#);
    if kind.requires_principal() {
        let who = pick(
            3,
            &[
                r#""*""#,
                r#"{"AWS":"*"}"#,
                r#"{"AWS":"111122223333"}"#,
                r#"{"AWS":"arn:aws:iam::111122223333:user/dana"}"#,
                r#"{"AWS":["arn:aws:iam::111122223333:role/ops","444455556666"]}"#,
                r#"{"Service":"cloudwatch.amazonaws.com"}"#,
            ],
        );
        out.push_str(&format!(r#","{}":{who}"#, pick(6, &["Principal", "Principal", "NotPrincipal"])));
    }
    let actions = format!(r#"["sns:Publish",{}]"#, ask::quoted(action));
    out.push_str(&format!(r#","{}":{actions}"#, pick(9, &["Action", "Action", "NotAction"])));
    if kind.requires_resource() {
        let own = ask::quoted(resource);
        let resources = pick(12, &["own", "\"*\"", "both"]);
        let resources = if resources == "own" {
            own
        } else if resources == "both" {
            format!(r#"[{own},"arn:aws:sns:*:111122223333:${{aws:username}}*"]"#)
        } else {
            resources.to_owned()
        };
        out.push_str(&format!(r#","{}":{resources}"#, pick(15, &["Resource", "Resource", "NotResource"])));
    }
    let operator = pick(
        18,
        &["", "", "StringLike", "StringEqualsIgnoreCase", "ForAllValues:StringNotEquals", "Null", "ArnLikeIfExists", "IpAddress"],
    );
    if !operator.is_empty() {
        out.push_str(&format!(r#","Condition":{{"{operator}":{{"k:v":{}}}}}"#, ask::quoted(value)));
    }
    out.push('}');
    out
}

type Input<'a> = (u8, u8, &'a str, &'a str, &'a str, Vec<(u8, u32)>);

fuzz_target!(|input: Input<'_>| {
    let (caller, flags, action, resource, value, statements) = input;
    let mut layers = Layers::default();
    for (place, choice) in statements.iter().take(24) {
        let kind = PolicyType::ALL[usize::from(*place) % PolicyType::ALL.len()];
        let text = statement(kind, *choice, action, resource, value);
        let version = if place & 128 == 0 { "2012-10-17" } else { "2008-10-17" };
        let policy = Policy::read("p", kind, &format!(r#"{{"Version":"{version}","Statement":{text}}}"#));
        match kind {
            PolicyType::Identity => layers.identity.get_or_insert_default().push(policy),
            PolicyType::Boundary => layers.boundary.get_or_insert_default().push(policy),
            PolicyType::Session => layers.session.get_or_insert_default().push(policy),
            PolicyType::Guardrail => layers.guardrail.get_or_insert_default().push(policy),
            PolicyType::Endpoint => layers.endpoint.get_or_insert_default().push(policy),
            PolicyType::Resource | PolicyType::Trust => layers.resource = Some(policy),
            PolicyType::ServiceControl => layers.scp.get_or_insert_default().push(vec![policy]),
            PolicyType::ResourceControl => layers.rcp.get_or_insert_default().push(vec![policy]),
        }
    }
    let principal = match CALLERS.get(usize::from(caller) % (CALLERS.len() + 1)) {
        Some(text) => Principal::from_arn_text(text).expect("a caller"),
        None => Principal::Anonymous,
    };
    let request = Request {
        principal,
        action: if flags & 1 == 0 { "SNS:publish".to_owned() } else { action.to_owned() },
        resource: if flags & 2 == 0 {
            Resource::from_text("arn:aws:sns:us-east-1:111122223333:dana-alarms")
        } else {
            Resource::from_text(resource)
        },
        resource_account: None,
        wildcard_only: flags & 4 != 0,
        context: Context::new().with("k:v", value).with("aws:username", if flags & 8 == 0 { "dana" } else { value }),
    };
    // A longer action is no action: the compiled engine denies it explicitly.
    if request.action.len() <= 256 {
        assert_eq!(oracle::decide(&request, &layers).outcome, Engine::compile(&layers).decide(&request));
    }
});
