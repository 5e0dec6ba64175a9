//! Audit records, in CloudTrail's shape: one for each decision and one for each outcome, linked by the decision's id.
//! Secrets are masked before anything is written.
//! Source of the shape: AWS's CloudTrail guide, "CloudTrail record contents".

mod mask;

use bailiwick_aws::{Fault, Value, pack::Pack};
use bailiwick_ident::{Partition, Timestamp};
use bailiwick_store::{AuditDraft, AuditKind};
use serde_json::{Map, Value as Json, json};

use crate::{
    call::Call,
    caller::{Caller, Principal},
    origin::Origin,
    permit::Authorized,
    ruling::{Ruling, Step, StepState},
};

/// The version of CloudTrail's record that ours follow.
const EVENT_VERSION: &str = "1.11";

/// The version of what stands in `additionalEventData`.
const RECORD_FORMAT: u32 = 1;

fn identity(caller: &Caller, partition: &Partition) -> Json {
    let principal = &caller.principal;
    let mut out = Map::new();
    let kind = match principal {
        Principal::Anonymous => "AnonymousPrincipal",
        Principal::Federated { .. } => "FederatedUser",
        Principal::Person { .. } => "BailiwickPerson",
        Principal::RoleSession { .. } => "AssumedRole",
        Principal::Root { .. } => "Root",
        Principal::Service { .. } => "AWSService",
        Principal::User { .. } => "IAMUser",
        Principal::WebIdentity(_) => "WebIdentityUser",
    };
    out.insert("type".to_owned(), json!(kind));
    if let Principal::Service { name } = principal {
        out.insert("invokedBy".to_owned(), json!(name));
        return Json::Object(out);
    }
    out.insert("principalId".to_owned(), json!(principal.user_id()));
    if let Principal::WebIdentity(identity) = principal {
        out.insert("identityProvider".to_owned(), json!(identity.provider_arn));
        out.insert("userName".to_owned(), json!(identity.subject));
        return Json::Object(out);
    }
    out.insert("arn".to_owned(), json!(principal.arn_in(partition)));
    if let Some(account) = principal.account() {
        out.insert("accountId".to_owned(), json!(account));
    }
    if let Some(key) = &caller.access_key_id {
        out.insert("accessKeyId".to_owned(), json!(key));
    }
    if let Principal::User { name, .. } | Principal::Person { name, .. } = principal {
        out.insert("userName".to_owned(), json!(name));
    }
    if let Some(session) = &caller.session {
        let mut context = json!({
            "attributes": {
                "creationDate": session.issued_at.to_rfc3339(),
                "mfaAuthenticated": session.mfa_at.is_some().to_string(),
            },
        });
        if let (Some(context), Principal::RoleSession { account, role_arn, role_id, .. }) =
            (context.as_object_mut(), principal)
        {
            let name = role_arn.rsplit('/').next().unwrap_or_default();
            let issuer = json!({"type": "Role", "principalId": role_id, "arn": role_arn, "accountId": account, "userName": name});
            context.insert("sessionIssuer".to_owned(), issuer);
        }
        if let (Some(context), Some(source)) = (context.as_object_mut(), &session.source_identity) {
            context.insert("sourceIdentity".to_owned(), json!(source));
        }
        out.insert("sessionContext".to_owned(), context);
    }
    Json::Object(out)
}

fn origin_json(origin: &Origin) -> Json {
    let Some(chat) = origin.chat() else { return json!({ "kind": origin.as_str() }) };
    let mut out = json!({
        "kind": origin.as_str(),
        "platform": chat.platform.as_str(),
        "workspace": chat.workspace,
        "channel": chat.channel,
        "channelType": chat.channel_type.as_str(),
        "message": chat.message,
        "member": chat.member,
        "actor": chat.actor.as_str(),
    });
    if let (false, Some(out)) = (chat.approvers.is_empty(), out.as_object_mut()) {
        out.insert("approvers".to_owned(), json!(chat.approvers));
    }
    if let (Origin::Agent(agent), Some(out)) = (origin, out.as_object_mut()) {
        out.insert("agent".to_owned(), json!(agent.agent));
    }
    out
}

fn step_json(step: &Step) -> Json {
    let mut out = json!({ "layer": step.number, "name": step.name, "state": step.state.as_str() });
    if let Some(out) = out.as_object_mut() {
        if !step.text.is_empty() {
            out.insert("text".to_owned(), json!(step.text));
        }
        for (name, value) in [("policy", &step.policy), ("statement", &step.statement), ("value", &step.value)] {
            if let (Some(value), StepState::Stopped) = (value, step.state) {
                out.insert(name.to_owned(), json!(value));
            }
        }
    }
    out
}

fn ruling_json(ruling: &Ruling) -> Json {
    let checks: Vec<Json> = ruling
        .checks
        .iter()
        .map(|check| json!({ "action": check.action, "resource": check.resource, "allowed": check.allowed }))
        .collect();
    json!({
        "id": ruling.id,
        "allowed": ruling.allowed,
        "enforced": ruling.enforced,
        "policyRevision": ruling.revision,
        "steps": ruling.steps.iter().map(step_json).collect::<Vec<_>>(),
        "checks": checks,
        "deniedBy": ruling.denial.as_ref().map(|denial| json!({ "layer": denial.layer, "sentence": denial.sentence })),
    })
}

/// The service's name in `eventSource`.
fn event_source(pack: &Pack, service: &str) -> String {
    let prefix = pack.service(service).map(|model| model.endpoint_prefix.to_string());
    format!("{}.amazonaws.com", prefix.unwrap_or_else(|_| service.to_owned()))
}

/// The part of a record that decision and outcome share.
struct Event<'a> {
    pack: &'a Pack,
    caller: &'a Caller,
    service: &'a str,
    operation: &'a str,
    partition: &'a Partition,
    account: &'a str,
    region: &'a str,
    parameters: &'a Json,
}

impl<'a> Event<'a> {
    fn of(pack: &'a Pack, caller: &'a Caller, call: &'a Call, parameters: &'a Json) -> Self {
        Event {
            pack,
            caller,
            service: &call.service,
            operation: &call.operation,
            partition: &call.partition,
            account: call.account.as_str(),
            region: call.region.as_str(),
            parameters,
        }
    }

    fn record(&self, id: &str, at: Timestamp) -> Map<String, Json> {
        let caller = self.caller;
        let mut out = Map::new();
        let mut put = |name: &str, value: Json| out.insert(name.to_owned(), value);
        put("eventVersion", json!(EVENT_VERSION));
        put("userIdentity", identity(caller, self.partition));
        put("eventTime", json!(at.to_rfc3339()));
        put("eventSource", json!(event_source(self.pack, self.service)));
        put("eventName", json!(self.operation));
        put("awsRegion", json!(self.region));
        put("sourceIPAddress", json!(caller.source_ip.as_deref().unwrap_or("bailiwick.internal")));
        put("userAgent", json!(caller.user_agent.as_deref().unwrap_or("bailiwick")));
        put("requestParameters", self.parameters.clone());
        put("requestID", json!(caller.request_id));
        put("eventID", json!(id));
        put("eventType", json!("AwsApiCall"));
        put("managementEvent", json!(true));
        put("eventCategory", json!("Management"));
        put("recipientAccountId", json!(self.account));
        out
    }
}

/// The record of a decision.
pub(crate) fn decision(
    pack: &Pack,
    ruling: &Ruling,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
) -> Result<AuditDraft, serde_json::Error> {
    let parameters = mask::input(pack, &call.service, &call.operation, &call.input);
    let event = Event::of(pack, caller, call, &parameters);
    let mut record = event.record(&ruling.id, ruling.decided_at);
    if let Some(denial) = ruling.denial.as_ref().filter(|_| ruling.enforced) {
        record.insert("errorCode".to_owned(), json!("AccessDenied"));
        record.insert("errorMessage".to_owned(), json!(denial.sentence));
    }
    let resources: Vec<Json> = ruling
        .checks
        .iter()
        .filter(|check| check.resource != "*")
        .map(|check| json!({ "ARN": check.resource }))
        .collect();
    record.insert("resources".to_owned(), json!(resources));
    record.insert("responseElements".to_owned(), Json::Null);
    let ruling_json = ruling_json(ruling);
    let data =
        json!({ "format": RECORD_FORMAT, "record": "decision", "origin": origin_json(origin), "ruling": ruling_json });
    record.insert("additionalEventData".to_owned(), data);
    let text = serde_json::to_string(&Json::Object(record))?;
    Ok(AuditDraft { id: ruling.id.clone(), kind: AuditKind::Decision, record: text })
}

/// The record of a call that was refused before it could be decided: it does not fit the model, or what it was to prove by
/// its parameters (a code of an MFA device, the token of an identity provider) did not hold. `id` is a fresh, unique id.
///
/// # Errors
/// The record cannot be written as JSON.
pub fn undecided(
    pack: &Pack,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    id: &str,
    at: Timestamp,
    fault: &Fault,
) -> Result<AuditDraft, serde_json::Error> {
    let parameters = mask::input(pack, &call.service, &call.operation, &call.input);
    let event = Event::of(pack, caller, call, &parameters);
    let mut record = event.record(id, at);
    record.insert("errorCode".to_owned(), json!(fault.code));
    record.insert("errorMessage".to_owned(), json!(fault.message));
    record.insert("responseElements".to_owned(), Json::Null);
    let data = json!({
        "format": RECORD_FORMAT,
        "record": "outcome",
        "outcome": "undecided",
        "origin": origin_json(origin),
        "decisionId": null,
    });
    record.insert("additionalEventData".to_owned(), data);
    let text = serde_json::to_string(&Json::Object(record))?;
    Ok(AuditDraft { id: id.to_owned(), kind: AuditKind::Outcome, record: text })
}

/// What an outcome's record needs to know of the call, taken before the call is handed to whoever runs it.
#[derive(Debug, Clone)]
pub struct Attempt {
    caller: Caller,
    origin: Json,
    service: String,
    operation: String,
    account: String,
    partition: Partition,
    region: String,
    parameters: Json,
    decision_id: String,
    enforced: bool,
}

impl Attempt {
    /// Takes what the record needs from an authorized call.
    pub fn of(pack: &Pack, authorized: &Authorized) -> Self {
        let call = authorized.call();
        Attempt {
            caller: authorized.caller().clone(),
            origin: origin_json(authorized.origin()),
            service: call.service.clone(),
            operation: call.operation.clone(),
            partition: call.partition.clone(),
            account: call.account.to_string(),
            region: call.region.to_string(),
            parameters: mask::input(pack, &call.service, &call.operation, &call.input),
            decision_id: authorized.decision_id().to_owned(),
            enforced: authorized.ruling().enforced,
        }
    }

    /// The decision that the attempt stands on.
    pub fn decision_id(&self) -> &str {
        &self.decision_id
    }
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum End<'a> {
    /// It is not known whether it took place. It must never be repeated blindly.
    Ambiguous(&'a str),
    /// It failed with this fault.
    Failed(&'a Fault),
    /// It answered.
    Finished(&'a Value),
}

/// The record of an outcome. `id` is a fresh, unique id.
///
/// # Errors
/// The record cannot be written as JSON.
pub fn outcome(
    pack: &Pack,
    attempt: &Attempt,
    id: &str,
    at: Timestamp,
    end: End<'_>,
) -> Result<AuditDraft, serde_json::Error> {
    let event = Event {
        pack,
        caller: &attempt.caller,
        service: &attempt.service,
        operation: &attempt.operation,
        partition: &attempt.partition,
        account: &attempt.account,
        region: &attempt.region,
        parameters: &attempt.parameters,
    };
    let mut record = event.record(id, at);
    let (word, answer) = match end {
        End::Ambiguous(cause) => {
            record.insert("errorCode".to_owned(), json!("Ambiguous"));
            record.insert("errorMessage".to_owned(), json!(cause));
            ("ambiguous", Json::Null)
        }
        End::Failed(fault) => {
            record.insert("errorCode".to_owned(), json!(fault.code));
            record.insert("errorMessage".to_owned(), json!(fault.message));
            ("failed", Json::Null)
        }
        End::Finished(output) => ("finished", mask::output(pack, &attempt.service, &attempt.operation, output)),
    };
    record.insert("responseElements".to_owned(), answer);
    let data = json!({
        "format": RECORD_FORMAT,
        "record": "outcome",
        "outcome": word,
        "origin": attempt.origin,
        "decisionId": attempt.decision_id,
        "enforced": attempt.enforced,
    });
    record.insert("additionalEventData".to_owned(), data);
    let text = serde_json::to_string(&Json::Object(record))?;
    Ok(AuditDraft { id: id.to_owned(), kind: AuditKind::Outcome, record: text })
}
