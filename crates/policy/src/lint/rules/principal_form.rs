use crate::Severity;
use crate::document::{PrincipalKind, PrincipalSet};
use crate::lint::{Report, Rule, Subject, clip};

pub(super) static RULE: Rule = Rule {
    code: "principal-form",
    severity: Severity::Error,
    summary: "a principal that cannot exist",
    explanation: "AWS accounts are twelve digits or a root ARN; users, roles and sessions are ARNs of IAM or STS; entities that were deleted show as unique ids. Groups are no principals.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for element in subject.statements().iter().filter_map(|statement| statement.principal.as_ref()) {
        let PrincipalSet::Listed(entries) = &element.principals else { continue };
        for entry in entries {
            let known = match entry.kind {
                PrincipalKind::Aws => is_aws_principal(&entry.value),
                PrincipalKind::Service => *entry.value == "*" || entry.value.contains('.'),
                PrincipalKind::Federated => *entry.value == "*" || entry.value.contains(['.', ':']),
                PrincipalKind::CanonicalUser => entry.value.bytes().all(|b| b.is_ascii_alphanumeric()),
            };
            if !known {
                let kind = entry.kind.as_str();
                report
                    .at(entry.value.span, format!("`{}` is not a principal of the kind `{kind}`", clip(&entry.value)));
            }
        }
    }
}

fn is_aws_principal(text: &str) -> bool {
    let digits = |part: &str| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit());
    let unique = || ["AIDA", "AROA", "AKIA", "ASIA"].iter().any(|prefix| text.starts_with(prefix)) && text.len() >= 16;
    if text == "*" || digits(text) || (unique() && text.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return true;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, name] = parts.as_slice() else { return false };
    let kind = name.split('/').next().unwrap_or_default();
    let named = name.len() > kind.len() + 1;
    *scheme == "arn"
        && partition.starts_with("aws")
        && region.is_empty()
        && (digits(account) || (*service == "iam" && *account == "cloudfront"))
        && match *service {
            "iam" => *name == "root" || (named && matches!(kind, "user" | "role")),
            "sts" => named && matches!(kind, "assumed-role" | "federated-user"),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds(
            "principal-form",
            PolicyType::Resource,
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":["dana","111122223333","arn:aws:iam::111122223333:group/ops","arn:aws:iam::111122223333:role/ops"],"Service":["events","events.amazonaws.com"]},"Action":"sns:Publish","Resource":"*"}}"#,
            &[r#""dana""#, r#""arn:aws:iam::111122223333:group/ops""#, r#""events""#],
        );
    }
}
