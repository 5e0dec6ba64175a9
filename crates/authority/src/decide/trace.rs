//! The nine steps of a ruling, and the words in which they are explained.

mod brief;
mod context;
mod gate;

use bailiwick_policy::{Cause, Layer, Layers, Outcome, Policy, PolicyType, Reason};

use super::{Decided, Focus, Grounds};
use crate::{
    call::Call,
    caller::{Caller, Principal},
    managed::policy_name,
    ruling::{Denial, DenialKind, Step, StepState},
};
pub(super) use brief::brief;
pub(super) use gate::{gate, lets_through};

/// The layers, in the numbering that every trace uses.
const NAMES: [&str; 9] = [
    "non-supported operations",
    "chatbot policy",
    "SCPs, RCPs",
    "role",
    "permissions boundary",
    "guardrails",
    "agent",
    "resource policy",
    "approvals and context",
];

/// When several layers stop a call, the first of these is named as the reason: what the channel's and the organization's
/// administrators set comes before what the role lacks.
const PREFERENCE: [u8; 9] = [1, 2, 3, 6, 7, 5, 4, 8, 9];

/// The steps while they are being found.
pub(super) struct Steps {
    steps: [Step; 9],
    stops: Vec<Stop>,
    /// The layer whose statement denies: it is told before layers that merely do not allow.
    leading: Option<u8>,
}

/// Why a step stops the call.
struct Stop {
    number: u8,
    kind: DenialKind,
    explicit: bool,
    told: Told,
}

/// How the reason of a stop is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// A policy decided it, and the sentence names the step.
    Policy,
    /// The policies wait for something: the step's text is the sentence.
    Waits,
    /// No policy decided it: the step's text is the sentence.
    Whole,
}

impl Steps {
    pub(super) fn new() -> Self {
        let mut number = 0;
        let steps = NAMES.map(|name| {
            number += 1;
            Step {
                number,
                name: name.to_owned(),
                state: StepState::NotThere,
                text: String::new(),
                policy: None,
                statement: None,
                value: None,
            }
        });
        Steps { steps, stops: Vec::new(), leading: None }
    }

    fn step(&mut self, number: u8) -> Option<&mut Step> {
        self.steps.iter_mut().find(|step| step.number == number)
    }

    /// Whether any step stops the call.
    pub(super) fn stops(&self) -> bool {
        !self.stops.is_empty()
    }

    /// Adds to what a step says that is there, and leaves its answer.
    pub(super) fn remark(&mut self, number: u8, text: &str) {
        if let Some(step) = self.step(number).filter(|step| step.state != StepState::NotThere) {
            step.text = if step.text.is_empty() { text.to_owned() } else { format!("{} ({text})", step.text) };
        }
    }

    pub(super) fn stopped(&self, number: u8) -> bool {
        self.stops.iter().any(|stop| stop.number == number)
    }

    /// Sets a step's answer, unless it stops already.
    pub(super) fn set(&mut self, number: u8, state: StepState, text: &str) {
        if !self.stopped(number)
            && let Some(step) = self.step(number)
        {
            step.state = state;
            text.clone_into(&mut step.text);
        }
    }

    /// Makes a step stop the call by a policy. The first reason of a step stays.
    pub(super) fn stop(&mut self, number: u8, kind: DenialKind, explicit: bool, text: &str) {
        self.add(Stop { number, kind, explicit, told: Told::Policy }, text);
    }

    /// Makes a step stop the call for a reason that no policy states: `text` is the whole sentence.
    pub(super) fn refuse(&mut self, number: u8, text: &str) {
        self.add(Stop { number, kind: DenialKind::Bailiwick, explicit: true, told: Told::Whole }, text);
    }

    /// As [`Steps::refuse`], for what the caller's kind of credentials cannot do.
    pub(super) fn refuse_credentials(&mut self, number: u8, text: &str) {
        self.add(Stop { number, kind: DenialKind::Credentials, explicit: true, told: Told::Whole }, text);
    }

    /// As [`Steps::stop`], where `text` is the whole sentence: what the policies wait for.
    fn wait(&mut self, number: u8, kind: DenialKind, explicit: bool, text: &str) {
        self.add(Stop { number, kind, explicit, told: Told::Waits }, text);
    }

    fn add(&mut self, stop: Stop, text: &str) {
        if !self.stopped(stop.number) {
            if let Some(step) = self.step(stop.number) {
                step.state = StepState::Stopped;
                text.clone_into(&mut step.text);
            }
            self.stops.push(stop);
        }
    }

    /// Adds what decided a step, unless no policy did.
    pub(super) fn quote(
        &mut self,
        number: u8,
        policy: Option<String>,
        statement: Option<String>,
        value: Option<String>,
    ) {
        let whole = self.stops.iter().any(|stop| stop.number == number && stop.told == Told::Whole);
        if !whole && let Some(step) = self.step(number) {
            step.policy = policy;
            step.statement = statement;
            step.value = value;
        }
    }

    /// Names step 8 after the kind of policy it is about.
    fn name_resource(&mut self, trust: bool) {
        self.rename(8, if trust { "trust policy of the role".to_owned() } else { "resource policy".to_owned() });
    }

    fn rename(&mut self, number: u8, name: String) {
        if let Some(step) = self.step(number) {
            step.name = name;
        }
    }

    /// Names step 4 after whose policies it is about.
    pub(super) fn name_role(&mut self, grounds: &Grounds<'_>, caller: &Caller) {
        let name = match &caller.principal {
            Principal::Anonymous => "caller".to_owned(),
            Principal::Federated { name, .. } => format!("federated user {name}"),
            Principal::Person { name, .. } => format!("room memberships of {name}"),
            Principal::RoleSession { role_arn, .. } => format!("role {}", policy_name(role_arn)),
            Principal::Root { account } => format!("root user of {}", account_name(grounds, *account)),
            Principal::Service { name } => format!("service {name}"),
            Principal::User { name, .. } => format!("user {name}"),
            Principal::WebIdentity(identity) => format!("web identity {}", identity.subject),
        };
        self.rename(4, name);
    }

    /// The stop that is told: of the layer whose statement denies, else of the first in the order of preference; what binds
    /// channels and the organization's chatbot policy come before either.
    fn told(&self) -> Option<&Stop> {
        let order = [1, 2].into_iter().chain(self.leading).chain(PREFERENCE);
        order.into_iter().find_map(|number| self.stops.iter().find(|stop| stop.number == number))
    }

    /// The denial that is told.
    pub(super) fn denial(&self, call: &Call, focus: Option<Focus>) -> Option<Denial> {
        let stop = self.told()?;
        let step = self.steps.iter().find(|step| step.number == stop.number)?;
        let (action, resource) = match focus {
            Some(focus) => (focus.action, focus.resource),
            None => (format!("{}:{}", call.service, call.operation), "*".to_owned()),
        };
        let sentence = match stop.told {
            Told::Policy => sentence(step, stop.explicit, &action),
            Told::Waits | Told::Whole => step.text.clone(),
        };
        let policy_arn = if stop.kind == DenialKind::ResourceControl { step.policy.clone() } else { None };
        Some(Denial {
            layer: stop.number,
            kind: stop.kind,
            explicit: stop.explicit,
            action,
            resource,
            sentence,
            policy_arn,
        })
    }

    pub(super) fn into_array(self) -> [Step; 9] {
        self.steps
    }
}

/// `444455556666 (workload)`.
pub(super) fn account_name(grounds: &Grounds<'_>, account: bailiwick_ident::AccountId) -> String {
    match grounds.directory.account(account) {
        Some(known) => format!("{account} ({})", known.record().name),
        None => account.to_string(),
    }
}

/// One sentence about a step that a policy stops, without a full stop.
fn sentence(step: &Step, explicit: bool, action: &str) -> String {
    let verb = if explicit { "denies" } else { "does not allow" };
    match step.number {
        1 => format!("channels do not run {action}: {}", step.text),
        2 => format!("the organization's chatbot policy does not let this channel act: {}", step.text),
        3 => format!("the organization {verb} {action}"),
        5 => format!("the permissions boundary {verb} {action}"),
        6 => format!("this channel's guardrails {} {action}", if explicit { "deny" } else { "do not allow" }),
        7 => format!("the agent's person may not do it either: {}", step.text),
        _ => format!("the {} {verb} {action}", step.name),
    }
}

/// Which step a layer of the policy engine is.
fn number(layer: Layer) -> u8 {
    match layer {
        PolicyType::ServiceControl | PolicyType::ResourceControl => 3,
        PolicyType::Identity | PolicyType::Session => 4,
        PolicyType::Boundary => 5,
        PolicyType::Guardrail => 6,
        PolicyType::Resource | PolicyType::Trust => 8,
        PolicyType::Endpoint => 9,
    }
}

fn kind(layer: Layer) -> DenialKind {
    match layer {
        PolicyType::Boundary => DenialKind::Boundary,
        PolicyType::Endpoint | PolicyType::Guardrail => DenialKind::Bailiwick,
        PolicyType::Identity => DenialKind::Identity,
        PolicyType::Resource => DenialKind::Resource,
        PolicyType::ResourceControl => DenialKind::ResourceControl,
        PolicyType::ServiceControl => DenialKind::ServiceControl,
        PolicyType::Session => DenialKind::Session,
        PolicyType::Trust => DenialKind::Trust,
    }
}

/// The policies of a layer, all levels together.
fn policies(one: &Decided, layer: Layer) -> Vec<Policy> {
    let layers = &one.layers;
    let flat = |policies: &Option<Vec<Policy>>| policies.clone().unwrap_or_default();
    let levels = |levels: &Option<Vec<Vec<Policy>>>| levels.iter().flatten().flatten().cloned().collect();
    match layer {
        PolicyType::Boundary => flat(&layers.boundary),
        PolicyType::Endpoint => flat(&layers.endpoint),
        PolicyType::Guardrail => flat(&layers.guardrail),
        PolicyType::Identity => flat(&layers.identity),
        PolicyType::Resource | PolicyType::Trust => layers.resource.iter().cloned().collect(),
        PolicyType::ResourceControl => levels(&layers.rcp),
        PolicyType::ServiceControl => levels(&layers.scp),
        PolicyType::Session => flat(&layers.session),
    }
}

/// The text of a statement in its policy.
fn quote(policies: &[Policy], reason: &Reason) -> Option<String> {
    let name = reason.policy.as_deref()?;
    let statement = reason.statement.as_ref()?;
    let policy = policies.iter().find(|policy| policy.name() == name)?;
    policy.text().get(statement.span.range()).map(str::to_owned)
}

/// Explains a check's decision in steps 3 to 9.
pub(super) fn explain(grounds: &Grounds<'_>, steps: &mut Steps, one: &Decided, residual: &mut Vec<String>) {
    if context::explain(grounds, steps, one, residual) {
        return;
    }
    explain_layers(grounds, steps, one);
    if one.allowed() {
        steps.set(9, StepState::Passed, NOTHING_MORE);
        return;
    }
    let action = one.check.action.as_str();
    let near = gate::near_misses(&one.request, action, &policies(one, PolicyType::Identity));
    context_step(steps, near, residual);
}

/// Explains a check's decision in steps 3 to 8.
fn explain_layers(grounds: &Grounds<'_>, steps: &mut Steps, one: &Decided) {
    let action = one.check.action.as_str();
    if let Some(policy) = &one.unknown {
        let text = format!("{policy} speaks of single resources, and this one cannot be known before the call");
        steps.stop(4, DenialKind::Identity, false, &text);
        steps.quote(4, None, None, Some(one.check.subject.as_str().to_owned()));
    }
    if one.decision.outcome == Outcome::ExplicitDeny {
        steps.leading = Some(number(one.decision.reason.layer));
    }
    organization_step(grounds, steps, one);
    identity_step(steps, one, action);
    let blocked = |layer: Layer| one.decision.blocked_by.contains(&layer);
    for (number, layer, present) in [
        (5, PolicyType::Boundary, one.layers.boundary.is_some()),
        (6, PolicyType::Guardrail, one.layers.guardrail.is_some()),
    ] {
        if !present {
            continue;
        }
        let of_layer = policies(one, layer);
        let gate = gate(&one.request, &of_layer);
        let text = gate.text(action, &of_layer);
        if !one.allowed() && (blocked(layer) || (layer == PolicyType::Guardrail && !gate.allows())) {
            steps.stop(number, kind(layer), gate.explicit(), &text);
        } else {
            steps.set(number, StepState::Passed, &text);
        }
        let names: Vec<&str> = of_layer.iter().map(Policy::name).collect();
        steps.quote(number, Some(names.join(", ")), gate.quote(&of_layer), None);
    }
    resource_step(steps, one, action);
    nothing_forgotten(steps, one);
}

/// What the last step says of a call that is allowed.
const NOTHING_MORE: &str = "nothing more is asked for";

/// The names of the places from the root to the caller's or the resource's account, and of those in the organization that
/// was copied.
fn level_names<'a>(grounds: &Grounds<'a>, account: Option<bailiwick_ident::AccountId>, kind: Layer) -> Vec<&'a str> {
    let Some(account) = account else { return Vec::new() };
    let copied = grounds.remotes.mirror(grounds.directory, account).and_then(|mirror| mirror.levels(kind));
    let path = match copied {
        Some(_) if !super::layers::bound_here(grounds, account, kind) => None,
        _ => grounds.directory.account(account).and_then(|known| grounds.directory.organization()?.path(known)),
    };
    let own = path.into_iter().flatten().map(|target| target.name);
    own.chain(copied.into_iter().flatten().map(|(name, _)| name.as_str())).collect()
}

/// `Root: FullAWSAccess · Workloads: DenyLeaveOrg`, `None` where no SCP or RCP applies.
fn levels_line(layers: &Layers, caller: &[&str], owner: &[&str]) -> Option<String> {
    let mut parts = Vec::new();
    for (label, names, levels) in [("", caller, &layers.scp), ("RCPs of ", owner, &layers.rcp)] {
        for (index, level) in levels.iter().flatten().enumerate() {
            let policies: Vec<&str> = level.iter().map(Policy::name).collect();
            let policies = if policies.is_empty() { "nothing".to_owned() } else { policies.join(", ") };
            let name = names.get(index).copied().unwrap_or("?");
            parts.push(format!("{label}{name}: {policies}"));
        }
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Whether a statement decides by the Region of the call.
fn speaks_of_regions(statement: &str) -> bool {
    statement.to_ascii_lowercase().contains("\"aws:requestedregion\"")
}

fn requested_region(request: &bailiwick_policy::Request) -> Option<String> {
    match request.context.get("aws:RequestedRegion") {
        Some(bailiwick_policy::Value::One(region)) => Some(format!("aws:RequestedRegion is `{region}`")),
        _ => None,
    }
}

/// What helps against a policy that denies Regions: chat acts in every Region, so AWS asks that such a policy leaves it out.
/// Source: AWS Chatbot's administrator guide, "Identity and access management", and "Troubleshooting".
fn region_advice(action: &str) -> String {
    format!(
        " in this Region; name one that it allows with `--region`, or have it leave chat out: `\"NotAction\": [\"chatbot:*\", \"{action}\"]`"
    )
}

/// Step 3: the policies of the organization, level by level.
fn organization_step(grounds: &Grounds<'_>, steps: &mut Steps, one: &Decided) {
    let caller = level_names(grounds, one.request.principal.account(), PolicyType::ServiceControl);
    let owner = level_names(grounds, one.request.owner(), PolicyType::ResourceControl);
    let Some(line) = levels_line(&one.layers, &caller, &owner) else { return };
    let reason = &one.decision.reason;
    for layer in [PolicyType::ServiceControl, PolicyType::ResourceControl] {
        if !one.decision.blocked_by.contains(&layer) {
            continue;
        }
        let names = if layer == PolicyType::ServiceControl { &caller } else { &owner };
        let explicit = one.decision.outcome == Outcome::ExplicitDeny;
        let place = reason.level.and_then(|level| names.get(level).copied()).unwrap_or("the organization");
        let text = match (explicit, &reason.policy) {
            (true, Some(policy)) if reason.layer == layer => format!("{policy} at {place} denies it"),
            (false, _) if reason.layer == layer => format!("nothing at {place} allows it"),
            (true, _) => "a policy of the organization denies it".to_owned(),
            (false, _) => "no policy of the organization allows it".to_owned(),
        };
        let quoted = (reason.layer == layer).then(|| quote(&policies(one, layer), reason)).flatten();
        let regional = explicit && quoted.as_deref().is_some_and(speaks_of_regions);
        let (text, region) = match regional {
            true => (format!("{text}{}", region_advice(&one.request.action)), requested_region(&one.request)),
            false => (text, None),
        };
        steps.stop(3, kind(layer), explicit, &text);
        if reason.layer == layer {
            steps.quote(3, reason.policy.clone(), quoted, region);
        }
    }
    steps.set(3, StepState::Passed, &line);
}

/// Step 4: the policies of the role or user, and its session policies.
fn identity_step(steps: &mut Steps, one: &Decided, action: &str) {
    let own = policies(one, PolicyType::Identity);
    let session = policies(one, PolicyType::Session);
    let blocked = |layer: Layer| one.decision.blocked_by.contains(&layer);
    if matches!(one.request.principal, bailiwick_policy::Principal::Root { .. }) && one.allowed() {
        steps.set(4, StepState::Passed, "the root user needs no policy");
        return;
    }
    if one.layers.identity.is_none() && !blocked(PolicyType::Identity) && session.is_empty() {
        return;
    }
    let of_identity = gate(&one.request, &own);
    let mut text = of_identity.text(action, &own);
    let mut stopped = None;
    if !one.allowed()
        && (blocked(PolicyType::Identity) || (one.decision.outcome == Outcome::ExplicitDeny && !of_identity.allows()))
    {
        stopped = Some((DenialKind::Identity, of_identity.explicit()));
    } else if blocked(PolicyType::Session) {
        let of_session = gate(&one.request, &session);
        text = format!("the session policy: {}", of_session.text(action, &session));
        stopped = Some((DenialKind::Session, of_session.explicit()));
    }
    match stopped {
        Some((kind, explicit)) => steps.stop(4, kind, explicit, &text),
        None if of_identity.allows() => steps.set(4, StepState::Passed, &text),
        None => steps.set(4, StepState::NotThere, &format!("{text}; the resource's policy grants it")),
    }
    if one.unknown.is_none() {
        steps.quote(4, of_identity.policy(), of_identity.quote(&own), None);
    }
}

fn resource_step(steps: &mut Steps, one: &Decided, action: &str) {
    let Some(policy) = &one.layers.resource else { return };
    let trust = policy.kind() == PolicyType::Trust;
    steps.name_resource(trust);
    let layer = if trust { PolicyType::Trust } else { PolicyType::Resource };
    let reason = &one.decision.reason;
    let decided = reason.layer == layer;
    if one.decision.blocked_by.contains(&layer) {
        let explicit = one.decision.outcome == Outcome::ExplicitDeny;
        let text = match reason.cause {
            Cause::Unreadable if decided => format!("{} cannot be read", policy.name()),
            Cause::StatementDenies if decided => "it denies it".to_owned(),
            _ => format!("no statement allows {action} to this caller"),
        };
        steps.stop(8, kind(layer), explicit, &text);
    } else if decided && one.allowed() {
        steps.set(8, StepState::Passed, "it grants it to this caller");
    } else {
        steps.set(8, StepState::NotThere, "does not grant it to this session");
    }
    if decided {
        steps.quote(8, Some(policy.name().to_owned()), quote(std::slice::from_ref(policy), reason), None);
    }
}

/// Whatever the engine names as blocking is shown, even where the explanation above missed it.
fn nothing_forgotten(steps: &mut Steps, one: &Decided) {
    if one.decision.outcome == Outcome::Allowed {
        return;
    }
    let explicit = one.decision.outcome == Outcome::ExplicitDeny;
    let text = if explicit { "a statement denies it" } else { "no statement allows it" };
    for layer in &one.decision.blocked_by {
        steps.stop(number(*layer), kind(*layer), explicit, text);
    }
    if one.decision.blocked_by.is_empty() {
        steps.stop(number(one.decision.reason.layer), kind(one.decision.reason.layer), explicit, text);
    }
}

/// Step 9: what would change the answer.
fn context_step(steps: &mut Steps, near: Vec<gate::NearMiss>, residual: &mut Vec<String>) {
    match near.first() {
        None => steps.set(9, StepState::NotThere, "nothing would change the answer"),
        Some(first) => {
            steps.set(9, StepState::NotThere, &first.text);
            steps.quote(9, Some(first.policy.clone()), Some(first.statement.clone()), first.value.clone());
            residual.extend(near.into_iter().map(|miss| miss.text));
        }
    }
}
