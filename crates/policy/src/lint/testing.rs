use super::{ActionFacts, KeyFacts, KeyType, Known, ServiceFacts, SupportFacts, Vocabulary, check};
use crate::PolicyType;
use std::sync::Arc;

/// Asserts that a rule finds exactly these places, by their text, in the order of the document.
pub(super) fn finds(code: &str, kind: PolicyType, text: &str, places: &[&str]) {
    let findings = check(text, kind, &Toy);
    let found: Vec<&str> =
        findings.iter().filter(|finding| finding.code == code).map(|finding| &text[finding.span.range()]).collect();
    assert_eq!(found, places, "{text}\n{findings:#?}");
}

/// An identity policy of one statement.
pub(super) fn statement(rest: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{rest}}}]}}"#)
}

/// A vocabulary of three services, of which the last one supports nothing of IAM.
struct Toy;

impl Vocabulary for Toy {
    fn service(&self, prefix: &str) -> Known<Arc<ServiceFacts>> {
        let action = |name: &str, resources: &[&str]| ActionFacts {
            name: name.to_owned(),
            resources: resources.iter().map(|&template| template.to_owned()).collect(),
        };
        match prefix {
            "s3" => Known::Yes(Arc::new(ServiceFacts {
                actions: vec![
                    action("GetObject", &["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]),
                    action("ListAllMyBuckets", &[]),
                ],
                support: None,
            })),
            "sts" => {
                Known::Yes(Arc::new(ServiceFacts { actions: vec![action("GetCallerIdentity", &[])], support: None }))
            }
            "bell" => Known::Yes(Arc::new(ServiceFacts {
                actions: vec![action("Ring", &[]), action("Watch", &["arn:${Partition}:bell:::${Tower}"])],
                support: Some(SupportFacts {
                    name: "Example Bell".to_owned(),
                    resource_level: false,
                    tags: false,
                    condition_keys: false,
                }),
            })),
            "example" | "iam" | "sqs" | "sns" => Known::Unknown,
            _ => Known::No,
        }
    }

    fn key(&self, name: &str) -> Known<KeyFacts> {
        match name.to_ascii_lowercase().as_str() {
            "s3:prefix" => Known::Yes(KeyFacts { value: KeyType::String, set: false, open: false }),
            "s3:max-keys" => Known::Yes(KeyFacts { value: KeyType::Numeric, set: false, open: false }),
            "bell:loudness" => Known::Yes(KeyFacts { value: KeyType::String, set: false, open: true }),
            lower if lower.starts_with("s3:") || lower.starts_with("bell:") => Known::No,
            _ => Known::Unknown,
        }
    }
}
