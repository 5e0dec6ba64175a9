//! Words that may stand in the place of the last one of a command that is being typed, from the same grammar that reads it.

use crate::help;
use crate::lex::{Markup, Word, lex};
use crate::output::Format;
use crate::parse::{Argument, BUILTINS, Dialect, Found, Grammar, Target, argument_table};
use bailiwick_aws::Service;
use bailiwick_aws::model::{Kind, Member};

/// The most words that are offered.
pub const MOST: usize = 50;
/// How many letters of an operation must be typed before it is offered without its service.
const LETTERS: usize = 3;

/// A word that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub word: String,
    /// What it is, in a few words; may be empty.
    pub about: String,
}

/// What only a caller knows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The aliases of the channel, with what they stand for.
    pub aliases: &'a [(String, String)],
    /// The accounts of the channel, with their names.
    pub accounts: &'a [(String, String)],
    /// The Regions.
    pub regions: &'a [String],
}

/// Words after `set` and `alias`.
const SET: [&str; 4] = ["default-account", "default-region", "preferences", "timeout"];
const ALIAS: [&str; 6] = ["create", "delete", "get", "list", "run", "update"];
/// Options that every command takes in a room.
const GENERAL: [(&str, &str); 4] = [
    ("account", "an account of this channel"),
    ("output", "json, text, table or yaml"),
    ("query", "a JMESPath expression"),
    ("region", "a Region"),
];

/// Words that may follow, best first. `text` is what follows the mention; where it ends in white space, the next word is asked
/// for. Text that cannot be split, or that nothing is known of, has none.
pub fn complete(grammar: &Grammar, text: &str, known: &Known<'_>) -> Vec<Candidate> {
    let Ok(line) = lex(text, Markup::Plain) else { return Vec::new() };
    let mut words = line.words;
    let typed = match text.ends_with(char::is_whitespace) || text.is_empty() {
        true => String::new(),
        false => words.pop().map(|word| word.text).unwrap_or_default(),
    };
    let typed = match typed.strip_prefix('-') {
        Some(rest) if !rest.starts_with('-') => format!("-{typed}"),
        _ => typed,
    };
    let mut out = Completer { grammar, known, typed: &typed, out: Vec::new() };
    out.after(&words);
    // What is nearest to be complete comes first.
    out.out.sort_by_key(|(rank, candidate)| (*rank, candidate.word.len()));
    let mut seen: Vec<Candidate> = Vec::new();
    for (_, candidate) in out.out {
        if seen.len() < MOST && !seen.iter().any(|known| known.word == candidate.word) {
            seen.push(candidate);
        }
    }
    seen
}

struct Completer<'a> {
    grammar: &'a Grammar,
    known: &'a Known<'a>,
    typed: &'a str,
    out: Vec<(u8, Candidate)>,
}

impl Completer<'_> {
    /// Offers a word that what was typed may become. A lower rank comes first.
    fn offer(&mut self, rank: u8, word: &str, about: &str) {
        let rank = match (word.starts_with(self.typed), word.contains(self.typed)) {
            (true, _) => rank,
            (false, true) if self.typed.len() >= LETTERS => rank.saturating_add(10),
            _ => return,
        };
        if word != self.typed {
            self.out.push((rank, Candidate { word: word.to_owned(), about: about.to_owned() }));
        }
    }

    fn after(&mut self, words: &[Word]) {
        let Some((first, rest)) = words.split_first() else {
            for (name, _, does) in BUILTINS {
                self.offer(1, name, does);
            }
            self.services();
            self.operations_alone();
            return;
        };
        match (first.text.to_ascii_lowercase().as_str(), rest) {
            ("can", rest) => {
                let skip = usize::from(rest.first().is_some_and(|word| word.text.eq_ignore_ascii_case("i")));
                self.after(rest.get(skip..).unwrap_or_default());
            }
            ("help", []) => {
                BUILTINS.iter().for_each(|(name, _, does)| self.offer(2, name, does));
                self.services();
            }
            ("help", [service]) => self.operations(&service.text),
            ("set", []) => SET.iter().for_each(|word| self.offer(0, word, "")),
            ("set", [what]) => match what.text.as_str() {
                "default-account" => self.accounts(),
                "default-region" => self.regions(),
                _ => {}
            },
            ("alias", []) => ALIAS.iter().for_each(|word| self.offer(0, word, "")),
            ("alias", [verb]) if matches!(verb.text.as_str(), "run" | "get" | "update" | "delete") => self.aliases(),
            ("alias", [verb, _, rest @ ..]) if matches!(verb.text.as_str(), "create" | "update") => self.after(rest),
            ("run", []) => self.aliases(),
            ("alias" | "feedback" | "preferences" | "run" | "set" | "switch-role" | "whoami" | "why", _) => {}
            (service, []) => self.operations(service),
            (service, [operation, rest @ ..]) => self.options(service, operation, rest),
        }
    }

    fn services(&mut self) {
        for command in self.grammar.commands() {
            self.offer(2, &command, "");
        }
    }

    /// Operations that only one service has.
    fn operations_alone(&mut self) {
        if self.typed.len() < LETTERS {
            return;
        }
        for (operation, services) in self.grammar.operations_starting(self.typed) {
            if let [service] = &services[..] {
                let service = self.grammar.command_of(service);
                self.offer(3, &operation, &format!("of {service}"));
            }
        }
    }

    fn aliases(&mut self) {
        let known = self.known;
        known.aliases.iter().for_each(|(name, command)| self.offer(0, name, command));
    }

    fn accounts(&mut self) {
        let known = self.known;
        known.accounts.iter().for_each(|(id, name)| self.offer(0, id, name));
    }

    fn regions(&mut self) {
        let known = self.known;
        known.regions.iter().for_each(|region| self.offer(0, region, ""));
    }

    fn operations(&mut self, command: &str) {
        let Some((command, service)) = self.grammar.service_of_command(command) else { return };
        let absent = self.grammar.absent(&command);
        for operation in service.operations.values() {
            if operation.deprecated || absent.iter().any(|name| **name == *operation.cli_name) {
                continue;
            }
            self.offer(0, &operation.cli_name, if operation.readonly { "reads" } else { "" });
        }
        self.offer(1, "help", "");
    }

    fn options(&mut self, command: &str, operation: &Word, rest: &[Word]) {
        let Some((command, service)) = self.grammar.service_of_command(command) else { return };
        let Some(found) = self.grammar.operation_of(&command, &service, &operation.text, Dialect::Chat) else { return };
        let Some(model) = found.operation() else { return };
        let table = argument_table(&found, model, self.grammar.cli());
        let last = rest
            .last()
            .map(|word| word.text.trim_start_matches('-'))
            .filter(|_| rest.last().is_some_and(|word| word.text.starts_with('-') && !word.text.contains('=')));
        if let Some(last) = last
            && !self.typed.starts_with('-')
        {
            return self.values(&found, &table, last);
        }
        if !self.typed.is_empty() && !self.typed.starts_with('-') {
            return;
        }
        let given = |name: &str| {
            let named = |word: &Word| word.text.trim_start_matches('-').split('=').next() == Some(name);
            rest.iter().any(|word| word.text.starts_with('-') && named(word))
        };
        for argument in
            table.iter().filter(|argument| !argument.hidden && !argument.positional && !given(&argument.name))
        {
            let required = argument.required
                || argument.member().is_some_and(|member| member.required && !member.target.idempotency_token);
            let negated = matches!(argument.target, Target::Flag(_, false) | Target::BooleanValue(_, false));
            let rank = if required {
                0
            } else if negated {
                3
            } else {
                1
            };
            let about = help::described(&service, argument);
            let about = if required { format!("required, {about}") } else { about };
            self.offer(rank, &format!("--{}", argument.name), &about);
        }
        for (name, about) in GENERAL {
            if !given(name) {
                self.offer(2, &format!("--{name}"), about);
            }
        }
    }

    /// The values that an option may have.
    fn values(&mut self, found: &Found, table: &[Argument<'_>], option: &str) {
        match option {
            "region" => return self.regions(),
            "account" => return self.accounts(),
            "output" => return Format::ALL.iter().for_each(|format| self.offer(0, format.as_str(), "")),
            _ => {}
        }
        let argument = table.iter().find(|argument| argument.name == option);
        let Some(member) = argument.and_then(|argument| argument.member()) else { return };
        for value in choices(&found.service, member) {
            self.offer(0, &value, "");
        }
    }
}

fn choices(service: &Service, member: &Member) -> Vec<String> {
    let shape = service.target(&member.target);
    let values = match &shape.kind {
        Kind::List(element) => service.target(element).enum_values(),
        _ => shape.enum_values(),
    };
    values.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_aws::pack::Pack;
    use std::sync::LazyLock;

    static GRAMMAR: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(Pack::embedded().unwrap()).unwrap());

    fn words(text: &str) -> Vec<String> {
        let aliases = [("deploy".to_owned(), "codepipeline start-pipeline-execution --name $n".to_owned())];
        let accounts = [("444455556666".to_owned(), "workload".to_owned())];
        let regions = ["eu-west-1".to_owned(), "us-east-1".to_owned()];
        let known = Known { aliases: &aliases, accounts: &accounts, regions: &regions };
        complete(&GRAMMAR, text, &known).into_iter().map(|candidate| candidate.word).collect()
    }

    #[test]
    fn each_place_of_a_command_has_its_words() {
        for (text, first) in [
            ("who", "whoami"),
            ("sn", "sns"),
            ("sns list-top", "list-topics"),
            ("sns publ", "publish"),
            ("get-topic-attr", "get-topic-attributes"),
            ("sns publish ", "--message"),
            ("sns publish --top", "--topic-arn"),
            ("sns publish -top", "--topic-arn"),
            ("ec2 describe-instance-status --region e", "eu-west-1"),
            ("sns list-topics --output t", "text"),
            ("sns list-topics --account ", "444455556666"),
            ("s3api create-bucket --bucket b --acl ", "private"),
            ("can i sns list-top", "list-topics"),
            ("help sns pub", "publish"),
            ("run ", "deploy"),
            ("alias ru", "run"),
            ("set default-r", "default-region"),
            ("set default-region us", "us-east-1"),
            ("alias create x sns list-top", "list-topics"),
        ] {
            assert_eq!(words(text).first().map(String::as_str), Some(first), "{text}");
        }
    }

    #[test]
    fn what_is_given_or_complete_is_not_offered_again() {
        assert!(!words("sns publish --message x --").contains(&"--message".to_owned()));
        assert!(!words("whoami").contains(&"whoami".to_owned()));
        for text in ["sns publish 'unclosed", "nothing known ", "sns publish --message ", "feedback x "] {
            assert_eq!(words(text), [""; 0], "{text}");
        }
        assert!(words("").len() <= MOST);
    }
}
