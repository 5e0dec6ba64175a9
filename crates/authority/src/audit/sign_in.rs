use bailiwick_ident::{AccountId, Partition, Region, Timestamp};
use bailiwick_store::{AuditDraft, AuditKind};
use serde::Serialize;

use super::{
    RECORD_FORMAT,
    event::{EVENT_VERSION, Identity},
};
use crate::caller::Caller;

/// What CloudTrail writes in place of a user name that is no user's: somebody may have typed a password there.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// What CloudTrail writes of every sign-in that failed, whatever failed.
const FAILED: &str = "Failed authentication";

/// What somebody did to prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInEvent {
    /// They gave the code of an MFA device in a session that lasts.
    CheckMfa,
    /// They signed in.
    ConsoleLogin,
    /// They let a chat platform say which of its members they are.
    ProveChatIdentity,
    /// They let what they had proved count for one command of theirs in chat.
    ProveForCommand,
}

/// With what somebody proves who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// The code of an MFA device.
    MfaCode,
    /// A link that is good once.
    OneTimeLink,
    /// The password of an IAM user.
    Password,
    /// The word of a chat platform, to which they signed in.
    Platform,
    /// A session of the console that began before.
    Session,
}

impl Factor {
    fn as_str(self) -> &'static str {
        match self {
            Factor::MfaCode => "mfa-code",
            Factor::OneTimeLink => "one-time-link",
            Factor::Password => "password",
            Factor::Platform => "platform",
            Factor::Session => "session",
        }
    }
}

/// The member of a chat platform that somebody proves to be, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvedMember<'a> {
    /// The platform, as IAM's condition keys spell it.
    pub platform: &'a str,
    /// The workspace or tenant.
    pub workspace_id: &'a str,
    /// The member.
    pub member_id: &'a str,
    /// The channel configuration it is for.
    pub chat_configuration_arn: &'a str,
    /// The id of the command it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_id: Option<&'a str>,
    /// That command as it is shown to people, without what is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<&'a str>,
}

impl SignInEvent {
    fn as_str(self) -> &'static str {
        match self {
            SignInEvent::CheckMfa => "CheckMfa",
            SignInEvent::ConsoleLogin => "ConsoleLogin",
            SignInEvent::ProveChatIdentity => "ProveChatIdentity",
            SignInEvent::ProveForCommand => "ProveForCommand",
        }
    }

    /// The service and the type of its records: AWS knows no other platform's members.
    fn source(self) -> (&'static str, &'static str) {
        match self {
            SignInEvent::CheckMfa | SignInEvent::ConsoleLogin => ("signin.amazonaws.com", "AwsConsoleSignIn"),
            SignInEvent::ProveChatIdentity | SignInEvent::ProveForCommand => {
                ("bailiwick.amazonaws.com", "AwsServiceEvent")
            }
        }
    }
}

/// An attempt to prove who one is.
#[derive(Debug, Clone)]
pub struct SignInRecord<'a> {
    /// A fresh, unique id.
    pub id: &'a str,
    /// When.
    pub at: Timestamp,
    /// What was tried.
    pub event: SignInEvent,
    /// The account it was tried in, if there is such an account.
    pub account: Option<AccountId>,
    /// Who it is, as far as the directory knows them: of somebody unknown only the connection counts.
    pub caller: &'a Caller,
    /// Whether it is somebody the directory knows.
    pub known: bool,
    /// What was shown, right or wrong.
    pub factors: &'a [Factor],
    /// The ARN of the MFA device whose code was right.
    pub device: Option<&'a str>,
    /// The session it was tried in or that began with it: the beginning of a digest, good for telling sessions apart only.
    pub session: Option<&'a str>,
    /// Of a chat platform's member: who that is.
    pub member: Option<ProvedMember<'a>>,
    /// What came of it; what failed at the console itself is told to nobody.
    pub came: Result<(), Option<&'a str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    event_version: &'a str,
    user_identity: Who<'a>,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
    user_agent: &'a str,
    request_parameters: Option<ProvedMember<'a>>,
    #[serde(rename = "requestID")]
    request_id: &'a str,
    event_type: &'a str,
    management_event: bool,
    event_category: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_account_id: Option<AccountId>,
    event_time: String,
    #[serde(rename = "eventID")]
    event_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    response_elements: serde_json::Value,
    additional_event_data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Who<'a> {
    Known(Box<Identity<'a>>),
    #[serde(rename_all = "camelCase")]
    Unknown {
        r#type: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        account_id: Option<AccountId>,
        access_key_id: &'a str,
        user_name: &'a str,
    },
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(rename = "MFAUsed")]
    mfa_used: &'a str,
    #[serde(rename = "MFAIdentifier", skip_serializing_if = "Option::is_none")]
    mfa_identifier: Option<&'a str>,
    #[serde(rename = "MobileVersion")]
    mobile_version: &'a str,
    factors: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    format: u32,
    record: &'a str,
    outcome: &'a str,
}

/// The record of an attempt to prove who one is, in CloudTrail's shape of sign-in events. Nothing is decided by
/// it: what the session then does is decided call by call.
/// Source of the shape: AWS's CloudTrail guide, "AWS Management Console sign-in events".
///
/// # Errors
/// The record cannot be written as JSON.
pub fn sign_in(of: &SignInRecord<'_>, partition: &Partition) -> Result<AuditDraft, serde_json::Error> {
    let SignInRecord { id, at, event, account, caller, known, factors, device, session, member, came } = of;
    let (success, mfa) = (came.is_ok(), factors.contains(&Factor::MfaCode));
    let (source, event_type) = event.source();
    let user_identity = match known {
        true => Who::Known(Box::new(Identity::of(caller, partition))),
        false => Who::Unknown { r#type: "IAMUser", account_id: *account, access_key_id: "", user_name: HIDDEN },
    };
    let word = if success { "Success" } else { "Failure" };
    // AWS records the sign-ins of a partition in one Region.
    let region = Region::us_east_1();
    let document = Document {
        event_version: EVENT_VERSION,
        user_identity,
        event_source: source,
        event_name: event.as_str(),
        aws_region: region.as_str(),
        source_ip_address: caller.source_ip.as_deref().unwrap_or("bailiwick.internal"),
        user_agent: caller.user_agent.as_deref().unwrap_or("bailiwick"),
        request_parameters: *member,
        request_id: &caller.request_id,
        event_type,
        management_event: true,
        event_category: "Management",
        recipient_account_id: *account,
        event_time: at.to_rfc3339(),
        event_id: id,
        error_message: came.err().map(|why| why.unwrap_or(FAILED)),
        response_elements: serde_json::json!({ event.as_str(): word }),
        additional_event_data: Data {
            mfa_used: if mfa { "Yes" } else { "No" },
            mfa_identifier: *device,
            mobile_version: "No",
            factors: factors.iter().map(|factor| factor.as_str()).collect(),
            session: *session,
            format: RECORD_FORMAT,
            record: "sign-in",
            outcome: if success { "finished" } else { "failed" },
        },
    };
    Ok(AuditDraft { id: (*id).to_owned(), kind: AuditKind::Outcome, record: serde_json::to_string(&document)? })
}
