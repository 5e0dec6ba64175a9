use super::*;
use crate::pack::Pack;

fn problems(service: &str, operation: &str, input: Value) -> Vec<Problem> {
    let service = Pack::embedded().unwrap().service(service).unwrap();
    validate(&service, service.operation(operation).unwrap(), &input)
}

fn check(service: &str, operation: &str, input: Value, client: Option<&str>, server: Option<&str>) {
    let found = problems(service, operation, input);
    let client = client.map(|lines| format!("Parameter validation failed:\n{lines}"));
    assert_eq!(client_message(&found), client);
    assert_eq!(service_message(&found).as_deref(), server);
}

#[test]
fn a_good_input_has_no_problem() {
    check("sns", "CreateTopic", Value::map([("Name", Value::from("alarms"))]), None, None);
    check("sts", "GetCallerIdentity", Value::empty(), None, None);
}

#[test]
fn a_missing_parameter_in_both_voices() {
    check(
        "sns",
        "GetTopicAttributes",
        Value::empty(),
        Some("Missing required parameter in input: \"TopicArn\""),
        Some(
            "1 validation error detected: Value null at 'topicArn' failed to satisfy constraint: Member must not be null",
        ),
    );
}

#[test]
fn lengths_patterns_and_enums_are_the_services_matter() {
    check(
        "iam",
        "CreateUser",
        Value::map([("UserName", Value::from("a b"))]),
        None,
        Some(
            "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\w+=,.@-]+",
        ),
    );
    check(
        "iam",
        "CreateUser",
        Value::map([("UserName", Value::from("x".repeat(65)))]),
        None,
        Some(&format!(
            "1 validation error detected: Value '{}' at 'userName' failed to satisfy constraint: Member must have length \
             less than or equal to 64",
            "x".repeat(65)
        )),
    );
    check(
        "organizations",
        "ListPolicies",
        Value::map([("Filter", Value::from("SCP"))]),
        None,
        Some(
            "1 validation error detected: Value 'SCP' at 'filter' failed to satisfy constraint: Member must satisfy enum \
             value set: [SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, TAG_POLICY, BACKUP_POLICY, \
             AISERVICES_OPT_OUT_POLICY, CHATBOT_POLICY, DECLARATIVE_POLICY_EC2, SECURITYHUB_POLICY, INSPECTOR_POLICY, \
             UPGRADE_ROLLOUT_POLICY, BEDROCK_POLICY, S3_POLICY, NETWORK_SECURITY_DIRECTOR_POLICY]",
        ),
    );
}

#[test]
fn paths_of_nested_parameters() {
    let tags = Value::list([Value::map([("Key", Value::from(""))])]);
    check(
        "iam",
        "TagUser",
        Value::map([("UserName", Value::from("dana")), ("Tags", tags)]),
        Some(
            "Missing required parameter in Tags[0]: \"Value\"\nInvalid length for parameter Tags[0].Key, value: 0, valid \
             min length: 1",
        ),
        Some(
            "3 validation errors detected: Value null at 'tags.1.member.value' failed to satisfy constraint: Member must \
             not be null; Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater \
             than or equal to 1; Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy \
             regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
        ),
    );
}

#[test]
fn unknown_members_and_wrong_types() {
    check(
        "sns",
        "DeleteTopic",
        Value::map([("TopicArn", Value::Integer(1)), ("Force", Value::Boolean(true))]),
        Some(
            "Unknown parameter in input: \"Force\", must be one of: TopicArn\nInvalid type for parameter TopicArn, value: \
             1, type: integer, valid types: string",
        ),
        Some(
            "2 validation errors detected: Value at 'force' failed to satisfy constraint: Member must be known; Value '1' \
             at 'topicArn' failed to satisfy constraint: Member must be a string",
        ),
    );
    let found = problems("iam", "ListUsers", Value::map([("MaxItems", Value::Integer(0))]));
    assert_eq!(found[0].kind, ProblemKind::TooSmall { min: Bound::Integer(1) });
    let found = problems("iam", "ListUsers", Value::map([("MaxItems", Value::Integer(1 << 40))]));
    assert_eq!(found[0].kind, ProblemKind::TooLarge { max: Bound::Integer(1000) });
}

#[test]
fn secrets_are_not_in_messages() {
    let input = Value::map([
        ("UserName", Value::from("dana")),
        ("Password", Value::from(format!("hunter2{}", "x".repeat(200)))),
    ]);
    let text = service_message(&problems("iam", "CreateLoginProfile", input)).unwrap();
    assert!(text.contains("Value at 'password'") && !text.contains("hunter2"), "{text}");
}

#[test]
fn too_much_is_refused_without_looking_at_all_of_it() {
    let list = Value::list(vec![Value::from("arn:aws:sns:us-east-1:111122223333:t"); MAX_VALUES + 1]);
    let found = problems("bailiwick", "CreateRoomConfiguration", Value::map([("SnsTopicArns", list)]));
    assert!(found.iter().any(|problem| problem.kind == ProblemKind::Limit));
    assert!(found.len() <= MAX_PROBLEMS);
}

#[test]
fn an_idempotency_token_may_be_absent() {
    let input = Value::map([("AccountId", Value::from("a")), ("Name", Value::from("ops"))]);
    assert_eq!(problems("chime", "CreateRoom", input), []);
}

#[test]
fn patterns_of_the_services_we_are_can_be_checked() {
    let pack = Pack::embedded().unwrap();
    let mut left = Vec::new();
    for name in ["bailiwick", "chatbot", "chime", "iam", "organizations", "sns", "sts"] {
        for shape in pack.service(name).unwrap().shapes.values() {
            if let Some(pattern) = shape.pattern().filter(|pattern| pattern::compile(pattern).is_none()) {
                assert!(pattern.contains("(?!"), "{pattern}");
                left.push(format!("{name}.{}", shape.name));
            }
        }
    }
    // Both look ahead; their handlers check what the pattern would.
    assert_eq!(left, ["chatbot.GuardrailPolicyArn", "iam.accountAliasType"]);
}
