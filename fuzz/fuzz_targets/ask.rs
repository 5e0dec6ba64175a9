//! What the targets share: one document, asked of both evaluators in every layer.

use bailiwick_policy::compiled::Engine;
use bailiwick_policy::{Context, Layers, Outcome, Policy, PolicyType, Principal, Request, Resource, oracle};

/// A JSON string.
#[allow(dead_code, reason = "not every target builds documents")]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A document of one statement that allows.
#[allow(dead_code, reason = "not every target builds documents")]
pub fn statement(resource: &str, condition: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"*","Resource":{resource}{condition}}}}}"#)
}

/// Asks both evaluators, with the document as identity policy and as boundary.
#[allow(dead_code, reason = "not every target asks so")]
pub fn both(document: &str, resource: &str, text: &str) {
    let principal = Principal::from_arn_text("arn:aws:iam::111122223333:user/dana").expect("a user");
    let request = Request {
        principal,
        action: "s3:GetObject".to_owned(),
        resource: Resource::from_text(resource),
        resource_account: None,
        wildcard_only: false,
        context: Context::new().with("k:v", text).with("aws:username", text).with_set("k:s", [text, ""]),
    };
    let policy = Policy::read("fuzz", PolicyType::Identity, document);
    let unreadable = policy.document().is_none();
    let everything = Policy::read("all", PolicyType::Identity, &statement("\"*\"", ""));
    for layers in [
        Layers { identity: Some(vec![policy.clone()]), ..Layers::default() },
        Layers { identity: Some(vec![everything]), boundary: Some(vec![policy]), ..Layers::default() },
    ] {
        let plain = oracle::decide(&request, &layers).outcome;
        assert_eq!(plain, Engine::compile(&layers).decide(&request), "{document}");
        assert!(!unreadable || plain == Outcome::ExplicitDeny);
    }
}
