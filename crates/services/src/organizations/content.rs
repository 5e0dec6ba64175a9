//! Which documents are policies of their type.

mod management;
mod shapes;

use bailiwick_authority::record::PolicyType;
use bailiwick_aws::fault::Fault;
use bailiwick_policy::document::{Document, PrincipalKind, PrincipalSet};
use bailiwick_policy::{Effect, Policy};
use serde_json::{Value, json};

use super::fault;
use crate::Context;

fn malformed() -> Fault {
    fault(
        "MalformedPolicyDocumentException",
        "The provided policy document does not meet the requirements of the specified policy type.",
    )
}

/// The document as AWS stores it: RCPs in AWS's own layout, all other types as they were given.
pub(super) fn checked(cx: &Context<'_>, kind: PolicyType, text: &str) -> Result<String, Fault> {
    match kind {
        PolicyType::ServiceControlPolicy => {
            let policy = Policy::read("policy", bailiwick_policy::PolicyType::ServiceControl, text);
            policy.document().ok_or_else(malformed)?;
            Ok(text.to_owned())
        }
        PolicyType::ResourceControlPolicy => {
            let policy = Policy::read("policy", bailiwick_policy::PolicyType::ResourceControl, text);
            let document = policy.document().ok_or_else(malformed)?;
            if !is_resource_control(cx, document)? {
                return Err(malformed());
            }
            Ok(normalised(text).ok_or_else(malformed)?.to_string())
        }
        _ => {
            let document: Value = serde_json::from_str(text).map_err(|_| malformed())?;
            match management::fits(shapes::of(kind), &document) {
                true => Ok(text.to_owned()),
                false => Err(malformed()),
            }
        }
    }
}

/// A document without its white space, with a version, and with its statements as a list.
pub(super) fn normalised(text: &str) -> Option<Value> {
    let Value::Object(mut document) = serde_json::from_str(text).ok()? else { return None };
    if let Some(statement) = document.get_mut("Statement")
        && statement.is_object()
    {
        *statement = Value::Array(vec![statement.take()]);
    }
    if !document.contains_key("Version") {
        document.shift_insert(0, "Version".to_owned(), json!("2008-10-17"));
    }
    Some(Value::Object(document))
}

/// What AWS asks of an RCP beyond the grammar: it denies, everybody, actions of services that know RCPs.
/// Source: AWS's Organizations guide, "RCP syntax", and its answers to documents.
fn is_resource_control(cx: &Context<'_>, document: &Document) -> Result<bool, Fault> {
    for statement in &document.statements {
        let everybody = statement.principal.as_ref().is_some_and(|principal| {
            !principal.negated
                && match &principal.principals {
                    PrincipalSet::Everyone => true,
                    PrincipalSet::Listed(entries) => {
                        entries.iter().all(|entry| entry.kind == PrincipalKind::Aws && entry.value.value == "*")
                    }
                }
        });
        if statement.effect.value != Effect::Deny || !everybody || statement.action.negated {
            return Ok(false);
        }
        for action in &statement.action.patterns {
            let Some((service, _)) = action.value.split_once(':') else { return Ok(false) };
            let reference = cx.pack.authorization(&service.to_ascii_lowercase());
            let reference = reference.map_err(|error| crate::fault::internal(&error.to_string()))?;
            if !reference.is_some_and(|of| of.resource_control_policies) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
