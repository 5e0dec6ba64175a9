//! Any message of any platform: it splits into words or is refused, the words mean something or are a mistake; nothing panics.
#![no_main]

use bailiwick_aws::pack::Pack;
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::parse::{Dialect, Grammar, Setting};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static GRAMMAR: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(Pack::embedded().expect("the pack")).expect("the language"));

fuzz_target!(|message: &str| {
    for markup in [Markup::Plain, Markup::Slack, Markup::Teams] {
        let Ok(line) = lex(message, markup) else { continue };
        for dialect in [Dialect::Chat, Dialect::Cli] {
            let _ = GRAMMAR.parse(&line.words, &Setting { dialect, attachments: &[] });
        }
    }
});
