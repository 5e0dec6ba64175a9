//! The facts of operations that other services run: from AWS's map of operations to actions. A template that was guessed, or
//! that cannot be filled, never stands for a resource: such a resource is unknown.

use bailiwick_aws::{
    Value,
    catalogue::{Action, CallPlace, Expanded, MappedAction, MappingSource, ServiceAuthorization, Template, expand},
    model::Kind,
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
pub(crate) fn facts(pack: &Pack, call: &Call) -> CallFacts {
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
        for subject in subjects(pack, mapped, documented, &action, call) {
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

/// What an action is asked on; nothing where the map says that this input does not need the action.
fn subjects(
    pack: &Pack,
    mapped: &MappedAction,
    documented: Option<(&ServiceAuthorization, &Action)>,
    action: &ActionName,
    call: &Call,
) -> Vec<Subject> {
    let Some((reference, known)) = documented else {
        return vec![Subject::Unknown(format!("arn:{}:{}:*", call.partition, action.service()))];
    };
    let overridden = mapped.templates.iter().any(|template| template.overrides);
    if known.wildcard_only() && !overridden {
        return vec![Subject::Any];
    }
    let required = |template: &Template| {
        known.resources.iter().any(|resource| resource.required && template.kind.as_deref() == Some(&*resource.kind))
    };
    let (mut found, mut needless) = (Vec::new(), overridden);
    for template in &mapped.templates {
        let format = template.kind.as_deref().and_then(|kind| reference.resource(kind)).map(|kind| &*kind.arn);
        let arns = |texts: &[String]| !template.guess && texts.iter().all(|text| text.starts_with("arn:"));
        match fill(template, format, call) {
            Filled::Texts(texts) if arns(&texts) => {
                // What the template does not know is `*` in it.
                let subject = if is_whole(&template.arn) { Subject::Arn } else { Subject::Unknown };
                found.extend(texts.into_iter().map(subject));
            }
            Filled::NotApplicable if !template.guess && !required(template) => {}
            // A member that the model does not know may be there under another name.
            Filled::Missing if !template.guess && !required(template) => {
                needless &= reads_members(pack, template, call)
            }
            Filled::Texts(_) | Filled::Missing | Filled::NotApplicable | Filled::NotUnderstood => {
                let form = form(&template.arn, call);
                // The whole of a guess may be wrong, also where it names a resource that no member of the input tells.
                let all = || format!("arn:{}:{}:*", call.partition, action.service());
                found.push(Subject::Unknown(if form.contains('*') { form } else { all() }));
            }
        }
    }
    if found.is_empty() && needless {
        return found;
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

/// Whether a template says all of an ARN.
fn is_whole(template: &str) -> bool {
    template.contains("%%") || !template.contains('*')
}

/// The paths of a template into the input.
fn members(template: &str) -> impl Iterator<Item = &str> {
    let names = template.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name);
    names.filter(|name| !["Account", "Partition", "Region"].contains(name))
}

/// Whether the input could hold everything that a template reads.
fn reads_members(pack: &Pack, template: &Template, call: &Call) -> bool {
    let Ok(service) = pack.service(&call.service) else { return false };
    let Some(input) = service.operation(&call.operation).and_then(|operation| operation.input.as_ref()) else {
        return false;
    };
    members(&template.arn).all(|path| {
        let mut shape = service.target(input);
        path.split('.').all(|step| {
            let (name, each) = step.strip_suffix("[]").map_or((step, false), |name| (name, true));
            let member = shape.members().iter().find(|member| member.name.eq_ignore_ascii_case(name));
            let Some(member) = member else { return false };
            shape = service.target(&member.target);
            match (&shape.kind, each) {
                (Kind::List(element), true) => shape = service.target(element),
                (_, true) => return false,
                (_, false) => {}
            }
            true
        })
    })
}

enum Filled {
    /// A member that the template names is not in the input.
    Missing,
    /// The template says that it is not about this input.
    NotApplicable,
    /// The template, or the input's value, is in no form that is followed here.
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
        let members = values.into_iter().filter_map(|value| member(value, name));
        if each { members.filter_map(Value::as_list).flatten().collect() } else { members.collect() }
    })
}

/// A member by its name. The map was made with names of another library, which differ from the API's in case at most.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let members = value.as_map()?;
    members.get(name).or_else(|| Some(members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1))
}

fn fill(mapped: &Template, format: Option<&str>, call: &Call) -> Filled {
    let template = &*mapped.arn;
    if function::is_function(template) {
        return match function::function(call) {
            Named::Missing => Filled::Missing,
            Named::NotUnderstood => Filled::NotUnderstood,
            Named::Function(arn) => Filled::Texts(vec![arn]),
        };
    }
    if template.contains("%%") {
        let (partition, account) = (call.partition.to_string(), call.account.to_string());
        let place = CallPlace { partition: &partition, region: call.region.as_str(), account: &account };
        let given = || members(template).any(|path| !values(&call.input, path).is_empty());
        return match expand(mapped, format, &place, &call.input) {
            Expanded::Arns(arns) => Filled::Texts(arns),
            Expanded::NotApplicable => Filled::NotApplicable,
            Expanded::Unresolved if given() => Filled::NotUnderstood,
            Expanded::Unresolved => Filled::Missing,
        };
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

#[cfg(test)]
mod tests;
