//! Who calls: the principal, its session, and the facts of the connection.

use std::collections::BTreeMap;

use bailiwick_ident::{AccountId, Partition, Timestamp};

use crate::session::WebIdentity;

/// Tags, by key in the spelling they were given. Keys compare without regard to case when policies read them.
pub type Tags = BTreeMap<String, String>;

/// An authenticated identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular: an unsigned request.
    Anonymous,
    /// A federated user (`sts:GetFederationToken`).
    Federated {
        /// The account.
        account: AccountId,
        /// `arn:P:sts::A:federated-user/NAME`.
        arn: String,
        /// The name the caller chose.
        name: String,
        /// The IAM user whose policies apply; `None` when the root user asked.
        user_id: Option<String>,
    },
    /// A person of the built-in chat. It holds no IAM policies: what it may do follows from its room memberships.
    Person {
        /// The account its rooms are in.
        account: AccountId,
        /// `arn:P:bailiwick::A:person/ID`.
        arn: String,
        /// The person's id.
        id: String,
        /// The name shown in rooms.
        name: String,
    },
    /// The session of a role.
    RoleSession {
        /// The role's account.
        account: AccountId,
        /// The role's ARN, with its path.
        role_arn: String,
        /// The role's unique id (`AROA...`).
        role_id: String,
        /// The session's name.
        session_name: String,
        /// `arn:P:sts::A:assumed-role/ROLE/SESSION`.
        session_arn: String,
    },
    /// The root user of an account.
    Root {
        /// The account.
        account: AccountId,
    },
    /// A service acting for itself, by its principal name such as `bailiwick.internal`.
    Service {
        /// The service principal.
        name: String,
    },
    /// An IAM user.
    User {
        /// The account.
        account: AccountId,
        /// The user's ARN, with its path.
        arn: String,
        /// The unique id (`AIDA...`).
        id: String,
        /// The friendly name.
        name: String,
        /// The path, from `/` to `/`.
        path: String,
    },
    /// Somebody an OpenID Connect provider vouches for, before a role is assumed (`sts:AssumeRoleWithWebIdentity`).
    WebIdentity(Box<WebIdentity>),
}

impl Principal {
    /// The account the principal belongs to.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Principal::Federated { account, .. }
            | Principal::Person { account, .. }
            | Principal::RoleSession { account, .. }
            | Principal::Root { account }
            | Principal::User { account, .. } => Some(*account),
            Principal::Anonymous | Principal::Service { .. } | Principal::WebIdentity(_) => None,
        }
    }

    /// The ARN (or name) by which answers, refusals and records call the principal in a directory of this partition: the
    /// session's for a role session.
    pub fn arn_in(&self, partition: &Partition) -> String {
        match self {
            Principal::Anonymous => "anonymous".to_owned(),
            Principal::Federated { arn, .. } | Principal::Person { arn, .. } | Principal::User { arn, .. } => {
                arn.clone()
            }
            Principal::RoleSession { session_arn, .. } => session_arn.clone(),
            Principal::Root { account } => format!("arn:{partition}:iam::{account}:root"),
            Principal::Service { name } => name.clone(),
            Principal::WebIdentity(identity) => identity.provider_arn.clone(),
        }
    }

    /// The value of `aws:userid`: the account for root, the unique id for a user, `ID:session` for a role session and
    /// `account:name` for a federated user. Source: AWS's IAM guide, "Where you can use policy variables".
    pub fn user_id(&self) -> String {
        match self {
            Principal::Anonymous => "ANONYMOUS_PRINCIPAL".to_owned(),
            Principal::Federated { account, name, .. } => format!("{account}:{name}"),
            Principal::Person { id, .. } | Principal::User { id, .. } => id.clone(),
            Principal::RoleSession { role_id, session_name, .. } => format!("{role_id}:{session_name}"),
            Principal::Root { account } => account.to_string(),
            Principal::Service { name } => name.clone(),
            Principal::WebIdentity(identity) => {
                format!("{}:{}:{}", identity.provider_arn, identity.audience, identity.subject)
            }
        }
    }
}

/// What temporary credentials carry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    /// An inline session policy, as it was given.
    pub policy: Option<String>,
    /// ARNs of managed session policies. Their documents are read when a call is decided, as AWS does.
    pub policy_arns: Vec<String>,
    /// Session tags. They win over the principal's own tags of the same key.
    pub tags: Tags,
    /// Keys of the tags that pass along a chain of roles.
    pub transitive_tag_keys: Vec<String>,
    /// The source identity, once set unchangeable along the chain.
    pub source_identity: Option<String>,
    /// When the credentials were issued.
    pub issued_at: Timestamp,
    /// When they end.
    pub expires_at: Timestamp,
    /// When multi-factor authentication took place.
    pub mfa_at: Option<Timestamp>,
    /// Whether the role was assumed by another role's session.
    pub chained: bool,
    /// What the identity provider said, for a role that was assumed with a web identity.
    pub web_identity: Option<WebIdentity>,
    /// The credentials are of version 1 of the global endpoint: good in Regions that are enabled by default only.
    pub default_regions_only: bool,
    /// A privileged session of the root user (`sts:AssumeRoot`), bounded by its task policy.
    pub assumed_root: bool,
    /// A session of the web console. It may do whatever the policies of its user say, unlike temporary credentials of users.
    pub console: bool,
}

/// Who makes a call, and over which connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The identity.
    pub principal: Principal,
    /// The session, for temporary credentials and channel sessions.
    pub session: Option<Session>,
    /// The access key that signed the request.
    pub access_key_id: Option<String>,
    /// The address of the peer, without port.
    pub source_ip: Option<String>,
    /// The host name that the request was sent to, without port.
    pub host: Option<String>,
    /// The `User-Agent` header, or the platform for chat.
    pub user_agent: Option<String>,
    /// Whether the request came over TLS, or never left this machine.
    pub secure_transport: bool,
    /// The request id, the same in response, log, audit, inbox and outbox.
    pub request_id: String,
    /// When the request itself proved a second factor, with a code among its parameters.
    pub mfa_at: Option<Timestamp>,
}

impl Caller {
    /// Bailiwick itself, for work nobody asked for: start-up, sample data, housekeeping.
    pub fn system(request_id: impl Into<String>) -> Self {
        Caller {
            principal: Principal::Service { name: SYSTEM_PRINCIPAL.to_owned() },
            session: None,
            access_key_id: None,
            source_ip: None,
            host: None,
            user_agent: None,
            secure_transport: true,
            request_id: request_id.into(),
            mfa_at: None,
        }
    }
}

/// The name of Bailiwick's own principal.
pub const SYSTEM_PRINCIPAL: &str = "bailiwick.internal";
