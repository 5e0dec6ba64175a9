use super::*;
use crate::lex::{Markup, lex};
use crate::render::{self, Secrets};
use bailiwick_aws::Value;
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use serde_json::json;
use std::sync::LazyLock;

static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(Pack::embedded().unwrap()).unwrap());

fn parse_with(text: &str, setting: &Setting<'_>) -> Result<Parsed, Mistake> {
    let line = lex(text, Markup::Plain).unwrap_or_else(|error| panic!("{text}: {error}"));
    GRAMMAR.parse(&line.words, setting)
}

fn parse(text: &str) -> Result<Parsed, Mistake> {
    parse_with(text, &Setting::default())
}

fn call(text: &str) -> Call {
    match parse(text) {
        Ok(Parsed::Call(call)) => *call,
        other => panic!("{text}: {other:?}"),
    }
}

fn check(text: &str, operation: &str, input: serde_json::Value) {
    let call = call(text);
    assert_eq!(format!("{}:{}", call.service.name, call.operation), operation, "{text}");
    assert_eq!(to_json(&call.input, TimestampStyle::Rfc3339), input, "{text}");
}

fn mistake(text: &str) -> Mistake {
    match parse(text) {
        Err(mistake) => mistake,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_tour() {
    check("aws sns list-topics", "sns:ListTopics", json!({}));
    check("@aws organizations describe-organization", "organizations:DescribeOrganization", json!({}));
    check("@aws chime list-accounts", "chime:ListAccounts", json!({}));
    check("aws iam list-users", "iam:ListUsers", json!({}));
    check(
        "@aws sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message hi",
        "sns:Publish",
        json!({"TopicArn": "arn:aws:sns:us-east-1:444455556666:alarms", "Message": "hi"}),
    );
    let call = call("sns list-topics --query 'Topics[].TopicArn' --output json --region eu-west-1 --account prod");
    assert_eq!(call.options.output, Some(crate::output::Format::Json));
    assert_eq!(call.options.query.unwrap().as_str(), "Topics[].TopicArn");
    assert_eq!((call.options.region.as_deref(), call.options.account.as_deref()), (Some("eu-west-1"), Some("prod")));
}

#[test]
fn a_program_of_the_cli_is_read_again_as_what_it_was() {
    for line in [
        "s3 ls --account prod",
        "s3 ls s3://a/b --account=prod --region eu-west-1",
        "s3 mb s3://a --account prod --region eu-west-1",
        "s3 rb --account prod s3://a",
        "s3 rm s3://a/b --account prod",
        "s3 cp s3://a/b s3://c/d --account prod",
        "s3 website s3://a --index-document i --account prod",
    ] {
        let read = call(line);
        assert_eq!(read.options.account.as_deref(), Some("prod"), "{line}");
        let again = call(&crate::render::again(&read));
        assert_eq!(
            (again.options.account, again.options.region),
            (read.options.account, read.options.region),
            "{line}"
        );
        assert_eq!((again.operation, again.input), (read.operation, read.input), "{line}");
    }
}

#[test]
fn an_account_is_no_beginning_of_another_option() {
    // The operation has `--account-identifiers`, which argparse would take this for.
    for line in ["logs describe-log-groups --account prod", "logs describe-log-groups --account=prod"] {
        let call = call(line);
        assert_eq!((call.options.account.as_deref(), call.input), (Some("prod"), Value::empty()), "{line}");
    }
    check(
        "logs describe-log-groups --account-i 111122223333 444455556666",
        "logs:DescribeLogGroups",
        json!({"accountIdentifiers": ["111122223333", "444455556666"]}),
    );
    let given = json!({"AccountId": "111122223333"});
    check("organizations describe-account --account-id 111122223333", "organizations:DescribeAccount", given);
}

#[test]
fn what_chat_adds() {
    check("list-phone-numbers-opted-out", "sns:ListPhoneNumbersOptedOut", json!({}));
    check("SNS ListTopics", "sns:ListTopics", json!({}));
    check(
        "@aws sns get-topic-attributes arn:aws:sns:us-east-1:1:x",
        "sns:GetTopicAttributes",
        json!({"TopicArn": "arn:aws:sns:us-east-1:1:x"}),
    );
    check("sns -region x get-topic-attributes —topic-arn y", "sns:GetTopicAttributes", json!({"TopicArn": "y"}));
    check(
        "@aws invoke myHelloWorld --region us-east-1 --payload {\"a\": \"b c\"}",
        "lambda:Invoke",
        json!({"FunctionName": "myHelloWorld", "Payload": "eyJhIjogImIgYyJ9"}),
    );
    check("codedeploy list-applications", "codedeploy:ListApplications", json!({}));
    check("config describe-config-rules", "config:DescribeConfigRules", json!({}));
    check("ec2 describe_instances", "ec2:DescribeInstances", json!({}));
    check("ec2 terminate-instances i-1 i-2", "ec2:TerminateInstances", json!({"InstanceIds": ["i-1", "i-2"]}));
}

#[test]
fn values() {
    check(
        "ec2 describe-instances --filters Name=instance-state-name,Values=running,stopped Name=x,Values=y --dry-run --max-results 5",
        "ec2:DescribeInstances",
        json!({"Filters": [{"Name": "instance-state-name", "Values": ["running", "stopped"]}, {"Name": "x", "Values": ["y"]}], "DryRun": true, "MaxResults": 5}),
    );
    check(
        "ec2 describe-instances --filters [{\"Name\": \"a\", \"Values\": [\"b\"]}] --no-dry-run",
        "ec2:DescribeInstances",
        json!({"Filters": [{"Name": "a", "Values": ["b"]}], "DryRun": false}),
    );
    check(
        "dynamodb put-item --table-name t --item '{\"k\": {\"N\": \"1\"}}'",
        "dynamodb:PutItem",
        json!({"TableName": "t", "Item": {"k": {"N": "1"}}}),
    );
    check(
        "ec2 modify-instance-attribute --instance-id i --no-source-dest-check",
        "ec2:ModifyInstanceAttribute",
        json!({"InstanceId": "i", "SourceDestCheck": {"Value": false}}),
    );
    check(
        "ec2 create-image --instance-id i --name name --reboot",
        "ec2:CreateImage",
        json!({"InstanceId": "i", "Name": "name", "NoReboot": false}),
    );
    check(
        "kafka describe-configuration-revision --arn a --revision 4 --revision 9",
        "kafka:DescribeConfigurationRevision",
        json!({"Arn": "a", "Revision": 9}),
    );
    // Of two opposites the last one counts.
    for (flags, value) in [("--reboot --no-reboot", true), ("--no-reboot --reboot --reboot", false)] {
        let line = format!("ec2 create-image --instance-id i --name name {flags}");
        check(&line, "ec2:CreateImage", json!({"InstanceId": "i", "Name": "name", "NoReboot": value}));
    }
    check(
        "sns subscribe --topic-arn t --protocol email --notification-endpoint a@b",
        "sns:Subscribe",
        json!({"TopicArn": "t", "Protocol": "email", "Endpoint": "a@b"}),
    );
    check(
        "ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 22-25 --cidr 10.0.0.0/8",
        "ec2:AuthorizeSecurityGroupIngress",
        json!({"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 25, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}]}),
    );
    check(
        "ec2 run-instances --image-id ami-1 --count 1:3",
        "ec2:RunInstances",
        json!({"ImageId": "ami-1", "MinCount": 1, "MaxCount": 3}),
    );
    check(
        "sns publish --cli-input-json '{\"Message\": \"a\", \"TopicArn\": \"t\"}' --message b",
        "sns:Publish",
        json!({"Message": "b", "TopicArn": "t"}),
    );
    check(
        "sqs send-message --queue-url u --message-body '-x y'",
        "sqs:SendMessage",
        json!({"QueueUrl": "u", "MessageBody": "-x y"}),
    );
    check(
        "sqs send-message --queue-url u --message-body=-x --delay-seconds 0",
        "sqs:SendMessage",
        json!({"QueueUrl": "u", "MessageBody": "-x", "DelaySeconds": 0}),
    );
}

#[test]
fn paging_options() {
    let paged = call("sns list-topics --max-items 3 --starting-token abc");
    assert_eq!(
        paged.options.paging,
        Paging { off: false, max_items: Some(3), page_size: None, starting_token: Some("abc".to_owned()) }
    );
    let shadowed = call("iam list-users --max-items 3 --no-paginate");
    assert_eq!(to_json(&shadowed.input, TimestampStyle::Rfc3339), json!({"MaxItems": 3}));
    assert!(call("sns list-topics --next-token x").options.paging.off);
    assert_eq!(mistake("sns list-topics --next-token x --max-items 3").kind, MistakeKind::Exclusive);
}

#[test]
fn attachments_are_the_only_files() {
    let attachments = [Attachment { name: "alarm.json".to_owned(), bytes: b"{\"a\": 1}".to_vec() }];
    let setting = Setting { attachments: &attachments, ..Setting::default() };
    let Ok(Parsed::Call(call)) = parse_with("sns publish --topic-arn t --message file://alarm.json", &setting) else {
        panic!()
    };
    assert_eq!(call.input.get("Message"), Some(&Value::from("{\"a\": 1}")));
    let Ok(Parsed::Call(call)) = parse_with("s3api put-object --bucket b --key k --body alarm.json", &setting) else {
        panic!()
    };
    assert_eq!(call.input.get("Body"), Some(&Value::Blob(b"{\"a\": 1}".to_vec())));
    for text in [
        "sns publish --topic-arn t --message file:///etc/passwd",
        "s3api put-object --bucket b --key k --body /etc/passwd",
    ] {
        assert_eq!(mistake(text).kind, MistakeKind::Attachment, "{text}");
    }
}

#[test]
fn what_is_missing_is_asked_for() {
    let Ok(Parsed::Ask(question)) = parse("sns publish-batch --region us-east-1") else { panic!() };
    assert_eq!((question.parameter.as_str(), question.kind, question.missing), ("topic-arn", QuestionKind::Text, 2));
    let setting = Setting::default();
    let next = GRAMMAR
        .answer(&question.partial, &question.parameter, question.kind, " 'arn:aws:sns:us-east-1:1:x y' ", &setting)
        .unwrap();
    let Parsed::Ask(next) = next else { panic!("{next:?}") };
    assert_eq!((next.parameter.as_str(), next.kind), ("publish-batch-request-entries", QuestionKind::List));
    let last = GRAMMAR
        .answer(&next.partial, &next.parameter, next.kind, "Id=1,Message=hi 'Id=2,Message=-ho'", &setting)
        .unwrap();
    let Parsed::Call(call) = last else { panic!("{last:?}") };
    assert_eq!(
        to_json(&call.input, TimestampStyle::Rfc3339),
        json!({"TopicArn": "arn:aws:sns:us-east-1:1:x y", "PublishBatchRequestEntries": [{"Id": "1", "Message": "hi"}, {"Id": "2", "Message": "-ho"}]})
    );
    assert_eq!(call.options.region.as_deref(), Some("us-east-1"));
    let Ok(Parsed::Ask(question)) = parse("sns get-topic-attributes") else { panic!() };
    assert_eq!(question.command, "sns get-topic-attributes");
    // A hyphen, quotes or a shell's characters in an answer are part of the value.
    for text in ["--message", "a; b | c", "it's \"so\""] {
        let Ok(Parsed::Call(call)) =
            GRAMMAR.answer(&question.partial, &question.parameter, question.kind, text, &setting)
        else {
            panic!("{text}")
        };
        assert_eq!(call.input.get("TopicArn"), Some(&Value::from(text)), "{text}");
        assert!(matches!(parse(&call.line), Ok(Parsed::Call(_))), "{}", call.line);
    }
    let text = "ec2 create-network-acl-entry --network-acl-id a --rule-number 1 --protocol tcp --rule-action allow";
    let Ok(Parsed::Ask(question)) = parse(text) else { panic!() };
    assert_eq!(
        (question.kind, &question.choices[..]),
        (QuestionKind::Boolean, &["yes".to_owned(), "no".to_owned()][..])
    );
    let Ok(Parsed::Call(call)) = GRAMMAR.answer(&question.partial, &question.parameter, question.kind, "No", &setting)
    else {
        panic!()
    };
    assert_eq!(call.input.get("Egress"), Some(&Value::Boolean(false)));
}

#[test]
fn mistakes_name_the_right_command() {
    for (text, kind, suggestion) in [
        ("ec2 descrbe-instances", MistakeKind::UnknownOperation, "ec2 describe-instances"),
        ("sn list-topics", MistakeKind::UnknownCommand, "sns list-topics"),
        ("descrbe-instances", MistakeKind::UnknownCommand, "ec2 describe-instances"),
        ("lst-phone-numbers-opted-out", MistakeKind::UnknownCommand, "sns list-phone-numbers-opted-out"),
        ("sns publish --topik-arn x", MistakeKind::UnknownOption, "sns publish --topic-arn"),
        ("sns list-topics --regon x", MistakeKind::UnknownOption, "sns list-topics --region"),
        ("s3 mv s3://a/b s3://c/d", MistakeKind::CustomCommand, "s3 cp s3://a/b s3://c/d"),
        ("s3 cp a s3://b", MistakeKind::CustomCommand, "s3api get-object --bucket BUCKET --key KEY"),
        ("ec2 wait instance-running", MistakeKind::CustomCommand, "ec2 describe-instances"),
        ("eks get-token", MistakeKind::CustomCommand, "eks describe-cluster"),
        ("configure", MistakeKind::CustomCommand, "help"),
        ("sns list-topics now", MistakeKind::UnexpectedWord, "sns list-topics help"),
        ("xyzzy", MistakeKind::UnknownCommand, "help"),
    ] {
        let found = mistake(text);
        assert_eq!((found.kind, found.suggestion.as_deref()), (kind, Some(suggestion)), "{text}: {found}");
    }
    assert!(mistake("list-tags-for-resource").wrong.contains("name the service"));
    assert!(mistake("sns list-topics --profile x").to_string().contains("has no meaning here"));
    assert!(
        mistake("sqs send-message --queue-url u --message-body b --delay-seconds soon")
            .to_string()
            .contains("`soon` is not a whole number")
    );
    for twice in [
        "kafka describe-configuration-revision --arn a --revision soon --revision 9",
        "sqs list-queues --max-items soon --max-items 9",
    ] {
        assert!(mistake(twice).to_string().contains("`soon` is not a whole number"), "{twice}");
    }
    assert!(mistake("ec2 describe-instances --filters '[{\"Nme\": \"a\"}]'").to_string().contains("Nme"));
    assert!(mistake("sns list-topics --query 'a['").to_string().contains("--query"));
}

#[test]
fn help_and_builtins() {
    let topic = |text: &str| match parse(text) {
        Ok(Parsed::Help(topic)) => topic,
        other => panic!("{text}: {other:?}"),
    };
    let operation = HelpTopic::Operation { command: "sns".to_owned(), operation: "publish".to_owned() };
    for text in ["", "help", "--help", "-h"] {
        assert_eq!(topic(text), HelpTopic::Top, "{text}");
    }
    for text in ["sns", "sns help", "sns --help", "help sns"] {
        assert_eq!(topic(text), HelpTopic::Service("sns".to_owned()), "{text}");
    }
    for text in ["sns publish help", "sns publish --help", "sns publish --message x --help", "help sns publish"] {
        assert_eq!(topic(text), operation, "{text}");
    }
    assert_eq!(topic("alias help"), HelpTopic::Builtin("alias".to_owned()));
    for (text, expected) in [
        ("whoami", Builtin::Whoami),
        ("why", Builtin::Why(None)),
        ("why 12ab", Builtin::Why(Some("12ab".to_owned()))),
        ("can I sns publish --message 'a b'", Builtin::Can("sns publish --message 'a b'".to_owned())),
        ("switch-roles", Builtin::SwitchRole(None)),
        ("set default-account 111122223333", Builtin::SetDefaultAccount(Some("111122223333".to_owned()))),
        ("set default account", Builtin::SetDefaultAccount(None)),
        ("set default-region eu-west-1", Builtin::SetDefaultRegion(Some("eu-west-1".to_owned()))),
        ("set preferences", Builtin::Preferences),
        ("feedback well done", Builtin::Feedback("well done".to_owned())),
        ("alias list", Builtin::Alias(AliasCommand::List)),
        (
            "alias create t sns list-topics --region $r",
            Builtin::Alias(AliasCommand::Create {
                name: "t".to_owned(),
                command: "sns list-topics --region $r".to_owned(),
            }),
        ),
        (
            "run t eu-west-1",
            Builtin::Alias(AliasCommand::Run { name: "t".to_owned(), values: vec!["eu-west-1".to_owned()] }),
        ),
        (
            "alias update t sns publish --message '$a b' --topic-arn arn:$x",
            Builtin::Alias(AliasCommand::Update {
                name: "t".to_owned(),
                command: "sns publish --message '$a b' --topic-arn arn:$x".to_owned(),
            }),
        ),
        ("alias get t", Builtin::Alias(AliasCommand::Get { name: "t".to_owned() })),
        ("set timeout 60", Builtin::SetTimeout(Some("60".to_owned()))),
        ("preferences", Builtin::Preferences),
        ("alias delete t", Builtin::Alias(AliasCommand::Delete { name: "t".to_owned() })),
    ] {
        match parse(text) {
            Ok(Parsed::Builtin(found)) => assert_eq!(found, expected, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(matches!(parse("account list-regions"), Ok(Parsed::Call(_))));
    assert_eq!(topic("switch-roles help"), HelpTopic::Builtin("switch-role".to_owned()));
    for wrong in ["feedback", "alias", "alias create t", "alias create --x y", "alias create a$b c", "set", "run"] {
        assert!(parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn every_page_of_help_can_be_drawn() {
    let some = |service: &str, operation: &str| service.len() + operation.len() % 2 == 0;
    for command in GRAMMAR.commands().iter().step_by(29) {
        let page = crate::help::help(&GRAMMAR, &HelpTopic::Service(command.clone()), &some).unwrap();
        assert!(page.to_text().lines().count() > 1, "{command}");
        let service = GRAMMAR.service(command, Dialect::Chat).unwrap().unwrap().1;
        for operation in service.operations.values().take(3) {
            let topic = HelpTopic::Operation { command: command.clone(), operation: operation.cli_name.to_string() };
            if let Some(page) = crate::help::help(&GRAMMAR, &topic, &some) {
                assert!(page.title.starts_with(command.as_str()));
            }
        }
    }
    let publish = HelpTopic::Operation { command: "sns".to_owned(), operation: "publish".to_owned() };
    let text = crate::help::help(&GRAMMAR, &publish, &some).unwrap().to_text();
    assert!(text.contains("Required (1)\n  --message"), "{text}");
    let Ok(Parsed::Print(skeleton)) = parse("sns subscribe --generate-cli-skeleton") else { panic!() };
    assert!(skeleton.contains("\"TopicArn\": \"\""), "{skeleton}");
}

#[test]
fn calls_are_written_back() {
    for (text, expected) in [
        ("sns publish -message 'hi there' -topic-arn t", "sns publish --topic-arn t --message 'hi there'"),
        (
            "ec2 describe-instances --filters Name=a,Values=b --no-dry-run --region r",
            "ec2 describe-instances --no-dry-run --filters '[{\"Name\":\"a\",\"Values\":[\"b\"]}]' --region r",
        ),
        (
            "iam create-login-profile --user-name u --password s3cret",
            "iam create-login-profile --user-name u --password ****",
        ),
    ] {
        let call = call(text);
        let written = render::command(&call, Secrets::Mask);
        let mut parts: Vec<_> = written.split(" --").collect();
        let mut wanted: Vec<_> = expected.split(" --").collect();
        parts.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(parts, wanted, "{written}");
        let again = call_of(&render::command(&call, Secrets::Show));
        assert_eq!(again.input.digest(), call.input.digest(), "{text}");
    }
    assert_eq!(render::secret_paths(&call("iam create-login-profile --user-name u --password s3cret")), ["Password"]);
}

fn call_of(text: &str) -> Call {
    call(text)
}

/// No words panic, whatever they are.
#[test]
fn nothing_panics() {
    let pieces = [
        "sns",
        "publish",
        "sqs",
        "list-queues",
        "--filters",
        "--message",
        "--max-items",
        "-1",
        "--",
        "-",
        "=",
        "--=",
        "--message=",
        "{}",
        "[",
        "[]",
        "{",
        "a=b",
        "a=[",
        "Name=a,Values=",
        "help",
        "alias",
        "create",
        "run",
        "set",
        "can",
        "s3",
        "--query",
        "--output",
        "file://x",
        "",
        " ",
        "é",
        "--no-dry-run",
        "--cli-input-json",
        "--generate-cli-skeleton",
        "lambda",
        "invoke",
        "--payload",
        "x",
    ];
    let mut state = 9u64;
    for round in 0..1_000 {
        let mut words = Vec::new();
        for _ in 0..6 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            words.push(Word {
                text: pieces[(state >> 33) as usize % pieces.len()].to_owned(),
                quoted: state >> 62 == 0,
            });
        }
        let dialect = if round % 2 == 0 { Dialect::Chat } else { Dialect::Cli };
        let _ = GRAMMAR.parse(&words, &Setting { dialect, attachments: &[] });
    }
}
