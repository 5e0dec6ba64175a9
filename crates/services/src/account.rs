//! AWS Account Management, as far as it concerns Regions. A Region is enabled or disabled at once; AWS takes minutes.

use bailiwick_authority::record::AccountRegionsRecord;
use bailiwick_authority::{DirectoryChange, RegionState};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::{AccountId, Region};
use serde::{Deserialize, Serialize};

use crate::operation::Nothing;
use crate::page::page;
use crate::{Authorized, Context};

crate::operation::operations! {
    DisableRegion => disable_region,
    EnableRegion => enable_region,
    GetRegionOptStatus => get_region_opt_status,
    ListRegions => list_regions,
}

/// How many Regions a page holds where the request does not say.
const PAGE: usize = 50;

fn invalid(message: impl Into<String>, reason: &str) -> Fault {
    Fault::sender("ValidationException", 400, message).with("reason", reason)
}

/// The account that is meant: the caller's own, or a member of the organization that the caller manages.
fn meant<I>(cx: &Context<'_>, call: &Authorized<I>, asked: Option<&String>) -> Result<AccountId, Fault> {
    let Some(asked) = asked else { return Ok(call.account()) };
    let account = AccountId::parse(asked)
        .map_err(|_| invalid("The account id must be twelve digits.", "fieldValidationFailed"))?;
    if account == call.account() {
        return Err(invalid("Leave the account id out to ask for the account of the caller.", "fieldValidationFailed"));
    }
    let manages = cx.directory.organization().is_some_and(|organization| {
        organization.management_account() == call.account()
            && cx.directory.account(account).is_some_and(|known| known.record().membership.is_some())
    });
    if manages {
        return Ok(account);
    }
    let message = format!("The caller's account does not manage account {account}.");
    Err(Fault::sender("AccessDeniedException", 403, message))
}

fn region(cx: &Context<'_>, account: AccountId, name: &str) -> Result<(Region, RegionState), Fault> {
    let state = cx.regions().state(cx.directory, account, name);
    match (Region::parse(name), state) {
        (Ok(region), Some(state)) => Ok((region, state)),
        _ => Err(invalid(format!("There is no Region {name}."), "invalidRegionOptTarget")),
    }
}

fn record(cx: &Context<'_>, account: AccountId) -> AccountRegionsRecord {
    let known = cx.directory.account(account).and_then(|account| account.regions());
    known.cloned().unwrap_or_else(|| AccountRegionsRecord::new(account))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RegionInput {
    account_id: Option<String>,
    region_name: String,
}

/// Enables an opt-in Region.
async fn enable_region(cx: &Context<'_>, call: Authorized<RegionInput>) -> Result<Nothing, Fault> {
    let account = meant(cx, &call, call.input.account_id.as_ref())?;
    match region(cx, account, &call.input.region_name)? {
        (region, RegionState::Disabled) => {
            let mut record = record(cx, account);
            record.enabled.insert(region);
            cx.commit_directory(DirectoryChange::new().put(record));
            Ok(Nothing {})
        }
        (_, RegionState::Enabled) => Ok(Nothing {}),
        (region, RegionState::EnabledByDefault) => {
            Err(invalid(format!("The Region {region} is enabled by default."), "invalidRegionOptTarget"))
        }
    }
}

/// Disables an opt-in Region. What is in it stays and is reached again once it is enabled.
async fn disable_region(cx: &Context<'_>, call: Authorized<RegionInput>) -> Result<Nothing, Fault> {
    let account = meant(cx, &call, call.input.account_id.as_ref())?;
    match region(cx, account, &call.input.region_name)? {
        (region, RegionState::Enabled) => {
            let mut record = record(cx, account);
            record.enabled.remove(&region);
            cx.commit_directory(DirectoryChange::new().put(record));
            Ok(Nothing {})
        }
        (_, RegionState::Disabled) => Ok(Nothing {}),
        (region, RegionState::EnabledByDefault) => Err(invalid(
            format!("The Region {region} is enabled by default and cannot be disabled."),
            "invalidRegionOptTarget",
        )),
    }
}

/// A Region as the API shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    region_name: String,
    region_opt_status: &'static str,
}

/// Whether a Region is enabled.
async fn get_region_opt_status(cx: &Context<'_>, call: Authorized<RegionInput>) -> Result<Shown, Fault> {
    let account = meant(cx, &call, call.input.account_id.as_ref())?;
    let (region, state) = region(cx, account, &call.input.region_name)?;
    Ok(Shown { region_name: region.to_string(), region_opt_status: state.as_str() })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    account_id: Option<String>,
    max_results: Option<usize>,
    next_token: Option<String>,
    #[serde(default)]
    region_opt_status_contains: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListOutput {
    regions: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The Regions of the partition, with whether they are enabled.
async fn list_regions(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let input = &call.input;
    let account = meant(cx, &call, input.account_id.as_ref())?;
    let wanted = &input.region_opt_status_contains;
    let all = cx.regions().of(cx.directory, account).into_iter();
    let all = all.filter(|(_, state)| wanted.is_empty() || wanted.iter().any(|want| want == state.as_str()));
    let all = all.map(|(region, state)| Shown { region_name: region.to_string(), region_opt_status: state.as_str() });
    let scope = format!("account:ListRegions {account}");
    let size = input.max_results.unwrap_or(PAGE);
    let page = page(cx.vault, &scope, all.collect(), |one| one.region_name.clone(), input.next_token.as_deref(), size)
        .ok_or_else(|| invalid("The token is not valid.", "fieldValidationFailed"))??;
    Ok(ListOutput { regions: page.items, next_token: page.next })
}
