use super::reference::{AccessLevel, Action, MappedAction, MappingSource, ServiceAuthorization};
use super::template::{Expanded, expand};
use crate::pack::{Pack, PackError};
use crate::value::Value;

/// Where a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPlace<'a> {
    /// The partition, such as `aws`.
    pub partition: &'a str,
    /// The Region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
}

/// What an operation asks for, as far as the map knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// These actions, all of them.
    Actions(Vec<Need>),
    /// No permission.
    Permissionless,
    /// Nobody knows; whoever decides must deny or leave it to AWS. Says why.
    Unknown(String),
}

/// One action that a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The action, such as `sns:Publish`.
    pub action: String,
    /// The access level; none if the authorization reference does not have the action.
    pub level: Option<AccessLevel>,
    /// What it is asked on.
    pub resources: Resources,
    /// The action is needed only in some uses of the operation, and the input does not tell which.
    pub perhaps: bool,
    /// Other actions that the reference says the caller needs for it.
    pub dependent: Vec<String>,
}

/// The resources of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resources {
    /// The action supports only `"Resource": "*"`.
    Any,
    /// These ARNs, by a template that a person made.
    Exact(Vec<String>),
    /// These ARNs, by a template that was matched by name. They may be wrong: a deny that follows from them stands, an allow
    /// does not.
    Guess(Vec<String>),
    /// Some resources of these formats, with placeholders.
    Unknown(Vec<String>),
}

impl Pack {
    /// The actions and resources that a call asks for. What the map does not know, or the input does not hold, is said to be
    /// unknown, never left out.
    pub fn needs(
        &self,
        service: &str,
        operation: &str,
        input: &Value,
        place: &CallPlace<'_>,
    ) -> Result<Needs, PackError> {
        let unknown = || Needs::Unknown(format!("nobody knows which permissions `{service}:{operation}` asks for"));
        let Some(map) = self.action_map(service)? else { return Ok(unknown()) };
        let Some(mapped) = map.operation(operation) else { return Ok(unknown()) };
        if mapped.permissionless {
            return Ok(Needs::Permissionless);
        }
        if mapped.source == MappingSource::None {
            return Ok(unknown());
        }
        let mut needs = Vec::new();
        for action in &mapped.actions {
            let reference = match action.action.split_once(':') {
                Some((prefix, _)) => self.authorization(prefix)?,
                None => None,
            };
            needs.extend(need(action, reference.as_deref(), input, place));
        }
        Ok(if needs.is_empty() { unknown() } else { Needs::Actions(needs) })
    }
}

fn need(
    mapped: &MappedAction,
    reference: Option<&ServiceAuthorization>,
    input: &Value,
    place: &CallPlace<'_>,
) -> Option<Need> {
    let name = mapped.action.split_once(':').map_or("", |(_, name)| name);
    let known = reference.and_then(|reference| Some((reference, reference.action(name)?)));
    let perhaps = !mapped.templates.is_empty()
        && mapped.templates.iter().all(|template| template.arn.contains('*') && !reads_input(&template.arn));
    Some(Need {
        action: mapped.action.to_string(),
        level: known.map(|(_, action)| action.level),
        resources: resources(mapped, known, input, place)?,
        perhaps,
        dependent: known.map(|(_, action)| dependent(action)).unwrap_or_default(),
    })
}

fn dependent(action: &Action) -> Vec<String> {
    let of_resources = action.resources.iter().flat_map(|resource| &resource.dependent);
    let mut all: Vec<String> = action.dependent.iter().chain(of_resources).map(|action| action.to_string()).collect();
    all.sort();
    all.dedup();
    all
}

/// Whether a template has a placeholder for more than the place of the call.
fn reads_input(template: &str) -> bool {
    template
        .split("${")
        .skip(1)
        .any(|rest| !["Partition}", "Region}", "Account}"].iter().any(|name| rest.starts_with(name)))
}

/// `None`: the map says that this input does not need the action.
fn resources(
    mapped: &MappedAction,
    known: Option<(&ServiceAuthorization, &Action)>,
    input: &Value,
    place: &CallPlace<'_>,
) -> Option<Resources> {
    let overridden = mapped.templates.iter().any(|template| template.overrides);
    if known.is_some_and(|(_, action)| action.wildcard_only()) && !overridden {
        return Some(Resources::Any);
    }
    let format_of = |kind: &str| known.and_then(|(reference, _)| reference.resource(kind)).map(|kind| &*kind.arn);
    let (mut arns, mut guess, mut not_applicable) = (Vec::new(), false, 0);
    let mut open = Vec::new();
    for template in &mapped.templates {
        let format = template.kind.as_deref().and_then(format_of);
        match expand(template, format, place, input) {
            Expanded::Arns(found) => {
                guess |= template.guess;
                arns.extend(found);
            }
            Expanded::NotApplicable => not_applicable += 1,
            Expanded::Unresolved => {
                let required = known.is_none_or(|(_, action)| {
                    let kind = action.resources.iter().find(|kind| Some(&*kind.kind) == template.kind.as_deref());
                    kind.is_none_or(|kind| kind.required)
                });
                open.push((required, format.unwrap_or(&template.arn).to_owned()));
            }
        }
    }
    if overridden && !mapped.templates.is_empty() && not_applicable == mapped.templates.len() {
        return None;
    }
    // A type that the action takes only sometimes may be left open once another is known.
    let missing = open.iter().any(|(required, _)| *required || arns.is_empty());
    if arns.is_empty() || missing || !covers_required(mapped, known) {
        let mut formats: Vec<String> = open.into_iter().map(|(_, format)| format).collect();
        if formats.is_empty() {
            formats.extend(known.into_iter().flat_map(|(reference, action)| {
                let formats = action.resources.iter().filter_map(|kind| reference.resource(&kind.kind));
                formats.map(|kind| kind.arn.to_string())
            }));
        }
        formats.extend(arns);
        return Some(Resources::Unknown(formats));
    }
    arns.sort();
    arns.dedup();
    Some(if guess { Resources::Guess(arns) } else { Resources::Exact(arns) })
}

/// Every resource type that the action requires has a template.
fn covers_required(mapped: &MappedAction, known: Option<(&ServiceAuthorization, &Action)>) -> bool {
    let overridden = mapped.templates.iter().any(|template| template.overrides);
    let has = |kind: &str| mapped.templates.iter().any(|template| template.kind.as_deref() == Some(kind));
    overridden || known.is_none_or(|(_, action)| action.resources.iter().all(|kind| !kind.required || has(&kind.kind)))
}
