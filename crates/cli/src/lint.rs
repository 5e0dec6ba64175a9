//! `bailiwick lint`: what is wrong with policies, or looks as if it were.

mod render;

use std::process::ExitCode;

use bailiwick_authority::Reference;
use bailiwick_policy::json::{self, Json, Node};
use bailiwick_policy::lint::{self, Linted, to_json, to_sarif};
use bailiwick_policy::{Diagnostic, PolicyType, Severity};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::simulate::source::{Source, Sources};
use crate::terminal::{self, note, unusable};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Files, `-` for standard input, or managed policies of AWS by name or ARN
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// What the policies are for; without it, identity, resource and trust policies are told apart by their elements
    #[arg(long = "type", value_name = "TYPE", value_parser = PossibleValuesParser::new(PolicyType::ALL.map(PolicyType::as_str))
        .try_map(|name| PolicyType::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or("there is no such type")))]
    kind: Option<PolicyType>,
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Go by what the services' first guides say they support, as `serve --seed-semantics` does: no tags for AWS Chatbot
    #[arg(long)]
    seed_semantics: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A list with a `{"file", "type", "findings"}` for each document
    Json,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// For people, with the text
    Text,
}

/// A document with what was found.
struct Checked {
    source: Source,
    kind: PolicyType,
    findings: Vec<Diagnostic>,
}

/// Exits with 0 when no finding is an error, 1 when one is, and 2 when a file cannot be read.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    terminal::or_unusable(check(arguments))
}

fn check(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut sources = Sources::open()?;
    let pack = sources.pack.clone();
    let reference = if arguments.seed_semantics { Reference::of_first_guides(&pack) } else { Reference::new(&pack) };
    let (mut checked, mut unread) = (Vec::new(), false);
    for file in &arguments.files {
        match sources.read(file) {
            Ok(source) => {
                let kind = arguments.kind.unwrap_or_else(|| guess(&source.text));
                let findings = lint::check(&source.text, kind, &reference);
                checked.push(Checked { source, kind, findings });
            }
            Err(error) => {
                crate::complain(&error);
                unread = true;
            }
        }
    }
    terminal::print(&output(arguments.format, &checked))?;
    let count =
        |severity| checked.iter().flat_map(|one| &one.findings).filter(|finding| finding.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    if arguments.format == Format::Text {
        note(&format!("{} checked, {errors} errors, {warnings} warnings", checked.len()));
    }
    Ok(match errors {
        _ if unread => unusable(),
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn output(format: Format, checked: &[Checked]) -> String {
    match format {
        Format::Text => {
            let colours = terminal::colours();
            checked.iter().map(|one| render::text(one, colours)).collect()
        }
        Format::Json => {
            let one = |one: &Checked| {
                let file = serde_json::Value::from(one.source.name.as_str());
                let findings = to_json(&one.source.text, &one.findings);
                format!(r#"{{"file":{file},"type":"{}","findings":{findings}}}"#, one.kind.as_str())
            };
            format!("[{}]\n", checked.iter().map(one).collect::<Vec<_>>().join(","))
        }
        Format::Sarif => {
            let uris: Vec<String> = checked.iter().map(|one| uri(&one.source.name)).collect();
            let documents: Vec<Linted<'_>> = checked
                .iter()
                .zip(&uris)
                .map(|(one, uri)| Linted { uri, text: &one.source.text, findings: &one.findings })
                .collect();
            let mut log = to_sarif(env!("CARGO_PKG_VERSION"), &documents);
            log.push('\n');
            log
        }
    }
}

/// A path as a relative reference (RFC 3986): what has no place in a path segment is percent-encoded.
fn uri(path: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    path.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What a document seems to be for: statements for someone are a resource's, and those that only let a role be assumed are a
/// trust policy's. An SCP looks like an identity policy, and is one to lint without `--type`.
fn guess(text: &str) -> PolicyType {
    let Ok(node) = json::parse(text) else { return PolicyType::Identity };
    let statements: Vec<&Node<'_>> = match node.get("Statement") {
        Some(one) => one.as_array().map_or_else(|| vec![one], |list| list.iter().collect()),
        None => Vec::new(),
    };
    let named =
        |name: &str| statements.iter().any(|one| one.get(name).is_some() || one.get(&format!("Not{name}")).is_some());
    if !named("Principal") {
        PolicyType::Identity
    } else if !named("Resource") && statements.iter().all(|one| one.get("Action").is_some_and(assumes)) {
        PolicyType::Trust
    } else {
        PolicyType::Resource
    }
}

fn assumes(action: &Node<'_>) -> bool {
    match &action.value {
        Json::String(text) => text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("sts:")),
        Json::Array(list) => !list.is_empty() && list.iter().all(assumes),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart_by_their_elements() {
        let kind = |statement: &str| guess(&format!(r#"{{"Statement":{statement}}}"#));
        assert_eq!(kind(r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#), PolicyType::Identity);
        assert_eq!(kind(r#"[{"Principal":"*","Action":["sts:AssumeRole","sts:TagSession"]}]"#), PolicyType::Trust);
        assert_eq!(kind(r#"{"Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#), PolicyType::Resource);
        assert_eq!(kind(r#"{"NotPrincipal":{"AWS":"1"},"Action":"sns:Publish"}"#), PolicyType::Resource);
        assert_eq!(guess("{"), PolicyType::Identity);
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("a b/é:c.json"), "a%20b/%C3%A9%3Ac.json");
    }
}
