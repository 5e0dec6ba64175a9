//! The merging of what policies say, level by level.

use std::collections::BTreeMap;

use serde_json::Value;

/// The deepest document that is merged.
const MAX_DEPTH: usize = 24;

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
pub(super) struct Node {
    value: Option<Vec<String>>,
    list: bool,
    children: BTreeMap<String, Node>,
    /// The policies that say something here or below, in the order they were merged.
    sources: Vec<String>,
    /// What lower levels may still do here.
    allowed: Operators,
}

impl Node {
    pub(super) fn new() -> Self {
        Node { value: None, list: false, children: BTreeMap::new(), sources: Vec::new(), allowed: ALL }
    }

    /// What stands under a name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.get(name)
    }

    /// Everything below, by name.
    pub(super) fn children(&self) -> impl Iterator<Item = (&String, &Node)> {
        self.children.iter()
    }

    /// The policies that say something here or below.
    pub(super) fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The values that were ever set here, as they are now.
    pub(super) fn values(&self) -> Option<&[String]> {
        self.value.as_deref()
    }

    /// The tree as JSON; `None` where nothing is left.
    pub(super) fn merged(&self) -> Option<Value> {
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

/// What one policy says at one place.
pub(super) struct Peer<'a> {
    /// Its id.
    pub(super) policy: &'a str,
    /// The setting or document.
    pub(super) says: &'a Value,
}

/// Merges what the policies of one level say at one place. `peers` are in the order of attachment.
pub(super) fn merge(node: &mut Node, peers: &[Peer<'_>], depth: usize) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("it is nested too deeply".to_owned());
    }
    let mut objects = Vec::with_capacity(peers.len());
    for peer in peers {
        let object = peer.says.as_object().ok_or("a setting has a value without an inheritance operator")?;
        objects.push((peer.policy, folded(object)?));
        if !node.sources.iter().any(|source| source == peer.policy) {
            node.sources.push(peer.policy.to_owned());
        }
    }
    let allowed = node.allowed;
    let mut of_children = ALL;
    for (_, object) in &objects {
        if let Some(control) = object.get("@@operators_allowed_for_child_policies") {
            of_children = of_children.and(operators(control)?);
        }
    }
    // AWS takes values at the top of a document and makes nothing of them.
    if depth > 0 {
        let documents: Vec<_> = objects.iter().map(|(_, object)| object).collect();
        set(node, &documents, allowed)?;
    }
    let names = objects.iter().flat_map(|(_, object)| object.keys()).filter(|name| !name.starts_with("@@"));
    let names: Vec<String> = names.cloned().collect();
    for name in names {
        let mut below = Vec::new();
        for (policy, object) in &objects {
            below.extend(object.get(&name).map(|says| Peer { policy, says }));
        }
        // A control on a container keeps new settings out; those that exist have controls of their own.
        if !node.children.contains_key(&name) && !allowed.assign && !allowed.append {
            continue;
        }
        merge(node.children.entry(name).or_insert_with(Node::new), &below, depth + 1)?;
    }
    node.allowed = allowed.and(of_children);
    Ok(())
}

/// The first `@@assign`, then every `@@append`, then every `@@remove`, as far as higher levels allow them.
fn set(node: &mut Node, objects: &[&BTreeMap<String, &Value>], allowed: Operators) -> Result<(), String> {
    let assigned = objects.iter().find_map(|object| object.get("@@assign")).filter(|_| allowed.assign);
    if let Some(value) = assigned {
        node.value = Some(texts(value)?);
        node.list = value.is_array();
    }
    for value in objects.iter().filter_map(|object| object.get("@@append")).filter(|_| allowed.append) {
        node.list = true;
        let have = node.value.get_or_insert_default();
        for text in texts(value)? {
            if !have.contains(&text) {
                have.push(text);
            }
        }
    }
    for value in objects.iter().filter_map(|object| object.get("@@remove")).filter(|_| allowed.remove) {
        let gone = texts(value)?;
        if let Some(have) = &mut node.value {
            have.retain(|text| !gone.contains(text));
        }
    }
    Ok(())
}
