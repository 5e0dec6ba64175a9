//! `--output table`: a box per structure, nested ones indented by a `|` on both sides, turned upright when it is wider than
//! the 80 columns of a pipe.

use super::wide::columns;
use super::{Format, OutputError};
use crate::python;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The AWS CLI takes 80 where it cannot ask a terminal.
const TERMINAL_WIDTH: usize = 80;
/// Spaces and edges that every column adds to its text.
const PADDING: usize = 4;

pub(super) fn render(operation: &str, response: &Value) -> Result<String, OutputError> {
    let mut table = Table::default();
    if !table.build(Some(operation), response, 0)? {
        return Ok(String::new());
    }
    if table.width() > TERMINAL_WIDTH {
        table.sections.iter_mut().for_each(Section::turn);
    }
    let width = table.width();
    let mut out = format!("{}\n", "-".repeat(width));
    table.sections.iter().for_each(|section| section.render(width, &mut out));
    Ok(out)
}

#[derive(Default)]
struct Table {
    sections: Vec<Section>,
}

#[derive(Default)]
struct Section {
    title: Option<String>,
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
    indent: usize,
    columns: Option<usize>,
    widths: Vec<usize>,
}

fn unfit(reason: &'static str) -> OutputError {
    OutputError::Irregular { format: Format::Table, reason }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

/// Python's truth of a value: what is false is not drawn.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(bool) => !bool,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

/// The names of scalar members and of the others, each sorted.
fn split(map: &Map<String, Value>) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let names = |scalar: bool| {
        map.iter().filter(|(_, value)| is_scalar(value) == scalar).map(|(name, _)| name.as_str()).collect()
    };
    (names(true), names(false))
}

impl Table {
    fn begin(&mut self, title: Option<&str>, indent: usize) {
        self.sections.push(Section { title: title.map(str::to_owned), indent, ..Section::default() });
    }

    fn section(&mut self) -> Result<&mut Section, OutputError> {
        self.sections.last_mut().ok_or_else(|| unfit("nothing to draw"))
    }

    fn build(&mut self, title: Option<&str>, value: &Value, indent: usize) -> Result<bool, OutputError> {
        if is_empty(value) {
            return Ok(false);
        }
        if title.is_some() {
            self.begin(title, indent);
        }
        match value {
            Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                self.structures(items, indent, title)?
            }
            Value::Array(items) => {
                for item in items {
                    self.list_item(item)?;
                }
            }
            Value::Object(map) => self.structure(map, indent)?,
            _ => {}
        }
        Ok(true)
    }

    fn list_item(&mut self, item: &Value) -> Result<(), OutputError> {
        match item {
            Value::Array(cells) if cells.iter().all(is_scalar) => {
                self.section()?.add_row(cells.iter().map(python::text).collect())
            }
            // A structure among scalars is drawn by its names alone, which are all that Python iterates over.
            Value::Object(map) => self.section()?.add_row(map.keys().cloned().collect()),
            scalar if is_scalar(scalar) => self.section()?.add_row(vec![python::text(scalar)]),
            nested => self.build(None, nested, 0).map(|_| ()),
        }
    }

    fn structure(&mut self, map: &Map<String, Value>, indent: usize) -> Result<(), OutputError> {
        let (scalars, nested) = split(map);
        let value = |name: &str| map.get(name).map(python::text).unwrap_or_default();
        match scalars.iter().collect::<Vec<_>>().as_slice() {
            [] => {}
            [only] => self.section()?.add_row(vec![(**only).to_owned(), value(only)])?,
            names => {
                let section = self.section()?;
                section.add_headers(names.iter().map(|name| (**name).to_owned()).collect())?;
                section.add_row(names.iter().map(|name| value(name)).collect())?;
            }
        }
        for name in nested {
            self.build(Some(name), map.get(name).unwrap_or(&Value::Null), indent + 1)?;
        }
        Ok(())
    }

    fn structures(&mut self, items: &[Value], indent: usize, title: Option<&str>) -> Result<(), OutputError> {
        let mut headers = BTreeSet::new();
        let mut nested = BTreeSet::new();
        let empty = Map::new();
        let mut hollows = 0;
        let mut maps = Vec::with_capacity(items.len());
        for item in items {
            // An empty list or text has no names, so that Python takes it for a structure without members.
            let hollow = matches!(item, Value::Array(_) | Value::String(_)) && is_empty(item);
            if hollow {
                hollows += 1;
                maps.push(&empty);
                continue;
            }
            let map = item.as_object().ok_or_else(|| unfit("a list holds structures and other values"))?;
            let (scalars, others) = split(map);
            headers.extend(scalars);
            nested.extend(others);
            maps.push(map);
        }
        if hollows > 0 && !headers.is_empty() {
            return Err(unfit("a list holds structures and other values"));
        }
        let titles: Vec<String> = headers.iter().map(|&name| name.to_owned()).collect();
        self.section()?.add_headers(titles.clone())?;
        for (position, map) in maps.into_iter().enumerate() {
            if position > 0 && !nested.is_empty() {
                self.begin(title, indent);
                self.section()?.add_headers(titles.clone())?;
            }
            let cell = |name: &&str| map.get(*name).map(python::text).unwrap_or_default();
            self.section()?.add_row(headers.iter().map(cell).collect())?;
            for &name in &nested {
                if let Some(value) = map.get(name) {
                    self.build(Some(name), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }

    fn width(&self) -> usize {
        self.sections.iter().map(Section::width).max().unwrap_or(0)
    }
}

impl Section {
    fn add_headers(&mut self, headers: Vec<String>) -> Result<(), OutputError> {
        self.widen(&headers)?;
        self.columns.get_or_insert(headers.len());
        self.headers = headers;
        Ok(())
    }

    fn add_row(&mut self, row: Vec<String>) -> Result<(), OutputError> {
        if *self.columns.get_or_insert(row.len()) != row.len() {
            return Err(unfit("its rows differ in length"));
        }
        self.widen(&row)?;
        self.rows.push(row);
        Ok(())
    }

    fn widen(&mut self, row: &[String]) -> Result<(), OutputError> {
        if self.widths.is_empty() {
            self.widths = row.iter().map(|cell| columns(cell)).collect();
            return Ok(());
        }
        for (position, cell) in row.iter().enumerate() {
            let width = self.widths.get_mut(position).ok_or_else(|| unfit("its rows differ in length"))?;
            *width = (*width).max(columns(cell));
        }
        Ok(())
    }

    fn width(&self) -> usize {
        let cells: usize = self.widths.iter().map(|width| width + PADDING).sum();
        let outer = 2 * self.indent;
        // A section that continues without a title counts as one titled `None`.
        let title = self.title.as_deref().map_or(4, columns);
        (title + 2 + outer).max(cells + 2 + outer)
    }

    /// A section of one row becomes a column of names and a column of values.
    fn turn(&mut self) {
        if self.rows.len() != 1 || self.headers.is_empty() {
            return;
        }
        let mut turned = Section { title: self.title.take(), indent: self.indent, ..Section::default() };
        let row = self.rows.pop().unwrap_or_default();
        for (header, cell) in std::mem::take(&mut self.headers).into_iter().zip(row) {
            // Two columns always fit a section that starts with two.
            let _ = turned.add_row(vec![header, cell]);
        }
        *self = turned;
    }

    fn render(&self, table_width: usize, out: &mut String) {
        let width = table_width.saturating_sub(2 * self.indent);
        let mut line = |text: &str| {
            let edge = "|".repeat(self.indent);
            out.push_str(&format!("{edge}{text}{edge}\n"));
        };
        if let Some(title) = self.title.as_deref().filter(|title| !title.is_empty()) {
            line(&centered(title, width, "|"));
            if self.headers.is_empty() && self.rows.is_empty() {
                line(&format!("+{}+", "-".repeat(width.saturating_sub(2))));
            }
        }
        let widths = self.scaled(width);
        let rule = rule(&widths);
        let edge = |position: usize| if position == 0 { "|" } else { "" };
        if !self.headers.is_empty() {
            line(&rule);
            let cells = self.headers.iter().zip(&widths).enumerate();
            line(&cells.map(|(at, (header, &width))| centered(header, width, edge(at))).collect::<String>());
        }
        if !self.rows.is_empty() && !widths.is_empty() {
            line(&rule);
            for row in &self.rows {
                let cells = row.iter().zip(&widths).enumerate();
                line(&cells.map(|(at, (cell, &width))| left(cell, width, edge(at))).collect::<String>());
            }
            line(&rule);
        }
    }

    /// The columns' widths stretched or shrunk so that together they fill `width`.
    fn scaled(&self, width: usize) -> Vec<usize> {
        let unscaled: Vec<usize> = self.widths.iter().map(|width| width + PADDING).collect();
        let total: usize = unscaled.iter().sum();
        if total == 0 {
            return Vec::new();
        }
        let factor = width as f64 / total as f64;
        let mut scaled: Vec<i64> =
            unscaled.iter().map(|&column| (factor * column as f64).round_ties_even() as i64).collect();
        let mut off = scaled.iter().sum::<i64>() - i64::try_from(width).unwrap_or(i64::MAX);
        while off != 0 {
            let step = off.signum();
            let order: Vec<usize> =
                if off < 0 { (0..scaled.len()).rev().collect() } else { (0..scaled.len()).collect() };
            for at in order {
                if let Some(column) = scaled.get_mut(at) {
                    *column -= step;
                    off -= step;
                }
                if off == 0 {
                    break;
                }
            }
        }
        scaled.into_iter().map(|column| usize::try_from(column).unwrap_or(0)).collect()
    }
}

fn rule(widths: &[usize]) -> String {
    let mut rule = String::new();
    for (position, width) in widths.iter().enumerate() {
        if position == 0 {
            rule.push('+');
            rule.push_str(&"-".repeat(width.saturating_sub(2)));
        } else {
            rule.push_str(&"-".repeat(width.saturating_sub(1)));
        }
        rule.push('+');
    }
    rule
}

fn spaces(count: i64) -> String {
    " ".repeat(usize::try_from(count).unwrap_or(0))
}

fn centered(text: &str, length: usize, left_edge: &str) -> String {
    let signed = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    let (length, width) = (signed(length), signed(columns(text)));
    let start = length / 2 - width / 2 - 1;
    let so_far = signed(left_edge.len()) + start + width;
    format!("{left_edge}{}{text}{}|", spaces(start), spaces(length - 1 - so_far))
}

fn left(text: &str, length: usize, left_edge: &str) -> String {
    let used = columns(text) + left_edge.len() + 1;
    let padding = if length >= used + 2 { 2 } else { 0 };
    let rest = length.saturating_sub(used + padding);
    format!("{left_edge}{}{text}{}|", " ".repeat(padding), " ".repeat(rest))
}
