//! A typed answer as the JSON that the AWS CLI works on: the model's order of members, timestamps as they came.

use bailiwick_aws::http::percent_decode;
use bailiwick_aws::model::{Kind, Location, Member, Operation, Protocol, Service, ShapeRef, TimestampFormat};
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use bailiwick_aws::{Value, protocol};
use serde_json::{Map, Value as Json};

/// The answer of an operation as the AWS CLI's parser leaves it: what came in headers first, then the members in the
/// model's order; blobs in base64; a timestamp in the text or number of its protocol, which version 1 of the CLI prints
/// unchanged. `ResponseMetadata` is not part of it.
pub fn parsed_response(service: &Service, operation: &Operation, output: &Value) -> Json {
    match &operation.output {
        Some(target) => Reader { service, depth: 0 }.read(target, output),
        None => Json::Object(Map::new()),
    }
}

/// Deeper than any value that is decoded.
const MAX_DEPTH: usize = bailiwick_aws::value::MAX_DEPTH + 8;

/// IAM's type of policies, which are percent-encoded on the wire and JSON in the AWS CLI's answers.
const POLICY_DOCUMENT: &str = "policyDocumentType";

/// CloudFormation's type of templates, which are JSON in the AWS CLI's answers where they are JSON at all.
const TEMPLATE: &str = "TemplateBody";

/// A policy as JSON; as it came where it is none.
fn document(text: &str) -> Json {
    let decoded = String::from_utf8(percent_decode(text, false)).ok();
    decoded.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| Json::String(text.to_owned()))
}

struct Reader<'a> {
    service: &'a Service,
    depth: usize,
}

impl Reader<'_> {
    fn read(&mut self, target: &ShapeRef, value: &Value) -> Json {
        if self.depth >= MAX_DEPTH {
            return Json::Null;
        }
        self.depth += 1;
        let shape = self.service.target(target);
        let json = match (&shape.kind, value) {
            (Kind::Timestamp(format), Value::Timestamp(time)) => {
                let format = format.unwrap_or_else(|| self.default_format(target));
                match format {
                    TimestampFormat::UnixTimestamp => protocol::timestamp::epoch_json(*time),
                    other => Json::String(protocol::timestamp::format(*time, other)),
                }
            }
            (Kind::List(element), Value::List(elements)) => {
                Json::Array(elements.iter().map(|value| self.read(element, value)).collect())
            }
            (Kind::Map { value: target, .. }, Value::Map(entries)) => {
                Json::Object(entries.iter().map(|(key, value)| (key.clone(), self.read(target, value))).collect())
            }
            (Kind::Structure(structure), Value::Map(entries)) => {
                let mut members: Vec<&Member> = structure.members.iter().collect();
                members.sort_by_key(|member| !in_header(&member.target));
                let mut map = Map::new();
                for member in members {
                    if let Some(value) = entries.get(&*member.name) {
                        let json = self.read(&member.target, value);
                        map.insert(member.name.to_string(), json);
                    }
                }
                // What the model does not know is shown all the same.
                for (name, value) in entries.iter().filter(|(name, _)| shape.member(name).is_none()) {
                    map.insert(name.clone(), to_json(value, TimestampStyle::Rfc3339));
                }
                Json::Object(map)
            }
            (Kind::String, Value::String(text)) if &*shape.name == POLICY_DOCUMENT && &*self.service.name == "iam" => {
                document(text)
            }
            (Kind::String, Value::String(text))
                if &*shape.name == TEMPLATE && &*self.service.name == "cloudformation" =>
            {
                let read = serde_json::from_str(text).ok().filter(Json::is_object);
                read.unwrap_or_else(|| Json::String(text.clone()))
            }
            (_, other) => to_json(other, TimestampStyle::Rfc3339),
        };
        self.depth -= 1;
        json
    }

    fn default_format(&self, target: &ShapeRef) -> TimestampFormat {
        match (target.location, self.service.protocol) {
            (Some(Location::Header | Location::Headers), _) => TimestampFormat::Rfc822,
            (_, Protocol::Json | Protocol::RestJson | Protocol::Cbor) => TimestampFormat::UnixTimestamp,
            (_, Protocol::Ec2 | Protocol::Query | Protocol::RestXml) => TimestampFormat::Iso8601,
        }
    }
}

fn in_header(target: &ShapeRef) -> bool {
    matches!(target.location, Some(Location::Header | Location::Headers | Location::StatusCode))
}
