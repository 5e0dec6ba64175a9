//! Where AWS's model refuses what is offered here on purpose.

use bailiwick_authority::Call;
use bailiwick_aws::Value;
use bailiwick_aws::validate::{Problem, ProblemKind, Step, matches};

/// What a row allows instead.
enum Instead {
    /// Text up to this length.
    Length(usize),
    /// Text of this pattern, as the models write them.
    Pattern(&'static str),
    /// ARNs of every partition where the model writes `arn:aws:`.
    Partition,
}

/// One exception.
struct Row {
    service: &'static str,
    /// The member, at the end of the path; `*` for every one.
    member: &'static str,
    instead: Instead,
}

/// The exceptions, each with its reason.
const ROWS: &[Row] = &[
    // Amazon Chime is gone; whatever speaks its webhook format is at another address. Whether an address may be called at
    // all is asked when something is sent there.
    Row { service: "chatbot", member: "WebhookUrl", instead: Instead::Pattern(r"https?://[^\s/?#@]+(/[^\s]*)?") },
    // The model says 100, CloudFormation and the guide of aliases 5,000.
    Row { service: "chatbot", member: "CommandText", instead: Instead::Length(5_000) },
    // The model was written for one partition.
    Row { service: "chatbot", member: "*", instead: Instead::Partition },
];

/// Whether a row allows what the model refuses.
pub(super) fn allows(call: &Call, problem: &Problem) -> bool {
    let member = problem.path.iter().rev().find_map(|step| match step {
        Step::Member(name) => Some(name.as_str()),
        _ => None,
    });
    let (Some(member), Some(text)) = (member, at(&call.input, &problem.path)) else { return false };
    let of_call = |row: &&Row| row.service == call.service && (row.member == "*" || row.member == member);
    ROWS.iter().filter(of_call).any(|row| match (&row.instead, &problem.kind) {
        (Instead::Length(max), ProblemKind::TooLong { .. }) => text.chars().count() <= *max,
        (Instead::Pattern(pattern), ProblemKind::Pattern { .. }) => matches(pattern, text),
        (Instead::Partition, ProblemKind::Pattern { pattern }) => {
            pattern.contains("arn:aws:") && in_first_partition(text).is_some_and(|text| matches(pattern, &text))
        }
        _ => false,
    })
}

/// The same ARN with `aws` for its partition.
fn in_first_partition(text: &str) -> Option<String> {
    let rest = text.strip_prefix("arn:")?;
    let (partition, rest) = rest.split_once(':')?;
    let known = partition.strip_prefix("aws-")?;
    let word = known.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    (word && !known.is_empty()).then(|| format!("arn:aws:{rest}"))
}

/// The text at a path of the input.
fn at<'a>(input: &'a Value, path: &[Step]) -> Option<&'a str> {
    let mut value = input;
    for step in path {
        value = match (step, value) {
            (Step::Element(place), Value::List(elements)) => elements.get(*place)?,
            (Step::Entry(name) | Step::Member(name), value) => value.get(name)?,
            _ => return None,
        };
    }
    value.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_other_partitions_are_read_as_those_of_the_first() {
        let read = |text| in_first_partition(text);
        assert_eq!(read("arn:aws-cn:iam::1:role/x").as_deref(), Some("arn:aws:iam::1:role/x"));
        assert_eq!(read("arn:aws-iso-b:iam::1:role/x").as_deref(), Some("arn:aws:iam::1:role/x"));
        for text in ["arn:aws:iam::1:role/x", "arn:aws-:iam::1:role/x", "arn:aws-1:iam::1:x", "arn:azure:iam::1:x", "x"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
