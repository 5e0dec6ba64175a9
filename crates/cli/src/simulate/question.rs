//! A question from the command line: who, what, on which resource, in which context, under which policies.

use anyhow::{Context as _, bail};
use bailiwick_ident::{AccountId, Arn};
use bailiwick_policy::{Context, Layers, Policy, PolicyType, Principal, Request, Resource, Value};

use super::source::Sources;
use crate::terminal::note;

/// What `simulate` and `explain` ask about, beside who does what.
#[derive(Debug, clap::Args)]
pub(crate) struct Circumstances {
    /// The resource: an ARN, or `*`
    #[arg(long, value_name = "ARN", default_value = "*")]
    resource: String,
    /// The account that owns the resource, where its ARN does not say
    #[arg(long, value_name = "ID")]
    resource_account: Option<AccountId>,
    /// A condition key of the request; given several times, a key has several values
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// An identity policy. Every POLICY is a file, `-`, or a managed policy of AWS by its name or ARN
    #[arg(long, value_name = "POLICY")]
    identity: Vec<String>,
    /// The resource's own policy, or the role's trust policy
    #[arg(long, value_name = "POLICY")]
    resource_policy: Option<String>,
    /// The permissions boundary
    #[arg(long, value_name = "POLICY")]
    boundary: Vec<String>,
    /// A session policy
    #[arg(long, value_name = "POLICY")]
    session: Vec<String>,
    /// A guardrail policy of the channel
    #[arg(long, value_name = "POLICY")]
    guardrail: Vec<String>,
    /// The service control policies of one level, with commas between; once for each level, root first
    #[arg(long, value_name = "POLICY,...")]
    scp: Vec<String>,
    /// The resource control policies of one level, with commas between; once for each level, root first
    #[arg(long, value_name = "POLICY,...")]
    rcp: Vec<String>,
    /// The policy of the VPC endpoint
    #[arg(long, value_name = "POLICY")]
    endpoint: Vec<String>,
}

/// What the engine is asked.
pub(crate) struct Question {
    pub(crate) request: Request,
    pub(crate) layers: Layers,
}

impl Circumstances {
    /// Reads the policies, and what AWS's reference says of the action.
    pub(crate) fn question(&self, principal: &str, action: &str) -> anyhow::Result<Question> {
        let mut sources = Sources::open()?;
        let principal = match principal {
            "anonymous" | "*" => Principal::Anonymous,
            text => Principal::from_arn_text(text)?,
        };
        let Some((prefix, name)) =
            action.split_once(':').filter(|(prefix, name)| !prefix.is_empty() && !name.is_empty())
        else {
            bail!("`{action}` is no action; write it as `service:Name`, such as `s3:GetObject`");
        };
        let service = sources.pack.authorization(prefix)?;
        let known = service.as_ref().and_then(|service| service.action(name));
        if known.is_none() {
            note(&format!("AWS's reference has no action `{action}`; it is taken for one that acts on resources"));
        }
        let wildcard_only = known.is_some_and(bailiwick_aws::catalogue::Action::wildcard_only);
        let request = Request {
            principal,
            action: action.to_owned(),
            resource: Resource::from_text(&self.resource),
            resource_account: self.resource_account,
            wildcard_only,
            context: self.context(&sources)?,
        };
        let mut layers = self.layers(&mut sources, &request)?;
        if layers.rcp.is_some() && service.is_some_and(|service| !service.resource_control_policies) {
            note(&format!("resource control policies do not apply to `{prefix}`; they are left out"));
            layers.rcp = None;
        }
        Ok(Question { request, layers })
    }

    fn context(&self, sources: &Sources) -> anyhow::Result<Context> {
        let mut context = Context::new();
        for given in &self.context {
            let Some((key, value)) = given.split_once('=').filter(|(key, _)| key.contains(':')) else {
                bail!("`{given}` is no condition key with a value; write `--context aws:SourceIp=203.0.113.7`");
            };
            let several = sources.pack.key_type(key)?.is_some_and(bailiwick_aws::catalogue::KeyType::is_multi_valued);
            let value = match context.get(key) {
                Some(Value::One(first)) => Value::Set(vec![first.clone(), value.to_owned()]),
                Some(Value::Set(before)) => Value::Set([before.as_slice(), &[value.to_owned()]].concat()),
                None if several => Value::Set(vec![value.to_owned()]),
                None => Value::One(value.to_owned()),
            };
            if !context.set(key, value) {
                bail!("a request has at most {} condition keys", Context::MAX_KEYS);
            }
        }
        Ok(context)
    }

    fn layers(&self, sources: &mut Sources, request: &Request) -> anyhow::Result<Layers> {
        let own = if is_role(&request.resource) { PolicyType::Trust } else { PolicyType::Resource };
        Ok(Layers {
            identity: list(sources, &self.identity, PolicyType::Identity)?,
            boundary: list(sources, &self.boundary, PolicyType::Boundary)?,
            session: list(sources, &self.session, PolicyType::Session)?,
            guardrail: list(sources, &self.guardrail, PolicyType::Guardrail)?,
            scp: levels(sources, &self.scp, PolicyType::ServiceControl)?,
            rcp: levels(sources, &self.rcp, PolicyType::ResourceControl)?,
            resource: self.resource_policy.as_ref().map(|named| sources.policy(named, own)).transpose()?,
            endpoint: list(sources, &self.endpoint, PolicyType::Endpoint)?,
        })
    }
}

/// A layer that nothing is given for does not apply.
fn list(sources: &mut Sources, named: &[String], kind: PolicyType) -> anyhow::Result<Option<Vec<Policy>>> {
    if named.is_empty() {
        return Ok(None);
    }
    named.iter().map(|named| sources.policy(named, kind)).collect::<anyhow::Result<_>>().map(Some)
}

fn levels(sources: &mut Sources, named: &[String], kind: PolicyType) -> anyhow::Result<Option<Vec<Vec<Policy>>>> {
    if named.is_empty() {
        return Ok(None);
    }
    let level = |(number, level): (usize, &String)| {
        let policies: Vec<String> = level.split(',').map(str::to_owned).collect();
        let read = list(sources, &policies, kind).map(Option::unwrap_or_default);
        read.with_context(|| format!("level {} of the {} policies", number + 1, kind.as_str()))
    };
    named.iter().enumerate().map(level).collect::<anyhow::Result<_>>().map(Some)
}

/// The policy of a role is its trust policy.
fn is_role(resource: &Resource) -> bool {
    Arn::parse(resource.as_str()).is_ok_and(|arn| arn.service() == "iam" && arn.resource().starts_with("role/"))
}
