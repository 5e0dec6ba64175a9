use crate::Severity;
use crate::lint::{Report, Rule, Subject, clip};
use std::net::Ipv4Addr;

pub(super) static RULE: Rule = Rule {
    code: "private-source-ip",
    severity: Severity::Warning,
    summary: "a private range for aws:SourceIp",
    explanation: "`aws:SourceIp` is the public address a request comes from; requests through a VPC endpoint do not carry it. A private range matches nothing; `aws:VpcSourceIp` is the key for those.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (_, condition) in
        subject.conditions().filter(|(_, condition)| condition.key.eq_ignore_ascii_case("aws:SourceIp"))
    {
        for value in &condition.values {
            let address = value.text.split('/').next().unwrap_or_default();
            if address.parse::<Ipv4Addr>().is_ok_and(|address| address.is_private()) {
                report.with_help(
                    value.text.span,
                    format!("`{}` is private: no request comes from there", clip(&value.text)),
                    "use `aws:VpcSourceIp`",
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
            "private-source-ip",
            PolicyType::Identity,
            &statement(
                r#""Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.0/24"]}}"#,
            ),
            &[r#""10.0.0.0/8""#],
        );
    }
}
