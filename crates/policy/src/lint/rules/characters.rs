use crate::lint::{Report, Rule, Subject};
use crate::{Severity, Span};

pub(super) static RULE: Rule = Rule {
    code: "characters",
    severity: Severity::Error,
    summary: "a character that AWS does not take in the text of a policy",
    explanation: "The text of a policy may hold tab, line feed, carriage return, and the characters from space to U+00FF. Others have to be written as JSON escapes, such as `\\u20ac`.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    for (at, c) in subject.text.char_indices().filter(|(_, c)| u32::from(*c) > 0xff) {
        let escaped: String = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let span = Span::new(at, at + c.len_utf8());
        report.with_help(span, format!("the character `{c}` cannot stand in a policy"), format!("write `{escaped}`"));
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::{finds, statement};

    #[test]
    fn finds_what_it_says() {
        finds(
            "characters",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::preis€""#),
            &["€"],
        );
        finds(
            "characters",
            PolicyType::Identity,
            &statement(r#""Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::prix-é""#),
            &[],
        );
    }
}
