//! Permissions boundaries of users and roles.

use bailiwick_authority::DirectoryChange;
use bailiwick_aws::fault::Fault;
use serde::Deserialize;

use super::attached::attachable;
use super::holder::{Bounded, find};
use super::{account, no_such_entity};
use crate::operation::Nothing;
use crate::{Authorized, Context};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutInput {
    #[serde(rename = "UserName", alias = "RoleName")]
    name: String,
    permissions_boundary: String,
}

/// Sets the boundary.
pub(super) async fn put<H: Bounded>(cx: &Context<'_>, call: Authorized<PutInput>) -> Result<Nothing, Fault> {
    let mut holder = find::<H>(account(cx, &call)?, &call.input.name)?.clone();
    holder.changeable()?;
    *holder.boundary_mut() = Some(attachable(cx, &call, &call.input.permissions_boundary)?);
    cx.commit_directory(DirectoryChange::new().put(holder));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
pub(super) struct DeleteInput {
    #[serde(rename = "UserName", alias = "RoleName")]
    name: String,
}

/// Takes the boundary away.
pub(super) async fn delete<H: Bounded>(cx: &Context<'_>, call: Authorized<DeleteInput>) -> Result<Nothing, Fault> {
    let mut holder = find::<H>(account(cx, &call)?, &call.input.name)?.clone();
    holder.changeable()?;
    if holder.boundary_mut().take().is_none() {
        let message = format!("{} {} does not have a permissions boundary.", H::KIND, holder.name());
        return Err(no_such_entity(message));
    }
    cx.commit_directory(DirectoryChange::new().put(holder));
    Ok(Nothing {})
}
