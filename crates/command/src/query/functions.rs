//! JMESPath's functions: their signatures as a table, their work one `match` arm each.

use super::QueryError;
use super::interpret::{Interpreter, order};
use super::item::{Item, ListView, View, whole};
use crate::python;
use indexmap::IndexMap;
use serde_json::Number;
use std::cmp::Ordering;
use std::rc::Rc;

/// The types an argument may have; none listed means any.
type Types = &'static [&'static str];

struct Signature {
    name: &'static str,
    arguments: &'static [Types],
    /// The last argument may be given any number of times.
    variadic: bool,
}

const ANY: Types = &[];
const COMPARABLE: Types = &["array-number", "array-string"];

const SIGNATURES: &[Signature] = &[
    fixed("abs", &[&["number"]]),
    fixed("avg", &[&["array-number"]]),
    fixed("ceil", &[&["number"]]),
    fixed("contains", &[&["array", "string"], ANY]),
    fixed("ends_with", &[&["string"], &["string"]]),
    fixed("floor", &[&["number"]]),
    fixed("join", &[&["string"], &["array-string"]]),
    fixed("keys", &[&["object"]]),
    fixed("length", &[&["string", "array", "object"]]),
    fixed("map", &[&["expref"], &["array"]]),
    fixed("max", &[COMPARABLE]),
    fixed("max_by", &[&["array"], &["expref"]]),
    Signature { name: "merge", arguments: &[&["object"]], variadic: true },
    fixed("min", &[COMPARABLE]),
    fixed("min_by", &[&["array"], &["expref"]]),
    Signature { name: "not_null", arguments: &[ANY], variadic: true },
    fixed("reverse", &[&["array", "string"]]),
    fixed("sort", &[COMPARABLE]),
    fixed("sort_by", &[&["array"], &["expref"]]),
    fixed("starts_with", &[&["string"], &["string"]]),
    fixed("sum", &[&["array-number"]]),
    fixed("to_array", &[ANY]),
    fixed("to_number", &[ANY]),
    fixed("to_string", &[ANY]),
    fixed("type", &[ANY]),
    fixed("values", &[&["object"]]),
];

const fn fixed(name: &'static str, arguments: &'static [Types]) -> Signature {
    Signature { name, arguments, variadic: false }
}

/// Calls a function on evaluated arguments.
pub(super) fn call<'a>(interpreter: &Interpreter, name: &str, arguments: &[Item<'a>]) -> Result<Item<'a>, QueryError> {
    let signature = SIGNATURES
        .iter()
        .find(|signature| signature.name == name)
        .ok_or_else(|| QueryError::UnknownFunction(name.chars().take(64).collect()))?;
    check(signature, arguments)?;
    let function = Function { name: signature.name, interpreter };
    match (signature.name, arguments) {
        ("contains", [subject, search]) => function.contains(subject, search),
        ("map", [Item::Expression(expression), list]) => {
            let mapped = function.elements(list).map(|element| interpreter.visit(expression, &element));
            Ok(Item::list(mapped.collect::<Result<_, _>>()?))
        }
        ("sort_by", [list, Item::Expression(expression)]) => function.sort_by(list, expression),
        ("max_by", [list, Item::Expression(expression)]) => function.extreme_by(list, expression, Ordering::Greater),
        ("min_by", [list, Item::Expression(expression)]) => function.extreme_by(list, expression, Ordering::Less),
        ("join", [separator, list]) => function.join(separator, list),
        ("ends_with", [text, part]) => Ok(Item::Bool(text_of(text).ends_with(text_of(part)))),
        ("starts_with", [text, part]) => Ok(Item::Bool(text_of(text).starts_with(text_of(part)))),
        ("merge", maps) => function.merge(maps),
        ("not_null", items) => Ok(items.iter().find(|item| !item.is_null()).cloned().unwrap_or(Item::Null)),
        (_, [one]) => function.unary(one),
        _ => Err(QueryError::UnknownFunction(name.to_owned())),
    }
}

fn check(signature: &Signature, arguments: &[Item<'_>]) -> Result<(), QueryError> {
    let wanted = signature.arguments.len();
    let enough = if signature.variadic { arguments.len() >= wanted } else { arguments.len() == wanted };
    if !enough {
        let plural = if wanted == 1 { "" } else { "s" };
        let least = if signature.variadic { "at least " } else { "" };
        return Err(QueryError::Arity {
            function: signature.name.to_owned(),
            expected: format!("{least}{wanted} argument{plural}"),
            given: arguments.len(),
        });
    }
    signature.arguments.iter().zip(arguments).try_for_each(|(types, argument)| check_type(signature, types, argument))
}

fn check_type(signature: &Signature, types: Types, argument: &Item<'_>) -> Result<(), QueryError> {
    if types.is_empty() {
        return Ok(());
    }
    let mismatch = |given| QueryError::Type {
        function: format!("{}()", signature.name),
        given,
        expected: format!("one of: {}", types.join(", ")),
    };
    let kind = argument.kind();
    if types.contains(&kind) {
        return Ok(());
    }
    let View::List(list) = argument.view() else { return Err(mismatch(kind)) };
    let allowed: Vec<&str> = types.iter().filter_map(|name| name.strip_prefix("array-")).collect();
    if allowed.is_empty() {
        return Err(mismatch(kind));
    }
    // The first element decides between the allowed types, the others must be alike.
    let Some(first) = list.get(0) else { return Ok(()) };
    if !allowed.contains(&first.kind()) {
        return Err(mismatch(first.kind()));
    }
    match list.iter().find(|element| element.kind() != first.kind()) {
        Some(other) => Err(mismatch(other.kind())),
        None => Ok(()),
    }
}

struct Function<'i> {
    name: &'static str,
    interpreter: &'i Interpreter,
}

impl Function<'_> {
    fn mismatch(&self, given: &'static str, expected: &str) -> QueryError {
        QueryError::Type { function: format!("{}()", self.name), given, expected: expected.to_owned() }
    }

    fn elements<'a>(&self, list: &Item<'a>) -> std::vec::IntoIter<Item<'a>> {
        match list.view() {
            View::List(list) => list.iter().collect::<Vec<_>>().into_iter(),
            _ => Vec::new().into_iter(),
        }
    }

    fn unary<'a>(&self, one: &Item<'a>) -> Result<Item<'a>, QueryError> {
        let budget = &self.interpreter.budget;
        Ok(match (self.name, one.view()) {
            ("abs", View::Number(number)) => match whole(number) {
                Some(whole) => integer(whole.abs()),
                None => float(number.as_f64().unwrap_or(0.0).abs()),
            },
            ("ceil", View::Number(number)) => rounded(number, f64::ceil),
            ("floor", View::Number(number)) => rounded(number, f64::floor),
            ("avg", View::List(list)) if list.len() == 0 => Item::Null,
            ("avg", View::List(list)) => {
                let count = list.len();
                match sum(&list) {
                    Item::Number(total) => float(total.as_f64().unwrap_or(0.0) / count as f64),
                    other => other,
                }
            }
            ("sum", View::List(list)) => sum(&list),
            ("keys", View::Map(map)) => Item::list(map.iter().map(|(key, _)| Item::text(key)).collect()),
            ("values", View::Map(map)) => Item::list(map.iter().map(|(_, item)| item).collect()),
            ("length", View::Text(text)) => count(text.chars().count()),
            ("length", View::List(list)) => count(list.len()),
            ("length", View::Map(map)) => count(map.len()),
            ("max", View::List(list)) => self.extreme(&list, Ordering::Greater)?,
            ("min", View::List(list)) => self.extreme(&list, Ordering::Less)?,
            ("reverse", View::Text(text)) => Item::text(&text.chars().rev().collect::<String>()),
            ("reverse", View::List(list)) => Item::list((0..list.len()).rev().filter_map(|at| list.get(at)).collect()),
            ("sort", View::List(list)) => {
                let mut items: Vec<_> = list.iter().collect();
                // The type check made all elements alike, so the order is total.
                items.sort_by(|left, right| order(self.name, left, right).unwrap_or(Ordering::Equal));
                Item::list(items)
            }
            ("to_array", View::List(_)) => one.clone(),
            ("to_array", _) => Item::list(vec![one.clone()]),
            ("to_string", View::Text(_)) => one.clone(),
            ("to_string", View::Expression(_)) => return Err(self.mismatch("expref", "a value")),
            ("to_string", _) => Item::text(&python::json_compact(&one.to_value(budget)?)),
            ("to_number", View::Number(_)) => one.clone(),
            ("to_number", View::Text(text)) => number_from(text),
            ("to_number", _) => Item::Null,
            ("type", View::Expression(_)) => Item::Null,
            ("type", _) => Item::text(one.kind()),
            _ => return Err(self.mismatch(one.kind(), "another type")),
        })
    }

    fn contains<'a>(&self, subject: &Item<'a>, search: &Item<'a>) -> Result<Item<'a>, QueryError> {
        match (subject.view(), search.view()) {
            (View::Text(text), View::Text(part)) => Ok(Item::Bool(text.contains(part))),
            (View::List(list), _) => {
                for element in list.iter() {
                    if element.loosely_equals(search, &self.interpreter.budget)? {
                        return Ok(Item::Bool(true));
                    }
                }
                Ok(Item::Bool(false))
            }
            _ => Err(self.mismatch(search.kind(), "string, when the subject is a string")),
        }
    }

    fn join<'a>(&self, separator: &Item<'a>, list: &Item<'a>) -> Result<Item<'a>, QueryError> {
        let separator = text_of(separator);
        let mut joined = String::new();
        for (position, element) in self.elements(list).enumerate() {
            let element = text_of(&element).to_owned();
            self.interpreter.budget.spend((element.len() + separator.len()) / 32)?;
            if position > 0 {
                joined.push_str(separator);
            }
            joined.push_str(&element);
        }
        Ok(Item::text(&joined))
    }

    fn merge<'a>(&self, maps: &[Item<'a>]) -> Result<Item<'a>, QueryError> {
        let mut merged = IndexMap::new();
        for map in maps {
            let map = match map.view() {
                View::Map(map) => map,
                // Python's `dict.update`, which looks at no type behind the first, takes an empty list or text for nothing.
                View::List(list) if list.iter().next().is_none() => continue,
                View::Text("") => continue,
                _ => return Err(self.mismatch(map.kind(), "object")),
            };
            self.interpreter.budget.spend(map.len())?;
            merged.extend(map.iter().map(|(key, item)| (key.to_owned(), item)));
        }
        Ok(Item::Map(Rc::new(merged)))
    }

    /// The first of the largest, or of the smallest, elements.
    fn extreme<'a>(&self, list: &ListView<'_, 'a>, wanted: Ordering) -> Result<Item<'a>, QueryError> {
        let mut best: Option<Item<'a>> = None;
        for element in list.iter() {
            best = match best {
                Some(best) if order(self.name, &element, &best)? != wanted => Some(best),
                _ => Some(element),
            };
        }
        Ok(best.unwrap_or(Item::Null))
    }

    fn keyed<'a>(
        &self,
        list: &Item<'a>,
        expression: &'a super::ast::Ast,
    ) -> Result<Vec<(Item<'a>, Item<'a>)>, QueryError> {
        let mut keyed = Vec::new();
        for element in self.elements(list) {
            let key = self.interpreter.visit(expression, &element)?;
            if !matches!(key.view(), View::Number(_) | View::Text(_)) {
                return Err(self.mismatch(key.kind(), "number or string"));
            }
            keyed.push((key, element));
        }
        Ok(keyed)
    }

    fn extreme_by<'a>(
        &self,
        list: &Item<'a>,
        expression: &'a super::ast::Ast,
        wanted: Ordering,
    ) -> Result<Item<'a>, QueryError> {
        let mut best: Option<(Item<'a>, Item<'a>)> = None;
        for (key, element) in self.keyed(list, expression)? {
            best = match best {
                Some(best) if order("max_by() or min_by()", &key, &best.0)? != wanted => Some(best),
                _ => Some((key, element)),
            };
        }
        Ok(best.map_or(Item::Null, |(_, element)| element))
    }

    fn sort_by<'a>(&self, list: &Item<'a>, expression: &'a super::ast::Ast) -> Result<Item<'a>, QueryError> {
        let mut keyed = self.keyed(list, expression)?;
        if let Some((first, _)) = keyed.first() {
            let kind = first.kind();
            if let Some((other, _)) = keyed.iter().find(|(key, _)| key.kind() != kind) {
                return Err(self.mismatch(other.kind(), kind));
            }
        }
        keyed.sort_by(|left, right| order("sort_by()", &left.0, &right.0).unwrap_or(Ordering::Equal));
        Ok(Item::list(keyed.into_iter().map(|(_, element)| element).collect()))
    }
}

fn text_of<'v>(item: &'v Item<'_>) -> &'v str {
    match item.view() {
        View::Text(text) => text,
        _ => "",
    }
}

fn count<'a>(size: usize) -> Item<'a> {
    Item::Number(Number::from(size))
}

fn integer<'a>(value: i128) -> Item<'a> {
    if let Ok(small) = i64::try_from(value) {
        Item::Number(Number::from(small))
    } else if let Ok(large) = u64::try_from(value) {
        Item::Number(Number::from(large))
    } else {
        float(value as f64)
    }
}

fn float<'a>(value: f64) -> Item<'a> {
    Number::from_f64(value).map_or(Item::Null, Item::Number)
}

fn rounded<'a>(number: &Number, round: fn(f64) -> f64) -> Item<'a> {
    match whole(number) {
        Some(whole) => integer(whole),
        None => {
            let value = round(number.as_f64().unwrap_or(0.0));
            // Within this range the conversion is exact; beyond it a float has no fraction anyway.
            if value.abs() < 1e38 { integer(value as i128) } else { float(value) }
        }
    }
}

fn sum<'a>(list: &ListView<'_, '_>) -> Item<'a> {
    let mut exact: Option<i128> = Some(0);
    let mut total = 0.0;
    for element in list.iter() {
        let View::Number(number) = element.view() else { continue };
        if let (Some(so_far), Some(whole)) = (exact, whole(number)) {
            exact = so_far.checked_add(whole);
            total = exact.map_or(f64::NAN, |exact| exact as f64);
        } else {
            exact = None;
            total += number.as_f64().unwrap_or(0.0);
        }
    }
    exact.map_or_else(|| float(total), integer)
}

/// A number as Python's `int` and then `float` read it: spaces around, underscores between digits.
fn number_from<'a>(text: &str) -> Item<'a> {
    let Some(text) = python::without_underscores(text.trim()) else { return Item::Null };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(&text);
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i128>().map_or_else(|_| float(text.parse().unwrap_or(f64::NAN)), integer);
    }
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        text.parse().map_or(Item::Null, float)
    } else {
        // `inf` and `nan` are numbers to Python and have no JSON form.
        Item::Null
    }
}
