use super::*;
use crate::value::Value;

const PLACE: CallPlace<'static> = CallPlace { partition: "aws", region: "eu-west-1", account: "444455556666" };

fn needs(service: &str, operation: &str, input: Value) -> Needs {
    Pack::embedded().unwrap().needs(service, operation, &input, &PLACE).unwrap()
}

fn of(needs: &Needs, action: &str) -> Resources {
    match needs {
        Needs::Actions(needs) => needs.iter().find(|need| need.action == action).unwrap().resources.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn curated_templates_are_exact() {
    let arn = "arn:aws:sns:eu-west-1:444455556666:alarms";
    let found = needs("sns", "DeleteTopic", Value::map([("TopicArn", Value::from(arn))]));
    assert_eq!(of(&found, "sns:DeleteTopic"), Resources::Exact(vec![arn.to_owned()]));
    let found = needs("sns", "CreateTopic", Value::map([("Name", Value::from("alarms"))]));
    assert_eq!(of(&found, "sns:CreateTopic"), Resources::Exact(vec![arn.to_owned()]));
    assert_eq!(of(&needs("sns", "ListTopics", Value::empty()), "sns:ListTopics"), Resources::Any);
}

#[test]
fn a_guess_is_said_to_be_one() {
    let arn = "arn:aws:sns:eu-west-1:444455556666:alarms";
    let found = needs("sns", "GetDataProtectionPolicy", Value::map([("ResourceArn", Value::from(arn))]));
    assert_eq!(of(&found, "sns:GetDataProtectionPolicy"), Resources::Guess(vec![arn.to_owned()]));
}

#[test]
fn what_the_input_does_not_hold_is_unknown() {
    let found = of(&needs("sns", "DeleteTopic", Value::empty()), "sns:DeleteTopic");
    assert_eq!(found, Resources::Unknown(vec!["arn:${Partition}:sns:${Region}:${Account}:${TopicName}".to_owned()]));
    assert!(matches!(needs("sns", "NoSuchOperation", Value::empty()), Needs::Unknown(_)));
    assert!(matches!(needs("bailiwick", "ListPeople", Value::empty()), Needs::Unknown(_)));
}

#[test]
fn an_action_that_is_needed_only_sometimes_says_so() {
    let Needs::Actions(found) = needs("sns", "CreateTopic", Value::map([("Name", Value::from("a"))])) else { panic!() };
    let pass = found.iter().find(|need| need.action == "iam:PassRole").unwrap();
    assert!(pass.perhaps && matches!(pass.resources, Resources::Unknown(_)));
    assert!(!found.iter().find(|need| need.action == "sns:CreateTopic").unwrap().perhaps);
}

#[test]
fn the_functions_of_templates() {
    let images = Value::map([("SourceImageName", Value::from("a")), ("DestinationImageName", Value::from("b"))]);
    let image = |name: &str| format!("arn:aws:appstream:eu-west-1:444455556666:image/{name}");
    assert_eq!(
        of(&needs("appstream", "CopyImage", images), "appstream:CopyImage"),
        Resources::Exact(vec![image("a"), image("b")])
    );
    let builds = Value::map([("ids", Value::list([Value::from("web:1"), Value::from("api:2")]))]);
    let found = of(&needs("codebuild", "BatchGetBuilds", builds), "codebuild:BatchGetBuilds");
    // The template takes the part after the colon, so it names builds, not projects; it is what the source says.
    assert!(matches!(found, Resources::Exact(ref arns) if arns.len() == 2), "{found:?}");
    let app = "arn:aws:amplify:eu-west-1:444455556666:apps/d1";
    let found = needs("amplify", "TagResource", Value::map([("resourceArn", Value::from(app))]));
    assert_eq!(of(&found, "amplify:TagResource"), Resources::Exact(vec![app.to_owned()]));
    let other = needs("amplify", "TagResource", Value::map([("resourceArn", Value::from("arn:aws:s3:::b"))]));
    assert!(matches!(of(&other, "amplify:TagResource"), Resources::Unknown(_)));
}

#[test]
fn an_arn_given_for_a_name_is_taken_as_the_arn_or_is_unknown() {
    let named = |value: &str| {
        let found = needs("aiops", "GetInvestigationGroup", Value::map([("identifier", Value::from(value))]));
        of(&found, "aiops:GetInvestigationGroup")
    };
    let arn = "arn:aws:aiops:eu-west-1:444455556666:investigation-group/g1";
    assert_eq!(named("g1"), Resources::Guess(vec![arn.to_owned()]));
    assert_eq!(named(arn), Resources::Guess(vec![arn.to_owned()]));
    assert!(matches!(named("arn:aws:s3:::bucket"), Resources::Unknown(_)));
}

#[test]
fn every_operation_has_an_answer_for_an_empty_input() {
    let pack = Pack::embedded().unwrap();
    let (mut asked, mut unknown) = (0, 0);
    for name in pack.services().filter(|name| *name != "bailiwick") {
        for operation in pack.service(name).unwrap().operations.keys() {
            asked += 1;
            match pack.needs(name, operation, &Value::empty(), &PLACE).unwrap() {
                Needs::Unknown(_) => unknown += 1,
                Needs::Permissionless => {}
                Needs::Actions(needs) => {
                    for need in needs {
                        // Nothing was given, so nothing but constant templates can be exact.
                        if let Resources::Exact(arns) | Resources::Guess(arns) = &need.resources {
                            assert!(arns.iter().all(|arn| !arn.contains("${")), "{name}:{operation} {arns:?}");
                        }
                    }
                }
            }
        }
    }
    assert_eq!(asked, 18_378);
    assert!((273..600).contains(&unknown), "{unknown}");
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
