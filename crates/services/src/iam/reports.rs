//! The credential report: every user of the account with the state of its credentials, as CSV.
//! Source: AWS's IAM guide, "Generate credential reports for your AWS account".

use bailiwick_authority::record::AccessKeyRecord;
use bailiwick_authority::{Account, Usage, User};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, Expect};
use serde::{Deserialize, Serialize};

use super::signing::{self, Certificate};
use super::{account, mfa, passwords};
use crate::sign_in;
use crate::{Authorized, Context};

/// For how long a report is given out again instead of a new one, in seconds.
const FRESH_SECONDS: i64 = 4 * 60 * 60;
const KIND: &str = "iam.credential-report";

const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

const NONE: &str = "N/A";

#[derive(Debug, Serialize, Deserialize)]
struct Report {
    generated_at: Timestamp,
    text: String,
}

fn key<I>(call: &Authorized<I>) -> EntityKey {
    EntityKey::in_account(call.partition().as_str(), call.account().as_str(), KIND, "report")
}

fn time(at: Timestamp) -> String {
    // AWS writes the offset in full here, and no fractions.
    let text = Timestamp::from_seconds(at.as_seconds()).to_rfc3339();
    text.strip_suffix('Z').map_or(text.clone(), |plain| format!("{plain}+00:00"))
}

fn key_fields(usage: &Usage, key: Option<&AccessKeyRecord>) -> [String; 5] {
    let Some(key) = key else { return ["false", NONE, NONE, NONE, NONE].map(str::to_owned) };
    let none = || NONE.to_owned();
    let used = usage.access_key(&key.id);
    [
        key.active.to_string(),
        time(key.created_at),
        used.as_ref().map_or_else(none, |used| time(used.last.at)),
        used.as_ref().map_or_else(none, |used| used.last.region.clone()),
        used.map_or_else(none, |used| used.service),
    ]
}

fn keys(account: &Account, usage: &Usage, user_id: Option<&str>) -> Vec<String> {
    let mut keys: Vec<_> = account.access_keys().filter(|key| key.user_id.as_deref() == user_id).collect();
    keys.sort_by_key(|key| (key.created_at, &key.id));
    [0, 1].into_iter().flat_map(|place| key_fields(usage, keys.get(place).copied())).collect()
}

fn certificate_fields(certificates: &[Certificate]) -> impl Iterator<Item = String> {
    [0, 1].into_iter().flat_map(move |place| match certificates.get(place) {
        Some(certificate) => [certificate.active.to_string(), time(certificate.uploaded_at)],
        None => ["false", NONE].map(str::to_owned),
    })
}

fn root_line(account: &Account, usage: &Usage, arn: &str, certificates: &[Certificate]) -> String {
    let first = ["<root_account>", arn, &time(account.record().created_at), "not_supported", NONE]
        .map(str::to_owned)
        .into_iter();
    let passwords = ["not_supported", "not_supported", "false"].map(str::to_owned);
    let fields = first.chain(passwords).chain(keys(account, usage, None));
    fields.chain(certificate_fields(certificates)).collect::<Vec<_>>().join(",")
}

fn line(
    account: &Account,
    usage: &Usage,
    user: &User,
    password_used: Option<Timestamp>,
    certificates: &[Certificate],
) -> String {
    let record = &user.record;
    let profile = account.login_profile(&record.id);
    let password = match profile {
        Some(profile) => {
            let next = passwords::expires_at(account, profile).map_or_else(|| NONE.to_owned(), time);
            let used = password_used.map_or_else(|| "no_information".to_owned(), time);
            ["true".to_owned(), used, time(profile.changed_at), next]
        }
        None => ["false", NONE, NONE, NONE].map(str::to_owned),
    };
    let mfa = mfa::of_user(account, &record.id).next().is_some().to_string();
    let first = [record.name.clone(), user.arn.clone(), time(record.created_at)];
    let fields = first.into_iter().chain(password).chain([mfa]).chain(keys(account, usage, Some(&record.id)));
    fields.chain(certificate_fields(certificates)).map(|field| quoted(&field)).collect::<Vec<_>>().join(",")
}

/// A field of CSV. Names of users may hold commas.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[derive(Debug, Deserialize)]
pub(super) struct NoInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GenerateOutput {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'static str>,
}

/// Makes a report, unless there is one of the last four hours.
pub(super) async fn generate_credential_report(
    cx: &Context<'_>,
    call: Authorized<NoInput>,
) -> Result<GenerateOutput, Fault> {
    let NoInput {} = call.input;
    let before = cx.read::<Report>(key(&call)).await?.map(|(report, _)| report);
    if before.as_ref().is_some_and(|report| report.generated_at.plus_seconds(FRESH_SECONDS) > cx.now) {
        return Ok(GenerateOutput { state: "COMPLETE", description: None });
    }
    let account = account(cx, &call)?;
    let usage = cx.usage().await?;
    let root = format!("arn:{}:iam::{}:root", call.partition(), call.account());
    let mut users: Vec<&User> = account.users().map(AsRef::as_ref).collect();
    users.sort_by_key(|user| user.record.name.to_ascii_lowercase());
    let roots = signing::of_owner(cx, call.partition(), call.account(), signing::ROOT).await?;
    let used = sign_in::last_used_of_all(cx, call.account()).await?;
    let mut lines = vec![HEADER.to_owned(), root_line(account, usage, &root, &roots)];
    for user in users {
        let certificates = signing::of_owner(cx, call.partition(), call.account(), &user.record.id).await?;
        let password_used = used.get(&user.record.id).copied();
        lines.push(line(account, usage, user, password_used, &certificates));
    }
    let report = Report { generated_at: cx.now, text: lines.join("\n") };
    cx.commit(Change::new().put(key(&call), crate::fault::to_stored(&report)?, Expect::Any));
    let description = match before {
        Some(_) => "The existing report is too old. Starting a new report generation task",
        None => "No report exists. Starting a new report generation task",
    };
    Ok(GenerateOutput { state: "STARTED", description: Some(description) })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    content: String,
    report_format: &'static str,
    generated_time: Timestamp,
}

/// The newest report.
pub(super) async fn get_credential_report(cx: &Context<'_>, call: Authorized<NoInput>) -> Result<GetOutput, Fault> {
    let NoInput {} = call.input;
    let Some((report, _)) = cx.read::<Report>(key(&call)).await? else {
        return Err(Fault::sender("ReportNotPresent", 410, "No report exists; call GenerateCredentialReport first."));
    };
    if report.generated_at.plus_seconds(FRESH_SECONDS) <= cx.now {
        return Err(Fault::sender(
            "ReportExpired",
            410,
            "The report has expired; call GenerateCredentialReport again.",
        ));
    }
    Ok(GetOutput { content: report.text, report_format: "text/csv", generated_time: report.generated_at })
}
