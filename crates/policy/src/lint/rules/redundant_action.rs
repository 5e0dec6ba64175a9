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
    let mut budget = pattern::Budget::default();
    for statement in subject.statements() {
        let patterns = &statement.action.patterns;
        let lower: Vec<String> = patterns.iter().map(|pattern| pattern.to_ascii_lowercase()).collect();
        for (narrow, wide) in budget.covered(&lower) {
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
