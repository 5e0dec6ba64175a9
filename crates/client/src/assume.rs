//! Sessions of roles in an account: assumed with the guardrails as session policies, so that the account's own IAM enforces
//! the same intersection, and kept until shortly before they end.
//!
//! Source: the AWS STS API reference, AssumeRole.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bailiwick_authority::SessionPlan;
use bailiwick_aws::Value;
use bailiwick_aws::protocol::timestamp;
use bailiwick_aws::sigv4::Secret;

use crate::exchange::{Exchange, Place};
use crate::invoke::InvokeError;
use crate::keys::{Finding, KeySource, Keys};
use crate::target::Target;

/// Sessions that are kept at most.
const MAX_SESSIONS: usize = 1_000;
/// A session is not used in its last seconds.
const MARGIN_SECONDS: i64 = 60;

/// What makes two sessions the same: the revision of the policies they were planned under, and the plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Wanted {
    revision: u64,
    plan: Plan,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Plan {
    role_arn: String,
    session_name: String,
    source_identity: Option<String>,
    tags: Vec<(String, String)>,
    policy_arns: Vec<String>,
    policy: Option<String>,
}

/// The sessions in use.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<Wanted, Keys>>);

impl Sessions {
    /// The keys of a session for a plan, assumed anew unless one is good for another minute.
    pub(crate) async fn keys(
        &self,
        exchange: &Exchange,
        way: Way<'_>,
        plan: &SessionPlan,
        revision: u64,
    ) -> Result<Keys, InvokeError> {
        let now = exchange.now();
        let wanted = Wanted { revision, plan: Plan::of(plan) };
        let good = |keys: &Keys| keys.expires_at.is_some_and(|end| end > now.plus_seconds(MARGIN_SECONDS));
        if let Some(keys) = self.kept().get(&wanted).filter(|keys| good(keys)) {
            return Ok(keys.clone());
        }
        let keys = exchange.assume(way, input(plan)).await?;
        let mut kept = self.kept();
        kept.retain(|other, keys| other.revision == revision && good(keys));
        if kept.len() < MAX_SESSIONS {
            kept.insert(wanted, keys.clone());
        }
        Ok(keys)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<Wanted, Keys>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a role is assumed: by whom, where, and with which id.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) place: &'a Place,
    pub(crate) source: &'a dyn KeySource,
    pub(crate) external_id: Option<&'a str>,
}

impl Plan {
    fn of(plan: &SessionPlan) -> Plan {
        Plan {
            role_arn: plan.role_arn.clone(),
            session_name: plan.session_name.clone(),
            source_identity: plan.source_identity.clone(),
            tags: plan.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            policy_arns: plan.policy_arns.clone(),
            policy: plan.policy.clone(),
        }
    }
}

fn input(plan: &SessionPlan) -> Value {
    let text = |text: &str| Value::String(text.to_owned());
    let mut members = vec![
        ("RoleArn", text(&plan.role_arn)),
        ("RoleSessionName", text(&plan.session_name)),
        ("DurationSeconds", Value::Integer(i64::from(plan.duration_seconds))),
    ];
    if !plan.policy_arns.is_empty() {
        let arns = plan.policy_arns.iter().map(|arn| Value::map([("arn", text(arn))]));
        members.push(("PolicyArns", Value::list(arns)));
    }
    members.extend(plan.policy.as_deref().map(|policy| ("Policy", text(policy))));
    members.extend(plan.source_identity.as_deref().map(|who| ("SourceIdentity", text(who))));
    if !plan.tags.is_empty() {
        let tags = plan.tags.iter().map(|(key, value)| Value::map([("Key", text(key)), ("Value", text(value))]));
        members.push(("Tags", Value::list(tags)));
    }
    Value::map(members)
}

impl Exchange {
    /// Calls AssumeRole.
    async fn assume(&self, way: Way<'_>, mut input: Value) -> Result<Keys, InvokeError> {
        if let Some((id, members)) = way.external_id.zip(input.as_map_mut()) {
            members.insert("ExternalId".to_owned(), id.into());
        }
        let sts = self.service("sts")?;
        let Some(operation) = sts.operation("AssumeRole") else {
            return Err(InvokeError::NotSent("the model of sts has no AssumeRole".to_owned()));
        };
        // A session that was assumed and not used harms nobody.
        let output = self.call(way.place, way.source, &sts, operation, &input).await.map_err(|error| match error {
            InvokeError::Fault(fault) => {
                let role = input.get("RoleArn").and_then(Value::as_str).unwrap_or_default();
                let why = format!("the role {role} cannot be assumed: {}: {}", fault.code, fault.message);
                InvokeError::NotSent(why)
            }
            other => InvokeError::NotSent(other.to_string()),
        })?;
        read(&output).ok_or_else(|| InvokeError::NotSent("the answer of AssumeRole has no credentials".to_owned()))
    }
}

fn read(output: &Value) -> Option<Keys> {
    let credentials = output.get("Credentials")?;
    let text = |name| credentials.get(name).and_then(Value::as_str);
    Some(Keys {
        access_key_id: text("AccessKeyId")?.to_owned(),
        secret_access_key: Secret::new(text("SecretAccessKey")?),
        session_token: Some(Secret::new(text("SessionToken")?)),
        expires_at: timestamp::of(credentials.get("Expiration")?),
    })
}

/// Whether a session of a role can be had, as a channel's command would have one: with a name, a source identity and tags.
///
/// # Errors
/// What the account answered.
pub async fn can_assume(
    target: &Target,
    exchange: &Exchange,
    place: &Place,
    plan: &SessionPlan,
) -> Result<(), InvokeError> {
    exchange.assume(target.way(place), input(plan)).await.map(drop)
}

/// A role that is assumed before anything else: the step from the bot's own identity into an account.
pub struct RoleKeys {
    /// The role.
    pub role_arn: String,
    /// Who may assume it.
    pub source: Arc<dyn KeySource>,
    /// Where STS is.
    pub place: Place,
    /// Makes the call.
    pub exchange: Arc<Exchange>,
    /// The id that the role's trust policy asks for.
    pub external_id: Option<String>,
    kept: Mutex<Option<Keys>>,
}

impl RoleKeys {
    /// Keys of a role, through a source that may assume it.
    pub fn new(role_arn: String, source: Arc<dyn KeySource>, place: Place, exchange: Arc<Exchange>) -> Self {
        RoleKeys { role_arn, source, place, exchange, external_id: None, kept: Mutex::new(None) }
    }

    /// With the id that the role's trust policy asks for.
    #[must_use]
    pub fn with_external_id(self, external_id: Option<String>) -> Self {
        RoleKeys { external_id, ..self }
    }
}

impl KeySource for RoleKeys {
    fn keys(&self) -> Finding<'_> {
        Box::pin(async {
            let now = self.exchange.now();
            let good = |keys: &Keys| keys.expires_at.is_some_and(|end| end > now.plus_seconds(MARGIN_SECONDS));
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(keys) = kept.filter(good) {
                return Ok(keys);
            }
            let input =
                Value::map([("RoleArn", self.role_arn.as_str().into()), ("RoleSessionName", "bailiwick".into())]);
            let external_id = self.external_id.as_deref();
            let way = Way { place: &self.place, source: self.source.as_ref(), external_id };
            let keys = self.exchange.assume(way, input).await;
            let keys = keys.map_err(|error| error.to_string())?;
            *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
            Ok(keys)
        })
    }
}
