//! What every backend must do. Run [`run`] against it; an empty list means that it conforms.
//!
//! Each case gets a store of its own. The cases need no executor: they work under any.

mod audit;
mod entity;
mod room;
mod work;

use crate::{Pending, Store, StoreError};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// What went wrong in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The case's name, for example `entity::expectations`.
    pub case: &'static str,
    /// What was expected and what came.
    pub why: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.case, self.why)
    }
}

type Outcome = Result<(), String>;
type Case = fn(Arc<dyn Store>) -> Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Runs every case against an empty store of its own from `make`, which also gets the case's name.
pub async fn run(mut make: impl FnMut(&str) -> Arc<dyn Store>) -> Vec<Failure> {
    let mut failures = Vec::new();
    let groups = [entity::CASES, room::CASES, work::CASES, audit::CASES];
    for (case, check) in groups.iter().copied().flatten() {
        if let Err(why) = check(make(case)).await {
            failures.push(Failure { case, why });
        }
    }
    failures
}

/// How many cases [`run`] runs.
pub fn case_count() -> usize {
    [entity::CASES, room::CASES, work::CASES, audit::CASES].iter().map(|cases| cases.len()).sum()
}

/// Names the cases of a group and gives them the form of [`Case`].
macro_rules! cases {
    ($group:literal: $($case:ident),* $(,)?) => {
        pub(super) const CASES: &[(&str, super::Case)] =
            &[$((concat!($group, "::", stringify!($case)), |store| Box::pin($case(store)))),*];
    };
}
use cases;

/// Polls all of them, so that a backend that commits in groups gets them as one group; the answers in order.
async fn together<T>(mut pending: Vec<Pending<'_, T>>) -> Vec<Result<T, StoreError>> {
    let mut answers: Vec<_> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in pending.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// A store's error where the case expected none.
fn ok<T>(result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|error| format!("unexpected error: {error}"))
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{}: found {found:?}, expected {expected:?}", std::panic::Location::caller()))
}

#[track_caller]
fn duplicate<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Outcome {
    match result {
        Err(StoreError::Duplicate { .. }) => Ok(()),
        other => Err(format!("{}: found {other:?}, expected a duplicate", std::panic::Location::caller())),
    }
}

#[track_caller]
fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Outcome {
    match result {
        Err(StoreError::Conflict { .. }) => Ok(()),
        other => Err(format!("{}: found {other:?}, expected a conflict", std::panic::Location::caller())),
    }
}

/// A time, in milliseconds.
fn at(millis: i64) -> bailiwick_ident::Timestamp {
    bailiwick_ident::Timestamp::from_millis(millis)
}
