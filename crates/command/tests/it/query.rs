//! Random JMESPath expressions on random documents: the same answer as the Python implementation, or an error from both.

use crate::generate::{Random, value};
use crate::python;
use bailiwick_command::output::{Format, render};
use bailiwick_command::query::Expression;
use serde_json::{Value, json};

const CASES: usize = 12_000;

fn expression(random: &mut Random, depth: usize) -> String {
    const LEAVES: &[&str] = &[
        "a",
        "b",
        "Name",
        "Id",
        "Tags",
        "Items",
        "State",
        "@",
        "*",
        "[]",
        "[0]",
        "[-1]",
        "[*]",
        "[1:]",
        "[::-1]",
        "`1`",
        "`true`",
        "'x'",
        "`[1, 2]`",
        "`{\"a\": 1}`",
        "\"Größe\"",
        "`\"é\"`",
        "[::0]",
        "n",
    ];
    if depth == 0 {
        return (*random.pick(LEAVES)).to_owned();
    }
    let mut inner = || expression(random, depth - 1);
    let (one, two) = (inner(), inner());
    match random.below(26) {
        0..=5 => format!("{one}.{two}"),
        6 | 7 => format!("{one} | {two}"),
        8 => format!("{one} || {two}"),
        9 => format!("{one} && {two}"),
        10 => format!("!{one}"),
        11 => format!("({one})"),
        12 => format!("[{one}, {two}]"),
        13 => format!("{{b: {one}, a: {two}}}"),
        14 => format!("{one}[?{two}]"),
        15 => format!("{one}[?{two} == {}]", random.pick(LEAVES)),
        16 => format!("{one} {} {two}", random.pick(&["==", "!=", "<", "<=", ">", ">="])),
        17 => format!("{one}[]"),
        18 => format!("{one}[*].{two}"),
        19 => format!("{one}{}", random.pick(&["[0]", "[:2]", "[*]", "[-1]", "[]", ".*"])),
        20 => {
            let names = [
                "keys",
                "values",
                "length",
                "to_string",
                "to_number",
                "to_array",
                "type",
                "sort",
                "reverse",
                "max",
                "min",
                "sum",
                "avg",
                "abs",
                "ceil",
                "floor",
                "not_null",
                "merge",
                "nothing",
            ];
            format!("{}({one})", random.pick(&names))
        }
        21 => format!("{}({one}, &{two})", random.pick(&["sort_by", "max_by", "min_by"])),
        22 => format!("map(&{one}, {two})"),
        23 => format!(
            "{}({one}, {two})",
            random.pick(&["contains", "starts_with", "ends_with", "join", "merge", "not_null", "length"])
        ),
        24 => format!("join(', ', {one})"),
        // Now and then something broken.
        _ => format!("{one}{}{two}", random.pick(&["..", " ", "[", ")", ",", ":", "#", "="])),
    }
}

#[test]
fn found_as_the_cli_finds() {
    let mut random = Random::new(11);
    let mut cases = Vec::new();
    for _ in 0..CASES {
        let depth = 1 + random.below(4);
        let expression = expression(&mut random, depth);
        cases.push(json!({"do": "query", "expression": expression, "document": value(&mut random, 4)}));
    }
    let Some(answers) = python::answers("oracle.py", &cases) else { return };
    let mut wrong = Vec::new();
    let mut found = 0;
    for (case, answer) in cases.iter().zip(&answers) {
        let ours = Expression::parse(case["expression"].as_str().unwrap())
            .and_then(|expression| expression.search(&case["document"]))
            .map(|value| {
                let text = render(Format::Json, "X", &value).unwrap();
                // An empty object is printed as nothing at all.
                if text.is_empty() { "{}".to_owned() } else { text.trim_end().to_owned() }
            });
        let agree = match (&ours, answer.get("ok").and_then(Value::as_str)) {
            (Ok(ours), Some(theirs)) => {
                found += usize::from(theirs != "null");
                ours == theirs
            }
            (Err(_), None) => true,
            _ => false,
        };
        if !agree {
            wrong.push(format!("{case}\nours: {ours:?}\ntheirs: {answer}"));
        }
    }
    println!("compared {} queries, {found} found something, {} differ", cases.len(), wrong.len());
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(15)].join("\n\n")
    );
}
