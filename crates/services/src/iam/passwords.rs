//! Passwords for the console. They are hashed as they come in, and nothing shows them again.

use bailiwick_authority::record::{LoginProfileRecord, PasswordPolicy};
use bailiwick_authority::{Account, DirectoryChange, Principal, RecordKey, RecordKind, User, password};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Timestamp;
use serde::{Deserialize, Serialize};

use super::users::meant;
use super::{account, already_exists, no_such_entity};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Passwords before that are remembered. Source: the IAM API reference, UpdateAccountPasswordPolicy.
const REMEMBERED: usize = 24;

fn violation(message: impl Into<String>) -> Fault {
    Fault::sender("PasswordPolicyViolation", 400, message)
}

/// Refuses a password that the account's policy refuses, or AWS's own where the account has none.
fn fitting(account: &Account, user: &User, new: &str) -> Result<(), Fault> {
    let policy = account.iam_settings().and_then(|settings| settings.password_policy.as_ref());
    match policy {
        Some(policy) => policy.check(new).map_err(violation),
        None => {
            let own = account.record();
            let known = [Some(&own.name), Some(&own.email), own.alias.as_ref(), Some(&user.record.name)];
            if known.into_iter().flatten().any(|known| known.eq_ignore_ascii_case(new)) {
                return Err(violation("Password should not be the name of the user or the account"));
            }
            PasswordPolicy::check_default(new).map_err(violation)
        }
    }
}

/// Refuses a password that was used before, as far back as the policy says.
fn fresh(account: &Account, profile: &LoginProfileRecord, new: &str) -> Result<(), Fault> {
    let policy = account.iam_settings().and_then(|settings| settings.password_policy.as_ref());
    let count = policy.and_then(|policy| policy.reuse_prevention).unwrap_or(0);
    let count = usize::try_from(count).unwrap_or(REMEMBERED).min(REMEMBERED);
    let before = std::iter::once(&profile.hash).chain(&profile.previous).take(count);
    if before.into_iter().any(|hash| password::is(new, hash)) {
        return Err(violation("Password should not be one of the passwords that were used before"));
    }
    Ok(())
}

/// The profile with another password.
fn changed(cx: &Context<'_>, profile: &LoginProfileRecord, new: &str, reset_required: bool) -> LoginProfileRecord {
    let previous = std::iter::once(&profile.hash).chain(&profile.previous).take(REMEMBERED).cloned();
    LoginProfileRecord {
        hash: password::hash(new, cx.entropy),
        previous: previous.collect(),
        reset_required,
        changed_at: cx.now,
        ..profile.clone()
    }
}

fn found<'a>(account: &'a Account, user: &User) -> Result<&'a LoginProfileRecord, Fault> {
    account
        .login_profile(&user.record.id)
        .ok_or_else(|| no_such_entity(format!("Login Profile for User {} cannot be found.", user.record.name)))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PasswordInput {
    user_name: Option<String>,
    password: Option<String>,
    password_reset_required: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProfileOutput {
    login_profile: ShownProfile,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ShownProfile {
    user_name: String,
    create_date: Timestamp,
    password_reset_required: bool,
}

fn output(user: &User, profile: &LoginProfileRecord) -> ProfileOutput {
    ProfileOutput {
        login_profile: ShownProfile {
            user_name: user.record.name.clone(),
            create_date: profile.created_at,
            password_reset_required: profile.reset_required,
        },
    }
}

/// Gives a user a password.
pub(super) async fn create_login_profile(
    cx: &Context<'_>,
    call: Authorized<PasswordInput>,
) -> Result<ProfileOutput, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let user = meant(cx, &call, input.user_name.as_ref())?;
    if account.login_profile(&user.record.id).is_some() {
        return Err(already_exists(format!("Login Profile for user {} already exists.", user.record.name)));
    }
    let new = input.password.as_deref().ok_or_else(|| super::validation("Must specify a password."))?;
    fitting(account, user, new)?;
    let profile = LoginProfileRecord {
        account: call.account(),
        user_id: user.record.id.clone(),
        hash: password::hash(new, cx.entropy),
        previous: Vec::new(),
        reset_required: input.password_reset_required.unwrap_or(false),
        created_at: cx.now,
        changed_at: cx.now,
    };
    let answer = output(user, &profile);
    cx.commit_directory(DirectoryChange::new().put(profile));
    Ok(answer)
}

/// Sets another password, or whether the user must set one.
pub(super) async fn update_login_profile(cx: &Context<'_>, call: Authorized<PasswordInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    let account = account(cx, &call)?;
    let user = meant(cx, &call, input.user_name.as_ref())?;
    let old = found(account, user)?;
    let reset_required = input.password_reset_required.unwrap_or(old.reset_required);
    let profile = match &input.password {
        Some(new) => {
            fitting(account, user, new)?;
            fresh(account, old, new)?;
            changed(cx, old, new, reset_required)
        }
        None => LoginProfileRecord { reset_required, ..old.clone() },
    };
    cx.commit_directory(DirectoryChange::new().put(profile));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfInput {
    user_name: Option<String>,
}

/// Whether a user has a password, and since when.
pub(super) async fn get_login_profile(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<ProfileOutput, Fault> {
    let user = meant(cx, &call, call.input.user_name.as_ref())?;
    Ok(output(user, found(account(cx, &call)?, user)?))
}

/// Takes the password away.
pub(super) async fn delete_login_profile(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<Nothing, Fault> {
    let user = meant(cx, &call, call.input.user_name.as_ref())?;
    let id = found(account(cx, &call)?, user)?.user_id.clone();
    let key = RecordKey { kind: RecordKind::LoginProfile, account: Some(call.account()), id };
    cx.commit_directory(DirectoryChange::new().delete(key));
    Ok(Nothing {})
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeInput {
    old_password: String,
    new_password: String,
}

/// A user sets its own password, knowing the one before.
pub(super) async fn change_password(cx: &Context<'_>, call: Authorized<ChangeInput>) -> Result<Nothing, Fault> {
    let input = &call.input;
    if !matches!(call.caller().principal, Principal::User { .. }) {
        return Err(Fault::sender("InvalidUserType", 400, "Only IAM Users can change their own password."));
    }
    let account = account(cx, &call)?;
    let user = meant(cx, &call, None)?;
    let old = found(account, user)?;
    if !password::is(&input.old_password, &old.hash) {
        return Err(Fault::sender("AccessDenied", 403, "The old password was incorrect."));
    }
    if expired_hard(account, old, cx.now) {
        let message = "The password has expired; an administrator must set another one.";
        return Err(Fault::sender("EntityTemporarilyUnmodifiable", 409, message));
    }
    fitting(account, user, &input.new_password)?;
    fresh(account, old, &input.new_password)?;
    cx.commit_directory(DirectoryChange::new().put(changed(cx, old, &input.new_password, false)));
    Ok(Nothing {})
}

/// When a password must be replaced; none: it need not be.
pub(crate) fn expires_at(account: &Account, profile: &LoginProfileRecord) -> Option<Timestamp> {
    let policy = account.iam_settings()?.password_policy.as_ref()?;
    Some(profile.changed_at.plus_seconds(i64::from(policy.max_age_days?) * 24 * 60 * 60))
}

fn expired_hard(account: &Account, profile: &LoginProfileRecord, now: Timestamp) -> bool {
    let policy = account.iam_settings().and_then(|settings| settings.password_policy.as_ref());
    policy.is_some_and(|policy| policy.hard_expiry == Some(true))
        && expires_at(account, profile).is_some_and(|at| at <= now)
}
