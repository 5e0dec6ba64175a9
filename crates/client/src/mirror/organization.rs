use bailiwick_authority::record::{MirroredDocument, MirroredLevel, MirroredOrganization};
use bailiwick_aws::Value;

use super::{MirrorError, MirrorOf, MirrorWay, text};
use crate::exchange::Exchange;

/// Roots are at most five organizational units away; a tree that goes deeper is none.
const MAX_DEPTH: usize = 10;
const SCP: &str = "SERVICE_CONTROL_POLICY";
const RCP: &str = "RESOURCE_CONTROL_POLICY";

/// The organization as far as it may be read: in the account itself, else in its management account.
pub(super) async fn read(exchange: &Exchange, of: &MirrorOf<'_>) -> Result<MirroredOrganization, MirrorError> {
    let described = exchange.ask(&of.way, "organizations", "DescribeOrganization", Value::empty()).await;
    let described = match described {
        Ok(described) => described,
        Err(error) if error.fault().is_some_and(|fault| fault.code.starts_with("AWSOrganizationsNotInUse")) => {
            return Ok(MirroredOrganization::NotInUse);
        }
        Err(error) => return left(error),
    };
    let management = described.get("Organization").and_then(|of| of.get("MasterAccountId")).and_then(Value::as_str);
    let management = management.and_then(|id| id.parse().ok());
    if management == Some(of.way.target.account) {
        // Neither kind of policy binds the management account.
        return Ok(MirroredOrganization::Levels { scp: None, rcp: None });
    }
    match levels(exchange, &of.way, of).await {
        Ok(levels) => Ok(levels),
        Err(first) => match management.and_then(of.others) {
            Some(way) => levels(exchange, &way, of).await.or_else(left),
            None => left(first),
        },
    }
}

/// What may not be read is left to the account; anything else is an error.
fn left(error: MirrorError) -> Result<MirroredOrganization, MirrorError> {
    match error.fault().filter(|fault| fault.code.starts_with("AccessDenied")) {
        Some(fault) => Ok(MirroredOrganization::NotReadable { why: format!("{}: {}", fault.code, fault.message) }),
        None => Err(error),
    }
}

async fn levels(
    exchange: &Exchange,
    way: &MirrorWay<'_>,
    of: &MirrorOf<'_>,
) -> Result<MirroredOrganization, MirrorError> {
    let targets = path(exchange, way, of.way.target.account.as_ref()).await?;
    let enabled = enabled(exchange, way).await?;
    let mut found = [None, None];
    for (kind, levels) in [SCP, RCP].into_iter().zip(&mut found) {
        if !enabled.iter().any(|known| known == kind) {
            continue;
        }
        let mut read = Vec::with_capacity(targets.len());
        for (id, name) in &targets {
            let mut policies = Vec::new();
            let input = [("TargetId", id.as_str()), ("Filter", kind)];
            for policy in exchange.every(way, "ListPoliciesForTarget", &input, "Policies").await? {
                let id = text(&policy, "ListPoliciesForTarget", "Id")?;
                let input = Value::map([("PolicyId", Value::from(id.as_str()))]);
                let answer = exchange.ask(way, "organizations", "DescribePolicy", input).await?;
                let described = answer.get("Policy").unwrap_or(&answer);
                policies.push(MirroredDocument {
                    name: text(&policy, "ListPoliciesForTarget", "Name")?,
                    document: text(described, "DescribePolicy", "Content")?,
                });
            }
            read.push(MirroredLevel { target: name.clone(), policies });
        }
        *levels = Some(read);
    }
    let [scp, rcp] = found;
    Ok(MirroredOrganization::Levels { scp, rcp })
}

/// The kinds of policies that the organization has enabled.
async fn enabled(exchange: &Exchange, way: &MirrorWay<'_>) -> Result<Vec<String>, MirrorError> {
    let roots = exchange.every(way, "ListRoots", &[], "Roots").await?;
    let kinds = roots.iter().filter_map(|root| root.get("PolicyTypes")).filter_map(Value::as_list).flatten();
    let kinds = kinds.filter(|kind| kind.get("Status").and_then(Value::as_str) == Some("ENABLED"));
    Ok(kinds.filter_map(|kind| kind.get("Type").and_then(Value::as_str)).map(str::to_owned).collect())
}

/// The account's place: id and name of root, organizational units and account, root first.
async fn path(exchange: &Exchange, way: &MirrorWay<'_>, account: &str) -> Result<Vec<(String, String)>, MirrorError> {
    let mut path = vec![(account.to_owned(), account.to_owned())];
    for _ in 0..MAX_DEPTH {
        let child = path.last().map(|(id, _)| id.clone()).unwrap_or_default();
        let parents = exchange.every(way, "ListParents", &[("ChildId", &child)], "Parents").await?;
        let parent = parents
            .first()
            .ok_or_else(|| MirrorError::Answer { operation: "ListParents", what: format!("{child} is nowhere") })?;
        let id = text(parent, "ListParents", "Id")?;
        if text(parent, "ListParents", "Type")? == "ROOT" {
            path.push((id, "Root".to_owned()));
            path.reverse();
            return Ok(path);
        }
        let input = Value::map([("OrganizationalUnitId", Value::from(id.as_str()))]);
        // Its name is for people only.
        let described = exchange.ask(way, "organizations", "DescribeOrganizationalUnit", input).await.ok();
        let name = described.as_ref().and_then(|of| of.get("OrganizationalUnit")?.get("Name")?.as_str());
        let name = name.unwrap_or(&id).to_owned();
        path.push((id, name));
    }
    Err(MirrorError::Answer { operation: "ListParents", what: format!("{account} is too deep in the organization") })
}
