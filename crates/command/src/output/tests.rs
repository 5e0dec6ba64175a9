use super::*;
use serde_json::json;

fn check(format: Format, response: serde_json::Value, expected: &str) {
    assert_eq!(render(format, "ListThings", &response).unwrap(), expected, "{format:?} {response}");
}

#[test]
fn json_keeps_order_and_characters() {
    check(
        Format::Json,
        json!({"b": [], "a": {"é": "\u{1f600}\u{7f}\u{1}\"\\/"}, "n": [1, 1.0, true, null], "e": {}}),
        "{\n    \"b\": [],\n    \"a\": {\n        \"é\": \"\u{1f600}\u{7f}\\u0001\\\"\\\\/\"\n    },\n    \"n\": [\n        1,\n        1.0,\n        true,\n        null\n    ],\n    \"e\": {}\n}\n",
    );
    check(Format::Json, json!({}), "");
    check(Format::Json, json!([]), "[]\n");
    check(Format::Json, json!(null), "null\n");
}

#[test]
fn text_sorts_fields() {
    check(
        Format::Text,
        json!({"Topics": [{"B": 1, "A": null}, {"A": true, "L": ["x", "y"]}], "Z": "z"}),
        "z\nTOPICS\tNone\t1\nTOPICS\tTrue\t\nL\tx\nL\ty\n",
    );
    check(Format::Text, json!([["a", "b"], ["c"]]), "a\tb\nc\n");
    check(Format::Text, json!([]), "");
}

#[test]
fn table_turns_what_is_too_wide() {
    check(
        Format::Table,
        json!({"A": "1", "B": "2"}),
        "------------\n|ListThings|\n+----+-----+\n|  A |  B  |\n+----+-----+\n|  1 |  2  |\n+----+-----+\n",
    );
    check(Format::Table, json!([]), "");
    assert!(render(Format::Table, "X", &json!([["a"], ["b", "c"]])).is_err());
}

#[test]
fn yaml_sorts_and_quotes() {
    check(
        Format::Yaml,
        json!({"Users": [{"Path": "/", "Arn": "arn:aws:iam::1:user/x", "When": "2014-10-16T16:03:09+00:00", "E": "", "L": []}]}),
        "Users:\n- Arn: arn:aws:iam::1:user/x\n  E: ''\n  L: []\n  Path: /\n  When: '2014-10-16T16:03:09+00:00'\n",
    );
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.as_str()), Some(format));
    }
    assert_eq!(Format::parse("xml"), None);
}
