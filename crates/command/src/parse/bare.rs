//! Commands after a bare `aws`, which people also talk about: `aws sns list-topics` is a command, `aws is down again` is not.

use super::{Dialect, Grammar, Parsed, Setting, builtin, names, scan};
use crate::lex::{Markup, Word, lex};
use bailiwick_aws::Service;
use std::sync::Arc;

impl Grammar {
    /// Whether the words behind a bare `aws` are meant as a command, with or without mistakes in it: they begin with a service
    /// and what it can do, with an operation, or are a command of our own. In doubt they are talk, which is not answered.
    pub fn is_command(&self, words: &str) -> bool {
        let mut rest = words.split_whitespace();
        let Some(first) = rest.next() else { return false };
        if first.starts_with('-') || builtin::is_name(&first.to_ascii_lowercase()) {
            return self.reads(words);
        }
        let second = rest.next();
        let folded = first.to_ascii_lowercase();
        if let Ok(Some((command, service))) = self.service(&folded, Dialect::Chat) {
            return second.is_none_or(|second| self.belongs_to(&command, &service, second));
        }
        if let Some(program) = self.cli.command(&folded) {
            return second.is_none_or(|second| {
                is_option(second) || second == "help" || program.custom.iter().any(|custom| custom.name == second)
            });
        }
        // An operation of one word, such as `sign`, is a word that sentences have as well.
        let cli_name = if first.contains('-') { folded } else { names::option_name(first) };
        cli_name.contains('-') && !self.index.services_with(&cli_name).is_empty()
    }

    /// Whether a word may follow the name of a service. One with a hyphen is a mistyped operation rather than talk.
    fn belongs_to(&self, command: &str, service: &Arc<Service>, word: &str) -> bool {
        let custom = || self.cli.command(command).is_some_and(|entry| entry.custom.iter().any(|one| one.name == word));
        word.contains('-')
            || word == "help"
            || self.operation_of(command, service, word, Dialect::Chat).is_some()
            || custom()
    }

    /// Whether the words are a command without a mistake. What `can` asks about has to be one itself: `aws can be slow` is talk.
    fn reads(&self, words: &str) -> bool {
        let Ok(line) = lex(words, Markup::Plain) else { return false };
        let is = |word: Option<&Word>, text: &str| word.is_some_and(|word| word.text.eq_ignore_ascii_case(text));
        if is(line.words.first(), "can") {
            let skip = 1 + usize::from(is(line.words.get(1), "i"));
            let asked: Vec<&str> = line.words.iter().skip(skip).map(|word| word.text.as_str()).collect();
            return !is(line.words.get(skip), "can") && self.is_command(&asked.join(" "));
        }
        // The help of something, and not `help me with this`.
        let begins_with_help = is(line.words.first(), "help") && line.words.len() > 3;
        !begins_with_help
            && matches!(
                self.parse(&line.words, &Setting::default()),
                Ok(Parsed::Ask(_) | Parsed::Builtin(_) | Parsed::Call(_) | Parsed::Help(_) | Parsed::Print(_))
            )
    }
}

fn is_option(word: &str) -> bool {
    scan::is_option(&Word::plain(word), Dialect::Chat)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_aws::pack::Pack;

    #[test]
    fn commands_and_talk_are_told_apart() {
        let grammar = Grammar::new(Pack::embedded().unwrap()).unwrap();
        for command in [
            "sns list-topics",
            "sns ListTopics",
            "sns list-topcis",
            "sns help",
            "sns publish --message hi",
            "SNS list-topics",
            "sns",
            "s3 ls",
            "s3 sync s3://a s3://b",
            "configure list",
            "ec2 wait instance-running --instance-ids i-1",
            "list-topics",
            "ListTopics",
            "--region eu-west-1 sns list-topics",
            "ec2 describe-instances | grep i-1",
            "help",
            "help sns publish",
            "whoami",
            "switch-roles",
            "set default-region eu-west-1",
            "can sns list-topics",
            "can I sns list-topics",
            "alias list",
            "run deploy 7",
        ] {
            assert!(grammar.is_command(command), "{command}");
        }
        for talk in [
            "",
            "is down again",
            "isn't what it was",
            "ec2 is slow today",
            "s3 is slow today",
            "support is great",
            "can be slow",
            "can can sns list-topics",
            "help me with this, please",
            "set the table",
            "sign in page is broken",
            "and gcp",
            "bill: 42",
            "--fast",
            "well-known outage",
            "ec2?",
            "\u{1f600} sns list-topics",
        ] {
            assert!(!grammar.is_command(talk), "{talk}");
        }
    }
}
