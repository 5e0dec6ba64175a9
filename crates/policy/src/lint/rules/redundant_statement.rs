use crate::Severity;
use crate::document::{PatternElement, Statement};
use crate::lint::{Report, Rule, Subject, pattern};

pub(super) static RULE: Rule = Rule {
    code: "redundant-statement",
    severity: Severity::Warning,
    summary: "a statement that another one covers",
    explanation: "Every request it speaks of is spoken of by the other statement with the same effect. One of the two can go.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let statements = subject.statements();
    if statements.len() > MOST {
        return;
    }
    for (n, narrow) in statements.iter().enumerate() {
        let mut others = statements.iter().enumerate().filter(|(m, _)| *m != n);
        // Of two that cover each other, the later one goes.
        if let Some((m, _)) = others.find(|(m, wide)| covers(wide, narrow) && (*m < n || !covers(narrow, wide))) {
            report.at(narrow.span, format!("statement {} says all of this", m + 1));
        }
    }
}

/// Every pair is compared: beyond this many statements, or patterns in one, that takes too long.
const MOST: usize = 100;

fn covers(wide: &Statement, narrow: &Statement) -> bool {
    let long = |statement: &Statement| {
        statement.action.patterns.len() > MOST
            || statement.resource.as_ref().is_some_and(|element| element.patterns.len() > MOST)
    };
    // What differs in the plainest way is told apart first.
    if *wide.effect != *narrow.effect || wide.principal != narrow.principal || long(wide) || long(narrow) {
        return false;
    }
    let patterns = |wide: &PatternElement, narrow: &PatternElement| {
        let one = |narrow: &str| {
            wide.patterns.iter().any(|wide| pattern::covers(&wide.to_ascii_lowercase(), &narrow.to_ascii_lowercase()))
        };
        if wide.negated || narrow.negated { wide == narrow } else { narrow.patterns.iter().all(|pattern| one(pattern)) }
    };
    // Resources have case; only equal or plainly wider ones count.
    let resources = |wide: &PatternElement, narrow: &PatternElement| {
        let one = |narrow: &str| wide.patterns.iter().any(|wide| pattern::covers(wide, narrow));
        if wide.negated || narrow.negated { wide == narrow } else { narrow.patterns.iter().all(|pattern| one(pattern)) }
    };
    let resource = match (&wide.resource, &narrow.resource) {
        (Some(wide), Some(narrow)) => resources(wide, narrow),
        (None, None) => true,
        _ => false,
    };
    patterns(&wide.action, &narrow.action)
        && resource
        && wide.conditions.iter().all(|condition| narrow.conditions.contains(condition))
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds(
            "redundant-statement",
            PolicyType::Identity,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},{"Sid":"B","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a"}]}"#,
            &[r#"{"Sid":"B","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a"}"#],
        );
        finds(
            "redundant-statement",
            PolicyType::Identity,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"},{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::a"}]}"#,
            &[],
        );
        finds(
            "redundant-statement",
            PolicyType::Identity,
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}},{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#,
            &[],
        );
    }
}
