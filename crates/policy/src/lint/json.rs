use crate::document::{Lines, Position};
use crate::json::write_string;
use crate::{Diagnostic, Severity};

/// Writes findings as a JSON list: `{"code", "severity", "message", "help"?, "start": {"line", "column"}, "end": ...}`, lines and
/// columns from 1, columns in characters. `text` is the document they are about.
pub fn to_json(text: &str, findings: &[Diagnostic]) -> String {
    let lines = Lines::of(text);
    let mut out = String::from("[");
    for (n, finding) in findings.iter().enumerate() {
        out.push_str(if n == 0 { "{\"code\":" } else { ",{\"code\":" });
        write_string(&mut out, finding.code);
        out.push_str(",\"severity\":");
        write_string(&mut out, severity(finding.severity));
        out.push_str(",\"message\":");
        write_string(&mut out, &finding.message);
        if let Some(help) = &finding.help {
            out.push_str(",\"help\":");
            write_string(&mut out, help);
        }
        for (name, offset) in [("start", finding.span.start), ("end", finding.span.end)] {
            let Position { line, column } = lines.position(offset);
            out.push_str(&format!(",\"{name}\":{{\"line\":{line},\"column\":{column}}}"));
        }
        out.push('}');
    }
    out.push(']');
    out
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PolicyType;
    use crate::lint::{NoVocabulary, check};

    #[test]
    fn findings_have_their_place() {
        let text = "{\n  \"Version\": \"2012-10-18\",\n  \"Statement\": []\n}";
        let findings = check(text, PolicyType::Identity, &NoVocabulary);
        assert_eq!(
            to_json(text, &findings),
            r#"[{"code":"bad-version","severity":"error","message":"there is no policy version `2012-10-18`","help":"write \"2012-10-17\"","start":{"line":2,"column":14},"end":{"line":2,"column":26}}]"#
        );
        assert_eq!(to_json("", &[]), "[]");
    }
}
