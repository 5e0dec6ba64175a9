use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    code: "duplicate-sid",
    severity: Severity::Error,
    summary: "two statements with one Sid",
    explanation: "A Sid names a statement. AWS refuses a policy in which two statements have the same one; a denial that quotes it would not say which is meant.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut seen = BTreeSet::new();
    for sid in subject.statements().iter().filter_map(|statement| statement.sid.as_ref()).filter(|sid| !sid.is_empty())
    {
        if !seen.insert(sid.as_str()) {
            report.at(sid.span, format!("the Sid `{}` is used twice", clip(sid)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds(
            "duplicate-sid",
            PolicyType::Identity,
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Sid":"A","Effect":"Deny","Action":"s3:PutObject","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"s3:DeleteObject","Resource":"*"}]}"#,
            &[r#""A""#],
        );
    }
}
