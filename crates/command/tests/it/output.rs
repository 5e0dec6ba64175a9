//! `json`, `text`, `table` and `yaml` on random responses, byte for byte.

use crate::generate::{Random, object, value};
use crate::python;
use bailiwick_command::output::{Format, render};
use serde_json::{Value, json};

const CASES: usize = 4_000;

#[test]
fn the_last_digit_of_a_number_is_kept() {
    for text in ["1795363857.2939215", "1795363857.2939217", "1795363857.7294748", "0.1", "1e-07"] {
        let number: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            render(Format::Json, "X", &json!({"N": number})).unwrap().trim(),
            format!("{{\n    \"N\": {text}\n}}")
        );
    }
}

#[test]
fn printed_as_the_cli_prints() {
    let mut random = Random::new(7);
    let mut cases = Vec::new();
    for number in 0..CASES {
        let response = if number % 4 == 0 { value(&mut random, 4) } else { object(&mut random, 4) };
        let operation = *random.pick(&["ListTopics", "DescribeInstances", "X"]);
        for format in Format::ALL {
            cases
                .push(json!({"do": "output", "format": format.as_str(), "operation": operation, "response": response}));
        }
    }
    let Some(answers) = python::answers("oracle.py", &cases) else { return };
    let mut wrong = Vec::new();
    let mut skipped = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let format = Format::parse(case["format"].as_str().unwrap()).unwrap();
        let ours = render(format, case["operation"].as_str().unwrap(), &case["response"]);
        if answer.get("skip").is_some() {
            skipped += 1;
            continue;
        }
        let agree = match (&ours, answer.get("ok").and_then(Value::as_str)) {
            (Ok(ours), Some(theirs)) => ours == theirs,
            (Err(_), None) => true,
            _ => false,
        };
        if !agree {
            wrong.push(format!("{format:?} of {}\nours:\n{ours:?}\ntheirs:\n{answer}", case["response"]));
        }
    }
    if skipped > 0 {
        println!("skipped: {skipped} cases of yaml, ruamel.yaml is not installed");
    }
    println!("compared {} outputs, {} differ", cases.len() - skipped, wrong.len());
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(12)].join("\n\n")
    );
}
