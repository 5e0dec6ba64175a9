use super::Peer;
use crate::workload::Workload;
use bailiwick_policy::document::{OperatorKind, Statement};
use bailiwick_policy::{Effect, Value};
use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Cedar with each statement as a policy, and each glob over actions as a group of actions.
pub fn ready(work: &Workload) -> Peer<'_> {
    let mut text = String::new();
    let mut groups = BTreeSet::new();
    for policy in work.layers.identity.iter().flatten() {
        for statement in policy.document().into_iter().flat_map(|document| &document.statements) {
            text.push_str(&translate(statement));
            groups.extend(statement.action.patterns.iter().map(|pattern| pattern.value.clone()));
        }
    }
    let policies: PolicySet = text.parse().expect("policies");
    let actions: HashSet<&str> = work.requests.iter().map(|request| request.action.as_str()).collect();
    let mut entities: HashMap<String, HashSet<EntityUid>> = HashMap::new();
    for action in actions {
        let parents = groups.iter().filter(|glob| is_glob(glob) && covers(glob, action)).map(|glob| uid("Action", glob));
        entities.insert(action.to_owned(), parents.collect());
    }
    let entities = entities.into_iter().map(|(action, parents)| Entity::new_no_attrs(uid("Action", &action), parents));
    let entities = Entities::from_entities(entities, None).expect("entities");
    let requests: Vec<Request> = work.requests.iter().map(request).collect();
    let authorizer = Authorizer::new();
    Peer::new("cedar", requests.len(), move |n| {
        authorizer.is_authorized(&requests[n], &policies, &entities).decision() == Decision::Allow
    })
}

fn is_glob(text: &str) -> bool {
    text.contains('*')
}

/// The globs of the workloads all end with their only star.
fn covers(glob: &str, action: &str) -> bool {
    glob.strip_suffix('*').is_some_and(|prefix| action.starts_with(prefix))
}

fn uid(kind: &str, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.parse().expect("a type"), id.parse().expect("an id"))
}

fn translate(statement: &Statement) -> String {
    let effect = if *statement.effect == Effect::Allow { "permit" } else { "forbid" };
    let actions: Vec<String> = statement.action.patterns.iter().map(|glob| format!("Action::\"{}\"", glob.value)).collect();
    let resources = statement.resource.iter().flat_map(|element| &element.patterns);
    let resources: Vec<String> = resources.map(|pattern| format!("context.arn like \"{}\"", pattern.value)).collect();
    let mut conditions = vec![format!("({})", resources.join(" || "))];
    for condition in &statement.conditions {
        let values: Vec<&str> = condition.values.iter().map(|value| value.text.as_str()).collect();
        let field = field(&condition.key);
        let each: Vec<String> = values
            .iter()
            .map(|value| match condition.operator.kind {
                OperatorKind::Bool => format!("context.{field} == {value}"),
                OperatorKind::IpAddress => format!("context.{field}.isInRange(ip(\"{value}\"))"),
                OperatorKind::StringLike => format!("context.{field} like \"{value}\""),
                _ => format!("context.{field} == \"{value}\""),
            })
            .collect();
        conditions.push(format!("context has {field} && ({})", each.join(" || ")));
    }
    format!("{effect}(principal, action in [{}], resource) when {{ {} }};\n", actions.join(", "), conditions.join(" && "))
}

fn field(key: &str) -> String {
    key.replace([':', '/'], "_")
}

fn request(request: &bailiwick_policy::Request) -> Request {
    let mut pairs = vec![("arn".to_owned(), RestrictedExpression::new_string(request.resource.as_str().to_owned()))];
    for (key, value) in request.context.iter() {
        let Value::One(text) = value else { continue };
        let value = match key {
            "aws:SourceIp" => RestrictedExpression::new_ip(text),
            "aws:SecureTransport" => RestrictedExpression::new_bool(text == "true"),
            _ => RestrictedExpression::new_string(text.clone()),
        };
        pairs.push((field(key), value));
    }
    let context = Context::from_pairs(pairs).expect("a context");
    let resource = uid("Resource", request.resource.as_str());
    Request::new(uid("User", "dana"), uid("Action", &request.action), resource, context, None).expect("a request")
}
