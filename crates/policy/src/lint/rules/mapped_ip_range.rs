use crate::Severity;
use crate::document::OperatorKind;
use crate::lint::{Report, Rule, Subject, clip};
use std::net::Ipv6Addr;

pub(super) static RULE: Rule = Rule {
    code: "mapped-ip-range",
    severity: Severity::Warning,
    summary: "an IPv4-mapped IPv6 range",
    explanation: "An IPv4-mapped address in a request counts as IPv4, and such a range in a policy never matches. Write the IPv4 range.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in subject.conditions() {
        if !matches!(condition.operator.kind, OperatorKind::IpAddress | OperatorKind::NotIpAddress) {
            continue;
        }
        for value in &condition.values {
            let address = value.text.split('/').next().unwrap_or_default();
            if let Some(plain) = address.parse::<Ipv6Addr>().ok().and_then(|address| address.to_ipv4_mapped()) {
                report.with_help(
                    value.text.span,
                    format!("`{}` never matches", clip(&value.text)),
                    format!("write the IPv4 range of {plain}"),
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
            "mapped-ip-range",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["::ffff:c000:200/120","2001:db8::/32"]}}"#,
            ),
            &[r#""::ffff:c000:200/120""#],
        );
    }
}
