use super::*;
use crate::compiled::tests::generate::Random;
use crate::{Layers, Outcome, Request, Value, oracle};

fn identity(statements: &str) -> Vec<Policy> {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let policy = Policy::read("p", PolicyType::Identity, &text);
    assert!(policy.document().is_some(), "{:?}", policy.diagnostics());
    vec![policy]
}

fn compared(a: &str, b: &str) -> Comparison {
    compare(&identity(a), &identity(b))
}

fn allow(action: &str, resource: &str, rest: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":{action},"Resource":{resource}{rest}}}"#)
}

#[test]
fn what_allows_more_is_known() {
    use Comparison::{AMorePermissive, BMorePermissive, Equivalent, Incomparable};
    let get = allow(r#""s3:GetObject""#, r#""*""#, "");
    let read = allow(r#""s3:Get*""#, r#""*""#, "");
    let deny = r#"{"Effect":"Deny","Action":"s3:GetObjectAcl","Resource":"*"}"#;
    assert_eq!(compared(&get, &get), Equivalent);
    assert_eq!(compared(&read, &get), AMorePermissive);
    assert_eq!(compared(&get, &read), BMorePermissive);
    assert_eq!(compared(&get, &allow(r#""s3:PutObject""#, r#""*""#, "")), Incomparable);
    assert_eq!(compared(&get, &allow(r#""S3:getobject""#, r#""*""#, "")), Equivalent, "actions have no case");
    assert_eq!(compared(&format!("{read},{deny}"), &read), BMorePermissive);
    assert_eq!(compared(&format!("{get},{read}"), &read), Equivalent, "one covers the other");
    assert_eq!(
        compared(
            &allow(r#"["s3:Get*","s3:Put*"]"#, r#""*""#, ""),
            &format!("{read},{}", allow(r#""s3:Put*""#, r#""*""#, ""))
        ),
        Equivalent,
        "a union is a union, however it is written"
    );
}

#[test]
fn resources_are_compared_part_by_part() {
    use Comparison::{AMorePermissive, Equivalent, Incomparable};
    let on = |resource: &str| allow(r#""sns:Publish""#, &format!("\"{resource}\""), "");
    assert_eq!(compared(&on("arn:aws:sns:*:*:a*"), &on("arn:aws:sns:us-east-1:*:ab*")), AMorePermissive);
    assert_eq!(compared(&on("arn:aws:sns:*:1:a"), &on("arn:aws:sns:us-east-1:*:a")), Incomparable);
    assert_eq!(compared(&on("*"), &on("arn:*")), AMorePermissive, "* alone is also no resource");
    assert_eq!(compared(&on("arn:aws:s3:::a*b*"), &on("arn:aws:s3:::a*b**")), Equivalent);
    assert_eq!(compared(&on("arn:aws:s3:::${aws:username}/*"), &on("arn:aws:s3:::${AWS:UserName}/*")), Equivalent);
    assert_eq!(compared(&on("arn:aws:s3:::*"), &on("arn:aws:s3:::${aws:username}/*")), AMorePermissive);
    let but = r#"{"Effect":"Allow","Action":"sns:Publish","NotResource":"arn:aws:sns:*:*:a*"}"#;
    assert_eq!(compared(but, &on("arn:aws:sns:*:*:b")), AMorePermissive);
    assert_eq!(compared(&format!("{but},{}", on("arn:aws:sns:*:*:a*")), &on("*")), Equivalent);
}

#[test]
fn conditions_narrow() {
    use Comparison::{AMorePermissive, BMorePermissive, Equivalent, Incomparable};
    let when = |condition: &str| allow(r#""s3:GetObject""#, r#""*""#, &format!(r#","Condition":{{{condition}}}"#));
    let free = allow(r#""s3:GetObject""#, r#""*""#, "");
    let mfa = when(r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#);
    assert_eq!(compared(&mfa, &free), BMorePermissive);
    assert_eq!(compared(&when(r#""BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}"#), &mfa), AMorePermissive);
    let ip = |range: &str| when(&format!(r#""IpAddress":{{"aws:SourceIp":"{range}"}}"#));
    assert_eq!(compared(&ip("203.0.113.0/24"), &ip("203.0.113.0/25")), AMorePermissive);
    assert_eq!(compared(&ip("203.0.113.0/25"), &ip("203.0.113.128/25")), Incomparable);
    let number = |operator: &str| when(&format!(r#""{operator}":{{"s3:max-keys":"10"}}"#));
    assert_eq!(compared(&number("NumericLessThanEquals"), &number("NumericLessThan")), AMorePermissive);
    let team = |operator: &str| when(&format!(r#""{operator}":{{"aws:PrincipalTag/team":["blue","red"]}}"#));
    assert_eq!(compared(&team("StringEquals"), &team("StringLike")), Equivalent);
    assert_eq!(compared(&team("StringEqualsIgnoreCase"), &team("StringEquals")), AMorePermissive);
    assert_eq!(compared(&team("StringNotEquals"), &team("StringEquals")), Incomparable);
    let keys = |operator: &str| when(&format!(r#""{operator}":{{"aws:TagKeys":["a","b"]}}"#));
    let like = |effect: &str, pattern: &str| {
        format!(
            r#"{{"Effect":"{effect}","Action":"s3:*","Resource":"*","Condition":{{"StringLike":{{"s3:prefix":"{pattern}"}}}}}}"#
        )
    };
    let less = format!("{},{}", like("Allow", "a*"), like("Deny", "*b"));
    assert_eq!(compared(&less, &like("Allow", "a*")), BMorePermissive, "a text that begins with a and ends in b");
    assert_eq!(compared(&keys("ForAllValues:StringEquals"), &keys("ForAnyValue:StringEquals")), Incomparable);
}

#[test]
fn callers_are_compared() {
    let resource = |who: &str| {
        let text = format!(r#"{{"Statement":{{"Effect":"Allow","Principal":{who},"Action":"s3:*","Resource":"*"}}}}"#);
        vec![Policy::read("p", PolicyType::Resource, &text)]
    };
    let compared = |a: &str, b: &str| compare(&resource(a), &resource(b));
    let dana = r#"{"AWS":"arn:aws:iam::111122223333:user/dana"}"#;
    assert_eq!(compared(r#""*""#, dana), Comparison::AMorePermissive);
    assert_eq!(compared(r#"{"AWS":"111122223333"}"#, dana), Comparison::AMorePermissive);
    assert_eq!(
        compared(r#"{"AWS":"111122223333"}"#, r#"{"AWS":"arn:aws:iam::111122223333:root"}"#),
        Comparison::Equivalent
    );
    assert_eq!(compared(r#"{"Service":"sns.amazonaws.com"}"#, dana), Comparison::Incomparable);
    assert_eq!(compare(&resource("7"), &resource(dana)), Comparison::Unknown, "what cannot be read is not compared");
}

/// No request that the evaluator allows for one side only escapes the comparison.
#[test]
fn random_requests_find_nothing_that_was_missed() {
    let (mut decided, mut known, mut differing) = (0, 0, 0);
    for number in 0..1_500 {
        let mut random = Random(30 << 32 | number);
        let side = |random: &mut Random| -> Vec<Policy> {
            let statements: Vec<String> = (0..1 + random.below(2))
                .map(|_| {
                    let denies = random.chance(15);
                    random.statement(PolicyType::Identity, denies).text
                })
                .collect();
            let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
            vec![Policy::read("p", PolicyType::Identity, &text)]
        };
        let (a, b) = (side(&mut random), side(&mut random));
        if a.iter().chain(&b).any(|policy| policy.document().is_none() || policy.text().contains("${")) {
            continue;
        }
        let comparison = compare(&a, &b);
        decided += 1;
        known += usize::from(comparison != Comparison::Unknown);
        let layers = |policies: &[Policy]| Layers { identity: Some(policies.to_vec()), ..Layers::default() };
        let (of_a, of_b) = (layers(&a), layers(&b));
        for _ in 0..64 {
            let mut request = Request { principal: dana(), resource_account: dana().account(), ..random.request() };
            // Which keys are sets is known of a key, and not of these.
            let sets = request.context.iter().filter(|(_, value)| matches!(value, Value::Set(_)));
            let sets: Vec<String> = sets.map(|(key, _)| key.to_owned()).collect();
            sets.iter().for_each(|key| request.context.remove(key));
            if request.action == "sts:GetCallerIdentity" {
                continue;
            }
            let allowed = |layers: &Layers| oracle::decide(&request, layers).outcome == Outcome::Allowed;
            let fits = match (allowed(&of_a), allowed(&of_b)) {
                (true, false) => matches!(comparison, Comparison::AMorePermissive | Comparison::Incomparable),
                (false, true) => matches!(comparison, Comparison::BMorePermissive | Comparison::Incomparable),
                _ => continue,
            };
            differing += 1;
            assert!(
                fits || comparison == Comparison::Unknown,
                "{comparison:?}\n{}\n{}\n{request:#?}",
                a[0].text(),
                b[0].text()
            );
        }
    }
    assert!(decided > 400 && known * 10 > decided * 9 && differing > 2_000, "{known} of {decided}, {differing}");
}

fn dana() -> Principal {
    Principal::from_arn_text("arn:aws:iam::111122223333:user/team/dana").unwrap()
}
