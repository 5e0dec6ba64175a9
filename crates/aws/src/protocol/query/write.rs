use super::Dialect;
use crate::http::percent_encode_into;
use crate::model::{Kind, Service, Shape, ShapeRef, TimestampFormat};
use crate::protocol::names::is_flattened;
use crate::protocol::problem::Problem;
use crate::protocol::scalar::to_text;
use crate::value::{MAX_DEPTH, Value};

/// The form of an input: `Action`, `Version`, and every member under its dotted name.
pub(crate) fn write_input(
    service: &Service,
    dialect: Dialect,
    action: &str,
    input: Option<(&ShapeRef, &Value)>,
) -> Result<String, Problem> {
    let mut form = Form { service, dialect, out: String::with_capacity(256) };
    form.pair("Action", action);
    form.pair("Version", &service.api_version);
    if let Some((target, value)) = input {
        form.value(target, service.target(target), value, "", 0)?;
    }
    Ok(form.out)
}

struct Form<'s> {
    service: &'s Service,
    dialect: Dialect,
    out: String,
}

impl Form<'_> {
    fn pair(&mut self, name: &str, value: &str) {
        if !self.out.is_empty() {
            self.out.push('&');
        }
        percent_encode_into(&mut self.out, name.as_bytes(), b"");
        self.out.push('=');
        percent_encode_into(&mut self.out, value.as_bytes(), b"");
    }

    fn value(
        &mut self,
        target: &ShapeRef,
        shape: &Shape,
        value: &Value,
        prefix: &str,
        depth: usize,
    ) -> Result<(), Problem> {
        if depth > MAX_DEPTH {
            return Err(Problem::too_deep());
        }
        match (&shape.kind, value) {
            (Kind::Structure(structure), Value::Map(members)) if !structure.document => {
                for (name, value) in members {
                    if *value == Value::Null {
                        continue;
                    }
                    let member =
                        shape.member(name).ok_or_else(|| Problem::new("is no member of the model").within(name))?;
                    let inner = self.service.target(&member.target);
                    let own = self.dialect.member_name(&member.target, inner, name);
                    let name_here = if prefix.is_empty() { own } else { format!("{prefix}.{own}") };
                    self.value(&member.target, inner, value, &name_here, depth + 1)
                        .map_err(|problem| problem.within(name))?;
                }
                Ok(())
            }
            (Kind::List(element), Value::List(values)) => {
                let inner = self.service.target(element);
                let list = match self.dialect {
                    Dialect::Ec2 => prefix.to_owned(),
                    Dialect::Query if values.is_empty() => {
                        self.pair(prefix, "");
                        return Ok(());
                    }
                    Dialect::Query if is_flattened(target, shape) => flat_name(prefix, element, inner),
                    Dialect::Query => format!("{prefix}.{}", super::wire_name(element, inner, "member")),
                };
                for (index, value) in values.iter().enumerate() {
                    let name = format!("{list}.{}", index + 1);
                    self.value(element, inner, value, &name, depth + 1).map_err(|problem| problem.at(index))?;
                }
                Ok(())
            }
            (Kind::Map { key, value: element }, Value::Map(entries)) => {
                let (key_shape, inner) = (self.service.target(key), self.service.target(element));
                let list = if is_flattened(target, shape) { prefix.to_owned() } else { format!("{prefix}.entry") };
                for (index, (name, value)) in entries.iter().enumerate() {
                    let entry = format!("{list}.{}", index + 1);
                    self.pair(&format!("{entry}.{}", super::wire_name(key, key_shape, "key")), name);
                    let value_name = format!("{entry}.{}", super::wire_name(element, inner, "value"));
                    self.value(element, inner, value, &value_name, depth + 1)
                        .map_err(|problem| problem.within(name))?;
                }
                Ok(())
            }
            (kind, value) => {
                let text = to_text(kind, value, TimestampFormat::Iso8601)?;
                self.pair(prefix, &text);
                Ok(())
            }
        }
    }
}

/// The prefix of a flattened list's elements: a name that the model gives the elements takes the place of the member's.
fn flat_name(prefix: &str, element: &ShapeRef, inner: &Shape) -> String {
    match element.location_name.as_deref().or(inner.location_name.as_deref()) {
        None => prefix.to_owned(),
        Some(name) => match prefix.rsplit_once('.') {
            Some((before, _)) => format!("{before}.{name}"),
            None => name.to_owned(),
        },
    }
}
