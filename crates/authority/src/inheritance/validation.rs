//! What an effective policy must have to be valid.

use super::merge::Node;
use crate::record::PolicyType;

/// Something that an effective policy lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectivePolicyError {
    /// Such as `KEY_REQUIRED`.
    pub code: &'static str,
    /// The sentence of the API.
    pub message: String,
    /// Where, such as `plans/daily`.
    pub path: String,
    /// The policies that say something there, by id, from the root down.
    pub policies: Vec<String>,
}

/// What a plan and a rule of a backup policy need, in the order in which AWS names it.
/// Source: AWS's Organizations guide, "Backup policy syntax and examples".
const PLAN: [&str; 3] = ["selections", "regions", "rules"];
const RULE: [&str; 1] = ["target_backup_vault_name"];

fn missing(node: &Node, path: &str, keys: &[&str], errors: &mut Vec<EffectivePolicyError>) {
    for key in keys.iter().filter(|key| node.child(key).and_then(Node::merged).is_none()) {
        errors.push(EffectivePolicyError {
            code: "KEY_REQUIRED",
            message: format!("'{key}' is missing"),
            path: path.to_owned(),
            policies: node.sources().to_vec(),
        });
    }
}

/// What is wrong with a merged tree.
pub(super) fn errors(root: &Node, kind: PolicyType) -> Vec<EffectivePolicyError> {
    let mut errors = Vec::new();
    if kind != PolicyType::BackupPolicy {
        return errors;
    }
    for (name, plan) in root.child("plans").into_iter().flat_map(Node::children) {
        let path = format!("plans/{name}");
        missing(plan, &path, &PLAN, &mut errors);
        for (name, rule) in plan.child("rules").into_iter().flat_map(Node::children) {
            missing(rule, &format!("{path}/rules/{name}"), &RULE, &mut errors);
        }
    }
    errors
}
