use super::{
    Condition, ConditionValue, ConditionValueKind, Document, PatternElement, PrincipalElement, PrincipalSet, Spanned,
    Statement,
};
use crate::json::write_string;

/// Collects the members of one object, with commas where they belong.
struct Object<'a> {
    out: &'a mut String,
    first: bool,
}

impl<'a> Object<'a> {
    fn open(out: &'a mut String) -> Self {
        out.push('{');
        Object { out, first: true }
    }

    fn key(&mut self, key: &str) -> &mut String {
        if !std::mem::take(&mut self.first) {
            self.out.push(',');
        }
        write_string(self.out, key);
        self.out.push(':');
        self.out
    }

    fn close(self) {
        self.out.push('}');
    }
}

/// A list, or its only item.
fn list<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    if let [only] = items {
        return write(out, only);
    }
    out.push('[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn text(out: &mut String, text: &Spanned<String>) {
    write_string(out, text);
}

impl std::fmt::Display for Document {
    /// Prints compact JSON. Reading it gives the same document.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        let mut object = Object::open(&mut out);
        if self.version_span.is_some() {
            write_string(object.key("Version"), self.version.as_str());
        }
        if let Some(id) = &self.id {
            text(object.key("Id"), id);
        }
        let out_statements = object.key("Statement");
        if self.statement_list.is_some() && self.statements.len() == 1 {
            out_statements.push('[');
            list(out_statements, &self.statements, statement);
            out_statements.push(']');
        } else {
            list(out_statements, &self.statements, statement);
        }
        object.close();
        f.write_str(&out)
    }
}

fn statement(out: &mut String, statement: &Statement) {
    let mut object = Object::open(out);
    if let Some(sid) = &statement.sid {
        text(object.key("Sid"), sid);
    }
    write_string(object.key("Effect"), statement.effect.as_str());
    if let Some(element) = &statement.principal {
        principal(object.key(if element.negated { "NotPrincipal" } else { "Principal" }), element);
    }
    patterns(&mut object, "Action", "NotAction", &statement.action);
    if let Some(resource) = &statement.resource {
        patterns(&mut object, "Resource", "NotResource", resource);
    }
    if !statement.conditions.is_empty() {
        conditions(object.key("Condition"), &statement.conditions);
    }
    object.close();
}

fn patterns(object: &mut Object<'_>, name: &str, negated_name: &str, element: &PatternElement) {
    list(object.key(if element.negated { negated_name } else { name }), &element.patterns, text);
}

fn principal(out: &mut String, element: &PrincipalElement) {
    let PrincipalSet::Listed(entries) = &element.principals else { return out.push_str("\"*\"") };
    let mut object = Object::open(out);
    // Equal kinds stand together, as the reader left them.
    for group in entries.chunk_by(|a, b| a.kind == b.kind) {
        let Some(first) = group.first() else { continue };
        list(object.key(first.kind.as_str()), group, |out, entry| text(out, &entry.value));
    }
    object.close();
}

fn conditions(out: &mut String, conditions: &[Condition]) {
    let mut operators = Object::open(out);
    for group in conditions.chunk_by(|a, b| a.operator == b.operator) {
        let Some(first) = group.first() else { continue };
        let mut keys = Object::open(operators.key(&first.operator.to_string()));
        for condition in group {
            values(keys.key(&condition.key), &condition.values);
        }
        keys.close();
    }
    operators.close();
}

fn values(out: &mut String, values: &[ConditionValue]) {
    list(out, values, |out, value| match value.kind {
        ConditionValueKind::Bool | ConditionValueKind::Number => out.push_str(&value.text),
        ConditionValueKind::Text => text(out, &value.text),
    });
}
