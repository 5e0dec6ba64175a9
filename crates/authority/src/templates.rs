//! The channel-role templates: ready sets of permissions that a new channel role can be made of, in any combination.
//! Source: AWS Chatbot's administrator guide, "Understanding AWS Chatbot permissions" and "IAM policies for AWS Chatbot".

/// The trust policy of channel roles.
pub const CHANNEL_ROLE_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"chatbot.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

/// The path of roles and policies that are made from templates.
pub const TEMPLATE_PATH: &str = "/service-role/";

/// The policy of AWS that every role made here gets, beside what its templates bring.
pub const EVERY_ROLE: &str = "ReadOnlyAccess";

/// Where a template's permissions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplatePolicy {
    /// A managed policy of AWS, by name.
    Aws(&'static str),
    /// A customer managed policy, made in the account when it is first needed.
    Own {
        /// Its name; its path is [`TEMPLATE_PATH`].
        name: &'static str,
        /// Its document.
        document: &'static str,
    },
}

/// A channel-role template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChannelRoleTemplate {
    /// Its name in requests.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it permits, in a sentence.
    pub description: &'static str,
    /// Its policy.
    pub policy: TemplatePolicy,
}

/// The name of the policy of the template for notifications.
pub const NOTIFICATIONS: &str = "AWS-Chatbot-NotificationsOnly-Policy";
/// The name of the policy of the template for read-only commands.
pub const READ_ONLY_COMMANDS: &str = "AWS-Chatbot-ReadOnly-Commands-Policy";
/// The name of the policy of the template for invoking functions.
pub const LAMBDA_INVOKE: &str = "AWS-Chatbot-LambdaInvoke-Policy";

/// Every template: the guide's six, and the two that came later.
pub const TEMPLATES: &[ChannelRoleTemplate] = &[
    ChannelRoleTemplate {
        id: "NOTIFICATION",
        title: "Notification permissions",
        description: "Shows notifications with the graphs of CloudWatch alarms",
        policy: TemplatePolicy::Own {
            name: NOTIFICATIONS,
            document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*"],"Resource":["*"]}]}"#,
        },
    },
    ChannelRoleTemplate {
        id: "READ_ONLY_COMMANDS",
        title: "Read-only command permissions",
        description: "Denies what a reader must not see; what may be read comes from ReadOnlyAccess beside it",
        policy: TemplatePolicy::Own {
            name: READ_ONLY_COMMANDS,
            document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["iam:*","kms:*","sts:*","cognito-idp:GetSigningCertificate","ec2:GetPasswordData","ecr:GetAuthorizationToken","gamelift:RequestUploadCredentials","gamelift:GetInstanceAccess","lightsail:DownloadDefaultKeyPair","lightsail:GetInstanceAccessDetails","lightsail:GetKeyPair","lightsail:GetKeyPairs","redshift:GetClusterCredentials","s3:GetBucketPolicy","storagegateway:DescribeChapCredentials"],"Resource":["*"]}]}"#,
        },
    },
    ChannelRoleTemplate {
        id: "LAMBDA_INVOKE",
        title: "Lambda-invoke command permissions",
        description: "Invokes every Lambda function; a function can do whatever its own role lets it",
        policy: TemplatePolicy::Own {
            name: LAMBDA_INVOKE,
            // The guide writes these actions in lower case; actions have no case.
            document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:invokeAsync","lambda:invokeFunction"],"Resource":["*"]}]}"#,
        },
    },
    ChannelRoleTemplate {
        id: "AWS_SUPPORT",
        title: "AWS Support command permissions",
        description: "Opens and follows cases at AWS Support",
        policy: TemplatePolicy::Aws("AWSSupportAccess"),
    },
    ChannelRoleTemplate {
        id: "INCIDENT_MANAGER",
        title: "Incident Manager permissions",
        description: "Starts, follows and updates incidents",
        policy: TemplatePolicy::Aws("AWSIncidentManagerResolverAccess"),
    },
    ChannelRoleTemplate {
        id: "RESOURCE_EXPLORER",
        title: "Resource Explorer permissions",
        description: "Searches for resources",
        policy: TemplatePolicy::Aws("AWSResourceExplorerReadOnlyAccess"),
    },
    ChannelRoleTemplate {
        id: "AMAZON_Q",
        title: "Amazon Q permissions",
        description: "Asks Amazon Q Developer",
        policy: TemplatePolicy::Aws("AmazonQFullAccess"),
    },
    ChannelRoleTemplate {
        id: "AMAZON_Q_OPERATIONS_ASSISTANT",
        title: "Amazon Q operations assistant permissions",
        description: "Investigates with Amazon Q's operations assistant",
        policy: TemplatePolicy::Aws("AIOpsOperatorAccess"),
    },
];

/// The document of a template's own policy.
pub fn template_document(name: &str) -> Option<&'static str> {
    TEMPLATES.iter().find_map(|template| match template.policy {
        TemplatePolicy::Own { name: own, document } if own == name => Some(document),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_policies_for_any_role_only_support_is_on_offer() {
        let any = [EVERY_ROLE, "CloudWatchReadOnlyAccess", "AWSSupportAccess"];
        let offered = TEMPLATES.iter().filter_map(|template| match template.policy {
            TemplatePolicy::Aws(name) => Some(name),
            TemplatePolicy::Own { .. } => None,
        });
        assert_eq!(offered.filter(|name| any.contains(name)).collect::<Vec<_>>(), ["AWSSupportAccess"]);
    }
}
