//! Cases of the kind `simulate`: a question to the simulator operations of IAM as on the wire, with AWS's answer.

use super::read::{Fields, Read};
use crate::json::{Json, Node};
use crate::lint::Vocabulary;
use crate::simulator::{
    ContextEntry, EvalDecision, EvaluationResult, MatchedStatement, Simulation, SimulationError, SimulationPage,
    SourcePolicy, SourcePolicyType, context_keys, policy_source, simulate,
};
use bailiwick_ident::AccountId;

/// A `simulate` case.
#[derive(Debug, Clone)]
pub struct Simulate {
    question: Asked,
    /// What the answer comes to; `None` when the case expects nothing.
    pub(super) expected: Option<Facts>,
}

#[derive(Debug, Clone)]
enum Asked {
    /// `GetContextKeysForCustomPolicy`: the documents.
    Keys(Vec<String>),
    /// A question that the model of the service refuses, before the simulator is asked.
    Refused(SimulationError),
    /// `SimulateCustomPolicy`, or `SimulatePrincipalPolicy` of the principal with this ARN, whose policies are those of the input.
    Simulation { source: Option<String>, question: Box<Simulation> },
}

/// An answer as one line for each fact, with whatever has no order sorted, so that two answers can be compared.
pub(super) type Facts = Vec<String>;

/// An answer of our simulator.
pub(super) struct Simulated {
    pub(super) facts: Facts,
    /// The worst decision of all results; `None` for a refusal and for keys.
    pub(super) decision: Option<EvalDecision>,
    pub(super) refused: Option<SimulationError>,
}

impl Simulate {
    pub(super) fn run(&self, vocabulary: &dyn Vocabulary) -> Simulated {
        match &self.question {
            Asked::Keys(texts) => match context_keys(texts) {
                Ok(keys) => Simulated { facts: named(&keys), decision: None, refused: None },
                Err(error) => refusal(error),
            },
            Asked::Refused(error) => refusal(error.clone()),
            Asked::Simulation { source, question } => {
                let checked = match (source, question.requester_account) {
                    (Some(arn), Some(account)) => policy_source(arn, account).map(drop),
                    _ => Ok(()),
                };
                match checked.and_then(|()| simulate(question, vocabulary)) {
                    Ok(page) => Simulated {
                        decision: page.evaluation_results.iter().map(|result| result.eval_decision).max(),
                        facts: ours(&page),
                        refused: None,
                    },
                    Err(error) => refusal(error),
                }
            }
        }
    }
}

fn refusal(error: SimulationError) -> Simulated {
    let facts = vec![format!("{} {} {}", error.code, error.status, error.message)];
    Simulated { facts, decision: None, refused: Some(error) }
}

fn named(keys: &[String]) -> Facts {
    let mut facts: Facts = keys.iter().map(|key| format!("key {key}")).collect();
    facts.sort();
    facts
}

/// The account that asks when a case does not say: the one in the recorded answers.
const REQUESTER: &str = "123456789012";

pub(super) fn read(case: &Fields<'_>) -> Read<Simulate> {
    let input = case.object("input")?;
    let question = match case.text("operation")?.as_str() {
        "GetContextKeysForCustomPolicy" | "GetContextKeysForPrincipalPolicy" => {
            Asked::Keys(input.texts("PolicyInputList")?)
        }
        "SimulateCustomPolicy" | "SimulatePrincipalPolicy" => match unnamed_exclusion(&input)? {
            Some(error) => Asked::Refused(error),
            None => Asked::Simulation {
                source: input.optional_text("PolicySourceArn"),
                question: Box::new(simulation(case, &input)?),
            },
        },
        other => return Err(format!("the simulator has no operation `{other}`")),
    };
    let expected = match case.expected()? {
        None => None,
        Some(expected) => Some(theirs(expected.node)?),
    };
    Ok(Simulate { question, expected })
}

/// An inline policy to be left out by a name that no policy can have.
fn unnamed_exclusion(input: &Fields<'_>) -> Read<Option<SimulationError>> {
    let list = input.list("PolicyExclusionList")?.unwrap_or_default();
    for (n, item) in list.iter().enumerate() {
        let name = item.get("InlinePolicyIdentifier").and_then(|inline| inline.get("PolicyName")?.as_str());
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if let Some(name) = name.filter(|name| !name.contains(fits)) {
            return Ok(Some(SimulationError::validation(format_args!(
                "Value '{name}' at 'policyExclusionList.{}.member.inlinePolicyIdentifier.policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: .*[\\w+=,.@-]+.*",
                n + 1
            ))));
        }
    }
    Ok(None)
}

fn simulation(case: &Fields<'_>, input: &Fields<'_>) -> Read<Simulation> {
    let requester = case.optional_text("requester_account").unwrap_or_else(|| REQUESTER.to_owned());
    let level = |node: &Node<'_>| input.inner(node).texts("ServiceControlPolicyInputList");
    let entry = |node: &Node<'_>| -> Read<ContextEntry> {
        let entry = input.inner(node);
        let values = entry.optional("ContextKeyValues").map(|_| entry.texts("ContextKeyValues")).transpose()?;
        Ok(ContextEntry {
            name: entry.optional_text("ContextKeyName"),
            values,
            kind: entry.optional_text("ContextKeyType"),
        })
    };
    let levels = input.list("OrderedOrganizationPolicyInputList")?.unwrap_or_default();
    let entries = input.list("ContextEntries")?.unwrap_or_default();
    Ok(Simulation {
        policies: SourcePolicy::inputs("PolicyInputList", input.texts("PolicyInputList")?),
        permissions_boundary: SourcePolicy::inputs(
            "PermissionsBoundaryPolicyInputList",
            input.texts("PermissionsBoundaryPolicyInputList")?,
        ),
        organization_policies: levels.iter().map(level).collect::<Read<_>>()?,
        action_names: input.texts("ActionNames")?,
        resource_arns: input.texts("ResourceArns")?,
        resource_policy: input.optional_text("ResourcePolicy"),
        resource_owner: input.optional_text("ResourceOwner"),
        caller_arn: input.optional_text("CallerArn"),
        context_entries: entries.iter().map(entry).collect::<Read<_>>()?,
        max_items: input.optional("MaxItems").map(number).transpose()?,
        // The recorded markers are hidden; all of them came from a first page of one result.
        marker: input
            .optional_text("Marker")
            .map(|marker| if marker == "<opaque-marker>" { "simulation-1".to_owned() } else { marker }),
        requester_account: Some(AccountId::parse(&requester).map_err(|error| error.to_string())?),
    })
}

fn number(node: &Node<'_>) -> Read<i64> {
    let Json::Number(text) = node.value else { return Err("a number is expected".to_owned()) };
    text.parse().map_err(|_| format!("`{text}` is not a whole number"))
}

fn ours(page: &SimulationPage) -> Facts {
    let mut facts: Facts = page.evaluation_results.iter().flat_map(our_result).collect();
    facts.push(format!("truncated {}", page.marker.is_some()));
    facts
}

fn our_result(result: &EvaluationResult) -> Facts {
    let mut facts =
        vec![format!("{} {} {}", result.eval_action_name, result.eval_resource_name, result.eval_decision.as_str())];
    facts.extend(our_statements(&result.matched_statements));
    facts.extend(missing(&result.missing_context_values));
    facts.extend(result.allowed_by_organizations.map(|allowed| format!("organizations {allowed}")));
    facts.extend(result.allowed_by_permissions_boundary.map(|allowed| format!("boundary {allowed}")));
    facts.extend(result.eval_decision_details.as_ref().map(|details| our_details(details)));
    for one in &result.resource_specific_results {
        facts.push(format!("- {} {}", one.eval_resource_name, one.eval_resource_decision.as_str()));
        facts.extend(our_statements(&one.matched_statements));
        facts.extend(missing(&one.missing_context_values));
        facts.extend(one.allowed_by_permissions_boundary.map(|allowed| format!("boundary {allowed}")));
        facts.extend((!one.eval_decision_details.is_empty()).then(|| our_details(&one.eval_decision_details)));
    }
    facts
}

fn missing(keys: &[String]) -> Facts {
    let mut facts: Facts = keys.iter().map(|key| format!("missing {key}")).collect();
    facts.sort();
    facts
}

fn our_details(details: &[(SourcePolicyType, EvalDecision)]) -> String {
    let mut words: Vec<String> =
        details.iter().map(|(kind, decision)| format!("{}={}", kind.as_str(), decision.as_str())).collect();
    words.sort();
    format!("details {words:?}")
}

fn our_statements(statements: &[MatchedStatement]) -> Facts {
    let one = |matched: &MatchedStatement| {
        let (start, end) = (matched.start_position, matched.end_position);
        let place = format!("{}:{}-{}:{}", start.line, start.column, end.line, end.column);
        format!("{} {} {place}", matched.source_policy_id, matched.source_policy_type.as_str())
    };
    let mut facts: Facts = statements.iter().map(one).collect();
    facts.sort();
    facts
}

fn theirs(expected: &Node<'_>) -> Read<Facts> {
    if let Some(error) = expected.get("error") {
        let status = number(error.get("status").ok_or("`error` needs `status`")?)?;
        return Ok(vec![format!("{} {status} {}", text(error, "code")?, text(error, "message")?)]);
    }
    let output = expected.get("output").ok_or("`expected` needs `output` or `error`")?;
    if output.get("ContextKeyNames").is_some() {
        return Ok(named(&texts(output, "ContextKeyNames")?));
    }
    let mut facts = Facts::new();
    for result in items(output, "EvaluationResults") {
        their_result(result, &mut facts)?;
    }
    let truncated = output.get("IsTruncated").is_some_and(|node| node.value == Json::Bool(true));
    facts.push(format!("truncated {truncated}"));
    Ok(facts)
}

fn their_result(result: &Node<'_>, facts: &mut Facts) -> Read<()> {
    let names = [text(result, "EvalActionName")?, text(result, "EvalResourceName")?, text(result, "EvalDecision")?];
    facts.push(names.join(" "));
    facts.extend(their_statements(result)?);
    facts.extend(missing(&texts(result, "MissingContextValues")?));
    facts.extend(flag(result, "OrganizationsDecisionDetail", "AllowedByOrganizations", "organizations"));
    facts.extend(flag(result, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", "boundary"));
    facts.extend(their_details(result));
    for one in items(result, "ResourceSpecificResults") {
        facts.push(format!("- {} {}", text(one, "EvalResourceName")?, text(one, "EvalResourceDecision")?));
        facts.extend(their_statements(one)?);
        facts.extend(missing(&texts(one, "MissingContextValues")?));
        facts.extend(flag(one, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", "boundary"));
        facts.extend(their_details(one));
    }
    Ok(())
}

fn items<'n>(node: &'n Node<'n>, name: &str) -> &'n [Node<'n>] {
    node.get(name).and_then(Node::as_array).unwrap_or_default()
}

fn text(node: &Node<'_>, name: &str) -> Read<String> {
    node.get(name).and_then(Node::as_str).map(str::to_owned).ok_or_else(|| format!("`{name}` must be a text"))
}

fn texts(node: &Node<'_>, name: &str) -> Read<Vec<String>> {
    let one = |item: &Node<'_>| item.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is a list of texts"));
    items(node, name).iter().map(one).collect()
}

fn flag(node: &Node<'_>, outer: &str, inner: &str, name: &str) -> Option<String> {
    let value = &node.get(outer)?.get(inner)?.value;
    Some(format!("{name} {}", *value == Json::Bool(true)))
}

fn their_details(node: &Node<'_>) -> Option<String> {
    let Json::Object(members) = &node.get("EvalDecisionDetails")?.value else { return None };
    let word = |value: &Node<'_>| value.as_str().unwrap_or_default().to_owned();
    let mut words: Vec<String> =
        members.iter().map(|member| format!("{}={}", member.key, word(&member.value))).collect();
    words.sort();
    Some(format!("details {words:?}"))
}

fn their_statements(node: &Node<'_>) -> Read<Facts> {
    let place = |node: &Node<'_>, name: &str| -> Read<String> {
        let part = |part: &str| {
            number(node.get(name).and_then(|place| place.get(part)).ok_or_else(|| format!("`{name}` needs `{part}`"))?)
        };
        Ok(format!("{}:{}", part("Line")?, part("Column")?))
    };
    let one = |matched: &Node<'_>| -> Read<String> {
        let (id, kind) = (text(matched, "SourcePolicyId")?, text(matched, "SourcePolicyType")?);
        Ok(format!("{id} {kind} {}-{}", place(matched, "StartPosition")?, place(matched, "EndPosition")?))
    };
    let mut facts = items(node, "MatchedStatements").iter().map(one).collect::<Read<Facts>>()?;
    facts.sort();
    Ok(facts)
}
