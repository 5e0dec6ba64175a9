//! The accounts, principals and resources of the matrix.

use bailiwick_authority::{
    Call, Caller, DirectoryChange, Principal, RecordKey, RecordKind, Session,
    record::{
        AccountRecord, AttachedPolicies, AttachmentRecord, ManagedPolicyRecord, Membership, OrganizationPolicyRecord,
        OrganizationalUnitRecord, PolicyType, PolicyVersionRecord, ResourcePolicyRecord, ResourceRecord, RoleRecord,
        UserRecord,
    },
    sample::{MANAGEMENT_ACCOUNT, WORKLOAD_ACCOUNT},
};
use bailiwick_ident::{AccountId, Timestamp};

use super::{Target, grants::Policies};
use crate::world::{World, call};

/// A member account beside the one that owns topic and role.
const SIBLING: &str = "777788889999";
/// An account outside the organization.
const OUTSIDE: &str = "222233334444";
const TOPIC: &str = "arn:aws:sns:us-east-1:444455556666:matrix";
const ROLE: &str = "arn:aws:iam::444455556666:role/target";
const BOUNDARY: &str = "limits";
/// The policies that bind every member account, at its unit.
const SCP: &str = "p-matrixscp";
const RCP: &str = "p-matrixrcp";

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    User(&'static str),
    Role(&'static str),
    /// A federated user, with a session policy that allows everything unless a column says otherwise.
    Federated(&'static str),
    /// A federated user without a session policy.
    BareFederated(&'static str),
    Root(&'static str),
    Service,
    Anonymous,
}

impl Who {
    pub(super) const ALL: &[Who] = &[
        Who::User(WORKLOAD_ACCOUNT),
        Who::Role(WORKLOAD_ACCOUNT),
        Who::Federated(WORKLOAD_ACCOUNT),
        Who::BareFederated(WORKLOAD_ACCOUNT),
        Who::Root(WORKLOAD_ACCOUNT),
        Who::User(SIBLING),
        Who::Role(SIBLING),
        Who::Federated(SIBLING),
        Who::BareFederated(SIBLING),
        Who::Root(SIBLING),
        Who::User(MANAGEMENT_ACCOUNT),
        Who::Role(OUTSIDE),
        Who::Root(OUTSIDE),
        Who::Service,
        Who::Anonymous,
    ];

    pub(super) fn name(self) -> String {
        let of = |account: &str| match account {
            WORKLOAD_ACCOUNT => "the workload account",
            SIBLING => "another member account",
            MANAGEMENT_ACCOUNT => "the management account",
            _ => "an account outside",
        };
        match self {
            Who::User(account) => format!("user of {}", of(account)),
            Who::Role(account) => format!("role session of {}", of(account)),
            Who::Federated(account) => format!("federated user of {}", of(account)),
            Who::BareFederated(_) => "  without a session policy".to_owned(),
            Who::Root(account) => format!("root user of {}", of(account)),
            Who::Service => "service cloudwatch.amazonaws.com".to_owned(),
            Who::Anonymous => "anonymous".to_owned(),
        }
    }

    pub(super) fn account(self) -> Option<&'static str> {
        match self {
            Who::User(account) | Who::Role(account) | Who::Federated(account) | Who::BareFederated(account) => {
                Some(account)
            }
            Who::Root(account) => Some(account),
            Who::Service | Who::Anonymous => None,
        }
    }

    /// Whether the caller's account is in the organization.
    pub(super) fn is_member(self) -> bool {
        self.account().is_some_and(|account| account != OUTSIDE)
    }

    /// The `Principal` of a policy that names the caller's account.
    pub(super) fn by_account(self) -> Option<String> {
        self.account().map(|account| format!(r#"{{"AWS":"arn:aws:iam::{account}:root"}}"#))
    }

    /// The one that names the user, the role of the session, the user behind a federated session, or the service.
    pub(super) fn by_name(self) -> Option<String> {
        match self {
            Who::User(account) | Who::Federated(account) | Who::BareFederated(account) => {
                Some(format!(r#"{{"AWS":"arn:aws:iam::{account}:user/caller"}}"#))
            }
            Who::Role(account) => Some(format!(r#"{{"AWS":"arn:aws:iam::{account}:role/caller"}}"#)),
            Who::Service => Some(r#"{"Service":"cloudwatch.amazonaws.com"}"#.to_owned()),
            Who::Root(_) | Who::Anonymous => None,
        }
    }

    /// The one that names the session itself.
    pub(super) fn by_session(self) -> Option<String> {
        match self {
            Who::Role(account) => Some(format!(r#"{{"AWS":"arn:aws:sts::{account}:assumed-role/caller/session"}}"#)),
            Who::Federated(account) | Who::BareFederated(account) => {
                Some(format!(r#"{{"AWS":"arn:aws:sts::{account}:federated-user/caller"}}"#))
            }
            _ => None,
        }
    }
}

/// The directory with everybody in it; what binds them is set for each cell.
pub(super) struct Stage {
    pub(super) world: World,
}

fn id(account: &str) -> AccountId {
    AccountId::parse(account).unwrap()
}

fn account(of: &str, name: &str, parent: Option<&str>) -> AccountRecord {
    AccountRecord {
        id: id(of),
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        alias: None,
        membership: parent.map(|parent| Membership {
            parent: parent.to_owned(),
            joined_method: "CREATED".to_owned(),
            joined_at: Timestamp::from_millis(0),
            status: "ACTIVE".to_owned(),
            closed_at: None,
        }),
        tags: Default::default(),
        created_at: Timestamp::from_millis(0),
        organization_quota: None,
    }
}

fn control(policy: &str, kind: PolicyType, content: &str) -> OrganizationPolicyRecord {
    OrganizationPolicyRecord {
        id: policy.to_owned(),
        kind,
        name: policy.to_owned(),
        description: String::new(),
        content: content.to_owned(),
        tags: Default::default(),
    }
}

fn attach(policy: &str, target: &str, sequence: u64) -> AttachmentRecord {
    AttachmentRecord { policy_id: policy.to_owned(), target_id: target.to_owned(), sequence }
}

fn role(of: &str, name: &str, trust: &str, policies: AttachedPolicies, boundary: Option<String>) -> RoleRecord {
    RoleRecord {
        account: id(of),
        id: format!("AROA{of}{name}"),
        name: name.to_owned(),
        path: "/".to_owned(),
        created_at: Timestamp::from_millis(0),
        description: String::new(),
        assume_role_policy_document: trust.to_owned(),
        max_session_duration: 3600,
        policies,
        permissions_boundary: boundary,
        tags: Default::default(),
    }
}

fn boundary(of: &str, document: &str) -> ManagedPolicyRecord {
    ManagedPolicyRecord {
        account: id(of),
        id: format!("ANPA{of}"),
        name: BOUNDARY.to_owned(),
        path: "/".to_owned(),
        description: String::new(),
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
        versions: vec![PolicyVersionRecord {
            id: "v1".to_owned(),
            document: document.to_owned(),
            created_at: Timestamp::from_millis(0),
        }],
        default_version: "v1".to_owned(),
        next_version: 2,
        tags: Default::default(),
    }
}

/// A trust or resource policy that speaks of somebody else.
fn of_nobody(target: Target) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::999999999999:root"}},"Action":"{}"{}}}]}}"#,
        target.action(),
        if target == Target::Role { "" } else { r#","Resource":"*""# }
    )
}

impl Stage {
    pub(super) async fn new() -> Stage {
        let world = World::new().await;
        let mut organization = world.authority.directory().organization().unwrap().record().clone();
        organization.enabled_policy_types.push(PolicyType::ResourceControlPolicy);
        let mut change = DirectoryChange::new()
            .put(organization)
            .put(OrganizationalUnitRecord {
                id: "ou-b4il-siblings".to_owned(),
                name: "Siblings".to_owned(),
                parent: "r-b4il".to_owned(),
                tags: Default::default(),
            })
            .put(account(SIBLING, "sibling", Some("ou-b4il-siblings")))
            .put(account(OUTSIDE, "outside", None))
            .put(attach("p-FullAWSAccess", SIBLING, 10))
            .put(control(SCP, PolicyType::ServiceControlPolicy, super::grants::ALLOW_ALL))
            .put(control(RCP, PolicyType::ResourceControlPolicy, super::grants::RCP_OF_NOTHING))
            .put(attach("p-RCPFullAWSAccess", "r-b4il", 20));
        for (place, target) in ["ou-b4il-workload", "ou-b4il-siblings"].into_iter().enumerate() {
            let place = place as u64;
            // The unit's own SCP stands where `FullAWSAccess` was, so that it can fall silent.
            change = change.put(attach(SCP, target, 30 + place)).put(attach(RCP, target, 40 + place)).put(attach(
                "p-RCPFullAWSAccess",
                target,
                50 + place,
            ));
        }
        for (target, place) in [(WORKLOAD_ACCOUNT, 60), (SIBLING, 61)] {
            change = change.put(attach("p-RCPFullAWSAccess", target, place));
        }
        let full = "ou-b4il-workload/p-FullAWSAccess";
        change = change.delete(RecordKey { kind: RecordKind::Attachment, account: None, id: full.to_owned() });
        world.change(change).await;
        Stage { world }
    }

    /// Puts the policies of one cell in place.
    pub(super) async fn set(&self, target: Target, who: Who, policies: &Policies) {
        let directory = self.world.authority.directory();
        let mut organization = directory.organization().unwrap().record().clone();
        let resource = policies.resource.clone().unwrap_or_else(|| of_nobody(target));
        organization.resource_policy = (target == Target::Organization).then(|| ResourcePolicyRecord {
            id: "rp-matrix".to_owned(),
            content: resource.clone(),
            tags: Default::default(),
        });
        let trust = if target == Target::Role { resource.clone() } else { of_nobody(Target::Role) };
        let mut change = DirectoryChange::new()
            .put(organization)
            .put(role(WORKLOAD_ACCOUNT, "target", &trust, AttachedPolicies::default(), None))
            .put(ResourceRecord {
                arn: TOPIC.to_owned(),
                account: id(WORKLOAD_ACCOUNT),
                policy: (target == Target::Topic).then_some(resource),
                tags: Default::default(),
            })
            .put(control(SCP, PolicyType::ServiceControlPolicy, &policies.scp))
            .put(control(RCP, PolicyType::ResourceControlPolicy, &policies.rcp));
        if let Some(of) = who.account() {
            let inline = policies.identity.iter().map(|document| ("own".to_owned(), document.clone())).collect();
            let attached = AttachedPolicies { inline, managed: Vec::new() };
            let limit = policies.boundary.as_ref().map(|_| format!("arn:aws:iam::{of}:policy/{BOUNDARY}"));
            if let Some(document) = &policies.boundary {
                change = change.put(boundary(of, document));
            }
            change = change
                .put(UserRecord {
                    account: id(of),
                    id: format!("AIDA{of}"),
                    name: "caller".to_owned(),
                    path: "/".to_owned(),
                    created_at: Timestamp::from_millis(0),
                    groups: Vec::new(),
                    policies: attached.clone(),
                    permissions_boundary: limit.clone(),
                    tags: Default::default(),
                })
                .put(role(of, "caller", &of_nobody(Target::Role), attached, limit));
        }
        self.world.change(change).await;
    }

    pub(super) fn caller(&self, who: Who, policies: &Policies) -> Caller {
        let principal = match who {
            Who::User(of) => Principal::User {
                account: id(of),
                arn: format!("arn:aws:iam::{of}:user/caller"),
                id: format!("AIDA{of}"),
                name: "caller".to_owned(),
                path: "/".to_owned(),
            },
            Who::Role(of) => Principal::RoleSession {
                account: id(of),
                role_arn: format!("arn:aws:iam::{of}:role/caller"),
                role_id: format!("AROA{of}caller"),
                session_name: "session".to_owned(),
                session_arn: format!("arn:aws:sts::{of}:assumed-role/caller/session"),
            },
            Who::Federated(of) | Who::BareFederated(of) => Principal::Federated {
                account: id(of),
                arn: format!("arn:aws:sts::{of}:federated-user/caller"),
                name: "caller".to_owned(),
                user_id: Some(format!("AIDA{of}")),
            },
            Who::Root(of) => Principal::Root { account: id(of) },
            Who::Service => Principal::Service { name: "cloudwatch.amazonaws.com".to_owned() },
            Who::Anonymous => Principal::Anonymous,
        };
        let now = self.world.authority.now();
        let session = matches!(who, Who::Role(_) | Who::Federated(_) | Who::BareFederated(_)).then(|| Session {
            policy: policies.session.clone(),
            issued_at: now,
            expires_at: now.plus_seconds(3600),
            ..Session::default()
        });
        Caller { principal, session, ..Caller::system("req-matrix") }
    }

    pub(super) fn call(&self, target: Target, who: Who) -> Call {
        let made = match target {
            Target::Topic => call("sns", "Publish", &[("TopicArn", TOPIC), ("Message", "hi")]),
            Target::Role => call("sts", "AssumeRole", &[("RoleArn", ROLE), ("RoleSessionName", "matrix")]),
            Target::Organization => call("organizations", "ListAccounts", &[]),
        };
        Call { account: id(who.account().unwrap_or(WORKLOAD_ACCOUNT)), ..made }
    }
}
