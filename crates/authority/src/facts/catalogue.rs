//! The facts of operations that other services run: from AWS's map of operations to actions. A template that was guessed, or
//! that cannot be filled, never stands for a resource: such a resource is unknown.

use bailiwick_aws::{
    Value,
    catalogue::{Action, MappedAction, MappingSource, ServiceAuthorization, Template},
    pack::Pack,
};
use bailiwick_ident::{ActionName, Arn};
use bailiwick_policy::Context;

use super::{
    CallFacts, Check, Subject,
    function::{self, Named},
    template::scalar,
};
use crate::{call::Call, caller::Tags};

/// More resources than this in one call are not decided one by one.
const MAX_CHECKS: usize = 256;

/// The facts of a call to a service that is not ours.
pub(super) fn facts(pack: &Pack, call: &Call) -> CallFacts {
    let name = format!("{}:{}", call.service, call.operation);
    let map = match pack.action_map(&call.service) {
        Ok(Some(map)) => map,
        Ok(None) => return CallFacts::Unknown(format!("nobody knows which permissions `{}` asks for", call.service)),
        Err(error) => return CallFacts::Unknown(error.to_string()),
    };
    let Some(operation) = map.operation(&call.operation) else {
        return CallFacts::Unknown(format!("nobody knows which permissions `{name}` asks for"));
    };
    if operation.permissionless {
        return CallFacts::Permissionless;
    }
    if operation.source == MappingSource::None || operation.actions.is_empty() {
        return CallFacts::Unknown(format!("nobody knows which permissions `{name}` asks for"));
    }
    let mut checks = Vec::new();
    for mapped in &operation.actions {
        let action = match ActionName::parse(&mapped.action) {
            Ok(action) => action,
            Err(error) => return CallFacts::Unknown(error.to_string()),
        };
        let reference = match pack.authorization(action.service()) {
            Ok(reference) => reference,
            Err(error) => return CallFacts::Unknown(error.to_string()),
        };
        let documented = reference.as_deref().and_then(|of| Some((of, of.action(action.name())?)));
        for subject in subjects(mapped, documented, &action, call) {
            let resource_account = match &subject {
                Subject::Arn(arn) => Arn::parse(arn).ok().and_then(|arn| arn.account_id()),
                Subject::Any | Subject::Unknown(_) => None,
            };
            checks.push(Check {
                action: action.clone(),
                wildcard_only: subject == Subject::Any,
                subject,
                resource_account: Some(resource_account.unwrap_or(call.account)),
                context: Context::new(),
                resource_tags: Tags::new(),
                trust: None,
            });
        }
    }
    match checks.len() {
        1..=MAX_CHECKS => CallFacts::Checks(checks),
        count => CallFacts::Unknown(format!("`{name}` names {count} resources; at most {MAX_CHECKS} can be decided")),
    }
}

fn subjects(
    mapped: &MappedAction,
    documented: Option<(&ServiceAuthorization, &Action)>,
    action: &ActionName,
    call: &Call,
) -> Vec<Subject> {
    let Some((reference, known)) = documented else {
        return vec![Subject::Unknown(format!("arn:{}:{}:*", call.partition, action.service()))];
    };
    if known.wildcard_only() && !mapped.templates.iter().any(|template| template.overrides) {
        return vec![Subject::Any];
    }
    let required = |template: &Template| {
        known.resources.iter().any(|resource| resource.required && template.kind.as_deref() == Some(&*resource.kind))
    };
    let mut found = Vec::new();
    for template in &mapped.templates {
        match fill(&template.arn, call) {
            Filled::Texts(texts) if !template.guess => found.extend(texts.into_iter().map(Subject::Arn)),
            Filled::Missing if !template.guess && !required(template) => {}
            Filled::Texts(_) | Filled::Missing | Filled::NotUnderstood => {
                found.push(Subject::Unknown(form(&template.arn, call)));
            }
        }
    }
    // A resource type the action needs, and that no template speaks of, is there all the same.
    for resource in known.resources.iter().filter(|resource| resource.required) {
        let spoken_of = mapped.templates.iter().any(|template| template.kind.as_deref() == Some(&*resource.kind));
        let arn = reference.resource(&resource.kind).map(|kind| form(&kind.arn, call));
        if !spoken_of && mapped.templates.is_empty() {
            found.push(Subject::Unknown(arn.unwrap_or_else(|| format!("arn:{}:*", call.partition))));
        }
    }
    if found.is_empty() {
        found.push(Subject::Unknown(format!("arn:{}:{}:*", call.partition, action.service())));
    }
    found
}

enum Filled {
    /// A member that the template names is not in the input.
    Missing,
    /// The template computes in ways that are not followed here.
    NotUnderstood,
    Texts(Vec<String>),
}

fn place(name: &str, call: &Call) -> Option<String> {
    match name {
        "Account" => Some(call.account.to_string()),
        "Partition" => Some(call.partition.to_string()),
        "Region" => Some(call.region.to_string()),
        _ => None,
    }
}

/// The ARN's form: what is not known of the place of the call is `*`.
fn form(template: &str, call: &Call) -> String {
    if template.contains("%%") {
        return format!("arn:{}:*", call.partition);
    }
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        out.push_str(place(name, call).as_deref().unwrap_or("*"));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The values at a path of the input; `[]` after a name stands for each element.
fn values<'a>(input: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![input], |values, step| {
        let (name, each) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
        let members = values.into_iter().filter_map(|value| value.get(name));
        if each { members.filter_map(Value::as_list).flatten().collect() } else { members.collect() }
    })
}

fn fill(template: &str, call: &Call) -> Filled {
    if function::is_function(template) {
        return match function::function(call) {
            Named::Missing => Filled::Missing,
            Named::NotUnderstood => Filled::NotUnderstood,
            Named::Function(arn) => Filled::Texts(vec![arn]),
        };
    }
    if template.contains("%%") {
        return Filled::NotUnderstood;
    }
    let mut texts = vec![String::new()];
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { return Filled::NotUnderstood };
        let options = match place(name, call) {
            Some(place) => vec![place],
            None => values(&call.input, name).into_iter().filter_map(scalar).filter(|text| !text.is_empty()).collect(),
        };
        if options.is_empty() {
            return Filled::Missing;
        }
        if texts.len().saturating_mul(options.len()) > MAX_CHECKS {
            return Filled::NotUnderstood;
        }
        texts = texts
            .iter()
            .flat_map(|start| {
                options.iter().map(move |option| {
                    // A member that may hold a name or a whole ARN: the ARN stands for itself.
                    if option.starts_with("arn:") { option.clone() } else { format!("{start}{before}{option}") }
                })
            })
            .collect();
        rest = after;
    }
    for text in &mut texts {
        text.push_str(rest);
    }
    Filled::Texts(texts)
}
