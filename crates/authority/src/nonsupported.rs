//! Operations that are never run from a channel: the service's own list, kept complete over its editions, and whatever
//! answers with credentials. The list is data.

use serde::Deserialize;

/// The list of operations that channels do not run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonSupported {
    listed: Vec<String>,
    credentials: Vec<String>,
}

/// Why an operation is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotSupported<'a> {
    /// The entry that matched.
    pub(crate) pattern: &'a str,
    /// It answers with credentials.
    pub(crate) credentials: bool,
}

/// Entries are `service:Name` or `service:*`, compared without regard to case.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

impl NonSupported {
    /// Reads the list that the program carries.
    ///
    /// # Errors
    /// It does not read; a test keeps that from being built.
    pub fn read() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../data/non_supported.toml"))
    }

    /// The entry that keeps a call from being run, if one does. `names` are the call's IAM actions and its
    /// `service:Operation`.
    pub(crate) fn find<'a, 'n>(&'a self, names: impl Iterator<Item = &'n str> + Clone) -> Option<NotSupported<'a>> {
        let hit = |list: &'a [String], credentials| {
            let pattern = list.iter().find(|pattern| names.clone().any(|name| matches(pattern, name)))?;
            Some(NotSupported { pattern, credentials })
        };
        hit(&self.listed, false).or_else(|| hit(&self.credentials, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Option<String> {
        NonSupported::read().unwrap().find(names.iter().copied()).map(|found| found.pattern.to_owned())
    }

    #[test]
    fn the_list_matches_actions_and_operations_in_any_case() {
        assert_eq!(found(&["iam:ListUsers"]).as_deref(), Some("iam:*"));
        assert_eq!(found(&["IAM:listusers"]).as_deref(), Some("iam:*"));
        // `sso-admin` is no IAM prefix: only the operation's own name shows it.
        assert_eq!(found(&["sso:ListInstances", "sso-admin:ListInstances"]).as_deref(), Some("sso-admin:*"));
        // The guide misspells this action; both spellings are kept.
        assert_eq!(
            found(&["lightsail:GetInstanceAccessDetails"]).as_deref(),
            Some("lightsail:GetInstanceAccessDetails")
        );
        assert_eq!(found(&["lightsail:GetInstanceAccessDetail"]).as_deref(), Some("lightsail:GetInstanceAccessDetail"));
        assert_eq!(found(&["s3:GetObject", "s3api:HeadObject"]).as_deref(), Some("s3:GetObject"));
    }

    #[test]
    fn what_is_not_on_the_list_may_be_asked() {
        for name in ["sns:ListTopics", "ec2:DescribeInstances", "iamx:Get", "organizations:DescribeOrganization"] {
            assert_eq!(found(&[name]), None, "{name}");
        }
    }

    #[test]
    fn credentials_never_come_into_a_channel() {
        let list = NonSupported::read().unwrap();
        let found = list.find(["ssm:StartSession"].into_iter()).unwrap();
        assert!(found.credentials);
    }
}
