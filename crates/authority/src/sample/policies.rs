//! The channel-role templates.
//! Source: AWS Chatbot's administrator guide, "Understanding AWS Chatbot permissions" and "IAM policies for AWS Chatbot".

/// The trust policy of channel roles.
pub(super) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"chatbot.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// Notification permissions.
pub(super) const NOTIFICATIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*"],"Resource":["*"]}]}"#;

/// Read-only command permissions: denials only; what is allowed comes from `ReadOnlyAccess` beside it.
pub(super) const READ_ONLY_COMMANDS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:*","kms:*","sts:*","cognito-idp:GetSigningCertificate","ec2:GetPasswordData","ecr:GetAuthorizationToken","gamelift:RequestUploadCredentials","gamelift:GetInstanceAccess","lightsail:DownloadDefaultKeyPair","lightsail:GetInstanceAccessDetails","lightsail:GetKeyPair","lightsail:GetKeyPairs","redshift:GetClusterCredentials","s3:GetBucketPolicy","storagegateway:DescribeChapCredentials"],"Resource":["*"]}]}"#;

/// Lambda-invoke command permissions. The template writes its actions in lower case; actions have no case.
pub(super) const LAMBDA_INVOKE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:invokeAsync","lambda:invokeFunction"],"Resource":["*"]}]}"#;

/// Publishing to topics, for the sample's second room.
pub(super) const PUBLISH: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Publish","Effect":"Allow","Action":"sns:Publish","Resource":"arn:aws:sns:*:444455556666:*"}]}"#;
