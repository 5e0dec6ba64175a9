use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::*;
use crate::model::{Operation, Service, ShapeId, ShapeRef};

/// Reviewed names and members that look like secrets and are none, with the reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reviewed {
    /// `service:Operation` of operations whose names sound like it.
    operations: BTreeMap<String, String>,
    /// `service:Operation#Member`.
    members: BTreeMap<String, String>,
    /// Sensitive shapes of a service that are no secrets: what people wrote, personal data.
    sensitive: BTreeMap<String, Sensitive>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sensitive {
    why: String,
    shapes: BTreeSet<String>,
}

fn reviewed() -> Reviewed {
    toml::from_str(include_str!("../../../testdata/access/reviewed.toml")).unwrap()
}

/// `accessKeyId` and `AccessKeyID` to `access key id`.
fn words(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        let after_lower = at > 0 && (chars[at - 1].is_ascii_lowercase() || chars[at - 1].is_ascii_digit());
        let starts_word =
            at > 0 && chars[at - 1].is_ascii_uppercase() && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && (after_lower || starts_word) || !c.is_ascii_alphanumeric() {
            out.push(' ');
        }
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        }
    }
    out
}

const SECRET: &[&str] = &[
    "activation code",
    "activation key",
    "access key",
    "api key",
    "auth code",
    "auth key",
    "client key",
    "connection string",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key material",
    "passphrase",
    "passwd",
    "password",
    "pin",
    "pin block",
    "plain text",
    "plaintext",
    "pre shared key",
    "pre signed",
    "presigned",
    "private key",
    "secret",
    "session key",
    "shared key",
    "signed url",
    "stream key",
    "token",
    "unlock code",
];
/// Last words of names about a secret that are not the secret.
const ABOUT: &[&str] = &[
    "arn",
    "arns",
    "count",
    "date",
    "duration",
    "enabled",
    "endpoint",
    "expiration",
    "expires",
    "expiry",
    "format",
    "id",
    "ids",
    "length",
    "limit",
    "location",
    "mode",
    "name",
    "names",
    "path",
    "policy",
    "prefix",
    "provider",
    "reference",
    "role",
    "source",
    "status",
    "type",
    "types",
    "usage",
    "vendor",
    "version",
];
const NAMED: &[&str] = &[
    "access key",
    "api key",
    "assume",
    "auth code",
    "credential",
    "credentials",
    "data key",
    "decrypt",
    "embed url",
    "federation token",
    "jwt",
    "key pair",
    "password",
    "portal login url",
    "presigned",
    "private key",
    "secret",
    "session url",
    "signed",
    "start session",
    "token",
    "unlock code",
    "upload url",
    "url",
];

fn holds(words: &str, wanted: &[&str]) -> bool {
    let padded = format!(" {words} ");
    wanted.iter().any(|wanted| padded.contains(&format!(" {wanted} ")))
}

fn sounds_secret(name: &str) -> bool {
    let words = words(name);
    let last = words.rsplit(' ').next().unwrap_or_default();
    // `nextToken` and its kind page, and tokens of the caller's own making name a request.
    let pages =
        ["next token", "continuation token", "page token", "client token", "client request token", "pagination token"];
    holds(&words, SECRET) && !ABOUT.contains(&last) && !pages.iter().any(|page| words.ends_with(page))
}

/// Every member of an output as it stands: its name and its shape.
struct Walk<'a> {
    service: &'a Service,
    seen: HashSet<ShapeId>,
    found: Vec<(String, &'a ShapeRef)>,
}

impl<'a> Walk<'a> {
    fn of(service: &'a Service, operation: &'a Operation) -> Vec<(String, &'a ShapeRef)> {
        let mut walk = Walk { service, seen: HashSet::new(), found: Vec::new() };
        if let Some(output) = &operation.output {
            walk.visit("", output);
        }
        walk.found
    }

    fn visit(&mut self, name: &str, target: &'a ShapeRef) {
        let shape = self.service.target(target);
        self.found.push((name.to_owned(), target));
        if !self.seen.insert(target.shape) {
            return;
        }
        match &shape.kind {
            crate::model::Kind::List(element) => self.visit(name, element),
            crate::model::Kind::Map { value, .. } => self.visit(name, value),
            _ => shape.members().iter().for_each(|member| self.visit(&member.name, &member.target)),
        }
    }
}

/// Whether `pattern`, with `*` for any text, stands for `name`.
fn stands_for(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => name
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).any(|at| rest.is_char_boundary(at) && stands_for(tail, &rest[at..]))),
    }
}

fn excused<'a>(patterns: impl Iterator<Item = &'a String>, name: &str, used: &mut HashSet<&'a str>) -> bool {
    let mut any = false;
    for pattern in patterns.filter(|pattern| stands_for(pattern, name)) {
        used.insert(pattern);
        any = true;
    }
    any
}

#[test]
fn every_operation_that_may_answer_with_a_secret_is_listed_or_reviewed() {
    let pack = Pack::embedded().unwrap();
    let lists = pack.access_lists();
    let reviewed = reviewed();
    let (mut used, mut used_shapes) = (HashSet::new(), HashSet::new());
    let (mut open, mut looked_at) = (Vec::new(), 0);
    for service in pack.services().map(|name| pack.service(name).unwrap()) {
        for operation in service.operations.values() {
            looked_at += 1;
            let name = format!("{}:{}", service.name, operation.name);
            if lists.credential(&name).is_some() {
                continue;
            }
            // What deletes or changes by name alone answers with nothing of it; its members are looked at all the same.
            if holds(&words(&operation.name), NAMED) && !excused(reviewed.operations.keys(), &name, &mut used) {
                open.push(name.clone());
            }
            for (member, target) in Walk::of(&service, operation) {
                let shape = service.target(target);
                let text = !matches!(
                    shape.kind,
                    crate::model::Kind::Boolean
                        | crate::model::Kind::Integer
                        | crate::model::Kind::Long
                        | crate::model::Kind::Double
                        | crate::model::Kind::Float
                        | crate::model::Kind::Timestamp(_)
                );
                if lists.masked(&service.name, &operation.name).any(|masked| masked == member) || !text {
                    continue;
                }
                let is_text = matches!(shape.kind, crate::model::Kind::String | crate::model::Kind::Blob);
                let plain = is_text && shape.enum_values().is_empty();
                if plain && sounds_secret(&member) || shape.sensitive && sounds_secret(&shape.name) {
                    let full = format!("{name}#{member}");
                    if !excused(reviewed.members.keys(), &full, &mut used) {
                        open.push(format!("{full} ({})", shape.name));
                    }
                } else if shape.sensitive {
                    let known = reviewed.sensitive.get(&*service.name);
                    if known.is_some_and(|known| known.shapes.contains(&*shape.name)) {
                        used_shapes.insert(format!("{} {}", service.name, shape.name));
                    } else {
                        open.push(format!("{name} sensitive {} ({member})", shape.name));
                    }
                }
            }
        }
    }
    assert!(looked_at > 18_000, "{looked_at}");
    assert!(open.is_empty(), "{} are neither listed nor reviewed:\n{}", open.len(), open.join("\n"));
    let idle: Vec<_> = reviewed
        .operations
        .keys()
        .chain(reviewed.members.keys())
        .filter(|name| !used.contains(name.as_str()))
        .collect();
    assert!(idle.is_empty(), "reviewed, but there is nothing to review: {idle:?}");
    let mut stale = Vec::new();
    for (service, sensitive) in &reviewed.sensitive {
        assert!(!sensitive.why.is_empty());
        let names = sensitive.shapes.iter().map(|shape| format!("{service} {shape}"));
        stale.extend(names.filter(|name| !used_shapes.contains(name)));
    }
    assert!(stale.is_empty(), "reviewed, but there is nothing to review: {stale:?}");
    let reasons = reviewed.operations.values().chain(reviewed.members.values());
    assert!(reasons.into_iter().all(|why| why.len() > 8));
}

#[test]
fn the_lists_name_what_there_is() {
    let pack = Pack::embedded().unwrap();
    let source: Source = toml::from_str(SOURCE).unwrap();
    let exists = |name: &str| {
        let (service, operation) = name.split_once(':').unwrap();
        let modelled = pack.service(service).is_ok_and(|service| service.operation(operation).is_some());
        modelled || pack.action(name).unwrap().is_some()
    };
    let unknown: Vec<_> = source.credential.keys().chain(source.data.keys()).filter(|name| !exists(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let mut members: HashMap<String, HashSet<String>> = HashMap::new();
    for service in source.masked.keys().map(|name| name.split(':').next().unwrap().to_owned()) {
        let model = pack.service(&service).unwrap();
        let names = model.operations.values().flat_map(|operation| Walk::of(&model, operation)).map(|(name, _)| name);
        members.entry(service).or_default().extend(names);
    }
    for name in source.masked.keys() {
        let (service, rest) = name.split_once(':').unwrap();
        assert!(members[service].contains(rest.split_once('#').unwrap().1), "{name}");
    }
    // An action of the same name under another prefix is listed, too.
    let mut missing = Vec::new();
    for name in source.credential.keys() {
        let (service, operation) = name.split_once(':').unwrap();
        let map = pack.action_map(service).unwrap();
        let actions = map.as_ref().and_then(|map| map.operation(operation)).map_or(&[][..], |found| &found.actions);
        for action in actions.iter().filter(|action| action.action.split_once(':').is_some_and(|(_, n)| n == operation))
        {
            if !source.credential.contains_key(&*action.action) {
                missing.push(action.action.to_string());
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_operation_has_a_class_and_reading_ones_change_nothing() {
    let pack = Pack::embedded().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for service in pack.services().map(|name| pack.service(name).unwrap()) {
        for operation in service.operations.values() {
            let class = pack.access_class(&service.name, &operation.name, &Value::empty());
            *counts.entry(class.as_str()).or_default() += 1;
            let ends = ["Delete", "Terminate", "Create"].iter().any(|verb| operation.name.starts_with(verb));
            assert!(!(ends && class.only_reads()), "{} {}", service.name, operation.name);
        }
    }
    assert_eq!(counts.len(), 6, "{counts:?}");
    assert!(counts["read"] > 6_000 && counts["mutate"] > 6_000 && counts["destroy"] > 2_000, "{counts:?}");
}

#[test]
fn classes_of_well_known_operations() {
    let pack = Pack::embedded().unwrap();
    let decrypted = Value::map([("WithDecryption", Value::Boolean(true))]);
    for (service, operation, input, expected) in [
        ("sns", "ListTopics", Value::empty(), AccessClass::Read),
        ("sns", "Publish", Value::empty(), AccessClass::Mutate),
        ("sns", "TagResource", Value::empty(), AccessClass::Mutate),
        ("sns", "DeleteTopic", Value::empty(), AccessClass::Destroy),
        ("sns", "AddPermission", Value::empty(), AccessClass::Permissions),
        ("lambda", "Invoke", Value::empty(), AccessClass::Mutate),
        ("dynamodb", "Query", Value::empty(), AccessClass::Data),
        ("dynamodb", "BatchGetItem", Value::empty(), AccessClass::Data),
        ("s3", "GetObject", Value::empty(), AccessClass::Data),
        ("s3", "HeadObject", Value::empty(), AccessClass::Read),
        ("sqs", "ReceiveMessage", Value::empty(), AccessClass::Data),
        ("sqs", "PurgeQueue", Value::empty(), AccessClass::Destroy),
        ("kms", "Decrypt", Value::empty(), AccessClass::Credential),
        ("sts", "AssumeRole", Value::empty(), AccessClass::Credential),
        ("secretsmanager", "GetSecretValue", Value::empty(), AccessClass::Credential),
        ("rds", "DescribeDBInstances", Value::empty(), AccessClass::Read),
        ("ssm", "GetParameter", Value::empty(), AccessClass::Data),
        ("ssm", "GetParameter", decrypted, AccessClass::Credential),
        ("ec2", "DescribeInstances", Value::empty(), AccessClass::Read),
        ("ec2", "TerminateInstances", Value::empty(), AccessClass::Destroy),
        ("iam", "AttachRolePolicy", Value::empty(), AccessClass::Permissions),
        ("bailiwick", "ListPeople", Value::empty(), AccessClass::Read),
        ("bailiwick", "CreateSignInLink", Value::empty(), AccessClass::Credential),
        ("nothing", "GetAnything", Value::empty(), AccessClass::Mutate),
    ] {
        assert_eq!(pack.access_class(service, operation, &input), expected, "{service} {operation}");
    }
}

#[test]
fn credentials_are_found_by_operation_and_action_in_any_case() {
    let pack = Pack::embedded().unwrap();
    let found = |names: &[&'static str]| {
        pack.answers_with_credentials(names.iter().copied(), &Value::empty()).map(|(name, _)| name)
    };
    assert_eq!(found(&["STS:assumerole"]), Some("STS:assumerole"));
    assert_eq!(
        found(&["elasticmapreduce:GetClusterSessionCredentials", "x:Y"]),
        Some("elasticmapreduce:GetClusterSessionCredentials")
    );
    assert_eq!(found(&["sns:ListTopics", "ssm:GetParameter"]), None);
}

#[test]
fn what_streams_an_answer_from_reading_returns_data() {
    let pack = Pack::embedded().unwrap();
    let mut open = Vec::new();
    for service in pack.services().map(|name| pack.service(name).unwrap()) {
        for operation in service.operations.values() {
            let Some(output) = operation.output.as_ref().map(|output| service.target(output)) else { continue };
            let streams = output.members().iter().any(|member| {
                let shape = service.target(&member.target);
                member.target.streaming || shape.streaming || shape.is_event_stream()
            });
            let class = pack.access_class(&service.name, &operation.name, &Value::empty());
            if streams && class == AccessClass::Read {
                open.push(format!("{}:{}", service.name, operation.name));
            }
        }
    }
    assert!(open.is_empty(), "{}", open.join("\n"));
}

#[test]
fn masked_members_lose_their_text_and_keep_their_form() {
    let pack = Pack::embedded().unwrap();
    let mut answer = serde_json::json!({"apps": [{"name": "shop", "basicAuthCredentials": "dXNlcjpwYXNz"}]});
    pack.mask_answer("amplify", "ListApps", &mut answer);
    assert_eq!(answer, serde_json::json!({"apps": [{"name": "shop", "basicAuthCredentials": "********"}]}));
    let mut answer = serde_json::json!({"Topics": [{"basicAuthCredentials": "x"}]});
    pack.mask_answer("sns", "ListTopics", &mut answer);
    assert_eq!(answer["Topics"][0]["basicAuthCredentials"], "x");
}
