use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

use super::Partitions;
use super::functions::{self, Scope};

/// Rules nest some ten deep; more means that they are damaged.
const MAX_DEPTH: usize = 64;

/// The endpoint rules of one service.
#[derive(Debug, Clone, Deserialize)]
pub struct EndpointRules {
    parameters: IndexMap<String, Parameter>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    built_in: Option<String>,
    default: Option<Json>,
}

#[derive(Debug, Clone, Deserialize)]
struct Rule {
    #[serde(default)]
    conditions: Vec<Condition>,
    #[serde(flatten)]
    outcome: RuleOutcome,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum RuleOutcome {
    Endpoint { endpoint: RuleEndpoint },
    Error { error: Expression },
    Tree { rules: Vec<Rule> },
}

#[derive(Debug, Clone, Deserialize)]
struct RuleEndpoint {
    url: Expression,
    #[serde(default)]
    properties: Json,
    #[serde(default)]
    headers: IndexMap<String, Vec<Expression>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Condition {
    #[serde(rename = "fn")]
    function: String,
    argv: Vec<Expression>,
    assign: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Expression {
    Reference {
        #[serde(rename = "ref")]
        name: String,
    },
    Call(Box<Condition>),
    Text(String),
    Other(Json),
}

/// An endpoint as the rules give it.
pub(super) struct Resolved {
    pub(super) url: String,
    pub(super) properties: Json,
    pub(super) headers: Vec<(String, String)>,
}

/// What a rule came to: nothing, an endpoint, or a refusal in words (`None`: the rules are not understood).
type Outcome = Option<Result<Resolved, Option<String>>>;

impl EndpointRules {
    pub(super) fn defaults(&self) -> Scope {
        let default = |(name, parameter): (&String, &Parameter)| Some((name.clone(), parameter.default.clone()?));
        self.parameters.iter().filter_map(default).collect()
    }

    pub(super) fn built_ins(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().filter_map(|(name, parameter)| Some((name.as_str(), parameter.built_in.as_deref()?)))
    }

    pub(super) fn evaluate(&self, partitions: &Partitions, scope: Scope) -> Result<Resolved, Option<String>> {
        evaluate(&self.rules, partitions, &scope, 0).unwrap_or(Err(None))
    }
}

fn evaluate(rules: &[Rule], partitions: &Partitions, scope: &Scope, depth: usize) -> Outcome {
    if depth > MAX_DEPTH {
        return Some(Err(None));
    }
    rules.iter().find_map(|rule| {
        // What a condition assigns is seen by the conditions after it and the rules below it.
        let mut scope = scope.clone();
        for condition in &rule.conditions {
            let value = call(condition, partitions, &scope)?;
            if value == Json::Bool(false) {
                return None;
            }
            if let Some(name) = &condition.assign {
                scope.insert(name.clone(), value);
            }
        }
        match &rule.outcome {
            RuleOutcome::Tree { rules } => evaluate(rules, partitions, &scope, depth + 1).or(Some(Err(None))),
            RuleOutcome::Error { error } => Some(Err(text(error, partitions, &scope))),
            RuleOutcome::Endpoint { endpoint } => Some(resolved(endpoint, partitions, &scope).ok_or(None)),
        }
    })
}

fn resolved(endpoint: &RuleEndpoint, partitions: &Partitions, scope: &Scope) -> Option<Resolved> {
    let mut headers = Vec::new();
    for (name, values) in &endpoint.headers {
        for value in values {
            headers.push((name.clone(), text(value, partitions, scope)?));
        }
    }
    Some(Resolved {
        url: text(&endpoint.url, partitions, scope)?,
        properties: filled(&endpoint.properties, scope)?,
        headers,
    })
}

fn text(expression: &Expression, partitions: &Partitions, scope: &Scope) -> Option<String> {
    match value(expression, partitions, scope)? {
        Json::String(text) => Some(text),
        _ => None,
    }
}

fn filled(json: &Json, scope: &Scope) -> Option<Json> {
    Some(match json {
        Json::String(template) => Json::String(functions::fill(template, scope)?),
        Json::Array(elements) => Json::Array(elements.iter().map(|json| filled(json, scope)).collect::<Option<_>>()?),
        Json::Object(entries) => Json::Object(
            entries.iter().map(|(name, json)| Some((name.clone(), filled(json, scope)?))).collect::<Option<_>>()?,
        ),
        other => other.clone(),
    })
}

/// The value of an expression; `None` if it is not set.
fn value(expression: &Expression, partitions: &Partitions, scope: &Scope) -> Option<Json> {
    match expression {
        Expression::Reference { name } => scope.get(name).cloned(),
        Expression::Call(condition) => call(condition, partitions, scope),
        Expression::Text(template) => functions::fill(template, scope).map(Json::String),
        Expression::Other(json) => Some(json.clone()),
    }
}

fn call(condition: &Condition, partitions: &Partitions, scope: &Scope) -> Option<Json> {
    let arguments: Vec<Option<Json>> =
        condition.argv.iter().map(|argument| value(argument, partitions, scope)).collect();
    functions::call(&condition.function, &arguments, partitions)
}
