//! What the AWS CLI keeps of the first page besides its lists.

use super::place::Place;
use crate::query::QueryError;

/// Lines of a service, an operation and the places; `#` begins a remark.
const KEPT: &str = include_str!("kept.txt");

/// The places that are kept of an operation's first page, in the order in which they are shown.
pub(super) fn of(service: &str, operation: &str) -> Result<Vec<Place>, QueryError> {
    let fits = |line: &&str| {
        let mut words = line.split(' ');
        words.next() == Some(service) && words.next() == Some(operation)
    };
    let line = KEPT.lines().find(fits).unwrap_or_default();
    line.split(' ').skip(2).map(Place::read).collect()
}
