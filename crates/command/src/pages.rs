//! The pages of an answer: which call comes next, and what they are together.
//!
//! The rules are those of the AWS CLI's paginator: every page is one call, the pages' lists are joined, `--max-items` cuts
//! the list and leaves a token with which `--starting-token` goes on. The token has the AWS CLI's own form, so that a
//! token of one program works in the other. Nothing is sent here: a page comes in as JSON, the next input goes out.
//!
//! Source: the AWS CLI user guide, "Using the pagination options in the AWS CLI".

mod kept;
mod place;
mod token;

#[cfg(test)]
mod tests;

use std::ops::Range;

use bailiwick_aws::Value;
use bailiwick_aws::model::Member;
use bailiwick_aws::value::json::{BlobFormat, from_json};
use serde_json::{Map, Value as Json, json};

use crate::parse::Call;
use crate::query::{Expression, QueryError};
use place::Place;
use token::Token;

/// Pages of one answer that are asked for at most; the token of the answer goes on from there.
pub const MAX_PAGES: usize = 1_000;

/// Why the pages cannot be walked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PagesError {
    /// `--starting-token` is not a token that this operation takes.
    #[error("`--starting-token` is not a token of this operation; use the `NextToken` that an answer ended with")]
    StartingToken,
    /// The service gives one token again and again.
    #[error("the service gave the same token for the next page twice, so the pages have no end")]
    SameToken,
    /// A token does not fit the input it belongs to.
    #[error("the token for the next page does not fit `{member}`: {reason}")]
    TokenType {
        /// The member of the input.
        member: String,
        /// What does not fit.
        reason: String,
    },
    /// The model's paging facts cannot be read.
    #[error("the paging rules of this operation cannot be read: {0}")]
    Model(#[from] QueryError),
}

/// A walk over the pages of one call.
#[derive(Debug, Clone)]
pub struct Pages {
    call: Call,
    tokens: Vec<(String, Expression)>,
    more: Option<Expression>,
    results: Vec<Place>,
    kept: Vec<Place>,
    start: Option<Token>,
    most: usize,
    max_items: Option<usize>,
    items: usize,
    previous: Option<Token>,
    pages: Vec<Json>,
    resume: Option<Token>,
}

/// What a walk came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Whole {
    /// The pages as one response, with `NextToken` where more is left.
    pub response: Json,
    /// The pages as the text format prints them, one after the other: the lists, and of the first what
    /// is kept besides them.
    pub pages: Vec<Json>,
}

impl Pages {
    /// The walk of a call; `None` where its answer has no pages, or paging is off. `most` bounds the pages.
    ///
    /// # Errors
    /// [`PagesError::StartingToken`], [`PagesError::Model`].
    pub fn of(call: &Call, most: usize) -> Result<Option<Pages>, PagesError> {
        let paging = &call.options.paging;
        let Some(page) = call.model().and_then(|model| model.page.as_deref()).filter(|_| !paging.off) else {
            return Ok(None);
        };
        let start = paging.starting_token.as_deref().map(|text| Token::read(text, &page.input_token));
        let start = start.transpose().map_err(|_| PagesError::StartingToken)?;
        let outputs = page.output_token.iter().map(|path| Expression::parse(path));
        let tokens = page.input_token.iter().zip(outputs).map(|(name, path)| Ok((name.to_string(), path?)));
        Ok(Some(Pages {
            tokens: tokens.collect::<Result<_, QueryError>>()?,
            more: page.more_results.as_ref().map(|path| Expression::parse(path)).transpose()?,
            results: page.result_key.iter().map(|path| Place::read(path)).collect::<Result<_, QueryError>>()?,
            kept: kept::of(&call.service.name, &call.operation)?,
            start,
            most: most.clamp(1, MAX_PAGES),
            max_items: paging.max_items.map(|most| usize::try_from(most).unwrap_or(0)),
            items: 0,
            previous: None,
            pages: Vec::new(),
            resume: None,
            call: call.clone(),
        }))
    }

    /// The input of the first call.
    ///
    /// # Errors
    /// [`PagesError::TokenType`].
    pub fn first(&self) -> Result<Value, PagesError> {
        self.input(self.start.as_ref())
    }

    /// Takes a page. The input of the next call comes back, or `None` when the walk is over.
    ///
    /// # Errors
    /// [`PagesError::SameToken`], [`PagesError::TokenType`]; [`PagesError::Model`] where the answer defeats the model's expressions.
    pub fn accept(&mut self, mut page: Json) -> Result<Option<Value>, PagesError> {
        let skipped = match self.start.as_ref().map(|token| token.skip) {
            Some(skip) if self.pages.is_empty() => {
                let skip = skip.unwrap_or(0);
                self.keep(&mut page, skip..usize::MAX);
                // The other lists were shown whole, with the part that is left out here.
                for place in self.results.iter().skip(1) {
                    place.find_mut(&mut page).map(empty);
                }
                skip
            }
            _ => 0,
        };
        let count = self.results.first().and_then(|primary| primary.find(&page)).map_or(0, length);
        let over = self.max_items.and_then(|most| (self.items + count).checked_sub(most)).filter(|over| *over > 0);
        if let Some(over) = over {
            let keep = count.saturating_sub(over);
            self.keep(&mut page, 0..keep);
            self.pages.push(page);
            let before = self.previous.clone().or_else(|| self.start.clone()).unwrap_or_default();
            let names = self.tokens.iter().map(|(name, _)| name.as_str());
            self.resume = Some(before.for_members(names).cut_after(keep + skipped));
            return Ok(None);
        }
        let next = self.next_token(&page)?;
        self.items += count;
        self.pages.push(page);
        let Some(next) = next else { return Ok(None) };
        if self.max_items == Some(self.items) || self.pages.len() >= self.most {
            self.resume = Some(next);
            return Ok(None);
        }
        if self.previous.as_ref() == Some(&next) {
            return Err(PagesError::SameToken);
        }
        let input = self.input(Some(&next))?;
        self.previous = Some(next);
        Ok(Some(input))
    }

    /// Ends the walk before its time, after a page that was not the last: the answer's token goes on from there.
    pub fn stop(&mut self) {
        self.resume.clone_from(&self.previous);
    }

    /// Everything that was taken.
    pub fn finish(self) -> Whole {
        let mut response = Json::Object(Map::new());
        let mut shown = Vec::with_capacity(self.pages.len() + 1);
        for page in &self.pages {
            let mut lists = Json::Object(Map::new());
            for place in &self.results {
                let found = place.find(page).cloned().unwrap_or_default();
                match place.find_mut(&mut response).filter(|joined| !joined.is_null()) {
                    _ if found.is_null() => {}
                    Some(joined) => join(joined, &found),
                    None => place.set(&mut response, found.clone()),
                }
                place.set(&mut lists, found);
            }
            shown.push(lists);
        }
        if let Some(first) = self.pages.into_iter().next() {
            for place in &self.kept {
                let found = place.find(&first).cloned().unwrap_or_default();
                if let Some(shown) = shown.first_mut() {
                    place.add(shown, found.clone());
                }
                place.add(&mut response, found);
            }
        }
        if let (Some(token), Some(map)) = (self.resume, response.as_object_mut()) {
            let text = Json::String(token.write());
            shown.push(json!({"NextToken": {"NextToken": text}}));
            map.insert("NextToken".to_owned(), text);
        }
        Whole { response, pages: shown }
    }

    /// The input with a token and the page size in it.
    fn input(&self, token: Option<&Token>) -> Result<Value, PagesError> {
        let mut input = self.call.input.clone();
        let Some((map, model)) = input.as_map_mut().zip(self.call.model()) else { return Ok(input) };
        let shape = model.input.as_ref().map(|input| self.call.service.target(input));
        let member = |name: &str| -> Option<&Member> { shape?.member(name) };
        for (name, value) in token.iter().flat_map(|token| &token.members) {
            match member(name) {
                Some(member) if !value.is_null() => {
                    let value =
                        from_json(&self.call.service, &member.target, value, BlobFormat::Base64).map_err(|error| {
                            PagesError::TokenType { member: name.clone(), reason: error.reason().to_owned() }
                        })?;
                    map.insert(name.clone(), value);
                }
                _ => drop(map.shift_remove(name.as_str())),
            }
        }
        let limit = model.page.as_ref().and_then(|page| page.limit_key.as_deref());
        if let Some((limit, size)) = limit.zip(self.call.options.paging.page_size) {
            let json = member(limit).map(|member| {
                // A few operations take their limit as text.
                let number = from_json(&self.call.service, &member.target, &Json::from(size), BlobFormat::Base64);
                number.unwrap_or_else(|_| Value::String(size.to_string()))
            });
            json.map(|value| map.insert(limit.to_owned(), value));
        }
        Ok(input)
    }

    fn next_token(&self, page: &Json) -> Result<Option<Token>, PagesError> {
        if let Some(more) = &self.more
            && !truthy(&more.search(page)?)
        {
            return Ok(None);
        }
        let mut members = Vec::new();
        for (name, path) in &self.tokens {
            let value = path.search(page)?;
            members.push((name.clone(), if truthy(&value) { value } else { Json::Null }));
        }
        Ok(members.iter().any(|(_, value)| !value.is_null()).then_some(Token { members, skip: None }))
    }

    /// Keeps a part of the first list.
    fn keep(&self, page: &mut Json, part: Range<usize>) {
        match self.results.first().and_then(|place| place.find_mut(page)) {
            Some(Json::Array(items)) => {
                items.truncate(part.end);
                items.drain(..part.start.min(items.len()));
            }
            Some(Json::String(text)) => *text = text.chars().take(part.end).skip(part.start).collect(),
            _ => {}
        }
    }
}

fn length(value: &Json) -> usize {
    match value {
        Json::Array(items) => items.len(),
        Json::String(text) => text.chars().count(),
        _ => 0,
    }
}

/// Nothing of the same kind, as the AWS CLI does with lists it has shown before.
fn empty(value: &mut Json) {
    *value = match value {
        Json::Array(_) => Json::Array(Vec::new()),
        Json::String(_) => Json::String(String::new()),
        Json::Number(_) => Json::from(0),
        _ => return,
    };
}

/// Adds what a later page has: lists and texts are joined, numbers are summed.
fn join(whole: &mut Json, page: &Json) {
    match (whole, page) {
        (Json::Array(whole), Json::Array(page)) => whole.extend(page.iter().cloned()),
        (Json::String(whole), Json::String(page)) => whole.push_str(page),
        (Json::Number(whole), Json::Number(page)) => {
            let sum =
                whole.as_i64().zip(page.as_i64()).and_then(|(a, b)| a.checked_add(b)).map(serde_json::Number::from);
            let float = || serde_json::Number::from_f64(whole.as_f64()? + page.as_f64()?);
            if let Some(sum) = sum.or_else(float) {
                *whole = sum;
            }
        }
        _ => {}
    }
}

/// Python's truth, which decides whether a token is one.
fn truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(value) => *value,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(map) => !map.is_empty(),
    }
}
