use super::*;
use crate::value::Value;

const PLACE: CallPlace<'static> = CallPlace { partition: "aws", region: "eu-west-1", account: "444455556666" };

/// What the templates of an operation's action of the same name come to.
fn expanded(service: &str, operation: &str, input: Value) -> Vec<Expanded> {
    let pack = Pack::embedded().unwrap();
    let map = pack.action_map(service).unwrap().unwrap();
    let action = format!("{service}:{operation}");
    let mapped = map.operation(operation).unwrap().actions.iter().find(|mapped| *mapped.action == *action).unwrap();
    let reference = pack.authorization(service).unwrap().unwrap();
    let format = |kind: &str| reference.resource(kind).map(|kind| kind.arn.to_string());
    mapped
        .templates
        .iter()
        .map(|template| expand(template, template.kind.as_deref().and_then(format).as_deref(), &PLACE, &input))
        .collect()
}

fn arns(arns: &[&str]) -> Vec<Expanded> {
    vec![Expanded::Arns(arns.iter().map(|arn| (*arn).to_owned()).collect())]
}

#[test]
fn templates_are_filled_from_the_input() {
    let arn = "arn:aws:sns:eu-west-1:444455556666:alarms";
    assert_eq!(expanded("sns", "DeleteTopic", Value::map([("TopicArn", Value::from(arn))])), arns(&[arn]));
    assert_eq!(expanded("sns", "CreateTopic", Value::map([("Name", Value::from("alarms"))])), arns(&[arn]));
    assert_eq!(expanded("sns", "DeleteTopic", Value::empty()), [Expanded::Unresolved]);
}

#[test]
fn the_functions_of_templates() {
    let images = Value::map([("SourceImageName", Value::from("a")), ("DestinationImageName", Value::from("b"))]);
    let image = |name: &str| format!("arn:aws:appstream:eu-west-1:444455556666:image/{name}");
    assert_eq!(expanded("appstream", "CopyImage", images), arns(&[&image("a"), &image("b")]));
    let builds = Value::map([("ids", Value::list([Value::from("web:1"), Value::from("api:2")]))]);
    let found = expanded("codebuild", "BatchGetBuilds", builds);
    // The template takes the part after the colon, so it names builds, not projects; it is what the source says.
    assert!(matches!(&found[..], [Expanded::Arns(arns)] if arns.len() == 2), "{found:?}");
    let app = "arn:aws:amplify:eu-west-1:444455556666:apps/d1";
    let tagged = |arn: &str| expanded("amplify", "TagResource", Value::map([("resourceArn", Value::from(arn))]));
    assert!(tagged(app).contains(&arns(&[app])[0]), "{:?}", tagged(app));
    let other = tagged("arn:aws:s3:::b");
    assert!(!other.iter().any(|found| matches!(found, Expanded::Arns(_))), "{other:?}");
}

#[test]
fn an_arn_given_for_a_name_is_taken_as_the_arn_or_is_unknown() {
    let named =
        |value: &str| expanded("aiops", "GetInvestigationGroup", Value::map([("identifier", Value::from(value))]));
    let arn = "arn:aws:aiops:eu-west-1:444455556666:investigation-group/g1";
    assert_eq!(named("g1"), arns(&[arn]));
    assert_eq!(named(arn), arns(&[arn]));
    assert_eq!(named("arn:aws:s3:::bucket"), [Expanded::Unresolved]);
}

#[test]
fn no_template_leaves_a_placeholder_in_an_arn() {
    let pack = Pack::embedded().unwrap();
    let mut asked = 0;
    for name in pack.services().filter(|name| *name != "bailiwick") {
        let Some(map) = pack.action_map(name).unwrap() else { continue };
        for template in
            map.operations.iter().flat_map(|operation| &operation.actions).flat_map(|action| &action.templates)
        {
            asked += 1;
            // Nothing was given, so nothing but constant templates has an answer.
            if let Expanded::Arns(arns) = expand(template, None, &PLACE, &Value::empty()) {
                assert!(arns.iter().all(|arn| !arn.contains("${")), "{name}: {arns:?}");
            }
        }
    }
    assert!(asked > 10_000, "{asked}");
}

#[test]
fn keys_have_types() {
    let pack = Pack::embedded().unwrap();
    for (key, kind) in [
        ("aws:SourceIp", Some(KeyType::IpAddress)),
        ("AWS:sourceip", Some(KeyType::IpAddress)),
        ("aws:TagKeys", Some(KeyType::ArrayOfString)),
        ("aws:RequestTag/team", Some(KeyType::String)),
        ("aws:RequestTag/", None),
        ("sns:Protocol", Some(KeyType::String)),
        ("bailiwick:ApproverCount", Some(KeyType::Numeric)),
        ("saml:aud", Some(KeyType::String)),
        ("sns:NoSuchKey", None),
        ("nothing", None),
    ] {
        assert_eq!(pack.key_type(key).unwrap(), kind, "{key}");
    }
    assert!(KeyType::ArrayOfArn.is_multi_valued() && !KeyType::Arn.is_multi_valued());
}

#[test]
fn a_placeholder_stands_for_some_text() {
    use super::reference::stands_for;
    assert!(stands_for("aws:PrincipalTag/${TagKey}", "aws:principaltag/Team"));
    assert!(stands_for("codebuild:fileSystemLocations/${id}.type", "codebuild:fileSystemLocations/a.b.type"));
    assert!(!stands_for("codebuild:fileSystemLocations/${id}.type", "codebuild:fileSystemLocations/.type"));
    assert!(!stands_for("aws:PrincipalTag/${TagKey}", "aws:PrincipalTagé"));
}

#[test]
fn formats_of_resource_types() {
    use super::template::has_format;
    let topic = "arn:${Partition}:sns:${Region}:${Account}:${TopicName}";
    assert!(has_format(topic, "arn:aws:sns:us-east-1:111122223333:alarms"));
    assert!(!has_format(topic, "arn:aws:sqs:us-east-1:111122223333:alarms"));
    let bucket = "arn:${Partition}:s3:::${BucketName}";
    assert!(has_format(bucket, "arn:aws:s3:::photos") && !has_format(bucket, "arn:aws:s3:::photos/a"));
}
