//! Evaluates a JMESPath tree on a document.

use super::QueryError;
use super::ast::{Ast, Comparator};
use super::functions;
use super::item::{Item, View};
use indexmap::IndexMap;
use serde_json::Value;
use std::cell::Cell;
use std::cmp::Ordering;
use std::rc::Rc;

/// How many values one search may touch or build. A large listing has some hundred thousand; an expression made to
/// grow (`[@,@] | [@,@] | ...`) meets the limit instead of the machine's memory.
const MAX_STEPS: usize = 4_000_000;

/// What is left of the work a search may do.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn spend(&self, steps: usize) -> Result<(), QueryError> {
        match self.0.get().checked_sub(steps) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err(QueryError::TooLarge { what: "result" }),
        }
    }

    /// Charges for a copy of a document's part.
    pub(super) fn spend_on(&self, value: &Value) -> Result<(), QueryError> {
        match value {
            Value::Array(items) => {
                self.spend(items.len())?;
                items.iter().try_for_each(|item| self.spend_on(item))
            }
            Value::Object(map) => {
                self.spend(map.len())?;
                map.values().try_for_each(|item| self.spend_on(item))
            }
            Value::String(text) => self.spend(text.len() / 32),
            Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        }
    }
}

pub(super) fn search(root: &Ast, document: &Value) -> Result<Value, QueryError> {
    let interpreter = Interpreter { budget: Budget(Cell::new(MAX_STEPS)) };
    interpreter.visit(root, &Item::Json(document))?.to_value(&interpreter.budget)
}

pub(super) struct Interpreter {
    pub(super) budget: Budget,
}

impl Interpreter {
    /// The value of a node on `value`.
    pub(super) fn visit<'a>(&self, node: &'a Ast, value: &Item<'a>) -> Result<Item<'a>, QueryError> {
        self.budget.spend(1)?;
        Ok(match node {
            Ast::Current => value.clone(),
            Ast::Literal(literal) => Item::Json(literal),
            Ast::Expref(expression) => Item::Expression(expression),
            Ast::Field(name) => match value.view() {
                View::Map(map) => map.get(name).unwrap_or(Item::Null),
                _ => Item::Null,
            },
            Ast::Then(left, right) => self.visit(right, &self.visit(left, value)?)?,
            Ast::Indexed(steps) => {
                let mut current = value.clone();
                for step in steps {
                    current = self.visit(step, &current)?;
                }
                current
            }
            Ast::Index(index) => at(value, *index),
            Ast::Slice { start, stop, step } => self.slice(value, *start, *stop, *step)?,
            Ast::And(left, right) => {
                let left = self.visit(left, value)?;
                if left.is_true() { self.visit(right, value)? } else { left }
            }
            Ast::Or(left, right) => {
                let left = self.visit(left, value)?;
                if left.is_true() { left } else { self.visit(right, value)? }
            }
            Ast::Not(inner) => Item::Bool(!self.visit(inner, value)?.is_true()),
            Ast::Compare(comparator, left, right) => {
                self.compare(*comparator, &self.visit(left, value)?, &self.visit(right, value)?)?
            }
            Ast::Flatten(inner) => self.flatten(&self.visit(inner, value)?)?,
            Ast::Project(left, right) => match self.visit(left, value)?.view() {
                View::List(list) => self.project(list.iter(), right)?,
                _ => Item::Null,
            },
            Ast::ProjectValues(left, right) => match self.visit(left, value)?.view() {
                View::Map(map) => self.project(map.iter().map(|(_, item)| item), right)?,
                _ => Item::Null,
            },
            Ast::Filter { left, condition, right } => match self.visit(left, value)?.view() {
                View::List(list) => {
                    let mut kept = Vec::new();
                    for element in list.iter() {
                        if self.visit(condition, &element)?.is_true() {
                            kept.push(element);
                        }
                    }
                    self.project(kept.into_iter(), right)?
                }
                _ => Item::Null,
            },
            Ast::MultiList(items) if !value.is_null() => {
                Item::list(items.iter().map(|item| self.visit(item, value)).collect::<Result<_, _>>()?)
            }
            Ast::MultiHash(pairs) if !value.is_null() => {
                let mut map = IndexMap::with_capacity(pairs.len());
                for (key, item) in pairs {
                    map.insert(key.clone(), self.visit(item, value)?);
                }
                Item::Map(Rc::new(map))
            }
            Ast::MultiList(_) | Ast::MultiHash(_) => Item::Null,
            Ast::Function { name, arguments } => {
                let arguments =
                    arguments.iter().map(|argument| self.visit(argument, value)).collect::<Result<Vec<_>, _>>()?;
                functions::call(self, name, &arguments)?
            }
        })
    }

    fn project<'a>(&self, elements: impl Iterator<Item = Item<'a>>, right: &'a Ast) -> Result<Item<'a>, QueryError> {
        let mut collected = Vec::new();
        for element in elements {
            let current = self.visit(right, &element)?;
            if !current.is_null() {
                collected.push(current);
            }
        }
        Ok(Item::list(collected))
    }

    fn flatten<'a>(&self, value: &Item<'a>) -> Result<Item<'a>, QueryError> {
        let View::List(list) = value.view() else { return Ok(Item::Null) };
        let mut merged = Vec::new();
        for element in list.iter() {
            self.budget.spend(1)?;
            match element.view() {
                View::List(inner) => {
                    self.budget.spend(inner.len())?;
                    merged.extend(inner.iter());
                }
                _ => merged.push(element),
            }
        }
        Ok(Item::list(merged))
    }

    fn slice<'a>(
        &self,
        value: &Item<'a>,
        start: Option<i64>,
        stop: Option<i64>,
        step: Option<i64>,
    ) -> Result<Item<'a>, QueryError> {
        let View::List(list) = value.view() else { return Ok(Item::Null) };
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err(QueryError::Value { message: "a slice's step may not be zero".to_owned() });
        }
        let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
        let (low, high) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let bound = |position: Option<i64>, default: i64| match position {
            None => default,
            Some(position) if position < 0 => position.saturating_add(length).max(low),
            Some(position) => position.min(high),
        };
        let (first, last) = if step > 0 { (low, high) } else { (high, low) };
        let (mut position, end) = (bound(start, first), bound(stop, last));
        let mut taken = Vec::new();
        while if step > 0 { position < end } else { position > end } {
            self.budget.spend(1)?;
            taken.extend(usize::try_from(position).ok().and_then(|index| list.get(index)));
            position = position.saturating_add(step);
        }
        Ok(Item::list(taken))
    }

    fn compare<'a>(&self, comparator: Comparator, left: &Item<'a>, right: &Item<'a>) -> Result<Item<'a>, QueryError> {
        let wanted: fn(Ordering) -> bool = match comparator {
            Comparator::Equal => return Ok(Item::Bool(self.equals(left, right)?)),
            Comparator::NotEqual => return Ok(Item::Bool(!self.equals(left, right)?)),
            Comparator::Greater => Ordering::is_gt,
            Comparator::GreaterOrEqual => Ordering::is_ge,
            Comparator::Less => Ordering::is_lt,
            Comparator::LessOrEqual => Ordering::is_le,
        };
        match (left.view(), right.view()) {
            (View::Number(_) | View::Text(_), View::Number(_) | View::Text(_)) => {
                Ok(Item::Bool(wanted(order("a comparison", left, right)?)))
            }
            _ => Ok(Item::Null),
        }
    }

    /// Equality at the top level, where `true` and `1` differ.
    fn equals<'a>(&self, left: &Item<'a>, right: &Item<'a>) -> Result<bool, QueryError> {
        if matches!((left.view(), right.view()), (View::Bool(_), View::Number(_)) | (View::Number(_), View::Bool(_))) {
            return Ok(false);
        }
        left.loosely_equals(right, &self.budget)
    }
}

fn at<'a>(value: &Item<'a>, index: i64) -> Item<'a> {
    let View::List(list) = value.view() else { return Item::Null };
    let length = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let index = if index < 0 { index.saturating_add(length) } else { index };
    usize::try_from(index).ok().and_then(|index| list.get(index)).unwrap_or(Item::Null)
}

/// The order of two numbers or two texts; anything else has none.
pub(super) fn order(place: &str, left: &Item<'_>, right: &Item<'_>) -> Result<Ordering, QueryError> {
    match (left.view(), right.view()) {
        (View::Text(left), View::Text(right)) => Ok(left.cmp(right)),
        (View::Number(left), View::Number(right)) => {
            if let (Some(left), Some(right)) = (super::item::whole(left), super::item::whole(right)) {
                return Ok(left.cmp(&right));
            }
            let (left, right) = (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
            Ok(left.partial_cmp(&right).unwrap_or(Ordering::Equal))
        }
        _ => Err(QueryError::Type {
            function: place.to_owned(),
            given: right.kind(),
            expected: format!("a {} like the value it is compared with", left.kind()),
        }),
    }
}
