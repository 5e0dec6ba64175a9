use crate::{Context, Principal};
use bailiwick_ident::AccountId;

/// What a call acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// No single resource: AWS writes `*`.
    Any,
    /// One resource, by its ARN.
    Arn(String),
}

impl Resource {
    /// Reads `*` or an ARN. The ARN is kept as it is written; one that is malformed matches only patterns that would match
    /// its text.
    pub fn from_text(text: &str) -> Self {
        if text == "*" { Resource::Any } else { Resource::Arn(text.to_owned()) }
    }

    /// The ARN, or `*`.
    pub fn as_str(&self) -> &str {
        match self {
            Resource::Any => "*",
            Resource::Arn(arn) => arn,
        }
    }
}

/// One question: may this principal do this action on this resource, in this context?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The IAM action, `service:Name`. Case does not matter.
    pub action: String,
    /// What is acted on.
    pub resource: Resource,
    /// The account that owns the resource. `None`: the account written in the resource's ARN, and when there is none either,
    /// the principal's own account.
    pub resource_account: Option<AccountId>,
    /// The action takes no resource (AWS's reference lists none for it): in policies only a literal `*` matches.
    pub wildcard_only: bool,
    /// The condition keys of the request. It is complete: nothing is derived from the other fields.
    pub context: Context,
}

impl Request {
    /// The account that owns the resource: as stated, else from its ARN, else the caller's own.
    pub fn owner(&self) -> Option<AccountId> {
        self.resource_account.or_else(|| arn_account(self.resource.as_str())).or_else(|| self.principal.account())
    }

    /// Whether caller and resource belong to different accounts. Services and anonymous callers have no account and are
    /// never of another one.
    pub fn is_cross_account(&self) -> bool {
        match (self.principal.account(), self.owner()) {
            (Some(caller), Some(owner)) => caller != owner,
            _ => false,
        }
    }
}

/// The account part of an ARN, when it is an account id.
pub(crate) fn arn_account(arn: &str) -> Option<AccountId> {
    let rest = arn.strip_prefix("arn:")?;
    AccountId::parse(rest.split(':').nth(3)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(resource: &str, stated: Option<&str>) -> Request {
        Request {
            principal: Principal::from_arn_text("arn:aws:iam::111122223333:user/dana").unwrap(),
            action: "sns:Publish".to_owned(),
            resource: Resource::from_text(resource),
            resource_account: stated.map(|text| AccountId::parse(text).unwrap()),
            wildcard_only: false,
            context: Context::new(),
        }
    }

    #[test]
    fn the_owner_is_stated_or_read_or_the_caller() {
        let topic = "arn:aws:sns:us-east-1:444455556666:alarms";
        assert_eq!(request(topic, None).owner().unwrap().as_str(), "444455556666");
        assert!(request(topic, None).is_cross_account());
        assert!(!request(topic, Some("111122223333")).is_cross_account());
        assert!(!request("arn:aws:s3:::bucket/key", None).is_cross_account());
        assert!(request("arn:aws:s3:::bucket/key", Some("444455556666")).is_cross_account());
        assert!(!request("*", None).is_cross_account());
    }
}
