//! In which Regions STS issues credentials for an account; AWS has it in the console only.
//! Source: AWS's IAM guide, "Manage AWS STS in an AWS Region".

use bailiwick_authority::record::AccountRegionsRecord;
use bailiwick_authority::{DirectoryChange, RegionState};
use bailiwick_aws::fault::Fault;
use bailiwick_ident::Region;
use serde::{Deserialize, Serialize};

use super::{ListInput, invalid};
use crate::page::page;
use crate::{Authorized, Context};

/// How many Regions a page holds where the request does not say.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RegionInput {
    region: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct StsRegion {
    region: String,
    status: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RegionOutput {
    sts_region: StsRegion,
}

fn shown(region: &Region, active: bool) -> StsRegion {
    StsRegion { region: region.to_string(), status: if active { "ACTIVE" } else { "INACTIVE" } }
}

/// The Region, which must be one that the account has.
fn region(cx: &Context<'_>, call: &Authorized<RegionInput>) -> Result<Region, Fault> {
    let name = &call.input.region;
    match (Region::parse(name), cx.regions().state(cx.directory, call.account(), name)) {
        (Ok(region), Some(RegionState::Enabled | RegionState::EnabledByDefault)) => Ok(region),
        (Ok(_), Some(RegionState::Disabled)) => {
            Err(invalid(format!("The Region {name} is not enabled for this account; enable it first.")))
        }
        _ => Err(invalid(format!("There is no Region {name}."))),
    }
}

fn record(cx: &Context<'_>, call: &Authorized<RegionInput>) -> AccountRegionsRecord {
    let known = cx.directory.account(call.account()).and_then(|account| account.regions());
    known.cloned().unwrap_or_else(|| AccountRegionsRecord::new(call.account()))
}

/// Lets STS issue credentials for the account in a Region.
pub(super) async fn activate_sts_region(
    cx: &Context<'_>,
    call: Authorized<RegionInput>,
) -> Result<RegionOutput, Fault> {
    let region = region(cx, &call)?;
    let mut record = record(cx, &call);
    if record.sts_inactive.remove(&region) {
        cx.commit_directory(DirectoryChange::new().put(record));
    }
    Ok(RegionOutput { sts_region: shown(&region, true) })
}

/// Stops STS from issuing credentials for the account in a Region. Those issued elsewhere go on working there.
pub(super) async fn deactivate_sts_region(
    cx: &Context<'_>,
    call: Authorized<RegionInput>,
) -> Result<RegionOutput, Fault> {
    let region = region(cx, &call)?;
    if !cx.regions().sts_may_be_off(cx.directory, call.account(), region.as_str()) {
        return Err(invalid(format!("STS is always active in {region}.")));
    }
    let mut record = record(cx, &call);
    if record.sts_inactive.insert(region.clone()) {
        cx.commit_directory(DirectoryChange::new().put(record));
    }
    Ok(RegionOutput { sts_region: shown(&region, false) })
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    sts_regions: Vec<StsRegion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// The account's Regions, with whether STS issues credentials for it there.
pub(super) async fn list_sts_regions(cx: &Context<'_>, call: Authorized<ListInput>) -> Result<ListOutput, Fault> {
    let account = call.account();
    let enabled = cx.regions().of(cx.directory, account).into_iter();
    let enabled = enabled.filter(|(_, state)| *state != RegionState::Disabled);
    let all = enabled.map(|(region, _)| {
        let active = cx.regions().sts_is_active(cx.directory, account, region.as_str());
        shown(&region, active)
    });
    let scope = format!("bailiwick:ListStsRegions {account}");
    let (token, size) = (call.input.next_token.as_deref(), call.input.max_results.unwrap_or(PAGE));
    let page = page(cx.vault, &scope, all.collect(), |one| one.region.clone(), token, size)
        .ok_or_else(|| invalid("The token is not valid; leave NextToken out to begin anew."))??;
    Ok(ListOutput { sts_regions: page.items, next_token: page.next })
}
