use super::Truth;
use crate::Context;
use crate::document::Version;
use crate::oracle::arn::{arn_matches, is_arn, is_arn_pattern};
use crate::oracle::pattern::{Wild, expand, units};

/// The ARN operators; `ArnEquals` takes wildcards just like `ArnLike`. A value of the request that is no ARN fails the operator and
/// its negation alike. The values of the policy are tried in order up to the first that matches; one that is no ARN is an
/// error if it is reached.
pub(super) fn compare<'a>(
    wanted: impl Iterator<Item = &'a str>,
    text: &str,
    negated: bool,
    version: Version,
    context: &Context,
) -> Truth {
    let text = units(text);
    if !is_arn(&text) {
        return Truth::False;
    }
    for wanted in wanted {
        // A variable without a value matches nothing.
        let Some(pattern) = expand(wanted, version, Wild::Yes, context) else { continue };
        if !is_arn_pattern(&pattern) {
            return Truth::Error;
        }
        if arn_matches(&pattern, &text) {
            return (!negated).into();
        }
    }
    negated.into()
}
