//! What the AWS CLI keeps of the first page besides its lists.

use std::cmp::Ordering;

use super::place::Place;
use crate::query::QueryError;

/// Lines of a service, an operation and the places, in the order of their bytes; `#` begins a remark.
const KEPT: &str = include_str!("kept.txt");

/// The places that are kept of an operation's first page, in the order in which they are shown.
pub(super) fn of(service: &str, operation: &str) -> Result<Vec<Place>, QueryError> {
    let line = line(service, operation).unwrap_or_default();
    line.split(' ').skip(2).map(Place::read).collect()
}

/// The line of an operation: every command of a channel looks for one, so it is found by halves.
fn line(service: &str, operation: &str) -> Option<&'static str> {
    let mut rest = KEPT;
    while !rest.is_empty() {
        let middle = rest.len() / 2;
        let begin = rest.get(..middle)?.rfind('\n').map_or(0, |end| end + 1);
        let end = rest.get(middle..)?.find('\n').map_or(rest.len(), |end| middle + end + 1);
        let line = rest.get(begin..end)?.trim_end();
        let mut words = line.split(' ');
        match (words.next(), words.next()).cmp(&(Some(service), Some(operation))) {
            Ordering::Less => rest = rest.get(end..)?,
            Ordering::Greater => rest = rest.get(..begin)?,
            Ordering::Equal => return Some(line),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{KEPT, line};

    #[test]
    fn every_line_is_found() {
        let lines = KEPT.lines().filter(|line| !line.starts_with('#'));
        for known in lines.clone() {
            let mut words = known.split(' ');
            assert_eq!(line(words.next().unwrap(), words.next().unwrap()), Some(known));
        }
        assert!(lines.count() > 200);
        for (service, operation) in [("", ""), ("a", "B"), ("sns", "ListTopics"), ("zzz", "Z")] {
            assert_eq!(line(service, operation), None);
        }
    }
}
