//! The plain evaluator: every rule written out once, in the order AWS gives them, with no index and no cleverness.
//!
//! It defines what this crate means by a decision. The compiled engine must agree with it on every request; the two share the
//! reader and the request types and nothing else. Speed is no concern here, being obviously right is.
//!
//! Sources: AWS's IAM guide, "Policy evaluation logic", "Determining whether a request is allowed or denied within an account",
//! "Cross-account policy evaluation logic" and the elements reference; where AWS's recorded answers sharpen or contradict the guide, the answers are
//! followed. Where AWS leaves a point open, the reading that denies is taken.

pub(crate) mod arn;
pub(crate) mod condition;
mod layer;
pub(crate) mod pattern;
pub(crate) mod principal;
pub(crate) mod statement;

use crate::{Cause, Decision, Layer, Layers, Outcome, Policy, PolicyType, Principal, Reason, Request, StatementRef};
use layer::{Findings, look};
use principal::Grade;

/// Decides a request.
///
/// 0. `sts:GetCallerIdentity` needs no permission: only the VPC endpoint and the guardrails can keep it back.
/// 1. A statement that denies, in any layer, ends it; so does a policy that cannot be read.
/// 2. The gates that nothing passes by: every level of RCPs and of SCPs, the VPC endpoint, the guardrails.
/// 3. Same account: a resource policy that names the caller directly is enough by itself; one that names the caller's role is
///    limited by boundary and session policies; otherwise identity policies must allow, and so must boundary and session policies.
///    Trust policies and the policies of KMS keys must allow in any case.
/// 4. Across accounts: the resource policy and the identity policies must both allow, and boundary and session policies limit.
pub fn decide(request: &Request, layers: &Layers) -> Decision {
    let answers = Answers::gather(request, layers);
    let flow = Flow::of(request, layers, &answers);
    let cuts = |layer: &Layer| answers.denies(*layer) || flow.stops(*layer, &answers);
    let blocked: Vec<Layer> = ORDER.into_iter().filter(cuts).collect();
    if let Some(first) = answers.ordered().find(|answer| answer.findings.denies()) {
        return Decision { outcome: Outcome::ExplicitDeny, reason: first.denial(), blocked_by: blocked };
    }
    let Some(layer) = blocked.first().copied() else {
        return Decision { outcome: Outcome::Allowed, reason: flow.grant(&answers), blocked_by: Vec::new() };
    };
    let level = answers.ordered().find(|a| a.layer == layer && !a.findings.allows()).and_then(|a| a.level);
    let reason = Reason { layer, level, policy: None, statement: None, cause: Cause::NothingAllows };
    Decision { outcome: Outcome::ImplicitDeny, reason, blocked_by: blocked }
}

/// What one layer, or one level of it, says.
pub(crate) struct Answer<'a> {
    pub(crate) layer: Layer,
    pub(crate) level: Option<usize>,
    pub(crate) findings: Findings<'a>,
}

impl Answer<'_> {
    fn denial(&self) -> Reason {
        match &self.findings.deny {
            Some(hit) => self.reason(Cause::StatementDenies, Some(hit.policy), Some(hit.statement_ref())),
            None => self.reason(Cause::Unreadable, self.findings.unreadable, None),
        }
    }

    fn reason(&self, cause: Cause, policy: Option<&Policy>, statement: Option<StatementRef>) -> Reason {
        let policy = policy.map(|policy| policy.name().to_owned());
        Reason { layer: self.layer, level: self.level, policy, statement, cause }
    }
}

/// What all layers that take part say. A layer that does not apply is not among them.
pub(crate) struct Answers<'a>(pub(crate) Vec<Answer<'a>>);

/// The order in which AWS's guide draws the evaluation, and in which one reason is picked among several.
pub(crate) const ORDER: [Layer; 9] = [
    PolicyType::ResourceControl,
    PolicyType::ServiceControl,
    PolicyType::Endpoint,
    PolicyType::Resource,
    PolicyType::Trust,
    PolicyType::Identity,
    PolicyType::Boundary,
    PolicyType::Session,
    PolicyType::Guardrail,
];

impl<'a> Answers<'a> {
    pub(crate) fn gather(request: &Request, layers: &'a Layers) -> Self {
        let mut answers = Vec::new();
        for layer in ORDER {
            for (level, policies) in present(request, layers, layer) {
                let findings = look(request, layer, is_bounded(layers, layer), policies);
                answers.push(Answer { layer, level, findings });
            }
        }
        Answers(answers)
    }

    fn ordered(&self) -> impl Iterator<Item = &Answer<'a>> {
        self.0.iter()
    }

    fn denies(&self, layer: Layer) -> bool {
        self.0.iter().any(|answer| answer.layer == layer && answer.findings.denies())
    }

    fn of(&self, layer: Layer) -> Option<&Answer<'a>> {
        self.0.iter().find(|answer| answer.layer == layer)
    }

    /// How a resource or trust policy grants, if it does.
    pub(crate) fn grade(&self) -> Option<Grade> {
        let answer = self.of(PolicyType::Resource).or_else(|| self.of(PolicyType::Trust))?;
        answer.findings.grade
    }
}

/// The policies of one layer, level by level; nothing when the layer does not apply to the request.
pub(crate) fn present<'a>(request: &Request, layers: &'a Layers, layer: Layer) -> Vec<(Option<usize>, &'a [Policy])> {
    match layer {
        PolicyType::Endpoint => single(layers.endpoint.as_deref()),
        PolicyType::Guardrail => single(layers.guardrail.as_deref()),
        _ if needs_no_permission(request) => Vec::new(),
        PolicyType::ResourceControl if escapes_rcp(request) => Vec::new(),
        PolicyType::ResourceControl => levels(layers.rcp.as_deref()),
        PolicyType::ServiceControl if escapes_scp(request) => Vec::new(),
        PolicyType::ServiceControl => levels(layers.scp.as_deref()),
        PolicyType::Resource | PolicyType::Trust => {
            let policy = layers.resource.as_ref().filter(|policy| layer == resource_layer(policy));
            single(policy.map(std::slice::from_ref))
        }
        // Principals without identity policies of their own still meet an explicit deny stated for them.
        PolicyType::Identity => vec![(None, layers.identity.as_deref().unwrap_or_default())],
        PolicyType::Boundary => single(layers.boundary.as_deref()),
        PolicyType::Session => single(layers.session.as_deref()),
    }
}

fn levels(layer: Option<&[Vec<Policy>]>) -> Vec<(Option<usize>, &[Policy])> {
    match layer {
        None => Vec::new(),
        // A layer that applies and has no level holds nothing.
        Some([]) => vec![(Some(0), &[])],
        Some(levels) => levels.iter().enumerate().map(|(n, level)| (Some(n), level.as_slice())).collect(),
    }
}

fn single(layer: Option<&[Policy]>) -> Vec<(Option<usize>, &[Policy])> {
    layer.map(|policies| (None, policies)).into_iter().collect()
}

/// A trust policy stands in the place of the resource policy.
pub(crate) fn resource_layer(policy: &Policy) -> Layer {
    if policy.kind() == PolicyType::Trust { PolicyType::Trust } else { PolicyType::Resource }
}

/// Which layers have to allow, once it is known how the resource policy grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flow {
    /// The identity policies must allow.
    identity: bool,
    /// The resource policy must allow.
    resource: Option<Layer>,
    /// Boundary and session policies must allow, where they apply.
    limits: bool,
    /// The session has no session policy and needs one.
    session_missing: bool,
    /// Nothing has to allow but the gates that nothing passes by.
    free: bool,
}

impl Flow {
    pub(crate) fn of(request: &Request, layers: &Layers, answers: &Answers<'_>) -> Self {
        let layer = layers.resource.as_ref().map_or(PolicyType::Resource, resource_layer);
        let root = matches!(request.principal, Principal::Root { .. });
        let free = needs_no_permission(request);
        if free {
            return Flow { identity: false, resource: None, limits: false, session_missing: false, free };
        }
        // A session of GetFederationToken without session policies can do nothing by itself.
        let bare = matches!(request.principal, Principal::FederatedUser { .. }) && layers.session.is_none();
        if request.principal.account().is_none() {
            // Services, web identities and anonymous callers have no policies of their own: the resource has to let them in.
            return Flow { identity: false, resource: Some(layer), limits: true, session_missing: false, free };
        }
        if request.is_cross_account() {
            return Flow { identity: !root, resource: Some(layer), limits: true, session_missing: bare, free };
        }
        let must = layer == PolicyType::Trust || (layers.resource.is_some() && is_gatekept(request));
        let resource = must.then_some(layer);
        match answers.grade() {
            _ if root => Flow { identity: false, resource, limits: true, session_missing: false, free },
            Some(Grade::Direct) => Flow { identity: false, resource, limits: false, session_missing: false, free },
            Some(Grade::Role) => Flow { identity: false, resource, limits: true, session_missing: bare, free },
            Some(Grade::Account) | None => Flow { identity: true, resource, limits: true, session_missing: bare, free },
        }
    }

    /// Whether a layer has to allow, if it takes part.
    pub(crate) fn requires(&self, layer: Layer) -> bool {
        match layer {
            PolicyType::Identity => self.identity,
            PolicyType::Resource | PolicyType::Trust => self.resource == Some(layer),
            PolicyType::Boundary | PolicyType::Session => self.limits,
            PolicyType::ServiceControl | PolicyType::ResourceControl | PolicyType::Endpoint | PolicyType::Guardrail => {
                true
            }
        }
    }

    /// Whether a layer stops the request: it has to allow, and does not or is not even there.
    pub(crate) fn stops(&self, layer: Layer, answers: &Answers<'_>) -> bool {
        let mut present = answers.0.iter().filter(|answer| answer.layer == layer).peekable();
        if present.peek().is_none() {
            return self.resource == Some(layer) || (layer == PolicyType::Session && self.session_missing);
        }
        self.requires(layer) && present.any(|answer| !answer.findings.allows())
    }

    fn grant(&self, answers: &Answers<'_>) -> Reason {
        let granting = if self.identity { PolicyType::Identity } else { self.resource.unwrap_or(PolicyType::Resource) };
        let hit = answers.of(granting).and_then(|answer| Some((answer, answer.findings.allow.as_ref()?)));
        let alone = |cause| Reason { layer: PolicyType::Identity, level: None, policy: None, statement: None, cause };
        match hit {
            _ if self.free => alone(Cause::NoPermissionNeeded),
            Some((answer, hit)) => answer.reason(Cause::StatementAllows, Some(hit.policy), Some(hit.statement_ref())),
            // Only the root user of the owning account passes without any statement.
            None => alone(Cause::RootUser),
        }
    }
}

/// AWS: `sts:GetCallerIdentity` needs no permission, and an explicit deny does not stop it: a refusal would tell the same.
fn needs_no_permission(request: &Request) -> bool {
    request.action.eq_ignore_ascii_case("sts:GetCallerIdentity")
}

/// AWS: service control policies bind the users and roles of member accounts. They restrict no service-linked role, and nobody
/// who belongs to no account: services, web identities, anonymous callers.
fn escapes_scp(request: &Request) -> bool {
    request.principal.is_service_linked() || request.principal.account().is_none()
}

/// AWS: resource control policies restrict neither `kms:RetireGrant` nor service-linked roles.
fn escapes_rcp(request: &Request) -> bool {
    request.action.eq_ignore_ascii_case("kms:RetireGrant") || request.principal.is_service_linked()
}

/// AWS: a `NotPrincipal` with `Deny` in the policy of a resource spares nobody who has a permissions boundary.
pub(crate) fn is_bounded(layers: &Layers, layer: Layer) -> bool {
    layers.boundary.is_some() && matches!(layer, PolicyType::Resource | PolicyType::Trust)
}

/// A key of KMS, or a role that is being assumed: its own policy is the only source of access, and identity policies count only
/// when it delegates to them.
fn is_gatekept(request: &Request) -> bool {
    let mut parts = request.resource.as_str().splitn(6, ':').skip(2);
    let (service, kind) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    let action = request.action.to_ascii_lowercase();
    let assumes =
        action.starts_with("sts:assumerole") || matches!(&*action, "sts:tagsession" | "sts:setsourceidentity");
    (service == "kms" && kind.starts_with("key/")) || (service == "iam" && kind.starts_with("role/") && assumes)
}

#[cfg(test)]
mod tests;
