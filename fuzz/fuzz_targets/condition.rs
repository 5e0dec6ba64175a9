//! Any operator, any value, any text: both evaluators agree.
#![no_main]

mod ask;

use bailiwick_policy::document::OperatorKind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, &str, &str)| {
    let (kind, form, value, text) = input;
    let (_, name) = OperatorKind::ALL[usize::from(kind) % OperatorKind::ALL.len()];
    let prefix = ["", "ForAllValues:", "ForAnyValue:"][usize::from(form) % 3];
    let suffix = if form & 64 == 0 || name == "Null" { "" } else { "IfExists" };
    let condition = format!(r#","Condition":{{"{prefix}{name}{suffix}":{{"k:v":{}}}}}"#, ask::quoted(value));
    ask::both(&ask::statement("\"*\"", &condition), "arn:aws:s3:::b", text);
});
