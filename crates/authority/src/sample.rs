//! The sample organization of the first start: a management account with its administrator, a workload account in an
//! organizational unit with an administrator and a user without any policy, the channel-role templates of AWS Chatbot as
//! roles, and four people.
//! Topics and rooms are resources of their services, which make them through the same API as everybody.

mod policies;

use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, NameError, Partition, Timestamp};
use bailiwick_store::vault::{Vault, VaultError};

use crate::{
    caller::Tags,
    record::{
        AccountRecord, AttachedPolicies, AttachmentRecord, DirectoryChange, FeatureSet, ManagedPolicyRecord,
        Membership, OrganizationRecord, OrganizationalUnitRecord, PersonRecord, PolicyType, PolicyVersionRecord,
        RoleRecord, UserRecord,
    },
    session::access_key_record,
    templates::{self, template_document},
    world::{Entropy, secret_access_key, unique_id},
};

/// The management account of the sample organization.
pub const MANAGEMENT_ACCOUNT: &str = "111122223333";

/// The workload account, in which the sample's rooms, topics and users are.
pub const WORKLOAD_ACCOUNT: &str = "444455556666";

/// The people of the sample: id and name. Dana and Lee administer `#ops`.
pub const PEOPLE: [(&str, &str); 4] =
    [("person-dana", "Dana"), ("person-lee", "Lee"), ("person-sam", "Sam"), ("person-kim", "Kim")];

/// A sample that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A name of the sample is not one.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A secret could not be sealed.
    #[error("an access key could not be sealed: {0}")]
    Seal(#[from] VaultError),
}

/// An access key of the sample, in the clear once, to be written where its user finds it.
#[derive(Debug, Clone)]
pub struct SampleKey {
    /// The user's name: `management` in the management account; `admin` or `nobody` in the workload account.
    pub user: &'static str,
    /// The account.
    pub account: AccountId,
    /// The key id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Secret,
}

/// The sample: what to commit, the keys it made, and the ARNs that rooms are bound to.
#[derive(Debug)]
pub struct Sample {
    /// To be committed to an empty directory.
    pub change: DirectoryChange,
    /// The keys of the users.
    pub keys: Vec<SampleKey>,
    /// The channel role of `#ops`: the read-only template and `ReadOnlyAccess`.
    pub ops_role_arn: String,
    /// The guardrails of `#ops`: the protection policy.
    pub ops_guardrail_arns: Vec<String>,
    /// The channel role of `#deploy`, which may publish to topics.
    pub deploy_role_arn: String,
    /// The guardrails of `#deploy`.
    pub deploy_guardrail_arns: Vec<String>,
}

struct Maker<'a> {
    partition: &'a Partition,
    account: AccountId,
    now: Timestamp,
    entropy: &'a dyn Entropy,
    vault: &'a Vault,
    change: DirectoryChange,
    keys: Vec<SampleKey>,
}

impl Maker<'_> {
    fn add(&mut self, record: impl Into<crate::Record>) {
        self.change.put.push(record.into());
    }

    fn aws(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.partition)
    }

    /// A customer managed policy; its ARN.
    fn policy(&mut self, path: &str, name: &str, description: &str, document: &str) -> String {
        self.add(ManagedPolicyRecord {
            account: self.account,
            id: unique_id(self.entropy, "ANPA"),
            name: name.to_owned(),
            path: path.to_owned(),
            description: description.to_owned(),
            created_at: self.now,
            updated_at: self.now,
            versions: vec![PolicyVersionRecord {
                id: "v1".to_owned(),
                document: document.to_owned(),
                created_at: self.now,
            }],
            default_version: "v1".to_owned(),
            next_version: 2,
            tags: Tags::new(),
        });
        format!("arn:{}:iam::{}:policy{path}{name}", self.partition, self.account)
    }

    /// A role that the chat service may assume; its ARN.
    fn role(&mut self, name: &str, description: &str, managed: Vec<String>) -> String {
        self.add(RoleRecord {
            account: self.account,
            id: unique_id(self.entropy, "AROA"),
            name: name.to_owned(),
            path: "/service-role/".to_owned(),
            created_at: self.now,
            description: description.to_owned(),
            assume_role_policy_document: templates::CHANNEL_ROLE_TRUST.to_owned(),
            max_session_duration: 3600,
            policies: AttachedPolicies { managed, ..AttachedPolicies::default() },
            permissions_boundary: None,
            tags: Tags::new(),
        });
        crate::role_arn(self.partition, self.account, "/service-role/", name)
    }

    /// A user with an access key.
    fn user(&mut self, name: &'static str, managed: Vec<String>) -> Result<(), VaultError> {
        let id = unique_id(self.entropy, "AIDA");
        self.add(UserRecord {
            account: self.account,
            id: id.clone(),
            name: name.to_owned(),
            path: "/".to_owned(),
            created_at: self.now,
            groups: Vec::new(),
            policies: AttachedPolicies { managed, ..AttachedPolicies::default() },
            permissions_boundary: None,
            tags: Tags::new(),
        });
        let key = unique_id(self.entropy, "AKIA");
        let secret = Secret::new(secret_access_key(self.entropy));
        self.add(access_key_record(self.vault, self.account, Some(id), &key, &secret, self.now)?);
        self.keys.push(SampleKey { user: name, account: self.account, access_key_id: key, secret_access_key: secret });
        Ok(())
    }
}

/// How many accounts the organization of an ephemeral server may have: the most that AWS grants on request.
const EPHEMERAL_ACCOUNTS: u32 = 10_000;

/// An account outside any organization, with a key for its root user: what `--ephemeral` starts from.
///
/// # Errors
/// The secret cannot be sealed.
pub fn lone_account(
    vault: &Vault,
    account: AccountId,
    access_key_id: &str,
    secret: &Secret,
    now: Timestamp,
) -> Result<DirectoryChange, VaultError> {
    let record = AccountRecord {
        id: account,
        name: "ephemeral".to_owned(),
        email: "root@example.com".to_owned(),
        alias: None,
        membership: None,
        tags: Tags::new(),
        created_at: now,
        // People's tests make as many accounts as they like.
        organization_quota: Some(EPHEMERAL_ACCOUNTS),
    };
    let key = access_key_record(vault, account, None, access_key_id, secret, now)?;
    Ok(DirectoryChange::new().put(record).put(key))
}

/// Makes the sample.
///
/// # Errors
/// A secret cannot be sealed.
pub fn sample(
    partition: &Partition,
    vault: &Vault,
    entropy: &dyn Entropy,
    now: Timestamp,
) -> Result<Sample, SampleError> {
    let management = AccountId::parse(MANAGEMENT_ACCOUNT)?;
    let workload = AccountId::parse(WORKLOAD_ACCOUNT)?;
    let mut maker = Maker {
        partition,
        account: workload,
        now,
        entropy,
        vault,
        change: organization(management, workload, now),
        keys: Vec::new(),
    };
    let administrator = maker.aws("AdministratorAccess");
    maker.user("admin", vec![administrator.clone()])?;
    maker.user("nobody", Vec::new())?;
    maker.account = management;
    maker.user("management", vec![administrator])?;
    maker.account = workload;

    let read_only = maker.aws("ReadOnlyAccess");
    let commands = maker.policy(
        "/service-role/",
        "AWS-Chatbot-ReadOnly-Commands-Policy",
        "Read-only command permissions for channels",
        template_document(templates::READ_ONLY_COMMANDS).unwrap_or_default(),
    );
    let notifications = maker.policy(
        "/service-role/",
        "AWS-Chatbot-NotificationsOnly-Policy",
        "Notification permissions for channels",
        template_document(templates::NOTIFICATIONS).unwrap_or_default(),
    );
    let lambda = maker.policy(
        "/service-role/",
        "AWS-Chatbot-LambdaInvoke-Policy",
        "Lambda-invoke command permissions for channels",
        template_document(templates::LAMBDA_INVOKE).unwrap_or_default(),
    );
    let publish =
        maker.policy("/", "PublishToTopics", "Lets a channel publish to the account's topics", policies::PUBLISH);
    let protection = maker.policy(
        "/",
        "AWS-Chatbot-Protection-Policy",
        "The protection policy's own part; it goes with ReadOnlyAccess",
        crate::PROTECTION_POLICY,
    );

    let ops_role_arn = maker.role(
        "ops-readonly",
        "Channel role of #ops: reads, and nothing else",
        vec![commands.clone(), read_only.clone()],
    );
    let deploy_role_arn = maker.role(
        "deploy",
        "Channel role of #deploy: reads, and publishes to topics",
        vec![commands.clone(), read_only.clone(), publish.clone()],
    );
    let templates = [
        ("chatbot-notifications", "Notification permissions", vec![notifications]),
        ("chatbot-readonly", "Read-only command permissions", vec![commands, read_only.clone()]),
        ("chatbot-lambda-invoke", "Lambda-invoke command permissions", vec![lambda]),
        ("chatbot-support", "AWS Support command permissions", vec![maker.aws("AWSSupportAccess")]),
        ("chatbot-incidents", "Incident Manager permissions", vec![maker.aws("AWSIncidentManagerResolverAccess")]),
        (
            "chatbot-resource-explorer",
            "Resource Explorer permissions",
            vec![maker.aws("AWSResourceExplorerReadOnlyAccess")],
        ),
    ];
    for (name, description, managed) in templates {
        maker.role(name, &format!("Channel-role template: {description}"), managed);
    }
    for (id, name) in PEOPLE {
        maker.add(PersonRecord {
            account: workload,
            id: id.to_owned(),
            name: name.to_owned(),
            email: Some(format!("{}@example.com", name.to_ascii_lowercase())),
            iam_principal: None,
            created_at: now,
        });
    }
    Ok(Sample {
        change: maker.change,
        keys: maker.keys,
        ops_role_arn,
        ops_guardrail_arns: vec![protection, read_only.clone()],
        deploy_role_arn,
        deploy_guardrail_arns: vec![publish, read_only],
    })
}

fn organization(management: AccountId, workload: AccountId, now: Timestamp) -> DirectoryChange {
    const ROOT: &str = "r-b4il";
    const UNIT: &str = "ou-b4il-workload";
    let account = |id: AccountId, name: &str, parent: &str, joined: &str| AccountRecord {
        id,
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        alias: None,
        membership: Some(Membership {
            parent: parent.to_owned(),
            joined_method: joined.to_owned(),
            joined_at: now,
            status: "ACTIVE".to_owned(),
            closed_at: None,
        }),
        tags: Tags::new(),
        created_at: now,
        organization_quota: None,
    };
    let attach = |target: &str, sequence| AttachmentRecord {
        policy_id: "p-FullAWSAccess".to_owned(),
        target_id: target.to_owned(),
        sequence,
    };
    DirectoryChange::new()
        .put(account(management, "management", ROOT, "INVITED"))
        .put(account(workload, "workload", UNIT, "CREATED"))
        .put(OrganizationRecord {
            id: "o-b4iliwick0".to_owned(),
            management_account: management,
            root_id: ROOT.to_owned(),
            enabled_policy_types: vec![PolicyType::ServiceControlPolicy, PolicyType::ChatbotPolicy],
            service_access: Vec::new(),
            resource_policy: None,
            root_tags: Tags::new(),
            feature_set: FeatureSet::All,
            policies_changed_at: Default::default(),
        })
        .put(OrganizationalUnitRecord {
            id: UNIT.to_owned(),
            name: "Workloads".to_owned(),
            parent: ROOT.to_owned(),
            tags: Tags::new(),
        })
        .put(attach(ROOT, 1))
        .put(attach(UNIT, 2))
        .put(attach(management.as_str(), 3))
        .put(attach(workload.as_str(), 4))
}
