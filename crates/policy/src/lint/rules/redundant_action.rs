use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip, pattern};

pub(super) static RULE: Rule = Rule {
    code: "redundant-action",
    severity: Severity::Warning,
    summary: "an action that another one of the list covers",
    explanation: "It says nothing that the wider pattern does not say, and may hide that the wider one is there.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for statement in subject.statements() {
        for (n, narrow) in statement.action.patterns.iter().enumerate() {
            let lower = narrow.to_ascii_lowercase();
            let covering = statement.action.patterns.iter().enumerate().find(|(m, wide)| {
                let wide = wide.to_ascii_lowercase();
                *m != n && pattern::covers(&wide, &lower) && (wide != lower || *m < n)
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
            "redundant-action",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["s3:GetObject","s3:Get*","S3:get*"],"Resource":"*""#),
            &[r#""s3:GetObject""#, r#""S3:get*""#],
        );
        finds(
            "redundant-action",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*""#),
            &[],
        );
    }
}
