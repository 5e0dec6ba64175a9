use super::*;

fn words(text: &str, markup: Markup) -> Vec<String> {
    lex(text, markup)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .words
        .into_iter()
        .map(|word| word.text)
        .collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(words(text, Markup::Plain), expected, "{text}");
}

#[test]
fn mentions() {
    for text in [
        "@aws sns list-topics",
        "  @AWS: sns list-topics",
        "@bailiwick sns list-topics",
        "@bailiwick aws sns list-topics",
        "@Amazon Q sns list-topics",
        "@Q sns list-topics",
        "aws sns list-topics",
        "AWS sns list-topics",
        "@aws `sns list-topics`",
        "@aws ```sns list-topics```",
        "@aws ```bash\n$ aws sns list-topics\n```",
        "`aws sns list-topics`",
        "@aws sns \\\n list-topics",
        "@aws\u{a0}sns\u{200b} list-topics",
    ] {
        let line = lex(text, Markup::Plain).unwrap();
        assert!(line.addressed, "{text}");
        assert_eq!(words(text, Markup::Plain), ["sns", "list-topics"], "{text}");
    }
    for text in ["sns list-topics", "@awsome sns", "@aws-bot x", "awsome", "hello @aws"] {
        assert!(!lex(text, Markup::Plain).unwrap().addressed, "{text}");
    }
    assert_eq!(lex("@aws", Markup::Plain).unwrap(), Line { addressed: true, words: vec![] });
}

#[test]
fn platforms() {
    for (markup, text, expected) in [
        (Markup::Slack, "<@U123ABC> sns list-topics", &["sns", "list-topics"][..]),
        (Markup::Slack, "<@U1> a --x \"a &lt; b &amp;&amp; c &gt; d\"", &["a", "--x", "a < b && c > d"]),
        (Markup::Slack, "<@U1> a --url <http://example.com|example.com>", &["a", "--url", "example.com"]),
        (
            Markup::Slack,
            "<@U1> a --url <https://example.com/?a=1&amp;b|https://example.com/?a=1&amp;b>x",
            &["a", "--url", "https://example.com/?a=1"],
        ),
        (
            Markup::Slack,
            "<@U1> a <mailto:a@b.c|a@b.c> <mailto:d@e.f> <#C1|ops> <@U2>",
            &["a", "a@b.c", "d@e.f", "#ops", "@U2"],
        ),
        (Markup::Slack, "aws x '&amp;lt;'", &["x", "&lt;"]),
        (
            Markup::Teams,
            "<at>Bailiwick</at> sns&nbsp;list-topics --x &quot;y z&quot;",
            &["sns", "list-topics", "--x", "y z"],
        ),
    ] {
        match lex(text, markup) {
            Ok(line) => {
                assert!(line.addressed, "{text}");
                assert_eq!(words(text, markup), expected, "{text}");
            }
            // An unquoted `&` in an address is refused like any other.
            Err(error) => {
                assert!(text.contains("b|https") && matches!(error, LexError::Metacharacter { .. }), "{text}: {error}")
            }
        }
    }
}

#[test]
fn dashes_and_quotes_of_phones() {
    check("a —region us-east-1 –output json", &["a", "--region", "us-east-1", "--output", "json"]);
    check("a ——region x -—y z", &["a", "--region", "x", "--y", "z"]);
    check("a –-region x ‐-y z –--w", &["a", "--region", "x", "--y", "z", "--w"]);
    check("a −1", &["a", "-1"]);
    check("a b–c", &["a", "b–c"]);
    check("a “b c” ‘d e’ “f\" «g h»", &["a", "b c", "d e", "f", "g h"]);
    check("a \"b “c” d\"", &["a", "b “c” d"]);
    check("a —x={“k”: “v”}", &["a", "--x={\"k\": \"v\"}"]);
}

#[test]
fn quoting() {
    check(r#"a 'b "c"' "d 'e'" f\ g h'i'"j" '' "#, &["a", "b \"c\"", "d 'e'", "f g", "hij", ""]);
    check(r#"a "b\"c\\d\e\$f""#, &["a", "b\"c\\d\\e$f"]);
    check(r"a 'b\c' d\\e \", &["a", "b\\c", "d\\e", "\\"]);
    let line = lex("a '-x' -y", Markup::Plain).unwrap();
    assert_eq!(line.words.iter().map(|word| word.quoted).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn json_without_quotes() {
    check(
        r#"a --payload {"a": "b c", "d": [1, {"e": null}]} --x y"#,
        &["a", "--payload", r#"{"a": "b c", "d": [1, {"e": null}]}"#, "--x", "y"],
    );
    check(r#"a [ "b", "c; d | e" ]"#, &["a", r#"[ "b", "c; d | e" ]"#]);
    check("a {“k”: “v w”}", &["a", "{\"k\": \"v w\"}"]);
    check("a {\n  \"k\": 1\n}\nb", &["a", "{\n  \"k\": 1\n}", "b"]);
    check("a {b=c,d=[e,f]}", &["a", "{b=c,d=[e,f]}"]);
    check(r#"a '{"k": "v"}'"#, &["a", r#"{"k": "v"}"#]);
    check(r#"a {"k":1}x"#, &["a", "{k:1}x"]);
}

#[test]
fn a_shells_characters_are_refused_by_name() {
    for (text, mark, name) in [
        ("sns list-topics; ls", ";", "a command separator"),
        ("a | jq .", "|", "a pipe"),
        ("a || b", "||", "an or"),
        ("a && b", "&&", "an and"),
        ("a &", "&", "a background job"),
        ("a > f", ">", "a redirection"),
        ("a <f", "<", "a redirection"),
        ("a `b`", "`", "a command substitution"),
        ("a x$(b)", "$(", "a command substitution"),
        ("a ${b}", "${", "a variable substitution"),
        ("a b;c", ";", "a command separator"),
    ] {
        match lex(text, Markup::Plain) {
            Err(LexError::Metacharacter { text: found, name: called, .. }) => {
                assert_eq!((found, called), (mark, name), "{text}")
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    check("a '; | & > < ` $(x)' \"; | & > < ` $(x)\" $name", &["a", "; | & > < ` $(x)", "; | & > < ` $(x)", "$name"]);
    check(r"a \; \|", &["a", ";", "|"]);
}

#[test]
fn limits_and_broken_text() {
    assert_eq!(lex("a 'b", Markup::Plain), Err(LexError::Unclosed { quote: "single quote", column: 2 }));
    assert_eq!(lex("a \"b\\", Markup::Plain), Err(LexError::Unclosed { quote: "double quote", column: 2 }));
    assert_eq!(lex(&"x".repeat(MAX_MESSAGE_BYTES + 1), Markup::Plain), Err(LexError::TooLong));
    assert_eq!(lex(&"x ".repeat(MAX_WORDS + 1), Markup::Plain), Err(LexError::TooLong));
    assert!(lex("", Markup::Plain).unwrap().words.is_empty());
    assert!(lex(&"[".repeat(10_000), Markup::Plain).is_ok());
    assert!(lex(&"[ ".repeat(1_000), Markup::Plain).is_ok());
}

/// No text panics, whatever it is made of.
#[test]
fn nothing_panics() {
    let pieces = [
        "@aws", " ", "'", "\"", "\\", "—", "“", "{", "}", "[", "\"a\":", "<", ">", "&lt;", "<@U", "|", "`", "```", "$",
        "(", "\n", "é", "😀", "<at>", "</at>", "&",
    ];
    let mut state = 1u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..12 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        for markup in [Markup::Plain, Markup::Slack, Markup::Teams] {
            let _ = lex(&text, markup);
        }
    }
}
