use bailiwick_aws::{Value, pack::Pack};
use bailiwick_ident::ActionName;
use bailiwick_policy::{Context, Value as ContextValue};

use super::{
    CallFacts, Check, Rows, Subject, catalogue,
    resolve::{Resolved, resolve},
    rows::{Carried, CheckRow, Resource, Row, Source, When},
    template::{at, scalar},
};
use crate::{
    call::Call,
    caller::{Caller, Principal, Tags},
    directory::Directory,
};

/// The facts of a call. Operations that Bailiwick serves are decided by their rows only; one without a row is unknown.
/// Those of a call that is `left` to its account's endpoint are AWS's, whoever serves the service here.
pub(crate) fn facts(
    rows: &Rows,
    pack: &Pack,
    directory: &Directory,
    caller: &Caller,
    call: &Call,
    left: bool,
) -> CallFacts {
    if left || !rows.serves(&call.service) {
        return catalogue::facts(pack, call);
    }
    let checks = match rows.row(&call.service, &call.operation) {
        Some(Row::Permissionless) => return CallFacts::Permissionless,
        Some(Row::Checks(checks)) => checks,
        None => {
            return CallFacts::Unknown(format!(
                "`{}:{}` has no authorization row, so nobody knows what it needs",
                call.service, call.operation
            ));
        }
    };
    if caller.principal == Principal::Anonymous && !checks.is_empty() && checks.iter().all(|row| row.unsigned) {
        return CallFacts::Permissionless;
    }
    let applying =
        checks.iter().filter(|row| row.when.as_ref().is_none_or(|when| holds(when, directory, caller, call)));
    let mut found = Vec::new();
    for row in applying {
        match check(row, directory, caller, call) {
            Ok(mut checks) => found.append(&mut checks),
            Err(cause) => return CallFacts::Unknown(cause),
        }
    }
    if found.is_empty() {
        return CallFacts::Unknown(none_fits(checks, call));
    }
    share_policy_type(&mut found);
    CallFacts::Checks(found)
}

/// What is said where no row fits the input: which parameters would make one fit.
fn none_fits(rows: &[CheckRow], call: &Call) -> String {
    let mut wanted: Vec<String> = Vec::new();
    for row in rows {
        if let Some(When::Present(path)) = &row.when
            && let Some(member) = path.last()
            && let option = format!("`--{}`", option_name(member))
            && !wanted.contains(&option)
        {
            wanted.push(option);
        }
    }
    match wanted.split_last() {
        Some((last, [])) => format!("give {last}: without it nobody can say what `{}` is about", call.operation),
        Some((last, others)) => {
            let others = others.join(", ");
            format!("give {others} or {last}: without any of them nobody can say what `{}` is about", call.operation)
        }
        None => format!("no authorization row of `{}:{}` fits this input", call.service, call.operation),
    }
}

/// `TopicArn` as the command line spells it: `topic-arn`.
fn option_name(member: &str) -> String {
    let mut name = String::new();
    for (place, letter) in member.chars().enumerate() {
        if letter.is_ascii_uppercase() && place > 0 {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// An action on an organization's policy and on its target sees the policy's type on both.
fn share_policy_type(checks: &mut [Check]) {
    const KEY: &str = "organizations:PolicyType";
    let Some(kind) = checks.iter().find_map(|check| check.context.get(KEY).cloned()) else { return };
    for check in checks.iter_mut().filter(|check| check.context.get(KEY).is_none()) {
        check.context.set(KEY, kind.clone());
    }
}

fn is_there(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::List(elements)) => !elements.is_empty(),
        Some(Value::Map(entries)) => !entries.is_empty(),
        Some(_) => true,
    }
}

fn holds(when: &When, directory: &Directory, caller: &Caller, call: &Call) -> bool {
    let input = &call.input;
    match when {
        When::Absent(path) => !is_there(at(input, path)),
        When::Contains(path, value) => match at(input, path) {
            Some(Value::List(elements)) => elements.iter().any(|element| element.as_str() == Some(value)),
            _ => false,
        },
        When::Is(path, value) => at(input, path).and_then(scalar).as_deref() == Some(value),
        When::NoRole(name) => directory.account(call.account).is_none_or(|account| account.role(name).is_none()),
        When::Present(path) => is_there(at(input, path)),
        When::Session(carried) => {
            let session = caller.session.as_ref();
            let of_role = matches!(caller.principal, Principal::RoleSession { .. });
            session.is_some_and(|session| match carried {
                Carried::SourceIdentity => of_role && session.source_identity.is_some(),
                Carried::Tags => of_role && !session.transitive_tag_keys.is_empty(),
            })
        }
    }
}

/// One row is one check, or one for each element of the list that it names.
fn check(row: &CheckRow, directory: &Directory, caller: &Caller, call: &Call) -> Result<Vec<Check>, String> {
    let Some(each) = &row.each else { return check_of(row, None, directory, caller, call) };
    let elements = match at(&call.input, each) {
        Some(Value::List(elements)) => elements.as_slice(),
        _ => &[],
    };
    let mut checks = Vec::new();
    for element in elements {
        let element = element.as_str().ok_or_else(|| format!("{} is asked for texts only", row.action))?;
        checks.append(&mut check_of(row, Some(element), directory, caller, call)?);
    }
    Ok(checks)
}

/// One check, or one for each ARN when the row's resource is a list of the input.
fn check_of(
    row: &CheckRow,
    element: Option<&str>,
    directory: &Directory,
    caller: &Caller,
    call: &Call,
) -> Result<Vec<Check>, String> {
    let action = ActionName::parse(&row.action).map_err(|error| error.to_string())?;
    let subjects = match &row.resource {
        Resource::Any => vec![Resolved {
            subject: Subject::Any,
            account: Some(call.account),
            tags: Tags::new(),
            context: Vec::new(),
        }],
        Resource::Each => match element {
            Some(arn) => vec![Resolved::arn(arn.to_owned())],
            None => return Err(format!("{} needs a resource that this input does not name", row.action)),
        },
        Resource::Template(template) => match template.fill(call) {
            Some((text, true)) => vec![Resolved::form(text)],
            Some((text, false)) => vec![Resolved::arn(text)],
            None => return Err(format!("{} needs a resource that this input does not name", row.action)),
        },
        Resource::Resolved(resolver, path) => {
            let value = path.as_ref().and_then(|path| at(&call.input, path));
            match value {
                Some(Value::List(names)) => {
                    names.iter().map(|name| resolve(*resolver, name.as_str(), call, caller, directory)).collect()
                }
                value => vec![resolve(*resolver, value.and_then(Value::as_str), call, caller, directory)],
            }
        }
    };
    subjects.into_iter().map(|subject| one(row, &action, element, subject, directory, call)).collect()
}

fn one(
    row: &CheckRow,
    action: &ActionName,
    element: Option<&str>,
    resolved: Resolved,
    directory: &Directory,
    call: &Call,
) -> Result<Check, String> {
    let mut context = Context::new();
    let too_many = || "the call has more condition keys than can be decided".to_owned();
    let mut set = |key: &str, value| if context.set(key, value) { Ok(()) } else { Err(too_many()) };
    for (key, source) in &row.context {
        match source {
            Source::Each => {
                if let Some(element) = element {
                    set(key, ContextValue::One(element.to_owned()))?;
                }
            }
            Source::Fixed(template) => {
                let text = template.fill(call).map(|(text, _)| text);
                let text =
                    text.ok_or_else(|| format!("{} needs `{key}`, which this input does not give", row.action))?;
                set(key, ContextValue::One(text))?;
            }
            Source::One(path) => {
                if let Some(text) = at(&call.input, path).and_then(scalar) {
                    set(key, ContextValue::One(text))?;
                }
            }
            Source::Set(path) => {
                if let Some(Value::List(elements)) = at(&call.input, path) {
                    set(key, ContextValue::Set(elements.iter().filter_map(scalar).collect()))?;
                }
            }
        }
    }
    let mut tag_keys: Option<Vec<String>> = None;
    if let Some(value) = row.request_tags.as_ref().and_then(|path| at(&call.input, path)) {
        let tags = request_tags(value).ok_or("the tags of this call cannot be read")?;
        for (key, value) in &tags {
            set(&format!("aws:RequestTag/{key}"), ContextValue::One(value.clone()))?;
        }
        tag_keys = Some(tags.into_iter().map(|(key, _)| key).collect());
    }
    if let Some(Value::List(keys)) = row.tag_keys.as_ref().and_then(|path| at(&call.input, path)) {
        tag_keys.get_or_insert_default().extend(keys.iter().filter_map(scalar));
    }
    if let Some(keys) = tag_keys.filter(|keys| !keys.is_empty()) {
        set("aws:TagKeys", ContextValue::Set(keys))?;
    }
    // What the request sets wins over what is stored: putting another boundary is judged by the new one.
    for (key, value) in &resolved.context {
        if row.context.iter().all(|(set, _)| set != key) {
            set(key, ContextValue::One(value.clone()))?;
        }
    }
    // What the register knows of the resource wins over what a resolver found: it is the services' own word.
    let registered = directory.resource(resolved.subject.as_str());
    let known = directory.iam_tags(resolved.subject.as_str());
    let known = known.or_else(|| directory.chatbot_tags(resolved.subject.as_str()));
    let tags = match (registered, known) {
        (Some(resource), _) => resource.record.tags.clone(),
        (None, Some(tags)) => tags.clone(),
        (None, None) => resolved.tags,
    };
    let account = match registered {
        Some(resource) => Some(resource.record.account),
        None => resolved.account,
    };
    let trust = row.trust.then(|| resolved.subject.as_str().to_owned());
    Ok(Check {
        wildcard_only: resolved.subject == Subject::Any,
        action: action.clone(),
        subject: resolved.subject,
        resource_account: account,
        context,
        resource_tags: tags,
        trust,
    })
}

/// Tags in any of the forms that AWS's services use: a list of structures with `Key`/`Value` (in any case, with or without
/// `Tag` in front), or a map.
fn request_tags(value: &Value) -> Option<Vec<(String, String)>> {
    match value {
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
        }
        Value::List(elements) => elements
            .iter()
            .map(|element| {
                let part = |names: [&str; 3]| names.into_iter().find_map(|name| element.get(name)?.as_str());
                let key = part(["Key", "TagKey", "key"])?;
                Some((key.to_owned(), part(["Value", "TagValue", "value"]).unwrap_or_default().to_owned()))
            })
            .collect(),
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}
