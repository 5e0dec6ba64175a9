use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip, pattern};

pub(super) static RULE: Rule = Rule {
    code: "redundant-resource",
    severity: Severity::Warning,
    summary: "a resource that another one of the list covers",
    explanation: "It says nothing that the wider pattern does not say, and may hide that the wider one is there.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    let mut budget = pattern::Budget::default();
    for element in subject.statements().iter().filter_map(|statement| statement.resource.as_ref()) {
        let patterns = &element.patterns;
        let texts: Vec<&str> = patterns.iter().map(|pattern| pattern.as_str()).collect();
        for (narrow, wide) in budget.covered(&texts) {
            report.at(
                patterns[narrow].span,
                format!("`{}` is covered by `{}`", clip(&patterns[narrow]), clip(&patterns[wide])),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "redundant-resource",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::reports/q1.csv","arn:aws:s3:::reports/*"]"#,
            ),
            &[r#""arn:aws:s3:::reports/q1.csv""#],
        );
    }
}
