//! What AWS's SDKs change in a caller's input before they write it: forms that people give and the services do not take.
//!
//! Source: the handlers that botocore runs before it builds a request.

use crate::http::percent_encode;
use crate::model::{Operation, Service};
use crate::protocol::scalar::base64_encode;
use crate::value::Value;

/// Route 53's types of ids, which its answers give with a path before them, such as `/hostedzone/Z1`.
const ROUTE53_IDS: &[&str] = &["ChangeId", "DelegationSetId", "ResourceId"];

/// Brings a caller's input into the form that the service takes. It is done once, before the call is decided, so that what
/// is decided is what is sent.
pub fn settle(service: &Service, operation: &Operation, input: &mut Value) {
    let Some(shape) = operation.input.as_ref().map(|target| service.target(target)) else { return };
    let Some(members) = input.as_map_mut() else { return };
    for (name, value) in members.iter_mut() {
        let Value::String(text) = value else { continue };
        let changed = match (&*service.name, &*operation.name, name.as_str()) {
            ("route53", ..) => {
                let id = shape.member(name).map(|member| service.target(&member.target));
                let id = id.filter(|id| ROUTE53_IDS.contains(&&*id.name));
                id.and_then(|_| text.rsplit_once('/')).map(|(_, id)| id.to_owned())
            }
            ("ec2", "RunInstances", "UserData") | ("autoscaling", "CreateLaunchConfiguration", "UserData") => {
                Some(base64_encode(text.as_bytes()))
            }
            ("s3", "CopyObject" | "UploadPartCopy", "CopySource") => Some(quoted(text)),
            _ => None,
        };
        if let Some(changed) = changed {
            *text = changed;
        }
    }
}

/// A source as its header has it: percent-encoded, but for the slashes and a version at the end.
fn quoted(source: &str) -> String {
    let version = source.rfind("?versionId=").filter(|at| !source[*at..].contains(char::is_whitespace));
    let (object, version) = source.split_at(version.unwrap_or(source.len()));
    format!("{}{version}", percent_encode(object, b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    fn settled(service: &str, operation: &str, member: &str, text: &str) -> String {
        let service = Pack::embedded().unwrap().service(service).unwrap();
        let mut input = Value::map([(member, Value::from(text))]);
        settle(&service, service.operation(operation).unwrap(), &mut input);
        input.get(member).and_then(Value::as_str).unwrap().to_owned()
    }

    #[test]
    fn what_people_give_becomes_what_services_take() {
        for (service, operation, member, given, sent) in [
            ("route53", "GetHostedZone", "Id", "/hostedzone/Z1", "Z1"),
            ("route53", "GetHostedZone", "Id", "Z1", "Z1"),
            ("route53", "GetChange", "Id", "/change/C1", "C1"),
            ("route53", "CreateHostedZone", "Name", "a/b", "a/b"),
            ("ec2", "RunInstances", "UserData", "echo", "ZWNobw=="),
            ("ec2", "RunInstances", "ImageId", "ami-1", "ami-1"),
            ("s3", "CopyObject", "CopySource", "b/a b/ü?x", "b/a%20b/%C3%BC%3Fx"),
            ("s3", "CopyObject", "CopySource", "b/k?versionId=1", "b/k?versionId=1"),
        ] {
            assert_eq!(settled(service, operation, member, given), sent, "{service} {given}");
        }
    }
}
