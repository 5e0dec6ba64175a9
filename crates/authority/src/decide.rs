//! Decides a call: composes the nine layers of a ruling from the facts of the call, the directory and the policy engine.
//! Whatever cannot be known or read stops the call.

mod change;
mod chatbot_policy;
mod context;
mod layers;
mod organization;
mod person;
mod remote;
mod trace;
mod unknown;

use bailiwick_aws::pack::Pack;
use bailiwick_ident::Timestamp;
use bailiwick_policy::{Context, Decision, Layers, Outcome, Policy, PolicyType, Request, Resource, oracle};

use crate::{
    authority::{channel_role, configuration},
    call::Call,
    caller::{Caller, Principal, SYSTEM_PRINCIPAL},
    directory::Directory,
    facts::{self, CallFacts, Check, Rows, Subject},
    managed::ManagedPolicies,
    nonsupported::{self, NonSupported, NotSupported},
    origin::Origin,
    permit::SessionPlan,
    remote::Remotes,
    ruling::{CheckRuling, DenialKind, Ruling, StepState},
};
pub(crate) use chatbot_policy::CHOOSE_YOUR_OWN;
pub use layers::PROTECTION_POLICY;
use trace::Steps;

/// What a decision is made from.
pub(crate) struct Grounds<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) rows: &'a Rows,
    pub(crate) managed: &'a ManagedPolicies,
    pub(crate) non_supported: &'a NonSupported,
    pub(crate) remotes: &'a Remotes,
    pub(crate) pack: &'a Pack,
    pub(crate) now: Timestamp,
    pub(crate) id: String,
    pub(crate) detail: Detail,
}

/// How much a ruling tells of a call that is allowed. A refusal is always told in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// As the plain evaluator explains it, and only if it answers the same.
    Full,
    /// Which policy of each layer allows it, from the compiled engines alone.
    Brief,
}

/// A check with the engine's answer, and what it was made from.
pub(super) struct Answered {
    pub(super) check: Check,
    pub(super) request: Request,
    pub(super) layers: Layers,
    pub(super) outcome: Outcome,
    /// The policy for which an unknown part of the resource matters.
    pub(super) unknown: Option<String>,
}

impl Answered {
    fn allowed(&self) -> bool {
        self.outcome == Outcome::Allowed && self.unknown.is_none()
    }

    /// Asks the plain evaluator why.
    fn explained(self) -> Decided {
        let decision = oracle::decide(&self.request, &self.layers);
        let Answered { check, request, layers, outcome, unknown } = self;
        let agreed = outcome.is_allowed() == decision.outcome.is_allowed();
        if !agreed {
            tracing::error!(action = %request.action, resource = request.resource.as_str(), compiled = outcome.as_str(),
                plain = decision.outcome.as_str(), "the two evaluators of policies disagree; the call is refused");
        }
        Decided { check, request, layers, decision, agreed, unknown }
    }
}

/// What a ruling is about: the first check that is refused, or the first.
pub(super) struct Focus {
    pub(super) action: String,
    pub(super) resource: String,
}

/// The check that a ruling is about, with the reason of its decision.
#[derive(Clone)]
pub(super) struct Decided {
    pub(super) check: Check,
    pub(super) request: Request,
    pub(super) layers: Layers,
    pub(super) decision: Decision,
    /// The engine gave the same answer.
    pub(super) agreed: bool,
    /// The policy for which an unknown part of the resource matters.
    pub(super) unknown: Option<String>,
}

impl Decided {
    pub(super) fn allowed(&self) -> bool {
        self.agreed && self.decision.outcome == Outcome::Allowed && self.unknown.is_none()
    }
}

/// The denial with the ARN of a resource control policy where the trace has its name.
fn named(grounds: &Grounds<'_>, call: &Call, mut denial: crate::ruling::Denial) -> crate::ruling::Denial {
    if let Some(name) = denial.policy_arn.take() {
        let organization = grounds.directory.organization();
        denial.policy_arn = organization.and_then(|of| {
            let kind = crate::record::PolicyType::ResourceControlPolicy;
            let policy = of.policies().find(|policy| policy.record.kind == kind && policy.record.name == name)?;
            Some(of.policy_arn(&call.partition, policy))
        });
    }
    denial
}

/// Decides, and says with which session the call would be made elsewhere.
pub(crate) fn rule(
    grounds: &Grounds<'_>,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
) -> (Ruling, Option<SessionPlan>) {
    let mut steps = Steps::new();
    let mut checks = Vec::new();
    let mut residual = Vec::new();
    let focus = match origin {
        Origin::System => {
            system(&mut steps, caller);
            None
        }
        Origin::Agent(_) | Origin::Api | Origin::Chat(_) => {
            decide(grounds, caller, origin, call, &mut steps, &mut checks, &mut residual)
        }
    };
    let planned = match steps.stops() {
        false => remote::plan(grounds, caller, origin, call),
        true => Ok(None),
    };
    let plan = planned.unwrap_or_else(|cause| {
        steps.refuse(6, &cause);
        None
    });
    let denial = steps.denial(call, focus).map(|denial| named(grounds, call, denial));
    let allowed = denial.is_none() && checks.iter().all(|check: &CheckRuling| check.allowed);
    let can_change = match &denial {
        Some(denial) => change::who(grounds, origin, call, denial),
        None => Vec::new(),
    };
    let plan = plan.filter(|_| allowed);
    let ruling = Ruling {
        id: grounds.id.clone(),
        request_id: caller.request_id.clone(),
        revision: grounds.directory.revision(),
        decided_at: grounds.now,
        service: call.service.clone(),
        operation: call.operation.clone(),
        account: call.account,
        region: call.region.clone(),
        principal: caller.principal.arn_in(grounds.directory.partition()),
        allowed,
        enforced: true,
        steps: steps.into_array(),
        checks,
        denial,
        can_change,
        residual,
    };
    (ruling, plan)
}

/// The ruling of a call that no policy is asked about.
pub(crate) fn unasked(grounds: &Grounds<'_>, caller: &Caller, call: &Call) -> Ruling {
    let mut steps = Steps::new();
    steps.set(4, StepState::NotDecidedHere, "policies are turned off in this instance");
    Ruling {
        id: grounds.id.clone(),
        request_id: caller.request_id.clone(),
        revision: grounds.directory.revision(),
        decided_at: grounds.now,
        service: call.service.clone(),
        operation: call.operation.clone(),
        account: call.account,
        region: call.region.clone(),
        principal: caller.principal.arn_in(grounds.directory.partition()),
        allowed: true,
        enforced: false,
        steps: steps.into_array(),
        checks: Vec::new(),
        denial: None,
        can_change: Vec::new(),
        residual: Vec::new(),
    }
}

/// Bailiwick's own work passes, and nobody else's under its name.
fn system(steps: &mut Steps, caller: &Caller) {
    match &caller.principal {
        Principal::Service { name } if name == SYSTEM_PRINCIPAL => {
            steps.set(4, StepState::Passed, "Bailiwick's own work");
        }
        _ => steps.refuse(4, "only Bailiwick itself acts as the system"),
    }
}

fn decide(
    grounds: &Grounds<'_>,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    steps: &mut Steps,
    rulings: &mut Vec<CheckRuling>,
    residual: &mut Vec<String>,
) -> Option<Focus> {
    if caller.principal.account().is_some_and(|account| account != call.account) {
        steps.refuse(4, "the caller belongs to another account than the call");
        return None;
    }
    if grounds.directory.is_closed(call.account) {
        steps.refuse(4, "the caller's account is closed");
        return None;
    }
    if let Some(session) = &caller.session
        && grounds.now >= session.expires_at
    {
        steps.refuse(4, "the caller's session has ended");
        return None;
    }
    if let Some(text) = restriction(caller, call) {
        steps.refuse_credentials(4, text);
        return None;
    }
    if let Some(cause) = remote::stale(grounds, caller, call) {
        steps.refuse(4, &cause);
        return None;
    }
    let left = grounds.remotes.leaves(call.account, &call.service);
    let facts = facts::facts(grounds.rows, grounds.pack, grounds.directory, caller, call, left);
    let guardrails = chat_layers(grounds, caller, origin, call, &facts, steps);
    steps.name_role(grounds, caller);
    let checks = match facts {
        CallFacts::Permissionless => {
            steps.set(4, StepState::Passed, "this call needs no permission");
            return None;
        }
        CallFacts::Unknown(cause) => {
            steps.refuse(4, &cause);
            return None;
        }
        CallFacts::Checks(checks) => checks,
    };
    if let Some(closed) =
        checks.iter().filter_map(|check| check.resource_account).find(|of| grounds.directory.is_closed(*of))
    {
        steps.refuse(4, &format!("account {closed} is closed"));
        return None;
    }
    let mut answered = Vec::new();
    for check in checks {
        match one(grounds, caller, origin, call, check, guardrails.as_deref()) {
            Ok(one) => answered.push(one),
            Err(cause) => {
                steps.refuse(9, &cause);
                return None;
            }
        }
    }
    *rulings = answered
        .iter()
        .map(|one| CheckRuling {
            action: one.check.action.to_string(),
            resource: one.check.subject.as_str().to_owned(),
            allowed: one.allowed(),
        })
        .collect();
    // What limits every channel of the account is asked for each check, before the ruling is told.
    let mut minimum = origin.chat().and_then(|_| layers::minimum_guardrails(grounds, call.account));
    if let Some(minimum) = &mut minimum {
        minimum.extend(layers::conversation(grounds, origin, call, PolicyType::Guardrail));
    }
    let below = minimum.as_ref().and_then(|minimum| {
        let place = answered.iter().position(|one| !trace::lets_through(grounds, &one.request, minimum))?;
        if let Some(ruling) = rulings.get_mut(place) {
            ruling.allowed = false;
        }
        Some((answered.get(place)?.request.clone(), minimum))
    });
    let denied = answered.iter().position(|one| !one.allowed());
    // What never runs from a channel is told of the action that is on the list, not of one that the call needs besides.
    let on_list = |one: &Answered| grounds.non_supported.holds(grounds.pack, one.check.action.as_str());
    let listed = steps.stopped(1).then(|| answered.iter().position(on_list)).flatten();
    let at = listed.or(denied).unwrap_or(0);
    let first = (at < answered.len()).then(|| answered.swap_remove(at))?;
    let focus = Focus { action: first.check.action.to_string(), resource: first.check.subject.as_str().to_owned() };
    let agent = match origin {
        Origin::Agent(agent) => Some((agent, first.request.clone())),
        _ => None,
    };
    let told = first.allowed() && grounds.detail == Detail::Brief && trace::brief(grounds, steps, &first);
    if !told {
        let decided = first.explained();
        if !decided.agreed {
            if let Some(ruling) = rulings.get_mut(at) {
                ruling.allowed = false;
            }
            steps.refuse(9, "the two evaluators of policies disagree about this call; report it to Bailiwick's makers");
        }
        trace::explain(grounds, steps, &decided, residual);
    }
    remote::tell(grounds, steps, caller, call);
    if let Some((request, minimum)) = below {
        minimum_layer(steps, &request, minimum);
    }
    if let Some((agent, request)) = agent {
        agent_layer(grounds, steps, &agent.chat.member, call, &request);
    }
    Some(focus)
}

/// What temporary credentials of users cannot do whatever their policies say.
/// Source: AWS's IAM guide, "Compare AWS STS credentials".
fn restriction(caller: &Caller, call: &Call) -> Option<&'static str> {
    let session = caller.session.as_ref().filter(|session| !session.console)?;
    let (service, operation) = (call.service.as_str(), call.operation.as_str());
    match &caller.principal {
        Principal::Federated { .. } => match service {
            "iam" => Some("a federated user cannot call IAM"),
            "sts" if operation != "GetCallerIdentity" => Some("a federated user cannot call STS"),
            _ => None,
        },
        // What the task policy of such a session allows is for the policy to say.
        Principal::Root { .. } if session.assumed_root => None,
        Principal::Root { .. } | Principal::User { .. } => match service {
            "iam" if session.mfa_at.is_none() => {
                Some("temporary credentials of a user cannot call IAM without multi-factor authentication")
            }
            "sts" if !matches!(operation, "AssumeRole" | "GetCallerIdentity") => {
                Some("temporary credentials of a user can only assume roles at STS")
            }
            _ => None,
        },
        _ => None,
    }
}

/// What a member reads who must act with a role of its own and has none.
pub(crate) const MUST_CHOOSE: &str = "members of this channel must choose a role of their own first: `@aws switch-role` says how, and an administrator can map one for you";

/// Layers 1, 2, 6 and the part of 4 that binds channels only; gives the guardrails.
fn chat_layers(
    grounds: &Grounds<'_>,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    facts: &CallFacts,
    steps: &mut Steps,
) -> Option<Vec<Policy>> {
    let chat = origin.chat()?;
    let operation = format!("{}:{}", call.service, call.operation);
    let actions: Vec<&str> = match facts {
        CallFacts::Checks(checks) => checks.iter().map(|check| check.action.as_str()).collect(),
        CallFacts::Permissionless | CallFacts::Unknown(_) => Vec::new(),
    };
    let actions = nonsupported::own_actions(grounds.pack, call, &actions);
    let found = grounds.non_supported.find(grounds.pack, &operation, &actions, &call.input);
    match found {
        Some(found) if found.opened => {
            let text = format!("{} is on the list; the configuration of this server opens {operation}", found.pattern);
            steps.set(1, StepState::Passed, &text);
        }
        Some(NotSupported { pattern, credentials: Some(why), .. }) => {
            steps.stop(1, DenialKind::Bailiwick, true, "it answers with credentials, which never come into a channel");
            let entry = format!("{pattern} ({why})");
            steps.quote(1, Some("non-supported operations".to_owned()), Some(entry), None);
        }
        Some(found) => {
            steps.stop(1, DenialKind::Bailiwick, true, "it is a non-supported operation");
            steps.quote(1, Some("non-supported operations".to_owned()), Some(found.pattern.to_owned()), None);
        }
        None => steps.set(1, StepState::Passed, ""),
    }
    let configuration = configuration(grounds.directory, chat, call.account);
    let account = grounds.directory.account(call.account);
    let role = account.zip(configuration).map(|(account, of)| channel_role(account, of, &chat.member));
    let chosen = role.as_ref().is_some_and(|role| role.chosen);
    match chatbot_policy::answer(grounds.directory, call.account, chat, configuration, chosen) {
        chatbot_policy::Answer::NotThere => {}
        chatbot_policy::Answer::Passes => {
            let text = chatbot_policy::origin(grounds.directory, call.account);
            steps.set(2, StepState::Passed, &text);
        }
        chatbot_policy::Answer::Refuses { text, value } => {
            steps.stop(2, DenialKind::Bailiwick, true, &text);
            steps.quote(2, Some(chatbot_policy::origin(grounds.directory, call.account)), None, value);
        }
    }
    let (Some(configuration), Some(role)) = (configuration, role) else {
        let text = format!("the channel is not bound to account {}", call.account);
        steps.refuse(6, &text);
        return None;
    };
    if chat.member.is_empty() {
        steps.refuse(4, "the platform does not say who asks, so nobody knows whose rights count");
    }
    let acts_with = match &caller.principal {
        Principal::RoleSession { role_arn, .. } => role_arn.as_str(),
        _ => "",
    };
    if role.choice_missing {
        steps.refuse(4, MUST_CHOOSE);
    } else if acts_with != role.arn {
        steps.refuse(4, "the caller does not act with the role of this channel");
    }
    match layers::guardrails(grounds, configuration) {
        Ok(guardrails) => guardrails,
        Err(cause) => {
            steps.refuse(6, &cause);
            None
        }
    }
}

/// The part of layer 6 that the account sets for all its channels.
fn minimum_layer(steps: &mut Steps, request: &Request, minimum: &[Policy]) {
    if steps.stopped(6) {
        return;
    }
    let gate = trace::gate(request, minimum);
    let text = format!("the account's minimum for every channel: {}", gate.text(&request.action, minimum));
    steps.stop(6, DenialKind::Bailiwick, gate.explicit(), &text);
    let names: Vec<&str> = minimum.iter().map(Policy::name).collect();
    steps.quote(6, Some(names.join(", ")), gate.quote(minimum), None);
}

/// Layer 7: an agent never has more rights than its person. Who the person is must be known; where the person is also an
/// IAM user, that user's policies are a gate of their own.
fn agent_layer(grounds: &Grounds<'_>, steps: &mut Steps, member: &str, call: &Call, request: &Request) {
    let Some(person) = grounds.directory.person(member) else {
        steps.refuse(7, "the person the agent acts for is not known");
        return;
    };
    let Some(arn) = &person.iam_principal else {
        steps.set(7, StepState::Passed, &format!("acts for {}, with what this channel gives", person.name));
        return;
    };
    let account = grounds.directory.account(call.account);
    let user = account.and_then(|account| account.users().find(|user| user.arn == *arn).map(|user| (account, user)));
    match user {
        Some((account, user)) => {
            let (policies, _) = layers::user_layers(grounds, account, &user.record.id);
            let gate = trace::gate(request, &policies);
            let text = format!("{}'s own rights: {}", person.name, gate.text(&request.action, &policies));
            if gate.allows() {
                steps.set(7, StepState::Passed, &text);
            } else {
                steps.stop(7, DenialKind::Bailiwick, gate.explicit(), &text);
            }
        }
        None => steps.refuse(7, "the rights of the person the agent acts for are not known"),
    }
}

fn one(
    grounds: &Grounds<'_>,
    caller: &Caller,
    origin: &Origin,
    call: &Call,
    check: Check,
    guardrails: Option<&[Policy]>,
) -> Result<Answered, String> {
    let context: Context = context::context(grounds.directory, grounds.pack, caller, origin, call, &check, grounds.now)
        .ok_or("the call has more condition keys than can be decided")?;
    let principal = layers::principal(grounds, caller).ok_or("the caller's ARN cannot be read")?;
    let left = grounds.remotes.leaves(call.account, &call.service);
    let mut layers = layers::layers(grounds, caller, &check, guardrails, left);
    let conversation = |kind| layers::conversation(grounds, origin, call, kind);
    layers.identity.iter_mut().for_each(|list| list.extend(conversation(PolicyType::Identity)));
    layers.guardrail.iter_mut().for_each(|list| list.extend(conversation(PolicyType::Guardrail)));
    let resource = match &check.subject {
        Subject::Any => Resource::Any,
        Subject::Arn(arn) => Resource::Arn(arn.clone()),
        Subject::Unknown(form) => Resource::Arn(unknown::placeholder(form)),
    };
    let request = Request {
        principal,
        action: check.action.to_string(),
        resource,
        // Whether a resource of yet another account lets the session in is for its own policy to say, which is not here.
        resource_account: if left { Some(call.account) } else { check.resource_account },
        wildcard_only: check.wildcard_only,
        context,
    };
    let outcome = grounds.directory.engines().engine(&layers).engine.decide(&request);
    let unknown = match &check.subject {
        Subject::Unknown(form) => unknown::matters(&layers, check.action.as_str(), form).map(str::to_owned),
        Subject::Any | Subject::Arn(_) => None,
    };
    Ok(Answered { check, request, layers, outcome, unknown })
}
