//! `bailiwick explain`: why the policy engine decides as it does, layer by layer and statement by statement.

mod text;

use std::process::ExitCode;

use bailiwick_policy::Value as ContextValue;
use bailiwick_policy::document::{Condition, Position};
use bailiwick_policy::explain::{Explanation, Miss, StatementTrace, Verdict, explain};
use serde_json::{Value, json};

use crate::simulate::question::{Circumstances, Question};
use crate::simulate::{Format, shape, status};
use crate::terminal::{self, Paint};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Who asks: an ARN, a service such as `sns.amazonaws.com`, or `anonymous`
    #[arg(long, value_name = "ARN")]
    principal: String,
    /// What for: an action such as `sns:Publish`
    #[arg(long)]
    action: String,
    /// How to print the explanation
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    circumstances: Circumstances,
}

/// Exits with 0 for allowed, 1 for denied, and 2 when there is no answer.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    terminal::or_unusable(answer(arguments))
}

fn answer(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let question = arguments.circumstances.question(&arguments.principal, &arguments.action)?;
    let explanation = explain(&question.request, &question.layers);
    terminal::print(&match arguments.format {
        Format::Json => format!("{:#}\n", json_of(&question, &explanation)),
        Format::Table => text::render(&question, &explanation, Paint(terminal::colours())),
    })?;
    Ok(status(&explanation.decision))
}

/// The decision as `simulate` prints it, with `layers` and `remedies`.
fn json_of(question: &Question, explanation: &Explanation<'_>) -> Value {
    let mut out = shape::json(question, &explanation.decision);
    let layers = explanation.layers.iter().map(|trace| {
        let policies = trace.policies.iter().map(|policy| {
            let text = policy.policy.text();
            let statements = policy.statements.iter().map(|one| statement(question, text, one));
            json!({
                "name": policy.policy.name(),
                "readable": policy.policy.document().is_some(),
                "statements": statements.collect::<Vec<_>>(),
            })
        });
        json!({
            "layer": trace.layer.as_str(),
            "level": trace.level,
            "verdict": match trace.verdict {
                Verdict::Allows => "allows",
                Verdict::Denies => "denies",
                Verdict::NotThere => "not_there",
                Verdict::Silent => "silent",
            },
            "stops": trace.stops,
            "policies": policies.collect::<Vec<_>>(),
        })
    });
    let remedies = explanation.remedies.iter().map(|remedy| {
        let changes = remedy.changes.iter().map(|change| {
            json!({"key": change.key, "value": change.value.as_ref().map(value), "condition": change.condition})
        });
        json!({"changes": changes.collect::<Vec<_>>()})
    });
    out["layers"] = layers.collect::<Vec<_>>().into();
    out["remedies"] = remedies.collect::<Vec<_>>().into();
    out
}

fn statement(question: &Question, text: &str, trace: &StatementTrace<'_>) -> Value {
    let Position { line, column } = Position::of(text, trace.statement.span.start);
    let mut out = json!({
        "index": trace.index,
        "sid": trace.statement.sid.as_ref().map(|sid| &sid.value),
        "line": line,
        "column": column,
        "effect": trace.statement.effect.value.as_str(),
        "applies": trace.miss.is_none(),
    });
    let failed = match trace.miss {
        None => return out,
        Some(Miss::Principal) => json!({"element": "Principal"}),
        Some(Miss::Action) => json!({"element": "Action"}),
        Some(Miss::Resource) => json!({"element": "Resource"}),
        Some(Miss::Condition(index)) => match trace.statement.conditions.get(index) {
            Some(one) => condition(question, one),
            None => json!({"element": "Condition"}),
        },
    };
    out["failed"] = failed;
    out
}

fn condition(question: &Question, condition: &Condition) -> Value {
    let wanted: Vec<&str> = condition.values.iter().map(|value| value.text.value.as_str()).collect();
    json!({
        "element": "Condition",
        "operator": condition.operator.value.to_string(),
        "key": condition.key.value,
        "values": wanted,
        "seen": question.request.context.get(&condition.key).map(value),
    })
}

/// A text for a single-valued key, a list for one with several values.
fn value(value: &ContextValue) -> Value {
    match value {
        ContextValue::One(text) => json!(text),
        ContextValue::Set(texts) => json!(texts),
    }
}
