//! AWS's recorded answers to simulator questions, question by question, field by field.

use bailiwick_policy::cases::{self, Engine};
use bailiwick_policy::lint::{ActionFacts, KeyFacts, Known, ServiceFacts, Vocabulary};
use std::fmt::Write as _;
use std::sync::Arc;

/// The services that the recorded questions are about; there are no others.
struct Services;

impl Vocabulary for Services {
    fn service(&self, prefix: &str) -> Known<Arc<ServiceFacts>> {
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
        Known::Yes(Arc::new(ServiceFacts { actions: table.iter().map(action).collect(), support: None }))
    }

    fn key(&self, _: &str) -> Known<KeyFacts> {
        Known::Unknown
    }
}

#[test]
fn the_simulator_answers_as_aws_did() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/captured_simulator.jsonl");
    let cases = cases::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut differences = String::new();
    for case in &cases {
        let answer = case.run_with(Engine::Oracle, &Services);
        if answer.agrees != Some(true) {
            writeln!(differences, "{}", answer.to_json()).unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
    assert_eq!(cases.len(), 181);
}
