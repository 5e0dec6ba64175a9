use super::{Simulation, SimulationError, action, context};
use crate::lint::{Known, Vocabulary};
use crate::{Context, Policy, PolicyType, Principal, Value};
use bailiwick_ident::{AccountId, Arn};

/// A question that was checked and read.
pub(super) struct Prepared {
    pub(super) identity: Vec<Policy>,
    pub(super) boundary: Option<Policy>,
    pub(super) scp: Vec<Vec<Policy>>,
    pub(super) resource: Option<Policy>,
    pub(super) caller: Principal,
    pub(super) cross_account: bool,
    pub(super) context: Context,
    /// The keys that the request supplies. The account of whoever asks is in the context and yet reported as missing.
    pub(super) supplied: Context,
}

/// Checks `PolicySourceArn`: a user, group or role of the requester's account. Whether it is there is for the caller to say, with
/// [`SimulationError::no_such_entity`].
pub fn policy_source(text: &str, requester: AccountId) -> Result<Arn, SimulationError> {
    let invalid = || SimulationError::input(format!("Invalid ARN provided in the request: {text}"));
    let arn = Arn::parse(text).map_err(|_| invalid())?;
    let kind = arn.resource().split_once('/').map(|(kind, _)| kind);
    if arn.service() != "iam" || !matches!(kind, Some("user" | "group" | "role")) {
        return Err(invalid());
    }
    if arn.account() != requester.as_str() {
        let account = arn.account();
        return Err(SimulationError::input(format!(
            "Invalid Policy Source Arn: caller's account {requester} does not have access to policies in account {account}."
        )));
    }
    Ok(arn)
}

/// Reads a policy of a list of the request.
pub(super) fn input_policy(id: &str, n: usize, text: &str) -> Result<Policy, SimulationError> {
    let policy = Policy::read(id, PolicyType::Identity, text);
    match policy.document() {
        Some(_) => Ok(policy),
        None => Err(SimulationError::input(format!("Policy input list item {} has invalid content", n + 1))),
    }
}

pub(super) fn prepare(question: &Simulation, vocabulary: &dyn Vocabulary) -> Result<Prepared, SimulationError> {
    if question.permissions_boundary.len() > 1 {
        return Err(SimulationError::input("The list of Permissions Boundary policies cannot exceed 1 items."));
    }
    let read = |(n, source): (usize, &super::SourcePolicy)| input_policy(&source.id, n, &source.text);
    let identity = question.policies.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let boundary = question.permissions_boundary.iter().enumerate().map(read).next().transpose()?;
    let scp = organization(&question.organization_policies)?;
    check_actions(question, vocabulary)?;
    let resource = resource_policy(question)?;
    check_resources(question)?;
    let caller = caller(question)?;
    let owner = owner(question)?;
    let mut supplied = context::read(&question.context_entries)?;
    add_caller(&mut supplied, &caller);
    let mut context = supplied.clone();
    if let (Some(account), None) = (question.requester_account, context.get("aws:PrincipalAccount")) {
        context.set("aws:PrincipalAccount", Value::One(account.to_string()));
    }
    let cross_account = match (owner, caller.account().or(question.requester_account)) {
        (Some(owner), Some(account)) => owner != account,
        _ => false,
    };
    Ok(Prepared { identity, boundary, scp, resource, caller, cross_account, context, supplied })
}

fn organization(levels: &[Vec<String>]) -> Result<Vec<Vec<Policy>>, SimulationError> {
    let level = |(n, texts): (usize, &Vec<String>)| {
        if texts.is_empty() {
            return Err(SimulationError::input(format!(
                "Organization policy at index {} must contain at least one service control policy",
                n + 1
            )));
        }
        texts.iter().enumerate().map(|(m, text)| input_policy("ServiceControlPolicyInputList", m, text)).collect()
    };
    levels.iter().enumerate().map(level).collect()
}

fn check_actions(question: &Simulation, vocabulary: &dyn Vocabulary) -> Result<(), SimulationError> {
    if question.action_names.iter().any(|name| !name.contains(':')) {
        return Err(SimulationError::input("The action is invalid since it is missing names"));
    }
    if question.resource_arns.is_empty() {
        return Ok(());
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for name in &question.action_names {
        match action::facts(name, vocabulary) {
            Known::Yes(_) => known.push(name.as_str()),
            Known::No => unknown.push(name.as_str()),
            Known::Unknown => {}
        }
    }
    if known.is_empty() || unknown.is_empty() {
        return Ok(());
    }
    Err(SimulationError::input(format!(
        "Invalid Input Actions: [{}] and [{}] require different authorization information. ",
        known.join(","),
        unknown.join(",")
    )))
}

fn not_an_arn(text: &str) -> SimulationError {
    SimulationError::input(format!("ResourceNames are not in a valid ARN format: {text}."))
}

fn check_resources(question: &Simulation) -> Result<(), SimulationError> {
    let bad = |text: &&String| *text != "*" && Arn::parse(text).is_err();
    question.resource_arns.iter().find(bad).map_or(Ok(()), |text| Err(not_an_arn(text)))
}

/// Reads the resource policy. It is for resources that are named, by it and by the request.
fn resource_policy(question: &Simulation) -> Result<Option<Policy>, SimulationError> {
    let Some(text) = &question.resource_policy else { return Ok(None) };
    if question.resource_arns.is_empty() || question.resource_arns.iter().any(|arn| arn == "*") {
        return Err(SimulationError::input("Invalid Entity Arn: * does not clearly define entity type and name."));
    }
    let policy = Policy::read("ResourcePolicy", PolicyType::Resource, text);
    let Some(document) = policy.document() else {
        return Err(SimulationError::input("Policy input list item 1 has invalid content"));
    };
    let elements = document.statements.iter().filter_map(|statement| statement.resource.as_ref());
    if elements.flat_map(|element| &element.patterns).any(|pattern| pattern.value == "*") {
        return Err(not_an_arn("*"));
    }
    Ok(Some(policy))
}

fn caller(question: &Simulation) -> Result<Principal, SimulationError> {
    match &question.caller_arn {
        None => Ok(Principal::Anonymous),
        Some(text) => Principal::from_arn_text(text)
            .map_err(|_| SimulationError::input(format!("Invalid ARN provided in the request: {text}"))),
    }
}

/// `ResourceOwner`, an ARN whose account counts.
fn owner(question: &Simulation) -> Result<Option<AccountId>, SimulationError> {
    let Some(text) = &question.resource_owner else { return Ok(None) };
    match Arn::parse(text).ok().and_then(|arn| arn.account_id()) {
        Some(account) => Ok(Some(account)),
        None => Err(SimulationError::input(format!("'{text}' is not a valid as a Resource Owner."))),
    }
}

/// The keys that the caller's ARN supplies; what the request sets itself counts before them.
fn add_caller(context: &mut Context, caller: &Principal) {
    let (arn, account) = match caller {
        Principal::RoleSession { role_arn, .. } => (Some(role_arn), caller.account()),
        _ => (caller.arn(), caller.account()),
    };
    let name = match caller {
        Principal::User { arn, .. } => arn.resource().rsplit('/').next(),
        _ => None,
    };
    let values = [
        ("aws:PrincipalArn", arn.map(|arn| arn.as_str().to_owned())),
        ("aws:PrincipalAccount", account.map(|account| account.to_string())),
        ("aws:username", name.map(str::to_owned)),
    ];
    for (key, value) in values {
        if let (Some(value), None) = (value, context.get(key)) {
            context.set(key, Value::One(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_source_is_a_user_group_or_role_of_the_account() {
        let account = AccountId::parse("123456789012").unwrap();
        for good in ["user/team/dana", "group/ops", "role/ops"] {
            assert!(policy_source(&format!("arn:aws:iam::123456789012:{good}"), account).is_ok(), "{good}");
        }
        for bad in [
            "arn:aws:iam::123456789012:root",
            "arn:aws:sts::123456789012:assumed-role/ops/dana",
            "arn:aws:iam::123456789012:policy/ops",
            "not-an-arn-but-long-enough",
        ] {
            let error = policy_source(bad, account).unwrap_err();
            assert_eq!(error.message, format!("Invalid ARN provided in the request: {bad}"));
        }
        let error = policy_source("arn:aws:iam::999999999999:user/dana", account).unwrap_err();
        assert_eq!(
            error.message,
            "Invalid Policy Source Arn: caller's account 123456789012 does not have access to policies in account 999999999999."
        );
    }
}
