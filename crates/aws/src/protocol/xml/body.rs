use indexmap::IndexMap;

use super::{Element, Writer};
use crate::model::{Kind, Member, Service, Shape, ShapeRef, TimestampFormat};
use crate::protocol::names::{is_flattened, wire_name};
use crate::protocol::problem::Problem;
use crate::protocol::scalar::{Reading, from_text, to_text};
use crate::value::{MAX_DEPTH, Value};

/// The members of a structure as elements, without an element around them. Attributes are not written here.
pub(crate) fn write_members<'v>(
    service: &Service,
    shape: &Shape,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
    writer: &mut Writer,
    depth: usize,
) -> Result<(), Problem> {
    for (name, value) in members {
        if *value == Value::Null {
            continue;
        }
        let member = shape.member(name).ok_or_else(|| Problem::new("is no member of the model").within(name))?;
        if member.target.xml_attribute {
            continue;
        }
        let own = element_name(service, member);
        write(service, &member.target, value, own, writer, depth + 1).map_err(|problem| problem.within(name))?;
    }
    Ok(())
}

/// The name of a member's element, which for a flattened list is the name of each of its elements.
fn element_name<'s>(service: &'s Service, member: &'s Member) -> &'s str {
    let shape = service.target(&member.target);
    if is_flattened(&member.target, shape)
        && let Some(element) = shape.element()
        && let Some(name) = element.location_name.as_deref().or(service.target(element).location_name.as_deref())
    {
        return name;
    }
    wire_name(&member.target, shape, &member.name)
}

/// A value as an element of this name; a flattened list or map as many.
pub(crate) fn write(
    service: &Service,
    target: &ShapeRef,
    value: &Value,
    name: &str,
    writer: &mut Writer,
    depth: usize,
) -> Result<(), Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::too_deep());
    }
    let shape = service.target(target);
    let mut attributes = namespace(target, shape);
    match (&shape.kind, value) {
        (Kind::Structure(structure), Value::Map(members)) if !structure.document => {
            let bound: Vec<(&str, &str)> = shape
                .members()
                .iter()
                .filter(|member| member.target.xml_attribute)
                .filter_map(|member| {
                    let own = wire_name(&member.target, service.target(&member.target), &member.name);
                    Some((own, members.get(&*member.name)?.as_str()?))
                })
                .collect();
            let bound: Vec<(String, &str)> = bound.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let mut all: Vec<(&str, &str)> = attributes.iter().map(|(n, v)| (n.as_str(), *v)).collect();
            all.extend(bound.iter().map(|(n, v)| (n.as_str(), *v)));
            writer.open(name, &all);
            write_members(service, shape, members, writer, depth)?;
            writer.close(name);
        }
        (Kind::List(element), Value::List(values)) => {
            let flat = is_flattened(target, shape);
            let inner = service.target(element);
            let item = if flat { name } else { wire_name(element, inner, "member") };
            if !flat {
                writer.open(name, &borrowed(&attributes));
            }
            for (index, value) in values.iter().enumerate() {
                write(service, element, value, item, writer, depth + 1).map_err(|problem| problem.at(index))?;
            }
            if !flat {
                writer.close(name);
            }
        }
        (Kind::Map { key, value: element }, Value::Map(entries)) => {
            let flat = is_flattened(target, shape);
            let key_name = wire_name(key, service.target(key), "key");
            let value_name = wire_name(element, service.target(element), "value");
            let entry = if flat { name } else { "entry" };
            if !flat {
                writer.open(name, &borrowed(&attributes));
            }
            for (key, value) in entries {
                writer.open(entry, &[]);
                writer.leaf(key_name, &[], key);
                write(service, element, value, value_name, writer, depth + 1).map_err(|problem| problem.within(key))?;
                writer.close(entry);
            }
            if !flat {
                writer.close(name);
            }
        }
        (kind, value) => {
            let text = to_text(kind, value, TimestampFormat::Iso8601)?;
            attributes.shrink_to_fit();
            writer.leaf(name, &borrowed(&attributes), &text);
        }
    }
    Ok(())
}

fn borrowed<'a>(attributes: &'a [(String, &'a str)]) -> Vec<(&'a str, &'a str)> {
    attributes.iter().map(|(name, value)| (name.as_str(), *value)).collect()
}

fn namespace<'a>(target: &'a ShapeRef, shape: &'a Shape) -> Vec<(String, &'a str)> {
    let Some(namespace) = target.xml_namespace().or(shape.xml_namespace.as_deref()) else { return Vec::new() };
    let name = match &namespace.prefix {
        Some(prefix) => format!("xmlns:{prefix}"),
        None => "xmlns".to_owned(),
    };
    vec![(name, &namespace.uri)]
}

/// The members of a structure that an element holds, in the model's order. Unknown ones are ignored.
/// `in_body` says which members are to be looked for.
pub(crate) fn read_members(
    service: &Service,
    shape: &Shape,
    element: &Element,
    reading: Reading,
    depth: usize,
    in_body: impl Fn(&ShapeRef) -> bool,
) -> Result<IndexMap<String, Value>, Problem> {
    let mut out = IndexMap::new();
    for member in shape.members().iter().filter(|member| in_body(&member.target)) {
        let name = element_name(service, member);
        let value = if member.target.xml_attribute {
            element.attributes.iter().find(|(have, _)| have == name).map(|(_, text)| Ok(Value::String(text.clone())))
        } else {
            read_member(service, member, name, element, reading, depth)
        };
        if let Some(value) = value {
            out.insert(member.name.to_string(), value.map_err(|problem| problem.within(&member.name))?);
        }
    }
    Ok(out)
}

fn read_member(
    service: &Service,
    member: &Member,
    name: &str,
    parent: &Element,
    reading: Reading,
    depth: usize,
) -> Option<Result<Value, Problem>> {
    let shape = service.target(&member.target);
    if !is_flattened(&member.target, shape) {
        return parent.child(name).map(|element| read(service, &member.target, element, reading, depth + 1));
    }
    let mut elements = parent.children.iter().filter(|child| child.name == name).peekable();
    elements.peek()?;
    match &shape.kind {
        Kind::List(target) => Some(read_list(service, target, elements, reading, depth + 1)),
        Kind::Map { key, value } => Some(read_map(service, key, value, elements, reading, depth + 1)),
        _ => elements.next().map(|element| read(service, &member.target, element, reading, depth + 1)),
    }
}

/// The value of an element.
pub(crate) fn read(
    service: &Service,
    target: &ShapeRef,
    element: &Element,
    reading: Reading,
    depth: usize,
) -> Result<Value, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::too_deep());
    }
    let shape = service.target(target);
    match &shape.kind {
        Kind::Structure(structure) if structure.document => Err(Problem::new("has no form in XML")),
        Kind::Structure(_) => read_members(service, shape, element, reading, depth, |_| true).map(Value::Map),
        Kind::List(inner) => {
            let name = wire_name(inner, service.target(inner), "member");
            // Services are met that name the elements otherwise than their model; clients take every child.
            let children = element.children.iter().filter(|child| reading == Reading::Response || child.name == name);
            read_list(service, inner, children, reading, depth)
        }
        Kind::Map { key, value } => read_map(service, key, value, element.children.iter(), reading, depth),
        kind => from_text(kind, &element.text, reading),
    }
}

fn read_list<'e>(
    service: &Service,
    target: &ShapeRef,
    elements: impl Iterator<Item = &'e Element>,
    reading: Reading,
    depth: usize,
) -> Result<Value, Problem> {
    let mut out = Vec::new();
    for (index, element) in elements.enumerate() {
        out.push(read(service, target, element, reading, depth + 1).map_err(|problem| problem.at(index))?);
    }
    Ok(Value::List(out))
}

fn read_map<'e>(
    service: &Service,
    key: &ShapeRef,
    value: &ShapeRef,
    entries: impl Iterator<Item = &'e Element>,
    reading: Reading,
    depth: usize,
) -> Result<Value, Problem> {
    let key_name = wire_name(key, service.target(key), "key");
    let value_name = wire_name(value, service.target(value), "value");
    let mut out = IndexMap::new();
    for entry in entries {
        let name = entry.text_of(key_name).ok_or_else(|| Problem::new("a map entry has no key"))?;
        let element = entry.child(value_name).ok_or_else(|| Problem::new("a map entry has no value").within(name))?;
        let value = read(service, value, element, reading, depth + 1).map_err(|problem| problem.within(name))?;
        out.insert(name.to_owned(), value);
    }
    Ok(Value::Map(out))
}
