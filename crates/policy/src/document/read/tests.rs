use super::read;
use crate::PolicyType::{self, Identity, Resource, Trust};

fn codes(text: &str, kind: PolicyType) -> Vec<&'static str> {
    read(text, kind).1.iter().map(|finding| finding.code).collect()
}

/// A statement with these elements, in a document.
fn statement(elements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{{elements}}}}}"#)
}

#[test]
fn a_document_prints_as_it_reads() {
    for text in [
        r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"a","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}]}"#,
        r#"{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":["111122223333","*"],"Service":"sns.amazonaws.com"},"NotAction":["a:b","c:*"],"NotResource":"arn:aws:s3:::b"}}"#,
        r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"a:b":[1.50,"2"],"a:c":[]}}}]}"#,
    ] {
        let (document, findings) = read(text, Resource);
        assert_eq!(findings, [], "{text}");
        assert_eq!(document.unwrap().to_string(), text);
    }
}

#[test]
fn places_are_kept() {
    let text = statement(r#""Effect": "Allow", "Action": "sns:List*", "Resource": "*""#);
    let document = read(&text, Identity).0.unwrap();
    let statement = &document.statements[0];
    assert_eq!(&text[statement.action.patterns[0].span.range()], r#""sns:List*""#);
    assert!(text[statement.span.range()].starts_with('{') && text[statement.span.range()].ends_with('}'));
}

#[test]
fn what_is_no_policy_is_refused() {
    let ok = r#""Effect":"Allow","Action":"a:b","Resource":"*""#;
    assert_eq!(codes(&statement(ok), Identity), [""; 0]);
    let with = |more: &str| statement(&format!("{ok},{more}"));
    for (code, text) in [
        ("json-syntax", "{".to_owned()),
        ("wrong-type", "[]".to_owned()),
        ("missing-element", "{}".to_owned()),
        ("duplicate-key", with(r#""Effect":"Deny""#)),
        ("duplicate-key", with(r#""Condition":{"Bool":{"a:b":true,"a:b":false}}"#)),
        ("duplicate-key", with(r#""Condition":{"Bool":{"a:b":true},"bool":{"a:c":false}}"#)),
        ("unknown-element", with(r#""effect":"Deny""#)),
        ("conflicting-elements", with(r#""NotAction":"c:d""#)),
        ("conflicting-elements", with(r#""NotResource":"*""#)),
        ("forbidden-element", with(r#""Principal":"*""#)),
        ("unknown-operator", with(r#""Condition":{"StringMatches":{"a:b":"c"}}"#)),
        ("wrong-type", with(r#""Condition":{"Bool":{"a:b":{"c":1}}}"#)),
        ("wrong-type", with(r#""Condition":{"Bool":{"a:b":null}}"#)),
        ("bad-base64", with(r#""Condition":{"BinaryEquals":{"a:b":"%%"}}"#)),
        ("wrong-type", with(r#""Sid":1"#)),
        ("bad-version", statement(ok).replace("2012-10-17", "2020-01-01")),
        ("bad-effect", statement(&ok.replace("Allow", "allow"))),
        ("bad-pattern", statement(&ok.replace("a:b", "b"))),
        ("bad-pattern", statement(&ok.replace("\"*\"", "\"bucket\""))),
        ("empty-list", statement(&ok.replace("\"a:b\"", "[]"))),
        ("missing-element", statement(r#""Effect":"Allow","Resource":"*""#)),
        ("missing-element", statement(r#""Effect":"Allow","Action":"a:b""#)),
        ("missing-element", statement(r#""Action":"a:b","Resource":"*""#)),
    ] {
        assert_eq!(codes(&text, Identity), [code], "{text}");
    }
}

#[test]
fn principals_belong_to_some_types() {
    let who = |value: &str| statement(&format!(r#""Effect":"Allow","Principal":{value},"Action":"sts:AssumeRole""#));
    for good in [r#""*""#, r#"{"AWS":"*"}"#, r#"{"AWS":["111122223333"],"Federated":"accounts.google.com"}"#] {
        assert_eq!(codes(&who(good), Trust), [""; 0], "{good}");
    }
    for bad in [
        r#""me""#,
        r#"{"User":"x"}"#,
        r#"{}"#,
        r#"{"AWS":""}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:role/*"}"#,
        r#"{"AWS":[]}"#,
    ] {
        assert_eq!(codes(&who(bad), Trust), ["bad-principal"], "{bad}");
    }
    assert_eq!(codes(&statement(r#""Effect":"Allow","Action":"sts:AssumeRole""#), Trust), ["missing-element"]);
    let resource = who("\"*\"").replace("}}", r#","Resource":"*"}}"#);
    assert_eq!(codes(&resource, Trust), ["forbidden-element"]);
    assert_eq!(codes(&resource, Resource), [""; 0]);
}
