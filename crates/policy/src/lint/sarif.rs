use crate::document::{Lines, Position};
use crate::json::write_string;
use crate::{Diagnostic, Severity};

/// A document that was looked at.
#[derive(Debug, Clone, Copy)]
pub struct Linted<'a> {
    /// Where it is, as a relative path or URI.
    pub uri: &'a str,
    /// Its text.
    pub text: &'a str,
    /// What was found.
    pub findings: &'a [Diagnostic],
}

/// Writes findings as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format"), for code hosts that show them beside the text.
/// `version` is that of the tool. Columns count UTF-16 code units, as the format's default has it.
pub fn to_sarif(version: &str, documents: &[Linted<'_>]) -> String {
    let mut out = String::from(
        r#"{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{"name":"bailiwick","version":"#,
    );
    write_string(&mut out, version);
    out.push_str(",\"rules\":[");
    for (n, rule) in super::rules().iter().enumerate() {
        out.push_str(if n == 0 { "{\"id\":" } else { ",{\"id\":" });
        write_string(&mut out, rule.code);
        out.push_str(",\"shortDescription\":{\"text\":");
        write_string(&mut out, rule.summary);
        out.push_str("},\"fullDescription\":{\"text\":");
        write_string(&mut out, rule.explanation);
        out.push_str("},\"defaultConfiguration\":{\"level\":");
        write_string(&mut out, level(rule.severity));
        out.push_str("}}");
    }
    out.push_str("]}},\"columnKind\":\"utf16CodeUnits\",\"results\":[");
    let mut first = true;
    for document in documents {
        let lines = Lines::of(document.text);
        for finding in document.findings {
            out.push_str(if first { "" } else { "," });
            first = false;
            result(&mut out, document, &lines, finding);
        }
    }
    out.push_str("]}]}");
    out
}

fn result(out: &mut String, document: &Linted<'_>, lines: &Lines<'_>, finding: &Diagnostic) {
    out.push_str("{\"ruleId\":");
    write_string(out, finding.code);
    out.push_str(",\"level\":");
    write_string(out, level(finding.severity));
    out.push_str(",\"message\":{\"text\":");
    let message = match &finding.help {
        Some(help) => format!("{}; {help}", finding.message),
        None => finding.message.clone(),
    };
    write_string(out, &message);
    out.push_str("},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":");
    write_string(out, document.uri);
    let start = place(document.text, lines, finding.span.start);
    let end = place(document.text, lines, finding.span.end);
    out.push_str(&format!(
        "}},\"region\":{{\"startLine\":{},\"startColumn\":{},\"endLine\":{},\"endColumn\":{}}}}}}}]}}",
        start.0, start.1, end.0, end.1
    ));
}

/// Line and column of an offset, the column in UTF-16 code units.
fn place(text: &str, lines: &Lines<'_>, offset: usize) -> (usize, usize) {
    let Position { line, column } = lines.position(offset);
    let before = text.get(..offset).unwrap_or(text);
    let beyond = before.chars().rev().take(column - 1).filter(|c| c.len_utf16() == 2).count();
    (line, column + beyond)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyType;
    use crate::json;
    use crate::lint::{NoVocabulary, check, rules};

    #[test]
    fn the_log_is_json_with_every_rule_and_result() {
        let text = "{\"Version\": \"2012-10-17\",\n \"Statement\": {\"Sid\": \"😀\", \"Effect\": \"Permit\"}}";
        let findings = check(text, PolicyType::Identity, &NoVocabulary);
        let log = to_sarif("0.1.0", &[Linted { uri: "a.json", text, findings: &findings }]);
        let node = json::parse(&log).unwrap();
        let run = &node.get("runs").unwrap().as_array().unwrap()[0];
        let described =
            run.get("tool").and_then(|tool| tool.get("driver")).and_then(|driver| driver.get("rules")).unwrap();
        assert_eq!(described.as_array().unwrap().len(), rules().len());
        let results = run.get("results").unwrap().as_array().unwrap();
        assert_eq!(results.len(), findings.len());
        let effect =
            results.iter().find(|result| result.get("ruleId").unwrap().as_str() == Some("bad-effect")).unwrap();
        let region = effect.get("locations").unwrap().as_array().unwrap()[0]
            .get("physicalLocation")
            .unwrap()
            .get("region")
            .unwrap();
        assert_eq!(region.get("startLine").unwrap().value, json::Json::Number("2"));
        assert_eq!(region.get("startColumn").unwrap().value, json::Json::Number("39"));
    }
}
