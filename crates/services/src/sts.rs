//! AWS STS: who one is, and temporary credentials. Whether a role may be assumed was decided before a handler runs: the
//! role's trust policy is the resource-based policy of that call.

use bailiwick_authority::{IssuedCredentials, Principal, Session, Tags};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{Arn, Timestamp};
use bailiwick_policy::{Policy, PolicyType};
use serde::{Deserialize, Serialize};

use crate::{Authorized, Context};

crate::operation::operations! {
    AssumeRole => assume_role,
    GetAccessKeyInfo => get_access_key_info,
    GetCallerIdentity => get_caller_identity,
    GetFederationToken => get_federation_token,
    GetSessionToken => get_session_token,
}

/// The longest session of a role that was assumed by another role's session. Source: AWS's IAM guide, "Role chaining".
const CHAINED_SECONDS: u32 = 3_600;
/// Plain characters of a session policy with its ARNs. Source: the STS API reference, AssumeRole.
const MAX_SESSION_POLICY: usize = 2_048;
/// Managed session policies at most.
const MAX_POLICY_ARNS: usize = 10;
/// Session tags at most.
const MAX_TAGS: usize = 50;

fn invalid(message: impl Into<String>) -> Fault {
    Fault::sender("ValidationError", 400, message)
}

#[derive(Debug, Deserialize)]
struct CallerIdentityInput {}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CallerIdentity {
    user_id: String,
    account: String,
    arn: String,
}

/// Who the caller is. Needs no permission.
async fn get_caller_identity(_: &Context<'_>, call: Authorized<CallerIdentityInput>) -> Result<CallerIdentity, Fault> {
    let CallerIdentityInput {} = call.input;
    let principal = &call.caller().principal;
    Ok(CallerIdentity { user_id: principal.user_id(), account: call.account().to_string(), arn: principal.arn() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyInput {
    access_key_id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccessKeyOutput {
    account: String,
}

/// The account an access key belongs to.
async fn get_access_key_info(cx: &Context<'_>, call: Authorized<AccessKeyInput>) -> Result<AccessKeyOutput, Fault> {
    match cx.directory.access_key_account(&call.input.access_key_id) {
        Some(account) => Ok(AccessKeyOutput { account: account.id().to_string() }),
        None => Err(invalid(format!("{} is not a key of this server", call.input.access_key_id))),
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Clone, Deserialize)]
struct PolicyArn {
    arn: Option<String>,
}

/// Temporary credentials on the wire. The only place where a secret leaves: to whom it was issued.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: Timestamp,
}

impl From<IssuedCredentials> for Credentials {
    fn from(issued: IssuedCredentials) -> Self {
        Credentials {
            access_key_id: issued.access_key_id,
            secret_access_key: issued.secret_access_key.expose().to_owned(),
            session_token: issued.session_token.expose().to_owned(),
            expiration: issued.expires_at,
        }
    }
}

/// What a request says of the session it wants, the same for roles and federated users.
struct Wanted<'a> {
    policy: Option<&'a String>,
    policy_arns: &'a [PolicyArn],
    tags: &'a [Tag],
}

/// Checks session policies and tags, and says how full the packed policy is, in percent.
fn check(cx: &Context<'_>, wanted: &Wanted<'_>) -> Result<(Vec<String>, Tags, u32), Fault> {
    if let Some(policy) = wanted.policy
        && Policy::read("session policy", PolicyType::Session, policy).document().is_none()
    {
        return Err(Fault::sender("MalformedPolicyDocument", 400, "The policy is not in the valid JSON format."));
    }
    let arns: Vec<String> = wanted.policy_arns.iter().filter_map(|policy| policy.arn.clone()).collect();
    if arns.len() > MAX_POLICY_ARNS {
        return Err(invalid(format!("a session takes at most {MAX_POLICY_ARNS} managed policies")));
    }
    for arn in &arns {
        let account = Arn::parse(arn).ok().and_then(|arn| arn.account_id());
        let known = match account.and_then(|account| cx.directory.account(account)) {
            Some(account) => account.managed_policy(arn).is_some(),
            None => cx.is_aws_managed_policy(arn)?,
        };
        if !known {
            return Err(Fault::sender(
                "MalformedPolicyDocument",
                400,
                format!("Policy {arn} does not exist or is not attachable."),
            ));
        }
    }
    let mut tags = Tags::new();
    for tag in wanted.tags {
        let twice = tags.keys().any(|key| key.eq_ignore_ascii_case(&tag.key));
        if twice {
            return Err(Fault::sender(
                "InvalidParameterValue",
                400,
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        tags.insert(tag.key.clone(), tag.value.clone());
    }
    if tags.len() > MAX_TAGS {
        return Err(invalid(format!("a session takes at most {MAX_TAGS} tags")));
    }
    let size = wanted.policy.map_or(0, |policy| policy.chars().count())
        + arns.iter().map(String::len).sum::<usize>()
        + tags.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>();
    let percent = u32::try_from(size * 100 / MAX_SESSION_POLICY).unwrap_or(u32::MAX);
    if size > MAX_SESSION_POLICY {
        let message = format!("Packed size of session policy or tags consumes {percent}% of allotted space.");
        return Err(Fault::sender("PackedPolicyTooLarge", 400, message));
    }
    Ok((arns, tags, percent))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleInput {
    role_arn: String,
    role_session_name: String,
    #[serde(default)]
    policy_arns: Vec<PolicyArn>,
    policy: Option<String>,
    duration_seconds: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    transitive_tag_keys: Vec<String>,
    source_identity: Option<String>,
    serial_number: Option<String>,
    token_code: Option<String>,
    #[serde(default)]
    provided_contexts: Vec<ProvidedContext>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ProvidedContext {
    provider_arn: Option<String>,
    context_assertion: Option<String>,
}

/// Nobody has an MFA device here, and a code that nobody can check is not accepted.
fn no_mfa(serial_number: Option<&String>, token_code: Option<&String>) -> Result<(), Fault> {
    if serial_number.is_none() && token_code.is_none() {
        return Ok(());
    }
    Err(Fault::sender("AccessDenied", 403, "MultiFactorAuthentication failed: no MFA device is registered."))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumeRoleOutput {
    credentials: Credentials,
    assumed_role_user: AssumedRoleUser,
    packed_policy_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AssumedRoleUser {
    assumed_role_id: String,
    arn: String,
}

/// A session of a role.
async fn assume_role(cx: &Context<'_>, call: Authorized<AssumeRoleInput>) -> Result<AssumeRoleOutput, Fault> {
    let input = &call.input;
    no_mfa(input.serial_number.as_ref(), input.token_code.as_ref())?;
    if input.provided_contexts.iter().any(|given| given.provider_arn.is_some() || given.context_assertion.is_some()) {
        return Err(invalid("ProvidedContexts are not offered; leave them out"));
    }
    let role = cx.directory.role(&input.role_arn).ok_or_else(|| {
        // The decision would have refused it; a role that went in between is refused in the same words.
        Fault::sender(
            "AccessDenied",
            403,
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                call.caller().principal.arn(),
                input.role_arn
            ),
        )
    })?;
    let before = call.caller().session.as_ref();
    let chained = matches!(call.caller().principal, Principal::RoleSession { .. });
    let duration = input.duration_seconds.unwrap_or(CHAINED_SECONDS);
    if chained && duration > CHAINED_SECONDS {
        return Err(invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ));
    }
    if duration > role.record.max_session_duration {
        return Err(invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role."));
    }
    let wanted = Wanted { policy: input.policy.as_ref(), policy_arns: &input.policy_arns, tags: &input.tags };
    let (policy_arns, mut tags, packed_policy_size) = check(cx, &wanted)?;
    let mut transitive = input.transitive_tag_keys.clone();
    if let Some(unknown) = transitive.iter().find(|key| !tags.keys().any(|tag| tag.eq_ignore_ascii_case(key))) {
        return Err(Fault::sender(
            "InvalidParameterValue",
            400,
            format!("The transitive tag key {unknown} is not among the tags."),
        ));
    }
    let mut source_identity = input.source_identity.clone();
    if let (true, Some(before)) = (chained, before) {
        for key in &before.transitive_tag_keys {
            if tags.keys().any(|tag| tag.eq_ignore_ascii_case(key)) {
                let message = format!(
                    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: {key}"
                );
                return Err(Fault::sender("InvalidParameterValue", 400, message));
            }
            if let Some((key, value)) = before.tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(key)) {
                tags.insert(key.clone(), value.clone());
                transitive.push(key.clone());
            }
        }
        // Once set, the source identity stays along the chain.
        match (&before.source_identity, &source_identity) {
            (Some(set), Some(asked)) if set != asked => {
                return Err(Fault::sender(
                    "AccessDenied",
                    403,
                    "SourceIdentity cannot be changed along a chain of roles.",
                ));
            }
            (Some(set), _) => source_identity = Some(set.clone()),
            (None, _) => {}
        }
    }
    let account = role.record.account;
    let session_arn = format!(
        "arn:{}:sts::{account}:assumed-role/{}/{}",
        call.partition(),
        role.record.name,
        input.role_session_name
    );
    let principal = Principal::RoleSession {
        account,
        role_arn: role.arn.clone(),
        role_id: role.record.id.clone(),
        session_name: input.role_session_name.clone(),
        session_arn: session_arn.clone(),
    };
    let session = Session {
        policy: input.policy.clone(),
        policy_arns,
        tags,
        transitive_tag_keys: transitive,
        source_identity: source_identity.clone(),
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(i64::from(duration)),
        mfa_at: None,
        chained,
    };
    Ok(AssumeRoleOutput {
        credentials: cx.issue(&principal, &session)?.into(),
        assumed_role_user: AssumedRoleUser {
            assumed_role_id: format!("{}:{}", role.record.id, input.role_session_name),
            arn: session_arn,
        },
        packed_policy_size,
        source_identity,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SessionTokenInput {
    duration_seconds: Option<u32>,
    serial_number: Option<String>,
    token_code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SessionTokenOutput {
    credentials: Credentials,
}

/// Temporary credentials of an IAM user or the root user.
async fn get_session_token(cx: &Context<'_>, call: Authorized<SessionTokenInput>) -> Result<SessionTokenOutput, Fault> {
    no_mfa(call.input.serial_number.as_ref(), call.input.token_code.as_ref())?;
    let principal = &call.caller().principal;
    let root = matches!(principal, Principal::Root { .. });
    if call.caller().session.is_some() || !matches!(principal, Principal::Root { .. } | Principal::User { .. }) {
        return Err(Fault::sender("AccessDenied", 403, "Cannot call GetSessionToken with session credentials"));
    }
    let duration = call.input.duration_seconds.unwrap_or(43_200).min(if root { 3_600 } else { 129_600 });
    let session =
        Session { issued_at: cx.now, expires_at: cx.now.plus_seconds(i64::from(duration)), ..Session::default() };
    Ok(SessionTokenOutput { credentials: cx.issue(principal, &session)?.into() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FederationTokenInput {
    name: String,
    policy: Option<String>,
    #[serde(default)]
    policy_arns: Vec<PolicyArn>,
    duration_seconds: Option<u32>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FederationTokenOutput {
    credentials: Credentials,
    federated_user: FederatedUser,
    packed_policy_size: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct FederatedUser {
    federated_user_id: String,
    arn: String,
}

/// Temporary credentials of a federated user: what the IAM user and the session policies both allow.
async fn get_federation_token(
    cx: &Context<'_>,
    call: Authorized<FederationTokenInput>,
) -> Result<FederationTokenOutput, Fault> {
    let input = &call.input;
    let user_id = match (&call.caller().principal, &call.caller().session) {
        (Principal::User { id, .. }, None) => Some(id.clone()),
        (Principal::Root { .. }, None) => None,
        _ => return Err(Fault::sender("AccessDenied", 403, "Cannot call GetFederationToken with session credentials")),
    };
    let wanted = Wanted { policy: input.policy.as_ref(), policy_arns: &input.policy_arns, tags: &input.tags };
    let (policy_arns, tags, packed_policy_size) = check(cx, &wanted)?;
    let longest = if user_id.is_some() { 129_600 } else { 3_600 };
    let duration = input.duration_seconds.unwrap_or(43_200).min(longest);
    let account = call.account();
    let arn = format!("arn:{}:sts::{account}:federated-user/{}", call.partition(), input.name);
    let principal = Principal::Federated { account, arn: arn.clone(), name: input.name.clone(), user_id };
    let session = Session {
        policy: input.policy.clone(),
        policy_arns,
        tags,
        issued_at: cx.now,
        expires_at: cx.now.plus_seconds(i64::from(duration)),
        ..Session::default()
    };
    Ok(FederationTokenOutput {
        credentials: cx.issue(&principal, &session)?.into(),
        federated_user: FederatedUser { federated_user_id: format!("{account}:{}", input.name), arn },
        packed_policy_size,
    })
}
