//! Documents of organizations, each with what AWS made of it: `testdata/admission/organizations.json`.

use bailiwick_aws::value::json::{TimestampStyle, to_json};
use serde::Deserialize;
use serde_json::json;

use crate::world::{Came, World};

/// A document, and what it must come to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The captured answer of AWS that it repeats; `captures.rs` counts them.
    #[serde(default, rename = "capture")]
    _capture: Option<String>,
    call: String,
    r#type: String,
    content: String,
    /// The document as it is stored, if it is.
    stored: Option<String>,
    /// The code of the fault, if it is not.
    refused: Option<String>,
    message: Option<String>,
    reason: Option<String>,
}

#[tokio::test]
async fn documents_are_taken_and_refused_as_aws_does() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../testdata/admission/organizations.json")).unwrap();
    let world = World::new().await;
    let management = world.caller("management");
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (index, case) in cases.iter().enumerate() {
        let input = match case.call.as_str() {
            "CreatePolicy" => json!({"Name": format!("policy {index}"), "Description": "", "Type": case.r#type,
                "Content": case.content}),
            _ => json!({"Content": case.content}),
        };
        let came = world.call(&management, "organizations", &case.call, &input).await;
        let problem = match (&came, &case.refused) {
            (Came::Output(output), None) => {
                let output = to_json(output, TimestampStyle::Rfc3339);
                let text = output.pointer("/Policy/Content").or(output.pointer("/ResourcePolicy/Content"));
                taken += 1;
                (text.and_then(|text| text.as_str()) != case.stored.as_deref()).then(|| format!("stored {text:?}"))
            }
            (Came::Fault(fault), Some(code)) => {
                let reason = fault.fields.get("Reason").and_then(|reason| reason.as_str());
                let fits = fault.code == *code
                    && case.reason.as_deref().is_none_or(|wanted| reason == Some(wanted))
                    && case.message.as_ref().is_none_or(|wanted| fault.message == *wanted);
                (!fits).then(|| format!("{fault} {reason:?}"))
            }
            (came, _) => Some(format!("{came:?}")),
        };
        wrong.extend(problem.map(|problem| format!("{}: {problem}", case.content)));
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(taken > 50 && cases.len() > 150, "{taken} of {}", cases.len());
}
