//! The accounts of the configuration: way, clock, credentials, roles, what can be read of their policies.

use std::collections::BTreeSet;
use std::sync::Arc;

use bailiwick_authority::record::MirroredOrganization;
use bailiwick_authority::{Clock as _, Directory, SessionPlan, Tags};
use bailiwick_aws::endpoint;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::timestamp;
use bailiwick_aws::{FaultSide, Value};
use bailiwick_client::{Exchange, InvokeError, KeySource, Network, Place, RoleKeys, Target, Transport, can_assume};
use bailiwick_ident::Region;

use super::Findings;
use crate::accounts;
use crate::config::{AccountEndpoint, NetworkSettings};
use crate::world::SystemClock;

/// How far our clock may be off before it is said, in seconds. The client puts up with more.
const SKEW_SECONDS: i64 = 60;

/// Looks at one account.
pub(super) struct Doctor<'a> {
    pub(super) network: &'a Network,
    pub(super) settings: &'a NetworkSettings,
    pub(super) transport: &'a Transport,
    pub(super) exchange: &'a Arc<Exchange>,
    pub(super) account: &'a AccountEndpoint,
}

impl Doctor<'_> {
    pub(super) async fn look(&self, directory: Option<&Directory>, findings: &mut Findings) {
        let id = self.account.id.to_string();
        let target = match accounts::target(self.account, self.settings, self.exchange).await {
            Ok(target) => target,
            Err(error) => {
                let fix = format!("correct [[account]] id = \"{id}\"");
                return findings.bad("account", &id, format!("{error:#}"), fix);
            }
        };
        let place = target.place("sts", &accounts::region(self.account));
        if !self.way(&place, findings).await {
            return;
        }
        if !self.account.services.is_empty() && !self.account.services.iter().any(|name| name == "sts") {
            let fix = format!("add \"sts\" to services under [[account]] id = \"{id}\" if its endpoint knows it");
            return findings.warn("credentials", &id, "they cannot be checked: sts is not among its services", fix);
        }
        if !self.credentials(&target, &place, findings).await || !self.account.assume_roles {
            return;
        }
        self.roles(&target, &place, directory, findings).await;
        self.copy(directory, findings);
        self.reading(&target, &place, findings).await;
    }

    /// Whether the endpoint answers; the clocks are compared then.
    async fn way(&self, place: &Place, findings: &mut Findings) -> bool {
        let id = self.account.id.to_string();
        let Some(uri) = address(place) else {
            let fix = format!("region = \"us-east-1\"   # under [[account]] id = \"{id}\"");
            findings.bad("endpoint", &id, format!("AWS has no STS in {}", place.region), fix);
            return false;
        };
        let proxy = self.network.proxy_for(&uri);
        let via = proxy.as_ref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
        let request = http::Request::get(uri.clone()).body(Vec::new());
        let answered = match request {
            Ok(request) => self.transport.send(request).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let response = match answered {
            Ok(response) => response,
            Err(error) => {
                let fix = match proxy {
                    Some(proxy) => format!(
                        "let the proxy {proxy} through to it, or except it: [network] no_proxy = [\"{}\"]",
                        uri.host().unwrap_or_default()
                    ),
                    None => format!(
                        "start it, or correct `endpoint` under [[account]] id = \"{id}\"; behind a proxy: [network] https_proxy = \"http://HOST:PORT\"; with a private certificate: [network] ca_bundle = \"FILE.pem\""
                    ),
                };
                findings.bad("endpoint", &id, error, fix);
                return false;
            }
        };
        findings.good("endpoint", &id, format!("{uri} answers{via}"));
        let theirs = response.headers().get("date").and_then(|date| timestamp::parse(date.to_str().ok()?));
        let ahead = theirs.map(|theirs| SystemClock.now().as_seconds() - theirs.as_seconds());
        match ahead {
            None => {}
            Some(ahead) if ahead.abs() <= SKEW_SECONDS => findings.good("clock", &id, "the same as the endpoint's"),
            Some(ahead) => {
                let how = if ahead > 0 { "ahead of" } else { "behind" };
                findings.warn(
                    "clock",
                    &id,
                    format!("{} s {how} the endpoint's; signatures are made with its time", ahead.abs()),
                    "timedatectl set-ntp true",
                );
            }
        }
        true
    }

    async fn credentials(&self, target: &Target, place: &Place, findings: &mut Findings) -> bool {
        let id = self.account.id.to_string();
        let said = self.call(target.keys.as_ref(), place, "sts", "GetCallerIdentity", Value::empty()).await;
        let identity = match said {
            Ok(identity) => identity,
            Err(error) => {
                let fix = format!(
                    "give valid keys under [[account]] id = \"{id}\": access_key_id and secret_access_key, or credentials = \"profile:NAME\", then: aws sts get-caller-identity"
                );
                findings.bad("credentials", &id, error.to_string(), fix);
                return false;
            }
        };
        let text = |name| identity.get(name).and_then(Value::as_str).unwrap_or_default();
        let (account, arn) = (text("Account"), text("Arn"));
        if account == id || self.account.assume_roles {
            findings.good("credentials", &id, format!("signs as {arn}"));
            return true;
        }
        let fix = format!(
            "id = \"{account}\"   # instead of \"{id}\", or keys of {id}, or role = \"arn:{}:iam::{id}:role/NAME\"",
            arn.split(':').nth(1).unwrap_or("aws")
        );
        findings.bad("credentials", &id, format!("they are of account {account}: {arn}"), fix);
        false
    }

    /// Whether the roles of its channels can be assumed, the way commands do it.
    async fn roles(&self, target: &Target, place: &Place, directory: Option<&Directory>, findings: &mut Findings) {
        let Some(account) = directory.and_then(|directory| directory.account(self.account.id)) else { return };
        let channels = account.channel_configurations().map(|channel| channel.iam_role_arn.clone());
        let members = account.role_mappings().map(|mapping| mapping.iam_role_arn.clone());
        for role_arn in channels.chain(members).collect::<BTreeSet<_>>() {
            let plan = SessionPlan {
                role_arn,
                session_name: "bailiwick-doctor".to_owned(),
                source_identity: Some("bailiwick-doctor".to_owned()),
                tags: Tags::from([("platform".to_owned(), "doctor".to_owned())]),
                policy_arns: Vec::new(),
                policy: None,
                duration_seconds: 900,
            };
            match can_assume(target, self.exchange, place, &plan).await {
                Ok(()) => findings.good("role", &plan.role_arn, "can be assumed, with a source identity and tags"),
                Err(error) => {
                    let fix = format!(
                        "let its trust policy allow sts:AssumeRole, sts:SetSourceIdentity and sts:TagSession, as in: bailiwick account setup {} --trusted ARN --format cli",
                        self.account.id
                    );
                    findings.bad("role", &plan.role_arn, error.to_string(), fix);
                }
            }
        }
    }

    /// Whether roles and policies can be read.
    async fn reading(&self, target: &Target, place: &Place, findings: &mut Findings) {
        let id = self.account.id.to_string();
        let setup = format!("bailiwick account setup {id} --trusted ARN");
        let Some(role) = &self.account.sync_role else {
            let fix = format!("{setup}\nsync_role = \"ARN\"   # under [[account]] id = \"{id}\"");
            return findings.warn("policies", &id, "nothing reads them; refusals name no policy of this account", fix);
        };
        let source = RoleKeys::new(role.clone(), Arc::clone(&target.keys), place.clone(), Arc::clone(self.exchange))
            .with_external_id(self.account.external_id.clone());
        let region = accounts::region(self.account);
        for (check, service, operation, input) in [
            ("policies", "iam", "GetAccountAuthorizationDetails", Value::map([("MaxItems", Value::Integer(1))])),
            ("organization", "organizations", "DescribeOrganization", Value::empty()),
        ] {
            match self.call(&source, &target.place(service, &region), service, operation, input).await {
                Ok(_) => findings.good(check, &id, "can be read"),
                Err(InvokeError::Fault(fault)) if fault.code.starts_with("AWSOrganizationsNotInUse") => {
                    findings.good(check, &id, "the account is in none");
                }
                Err(error) => {
                    let fix = match &error {
                        InvokeError::Fault(fault) if fault.side == FaultSide::Receiver => {
                            "bailiwick doctor   # again; where it stays, the endpoint's own log says why it failed"
                                .to_owned()
                        }
                        _ => format!("{setup}   # and create its SyncRole"),
                    };
                    findings.bad(check, &id, error.to_string(), fix);
                }
            }
        }
    }

    /// How old the copy of its roles and policies is.
    fn copy(&self, directory: Option<&Directory>, findings: &mut Findings) {
        let (Some(directory), Some(_)) = (directory, self.account.sync_role()) else { return };
        let id = self.account.id.to_string();
        let Some(account) = directory.account(self.account.id) else {
            let fix = format!("bailiwick account add {id} --name NAME   # while no server runs");
            return findings.bad(
                "copy",
                &id,
                "the account is not in the directory: no channel can be bound to it",
                fix,
            );
        };
        let fix = format!("bailiwick account sync {id}");
        let Some(mirror) = account.mirror() else {
            return findings.bad("copy", &id, "its roles and policies were not read yet; commands are refused", fix);
        };
        let now = SystemClock.now();
        let found = format!("{} roles, read {} ago", account.mirrored_roles().count(), mirror.age(now));
        let age = now.as_seconds() - mirror.record.synced_at.as_seconds();
        match age > self.account.mirror_seconds() {
            false => findings.good("copy", &id, found),
            true => findings.bad("copy", &id, format!("{found}: too old, commands are refused"), fix),
        }
        let left = match &mirror.record.organization {
            MirroredOrganization::NotReadable { why } => why,
            MirroredOrganization::Levels { .. } | MirroredOrganization::NotInUse => return,
        };
        let fix = format!(
            "add an [[account]] with sync_role for the organization's management account, or accept that its policies are left to AWS; then: bailiwick account sync {id}"
        );
        findings.warn("organization", &id, format!("its policies are not explained here: {left}"), fix);
    }

    async fn call(
        &self,
        source: &dyn KeySource,
        place: &Place,
        service: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, InvokeError> {
        let unknown = || InvokeError::NotSent(format!("there is no operation {service}:{operation}"));
        let model = Pack::embedded().ok().and_then(|pack| pack.service(service).ok()).ok_or_else(unknown)?;
        let named = model.operation(operation).ok_or_else(unknown)?;
        self.exchange.call(place, source, &model, named, &input).await
    }
}

/// Where STS is.
fn address(place: &Place) -> Option<http::Uri> {
    if let Some(uri) = &place.endpoint {
        return Some(uri.clone());
    }
    let pack = Pack::embedded().ok()?;
    let sts = pack.service("sts").ok()?;
    let region: &Region = &place.region;
    let found = endpoint::resolve_for(&pack, &sts, region.as_str(), &place.settings, None).ok()?;
    found.url.parse().ok()
}
