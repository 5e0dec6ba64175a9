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

/// What somebody did to prove at the console who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInEvent {
    /// They gave the code of an MFA device in a session that lasts.
    CheckMfa,
    /// They signed in.
    ConsoleLogin,
}

impl SignInEvent {
    fn as_str(self) -> &'static str {
        match self {
            SignInEvent::CheckMfa => "CheckMfa",
            SignInEvent::ConsoleLogin => "ConsoleLogin",
        }
    }
}

/// An attempt to prove at the console who one is.
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
    /// Whether a second factor was used.
    pub mfa: bool,
    /// Whether it succeeded.
    pub success: bool,
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
    request_parameters: Option<()>,
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
    #[serde(rename = "MobileVersion")]
    mobile_version: &'a str,
    format: u32,
    record: &'a str,
    outcome: &'a str,
}

/// The record of an attempt to prove at the console who one is, in CloudTrail's shape of such events. Nothing is decided by
/// it: what the session then does is decided call by call.
/// Source of the shape: AWS's CloudTrail guide, "AWS Management Console sign-in events".
///
/// # Errors
/// The record cannot be written as JSON.
pub fn sign_in(of: &SignInRecord<'_>, partition: &Partition) -> Result<AuditDraft, serde_json::Error> {
    let SignInRecord { id, at, event, account, caller, known, mfa, success } = of;
    let user_identity = match known {
        true => Who::Known(Box::new(Identity::of(caller, partition))),
        false => Who::Unknown { r#type: "IAMUser", account_id: *account, access_key_id: "", user_name: HIDDEN },
    };
    let word = if *success { "Success" } else { "Failure" };
    // AWS records the sign-ins of a partition in one Region.
    let region = Region::us_east_1();
    let document = Document {
        event_version: EVENT_VERSION,
        user_identity,
        event_source: "signin.amazonaws.com",
        event_name: event.as_str(),
        aws_region: region.as_str(),
        source_ip_address: caller.source_ip.as_deref().unwrap_or("bailiwick.internal"),
        user_agent: caller.user_agent.as_deref().unwrap_or("bailiwick"),
        request_parameters: None,
        request_id: &caller.request_id,
        event_type: "AwsConsoleSignIn",
        management_event: true,
        event_category: "Management",
        recipient_account_id: *account,
        event_time: at.to_rfc3339(),
        event_id: id,
        error_message: (!success).then_some(FAILED),
        response_elements: serde_json::json!({ event.as_str(): word }),
        additional_event_data: Data {
            mfa_used: if *mfa { "Yes" } else { "No" },
            mobile_version: "No",
            format: RECORD_FORMAT,
            record: "sign-in",
            outcome: if *success { "finished" } else { "failed" },
        },
    };
    Ok(AuditDraft { id: (*id).to_owned(), kind: AuditKind::Outcome, record: serde_json::to_string(&document)? })
}
