//! Inputs that do not fit the model, in Organizations' reasons and words.

use bailiwick_aws::fault::Fault;
use bailiwick_aws::validate::{Problem, ProblemKind, Step};

use super::invalid;

/// `MaxResults` as reasons write it: `MAX_RESULTS`.
fn upper(member: &str) -> String {
    let mut out = String::new();
    for letter in member.chars() {
        if letter.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(letter.to_ascii_uppercase());
    }
    out
}

/// The fault for the first problem of an input; `None` for problems that Organizations has no reason for.
pub(crate) fn refused(operation: &str, problems: &[Problem]) -> Option<Fault> {
    let problem = problems.first()?;
    let named = problem.path.iter().rev().find_map(|step| match step {
        Step::Member(name) => Some(name.as_str()),
        _ => None,
    });
    let member = match &problem.kind {
        ProblemKind::Missing { member } => member.as_str(),
        _ => named?,
    };
    // This operation takes whatever is no account for a target of another kind.
    if operation == "ListEffectivePolicyValidationErrors" && member == "AccountId" {
        let message = "You specified a target that is not currently supported.";
        return Some(invalid("TARGET_NOT_SUPPORTED", message));
    }
    let reason = |of: &str| format!("{of}:{}", upper(member));
    Some(match &problem.kind {
        ProblemKind::Missing { .. } => {
            invalid(reason("INPUT_REQUIRED"), "You must provide a value for all of the required parameters.")
        }
        ProblemKind::TooShort { .. } => invalid(
            reason("MIN_LENGTH_EXCEEDED"),
            "You provided a value that is shorter than the minimum length allowed.",
        ),
        ProblemKind::TooLong { .. } => {
            invalid(reason("MAX_LENGTH_EXCEEDED"), "You provided a value that exceeds the maximum length allowed.")
        }
        ProblemKind::TooSmall { .. } => {
            invalid(reason("MIN_VALUE_EXCEEDED"), "You provided a value that is below the minimum allowed.")
        }
        ProblemKind::TooLarge { .. } => {
            invalid(reason("MAX_VALUE_EXCEEDED"), "You provided a value that exceeds the maximum allowed.")
        }
        ProblemKind::Pattern { .. } => {
            let reason = match member {
                "PolicyId" => "INVALID_SYNTAX_POLICY_ID".to_owned(),
                "TargetId" => "INVALID_PATTERN_TARGET_ID".to_owned(),
                "RoleName" => "INVALID_ROLE_NAME".to_owned(),
                _ => reason("INVALID_PATTERN"),
            };
            invalid(reason, "You provided a value that does not match the required pattern.")
        }
        ProblemKind::Enum { .. } if is_policy_type(operation, member) => {
            invalid("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type.")
        }
        ProblemKind::Enum { .. } => invalid(reason("INVALID_ENUM"), "You specified an invalid value."),
        _ => return None,
    })
}

fn is_policy_type(operation: &str, member: &str) -> bool {
    match member {
        "PolicyType" => true,
        "Filter" => operation.starts_with("ListPolicies"),
        "Type" => operation == "CreatePolicy",
        _ => false,
    }
}
