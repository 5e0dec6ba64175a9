use crate::Severity;
use crate::lint::{Report, Rule, Subject};

pub(super) static RULE: Rule = Rule {
    code: "empty-statement",
    severity: Severity::Error,
    summary: "a document without any statement",
    explanation: "AWS refuses an empty list of statements. To grant nothing, attach no policy.",
    check,
};

fn check(subject: &Subject<'_>, report: &mut Report<'_>) {
    if let Some(list) = subject.document.statement_list.filter(|_| subject.statements().is_empty()) {
        report.at(list, "`Statement` holds nothing");
    }
}

#[cfg(test)]
mod tests {
    use crate::PolicyType;
    use crate::lint::testing::finds;

    #[test]
    fn finds_what_it_says() {
        finds("empty-statement", PolicyType::Identity, r#"{"Version":"2012-10-17","Statement":[]}"#, &["[]"]);
    }
}
