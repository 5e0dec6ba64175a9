use crate::document::OperatorKind;
use crate::lint::{Report, Rule, Subject, clip, literal};
use crate::{PolicyType, Severity};

pub(super) static RULE: Rule = Rule {
    code: "ip-literal",
    severity: Severity::Error,
    summary: "a literal that is no address range under an IP operator",
    explanation: "AWS takes IPv4 and IPv6 addresses, alone or with a prefix length. An IPv6 range may not have bits set behind its prefix, nor be written with a dotted quad.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    // A session policy with such a literal is taken, and evaluated.
    if subject.kind == PolicyType::Session {
        return;
    }
    for (_, condition) in subject.conditions().filter(|(_, condition)| {
        matches!(condition.operator.kind, OperatorKind::IpAddress | OperatorKind::NotIpAddress)
    }) {
        for value in &condition.values {
            if !literal::is_ip_range(&value.text) {
                report.at(
                    value.text.span,
                    format!("`{}` is not an address range, as `{}` wants it", clip(&value.text), *condition.operator),
                );
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
            "ip-literal",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:ListBucket","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","203.0.113.0/33","2001:db8::1/64"]}}"#,
            ),
            &[r#""203.0.113.0/33""#, r#""2001:db8::1/64""#],
        );
    }
}
