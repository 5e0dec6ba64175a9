//! `bailiwick account setup`: the two roles of an account. Channels' commands run with the one; the other reads who may what.
//!
//! Sources: the IAM user guide, "How to use an external ID when granting access to your AWS resources to a third party" and
//! "Monitor and control actions taken with assumed roles"; the CloudFormation reference, `AWS::IAM::Role`.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use bailiwick_authority::uuid;
use bailiwick_ident::{AccountId, Arn};
use serde_json::{Value as Json, json};

use crate::terminal;
use crate::world::SystemEntropy;

/// The path of the roles.
const PATH: &str = "/bailiwick/";
/// The role that channels' commands run with.
const CHANNEL: &str = "bailiwick-channel";
/// The role that reads policies.
const SYNC: &str = "bailiwick-sync";
/// Roles have no longer sessions than this, in seconds; ours are of fifteen minutes.
const MAX_SESSION: u32 = 3600;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The account that is set up
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// The principal that Bailiwick signs with, such as arn:aws:iam::111122223333:role/bailiwick
    #[arg(long, value_name = "ARN")]
    trusted: String,
    /// The id that keeps others from having this account's roles assumed; a new one when it is not said
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// Managed policies of the channel role, by name or ARN
    #[arg(long = "policy", value_name = "POLICY", default_value = "ReadOnlyAccess")]
    policies: Vec<String>,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Cloudformation)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A template in YAML
    Cloudformation,
    /// Commands of the AWS CLI
    Cli,
}

/// A role to be made.
struct Role {
    logical_id: &'static str,
    name: &'static str,
    description: &'static str,
    trust: Json,
    managed: Vec<String>,
    inline: Option<(&'static str, Json)>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let trusted = Arn::parse(&arguments.trusted).with_context(|| format!("`{}`", arguments.trusted))?;
    let named = ["role/", "user/"].iter().any(|kind| trusted.resource().starts_with(kind));
    if trusted.service() != "iam" || trusted.account_id().is_none() || !(named || trusted.resource() == "root") {
        bail!("`{}` is no role, user or account that can be trusted", arguments.trusted);
    }
    let partition = trusted.partition();
    let external_id = match &arguments.external_id {
        Some(id) if valid_external_id(id) => id.clone(),
        Some(id) => bail!("`{id}` is no external id: 2 to 1224 letters, digits and any of +=,.@:/-"),
        None => uuid(&SystemEntropy),
    };
    let roles = roles(arguments, partition, &external_id);
    let text = match arguments.format {
        Format::Cloudformation => template(arguments.account, &roles),
        Format::Cli => commands(arguments.account, &roles),
    };
    terminal::print(&(text + &settings(arguments.account, partition, &external_id)))?;
    Ok(ExitCode::SUCCESS)
}

/// Source: the STS API reference, AssumeRole, `ExternalId`.
fn valid_external_id(id: &str) -> bool {
    (2..=1224).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@:/-_".contains(&byte))
}

fn roles(arguments: &Arguments, partition: &str, external_id: &str) -> [Role; 2] {
    let principal = json!({ "AWS": arguments.trusted });
    let assume = json!({
        "Sid": "AssumeWithExternalId",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "sts:ExternalId": external_id } },
    });
    let person = json!({
        "Sid": "CarryThePerson",
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["sts:SetSourceIdentity", "sts:TagSession"],
    });
    let document = |statements: Vec<Json>| json!({ "Version": "2012-10-17", "Statement": statements });
    let read = json!({
        "Sid": "ReadWhoMayWhat",
        "Effect": "Allow",
        "Action": [
            "iam:GetAccountAuthorizationDetails",
            "organizations:DescribeOrganization",
            "organizations:DescribeOrganizationalUnit",
            "organizations:DescribePolicy",
            "organizations:ListParents",
            "organizations:ListPoliciesForTarget",
            "organizations:ListRoots",
        ],
        "Resource": "*",
    });
    let arn = |policy: &String| match policy.starts_with("arn:") {
        true => policy.clone(),
        false => format!("arn:{partition}:iam::aws:policy/{policy}"),
    };
    [
        Role {
            logical_id: "ChannelRole",
            name: CHANNEL,
            description: "Commands of chat channels run with this role, each bounded by its channel's guardrails",
            trust: document(vec![assume.clone(), person]),
            managed: arguments.policies.iter().map(arn).collect(),
            inline: None,
        },
        Role {
            logical_id: "SyncRole",
            name: SYNC,
            description: "Bailiwick reads roles and policies with this role, to explain what they allow",
            trust: document(vec![assume]),
            managed: Vec::new(),
            inline: Some(("read-who-may-what", document(vec![read]))),
        },
    ]
}

/// JSON is YAML; only its lines are moved to the right.
fn indented(json: &Json, by: usize) -> String {
    format!("{json:#}").replace('\n', &format!("\n{:by$}", ""))
}

fn template(account: AccountId, roles: &[Role]) -> String {
    let mut out = format!(
        "# The roles that Bailiwick uses in account {account}. Create them there:\n\
         #   aws cloudformation deploy --stack-name bailiwick --template-file FILE --capabilities CAPABILITY_NAMED_IAM\n\
         AWSTemplateFormatVersion: '2010-09-09'\n\
         Description: Roles of Bailiwick\n\
         Resources:\n"
    );
    for role in roles {
        let Role { logical_id, name, description, .. } = role;
        let _ = writeln!(out, "  {logical_id}:\n    Type: AWS::IAM::Role\n    Properties:");
        let _ = writeln!(out, "      RoleName: {name}\n      Path: {PATH}\n      Description: {description}");
        let _ = writeln!(out, "      MaxSessionDuration: {MAX_SESSION}");
        let _ = writeln!(out, "      AssumeRolePolicyDocument:\n        {}", indented(&role.trust, 8));
        if !role.managed.is_empty() {
            let _ = writeln!(out, "      ManagedPolicyArns:");
            for arn in &role.managed {
                let _ = writeln!(out, "        - {arn}");
            }
        }
        if let Some((name, document)) = &role.inline {
            let _ = writeln!(out, "      Policies:\n        - PolicyName: {name}\n          PolicyDocument:");
            let _ = writeln!(out, "            {}", indented(document, 12));
        }
    }
    out + "Outputs:\n  ChannelRoleArn:\n    Value: !GetAtt ChannelRole.Arn\n  SyncRoleArn:\n    Value: !GetAtt SyncRole.Arn\n"
}

fn commands(account: AccountId, roles: &[Role]) -> String {
    let mut out =
        format!("# The roles that Bailiwick uses in account {account}. Run this with keys of that account.\nset -e\n");
    for role in roles {
        let name = role.name;
        let _ = writeln!(
            out,
            "aws iam create-role --role-name {name} --path {PATH} --max-session-duration {MAX_SESSION} \\\n  --description {} \\\n  --assume-role-policy-document {}",
            quoted(role.description),
            quoted(&role.trust.to_string())
        );
        for arn in &role.managed {
            let _ = writeln!(out, "aws iam attach-role-policy --role-name {name} --policy-arn {arn}");
        }
        if let Some((policy, document)) = &role.inline {
            let _ = writeln!(
                out,
                "aws iam put-role-policy --role-name {name} --policy-name {policy} \\\n  --policy-document {}",
                quoted(&document.to_string())
            );
        }
    }
    out
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The lines of `bailiwick.toml`, as a remark in either form.
fn settings(account: AccountId, partition: &str, external_id: &str) -> String {
    format!(
        "\n# Then, in bailiwick.toml:\n#   [[account]]\n#   id = \"{account}\"\n#   region = \"us-east-1\"\n#   assume_roles = true\n\
         #   external_id = \"{external_id}\"\n#   sync_role = \"arn:{partition}:iam::{account}:role{PATH}{SYNC}\"\n\
         # The channel role is arn:{partition}:iam::{account}:role{PATH}{CHANNEL}\n"
    )
}
