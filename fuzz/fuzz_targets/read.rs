//! Any text: the reader never panics, and what it reads prints to a text that reads the same.
#![no_main]

use bailiwick_policy::{PolicyType, Policy, document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for kind in PolicyType::ALL {
        let policy = Policy::read("fuzz", kind, text);
        let Some(read) = policy.document() else { continue };
        let printed = read.to_string();
        let (again, findings) = document::read(&printed, kind);
        assert_eq!(again.as_ref(), Some(read), "{printed} {findings:?}");
    }
});
