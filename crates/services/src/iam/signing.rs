//! Signing certificates: X.509 certificates of users, kept and shown. Nothing here is signed with them.
//! Source: the IAM API reference, UploadSigningCertificate.

use bailiwick_authority::uuid;
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Partition, Timestamp};
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::paging::{OfUserInput, Paging};
use super::users::meant_or_root;
use super::{listed, no_such_entity, quota};
use crate::operation::Nothing;
use crate::{Authorized, Context};

const KIND: &str = "iam.signing-certificate";
/// Certificates of one user. Source: AWS's IAM guide, "IAM and STS quotas".
const MAX_CERTIFICATES: usize = 2;

/// The stored form of a certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Certificate {
    id: String,
    body: String,
    pub(super) active: bool,
    pub(super) uploaded_at: Timestamp,
}

/// Whose certificates a request means.
struct Owner {
    /// The unique id of a user, or `root`.
    id: String,
    name: String,
}

fn owner<I>(cx: &Context<'_>, call: &Authorized<I>, name: Option<&String>) -> Result<Owner, Fault> {
    Ok(match meant_or_root(cx, call, name)? {
        Some(user) => Owner { id: user.record.id.clone(), name: user.record.name.clone() },
        None => Owner { id: ROOT.to_owned(), name: ROOT.to_owned() },
    })
}

/// The owner of the root user's certificates.
pub(super) const ROOT: &str = "root";

fn place<I>(call: &Authorized<I>, owner: &str, id: &str) -> EntityKey {
    EntityKey::in_account(call.partition().as_str(), call.account().as_str(), KIND, format!("{owner}/{id}"))
}

/// The certificates of a user by its unique id, or of the root user, the oldest first.
pub(super) async fn of_owner(
    cx: &Context<'_>,
    partition: &Partition,
    account: AccountId,
    owner: &str,
) -> Result<Vec<Certificate>, Fault> {
    let query =
        EntityQuery::kind(KIND).partition(partition.as_str()).account(account.as_str()).id_prefix(format!("{owner}/"));
    let mut certificates: Vec<Certificate> = cx.read_all(query).await?;
    certificates.sort_by(|a, b| (a.uploaded_at, &a.id).cmp(&(b.uploaded_at, &b.id)));
    Ok(certificates)
}

/// A DER element at the beginning of some bytes: its tag, what it holds, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (held, rest) = rest.split_at_checked(length)?;
    Some((tag, held, rest))
}

/// Whether a text is one certificate in PEM form: what is signed, with which algorithm, and the signature.
fn is_certificate(pem: &str) -> bool {
    const SEQUENCE: u8 = 0x30;
    const BIT_STRING: u8 = 0x03;
    let lines = pem.trim().strip_prefix("-----BEGIN CERTIFICATE-----");
    let Some(lines) = lines.and_then(|lines| lines.strip_suffix("-----END CERTIFICATE-----")) else { return false };
    let plain: String = lines.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let Ok(der) = STANDARD.decode(plain) else { return false };
    let parts = || {
        let (outer, held, after) = element(&der)?;
        let (signed, _, held) = element(held)?;
        let (algorithm, _, held) = element(held)?;
        let (signature, _, rest) = element(held)?;
        Some(([outer, signed, algorithm, signature], after.is_empty() && rest.is_empty()))
    };
    parts() == Some(([SEQUENCE, SEQUENCE, SEQUENCE, BIT_STRING], true))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    user_name: String,
    certificate_id: String,
    certificate_body: String,
    status: &'static str,
    upload_date: Timestamp,
}

fn shown(owner: &Owner, certificate: Certificate) -> Shown {
    Shown {
        user_name: owner.name.clone(),
        certificate_id: certificate.id,
        certificate_body: certificate.body,
        status: if certificate.active { "Active" } else { "Inactive" },
        upload_date: certificate.uploaded_at,
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UploadInput {
    user_name: Option<String>,
    certificate_body: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UploadOutput {
    certificate: Shown,
}

/// Keeps a certificate for a user.
pub(super) async fn upload_signing_certificate(
    cx: &Context<'_>,
    call: Authorized<UploadInput>,
) -> Result<UploadOutput, Fault> {
    let owner = owner(cx, &call, call.input.user_name.as_ref())?;
    if !is_certificate(&call.input.certificate_body) {
        return Err(Fault::sender("MalformedCertificate", 400, "Certificate could not be parsed."));
    }
    let known = of_owner(cx, call.partition(), call.account(), &owner.id).await?;
    if known.iter().any(|known| known.body == call.input.certificate_body) {
        return Err(Fault::sender("DuplicateCertificate", 409, "The certificate is already associated with the user."));
    }
    if known.len() >= MAX_CERTIFICATES {
        return Err(quota("CertificatesPerUser", MAX_CERTIFICATES));
    }
    let certificate = Certificate {
        id: uuid(cx.entropy).replace('-', "").to_ascii_uppercase(),
        body: call.input.certificate_body.clone(),
        active: true,
        uploaded_at: cx.now,
    };
    let body = crate::fault::to_stored(&certificate)?;
    cx.commit(Change::new().put(place(&call, &owner.id, &certificate.id), body, Expect::Absent));
    Ok(UploadOutput { certificate: shown(&owner, certificate) })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    certificates: Vec<Shown>,
    #[serde(flatten)]
    paging: Paging,
}

/// The certificates of a user.
pub(super) async fn list_signing_certificates(
    cx: &Context<'_>,
    call: Authorized<OfUserInput>,
) -> Result<ListOutput, Fault> {
    let owner = owner(cx, &call, call.input.user_name.as_ref())?;
    let known = of_owner(cx, call.partition(), call.account(), &owner.id).await?;
    let by = |one: &Certificate| format!("{:016}{}", one.uploaded_at.as_millis(), one.id);
    let (page, paging) = listed(cx, &call, &format!("ListSigningCertificates {}", owner.id), known, by)?;
    Ok(ListOutput { certificates: page.into_iter().map(|one| shown(&owner, one)).collect(), paging })
}

async fn find<I>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    name: Option<&String>,
    id: &str,
) -> Result<(EntityKey, Certificate, u64), Fault> {
    let place = place(call, &owner(cx, call, name)?.id, id);
    let found = cx.read::<Certificate>(place.clone()).await?;
    let (certificate, revision) =
        found.ok_or_else(|| no_such_entity(format!("The Certificate with id {id} cannot be found.")))?;
    Ok((place, certificate, revision))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    user_name: Option<String>,
    certificate_id: String,
    status: String,
}

/// Says whether a certificate is in use.
pub(super) async fn update_signing_certificate(
    cx: &Context<'_>,
    call: Authorized<UpdateInput>,
) -> Result<Nothing, Fault> {
    let input = &call.input;
    let (place, mut certificate, revision) = find(cx, &call, input.user_name.as_ref(), &input.certificate_id).await?;
    certificate.active = match input.status.as_str() {
        "Active" => true,
        "Inactive" => false,
        other => {
            let message = format!("Status {other} is not offered; certificates are Active or Inactive.");
            return Err(super::validation(message));
        }
    };
    cx.commit(Change::new().put(place, crate::fault::to_stored(&certificate)?, Expect::Revision(revision)));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    user_name: Option<String>,
    certificate_id: String,
}

/// Deletes a certificate.
pub(super) async fn delete_signing_certificate(
    cx: &Context<'_>,
    call: Authorized<DeleteInput>,
) -> Result<Nothing, Fault> {
    let (place, ..) = find(cx, &call, call.input.user_name.as_ref(), &call.input.certificate_id).await?;
    cx.commit(Change::new().delete(place, Expect::Present));
    Ok(Nothing {})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    #[test]
    fn what_is_no_certificate_is_told_from_one() {
        let key = rcgen::KeyPair::generate().unwrap();
        let real = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&key).unwrap();
        assert!(is_certificate(&real.pem()));
        let cut = real.pem().replace("-----END CERTIFICATE-----", "");
        for text in ["", "notacert", &cut, &pem(b""), &pem(b"\x30\x80"), &pem(b"\x30\x02\x05\x00"), &pem(&[0x30; 64])] {
            assert!(!is_certificate(text), "{text}");
        }
    }
}
