//! Lists: what they take, how they are cut into pages, and what their answers say of it.

use bailiwick_aws::fault::Fault;
use serde::{Deserialize, Serialize};

use super::validation;
use crate::page::page;
use crate::{Authorized, Context};

/// How many items a page holds when the request names no number, and the most it may name.
/// Source: the IAM API reference, `MaxItems`.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1_000;

/// An input that asks for a page of a list.
pub(super) trait Paged {
    /// Where to go on, and how many items at most.
    fn window(&self) -> (Option<&str>, Option<usize>);
}

macro_rules! paged {
    ($($input:ty),* $(,)?) => {
        $(impl crate::iam::paging::Paged for $input {
            fn window(&self) -> (Option<&str>, Option<usize>) {
                (self.marker.as_deref(), self.max_items)
            }
        })*
    };
}
pub(super) use paged;

/// The page of a list of the whole account.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<usize>,
}

/// The page of what is under a path.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UnderInput {
    pub(super) path_prefix: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<usize>,
}

/// The page of something that belongs to one entity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfInput {
    #[serde(
        rename = "UserName",
        alias = "GroupName",
        alias = "RoleName",
        alias = "PolicyArn",
        alias = "InstanceProfileName",
        alias = "SerialNumber",
        alias = "OpenIDConnectProviderArn"
    )]
    pub(super) name: String,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<usize>,
}

/// The page of something that belongs to a user: the one it names, else the caller.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OfUserInput {
    pub(super) user_name: Option<String>,
    pub(super) marker: Option<String>,
    pub(super) max_items: Option<usize>,
}

paged!(ListInput, UnderInput, OfInput, OfUserInput);

/// What every list of IAM answers beside its items.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Paging {
    pub(super) is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) marker: Option<String>,
}

/// A page of a list. The scope says which list it is, so that its markers fit no other.
pub(super) fn listed<I: Paged, T>(
    cx: &Context<'_>,
    call: &Authorized<I>,
    scope: &str,
    items: Vec<T>,
    key: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Paging), Fault> {
    let (marker, size) = call.input.window();
    let size = size.unwrap_or(PAGE).clamp(1, MAX_PAGE);
    let scope = format!("iam:{scope} {}", call.account());
    let page = page(cx.vault, &scope, items, key, marker, size).ok_or_else(|| validation("Invalid Marker."))??;
    Ok((page.items, Paging { is_truncated: page.next.is_some(), marker: page.next }))
}
