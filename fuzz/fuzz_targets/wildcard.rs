//! Any pattern and any text: both evaluators match alike, in a condition and in a resource.
#![no_main]

mod ask;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    let condition = format!(r#","Condition":{{"StringLike":{{"k:v":{}}}}}"#, ask::quoted(pattern));
    ask::both(&ask::statement("\"*\"", &condition), "arn:aws:s3:::b", text);
    ask::both(&ask::statement(&ask::quoted(&format!("arn:aws:s3:::{pattern}")), ""), &format!("arn:aws:s3:::{text}"), text);
});
