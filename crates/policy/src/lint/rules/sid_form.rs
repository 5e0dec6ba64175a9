use crate::lint::{Report, Rule, Subject, clip};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "sid-form",
    severity: Severity::Error,
    summary: "a Sid that AWS does not take",
    explanation: "In policies that IAM, STS and Organizations store, a `Sid` is letters and digits only. Policies of resources are freer.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if matches!(subject.kind, PolicyType::Resource | PolicyType::Endpoint) {
        return;
    }
    for sid in subject.statements().iter().filter_map(|statement| statement.sid.as_ref()) {
        if !sid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            report.with_help(
                sid.span,
                format!("the Sid `{}` has other characters than letters and digits", clip(sid)),
                "write it in one word",
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
            "sid-form",
            PolicyType::Identity,
            &statement(r#""Sid":"Read reports","Effect":"Allow","Action":"s3:GetObject","Resource":"*""#),
            &[r#""Read reports""#],
        );
        finds(
            "sid-form",
            PolicyType::Identity,
            &statement(r#""Sid":"ReadReports1","Effect":"Allow","Action":"s3:GetObject","Resource":"*""#),
            &[],
        );
        finds(
            "sid-form",
            PolicyType::Resource,
            r#"{"Version":"2012-10-17","Statement":{"Sid":"Read reports","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}"#,
            &[],
        );
    }
}
