//! Values during evaluation: the response is borrowed, only what the expression builds is new.

use super::QueryError;
use super::ast::Ast;
use super::interpret::Budget;
use indexmap::IndexMap;
use serde_json::{Number, Value};
use std::rc::Rc;

/// A value under evaluation.
#[derive(Debug, Clone)]
pub(super) enum Item<'a> {
    Bool(bool),
    /// An unevaluated expression, the argument of a function.
    Expression(&'a Ast),
    /// Part of the document or of a literal.
    Json(&'a Value),
    List(Rc<Vec<Item<'a>>>),
    Map(Rc<IndexMap<String, Item<'a>>>),
    Null,
    Number(Number),
    Text(Rc<str>),
}

/// The same value by its JMESPath type.
pub(super) enum View<'v, 'a> {
    Bool(bool),
    Expression(&'a Ast),
    List(ListView<'v, 'a>),
    Map(MapView<'v, 'a>),
    Null,
    Number(&'v Number),
    Text(&'v str),
}

pub(super) enum ListView<'v, 'a> {
    Items(&'v [Item<'a>]),
    Json(&'a [Value]),
}

pub(super) enum MapView<'v, 'a> {
    Items(&'v IndexMap<String, Item<'a>>),
    Json(&'a serde_json::Map<String, Value>),
}

impl<'a> Item<'a> {
    pub(super) fn text(text: &str) -> Self {
        Item::Text(Rc::from(text))
    }

    pub(super) fn list(items: Vec<Item<'a>>) -> Self {
        Item::List(Rc::new(items))
    }

    pub(super) fn view(&self) -> View<'_, 'a> {
        match self {
            Item::Bool(bool) => View::Bool(*bool),
            Item::Expression(expression) => View::Expression(expression),
            Item::Json(value) => match value {
                Value::Null => View::Null,
                Value::Bool(bool) => View::Bool(*bool),
                Value::Number(number) => View::Number(number),
                Value::String(text) => View::Text(text),
                Value::Array(items) => View::List(ListView::Json(items)),
                Value::Object(map) => View::Map(MapView::Json(map)),
            },
            Item::List(items) => View::List(ListView::Items(items)),
            Item::Map(map) => View::Map(MapView::Items(map)),
            Item::Null => View::Null,
            Item::Number(number) => View::Number(number),
            Item::Text(text) => View::Text(text),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.view(), View::Null)
    }

    /// JMESPath's truth: empty text, list and object, `null` and `false` are false; every number is true.
    pub(super) fn is_true(&self) -> bool {
        match self.view() {
            View::Bool(bool) => bool,
            View::Expression(_) | View::Number(_) => true,
            View::List(list) => list.len() > 0,
            View::Map(map) => map.len() > 0,
            View::Null => false,
            View::Text(text) => !text.is_empty(),
        }
    }

    /// The name of the type, as `type()` gives it.
    pub(super) fn kind(&self) -> &'static str {
        match self.view() {
            View::Bool(_) => "boolean",
            View::Expression(_) => "expref",
            View::List(_) => "array",
            View::Map(_) => "object",
            View::Null => "null",
            View::Number(_) => "number",
            View::Text(_) => "string",
        }
    }

    /// A copy as JSON. An expression that was never called has no JSON form and becomes `null`.
    pub(super) fn to_value(&self, budget: &Budget) -> Result<Value, QueryError> {
        budget.spend(1)?;
        Ok(match self {
            Item::Bool(bool) => Value::Bool(*bool),
            Item::Expression(_) | Item::Null => Value::Null,
            Item::Json(value) => {
                budget.spend_on(value)?;
                (*value).clone()
            }
            Item::List(items) => {
                Value::Array(items.iter().map(|item| item.to_value(budget)).collect::<Result<_, _>>()?)
            }
            Item::Map(map) => Value::Object(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), item.to_value(budget)?)))
                    .collect::<Result<_, QueryError>>()?,
            ),
            Item::Number(number) => Value::Number(number.clone()),
            Item::Text(text) => {
                budget.spend(text.len() / 32)?;
                Value::String(text.to_string())
            }
        })
    }

    /// Equality as Python sees it below the top level, where `true` equals `1`.
    pub(super) fn loosely_equals(&self, other: &Item<'a>, budget: &Budget) -> Result<bool, QueryError> {
        budget.spend(1)?;
        Ok(match (self.view(), other.view()) {
            (View::Null, View::Null) => true,
            (View::Text(left), View::Text(right)) => left == right,
            (View::Bool(left), View::Bool(right)) => left == right,
            (View::Number(left), View::Number(right)) => numbers_equal(left, right),
            (View::Bool(bool), View::Number(number)) | (View::Number(number), View::Bool(bool)) => {
                number.as_f64() == Some(f64::from(u8::from(bool)))
            }
            (View::List(left), View::List(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(right.iter()) {
                    if !left.loosely_equals(&right, budget)? {
                        return Ok(false);
                    }
                }
                true
            }
            (View::Map(left), View::Map(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (key, value) in left.iter() {
                    match right.get(key) {
                        Some(other) if value.loosely_equals(&other, budget)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (View::Expression(left), View::Expression(right)) => std::ptr::eq(left, right),
            _ => false,
        })
    }
}

fn numbers_equal(left: &Number, right: &Number) -> bool {
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left.as_f64() == right.as_f64(),
    }
}

/// The number as an integer, if it was written as one.
pub(super) fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

impl<'v, 'a> ListView<'v, 'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            ListView::Items(items) => items.len(),
            ListView::Json(values) => values.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Item<'a>> {
        match self {
            ListView::Items(items) => items.get(index).cloned(),
            ListView::Json(values) => values.get(index).map(Item::Json),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Item<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<'v, 'a> MapView<'v, 'a> {
    pub(super) fn len(&self) -> usize {
        match self {
            MapView::Items(map) => map.len(),
            MapView::Json(map) => map.len(),
        }
    }

    pub(super) fn get(&self, key: &str) -> Option<Item<'a>> {
        match self {
            MapView::Items(map) => map.get(key).cloned(),
            MapView::Json(map) => map.get(key).map(Item::Json),
        }
    }

    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = (&str, Item<'a>)> + '_> {
        match self {
            MapView::Items(map) => Box::new(map.iter().map(|(key, item)| (key.as_str(), item.clone()))),
            MapView::Json(map) => Box::new(map.iter().map(|(key, value)| (key.as_str(), Item::Json(value)))),
        }
    }
}
