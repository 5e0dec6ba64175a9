//! Any answer of any service, in each protocol: a value or an error, never a panic.
#![no_main]

use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::client::decode_as;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Pack::embedded().expect("the pack"));

const OPERATIONS: [(&str, &str); 9] = [
    ("iam", "ListRoles"),
    ("sns", "GetTopicAttributes"),
    ("s3", "ListObjectsV2"),
    ("s3", "GetObject"),
    ("dynamodb", "GetItem"),
    ("lambda", "ListFunctions"),
    ("ec2", "DescribeInstances"),
    ("cloudwatch", "GetMetricData"),
    ("sqs", "ReceiveMessage"),
];

fuzz_target!(|input: (u8, u16, &str, &[u8])| {
    let (choice, status, header, body) = input;
    let (service, operation) = OPERATIONS[usize::from(choice) % OPERATIONS.len()];
    let service = PACK.service(service).expect("a service");
    let operation = service.operation(operation).expect("an operation");
    let mut response = http::Response::builder().status(200 + status % 400);
    if let Ok(value) = http::HeaderValue::from_str(header) {
        response = response.header("x-amzn-errortype", value.clone()).header("x-amz-meta-a", value.clone()).header("last-modified", value);
    }
    let Ok(response) = response.body(body.to_vec()) else { return };
    for protocol in &service.protocols {
        let _ = decode_as(*protocol, &service, operation, &response);
    }
});
