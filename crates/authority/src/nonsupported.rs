//! Operations that are never run from a channel: the service's own list, kept complete over its editions, and whatever
//! answers with credentials. The lists are data.

use std::collections::BTreeSet;

use bailiwick_aws::{Value, pack::Pack};
use serde::Deserialize;

use crate::call::Call;

/// The list of operations that channels do not run.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NonSupported {
    listed: Vec<String>,
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
    /// What comes back, where it answers with credentials.
    pub(crate) credentials: Option<&'a str>,
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

    /// The entry that speaks of a call, if one does: of its `service:Operation` or of one of its own IAM actions.
    pub(crate) fn find<'a>(
        &'a self,
        pack: &'a Pack,
        operation: &'a str,
        actions: &[&'a str],
        input: &Value,
    ) -> Option<NotSupported<'a>> {
        let opened = !self.opened.is_empty() && self.opened.contains(&operation.to_ascii_lowercase());
        let named =
            |pattern: &&String| matches(pattern, operation) || actions.iter().any(|name| matches(pattern, name));
        if let Some(pattern) = self.listed.iter().find(named) {
            return Some(NotSupported { pattern, credentials: None, opened });
        }
        let names = std::iter::once(operation).chain(actions.iter().copied());
        let (pattern, entry) = pack.answers_with_credentials(names, input)?;
        Some(NotSupported { pattern, credentials: Some(&entry.why), opened })
    }

    /// Whether an IAM action is on the list by its own name.
    pub(crate) fn holds(&self, pack: &Pack, action: &str) -> bool {
        self.listed.iter().any(|pattern| matches(pattern, action)) || pack.credential_entry(action).is_some()
    }

    /// The operations that the server's configuration opens, in lower case.
    pub(crate) fn opened(&self) -> impl Iterator<Item = &str> {
        self.opened.iter().map(String::as_str)
    }

    /// The same list with single operations opened: a decision of whoever runs the server, which no policy can make. Every
    /// other operation stays closed, also those that ask for the same IAM action.
    ///
    /// # Errors
    /// A name with a `*`, or one that the list does not hold.
    pub fn opening(mut self, pack: &Pack, operations: &[String]) -> Result<Self, OpenError> {
        for name in operations {
            let single = name.split_once(':').is_some_and(|(service, operation)| {
                let word =
                    |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                word(service) && word(operation)
            });
            if !single {
                return Err(OpenError::NotSingle(name.clone()));
            }
            // Some answer with credentials for some inputs only, so the list is asked without one.
            if !self.holds(pack, name) {
                return Err(OpenError::NotListed(name.clone()));
            }
            self.opened.insert(name.to_ascii_lowercase());
        }
        Ok(self)
    }
}

/// Those of a call's IAM actions by which it is looked for. An action that the call only needs besides, such as
/// `iam:PassRole` for `lambda:CreateFunction`, does not make it an operation of that service.
pub(crate) fn own_actions<'n>(pack: &Pack, call: &Call, actions: &[&'n str]) -> Vec<&'n str> {
    let map = pack.action_map(&call.service).ok().flatten();
    let prefix = map.as_ref().and_then(|map| map.prefix.as_deref()).unwrap_or(&call.service);
    let is_own = |action: &&&str| {
        let (service, name) = action.split_once(':').unwrap_or_default();
        service.eq_ignore_ascii_case(prefix) || name.eq_ignore_ascii_case(&call.operation)
    };
    let own: Vec<&str> = actions.iter().filter(is_own).copied().collect();
    if own.is_empty() { actions.to_vec() } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Option<String> {
        let (operation, actions) = names.split_last().unwrap();
        let (list, pack) = (NonSupported::read().unwrap(), Pack::embedded().unwrap());
        list.find(&pack, operation, actions, &Value::empty()).map(|found| found.pattern.to_owned())
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
        let (list, pack) = (NonSupported::read().unwrap(), Pack::embedded().unwrap());
        let found = list.find(&pack, "ssm:StartSession", &[], &Value::empty()).unwrap();
        assert!(found.credentials == Some("a session's token and stream") && !found.opened);
        let found = list.find(&pack, "mwaa:X", &["airflow:createclitoken"], &Value::empty()).unwrap();
        assert_eq!(found.pattern, "airflow:createclitoken");
        let decrypted = Value::map([("WithDecryption", Value::Boolean(true))]);
        assert!(list.find(&pack, "ssm:GetParameter", &[], &decrypted).is_some());
        assert!(list.find(&pack, "ssm:GetParameter", &[], &Value::empty()).is_none());
    }

    #[test]
    fn an_action_that_is_needed_besides_does_not_count() {
        let pack = Pack::embedded().unwrap();
        let own = |service: &str, operation: &str, actions: &[&'static str]| {
            let call = Call {
                service: service.to_owned(),
                operation: operation.to_owned(),
                account: "444455556666".parse().unwrap(),
                region: "eu-west-1".parse().unwrap(),
                partition: "aws".parse().unwrap(),
                input: Value::empty(),
            };
            own_actions(&pack, &call, actions)
        };
        let created = own("lambda", "CreateFunction", &["lambda:CreateFunction", "iam:PassRole"]);
        assert_eq!(created, ["lambda:CreateFunction"]);
        assert_eq!(own("sso-admin", "ListInstances", &["sso:ListInstances"]), ["sso:ListInstances"]);
        assert_eq!(own("s3", "HeadObject", &["s3:GetObject"]), ["s3:GetObject"]);
        // Where nothing is its own, everything counts.
        assert_eq!(own("xx", "Do", &["iam:PassRole"]), ["iam:PassRole"]);
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
        let pack = Pack::embedded().unwrap();
        let open = |names: &[&str]| {
            NonSupported::read()
                .unwrap()
                .opening(&pack, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        let list = open(&["DynamoDB:getitem"]).unwrap();
        assert!(list.find(&pack, "dynamodb:GetItem", &["dynamodb:GetItem"], &Value::empty()).unwrap().opened);
        // Another operation that asks for the same action stays closed.
        assert!(!list.find(&pack, "dynamodb:ExecuteStatement", &["dynamodb:GetItem"], &Value::empty()).unwrap().opened);
        assert!(!list.find(&pack, "dynamodb:BatchGetItem", &[], &Value::empty()).unwrap().opened);
        for wrong in ["dynamodb:*", "dynamodb", "dynamodb:", "*", "dynamodb:Get?tem"] {
            assert_eq!(open(&[wrong]).unwrap_err(), OpenError::NotSingle(wrong.to_owned()));
        }
        assert_eq!(open(&["sns:Publish"]).unwrap_err(), OpenError::NotListed("sns:Publish".to_owned()));
    }
}
