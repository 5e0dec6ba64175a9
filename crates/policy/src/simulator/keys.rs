use super::{SimulationError, prepare};
use crate::Policy;
use crate::document::{Document, Version};
use std::collections::BTreeSet;

/// `GetContextKeysForCustomPolicy` and `GetContextKeysForPrincipalPolicy`: every condition key that the policies name, in
/// conditions and in variables, in the order of the text. Names that differ by case are listed apart.
pub fn context_keys(texts: &[String]) -> Result<Vec<String>, SimulationError> {
    let mut keys = Vec::new();
    for (n, text) in texts.iter().enumerate() {
        collect(&prepare::input_policy("PolicyInputList", n, text)?, &mut keys);
    }
    Ok(keys)
}

/// Adds the keys that a policy names and that are not there yet.
pub(super) fn collect(policy: &Policy, keys: &mut Vec<String>) {
    if let Some(document) = policy.document() {
        let mut known: BTreeSet<String> = keys.iter().cloned().collect();
        for key in named(document) {
            if known.insert(key.to_owned()) {
                keys.push(key.to_owned());
            }
        }
    }
}

fn named(document: &Document) -> Vec<&str> {
    let mut keys = Vec::new();
    for statement in &document.statements {
        for pattern in statement.resource.iter().flat_map(|element| &element.patterns) {
            keys.extend(variables(document, pattern));
        }
        for condition in &statement.conditions {
            keys.push(condition.key.as_str());
            let name = condition.operator.kind.name();
            if name.starts_with("String") || name.starts_with("Arn") {
                keys.extend(condition.values.iter().flat_map(|value| variables(document, &value.text)));
            }
        }
    }
    keys
}

/// The keys of the variables in a text; none before version 2012-10-17.
fn variables<'a>(document: &Document, text: &'a str) -> Vec<&'a str> {
    if document.version != Version::V2012 {
        return Vec::new();
    }
    let name = |part: &'a str| part.split(['}', ',']).next().map(str::trim).filter(|name| name.contains(':'));
    text.split("${").skip(1).filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_conditions_and_variables() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/${aws:username}/${*}","Condition":{"StringEquals":{"aws:PrincipalTag/team":"${aws:RequestTag/team, 'x'}"}}},
            {"Effect":"Deny","Action":"s3:PutObject","Resource":"*","Condition":{"Null":{"aws:PrincipalTag/TEAM":"true","aws:username":"true"}}}]}"#;
        let keys = context_keys(&[text.to_owned()]).unwrap();
        assert_eq!(keys, ["aws:username", "aws:PrincipalTag/team", "aws:RequestTag/team", "aws:PrincipalTag/TEAM"]);
        let old =
            r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/${aws:username}"}}"#;
        assert!(context_keys(&[old.to_owned()]).unwrap().is_empty());
        assert_eq!(
            context_keys(&["{".to_owned()]).unwrap_err().message,
            "Policy input list item 1 has invalid content"
        );
    }
}
