//! The second factor of people who are no IAM user. Where a person is one, the devices that IAM has for the user are the
//! person's, too.

use bailiwick_authority::mfa::{self, MfaError, SEED_BYTES};
use bailiwick_authority::record::{MfaDeviceRecord, PersonRecord};
use bailiwick_authority::{Account, DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::{conflict, invalid, not_found};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// The serial number of a person's device; there is one to a person.
fn serial_number<I>(call: &Authorized<I>, person: &PersonRecord) -> String {
    format!("arn:{}:bailiwick::{}:person/{}/mfa", call.partition(), person.account, person.id)
}

/// Whether a device is a person's, and none of IAM's.
pub(crate) fn is_of_person(device: &MfaDeviceRecord) -> bool {
    device.serial_number.split(':').nth(2) == Some("bailiwick")
}

/// The device of a person, if one was created.
pub(super) fn of_person<'a>(account: &'a Account, person: &str) -> Option<&'a MfaDeviceRecord> {
    account.mfa_devices().find(|device| {
        is_of_person(device)
            && device
                .serial_number
                .rsplit_once(":person/")
                .is_some_and(|(_, of)| of.strip_suffix("/mfa") == Some(person))
    })
}

fn found<'a, I>(
    cx: &'a Context<'_>,
    call: &Authorized<I>,
    person: &str,
) -> Result<(&'a Account, &'a PersonRecord), Fault> {
    let account = cx.directory.account(call.account()).ok_or_else(|| not_found("The account does not exist."))?;
    let person = account.person(person).ok_or_else(|| not_found("The person does not exist."))?;
    Ok((account, person))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfPersonInput {
    person_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateOutput {
    serial_number: String,
    #[serde(rename = "Base32StringSeed")]
    seed: String,
}

/// Creates the device, in place of one that was never enabled. Its seed is told once.
pub(super) async fn create_second_factor(
    cx: &Context<'_>,
    call: Authorized<OfPersonInput>,
) -> Result<CreateOutput, Fault> {
    let (account, person) = found(cx, &call, &call.input.person_id)?;
    if of_person(account, &person.id).is_some_and(|device| device.user_id.is_some()) {
        return Err(conflict("The person has a second factor already; delete it first."));
    }
    let serial_number = serial_number(&call, person);
    let mut seed = [0; SEED_BYTES];
    cx.entropy.fill(&mut seed);
    let sealed = mfa::seal(cx.vault, &serial_number, &seed);
    let record = MfaDeviceRecord {
        account: person.account,
        serial_number: serial_number.clone(),
        sealed_seed: sealed.map_err(|error| crate::fault::internal(&error.to_string()))?,
        user_id: None,
        enabled_at: None,
        last_step: 0,
        drift: 0,
        created_at: cx.now,
        tags: Default::default(),
    };
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(CreateOutput { serial_number, seed: mfa::base32(&seed) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EnableInput {
    person_id: String,
    authentication_code1: String,
    authentication_code2: String,
}

/// Enables the device of a person, who shows with two codes in a row that it has the seed.
pub(super) async fn enable_second_factor(cx: &Context<'_>, call: Authorized<EnableInput>) -> Result<Nothing, Fault> {
    let EnableInput { person_id, authentication_code1: first, authentication_code2: second } = &call.input;
    let (account, person) = found(cx, &call, person_id)?;
    let device = of_person(account, &person.id).ok_or_else(|| not_found("The person has no second factor yet."))?;
    if device.user_id.is_some() {
        return Err(conflict("The second factor is enabled already."));
    }
    let device = mfa::synchronize(cx.vault, device, first, second, cx.now).map_err(|error| match error {
        MfaError::Code => invalid("The codes are not two of this device in a row."),
        MfaError::Unavailable => crate::fault::internal("the seed of a second factor cannot be opened"),
    })?;
    let device = MfaDeviceRecord { user_id: Some(person.id.clone()), enabled_at: Some(cx.now), ..device };
    cx.commit_directory(DirectoryChange::new().put(device));
    Ok(Nothing {})
}

/// Takes the device of a person away.
pub(super) async fn delete_second_factor(cx: &Context<'_>, call: Authorized<OfPersonInput>) -> Result<Nothing, Fault> {
    let (account, person) = found(cx, &call, &call.input.person_id)?;
    let device = of_person(account, &person.id).ok_or_else(|| not_found("The person has no second factor."))?;
    let id = device.serial_number.clone();
    let key = RecordKey { kind: RecordKind::MfaDevice, account: Some(call.account()), id };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}
