//! Any stream of events, its framing taken as it comes: messages or an error, and outputs of operations with streams.
#![no_main]

use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::{client::decode, eventstream::messages};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

static PACK: LazyLock<Arc<Pack>> = LazyLock::new(|| Pack::embedded().expect("the pack"));

const OPERATIONS: [(&str, &str); 3] =
    [("s3", "SelectObjectContent"), ("logs", "StartLiveTail"), ("bedrock-runtime", "InvokeModelWithResponseStream")];

fuzz_target!(|body: &[u8]| {
    let _ = messages(body);
    for (service, operation) in OPERATIONS {
        let service = PACK.service(service).expect("a service");
        let operation = service.operation(operation).expect("an operation");
        let _ = decode(&service, operation, &http::Response::new(body.to_vec()));
    }
});
