//! AWS's recorded answers to simulator questions, question by question, field by field.

use bailiwick_ident::AccountId;
use bailiwick_policy::json::{self, Json, Node};
use bailiwick_policy::lint::{ActionFacts, Known, ServiceFacts, Vocabulary};
use bailiwick_policy::simulator::{
    ContextEntry, EvaluationResult, MatchedStatement, Simulation, SimulationError, SimulationPage, SourcePolicy,
    SourcePolicyType, policy_source, simulate,
};
use std::fmt::Write as _;

/// The services that the recorded questions are about; there are no others.
struct Services;

impl Vocabulary for Services {
    fn service(&self, prefix: &str) -> Known<ServiceFacts> {
        let object = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
        let user = "arn:${Partition}:iam::${Account}:user/${UserNameWithPath}";
        let role = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
        let table: &[(&str, &[&str])] = match prefix {
            "ec2" => &[
                ("DescribeInstances", &[]),
                ("RunInstances", &["arn:${Partition}:ec2:${Region}:${Account}:instance/${InstanceId}"]),
            ],
            "iam" => &[("GetUser", &[user]), ("ListUsers", &[]), ("PassRole", &[role])],
            "kms" => &[("Encrypt", &["arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"])],
            "lambda" => {
                &[("InvokeFunction", &["arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}"])]
            }
            "s3" => &[
                ("DeleteObject", &[object]),
                ("GetObject", &[object]),
                ("ListAllMyBuckets", &[]),
                ("ListBucket", &["arn:${Partition}:s3:::${BucketName}"]),
                ("PutObject", &[object]),
            ],
            "sqs" => &[("SendMessage", &["arn:${Partition}:sqs:${Region}:${Account}:${QueueName}"])],
            "sts" => &[("AssumeRole", &[role]), ("GetCallerIdentity", &[])],
            _ => return Known::No,
        };
        let action = |(name, resources): &(&str, &[&str])| ActionFacts {
            name: (*name).to_owned(),
            resources: resources.iter().map(|&template| template.to_owned()).collect(),
        };
        Known::Yes(ServiceFacts { actions: table.iter().map(action).collect() })
    }
}

fn texts(node: &Node<'_>, name: &str) -> Vec<String> {
    let list = node.get(name).and_then(Node::as_array).unwrap_or_default();
    list.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn text(node: &Node<'_>, name: &str) -> Option<String> {
    node.get(name).and_then(Node::as_str).map(str::to_owned)
}

fn number(node: &Node<'_>) -> i64 {
    let Json::Number(text) = node.value else { panic!("a number") };
    text.parse().unwrap()
}

fn question(input: &Node<'_>) -> Simulation {
    let entry = |node: &Node<'_>| ContextEntry {
        name: text(node, "ContextKeyName"),
        values: node
            .get("ContextKeyValues")
            .filter(|node| node.value != Json::Null)
            .map(|_| texts(node, "ContextKeyValues")),
        kind: text(node, "ContextKeyType"),
    };
    let list = |name: &str| input.get(name).and_then(Node::as_array).unwrap_or_default();
    Simulation {
        policies: SourcePolicy::inputs("PolicyInputList", texts(input, "PolicyInputList")),
        permissions_boundary: SourcePolicy::inputs(
            "PermissionsBoundaryPolicyInputList",
            texts(input, "PermissionsBoundaryPolicyInputList"),
        ),
        organization_policies: list("OrderedOrganizationPolicyInputList")
            .iter()
            .map(|level| texts(level, "ServiceControlPolicyInputList"))
            .collect(),
        action_names: texts(input, "ActionNames"),
        resource_arns: texts(input, "ResourceArns"),
        resource_policy: text(input, "ResourcePolicy"),
        resource_owner: text(input, "ResourceOwner"),
        caller_arn: text(input, "CallerArn"),
        context_entries: list("ContextEntries").iter().map(entry).collect(),
        max_items: input.get("MaxItems").map(number),
        // The recorded markers are hidden; all of them came from a first page of one result.
        marker: text(input, "Marker")
            .map(|marker| if marker == "<opaque-marker>" { "simulation-1".to_owned() } else { marker }),
        requester_account: Some(AccountId::parse("123456789012").unwrap()),
    }
}

/// An answer in one line for each fact, with whatever has no order sorted, so that two answers can be compared as text.
type Facts = Vec<String>;

fn ours(answer: &Result<SimulationPage, SimulationError>) -> Facts {
    match answer {
        Err(error) => vec![format!("{} {} {}", error.code, error.status, error.message)],
        Ok(page) => {
            let mut facts: Facts = page.evaluation_results.iter().flat_map(our_result).collect();
            facts.push(format!("truncated {}", page.marker.is_some()));
            facts
        }
    }
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

fn our_details(details: &[(SourcePolicyType, bailiwick_policy::simulator::EvalDecision)]) -> String {
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

fn theirs(expected: &Node<'_>) -> Facts {
    if let Some(error) = expected.get("error") {
        let field = |name: &str| text(error, name).unwrap_or_default();
        return vec![format!("{} {} {}", field("code"), number(error.get("status").unwrap()), field("message"))];
    }
    let output = expected.get("output").unwrap();
    let results = output.get("EvaluationResults").unwrap().as_array().unwrap();
    let mut facts: Facts = results.iter().flat_map(their_result).collect();
    let truncated = output.get("IsTruncated").is_some_and(|node| node.value == Json::Bool(true));
    facts.push(format!("truncated {truncated}"));
    facts
}

fn their_result(result: &Node<'_>) -> Facts {
    let field = |node: &Node<'_>, name: &str| text(node, name).unwrap();
    let names = [field(result, "EvalActionName"), field(result, "EvalResourceName"), field(result, "EvalDecision")];
    let mut facts = vec![names.join(" ")];
    facts.extend(their_statements(result));
    facts.extend(missing(&texts(result, "MissingContextValues")));
    facts.extend(flag(result, "OrganizationsDecisionDetail", "AllowedByOrganizations", "organizations"));
    facts.extend(flag(result, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", "boundary"));
    facts.extend(their_details(result));
    for one in result.get("ResourceSpecificResults").and_then(Node::as_array).unwrap_or_default() {
        facts.push(format!("- {} {}", field(one, "EvalResourceName"), field(one, "EvalResourceDecision")));
        facts.extend(their_statements(one));
        facts.extend(missing(&texts(one, "MissingContextValues")));
        facts.extend(flag(one, "PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", "boundary"));
        facts.extend(their_details(one));
    }
    facts
}

fn flag(node: &Node<'_>, outer: &str, inner: &str, name: &str) -> Option<String> {
    let value = &node.get(outer)?.get(inner)?.value;
    Some(format!("{name} {}", *value == Json::Bool(true)))
}

fn their_details(node: &Node<'_>) -> Option<String> {
    let Json::Object(members) = &node.get("EvalDecisionDetails")?.value else { panic!("an object") };
    let mut words: Vec<String> =
        members.iter().map(|member| format!("{}={}", member.key, member.value.as_str().unwrap())).collect();
    words.sort();
    Some(format!("details {words:?}"))
}

fn their_statements(node: &Node<'_>) -> Facts {
    let place = |node: &Node<'_>, name: &str| {
        let position = node.get(name).unwrap();
        format!("{}:{}", number(position.get("Line").unwrap()), number(position.get("Column").unwrap()))
    };
    let one = |matched: &Node<'_>| {
        let (id, kind) = (text(matched, "SourcePolicyId").unwrap(), text(matched, "SourcePolicyType").unwrap());
        format!("{id} {kind} {}-{}", place(matched, "StartPosition"), place(matched, "EndPosition"))
    };
    let statements = node.get("MatchedStatements").and_then(Node::as_array).unwrap_or_default();
    let mut facts: Facts = statements.iter().map(one).collect();
    facts.sort();
    facts
}

#[test]
fn the_simulator_answers_as_aws_did() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/captured_simulator.jsonl");
    let lines = std::fs::read_to_string(path).unwrap();
    let (mut count, mut differences) = (0, String::new());
    for line in lines.lines() {
        let case = json::parse(line).unwrap();
        let id = text(&case, "id").unwrap();
        // The pattern of a parameter, which the service's model checks before the simulator is asked.
        if id == "iam-simulation-principal_exclude_inline_wildcard" {
            continue;
        }
        let input = case.get("input").unwrap();
        let question = question(input);
        let answer = match text(input, "PolicySourceArn") {
            Some(arn) => {
                policy_source(&arn, question.requester_account.unwrap()).and_then(|_| simulate(&question, &Services))
            }
            None => simulate(&question, &Services),
        };
        let (ours, theirs) = (ours(&answer), theirs(case.get("expected").unwrap()));
        count += 1;
        if ours != theirs {
            writeln!(differences, "{id}\n  AWS  {theirs:#?}\n  here {ours:#?}").unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(count, 180);
}
