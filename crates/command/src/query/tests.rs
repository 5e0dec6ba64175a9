use super::{Expression, QueryError};
use serde_json::{Value, json};

fn search(expression: &str, document: &Value) -> Result<Value, QueryError> {
    Expression::parse(expression)?.search(document)
}

/// The public compliance suite, every file of it.
#[test]
fn compliance_suite() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/query/compliance");
    let mut cases = 0;
    let mut wrong = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json")) {
        let groups: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        for group in &groups {
            for case in group["cases"].as_array().unwrap() {
                cases += 1;
                let expression = case["expression"].as_str().unwrap();
                let found = search(expression, &group["given"]);
                let right = match (&found, case.get("error")) {
                    (Ok(value), None) => same(value, &case["result"]),
                    (Err(error), Some(expected)) => name(error) == expected,
                    _ => false,
                };
                if !right {
                    wrong.push(format!("{}: {expression}: {found:?}, expected {case}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases > 800, "only {cases} cases were found");
}

/// The suite writes `3` where an implementation may answer `3.0`.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

fn name(error: &QueryError) -> &'static str {
    match error {
        QueryError::Arity { .. } => "invalid-arity",
        QueryError::Empty | QueryError::Syntax { .. } => "syntax",
        QueryError::TooLarge { .. } => "too-large",
        QueryError::Type { .. } => "invalid-type",
        QueryError::UnknownFunction(_) => "unknown-function",
        QueryError::Value { .. } => "invalid-value",
    }
}

#[test]
fn keys_keep_the_order_of_the_expression() {
    let found = search("{b: b, a: a}", &json!({"a": 1, "b": 2})).unwrap();
    assert_eq!(found.to_string(), r#"{"b":2,"a":1}"#);
}

#[test]
fn python_decides_where_the_specification_leaves_room() {
    for (expression, given, expected) in [
        ("foo[0][:1].bar", json!({"foo": [[{"bar": 1}]]}), json!(null)),
        ("foo[:1][0]", json!({"foo": [[1], [2]]}), json!([1])),
        ("avg(@)", json!([1, 2, 3]), json!(2.0)),
        ("sum(@)", json!([1, 2]), json!(3)),
        ("ceil(@)", json!(1.2), json!(2)),
        ("to_string(@)", json!({"k": ["é", 1.0, 1e16]}), json!("{\"k\":[\"\\u00e9\",1.0,1e+16]}")),
        ("to_number(@)", json!(" 1_000 "), json!(1000)),
        ("to_number(@)", json!("1__0"), json!(null)),
        ("to_number(@)", json!("nan"), json!(null)),
        ("contains(@, `true`)", json!([1]), json!(true)),
        ("[0] == `true`", json!([1]), json!(false)),
        ("@ == `[true]`", json!([1]), json!(true)),
        ("`foo`", json!({}), json!("foo")),
        ("join(', ' @)", json!(["a", "b"]), json!("a, b")),
        ("merge({a: `1`}, @)", json!([]), json!({"a": 1})),
        ("merge({a: `1`}, @, '')", json!({"b": 2}), json!({"a": 1, "b": 2})),
        ("!@", json!(0), json!(false)),
        ("reverse(@)", json!("añb"), json!("bña")),
        ("@[::-1]", json!([1, 2, 3]), json!([3, 2, 1])),
        ("[-9223372036854775808:99999999999999999999:9223372036854775807]", json!([1, 2]), json!([1])),
    ] {
        assert_eq!(search(expression, &given), Ok(expected), "{expression}");
    }
}

#[test]
fn growth_meets_a_limit() {
    let grow = vec!["[@,@]"; 200].join(" | ");
    assert_eq!(search(&grow, &json!(1)), Err(QueryError::TooLarge { what: "result" }));
    let text = format!("'{}' | {}", "x".repeat(100), vec!["join('', [@,@])"; 60].join(" | "));
    assert_eq!(search(&text, &json!(1)), Err(QueryError::TooLarge { what: "result" }));
    let deep = "[".repeat(5000);
    assert_eq!(search(&deep, &json!(1)), Err(QueryError::TooLarge { what: "expression" }));
    let nested = format!("{}a{}", "(".repeat(150), ")".repeat(150));
    assert_eq!(search(&nested, &json!(1)), Err(QueryError::TooLarge { what: "nesting" }));
    let chain = vec!["a"; 900].join(".");
    assert_eq!(search(&chain, &json!(1)), Err(QueryError::TooLarge { what: "nesting" }));
    let equal = format!("{} | @ == `1`", vec!["[@,@]"; 100].join(" | "));
    assert_eq!(search(&equal, &json!(1)), Ok(json!(false)));
}

#[test]
fn errors_name_the_place() {
    for (expression, expected) in [
        ("", "the query is empty, give a JMESPath expression"),
        ("a.", "the query ends too early at column 2 of the query"),
        ("a..b", "unexpected `.` at column 2 of the query"),
        ("foo(@", "the query ends too early at column 5 of the query"),
        ("a = b", "a single `=`, compare with `==`, at column 2 of the query"),
    ] {
        assert_eq!(search(expression, &json!({})).unwrap_err().to_string(), expected, "{expression}");
    }
}
