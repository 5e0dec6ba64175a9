//! The effective management policy of an account: what the policies from the root down to it say together, after the
//! inheritance operators (`@@assign`, `@@append`, `@@remove`, `@@operators_allowed_for_child_policies`).
//! Source: AWS Organizations' guide, "Understanding management policy inheritance" and "Inheritance operators".

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    directory::{Account, Directory},
    record::PolicyType,
};

/// The deepest document that is merged.
const MAX_DEPTH: usize = 24;

/// An effective policy that cannot be computed. Whoever decides by it must refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {kind} policy `{policy}` cannot be read: {cause}")]
pub struct InheritanceError {
    kind: &'static str,
    policy: String,
    cause: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operators {
    assign: bool,
    append: bool,
    remove: bool,
}

const ALL: Operators = Operators { assign: true, append: true, remove: true };

impl Operators {
    fn and(self, other: Operators) -> Operators {
        Operators {
            assign: self.assign && other.assign,
            append: self.append && other.append,
            remove: self.remove && other.remove,
        }
    }
}

/// One place of the merged tree.
#[derive(Debug, Clone)]
struct Node {
    value: Option<Vec<String>>,
    list: bool,
    children: BTreeMap<String, Node>,
    /// What lower levels may still do here.
    allowed: Operators,
}

impl Node {
    fn new() -> Self {
        Node { value: None, list: false, children: BTreeMap::new(), allowed: ALL }
    }

    fn merged(&self) -> Option<Value> {
        if let Some(value) = &self.value {
            let mut texts = value.iter().map(|text| Value::String(text.clone()));
            return if self.list {
                let list: Vec<Value> = texts.collect();
                (!list.is_empty()).then_some(Value::Array(list))
            } else {
                texts.next()
            };
        }
        let children: serde_json::Map<String, Value> =
            self.children.iter().filter_map(|(name, child)| Some((name.clone(), child.merged()?))).collect();
        (!children.is_empty()).then_some(Value::Object(children))
    }
}

fn operators(value: &Value) -> Result<Operators, String> {
    let words: Vec<&str> = match value {
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        Value::String(word) => vec![word],
        _ => return Err("`@@operators_allowed_for_child_policies` is not a list".to_owned()),
    };
    let mut allowed = Operators { assign: false, append: false, remove: false };
    for word in words {
        match word.to_ascii_lowercase().as_str() {
            "@@all" => allowed = ALL,
            "@@append" => allowed.append = true,
            "@@assign" => allowed.assign = true,
            "@@none" => {}
            "@@remove" => allowed.remove = true,
            other => return Err(format!("`{other}` is no inheritance operator")),
        }
    }
    Ok(allowed)
}

fn text(value: &Value) -> Result<String, String> {
    match value {
        Value::Bool(value) => Ok(value.to_string()),
        Value::Null => Ok("null".to_owned()),
        Value::Number(number) => Ok(number.to_string()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(_) | Value::Object(_) => Err("a setting holds an object where a value belongs".to_owned()),
    }
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        one => Ok(vec![text(one)?]),
    }
}

fn folded(entries: &serde_json::Map<String, Value>) -> Result<BTreeMap<String, &Value>, String> {
    let mut out = BTreeMap::new();
    for (name, value) in entries {
        if out.insert(name.to_lowercase(), value).is_some() {
            return Err(format!("`{name}` is there twice"));
        }
    }
    Ok(out)
}

/// Merges what the policies of one level say at one place. `peers` are in the order of attachment.
fn merge(node: &mut Node, peers: &[&Value], depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("it is nested too deeply".to_owned());
    }
    let objects = peers
        .iter()
        .map(|peer| peer.as_object().ok_or("a setting has a value without an inheritance operator".to_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    let objects = objects.into_iter().map(folded).collect::<Result<Vec<_>, _>>()?;
    let allowed = node.allowed;
    let mut of_children = ALL;
    let mut assigned = false;
    for object in &objects {
        if let Some(control) = object.get("@@operators_allowed_for_child_policies") {
            of_children = of_children.and(operators(control)?);
        }
        if let Some(value) = object.get("@@assign")
            && allowed.assign
            && !assigned
        {
            node.value = Some(texts(value)?);
            node.list = value.is_array();
            assigned = true;
        }
    }
    for object in &objects {
        if let Some(value) = object.get("@@append")
            && allowed.append
        {
            node.list = true;
            let have = node.value.get_or_insert_default();
            for text in texts(value)? {
                if !have.contains(&text) {
                    have.push(text);
                }
            }
        }
    }
    for object in &objects {
        if let Some(value) = object.get("@@remove")
            && allowed.remove
            && let Some(have) = &mut node.value
        {
            let gone = texts(value)?;
            have.retain(|text| !gone.contains(text));
        }
    }
    let names: Vec<String> =
        objects.iter().flat_map(|object| object.keys()).filter(|name| !name.starts_with("@@")).cloned().collect();
    for name in names {
        let below: Vec<&Value> = objects.iter().filter_map(|object| object.get(&name).copied()).collect();
        // A control on a container keeps new settings out; those that exist have controls of their own.
        if !node.children.contains_key(&name) && !allowed.assign && !allowed.append {
            continue;
        }
        merge(node.children.entry(name).or_insert_with(Node::new), &below, depth + 1)?;
    }
    node.allowed = allowed.and(of_children);
    Ok(())
}

impl Directory {
    /// The effective policy of a management type for an account, without operators and with keys in lower case; `None` when
    /// the type is not enabled or the account is in no organization. An account with nothing attached on its way has `{}`.
    ///
    /// # Errors
    /// A policy on the way cannot be read or is not known.
    pub fn effective_policy(&self, account: &Account, kind: PolicyType) -> Result<Option<Value>, InheritanceError> {
        let Some(organization) = self.organization().filter(|organization| organization.is_enabled(kind)) else {
            return Ok(None);
        };
        if account.record().membership.is_none() && account.id() != organization.management_account() {
            return Ok(None);
        }
        let bad =
            |policy: &str, cause: String| InheritanceError { kind: kind.as_str(), policy: policy.to_owned(), cause };
        let path = organization
            .path(account)
            .ok_or_else(|| bad("-", "the account's place in the organization is broken".to_owned()))?;
        let mut root = Node::new();
        for target in path {
            let mut documents = Vec::new();
            for policy in organization.attached(&target.id, kind) {
                let policy = policy.ok_or_else(|| bad("-", "an attached policy is not known".to_owned()))?;
                let name = &policy.record.name;
                let document: Value =
                    serde_json::from_str(&policy.record.content).map_err(|error| bad(name, error.to_string()))?;
                documents.push((name.as_str(), document));
            }
            let peers: Vec<&Value> = documents.iter().map(|(_, document)| document).collect();
            if let Some((name, _)) = documents.first() {
                merge(&mut root, &peers, 0).map_err(|cause| bad(name, cause))?;
            }
        }
        Ok(Some(root.merged().unwrap_or_else(|| Value::Object(serde_json::Map::new()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effective(levels: &[&[Value]]) -> Value {
        let mut root = Node::new();
        for level in levels {
            merge(&mut root, &level.iter().collect::<Vec<_>>(), 0).unwrap();
        }
        root.merged().unwrap_or_else(|| json!({}))
    }

    #[test]
    fn assign_replaces_append_adds_and_remove_takes_away() {
        let root = json!({"chatbot": {"workspaces": {"@@assign": ["T1", "T2"]}}});
        let unit = json!({"chatbot": {"workspaces": {"@@append": ["T3"], "@@remove": ["T1"]}}});
        assert_eq!(
            effective(&[std::slice::from_ref(&root), &[unit]]),
            json!({"chatbot": {"workspaces": ["T2", "T3"]}})
        );
        let account = json!({"ChatBot": {"Workspaces": {"@@Assign": ["T9"]}}});
        assert_eq!(effective(&[&[root], &[account]]), json!({"chatbot": {"workspaces": ["T9"]}}));
    }

    #[test]
    fn the_first_of_two_peers_assigns() {
        let first = json!({"chatbot": {"client": {"@@assign": "enabled"}}});
        let second = json!({"chatbot": {"client": {"@@assign": "disabled"}}});
        assert_eq!(effective(&[&[first, second]]), json!({"chatbot": {"client": "enabled"}}));
    }

    #[test]
    fn a_control_binds_lower_levels_and_they_can_only_narrow_it() {
        let root = json!({"chatbot": {"client": {
            "@@assign": "disabled", "@@operators_allowed_for_child_policies": ["@@none"]}}});
        let unit = json!({"chatbot": {"client": {
            "@@assign": "enabled", "@@operators_allowed_for_child_policies": ["@@all"]}}});
        assert_eq!(
            effective(&[&[root], std::slice::from_ref(&unit), std::slice::from_ref(&unit)]),
            json!({"chatbot": {"client": "disabled"}})
        );
    }

    #[test]
    fn what_is_not_an_operator_is_an_error() {
        let mut root = Node::new();
        assert!(merge(&mut root, &[&json!({"chatbot": {"client": "enabled"}})], 0).is_err());
        assert!(merge(&mut root, &[&json!({"a": {}, "A": {}})], 0).is_err());
    }
}
