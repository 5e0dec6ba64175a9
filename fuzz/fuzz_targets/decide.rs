//! Any document in any layer: both evaluators agree, and an unreadable one denies.
#![no_main]

mod ask;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str, &str)| {
    let (document, resource, text) = input;
    ask::both(document, resource, text);
});
