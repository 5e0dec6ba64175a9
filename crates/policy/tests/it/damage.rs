//! Damaged input: nothing panics, and what cannot be read never allows.

use bailiwick_policy::cases::{self, Engine, Question};
use bailiwick_policy::lint::{self, NoVocabulary};
use bailiwick_policy::simulator::{Simulation, SourcePolicy, simulate};
use bailiwick_policy::{Outcome, PolicyType, oracle};

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// Takes out, doubles, swaps or puts in a few characters.
fn damage(text: &str, dice: &mut Dice) -> String {
    const ODD: [char; 14] = ['"', '\\', '{', '}', '[', ']', ':', ',', '$', '*', '?', '\u{0}', '€', '\u{1F600}'];
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=dice.below(3) {
        let at = dice.below(chars.len());
        match dice.below(4) {
            0 => drop(chars.splice(at..(at + dice.below(12)).min(chars.len()), [])),
            1 => chars.insert(at, ODD[dice.below(ODD.len())]),
            2 => {
                let piece: Vec<char> = chars.iter().skip(at).take(dice.below(40)).copied().collect();
                drop(chars.splice(at..at, piece));
            }
            _ if !chars.is_empty() => chars[at.min(text.chars().count() - 1)] = ODD[dice.below(ODD.len())],
            _ => {}
        }
    }
    chars.into_iter().collect()
}

fn lines(file: &str) -> Vec<String> {
    let path = format!("{}/testdata/{file}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn damaged_cases_are_errors_or_cases() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let files = ["rules_layers.jsonl", "rules_variables.jsonl", "rules_principals.jsonl", "captured_conditions.jsonl"];
    let mut read = 0;
    for line in files.iter().flat_map(|file| lines(file)) {
        for _ in 0..8 {
            let Ok(case) = cases::read_line(&damage(&line, &mut dice)) else { continue };
            if !matches!(case.question, Question::Authorize(_)) {
                continue;
            }
            // An engine that differs from the other one reports an error.
            let answer = case.run(Engine::Both);
            assert_eq!(answer.error, None, "{}", answer.to_json());
            read += 1;
        }
    }
    assert!(read > 1_000, "only {read} damaged cases could be read");
}

/// A request that a policy allows, until a damaged one stands beside it.
const ALLOWED: &str = r#"{"id":"1","kind":"authorize",
    "request":{"principal":"arn:aws:iam::111122223333:user/dana","action":"s3:GetObject","resource":"*"},
    "policies":{"identity":[{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}]}}"#;

#[test]
fn damaged_documents_deny_and_are_linted() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let (mut unreadable, mut linted) = (0, 0);
    for line in lines("rules_documents.jsonl").into_iter().chain(lines("captured_grammar.jsonl")) {
        let Question::Validate(case) = cases::read_line(&line).unwrap().question else { panic!("validate") };
        for kind in PolicyType::ALL {
            let text = damage(&case.document, &mut dice);
            let findings = lint::check(&text, kind, &NoVocabulary);
            assert!(bailiwick_policy::json::parse(&lint::to_json(&text, &findings)).is_ok());
            linted += findings.len();
        }
        let text = damage(&case.document, &mut dice);
        let question = Simulation {
            policies: SourcePolicy::inputs("PolicyInputList", [text.clone()]),
            action_names: vec!["s3:GetObject".to_owned()],
            ..Simulation::default()
        };
        let simulated = simulate(&question, &NoVocabulary);
        let Question::Authorize(mut case) = cases::read_line(ALLOWED).unwrap().question else { panic!("authorize") };
        let policy = bailiwick_policy::Policy::read("damaged", PolicyType::Identity, &text);
        if policy.document().is_none() {
            unreadable += 1;
            assert!(simulated.is_err());
            case.layers.identity.as_mut().unwrap().push(policy);
            assert_eq!(oracle::decide(&case.request, &case.layers).outcome, Outcome::ExplicitDeny, "{text}");
        }
    }
    assert!(unreadable > 100 && linted > 1_000, "{unreadable} {linted}");
}
