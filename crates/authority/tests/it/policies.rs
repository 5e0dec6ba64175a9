//! Policies that tests put into one layer of the sample organization.

use bailiwick_authority::{
    DirectoryChange,
    record::{
        AttachmentRecord, ManagedPolicyRecord, OrganizationPolicyRecord, PolicyType, PolicyVersionRecord, RoleRecord,
    },
};
use bailiwick_ident::Timestamp;

use crate::world::{World, workload};

/// A managed policy of the workload account.
pub(crate) fn managed(name: &str, document: &str) -> ManagedPolicyRecord {
    let at = Timestamp::from_millis(0);
    ManagedPolicyRecord {
        account: workload(),
        id: format!("ANPA{name}"),
        name: name.to_owned(),
        path: "/".to_owned(),
        description: String::new(),
        created_at: at,
        updated_at: at,
        versions: vec![PolicyVersionRecord { id: "v1".to_owned(), document: document.to_owned(), created_at: at }],
        default_version: "v1".to_owned(),
        next_version: 2,
        tags: Default::default(),
    }
}

/// The ARN of a managed policy of the workload account.
pub(crate) fn managed_arn(name: &str) -> String {
    format!("arn:aws:iam::{}:policy/{name}", workload())
}

/// A policy of the organization, attached to its root, to an organizational unit or to an account.
pub(crate) fn attached(kind: PolicyType, name: &str, content: &str, target: &str) -> DirectoryChange {
    let id = format!("p-{}", name.to_ascii_lowercase());
    let policy = OrganizationPolicyRecord {
        id: id.clone(),
        kind,
        name: name.to_owned(),
        description: String::new(),
        content: content.to_owned(),
        tags: Default::default(),
    };
    let attachment = AttachmentRecord { policy_id: id, target_id: target.to_owned(), sequence: 100 };
    DirectoryChange::new().put(policy).put(attachment)
}

/// A service control policy under the name `One`.
pub(crate) fn control(content: &str, target: &str) -> DirectoryChange {
    attached(PolicyType::ServiceControlPolicy, "One", content, target)
}

/// A chatbot policy.
pub(crate) fn chatbot_policy(content: &str, target: &str) -> DirectoryChange {
    attached(PolicyType::ChatbotPolicy, "chat", content, target)
}

/// The role of `#deploy`.
pub(crate) fn deploy_role(world: &World) -> RoleRecord {
    world.authority.directory().role(&world.sample.deploy_role_arn).unwrap().record.clone()
}
