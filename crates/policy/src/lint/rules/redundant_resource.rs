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
    for element in subject.statements().iter().filter_map(|statement| statement.resource.as_ref()) {
        for (n, narrow) in element.patterns.iter().enumerate() {
            let covering =
                element.patterns.iter().enumerate().find(|(m, wide)| {
                    *m != n && pattern::covers(wide, narrow) && (wide.value != narrow.value || *m < n)
                });
            if let Some((_, wide)) = covering {
                report.at(narrow.span, format!("`{}` is covered by `{}`", clip(narrow), clip(wide)));
            }
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
