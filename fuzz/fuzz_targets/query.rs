//! Any JMESPath expression over any document: an answer or an error, in bounded time.
#![no_main]

use bailiwick_command::query::Expression;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|input: (&str, &str)| {
    let (text, document) = input;
    let Ok(expression) = Expression::parse(text) else { return };
    let own = json!({"a": [{"b": 1, "c": ["x", null]}, {"b": -2.5, "c": []}], "d": {"e": true, "f": "text"}});
    let _ = expression.search(&own);
    if let Ok(document) = serde_json::from_str::<Value>(document) {
        let _ = expression.search(&document);
    }
});
