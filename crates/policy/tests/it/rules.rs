//! The list of rules names cases that exist, and leaves out no file of cases.

use bailiwick_policy::cases;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// The ids of all cases, by file.
fn ids() -> BTreeMap<String, BTreeSet<String>> {
    let mut ids = BTreeMap::new();
    for entry in std::fs::read_dir(testdata()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            ids.insert(name, cases::read(&text).unwrap().into_iter().map(|case| case.id).collect());
        }
    }
    ids
}

#[test]
fn every_rule_has_a_case_that_exists() {
    let ids = ids();
    let text = std::fs::read_to_string(testdata().join("RULES.md")).unwrap();
    let mut named = BTreeSet::new();
    let mut rules = 0;
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule |")) {
        let columns: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [rule, source, cases] = columns[..] else { panic!("three columns: {line}") };
        assert!(!rule.trim().is_empty() && !source.trim().is_empty(), "{line}");
        let before = named.len();
        for id in cases.split('`').skip(1).step_by(2) {
            assert!(ids.values().any(|known| known.contains(id)), "`{id}` of the rule `{}` is no case", rule.trim());
            named.insert(id.to_owned());
        }
        assert!(named.len() > before || cases.contains('`'), "no case shows the rule `{}`", rule.trim());
        rules += 1;
    }
    assert!(rules >= 100, "only {rules} rules");
    for (file, known) in &ids {
        assert!(known.iter().any(|id| named.contains(id)), "no rule names a case of {file}");
    }
}
