use std::sync::Arc;

use bailiwick_aws::pack::Pack;
use bailiwick_ident::Partition;
use serde::Serialize;

use super::mask::Masked;
use crate::{
    call::Call,
    caller::{Caller, Principal, Session},
    origin::Origin,
};

/// The version of CloudTrail's record that ours follow.
pub(super) const EVENT_VERSION: &str = "1.11";

/// What the records of a decision and of its outcome share: who called what, with which input. It is a JSON object, masked.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<str>);

impl Shared {
    /// The whole record: this object's members, then the members of `part`, which must be an object with members.
    pub(super) fn with(&self, part: &impl Serialize) -> Result<String, serde_json::Error> {
        let bad = || serde_json::Error::io(std::io::Error::other("the parts of an audit record are not objects"));
        let open = self.0.strip_suffix('}').ok_or_else(bad)?;
        let mut record = Vec::with_capacity(open.len().saturating_add(1_536));
        record.extend_from_slice(open.as_bytes());
        // The end of the one object and the beginning of the other give way to a comma.
        let joint = record.len();
        serde_json::to_writer(&mut record, part)?;
        let begin = record.get_mut(joint).filter(|begin| **begin == b'{').ok_or_else(bad)?;
        *begin = b',';
        String::from_utf8(record).map_err(|_| bad())
    }
}

/// Who called what.
pub(super) struct Event<'a> {
    pub(super) pack: &'a Pack,
    pub(super) caller: &'a Caller,
    pub(super) call: &'a Call,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SharedPart<'a> {
    event_version: &'a str,
    user_identity: Identity<'a>,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
    user_agent: &'a str,
    request_parameters: Option<Masked<'a>>,
    #[serde(rename = "requestID")]
    request_id: &'a str,
    event_type: &'a str,
    management_event: bool,
    event_category: &'a str,
    recipient_account_id: &'a str,
}

impl Event<'_> {
    /// Writes it.
    pub(super) fn shared(&self) -> Result<Shared, serde_json::Error> {
        let Event { pack, caller, call } = self;
        let model = pack.service(&call.service).ok();
        let prefix = model.as_ref().map_or(call.service.as_str(), |model| &*model.endpoint_prefix);
        let part = SharedPart {
            event_version: EVENT_VERSION,
            user_identity: Identity::of(caller, &call.partition),
            event_source: &format!("{prefix}.amazonaws.com"),
            event_name: &call.operation,
            aws_region: call.region.as_str(),
            source_ip_address: caller.source_ip.as_deref().unwrap_or("bailiwick.internal"),
            user_agent: caller.user_agent.as_deref().unwrap_or("bailiwick"),
            request_parameters: Masked::input(model.as_deref(), &call.operation, &call.input),
            request_id: &caller.request_id,
            event_type: "AwsApiCall",
            management_event: true,
            event_category: "Management",
            recipient_account_id: call.account.as_str(),
        };
        serde_json::to_string(&part).map(|text| Shared(text.into()))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Identity<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoked_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_context: Option<SessionPart<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionPart<'a> {
    attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_issuer: Option<Issuer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    creation_date: String,
    /// `true` or `false`, as text.
    mfa_authenticated: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issuer<'a> {
    r#type: &'a str,
    principal_id: &'a str,
    arn: &'a str,
    account_id: String,
    user_name: &'a str,
}

impl<'a> SessionPart<'a> {
    fn of(session: &'a Session, principal: &'a Principal) -> Self {
        let session_issuer = match principal {
            Principal::RoleSession { account, role_arn, role_id, .. } => Some(Issuer {
                r#type: "Role",
                principal_id: role_id,
                arn: role_arn,
                account_id: account.to_string(),
                user_name: role_arn.rsplit('/').next().unwrap_or_default(),
            }),
            _ => None,
        };
        SessionPart {
            attributes: Attributes {
                creation_date: session.issued_at.to_rfc3339(),
                mfa_authenticated: if session.mfa_at.is_some() { "true" } else { "false" },
            },
            session_issuer,
            source_identity: session.source_identity.as_deref(),
        }
    }
}

impl<'a> Identity<'a> {
    pub(super) fn of(caller: &'a Caller, partition: &Partition) -> Self {
        let principal = &caller.principal;
        let r#type = match principal {
            Principal::Anonymous => "AnonymousPrincipal",
            Principal::Federated { .. } => "FederatedUser",
            Principal::Person { .. } => "BailiwickPerson",
            Principal::RoleSession { .. } => "AssumedRole",
            Principal::Root { .. } => "Root",
            Principal::Service { .. } => "AWSService",
            Principal::User { .. } => "IAMUser",
            Principal::WebIdentity(_) => "WebIdentityUser",
        };
        let bare = Identity {
            r#type,
            invoked_by: None,
            principal_id: None,
            identity_provider: None,
            arn: None,
            account_id: None,
            access_key_id: None,
            user_name: None,
            session_context: None,
        };
        match principal {
            Principal::Service { name } => Identity { invoked_by: Some(name), ..bare },
            Principal::WebIdentity(identity) => Identity {
                principal_id: Some(principal.user_id()),
                identity_provider: Some(&identity.provider_arn),
                user_name: Some(&identity.subject),
                ..bare
            },
            _ => Identity {
                principal_id: Some(principal.user_id()),
                arn: Some(principal.arn_in(partition)),
                account_id: principal.account().map(|account| account.to_string()),
                access_key_id: caller.access_key_id.as_deref(),
                user_name: match principal {
                    Principal::User { name, .. } | Principal::Person { name, .. } => Some(name),
                    _ => None,
                },
                session_context: caller.session.as_ref().map(|session| SessionPart::of(session, principal)),
                ..bare
            },
        }
    }
}

/// Where a call came from.
#[derive(Serialize)]
pub(super) struct OriginPart<'a> {
    kind: &'a str,
    #[serde(flatten)]
    chat: Option<ChatPart<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChatPart<'a> {
    platform: &'a str,
    workspace: &'a str,
    channel: &'a str,
    channel_type: &'a str,
    message: &'a str,
    member: &'a str,
    actor: &'a str,
    assurance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    approvers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Option<&'a str>,
}

impl<'a> OriginPart<'a> {
    pub(super) fn of(origin: &'a Origin) -> Self {
        let chat = origin.chat().map(|chat| ChatPart {
            platform: chat.platform.as_str(),
            workspace: &chat.workspace,
            channel: &chat.channel,
            channel_type: chat.channel_type.as_str(),
            message: &chat.message,
            member: &chat.member,
            actor: chat.actor.as_str(),
            assurance: chat.assurance.as_str(),
            approvers: &chat.approvers,
            agent: match origin {
                Origin::Agent(agent) => Some(&agent.agent),
                _ => None,
            },
        });
        OriginPart { kind: origin.as_str(), chat }
    }
}
