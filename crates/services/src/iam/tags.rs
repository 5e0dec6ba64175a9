//! Tags of users, roles, customer managed policies, instance profiles, identity providers and MFA devices.

use bailiwick_authority::record::{
    InstanceProfileRecord, ManagedPolicyRecord, MfaDeviceRecord, OidcProviderRecord, RoleRecord, UserRecord,
};
use bailiwick_authority::{Account, DirectoryChange, Record, Tags};
use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::paging::OfInput;
use super::shown::Tag;
use super::{Paging, account, holder, invalid_input, listed, shown};
use crate::operation::Nothing;
use crate::{Authorized, Context};

/// Tags of one entity. Source: AWS's IAM guide, "Tags for IAM resources".
const MAX_TAGS: usize = 50;

/// What has tags.
pub(super) trait Tagged: Clone + Into<Record> {
    /// The entity a request names.
    fn tagged<'a>(account: &'a Account, name: &str) -> Result<&'a Self, Fault>;
    /// Its tags.
    fn tags_mut(&mut self) -> &mut Tags;
    /// Its tags, to read.
    fn tags(&self) -> &Tags;
    /// What no other entity of its kind has: the unique id or the ARN.
    fn id(&self) -> &str;
}

macro_rules! tagged {
    ($($record:ty => $id:ident, $find:expr),* $(,)?) => {
        $(impl Tagged for $record {
            fn tagged<'a>(account: &'a Account, name: &str) -> Result<&'a Self, Fault> {
                let find: fn(&'a Account, &str) -> Result<&'a Self, Fault> = $find;
                find(account, name)
            }

            fn tags_mut(&mut self) -> &mut Tags {
                &mut self.tags
            }

            fn tags(&self) -> &Tags {
                &self.tags
            }

            fn id(&self) -> &str {
                &self.$id
            }
        })*
    };
}

tagged! {
    InstanceProfileRecord => id, |account, name| super::instance_profiles::named(account, name).map(|of| &of.record),
    ManagedPolicyRecord => id, |account, arn| super::policies::own(account, arn).map(|policy| &policy.record),
    MfaDeviceRecord => serial_number, super::mfa::found,
    OidcProviderRecord => arn, super::oidc::found,
    RoleRecord => id, |account, name| holder::find::<RoleRecord>(account, name),
    UserRecord => id, |account, name| holder::find::<UserRecord>(account, name),
}

/// The tags of a new entity.
pub(super) fn first(tags: &[Tag]) -> Result<Tags, Fault> {
    let mut map = Tags::new();
    merge(&mut map, tags)?;
    Ok(map)
}

/// Adds tags, replacing those whose keys differ in case only.
fn merge(map: &mut Tags, tags: &[Tag]) -> Result<(), Fault> {
    for (place, tag) in tags.iter().enumerate() {
        if tags.iter().take(place).any(|before| before.key.eq_ignore_ascii_case(&tag.key)) {
            return Err(invalid_input("Duplicate tag keys found. Please note that Tag keys are case insensitive."));
        }
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(invalid_input("aws: prefixed tag key names are not allowed for external use."));
        }
        map.retain(|key, _| !key.eq_ignore_ascii_case(&tag.key));
        map.insert(tag.key.clone(), tag.value.clone());
    }
    if map.len() > MAX_TAGS {
        return Err(invalid_input("The number of tags has reached the maximum limit."));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    #[serde(
        rename = "UserName",
        alias = "RoleName",
        alias = "PolicyArn",
        alias = "InstanceProfileName",
        alias = "SerialNumber",
        alias = "OpenIDConnectProviderArn"
    )]
    name: String,
    tags: Vec<Tag>,
}

/// Adds tags.
pub(super) async fn tag<T: Tagged>(cx: &Context<'_>, call: Authorized<TagInput>) -> Result<Nothing, Fault> {
    let mut record = T::tagged(account(cx, &call)?, &call.input.name)?.clone();
    merge(record.tags_mut(), &call.input.tags)?;
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    #[serde(
        rename = "UserName",
        alias = "RoleName",
        alias = "PolicyArn",
        alias = "InstanceProfileName",
        alias = "SerialNumber",
        alias = "OpenIDConnectProviderArn"
    )]
    name: String,
    tag_keys: Vec<String>,
}

/// Removes tags; keys that are not there are no error.
pub(super) async fn untag<T: Tagged>(cx: &Context<'_>, call: Authorized<UntagInput>) -> Result<Nothing, Fault> {
    let mut record = T::tagged(account(cx, &call)?, &call.input.name)?.clone();
    record.tags_mut().retain(|key, _| !call.input.tag_keys.iter().any(|gone| gone.eq_ignore_ascii_case(key)));
    cx.commit_directory(DirectoryChange::new().put(record));
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    tags: Vec<Tag>,
    #[serde(flatten)]
    paging: Paging,
}

/// The tags.
pub(super) async fn list<T: Tagged>(cx: &Context<'_>, call: Authorized<OfInput>) -> Result<ListOutput, Fault> {
    let record = T::tagged(account(cx, &call)?, &call.input.name)?;
    let scope = format!("tags {}", record.id());
    let tags = shown::tags(record.tags());
    let key = |tag: &Tag| tag.key.clone();
    let (tags, paging) = listed(cx, &call, &scope, tags, key)?;
    Ok(ListOutput { tags, paging })
}
