//! AWS STS: who one is, and temporary credentials. Whether a role may be assumed was decided before a handler runs: the
//! role's trust policy is the resource-based policy of that call. What a request proves by its parameters (a code of an MFA
//! device, the token of an identity provider) is checked before the decision, in [`proof`], since policies ask for it.

mod assume_role;
mod authorization_message;
mod credentials;
mod federation;
mod identity;
mod proof;
mod root;
mod session_policy;
mod session_token;
mod web_identity;

use bailiwick_aws::fault::Fault;

pub(crate) use authorization_message::encoded;
pub(crate) use proof::{Checking, KeyCache, prove};
pub use proof::{Fetch, Fetching};

crate::operation::operations! {
    AssumeRole => assume_role::assume_role,
    AssumeRoleWithWebIdentity => web_identity::assume_role_with_web_identity,
    AssumeRoot => root::assume_root,
    DecodeAuthorizationMessage => authorization_message::decode_authorization_message,
    GetAccessKeyInfo => identity::get_access_key_info,
    GetCallerIdentity => identity::get_caller_identity,
    GetFederationToken => federation::get_federation_token,
    GetSessionToken => session_token::get_session_token,
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::sender("ValidationError", 400, message)
}

fn access_denied(message: impl Into<String>) -> Fault {
    Fault::sender("AccessDenied", 403, message)
}
