use crate::Severity;
use crate::document::Version;
use crate::lint::{Report, Rule, Subject, clip, rules::variables};

pub(super) static RULE: Rule = Rule {
    code: "variable-form",
    severity: Severity::Warning,
    summary: "a variable that is not closed or names nothing",
    explanation: "A variable is written `${key}` or `${key, 'default'}`. Anything else is not replaced, and the text is matched as it stands or not at all.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if subject.document.version != Version::V2012 {
        return;
    }
    for text in variables::texts(subject) {
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else {
                report.at(text.span, format!("`{}` opens a variable and does not close it", clip(text)));
                break;
            };
            if !is_variable(name) {
                report.with_help(
                    text.span,
                    format!("`${{{}}}` is not a variable", clip(name)),
                    "write `${key}` or `${key, 'default'}`",
                );
            }
            rest = tail;
        }
    }
}

fn is_variable(name: &str) -> bool {
    if matches!(name, "*" | "?" | "$") {
        return true;
    }
    let (key, default) = name.split_once(',').unwrap_or((name, " ''"));
    let default = default.trim_start_matches(' ');
    let quoted = default.len() >= 2 && default.starts_with('\'') && default.ends_with('\'');
    key.contains(':') && !key.contains(' ') && quoted
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "variable-form",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::home/${aws:username/*","arn:aws:s3:::home/${username}/*","arn:aws:s3:::home/${aws:username, 'all'}/${*}"]"#,
            ),
            &[r#""arn:aws:s3:::home/${aws:username/*""#, r#""arn:aws:s3:::home/${username}/*""#],
        );
    }
}
