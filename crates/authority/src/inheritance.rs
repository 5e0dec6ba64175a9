//! The effective management policy of an account: what the policies from the root down to it say together, after the
//! inheritance operators (`@@assign`, `@@append`, `@@remove`, `@@operators_allowed_for_child_policies`).
//! Source: AWS Organizations' guide, "Understanding management policy inheritance" and "Inheritance operators".

mod merge;
mod validation;

use serde_json::{Map, Value};

use crate::{
    directory::{Account, Directory},
    record::PolicyType,
};
use merge::{Node, Peer, merge};
pub use validation::EffectivePolicyError;

/// An effective policy that cannot be computed. Whoever decides by it must refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the {kind} policy `{policy}` cannot be read: {cause}")]
pub struct InheritanceError {
    kind: &'static str,
    policy: String,
    cause: String,
}

/// What the policies of a type say together for an account.
#[derive(Debug, Clone, PartialEq)]
pub struct EffectivePolicy {
    /// The result of the merge, without operators and with keys in lower case.
    pub merged: Value,
    /// What is wrong with it. AWS then keeps the last valid one in force.
    pub errors: Vec<EffectivePolicyError>,
}

/// The rules of a tag policy with AWS's defaults: the folded name as key, every value where none was ever set.
fn tag_rules(rules: &Node) -> Value {
    let mut out = Map::new();
    for (name, rule) in rules.children() {
        let mut settings = match rule.merged() {
            Some(Value::Object(settings)) => settings,
            _ => Map::new(),
        };
        settings.entry("tag_key").or_insert_with(|| Value::String(name.clone()));
        let values = rule.child("tag_value").and_then(Node::values);
        let values = values.map_or_else(|| vec!["*".to_owned()], <[String]>::to_vec);
        settings.insert("tag_value".to_owned(), values.into());
        out.insert(name.clone(), Value::Object(settings));
    }
    Value::Object(out)
}

fn finished(root: &Node, kind: PolicyType) -> EffectivePolicy {
    let mut merged = match root.merged() {
        Some(Value::Object(merged)) => merged,
        _ => Map::new(),
    };
    if let Some(rules) =
        root.child("tags").filter(|rules| kind == PolicyType::TagPolicy && rules.children().next().is_some())
    {
        merged.insert("tags".to_owned(), tag_rules(rules));
    }
    EffectivePolicy { merged: Value::Object(merged), errors: validation::errors(root, kind) }
}

impl Directory {
    /// What the policies of a management type say together for an account; `None` when the type is not enabled or the
    /// account is in no organization. An account with nothing attached on its way has `{}`.
    ///
    /// # Errors
    /// A policy on the way cannot be read or is not known.
    pub fn merged_policy(
        &self,
        account: &Account,
        kind: PolicyType,
    ) -> Result<Option<EffectivePolicy>, InheritanceError> {
        let Some(organization) = self.organization().filter(|organization| organization.is_enabled(kind)) else {
            return Ok(None);
        };
        if account.record().membership.is_none() && account.id() != organization.management_account() {
            return Ok(None);
        }
        let bad =
            |policy: &str, cause: String| InheritanceError { kind: kind.as_str(), policy: policy.to_owned(), cause };
        let path = organization
            .path(account)
            .ok_or_else(|| bad("-", "the account's place in the organization is broken".to_owned()))?;
        let mut root = Node::new();
        for target in path {
            let mut documents = Vec::new();
            for policy in organization.attached(target.id, kind) {
                let policy = policy.ok_or_else(|| bad("-", "an attached policy is not known".to_owned()))?;
                let document: Value = serde_json::from_str(&policy.record.content)
                    .map_err(|error| bad(&policy.record.name, error.to_string()))?;
                documents.push((policy, document));
            }
            let peers: Vec<Peer<'_>> =
                documents.iter().map(|(policy, says)| Peer { policy: &policy.record.id, says }).collect();
            if let Some((policy, _)) = documents.first() {
                merge(&mut root, &peers, 0).map_err(|cause| bad(&policy.record.name, cause))?;
            }
        }
        Ok(Some(finished(&root, kind)))
    }

    /// The policy of a management type that is in force for an account: what its policies say together or, while that is not
    /// valid, the last that was. `None` as for [`Directory::merged_policy`].
    ///
    /// # Errors
    /// A policy on the way cannot be read or is not known.
    pub fn effective_policy(&self, account: &Account, kind: PolicyType) -> Result<Option<Value>, InheritanceError> {
        let Some(policy) = self.merged_policy(account, kind)? else { return Ok(None) };
        if policy.errors.is_empty() {
            return Ok(Some(policy.merged));
        }
        let held = self.organization().and_then(|organization| organization.last_valid(account.id(), kind));
        let Some(held) = held else { return Ok(Some(Value::Object(Map::new()))) };
        let read = serde_json::from_str(&held.content).map_err(|error| InheritanceError {
            kind: kind.as_str(),
            policy: "the last valid effective policy".to_owned(),
            cause: error.to_string(),
        });
        read.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use serde_json::json;

    fn merged(kind: PolicyType, levels: &[Vec<Value>]) -> Result<EffectivePolicy, String> {
        let mut root = Node::new();
        for (number, level) in levels.iter().enumerate() {
            let names: Vec<String> = (0..level.len()).map(|index| format!("p-{number}-{index}")).collect();
            let peers: Vec<Peer<'_>> = level.iter().zip(&names).map(|(says, policy)| Peer { policy, says }).collect();
            merge(&mut root, &peers, 0)?;
        }
        Ok(finished(&root, kind))
    }

    /// What policies attached at each level, root first, come to.
    #[derive(Deserialize)]
    struct Case {
        rule: String,
        policy_type: String,
        attached: Vec<Vec<Value>>,
        comes_to: Value,
    }

    #[test]
    fn policies_come_to_what_aws_says() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../testdata/management_policies.json")).unwrap();
        let mut wrong = Vec::new();
        for case in &cases {
            let kind = PolicyType::parse(&case.policy_type).unwrap();
            let found = merged(kind, &case.attached).unwrap().merged;
            if found != case.comes_to {
                wrong.push(format!("{}: {found}, not {}", case.rule, case.comes_to));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(cases.len() >= 47);
    }

    #[test]
    fn a_control_binds_lower_levels_and_they_can_only_narrow_it() {
        let root = json!({"chatbot": {"client": {
            "@@assign": "disabled", "@@operators_allowed_for_child_policies": ["@@none"]}}});
        let unit = json!({"chatbot": {"client": {
            "@@assign": "enabled", "@@operators_allowed_for_child_policies": ["@@all"]}}});
        let levels = [vec![root], vec![unit.clone()], vec![unit]];
        let found = merged(PolicyType::ChatbotPolicy, &levels).unwrap().merged;
        assert_eq!(found, json!({"chatbot": {"client": "disabled"}}));
    }

    #[test]
    fn what_is_not_an_operator_is_an_error() {
        assert!(merged(PolicyType::ChatbotPolicy, &[vec![json!({"chatbot": {"client": "enabled"}})]]).is_err());
        assert!(merged(PolicyType::ChatbotPolicy, &[vec![json!({"a": {}, "A": {}})]]).is_err());
    }

    #[test]
    fn an_incomplete_plan_names_what_is_missing_and_who_wrote_it() {
        let vault = json!({"plans": {"daily": {"rules": {"daily": {"schedule_expression": {"@@assign": "x"}}}}}});
        let more = json!({"plans": {"daily": {"copy_tags": {"@@assign": "x"}}}});
        let found = merged(PolicyType::BackupPolicy, &[vec![vault, more]]).unwrap().errors;
        let told: Vec<_> = found.iter().map(|error| (error.path.as_str(), error.message.as_str())).collect();
        assert_eq!(
            told,
            [
                ("plans/daily", "'selections' is missing"),
                ("plans/daily", "'regions' is missing"),
                ("plans/daily/rules/daily", "'target_backup_vault_name' is missing"),
            ]
        );
        assert_eq!(found[0].policies, ["p-0-0", "p-0-1"]);
        assert_eq!(found[2].policies, ["p-0-0"]);
    }
}
