//! Virtual MFA devices. The seed leaves once, to whoever creates the device, and is sealed from then on.

use bailiwick_authority::mfa::{self, MfaError, SEED_BYTES};
use bailiwick_authority::record::{MfaDeviceRecord, UserRecord};
use bailiwick_authority::{Account, DirectoryChange, RecordKey, RecordKind};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::holder::find;
use super::paging::OfUserInput;
use super::shown::{ShownUser, Tag};
use super::users::{meant, meant_or_root};
use super::{
    Paging, account, already_exists, delete_conflict, listed, no_such_entity, path, qr, quota, shown, validation,
};
use crate::bailiwick::is_of_person;
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// MFA devices of one user. Source: AWS's IAM guide, "IAM and STS quotas".
const MAX_DEVICES_OF_USER: usize = 8;
/// Devices of an account, assigned or not: as many as all users could have.
const MAX_DEVICES: usize = super::users::MAX_USERS * MAX_DEVICES_OF_USER;

fn absent(serial_number: &str) -> Fault {
    no_such_entity(format!("VirtualMFADevice with serial number {serial_number} doesn't exist."))
}

/// A device by its serial number, or IAM's answer that there is none.
pub(super) fn found<'a>(account: &'a Account, serial_number: &str) -> Result<&'a MfaDeviceRecord, Fault> {
    let device = account.mfa_device(serial_number).filter(|device| !is_of_person(device));
    device.ok_or_else(|| absent(serial_number))
}

fn refused(error: MfaError) -> Fault {
    match error {
        MfaError::Code => {
            Fault::sender("InvalidAuthenticationCode", 403, "Authentication code for device is not valid.")
        }
        MfaError::Unavailable => crate::fault::internal("the seed of an MFA device cannot be opened"),
    }
}

/// The devices that are IAM's: people who are no IAM user have their own.
pub(super) fn all(account: &Account) -> impl Iterator<Item = &MfaDeviceRecord> {
    account.mfa_devices().filter(|device| !is_of_person(device))
}

/// The devices enabled for a user.
pub(super) fn of_user<'a>(account: &'a Account, user_id: &'a str) -> impl Iterator<Item = &'a MfaDeviceRecord> {
    account.mfa_devices().filter(move |device| device.user_id.as_deref() == Some(user_id))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    path: Option<String>,
    #[serde(rename = "VirtualMFADeviceName")]
    name: String,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
pub(super) struct CreateOutput {
    #[serde(rename = "VirtualMFADevice")]
    device: NewDevice,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewDevice {
    serial_number: String,
    base32_string_seed: String,
    #[serde(rename = "QRCodePNG")]
    qr_code_png: Vec<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

/// Creates a device that is not yet anybody's.
pub(super) async fn create_virtual_mfa_device(
    cx: &Context<'_>,
    call: Authorized<CreateInput>,
) -> Result<CreateOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let place = path(input.path.as_ref());
    let serial_number = format!("arn:{}:iam::{}:mfa{place}{}", call.partition(), call.account(), input.name);
    if account.mfa_device(&serial_number).is_some() {
        return Err(already_exists("MFADevice entity at the same path and name already exists."));
    }
    if all(account).count() >= MAX_DEVICES {
        return Err(quota("VirtualMFADevicesPerAccount", MAX_DEVICES));
    }
    let mut seed = [0; SEED_BYTES];
    cx.entropy.fill(&mut seed);
    let sealed_seed =
        mfa::seal(cx.vault, &serial_number, &seed).map_err(|error| crate::fault::internal(&error.to_string()))?;
    let base32_string_seed = mfa::base32(&seed);
    let label = format!("{}@{}", input.name, call.account());
    let link = format!("otpauth://totp/{label}?secret={base32_string_seed}&issuer=Bailiwick");
    let record = MfaDeviceRecord {
        account: call.account(),
        serial_number: serial_number.clone(),
        sealed_seed,
        user_id: None,
        enabled_at: None,
        last_step: 0,
        drift: 0,
        created_at: cx.now,
        tags: super::tags::first(&input.tags)?,
    };
    let tags = shown::tags(&record.tags);
    let qr_code_png = qr::png(&link).ok_or_else(|| crate::fault::internal("the QR code cannot be drawn"))?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(CreateOutput { device: NewDevice { serial_number, base32_string_seed, qr_code_png, tags } })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CodesInput {
    user_name: String,
    serial_number: String,
    authentication_code1: String,
    authentication_code2: String,
}

/// Enables a device for a user, who shows with two codes in a row that it has the seed.
pub(super) async fn enable_mfa_device(cx: &Context<'_>, call: Authorized<CodesInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let user = find::<UserRecord>(account, &input.user_name)?;
    let device = found(account, &input.serial_number)?;
    if device.user_id.is_some() {
        return Err(already_exists("MFA Device is already in use."));
    }
    if of_user(account, &user.id).count() >= MAX_DEVICES_OF_USER {
        return Err(quota("MFADevicesPerUser", MAX_DEVICES_OF_USER));
    }
    let (first, second) = (&input.authentication_code1, &input.authentication_code2);
    let mut record = mfa::synchronize(cx.vault, device, first, second, cx.now).map_err(refused)?;
    record.user_id = Some(user.id.clone());
    record.enabled_at = Some(cx.now);
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

/// A device of a user, for what the user does with it.
fn enabled<'a>(account: &'a Account, user_id: &str, serial_number: &str) -> Result<&'a MfaDeviceRecord, Fault> {
    let device = found(account, serial_number)?;
    if device.user_id.as_deref() == Some(user_id) {
        return Ok(device);
    }
    Err(no_such_entity(format!("MFA Device invalid for user, or device with serial number {serial_number} not found.")))
}

/// Puts a device in step again.
pub(super) async fn resync_mfa_device(cx: &Context<'_>, call: Authorized<CodesInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let user = find::<UserRecord>(account, &input.user_name)?;
    let device = enabled(account, &user.id, &input.serial_number)?;
    let (first, second) = (&input.authentication_code1, &input.authentication_code2);
    let record = mfa::synchronize(cx.vault, device, first, second, cx.now).map_err(refused)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeactivateInput {
    user_name: Option<String>,
    serial_number: String,
}

/// Takes a device from its user. It cannot be enabled again before it is known to whom it belongs: it keeps its seed.
pub(super) async fn deactivate_mfa_device(
    cx: &Context<'_>,
    call: Authorized<DeactivateInput>,
) -> Result<Nothing, Fault> {
    let account = account(cx, &call)?;
    let user = meant(cx, &call, call.input.user_name.as_ref())?;
    let mut record = enabled(account, &user.record.id, &call.input.serial_number)?.clone();
    record.user_id = None;
    record.enabled_at = None;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SerialInput {
    serial_number: String,
}

/// Deletes a device that is nobody's.
pub(super) async fn delete_virtual_mfa_device(
    cx: &Context<'_>,
    call: Authorized<SerialInput>,
) -> Result<Nothing, Fault> {
    let device = found(account(cx, &call)?, &call.input.serial_number)?;
    if device.user_id.is_some() {
        return Err(delete_conflict("Virtual MFA device is already in use. Please deactivate it first."));
    }
    let id = device.serial_number.clone();
    let key = RecordKey { kind: RecordKind::MfaDevice, account: Some(call.account()), id };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    serial_number: String,
    user_name: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_date: Option<Timestamp>,
}

/// One device, and whose it is.
pub(super) async fn get_mfa_device(cx: &Context<'_>, call: Authorized<GetInput>) -> Result<GetOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let device = match &input.user_name {
        Some(name) => enabled(account, &find::<UserRecord>(account, name)?.id, &input.serial_number)?,
        None => found(account, &input.serial_number)?,
    };
    let user = device.user_id.as_ref().and_then(|id| account.user_by_id(id));
    Ok(GetOutput {
        user_name: user.map(|user| user.record.name.clone()),
        serial_number: device.serial_number.clone(),
        enable_date: device.enabled_at,
    })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct UsersDevice {
    user_name: String,
    serial_number: String,
    enable_date: Timestamp,
}

#[derive(Debug, Serialize)]
pub(super) struct ListOutput {
    #[serde(rename = "MFADevices")]
    devices: Vec<UsersDevice>,
    #[serde(flatten)]
    paging: Paging,
}

/// The devices of a user.
pub(super) async fn list_mfa_devices(cx: &Context<'_>, call: Authorized<OfUserInput>) -> Result<ListOutput, Fault> {
    let account = account(cx, &call)?;
    // The root user has none: only users can be given a device here.
    let user = meant_or_root(cx, &call, call.input.user_name.as_ref())?;
    let devices = user.into_iter().flat_map(|user| {
        of_user(account, &user.record.id).map(|device| UsersDevice {
            user_name: user.record.name.clone(),
            serial_number: device.serial_number.clone(),
            enable_date: device.enabled_at.unwrap_or(device.created_at),
        })
    });
    let scope = format!("ListMFADevices {}", user.map_or("root", |user| &user.record.id));
    let key = |device: &UsersDevice| device.serial_number.clone();
    let (devices, paging) = listed(cx, &call, &scope, devices.collect(), key)?;
    Ok(ListOutput { devices, paging })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListVirtualInput {
    assignment_status: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

super::paging::paged!(ListVirtualInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct VirtualDevice {
    serial_number: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<ShownUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_date: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
pub(super) struct ListVirtualOutput {
    #[serde(rename = "VirtualMFADevices")]
    devices: Vec<VirtualDevice>,
    #[serde(flatten)]
    paging: Paging,
}

/// The devices of the account, without their seeds: all, or those that are somebody's or nobody's.
pub(super) async fn list_virtual_mfa_devices(
    cx: &Context<'_>,
    call: Authorized<ListVirtualInput>,
) -> Result<ListVirtualOutput, Fault> {
    let account = account(cx, &call)?;
    let wanted: fn(&MfaDeviceRecord) -> bool = match call.input.assignment_status.as_deref() {
        None | Some("Any") => |_| true,
        Some("Assigned") => |device| device.user_id.is_some(),
        Some("Unassigned") => |device| device.user_id.is_none(),
        Some(other) => return Err(validation(format!("AssignmentStatus {other} is not offered."))),
    };
    let devices = all(account).filter(|device| wanted(device)).map(|device| VirtualDevice {
        serial_number: device.serial_number.clone(),
        user: device.user_id.as_ref().and_then(|id| account.user_by_id(id)).map(|user| shown::listed_user(user)),
        enable_date: device.enabled_at,
    });
    let key = |device: &VirtualDevice| device.serial_number.clone();
    let (devices, paging) = listed(cx, &call, "ListVirtualMFADevices", devices.collect(), key)?;
    Ok(ListVirtualOutput { devices, paging })
}
