//! Any text as the value of options of every kind: shorthand, JSON, lists, maps, numbers, times and bytes.
#![no_main]

use bailiwick_aws::pack::Pack;
use bailiwick_command::lex::Word;
use bailiwick_command::parse::{Dialect, Grammar, Setting};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static GRAMMAR: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(Pack::embedded().expect("the pack")).expect("the language"));

const OPTIONS: [&[&str]; 8] = [
    &["ec2", "create-tags", "--resources", "i-0", "--tags"],
    &["ec2", "run-instances", "--image-id", "ami-0", "--block-device-mappings"],
    &["dynamodb", "put-item", "--table-name", "t", "--item"],
    &["lambda", "create-function", "--function-name", "f", "--role", "r", "--environment"],
    &["cloudwatch", "put-metric-data", "--namespace", "n", "--metric-data"],
    &["logs", "get-log-events", "--log-stream-name", "s", "--limit"],
    &["cloudtrail", "lookup-events", "--start-time"],
    &["sns", "publish", "--message", "m", "--message-attributes"],
];

fuzz_target!(|input: (u8, Vec<&str>)| {
    let (option, values) = input;
    let mut words: Vec<Word> = OPTIONS[usize::from(option) % OPTIONS.len()].iter().map(|word| Word::plain(*word)).collect();
    words.extend(values.iter().map(|value| Word { text: (*value).to_owned(), quoted: true }));
    for dialect in [Dialect::Chat, Dialect::Cli] {
        let _ = GRAMMAR.parse(&words, &Setting { dialect, attachments: &[] });
    }
});
