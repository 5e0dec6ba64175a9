use super::AwsError;
use crate::document::{PrincipalKind, PrincipalSet};
use crate::oracle::pattern::action_matches;
use crate::{Document, Policy, PolicyType};
use bailiwick_ident::{AccountId, Arn};

/// A policy with rules of one service, beyond those of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServicePolicy {
    /// The resource policy of an organization, by which the management account delegates the management of policies.
    Delegation,
    /// The policy of an SNS topic.
    Topic,
}

impl ServicePolicy {
    /// Every one.
    pub const ALL: [ServicePolicy; 2] = [ServicePolicy::Delegation, ServicePolicy::Topic];

    /// `delegation` or `topic`, as conformance cases spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            ServicePolicy::Delegation => "delegation",
            ServicePolicy::Topic => "topic",
        }
    }
}

/// Whether the service would store a document, and how it refuses. `accounts`: those that principals may name, where that is known;
/// Organizations refuses an account that is not there.
/// Source: AWS's recorded answers (`testdata/captured_service_grammar.jsonl`), AWS's Organizations guide, "Delegated administrator for AWS
/// Organizations", and AWS's SNS developer guide, "Amazon SNS API permissions: actions and resources reference".
pub fn check_service(kind: ServicePolicy, text: &str, accounts: Option<&[AccountId]>) -> Result<(), AwsError> {
    let policy = Policy::read(kind.as_str(), PolicyType::Resource, text);
    match (kind, policy.document()) {
        (ServicePolicy::Delegation, None) => Err(not_json()),
        (ServicePolicy::Delegation, Some(document)) => delegation(document, accounts),
        (ServicePolicy::Topic, None) => Err(invalid_parameter("Policy Error: null")),
        (ServicePolicy::Topic, Some(document)) => topic(document),
    }
}

fn invalid_parameter(problem: &str) -> AwsError {
    AwsError { code: "InvalidParameter", message: format!("Invalid parameter: {problem}") }
}

fn not_json() -> AwsError {
    AwsError { code: "InvalidInputException", message: "This resource-based policy contains invalid JSON.".to_owned() }
}

/// What may be delegated: policies, and reading what is needed to manage them.
const DELEGATED: &[&str] = &[
    "organizations:AttachPolicy",
    "organizations:CreatePolicy",
    "organizations:DeletePolicy",
    "organizations:DetachPolicy",
    "organizations:DisablePolicyType",
    "organizations:EnablePolicyType",
    "organizations:TagResource",
    "organizations:UntagResource",
    "organizations:UpdatePolicy",
];

fn delegation(document: &Document, accounts: Option<&[AccountId]>) -> Result<(), AwsError> {
    for statement in &document.statements {
        let negated = statement.action.negated || statement.resource.as_ref().is_some_and(|element| element.negated);
        let Some(who) = statement.principal.as_ref().filter(|who| !who.negated && !negated) else {
            return Err(not_json());
        };
        if let PrincipalSet::Listed(entries) = &who.principals {
            let known = |text: &str| text == "*" || account(text).is_some_and(|id| is_member(id, accounts));
            let mut aws = entries.iter().filter(|entry| entry.kind == PrincipalKind::Aws);
            if aws.any(|entry| !known(&entry.value)) {
                return Err(not_json());
            }
        }
        for action in &statement.action.patterns {
            let lower = action.to_ascii_lowercase();
            let reads = ["organizations:list", "organizations:describe"].iter().any(|start| lower.starts_with(start));
            if !reads && !DELEGATED.iter().any(|known| known.eq_ignore_ascii_case(action)) {
                return Err(AwsError {
                    code: "InvalidInputException",
                    message: format!("{} is not a supported action for this resource-based policy.", action.value),
                });
            }
        }
    }
    Ok(())
}

/// The account a principal names: twelve digits, or the ARN of its root.
fn account(text: &str) -> Option<AccountId> {
    if let Ok(id) = AccountId::parse(text) {
        return Some(id);
    }
    let arn = Arn::parse(text).ok()?;
    (arn.service() == "iam" && arn.resource() == "root").then(|| arn.account_id()).flatten()
}

fn is_member(id: AccountId, accounts: Option<&[AccountId]>) -> bool {
    accounts.is_none_or(|known| known.contains(&id))
}

/// What a topic's policy may speak of: the actions that act on one topic.
const OF_TOPICS: &[&str] = &[
    "sns:AddPermission",
    "sns:DeleteTopic",
    "sns:GetDataProtectionPolicy",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTagsForResource",
    "sns:Publish",
    "sns:PutDataProtectionPolicy",
    "sns:Receive",
    "sns:RemovePermission",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sns:TagResource",
    "sns:UntagResource",
];

/// Others of SNS's actions, which a wildcard must not reach. One of each kind is enough to know `sns:*` and `sns:Get*` by.
const NOT_OF_TOPICS: &[&str] = &[
    "sns:CheckIfPhoneNumberIsOptedOut",
    "sns:ConfirmSubscription",
    "sns:CreateTopic",
    "sns:DeleteEndpoint",
    "sns:GetSubscriptionAttributes",
    "sns:ListTopics",
    "sns:OptInPhoneNumber",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "sns:VerifySMSSandboxPhoneNumber",
];

fn topic(document: &Document) -> Result<(), AwsError> {
    let statements = document.statements.iter();
    let out_of_scope = |pattern: &str| {
        let reaches = |actions: &[&str]| actions.iter().any(|action| action_matches(pattern, action));
        !reaches(OF_TOPICS) || reaches(NOT_OF_TOPICS)
    };
    for pattern in statements.flat_map(|statement| &statement.action.patterns) {
        if out_of_scope(pattern) {
            return Err(invalid_parameter("Policy statement action out of service scope!"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: ServicePolicy, who: &str, rest: &str) -> Option<String> {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{who},{rest}}}}}"#);
        let members = [AccountId::parse("111122223333").unwrap()];
        check_service(kind, &text, Some(&members)).err().map(|error| error.message)
    }

    #[test]
    fn topics_speak_of_topics() {
        let topic = |actions: &str| {
            said(ServicePolicy::Topic, r#""Principal":"*""#, &format!(r#""Action":{actions},"Resource":"*""#)).is_none()
        };
        for good in [r#""sns:Publish""#, r#"["SNS:Subscribe","sns:publish"]"#, r#""sns:Publ*""#] {
            assert!(topic(good), "{good}");
        }
        for bad in
            [r#""*""#, r#""sns:*""#, r#""SNS:*""#, r#""sns:Get*""#, r#""sqs:SendMessage""#, r#""sns:CreateTopic""#]
        {
            assert!(!topic(bad), "{bad}");
        }
        let broken = check_service(ServicePolicy::Topic, "{", None).unwrap_err();
        assert_eq!(broken.message, "Invalid parameter: Policy Error: null");
    }

    #[test]
    fn delegation_is_to_accounts_and_of_policies() {
        let rest = r#""Action":"organizations:ListPolicies","Resource":"*""#;
        let to = |who: &str| said(ServicePolicy::Delegation, who, rest).is_none();
        for good in [
            r#""Principal":"*""#,
            r#""Principal":{"AWS":"111122223333"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#,
            r#""Principal":{"Service":"kms.amazonaws.com"}"#,
        ] {
            assert!(to(good), "{good}");
        }
        for bad in [
            r#""Principal":{"AWS":"444455556666"}"#,
            r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/ops"}"#,
            r#""NotPrincipal":{"AWS":"111122223333"}"#,
        ] {
            assert!(!to(bad), "{bad}");
        }
        let of = |rest: &str| said(ServicePolicy::Delegation, r#""Principal":"*""#, rest);
        assert_eq!(of(r#""Action":["organizations:Describe*","organizations:EnablePolicyType"],"Resource":"*""#), None);
        assert_eq!(
            of(r#""Action":"organizations:*","Resource":"*""#).as_deref(),
            Some("organizations:* is not a supported action for this resource-based policy.")
        );
        assert!(of(r#""NotAction":"organizations:ListPolicies","Resource":"*""#).is_some());
        assert!(of(r#""Action":"organizations:ListPolicies","NotResource":"*""#).is_some());
    }
}
