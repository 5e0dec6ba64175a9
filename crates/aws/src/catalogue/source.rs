//! Reads the sources of the catalogue: the authorization reference and the map from operations to actions.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::reference::*;
use super::*;

#[derive(Deserialize)]
struct RawReference {
    services: BTreeMap<String, RawService>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawService {
    name: String,
    #[serde(default)]
    rcp: bool,
    #[serde(default)]
    actions: BTreeMap<String, RawAction>,
    #[serde(default)]
    resources: BTreeMap<String, RawResource>,
    #[serde(default)]
    conditions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction {
    level: String,
    #[serde(default)]
    resources: Vec<RawActionResource>,
    #[serde(default)]
    conditions: Vec<Box<str>>,
    #[serde(default)]
    dependent: Vec<Box<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawActionResource {
    #[serde(rename = "type")]
    kind: Box<str>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    conditions: Vec<Box<str>>,
    #[serde(default)]
    dependent: Vec<Box<str>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResource {
    arn: Box<str>,
    #[serde(default)]
    conditions: Vec<Box<str>>,
}

/// Reads authorization references and puts them together, in the order of their prefixes.
pub fn authorization(texts: &[&str]) -> Result<Vec<ServiceAuthorization>, String> {
    let mut all = BTreeMap::new();
    for text in texts {
        let raw: RawReference = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (prefix, service) in raw.services {
            let service = service_authorization(&prefix, service).map_err(|reason| format!("`{prefix}`: {reason}"))?;
            if all.insert(prefix.clone(), service).is_some() {
                return Err(format!("the prefix `{prefix}` is there twice"));
            }
        }
    }
    Ok(all.into_values().collect())
}

fn service_authorization(prefix: &str, raw: RawService) -> Result<ServiceAuthorization, String> {
    let mut actions = Vec::with_capacity(raw.actions.len());
    for (name, action) in raw.actions {
        // `Tagging, Write` and `Permissions management, Write` name the property first.
        let level = match action.level.split(',').next().unwrap_or_default() {
            "List" => AccessLevel::List,
            "Permissions management" => AccessLevel::PermissionsManagement,
            "Read" => AccessLevel::Read,
            "Tagging" => AccessLevel::Tagging,
            "Write" => AccessLevel::Write,
            other => return Err(format!("unknown access level `{other}`")),
        };
        actions.push(Action {
            name: name.into(),
            level,
            resources: action
                .resources
                .into_iter()
                .map(|raw| ActionResource {
                    kind: raw.kind,
                    required: raw.required,
                    conditions: raw.conditions,
                    dependent: raw.dependent,
                })
                .collect(),
            conditions: action.conditions,
            dependent: action.dependent,
        });
    }
    let mut keys = Vec::with_capacity(raw.conditions.len());
    for (name, kind) in raw.conditions {
        let kind = KeyType::parse(&kind).ok_or_else(|| format!("unknown type `{kind}` of `{name}`"))?;
        keys.push(ConditionKey { name: name.into(), kind });
    }
    Ok(ServiceAuthorization {
        prefix: prefix.into(),
        name: raw.name.into(),
        resource_control_policies: raw.rcp,
        actions,
        resources: raw
            .resources
            .into_iter()
            .map(|(name, raw)| ResourceType { name: name.into(), arn: raw.arn, conditions: raw.conditions })
            .collect(),
        keys,
    })
}

#[derive(Deserialize)]
struct RawMap {
    service: String,
    prefix: Option<Box<str>>,
    ops: BTreeMap<String, RawMapped>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMapped {
    src: String,
    #[serde(default)]
    permissionless: bool,
    #[serde(default)]
    actions: Vec<RawMappedAction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMappedAction {
    action: Box<str>,
    #[serde(default)]
    undocumented: bool,
    #[serde(default)]
    arns: Vec<RawTemplate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawTemplate {
    #[serde(rename = "type")]
    kind: Option<Box<str>>,
    arn: Box<str>,
    how: Option<String>,
    #[serde(default, rename = "override")]
    overrides: bool,
    #[serde(default)]
    may_be_arn: bool,
}

/// Reads the map from operations to actions, one service a line, by the services' names.
pub fn action_maps(text: &str) -> Result<BTreeMap<String, ActionMap>, String> {
    let mut all = BTreeMap::new();
    for line in text.lines() {
        let raw: RawMap = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let mut operations = Vec::with_capacity(raw.ops.len());
        for (name, mapped) in raw.ops {
            operations.push(MappedOperation {
                name: name.into(),
                source: match mapped.src.as_str() {
                    "curated" => MappingSource::Curated,
                    "name" => MappingSource::Name,
                    "none" => MappingSource::None,
                    other => return Err(format!("unknown source `{other}`")),
                },
                permissionless: mapped.permissionless,
                actions: mapped.actions.into_iter().map(mapped_action).collect(),
            });
        }
        all.insert(raw.service, ActionMap { prefix: raw.prefix, operations });
    }
    Ok(all)
}

fn mapped_action(raw: RawMappedAction) -> MappedAction {
    let template = |raw: RawTemplate| Template {
        kind: raw.kind,
        arn: raw.arn,
        // Whatever was not made by a person counts as a guess.
        guess: raw.how.is_some(),
        overrides: raw.overrides,
        may_be_arn: raw.may_be_arn,
    };
    MappedAction {
        action: raw.action,
        undocumented: raw.undocumented,
        templates: raw.arns.into_iter().map(template).collect(),
    }
}
