//! What a request of STS proves by its parameters, checked before the decision.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_authority::record::MfaDeviceRecord;
use bailiwick_authority::{Account, Call, Caller, Directory, KeySet, Principal, TokenError, UnverifiedToken};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{Arn, Timestamp};
use bailiwick_store::Store;
use bailiwick_store::vault::Vault;

use super::{access_denied, invalid, root};
use crate::{Context, sign_in};

/// How long the keys of a provider are used before they are fetched again, in seconds.
const KEYS_SECONDS: i64 = 600;
/// How soon they are fetched again where a token is signed with a key that is not among them, in seconds.
const AGAIN_SECONDS: i64 = 10;
/// The most providers whose keys are kept.
const MAX_PROVIDERS: usize = 256;
/// The longest address that is fetched.
const MAX_URL: usize = 2_048;

/// What a fetch comes to: the body of an answer with status 200, or why there is none.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Fetches the documents of identity providers. Whoever brings it bounds size, time and the addresses it reaches.
pub trait Fetch: Send + Sync {
    /// The document at an address.
    fn get<'a>(&'a self, url: &'a str) -> Fetching<'a>;
}

/// The keys of identity providers, by issuer, and when they were fetched.
#[derive(Default)]
pub(crate) struct KeyCache {
    known: Mutex<HashMap<String, (Arc<KeySet>, Timestamp)>>,
}

impl KeyCache {
    fn get(&self, issuer: &str) -> Option<(Arc<KeySet>, Timestamp)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    fn keep(&self, issuer: &str, keys: Arc<KeySet>, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PROVIDERS && !known.contains_key(issuer) {
            known.clear();
        }
        known.insert(issuer.to_owned(), (keys, now));
    }
}

/// What checking needs of the services.
pub(crate) struct Checking<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) vault: &'a Vault,
    /// Where it stands which codes were used.
    pub(crate) store: &'a dyn Store,
    pub(crate) fetch: Option<&'a dyn Fetch>,
    pub(crate) keys: &'a KeyCache,
    /// Whether IAM is enforced.
    pub(crate) enforced: bool,
    pub(crate) now: Timestamp,
}

/// Checks what a call proves by its parameters; the caller then is who it proved to be.
///
/// # Errors
/// The fault with which STS refuses a proof.
pub(crate) async fn prove(checking: Checking<'_>, caller: &mut Caller, call: &Call) -> Result<(), Fault> {
    match call.operation.as_str() {
        // Roles are not assumed by the root user, whatever they trust. Source: AWS's IAM guide, "Methods to assume a role".
        "AssumeRole" if checking.enforced && matches!(caller.principal, Principal::Root { .. }) => {
            Err(access_denied("Roles may not be assumed by root accounts."))
        }
        "AssumeRole" | "GetSessionToken" => code(&checking, caller, call).await,
        "AssumeRoleWithWebIdentity" => {
            let identity = web_identity(&checking, call).await?;
            *caller = Caller { principal: identity, session: None, access_key_id: None, ..caller.clone() };
            Ok(())
        }
        "AssumeRoot" => root::check(caller, call),
        _ => Ok(()),
    }
}

/// The words with which STS refuses a code.
const NO_MFA: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";

async fn code(checking: &Checking<'_>, caller: &mut Caller, call: &Call) -> Result<(), Fault> {
    let (serial_number, code) = match (call.text("SerialNumber"), call.text("TokenCode")) {
        (None, None) => return Ok(()),
        (Some(serial_number), Some(code)) => (serial_number, code),
        (None, Some(_)) => {
            return Err(access_denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            ));
        }
        (Some(_), None) => {
            return Err(access_denied(
                "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            ));
        }
    };
    let Principal::User { account, id, .. } = &caller.principal else {
        return Err(access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        ));
    };
    let account = checking.directory.account(*account).ok_or_else(|| access_denied(NO_MFA))?;
    let Some(device) = device(account, id, serial_number) else {
        return Err(access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
        ));
    };
    let used = sign_in::spend(checking.store, checking.vault, &[device], code, checking.now).await;
    match used.map_err(|error| internal(&error))? {
        Some(_) => {
            caller.mfa_at = Some(checking.now);
            Ok(())
        }
        None => Err(access_denied(NO_MFA)),
    }
}

/// Uses up the code of an MFA device, in the commit that issues the credentials, so that it counts once.
pub(super) async fn use_code(
    cx: &Context<'_>,
    caller: &Caller,
    serial_number: Option<&str>,
    code: Option<&str>,
) -> Result<(), Fault> {
    let (Some(serial_number), Some(code)) = (serial_number, code) else { return Ok(()) };
    let refused = || access_denied(NO_MFA);
    let Principal::User { account, id, .. } = &caller.principal else { return Err(refused()) };
    let account = cx.directory.account(*account).ok_or_else(refused)?;
    let device = device(account, id, serial_number).ok_or_else(refused)?;
    match sign_in::spend(cx.store, cx.vault, &[device], code, cx.now).await.map_err(|error| internal(&error))? {
        Some(used) => cx.commit(used.change),
        None => return Err(refused()),
    }
    Ok(())
}

/// A device of a user.
fn device<'a>(account: &'a Account, user_id: &str, serial_number: &str) -> Option<&'a MfaDeviceRecord> {
    account.mfa_device(serial_number).filter(|device| device.user_id.as_deref() == Some(user_id))
}

fn internal(error: &dyn std::fmt::Display) -> Fault {
    crate::fault::internal(&error.to_string())
}

fn invalid_token(message: impl Into<String>) -> Fault {
    Fault::sender("InvalidIdentityToken", 400, message)
}

fn from_token(error: TokenError) -> Fault {
    match error {
        TokenError::Expired { now, expires } => {
            let shown = |seconds| Timestamp::from_seconds(seconds).to_rfc3339();
            let message = format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                shown(now),
                shown(expires)
            );
            Fault::sender("ExpiredTokenException", 400, message)
        }
        TokenError::Invalid(message) => invalid_token(message),
    }
}

async fn web_identity(checking: &Checking<'_>, call: &Call) -> Result<Principal, Fault> {
    let token = UnverifiedToken::parse(call.text("WebIdentityToken").unwrap_or_default()).map_err(from_token)?;
    let role_arn = call.text("RoleArn").unwrap_or_default();
    let account = Arn::parse(role_arn).ok().and_then(|arn| arn.account_id());
    let account = account.ok_or_else(|| invalid(format!("{role_arn} is invalid")))?;
    if call.text("ProviderId").is_some() {
        return Err(invalid_token("Tokens of OAuth 2.0 providers are not accepted here; leave ProviderId out"));
    }
    let arn = format!("arn:{}:iam::{account}:oidc-provider/{}", call.partition, token.issuer_name());
    let provider = checking.directory.account(account).and_then(|account| account.oidc_provider(&arn));
    let provider = provider.ok_or_else(|| {
        invalid_token(format!("No OpenIDConnect provider found in your account for {}", shown(token.issuer())))
    })?;
    let keys = keys(checking, &token).await?;
    let identity = token.verify(&keys, &provider.arn, &provider.client_ids, checking.now).map_err(from_token)?;
    Ok(Principal::WebIdentity(Box::new(identity)))
}

fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(256).collect()
}

/// The keys of a token's issuer: those that are known, unless they are old, or lack the token's key and may be out of date.
async fn keys(checking: &Checking<'_>, token: &UnverifiedToken) -> Result<Arc<KeySet>, Fault> {
    let known = checking.keys.get(token.issuer());
    if let Some((keys, at)) = &known {
        let age = checking.now.as_seconds() - at.as_seconds();
        if age < AGAIN_SECONDS || (age < KEYS_SECONDS && token.may_be_signed_by(keys)) {
            return Ok(Arc::clone(keys));
        }
    }
    let keys = Arc::new(fetched(checking.fetch, token.issuer()).await?);
    checking.keys.keep(token.issuer(), Arc::clone(&keys), checking.now);
    Ok(keys)
}

fn unreachable(cause: &str) -> Fault {
    tracing::warn!(cause, "an identity provider cannot be asked for its keys");
    let message = "Unable to retrieve verification keys from your identity provider; check that its address can be reached from here";
    Fault::sender("IDPCommunicationError", 400, message)
}

/// The provider's keys: its configuration says where they are.
async fn fetched(fetch: Option<&dyn Fetch>, issuer: &str) -> Result<KeySet, Fault> {
    let fetch = fetch.ok_or_else(|| unreachable("this instance asks nobody"))?;
    if issuer.len() > MAX_URL {
        return Err(invalid_token("The issuer of the ID Token is too long"));
    }
    let configuration = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = fetch.get(&configuration).await.map_err(|cause| unreachable(&cause))?;
    let document: serde_json::Value =
        serde_json::from_slice(&document).map_err(|_| unreachable("its configuration is not JSON"))?;
    let text = |name: &str| document.get(name).and_then(serde_json::Value::as_str);
    if text("issuer").is_none_or(|said| said.trim_end_matches('/') != issuer.trim_end_matches('/')) {
        return Err(invalid_token("The issuer of the ID Token is not the one that the identity provider names"));
    }
    let address = text("jwks_uri").filter(|address| address.len() <= MAX_URL);
    let address = address.ok_or_else(|| unreachable("its configuration names no keys"))?;
    let keys = fetch.get(address).await.map_err(|cause| unreachable(&cause))?;
    KeySet::parse(&keys).ok_or_else(|| {
        invalid_token(
            "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        )
    })
}
