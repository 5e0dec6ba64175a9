//! What users, groups and roles have in common: they hold policies, under a name, in an account.

use bailiwick_authority::record::{AttachedPolicies, GroupRecord, RoleRecord, UserRecord};
use bailiwick_authority::{Account, Record};
use bailiwick_aws::fault::Fault;
use serde::Serialize;

use super::no_such_entity;

/// A principal, or a group of them, that holds policies.
pub(super) trait Holder: Clone + Into<Record> {
    /// The word in messages: `user`, `group`, `role`.
    const KIND: &'static str;
    /// The quota of attached managed policies, by its name in messages.
    const ATTACHED_QUOTA: &'static str;
    /// The size of all inline policies together, without white space. Source: AWS's IAM guide, "IAM and STS quotas".
    const INLINE_SIZE: usize;

    /// The holder of a name in an account, without regard to case.
    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Self>;
    /// Its name.
    fn name(&self) -> &str;
    /// Its policies.
    fn policies(&self) -> &AttachedPolicies;
    /// Its policies, to change.
    fn policies_mut(&mut self) -> &mut AttachedPolicies;
    /// Its name, as answers carry it.
    fn named(&self) -> Named;

    /// Refuses a change of what only AWS may change.
    fn changeable(&self) -> Result<(), Fault> {
        Ok(())
    }
}

/// A holder that may have a permissions boundary.
pub(super) trait Bounded: Holder {
    /// The ARN of the boundary.
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

/// A holder's name under the member that its kind has.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Named {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_name: Option<String>,
}

/// The holder of a name, or IAM's answer that there is none.
pub(super) fn find<'a, H: Holder>(account: &'a Account, name: &str) -> Result<&'a H, Fault> {
    H::find(account, name).ok_or_else(|| no_such_entity(format!("The {} with name {name} cannot be found.", H::KIND)))
}

impl Holder for UserRecord {
    const KIND: &'static str = "user";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerUser";
    const INLINE_SIZE: usize = 2_048;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Self> {
        account.user(name).map(|user| &user.record)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &AttachedPolicies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut AttachedPolicies {
        &mut self.policies
    }

    fn named(&self) -> Named {
        Named { user_name: Some(self.name.clone()), ..Named::default() }
    }
}

impl Bounded for UserRecord {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.permissions_boundary
    }
}

impl Holder for GroupRecord {
    const KIND: &'static str = "group";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerGroup";
    const INLINE_SIZE: usize = 5_120;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Self> {
        account.group(name).map(|group| &group.record)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &AttachedPolicies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut AttachedPolicies {
        &mut self.policies
    }

    fn named(&self) -> Named {
        Named { group_name: Some(self.name.clone()), ..Named::default() }
    }
}

impl Holder for RoleRecord {
    const KIND: &'static str = "role";
    const ATTACHED_QUOTA: &'static str = "PoliciesPerRole";
    const INLINE_SIZE: usize = 10_240;

    fn find<'a>(account: &'a Account, name: &str) -> Option<&'a Self> {
        account.role(name).map(|role| &role.record)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn policies(&self) -> &AttachedPolicies {
        &self.policies
    }

    fn policies_mut(&mut self) -> &mut AttachedPolicies {
        &mut self.policies
    }

    fn named(&self) -> Named {
        Named { role_name: Some(self.name.clone()), ..Named::default() }
    }

    fn changeable(&self) -> Result<(), Fault> {
        if self.path.starts_with("/aws-service-role/") {
            let message = format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                self.name
            );
            return Err(Fault::sender("UnmodifiableEntity", 400, message));
        }
        Ok(())
    }
}

impl Bounded for RoleRecord {
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.permissions_boundary
    }
}
