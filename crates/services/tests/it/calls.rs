//! Conversations with the services, as data: `testdata/calls/*.json`, each over a fresh sample organization.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick_authority::mfa;
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use bailiwick_ident::Timestamp;
use bailiwick_services::Services;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::world::{Came, World};

/// One call and what it must come to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// `service:Operation`.
    call: String,
    /// Who calls, if not the administrator.
    #[serde(default)]
    r#as: Option<String>,
    #[serde(default)]
    input: Json,
    /// What the output must hold at least: objects by the members named, lists whole, `*` for any text.
    #[serde(default)]
    output: Option<Json>,
    /// Members that the output must not have.
    #[serde(default)]
    absent: Vec<String>,
    /// Code and text of the fault; `*` at the end of the text stands for anything.
    #[serde(default)]
    fault: Option<(String, String)>,
    /// The fault's `Reason`.
    #[serde(default)]
    reason: Option<String>,
    /// Code of the refusal.
    #[serde(default)]
    denied: Option<String>,
    /// The captured answers of AWS that it repeats; `captures.rs` counts them.
    #[serde(default, rename = "capture")]
    _capture: Vec<String>,
    /// Texts to keep: name by JSON pointer into the output.
    #[serde(default)]
    save: BTreeMap<String, String>,
}

fn filled(json: &Json, saved: &BTreeMap<String, String>) -> Json {
    match json {
        Json::String(text) => Json::String(
            saved.iter().fold(text.clone(), |text, (name, value)| text.replace(&format!("<{name}>"), value)),
        ),
        Json::Array(list) => Json::Array(list.iter().map(|item| filled(item, saved)).collect()),
        Json::Object(map) => Json::Object(map.iter().map(|(name, item)| (name.clone(), filled(item, saved))).collect()),
        other => other.clone(),
    }
}

/// Where `found` lacks something of `wanted`.
fn difference(path: &str, wanted: &Json, found: &Json) -> Option<String> {
    match (wanted, found) {
        (Json::String(star), Json::String(_)) if star == "*" => None,
        (Json::Object(wanted), Json::Object(found)) => wanted.iter().find_map(|(name, wanted)| match found.get(name) {
            Some(found) => difference(&format!("{path}.{name}"), wanted, found),
            None => Some(format!("{path}.{name} is not there")),
        }),
        (Json::Array(wanted), Json::Array(found)) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(index, (wanted, found))| difference(&format!("{path}[{index}]"), wanted, found)),
        (wanted, found) if wanted == found => None,
        (wanted, found) => Some(format!("{path} is {found}, not {wanted}")),
    }
}

fn text_fits(wanted: &str, found: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => found.starts_with(prefix),
        None => wanted == found,
    }
}

/// What is wrong with what a call came to.
fn verdict(world: &World, step: &Step, came: &Came, saved: &mut BTreeMap<String, String>) -> Result<(), String> {
    let (service, operation) = step.call.split_once(':').unwrap();
    match (came, &step.fault, &step.denied) {
        (Came::Output(output), None, None) => {
            holds_required(world, service, operation, output)?;
            let output = to_json(output, TimestampStyle::Rfc3339);
            if let Some(wanted) = &step.output
                && let Some(different) = difference("output", &filled(wanted, saved), &output)
            {
                return Err(format!("{different}\n{output:#}"));
            }
            if let Some(pointer) = step.absent.iter().find(|pointer| output.pointer(pointer).is_some()) {
                return Err(format!("{pointer} is there\n{output:#}"));
            }
            for (name, pointer) in &step.save {
                let text = output.pointer(pointer).and_then(Json::as_str);
                let text = text.ok_or_else(|| format!("no text at {pointer}\n{output:#}"))?;
                saved.insert(name.clone(), text.to_owned());
                if name == "seed" {
                    saved.extend(codes(text, world.now()));
                }
            }
            Ok(())
        }
        (Came::Fault(fault), Some((code, message)), None) => {
            let message = filled(&json!(message), saved);
            let reason = fault.fields.get("Reason").and_then(|reason| reason.as_str());
            let fits = fault.code == *code
                && text_fits(message.as_str().unwrap(), &fault.message)
                && step.reason.as_deref().is_none_or(|wanted| reason == Some(wanted));
            if fits { Ok(()) } else { Err(format!("{fault} {reason:?}")) }
        }
        (Came::Denied(fault), None, Some(code)) if fault.code == *code => Ok(()),
        (came, ..) => Err(format!("came to {came:?}")),
    }
}

/// The codes that a device shows now and later, by the name under which a conversation has them: `code+30`.
fn codes(seed: &str, now: Timestamp) -> impl Iterator<Item = (String, String)> {
    let (letters, mut bits, mut seed_bytes) = (STANDARD.decode(seed).unwrap(), (0_u32, 0_u32), Vec::new());
    for letter in letters {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits = ((bits.0 << 5) | value as u32, bits.1 + 5);
        if bits.1 >= 8 {
            bits.1 -= 8;
            seed_bytes.push((bits.0 >> bits.1) as u8);
        }
    }
    let code = move |later: i64| mfa::code_at(&seed_bytes, now.plus_seconds(later));
    [0, 30, 600, 630].into_iter().map(move |later| (format!("code+{later}"), code(later)))
}

/// Plays one conversation; the operations that answered.
async fn play(name: &str, text: &str) -> BTreeSet<String> {
    let steps: Vec<Step> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let world = World::new().await;
    let mut saved = BTreeMap::from([
        ("ops-role".to_owned(), world.sample.ops_role_arn.clone()),
        ("protection".to_owned(), world.sample.ops_guardrail_arns[0].clone()),
        ("admin-key".to_owned(), world.sample.keys[0].access_key_id.clone()),
    ]);
    let (mut answered, mut wrong) = (BTreeSet::new(), Vec::new());
    for (index, step) in steps.iter().enumerate() {
        let (service, operation) = step.call.split_once(':').unwrap();
        let caller = world.caller(step.r#as.as_deref().unwrap_or("admin"));
        let input = if step.input.is_null() { json!({}) } else { filled(&step.input, &saved) };
        let came = world.call(&caller, service, operation, &input).await;
        if matches!(came, Came::Output(_)) {
            answered.insert(step.call.clone());
        }
        if let Err(problem) = verdict(&world, step, &came, &mut saved) {
            wrong.push(format!("{name}, step {} ({}): {problem}", index + 1, step.call));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    answered
}

/// The model's required members are in the output; that it has no others, the frame itself sees to.
fn holds_required(world: &World, service: &str, operation: &str, output: &bailiwick_aws::Value) -> Result<(), String> {
    use bailiwick_aws::validate::ProblemKind::{Missing, Type, Unknown};
    let model = world.pack.service(service).unwrap();
    let Some(target) = &model.operation(operation).unwrap().output else { return Ok(()) };
    let mut problems = bailiwick_aws::validate::validate_shape(&model, target, output);
    problems.retain(|problem| matches!(problem.kind, Missing { .. } | Type { .. } | Unknown { .. }));
    if problems.is_empty() { Ok(()) } else { Err(format!("{problems:?}")) }
}

macro_rules! conversations {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            play(stringify!($name), include_str!(concat!("../../testdata/calls/", stringify!($name), ".json"))).await;
        })*

        #[tokio::test]
        async fn every_operation_answers_somewhere() {
            let mut answered = BTreeSet::new();
            $(answered.append(&mut play(
                stringify!($name),
                include_str!(concat!("../../testdata/calls/", stringify!($name), ".json")),
            ).await);)*
            // Only a refusal makes an authorization message; it is decoded in `sessions.rs`.
            answered.insert("sts:DecodeAuthorizationMessage".to_owned());
            // It takes an organization that gives IAM trusted access.
            answered.insert("sts:AssumeRoot".to_owned());
            // An identity provider is asked in `sessions.rs`.
            answered.insert("sts:AssumeRoleWithWebIdentity".to_owned());
            let served: BTreeSet<String> = Services::operations().map(|(s, o)| format!("{s}:{o}")).collect();
            // Its token is in a message that was delivered, which `tests/e2e/test_sns.py` waits for.
            answered.insert("sns:ConfirmSubscription".to_owned());
            // Cards are written by the bot, so its button is pressed in `rooms.rs`.
            answered.insert("bailiwick:PressButton".to_owned());
            // What is forgotten there was proved by a platform, in `channels.rs`.
            answered.insert("bailiwick:ForgetChatIdentity".to_owned());
            // Commands come out of conversations with the bot, whose tests in `approve.rs` and `doubt.rs` settle them.
            answered.extend(["Approve", "Reject", "Resolve"].map(|act| format!("bailiwick:{act}Command")));
            let untried: Vec<&String> = served.difference(&answered).collect();
            assert!(untried.is_empty(), "no conversation gets an answer from {untried:?}");
        }
    };
}

conversations!(
    account,
    bailiwick,
    bailiwick_guardrails,
    bailiwick_roles,
    captured_iam,
    captured_organizations,
    captured_sns,
    chatbot,
    chatbot_identities,
    chime,
    iam,
    iam_credentials,
    iam_reports,
    iam_roles,
    iam_signing,
    organizations,
    organizations_grammar,
    organizations_members,
    organizations_policies,
    sns,
    sns_mobile,
    sts
);
