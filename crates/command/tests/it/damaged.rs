//! Valid commands, values and expressions with some characters changed: each is read or refused, in bounded time.
//!
//! `fuzz/` looks for more, for as long as one likes; this runs with every build.

use std::sync::mpsc;
use std::time::Duration;

use bailiwick_aws::pack::Pack;
use bailiwick_command::lex::{Markup, Word, lex};
use bailiwick_command::output::{Format, render};
use bailiwick_command::parse::{Dialect, Grammar, Setting};
use bailiwick_command::query::Expression;
use serde_json::json;

use crate::generate::Random;

/// How long one input may take before it counts as a hang: thousands of times what it takes.
const HANGS: Duration = Duration::from_secs(120);

const MESSAGES: &[&str] = &[
    "@aws ec2 describe-instances --filters Name=instance-state-name,Values=running,stopped --query 'Reservations[].Instances[]' --output table",
    "aws s3 ls s3://logs/2026/ --recursive --human-readable",
    r#"lambda invoke --function-name f --payload {"a": ["$b", "c"]} --cli-binary-format raw-in-base64-out"#,
    "sns publish –topic-arn arn:aws:sns:us-east-1:444455556666:t —message “it’s <http://x.example|x.example>”",
    "<at>aws</at> iam create-role --role-name r --assume-role-policy-document file://trust.json",
    "dynamodb put-item --table-name t --item '{\"k\":{\"S\":\"v\"}}' --account 444455556666",
    "@Bailiwick help ec2 run-instances --block-device-mappings",
    "cloudwatch put-metric-data --namespace n --metric-data MetricName=a,Value=1,Dimensions=[{Name=x,Value=y}]",
    "<@U0123ABCD> `ec2 run-instances --image-id ami-0 --count 1:3` &lt;x&gt; &amp;",
    "describe-alarms",
];

/// Options that take every kind of value.
const OPTIONS: &[(&[&str], &[&str])] = &[
    (&["ec2", "create-tags", "--resources", "i-0", "--tags"], &["Key=a,Value=b", "Key='a,b',Value=\"c=d\""]),
    (
        &["ec2", "run-instances", "--image-id", "ami-0", "--block-device-mappings"],
        &["DeviceName=/dev/sda1,Ebs={VolumeSize=1,Encrypted=true}"],
    ),
    (
        &["dynamodb", "put-item", "--table-name", "t", "--item"],
        &[r#"{"k": {"M": {"x": {"L": [{"S": "a\u00e9"}, {"N": "1e5"}]}}}}"#],
    ),
    (
        &["lambda", "create-function", "--function-name", "f", "--role", "r", "--environment"],
        &["Variables={A=b,C=[d,e]}", r#"{"Variables": {}}"#],
    ),
    (
        &["cloudwatch", "put-metric-data", "--namespace", "n", "--metric-data"],
        &["MetricName=a,Value=1,Dimensions=[{Name=x,Value=y},{Name=z,Value=\\,}]"],
    ),
    (&["logs", "get-log-events", "--log-stream-name", "s", "--limit"], &["9223372036854775807"]),
    (
        &["cloudtrail", "lookup-events", "--start-time"],
        &["2020-01-01T10:00:00.5+02:00", "Wed, 01 Jan 2020 00:00:00 GMT", "1577836800.5"],
    ),
    (
        &["sns", "publish", "--message", "m", "--message-attributes"],
        &["a={DataType=String,StringValue=b@c}", "k={a=@x}"],
    ),
    (
        &["sns", "publish", "--cli-input-json"],
        &[r#"{"Message": "m", "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": "YQ=="}}}"#],
    ),
    (&["bedrock-agent-runtime", "retrieve", "--knowledge-base-id", "k", "--retrieval-query"], &["text=a"]),
];

const EXPRESSIONS: &[&str] = &[
    "Reservations[].Instances[?State.Name=='running'].{Id: InstanceId, T: Tags[?Key=='Name'] | [0].Value}[]",
    "sort_by(a, &b)[::-1].c[] | join(', ', map(&to_string(@), @))",
    "a[?b > `1` && !(c[0] == 'x' || d.e)] | length(@)",
    "max_by(a, &b).{\"é\": `{\"k\": [1, null]}`, s: @.*}",
];

/// Changes some characters, each in one of the ways that break readers.
fn damaged(random: &mut Random, text: &str) -> String {
    const TELLING: &[char] = &[
        '"', '\'', '\\', '`', '=', ',', '[', ']', '{', '}', '<', '>', '|', '&', '-', ' ', '\n', '\0', '@', ':', '.',
        '*', '(', ')', '?', '0', '9', 'é', '😀', '\u{200b}', '”', '—', '$', '%', '\u{feff}',
    ];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..1 + random.below(5) {
        let at = random.below(chars.len() + 1);
        let until = (at + random.below(12)).min(chars.len());
        match random.below(5) {
            0 if random.chance(30) => chars.truncate(at),
            1 => drop(chars.drain(at..until)),
            2 => {
                let part = chars[at..until].to_vec();
                chars.splice(at..at, part.repeat(1 + random.below(60)));
            }
            3 if at < chars.len() => chars[at] = *random.pick(TELLING),
            _ => chars.insert(at, *random.pick(TELLING)),
        }
    }
    chars.into_iter().collect()
}

/// Fails if an input, which the work sends before it reads it, is not read to its end.
fn ends(work: impl FnOnce(&mpsc::Sender<String>) + Send + 'static) {
    let (next, inputs) = mpsc::channel();
    let thread = std::thread::spawn(move || work(&next));
    let mut current = String::new();
    loop {
        match inputs.recv_timeout(HANGS) {
            Ok(input) => current = input,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("this is read without end: {current}"),
        }
    }
    if let Err(panic) = thread.join() {
        println!("while this was read: {current}");
        std::panic::resume_unwind(panic);
    }
}

fn grammar() -> Grammar {
    Grammar::new(Pack::embedded().unwrap()).unwrap()
}

#[test]
fn damaged_messages_are_read_or_refused() {
    ends(|next| {
        let (grammar, mut random) = (grammar(), Random::new(17));
        let mut lexed = 0;
        for round in 0..400 {
            let text = damaged(&mut random, MESSAGES[round % MESSAGES.len()]);
            next.send(text.clone()).unwrap();
            for markup in [Markup::Plain, Markup::Slack, Markup::Teams] {
                let Ok(line) = lex(&text, markup) else { continue };
                lexed += 1;
                for dialect in [Dialect::Chat, Dialect::Cli] {
                    let _ = grammar.parse(&line.words, &Setting { dialect, attachments: &[] });
                }
            }
        }
        assert!(lexed > 300, "{lexed}");
    });
}

#[test]
fn damaged_values_are_read_or_refused() {
    ends(|next| {
        let (grammar, mut random) = (grammar(), Random::new(19));
        let (mut read, mut refused) = (0, 0);
        for round in 0..1_000 {
            let (before, values) = OPTIONS[round % OPTIONS.len()];
            let mut words: Vec<Word> = before.iter().map(|word| Word::plain(*word)).collect();
            for _ in 0..1 + random.below(2) {
                let value = *random.pick(values);
                words.push(Word { text: damaged(&mut random, value), quoted: true });
            }
            next.send(format!("{words:?}")).unwrap();
            for dialect in [Dialect::Chat, Dialect::Cli] {
                match grammar.parse(&words, &Setting { dialect, attachments: &[] }) {
                    Ok(_) => read += 1,
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(read > 20 && refused > 100, "{read} {refused}");
    });
}

#[test]
fn values_that_are_deep_or_long_are_refused() {
    ends(|next| {
        let grammar = grammar();
        let (before, _) = OPTIONS[2];
        for value in [
            "[".repeat(200_000),
            "{\"a\":".repeat(200_000),
            "a={".repeat(100_000),
            "a=[".repeat(100_000),
            "'".repeat(100_001),
            "\\".repeat(100_001),
        ] {
            for before in [before, OPTIONS[0].0, OPTIONS[8].0] {
                let mut words: Vec<Word> = before.iter().map(|word| Word::plain(*word)).collect();
                words.push(Word { text: value.clone(), quoted: true });
                next.send(format!("{before:?} {}", &value[..8])).unwrap();
                for dialect in [Dialect::Chat, Dialect::Cli] {
                    let parsed = grammar.parse(&words, &Setting { dialect, attachments: &[] });
                    assert!(parsed.is_err(), "{}", &value[..8]);
                }
            }
        }
    });
}

#[test]
fn damaged_expressions_end() {
    ends(|next| {
        let mut random = Random::new(23);
        let instances =
            json!([{"InstanceId": "i-0", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "é"}]}]);
        let document = json!({
            "Reservations": [{"Instances": instances}],
            "a": [{"b": 1, "c": ["x", null], "d": {"e": true}}, {"b": -2.5, "c": []}],
        });
        let (mut read, mut refused) = (0, 0);
        for round in 0..8_000 {
            let text = damaged(&mut random, EXPRESSIONS[round % EXPRESSIONS.len()]);
            next.send(text.clone()).unwrap();
            match Expression::parse(&text).and_then(|expression| expression.search(&document)) {
                Ok(found) => {
                    read += 1;
                    for format in Format::ALL {
                        let _ = render(format, "DescribeInstances", &found);
                    }
                }
                Err(_) => refused += 1,
            }
        }
        assert!(read > 100 && refused > 1_000, "{read} {refused}");
        for open in ["[", "(", "!", "a[?", "a.", "{a:", "&", "a|", "a||", "f(", "[[]"] {
            next.send(open.to_owned()).unwrap();
            let _ = Expression::parse(&open.repeat(100_000));
        }
        for step in ["[]", ".a", "[*]", "|a", "||a", "[0]", ".*"] {
            next.send(step.to_owned()).unwrap();
            let expression = format!("a{}", step.repeat(50_000));
            if let Ok(expression) = Expression::parse(&expression) {
                let _ = expression.search(&document);
            }
        }
    });
}
