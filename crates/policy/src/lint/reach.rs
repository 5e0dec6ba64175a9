use crate::Document;
use crate::document::{Effect, PatternElement, Statement};

/// Whether a statement allows every action on every resource, whatever the circumstances.
pub(super) fn allows_everything(statement: &Statement) -> bool {
    let star = |element: &PatternElement| {
        !element.negated && element.patterns.iter().any(|pattern| *pattern.value == *"*" || *pattern.value == *"*:*")
    };
    *statement.effect == Effect::Allow
        && star(&statement.action)
        && statement.resource.as_ref().is_some_and(star)
        && statement.conditions.is_empty()
}

/// Whether policies limit nothing where they are there to limit, as guardrails or a permissions boundary do: what any of them allows
/// is allowed, so that one which allows everything is enough, unless one of them denies something. For no policies the
/// answer is `false`: what stands in for them is the caller's to know.
pub fn limit_nothing<'a>(documents: impl IntoIterator<Item = &'a Document>) -> bool {
    let mut open = false;
    for statement in documents.into_iter().flat_map(|document| &document.statements) {
        if *statement.effect == Effect::Deny {
            return false;
        }
        open |= allows_everything(statement);
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::statement;
    use crate::{PolicyType, document};

    fn limits(rests: &[&str]) -> bool {
        let read = |rest: &&str| document::read(&statement(rest), PolicyType::Guardrail).0.unwrap();
        let documents: Vec<Document> = rests.iter().map(read).collect();
        !limit_nothing(&documents)
    }

    #[test]
    fn one_policy_that_allows_everything_opens_all_of_them() {
        let all = r#""Effect":"Allow","Action":"*","Resource":"*""#;
        let some = r#""Effect":"Allow","Action":"s3:Get*","Resource":"*""#;
        let deny = r#""Effect":"Deny","Action":"iam:*","Resource":"*""#;
        assert!(!limits(&[all]) && !limits(&[some, all]));
        assert!(!limits(&[r#""Effect":"Allow","Action":["s3:Get*","*:*"],"Resource":["*"]"#]));
        assert!(limits(&[some]) && limits(&[all, deny]) && limits(&[deny]) && limits(&[]));
        for narrower in [
            r#""Effect":"Allow","NotAction":"*","Resource":"*""#,
            r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::reports""#,
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        ] {
            assert!(limits(&[narrower]), "{narrower}");
        }
    }
}
