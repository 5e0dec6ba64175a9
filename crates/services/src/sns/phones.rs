//! Text messages, as far as they are kept and shown: the account's settings for them, and who wants none. Nothing is sent
//! to phones from here, so nobody can have answered that they want none.
//! Source: the SNS API reference, SetSMSAttributes and what goes with it.

use std::collections::BTreeMap;

use bailiwick_aws::fault::Fault;
use bailiwick_store::{Change, EntityKey, Expect};
use serde::{Deserialize, Serialize};

use super::invalid;
use crate::operation::Nothing;
use crate::{Authorized, Context};

const KIND: &str = "sns.sms-attributes";

/// The settings that an account has.
const ATTRIBUTES: &[&str] = &[
    "DefaultSMSType",
    "DefaultSenderID",
    "DeliveryStatusIAMRole",
    "DeliveryStatusSuccessSamplingRate",
    "MonthlySpendLimit",
    "UsageReportS3Bucket",
];

/// The longest value that is kept.
const MAX_VALUE_BYTES: usize = 2_048;

/// Whether a text is a telephone number as ITU's E.164 writes them.
pub(super) fn is_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('+') else { return false };
    (2..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// A telephone number as SNS takes it for an endpoint: the digits may be parted by single `.`, `/` and `-`.
pub(super) fn is_endpoint(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let mut groups = digits.split(['.', '/', '-']);
    let digit = |b: u8| b.is_ascii_digit();
    (2..=40).contains(&digits.len()) && groups.all(|group| !group.is_empty() && group.bytes().all(digit))
}

fn number(text: &str) -> Result<(), Fault> {
    if is_number(text) { Ok(()) } else { Err(invalid("PhoneNumber Reason: input incorrectly formatted")) }
}

fn place<I>(call: &Authorized<I>) -> EntityKey {
    let account = call.account();
    EntityKey::in_account(call.partition().as_str(), account.as_str(), KIND, "current")
        .in_region(call.region().as_str())
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Stored {
    attributes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SetInput {
    attributes: BTreeMap<String, String>,
}

/// Sets the account's settings for text messages; those that are not named stay.
pub(super) async fn set_sms_attributes(cx: &Context<'_>, call: Authorized<SetInput>) -> Result<Nothing, Fault> {
    for (name, value) in &call.input.attributes {
        let fits = match name.as_str() {
            "DefaultSMSType" => matches!(value.as_str(), "Promotional" | "Transactional"),
            "DefaultSenderID" => {
                let word = value.len() <= 11 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                value.is_empty() || (word && value.bytes().any(|b| b.is_ascii_alphabetic()))
            }
            "DeliveryStatusSuccessSamplingRate" => value.parse::<u8>().is_ok_and(|percent| percent <= 100),
            "MonthlySpendLimit" => value.parse::<u32>().is_ok(),
            name if ATTRIBUTES.contains(&name) => value.len() <= MAX_VALUE_BYTES,
            other => return Err(invalid(format_args!("{other} is not a valid attribute"))),
        };
        if !fits {
            return Err(invalid(format_args!("{name} is invalid")));
        }
    }
    let mut stored = cx.read::<Stored>(place(&call)).await?.map(|(stored, _)| stored).unwrap_or_default();
    stored.attributes.extend(call.input.attributes.clone());
    cx.commit(Change::new().put(place(&call), crate::fault::to_stored(&stored)?, Expect::Any));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
pub(super) struct GetInput {
    #[serde(default)]
    attributes: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct GetOutput {
    attributes: BTreeMap<String, String>,
}

/// The account's settings for text messages: all of them, or those that are named.
pub(super) async fn get_sms_attributes(cx: &Context<'_>, call: Authorized<GetInput>) -> Result<GetOutput, Fault> {
    let mut attributes =
        cx.read::<Stored>(place(&call)).await?.map(|(stored, _)| stored).unwrap_or_default().attributes;
    attributes.entry("MonthlySpendLimit".to_owned()).or_insert_with(|| "1".to_owned());
    let wanted = &call.input.attributes;
    attributes.retain(|name, _| wanted.is_empty() || wanted.contains(name));
    Ok(GetOutput { attributes })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NumberInput {
    phone_number: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckOutput {
    is_opted_out: bool,
}

/// Whether the owner of a number wants no messages from the account.
pub(super) async fn check_if_phone_number_is_opted_out(
    _cx: &Context<'_>,
    call: Authorized<NumberInput>,
) -> Result<CheckOutput, Fault> {
    number(&call.input.phone_number)?;
    Ok(CheckOutput { is_opted_out: false })
}

/// Takes a number from those that want none. It is none of them.
pub(super) async fn opt_in_phone_number(_cx: &Context<'_>, call: Authorized<NumberInput>) -> Result<Nothing, Fault> {
    number(&call.input.phone_number)?;
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OptedOutInput {
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OptedOutOutput {
    phone_numbers: Vec<String>,
}

/// The numbers whose owners want no messages.
pub(super) async fn list_phone_numbers_opted_out(
    _cx: &Context<'_>,
    call: Authorized<OptedOutInput>,
) -> Result<OptedOutOutput, Fault> {
    match call.input.next_token {
        Some(_) => Err(invalid("NextToken")),
        None => Ok(OptedOutOutput { phone_numbers: Vec::new() }),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct StatusInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StatusOutput {
    is_in_sandbox: bool,
}

/// Whether the account may send to verified numbers only. No message leaves from here, and no number can be verified, so it
/// is in the sandbox.
pub(super) async fn get_sms_sandbox_account_status(
    _cx: &Context<'_>,
    _call: Authorized<StatusInput>,
) -> Result<StatusOutput, Fault> {
    Ok(StatusOutput { is_in_sandbox: true })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NumbersInput {
    next_token: Option<String>,
    #[serde(rename = "MaxResults")]
    _max_results: Option<u32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NumbersOutput {
    phone_numbers: Vec<Nothing>,
}

/// The numbers that the account sends from, or may send to: none.
pub(super) async fn list_no_numbers(_cx: &Context<'_>, call: Authorized<NumbersInput>) -> Result<NumbersOutput, Fault> {
    match call.input.next_token {
        Some(_) => Err(invalid("NextToken")),
        None => Ok(NumbersOutput { phone_numbers: Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert!(is_number("+15551234567"));
        for bad in ["15551234567", "+", "+0123456", "+1555123456789012", "+1555-123", "NAA+15551234567"] {
            assert!(!is_number(bad), "{bad}");
        }
        for good in ["+15551234567", "+15/55-123.4567", "15551234567"] {
            assert!(is_endpoint(good), "{good}");
        }
        for bad in ["+15--551234567", "/+15551234567", "+15551234567-", "NAA+15551234567", "", "+1+5"] {
            assert!(!is_endpoint(bad), "{bad}");
        }
    }
}
