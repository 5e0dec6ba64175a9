//! Which listing operation could offer values for a parameter that is missing, from the models' names alone: `TopicArn` of
//! `sns publish` is what `sns list-topics` lists at `Topics[].TopicArn`.
//!
//! An offer names a call that needs no input of its own. Whether the caller may make it is decided elsewhere.

use bailiwick_aws::model::{Kind, ShapeRef, Text};
use bailiwick_aws::{Operation, Service};

/// A call whose answer holds values for a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The operation's name in the API, such as `ListTopics`.
    pub operation: Text,
    /// Its name on the command line, such as `list-topics`.
    pub cli_name: Text,
    /// The JMESPath expression that picks the values, such as `Topics[].TopicArn`.
    pub query: String,
}

/// Ends of names that say how a thing is named, not what it is.
const NAMINGS: [&str; 5] = ["identifier", "name", "arn", "url", "id"];
/// Verbs of operations that list.
const LISTING: [&str; 2] = ["List", "Describe"];
/// Verbs of operations whose own thing does not exist yet.
const MAKING: [&str; 9] = ["Allocate", "Copy", "Create", "Import", "Put", "Register", "Request", "Restore", "Run"];
/// How deep in an answer the values may lie.
const MAX_DEPTH: usize = 4;

/// The call that could offer values for a required member of an operation's input; `None` where none is known.
pub fn offer(service: &Service, operation: &Operation, member: &str) -> Option<Offer> {
    let input = service.target(operation.input.as_ref()?);
    let target = &input.member(member)?.target;
    let shape = service.target(target);
    let text = match &shape.kind {
        Kind::String => shape,
        Kind::List(element) => service.target(element),
        _ => return None,
    };
    if !matches!(text.kind, Kind::String) || !text.enum_values().is_empty() || text.sensitive {
        return None;
    }
    let wanted = Wanted::new(operation, member, matches!(shape.kind, Kind::List(_)))?;
    let mut best: Option<(usize, Offer)> = None;
    for (verb, listing) in service.operations.values().filter_map(|listing| Some((listing_verb(listing)?, listing))) {
        let noun = listing.name.get(LISTING[verb].len()..).unwrap_or_default().to_ascii_lowercase();
        if singular(&noun) != wanted.thing || *listing.name == *operation.name || !needs_nothing(service, listing) {
            continue;
        }
        let Some(output) = &listing.output else { continue };
        let mut found = Vec::new();
        walk(service, output, &wanted, &Place { path: String::new(), in_list: false, depth: 0, list: "" }, &mut found);
        for (rank, query) in found {
            let rank = rank * 2 + verb;
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                let offer = Offer { operation: listing.name.clone(), cli_name: listing.cli_name.clone(), query };
                best = Some((rank, offer));
            }
        }
    }
    best.map(|(_, offer)| offer)
}

fn listing_verb(operation: &Operation) -> Option<usize> {
    LISTING.iter().position(|verb| operation.name.starts_with(verb))
}

fn needs_nothing(service: &Service, operation: &Operation) -> bool {
    let input = operation.input.as_ref().map(|target| service.target(target));
    input.is_none_or(|input| !input.members().iter().any(|member| member.required))
}

/// `topics` to `topic`, `policies` to `policy`, `aliases` to `alias`.
fn singular(name: &str) -> String {
    if let Some(stem) = name.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for end in ["sses", "xes", "ches", "shes", "ases"] {
        if name.ends_with(end) {
            return name.strip_suffix("es").unwrap_or(name).to_owned();
        }
    }
    match name.strip_suffix('s') {
        Some(stem) if !name.ends_with("ss") && !name.ends_with("us") => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// What is looked for, in lower case.
struct Wanted {
    /// The thing that is named, such as `topic`.
    thing: String,
    /// The member's own name in the singular, such as `topicarn`.
    member: String,
    /// How it is named, such as `arn`; empty where the name does not say.
    naming: &'static str,
}

impl Wanted {
    fn new(operation: &Operation, member: &str, several: bool) -> Option<Wanted> {
        let lower = member.to_ascii_lowercase();
        let member = if several { singular(&lower) } else { lower };
        let naming = NAMINGS.iter().copied().find(|naming| member.ends_with(naming)).unwrap_or_default();
        let stem = member.strip_suffix(naming).unwrap_or(&member);
        let verb_ends = operation.name.get(1..)?.find(|c: char| c.is_ascii_uppercase())? + 1;
        let (verb, noun) = operation.name.split_at(verb_ends);
        let own = singular(&noun.to_ascii_lowercase());
        let thing = if stem.is_empty() || stem == "resource" { own.clone() } else { stem.to_owned() };
        let is_new = MAKING.contains(&verb) && (thing == own || own.ends_with(&thing) && own.len() < thing.len() + 9);
        (!is_new && thing.len() > 1).then_some(Wanted { thing, member, naming })
    }

    /// How well a member of a listed thing fits; less is better.
    fn fits(&self, name: &str) -> Option<usize> {
        let name = name.to_ascii_lowercase();
        if name == self.member && name != self.thing {
            return Some(0);
        }
        if !self.naming.is_empty() {
            // `id` of a topic where `topicId` is wanted, and the other way round.
            let same = name == self.naming || name == format!("{}{}", self.thing, self.naming);
            return same.then_some(1);
        }
        ["name", "id", "identifier", "arn"]
            .iter()
            .position(|naming| name == *naming || name == format!("{}{naming}", self.thing))
            .map(|place| place + 2)
    }
}

/// Where in an answer we are.
struct Place<'a> {
    path: String,
    in_list: bool,
    depth: usize,
    /// The name of the list.
    list: &'a str,
}

fn walk(service: &Service, target: &ShapeRef, wanted: &Wanted, place: &Place<'_>, found: &mut Vec<(usize, String)>) {
    if place.depth > MAX_DEPTH {
        return;
    }
    let shape = service.target(target);
    match &shape.kind {
        // A list of plain texts is a list of names or ids.
        Kind::String if place.in_list => {
            let list = singular(&place.list.to_ascii_lowercase());
            let rank = if list == wanted.thing { Some(1) } else { wanted.fits(&list) };
            if let Some(rank) = rank {
                found.push((rank, place.path.trim_end_matches("[]").to_owned()));
            }
        }
        Kind::List(element) => {
            let inner =
                Place { path: format!("{}[]", place.path), in_list: true, depth: place.depth + 1, list: place.list };
            walk(service, element, wanted, &inner, found);
        }
        Kind::Structure(structure) => {
            for member in &structure.members {
                let path = match place.path.is_empty() {
                    true => member.name.to_string(),
                    false => format!("{}.{}", place.path, member.name),
                };
                let inner = service.target(&member.target);
                match &inner.kind {
                    Kind::String if place.in_list && of_the_thing(place.list, wanted) => {
                        if let Some(rank) = wanted.fits(&member.name) {
                            found.push((rank, path));
                        }
                    }
                    Kind::List(_) => {
                        let next = Place { path, in_list: false, depth: place.depth + 1, list: &member.name };
                        walk(service, &member.target, wanted, &next, found);
                    }
                    Kind::Structure(_) if !place.in_list => {
                        let next = Place { path, in_list: false, depth: place.depth + 1, list: &member.name };
                        walk(service, &member.target, wanted, &next, found);
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// Whether a list of this name holds the things that are looked for, not parts of them.
fn of_the_thing(list: &str, wanted: &Wanted) -> bool {
    let list = list.to_ascii_lowercase();
    let plain = ["summarylist", "summaries", "metadatalist", "infolist", "list", "details"]
        .iter()
        .find_map(|end| list.strip_suffix(end))
        .unwrap_or(&list);
    let plain = singular(plain);
    plain.is_empty() || plain == wanted.thing || wanted.thing.ends_with(&plain) || matches!(&*list, "items" | "results")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_aws::catalogue::AccessClass;
    use bailiwick_aws::pack::Pack;

    fn of(pack: &Pack, service: &str, operation: &str, member: &str) -> Option<String> {
        let model = pack.service(service).unwrap();
        let found = offer(&model, model.operation(operation).unwrap(), member);
        found.map(|offer| format!("{} {}", offer.cli_name, offer.query))
    }

    #[test]
    fn values_of_well_known_parameters() {
        let pack = Pack::embedded().unwrap();
        for (service, operation, member, expected) in [
            ("sns", "GetTopicAttributes", "TopicArn", "list-topics Topics[].TopicArn"),
            ("lambda", "GetFunction", "FunctionName", "list-functions Functions[].FunctionName"),
            ("sqs", "GetQueueAttributes", "QueueUrl", "list-queues QueueUrls"),
            ("dynamodb", "DescribeTable", "TableName", "list-tables TableNames"),
            ("s3", "ListObjectsV2", "Bucket", "list-buckets Buckets[].Name"),
            ("ec2", "TerminateInstances", "InstanceIds", "describe-instances Reservations[].Instances[].InstanceId"),
            (
                "rds",
                "StopDBInstance",
                "DBInstanceIdentifier",
                "describe-db-instances DBInstances[].DBInstanceIdentifier",
            ),
            ("iam", "GetRole", "RoleName", "list-roles Roles[].RoleName"),
            ("kms", "DescribeKey", "KeyId", "list-keys Keys[].KeyId"),
            ("eks", "DescribeCluster", "name", "list-clusters clusters"),
            ("route53", "GetHostedZone", "Id", "list-hosted-zones HostedZones[].Id"),
            ("cloudfront", "GetDistribution", "Id", "list-distributions DistributionList.Items[].Id"),
            ("logs", "DeleteLogGroup", "logGroupName", "list-log-groups logGroups[].logGroupName"),
        ] {
            assert_eq!(
                of(&pack, service, operation, member).as_deref(),
                Some(expected),
                "{service} {operation} {member}"
            );
        }
    }

    #[test]
    fn what_is_new_or_free_text_is_not_offered() {
        let pack = Pack::embedded().unwrap();
        for (service, operation, member) in [
            ("sns", "CreateTopic", "Name"),
            ("sns", "Publish", "Message"),
            ("s3", "CreateBucket", "Bucket"),
            ("s3", "GetObject", "Key"),
            ("iam", "CreateUser", "UserName"),
            ("lambda", "CreateFunction", "FunctionName"),
            ("lambda", "CreateFunction", "Handler"),
            ("sqs", "CreateQueue", "QueueName"),
            ("sqs", "SendMessage", "MessageBody"),
            ("rds", "CreateDBInstance", "DBInstanceIdentifier"),
            ("secretsmanager", "PutSecretValue", "SecretString"),
        ] {
            assert_eq!(of(&pack, service, operation, member), None, "{service} {operation} {member}");
        }
    }

    #[test]
    fn every_offer_of_the_catalogue_is_a_call_without_input_and_a_path_of_its_answer() {
        let pack = Pack::embedded().unwrap();
        let (mut required, mut offered, mut changing) = (0, 0, 0);
        for service in pack.services().map(|name| pack.service(name).unwrap()) {
            for operation in service.operations.values() {
                let Some(input) = operation.input.as_ref().map(|target| service.target(target)) else { continue };
                for member in input.members().iter().filter(|member| member.required) {
                    required += 1;
                    let Some(offer) = offer(&service, operation, &member.name) else { continue };
                    offered += 1;
                    let listing = service.operation(&offer.operation).unwrap();
                    assert!(needs_nothing(&service, listing));
                    let class = pack.access_class(&service.name, &offer.operation, &bailiwick_aws::Value::empty());
                    changing += usize::from(!class.only_reads() && class != AccessClass::Credential);
                    crate::query::Expression::parse(&offer.query).unwrap();
                }
            }
        }
        println!("{offered} of {required} required parameters have an offer");
        assert!(offered > 7_000, "{offered} of {required}");
        // The reference gives a few listing operations a level that changes; a room asks before it runs those.
        assert!(changing * 100 < offered, "{changing} of {offered}");
    }
}
