use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip, rules::variables};

pub(super) static RULE: Rule = Rule {
    code: "variable-of-set-key",
    severity: Severity::Warning,
    summary: "a variable that names a multi-valued key",
    explanation: "Such a variable never gets a value, and its default is not used either: the pattern matches nothing.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for text in variables::texts(subject) {
        for part in text.split("${").skip(1) {
            let name = part.split(['}', ',']).next().unwrap_or_default();
            if subject.key(name).is_some_and(|key| key.set) {
                report.at(text.span, format!("`{}` is multi-valued and has no single value to put here", clip(name)));
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
            "variable-of-set-key",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::home/${aws:TagKeys}/*","arn:aws:s3:::home/${aws:username}/*"]"#,
            ),
            &[r#""arn:aws:s3:::home/${aws:TagKeys}/*""#],
        );
    }
}
