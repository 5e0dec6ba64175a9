use crate::{AccountId, NameError, text_name};

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`. Region and account may be empty; the
/// resource part may hold further colons and slashes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn(String);

impl Arn {
    /// The longest ARN that is read; AWS's models allow up to 2,048 characters.
    pub const MAX_LENGTH: usize = 2048;

    /// Reads an ARN: six parts, a partition, a service and a resource that are not empty.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let bad = || NameError::new(text, "an ARN of the form arn:partition:service:region:account:resource");
        if text.len() > Self::MAX_LENGTH || text.chars().any(char::is_control) {
            return Err(bad());
        }
        let mut parts = text.splitn(6, ':');
        let whole = parts.next() == Some("arn")
            && parts.next().is_some_and(|partition| !partition.is_empty())
            && parts.next().is_some_and(|service| !service.is_empty())
            && parts.next().is_some()
            && parts.next().is_some()
            && parts.next().is_some_and(|resource| !resource.is_empty());
        if whole { Ok(Arn(text.to_owned())) } else { Err(bad()) }
    }

    /// Builds an ARN from its parts; `region` and `account` may be empty.
    pub fn new(partition: &str, service: &str, region: &str, account: &str, resource: &str) -> Result<Self, NameError> {
        Self::parse(&format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// The partition, for example `aws`.
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// The service, for example `sns`.
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// The Region; empty for global resources.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account part as written; may be empty or `aws`.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// The account, when the account part is one.
    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::parse(self.account()).ok()
    }

    /// Everything after the fifth colon.
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

text_name!(Arn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_an_arn() {
        let arn = Arn::parse("arn:aws:sns:us-east-1:444455556666:alarms:5be6:x").unwrap();
        assert_eq!(arn.partition(), "aws");
        assert_eq!(arn.service(), "sns");
        assert_eq!(arn.region(), "us-east-1");
        assert_eq!(arn.account_id().unwrap().as_str(), "444455556666");
        assert_eq!(arn.resource(), "alarms:5be6:x");
        assert_eq!(Arn::parse("arn:aws:s3:::b/k").unwrap().account_id(), None);
        for bad in
            ["", "arn", "arn:aws:sns:us-east-1:444455556666", "arn:aws:sns:r:a:", "x:aws:s:r:a:b", "arn::s:r:a:b"]
        {
            assert!(Arn::parse(bad).is_err(), "{bad:?}");
        }
    }
}
