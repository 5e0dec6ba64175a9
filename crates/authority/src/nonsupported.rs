//! Operations that are never run from a channel: the service's own list, kept complete over its editions, and whatever
//! answers with credentials. The list is data.

use std::collections::BTreeSet;

use serde::Deserialize;

/// The list of operations that channels do not run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonSupported {
    listed: Vec<String>,
    credentials: Vec<String>,
    /// Operations that the server's configuration opens, in lower case.
    #[serde(skip)]
    opened: BTreeSet<String>,
}

/// A name that cannot be taken off the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is no single operation.
    #[error("`{0}` is no single operation; write `service:Operation`, such as `dynamodb:GetItem`")]
    NotSingle(String),
    /// The list does not hold it.
    #[error("`{0}` is not on the list of non-supported operations, so there is nothing to open; take it out")]
    NotListed(String),
}

/// Why an operation is not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotSupported<'a> {
    /// The entry that matched.
    pub(crate) pattern: &'a str,
    /// It answers with credentials.
    pub(crate) credentials: bool,
    /// The server's configuration lets channels run it nevertheless.
    pub(crate) opened: bool,
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

    /// The entry that speaks of a call, if one does: of its `service:Operation` or of one of its IAM actions.
    pub(crate) fn find<'a, 'n>(
        &'a self,
        operation: &str,
        actions: impl Iterator<Item = &'n str> + Clone,
    ) -> Option<NotSupported<'a>> {
        let opened = !self.opened.is_empty() && self.opened.contains(&operation.to_ascii_lowercase());
        let hit = |list: &'a [String], credentials| {
            let named =
                |pattern: &&String| matches(pattern, operation) || actions.clone().any(|name| matches(pattern, name));
            Some(NotSupported { pattern: list.iter().find(named)?, credentials, opened })
        };
        hit(&self.listed, false).or_else(|| hit(&self.credentials, true))
    }

    /// The same list with single operations opened: a decision of whoever runs the server, which no policy can make. Every
    /// other operation stays closed, also those that ask for the same IAM action.
    ///
    /// # Errors
    /// A name with a `*`, or one that the list does not hold.
    pub fn opening(mut self, operations: &[String]) -> Result<Self, OpenError> {
        for name in operations {
            let single = name.split_once(':').is_some_and(|(service, operation)| {
                let word =
                    |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                word(service) && word(operation)
            });
            if !single {
                return Err(OpenError::NotSingle(name.clone()));
            }
            if self.find(name, std::iter::empty()).is_none() {
                return Err(OpenError::NotListed(name.clone()));
            }
            self.opened.insert(name.to_ascii_lowercase());
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Option<String> {
        let (operation, actions) = names.split_last().unwrap();
        let list = NonSupported::read().unwrap();
        list.find(operation, actions.iter().copied()).map(|found| found.pattern.to_owned())
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
        let found = list.find("ssm:StartSession", std::iter::empty()).unwrap();
        assert!(found.credentials && !found.opened);
    }

    /// Every entry of the guide's first list, as that guide spells it, and of the list as AWS keeps it now.
    #[test]
    fn the_whole_list_of_the_guide_is_closed() {
        let guide = "appsync:ListApiKeys chatbot:X codecommit:GetFile codecommit:GetCommit codecommit:GetDifferences \
            cognito-idp:X cognito-identity:X connect:GetFederationToken dynamodb:BatchGetItem dynamodb:GetItem \
            ec2:GetPasswordData ecr:GetAuthorizationToken ecr:GetLogin gamelift:RequestUploadCredentials \
            gamelift:GetInstanceAccess identitystore:X lightsail:DownloadDefaultKeyPair \
            lightsail:GetInstanceAccessDetail lightsail:GetKeyPair lightsail:GetKeyPairs \
            lightsail:UpdateRelationalDatabase iam:X kms:X redshift:GetClusterCredentials sdb:X secretsmanager:X sso:X \
            sso-admin:X sso-oidc:X storagegateway:DescribeChapCredentials sts:X s3:GetObject s3:HeadObject s3:PutObject \
            s3:GetBucketPolicy snowball:GetJobUnlockCode";
        let names: Vec<&str> = guide.split_whitespace().collect();
        assert_eq!(names.len(), 36);
        for name in names {
            assert!(found(&[name]).is_some(), "{name}");
            assert!(found(&[name, "other:Operation"]).is_some(), "{name} as an IAM action");
        }
    }

    #[test]
    fn the_server_opens_single_operations_only() {
        let open = |names: &[&str]| {
            NonSupported::read().unwrap().opening(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let list = open(&["DynamoDB:getitem"]).unwrap();
        assert!(list.find("dynamodb:GetItem", ["dynamodb:GetItem"].into_iter()).unwrap().opened);
        // Another operation that asks for the same action stays closed.
        assert!(!list.find("dynamodb:ExecuteStatement", ["dynamodb:GetItem"].into_iter()).unwrap().opened);
        assert!(!list.find("dynamodb:BatchGetItem", std::iter::empty()).unwrap().opened);
        for wrong in ["dynamodb:*", "dynamodb", "dynamodb:", "*", "dynamodb:Get?tem"] {
            assert_eq!(open(&[wrong]).unwrap_err(), OpenError::NotSingle(wrong.to_owned()));
        }
        assert_eq!(open(&["sns:Publish"]).unwrap_err(), OpenError::NotListed("sns:Publish".to_owned()));
    }
}
