use indexmap::IndexMap;

use super::{Dialect, Tree};
use crate::model::{Kind, Service, Shape, ShapeRef};
use crate::protocol::names::is_flattened;
use crate::protocol::problem::Problem;
use crate::protocol::scalar::{Reading, from_text};
use crate::value::{MAX_DEPTH, Value};

/// The greatest distance between two indices of a list. AWS answers anything wider with "Excessively sparse input".
const MAX_GAP: usize = 10;

/// The input that a form holds. Parameters that the model does not know are ignored, as AWS ignores them.
pub(crate) fn read_input(
    service: &Service,
    dialect: Dialect,
    target: &ShapeRef,
    tree: &Tree,
) -> Result<Value, Problem> {
    Reader { service, dialect }.structure(service.target(target), tree, 0).map(Value::Map)
}

struct Reader<'s> {
    service: &'s Service,
    dialect: Dialect,
}

impl Reader<'_> {
    fn structure(&self, shape: &Shape, tree: &Tree, depth: usize) -> Result<IndexMap<String, Value>, Problem> {
        let mut out = IndexMap::new();
        for member in shape.members() {
            let inner = self.service.target(&member.target);
            let name = self.name_in_form(&member.target, inner, &member.name);
            // An empty list is written under the member's own name even where its elements have another.
            let empty = || tree.children.get(&*member.name).filter(|node| node.text.as_deref() == Some(""));
            let Some(node) = tree.children.get(&name).or_else(empty) else { continue };
            let value =
                self.value(&member.target, inner, node, depth + 1).map_err(|problem| problem.within(&member.name))?;
            if let Some(value) = value {
                out.insert(member.name.to_string(), value);
            }
        }
        Ok(out)
    }

    /// A flattened list may carry the name of its elements instead of its own.
    fn name_in_form(&self, target: &ShapeRef, shape: &Shape, member: &str) -> String {
        if self.dialect == Dialect::Query
            && is_flattened(target, shape)
            && let Some(element) = shape.element()
            && let Some(name) =
                element.location_name.as_deref().or(self.service.target(element).location_name.as_deref())
        {
            return name.to_owned();
        }
        self.dialect.member_name(target, shape, member)
    }

    fn value(&self, target: &ShapeRef, shape: &Shape, node: &Tree, depth: usize) -> Result<Option<Value>, Problem> {
        if depth > MAX_DEPTH {
            return Err(Problem::too_deep());
        }
        match &shape.kind {
            Kind::Structure(structure) if structure.document => Err(Problem::new("has no place in a form")),
            Kind::Structure(_) => self.structure(shape, node, depth).map(|members| Some(Value::Map(members))),
            Kind::List(element) => self.list(target, shape, element, node, depth),
            Kind::Map { key, value } => self.map(target, shape, key, value, node, depth),
            kind => {
                let Some(text) = node.text.as_deref() else {
                    return Err(Problem::new("Start of structure or map found where not expected."));
                };
                from_text(kind, text, Reading::Request).map(Some)
            }
        }
    }

    fn list(
        &self,
        target: &ShapeRef,
        shape: &Shape,
        element: &ShapeRef,
        node: &Tree,
        depth: usize,
    ) -> Result<Option<Value>, Problem> {
        let inner = self.service.target(element);
        let flat = self.dialect == Dialect::Ec2 || is_flattened(target, shape);
        let list = if flat {
            node
        } else {
            let name = crate::protocol::names::wire_name(element, inner, "member");
            match node.children.get(name) {
                Some(list) => list,
                // `Name=` is how clients write an empty list.
                None => return Ok(node.text.is_some().then(|| Value::List(Vec::new()))),
            }
        };
        if list.children.is_empty() {
            return Ok(Some(Value::List(Vec::new())));
        }
        let mut out = Vec::with_capacity(list.children.len());
        for (index, child) in indexed(list)? {
            while out.len() < index {
                out.push(Value::Null);
            }
            let value = self.value(element, inner, child, depth + 1).map_err(|problem| problem.at(index))?;
            out.push(value.unwrap_or(Value::Null));
        }
        Ok(Some(Value::List(out)))
    }

    fn map(
        &self,
        target: &ShapeRef,
        shape: &Shape,
        key: &ShapeRef,
        element: &ShapeRef,
        node: &Tree,
        depth: usize,
    ) -> Result<Option<Value>, Problem> {
        let (key_shape, inner) = (self.service.target(key), self.service.target(element));
        let list = if is_flattened(target, shape) {
            node
        } else {
            match node.children.get("entry") {
                Some(list) => list,
                None => return Ok(node.text.is_some().then(|| Value::Map(IndexMap::new()))),
            }
        };
        let key_name = crate::protocol::names::wire_name(key, key_shape, "key");
        let value_name = crate::protocol::names::wire_name(element, inner, "value");
        let mut out = IndexMap::with_capacity(list.children.len());
        for (index, entry) in indexed(list)? {
            let Some(name) = entry.text_of(key_name) else {
                return Err(Problem::new("a map entry has no key").at(index));
            };
            let value = match entry.children.get(value_name) {
                Some(node) => self.value(element, inner, node, depth + 1).map_err(|problem| problem.within(name))?,
                // An entry without a value is a structure or list without members.
                None => match &inner.kind {
                    Kind::Structure(_) | Kind::Map { .. } => Some(Value::empty()),
                    Kind::List(_) => Some(Value::List(Vec::new())),
                    _ => return Err(Problem::new("a map entry has no value").within(name)),
                },
            };
            if out.insert(name.to_owned(), value.unwrap_or(Value::Null)).is_some() {
                return Err(Problem::new(format!("Duplicate map key: {name}")));
            }
        }
        Ok(Some(Value::Map(out)))
    }
}

/// The children by index from 0, in order. The rules and texts are those that IAM was seen to apply.
fn indexed(list: &Tree) -> Result<Vec<(usize, &Tree)>, Problem> {
    let mut out = Vec::with_capacity(list.children.len());
    for (name, child) in &list.children {
        if name.starts_with('-') {
            return Err(Problem::new(format!("Key {name} may not have a leading '-'")));
        }
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Problem::new("Start of list found where not expected"));
        }
        match name.parse::<usize>() {
            Ok(0) => return Err(Problem::new(format!("{name} is not a valid index"))),
            Ok(index) => out.push((index - 1, child)),
            Err(_) => return Err(Problem::new(format!("{name} is not a valid index"))),
        }
    }
    out.sort_by_key(|(index, _)| *index);
    let mut last = 0;
    for (index, _) in &out {
        let gap = index - last;
        if gap > MAX_GAP {
            return Err(Problem::new(format!("Excessively sparse input would skip {gap} list elements")));
        }
        last = *index;
    }
    if out.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b)) {
        return Err(Problem::new("Duplicate list index"));
    }
    Ok(out)
}
