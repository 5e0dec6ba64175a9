//! Whether an operation only reads, so that a room may run it at once, or changes something and waits for a yes.
//!
//! The answer is for courtesy, not for safety: whether the call is allowed is decided elsewhere, by policies.

use bailiwick_aws::catalogue::AccessLevel;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::{Operation, Service};

/// What an operation does to what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// It may change something. Whatever is not known to read counts as this.
    Changes,
    /// It only reads.
    Reads,
}

/// Verbs that only read, for operations of which neither the reference nor the model says anything.
const READING: [&str; 9] = ["BatchGet", "Check", "Describe", "Detect", "Get", "Head", "List", "Search", "Validate"];

/// What an operation does: as the authorization reference says of all its actions; where that is silent, as the model says;
/// then by its name's verb.
pub fn access(pack: &Pack, service: &Service, operation: &Operation) -> Access {
    let map = pack.action_map(&service.name).ok().flatten();
    let actions = map.as_ref().and_then(|map| map.operation(&operation.name)).map_or(&[][..], |mapped| &mapped.actions);
    let levels: Vec<Option<AccessLevel>> = actions.iter().map(|mapped| level(pack, &mapped.action)).collect();
    let reads = |level: &AccessLevel| matches!(level, AccessLevel::List | AccessLevel::Read);
    if !levels.is_empty() && levels.iter().all(Option::is_some) {
        let reading = levels.iter().flatten().all(reads);
        return if reading { Access::Reads } else { Access::Changes };
    }
    if levels.iter().flatten().any(|level| !reads(level)) {
        return Access::Changes;
    }
    if operation.readonly || READING.iter().any(|verb| operation.name.starts_with(verb)) {
        Access::Reads
    } else {
        Access::Changes
    }
}

fn level(pack: &Pack, action: &str) -> Option<AccessLevel> {
    let (prefix, name) = action.split_once(':')?;
    pack.authorization(prefix).ok()??.action(name).map(|action| action.level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_decide_before_names() {
        let pack = Pack::embedded().unwrap();
        for (service, operation, expected) in [
            ("sns", "ListTopics", Access::Reads),
            ("sns", "Publish", Access::Changes),
            ("lambda", "Invoke", Access::Changes),
            ("dynamodb", "Query", Access::Reads),
            ("dynamodb", "BatchGetItem", Access::Reads),
            ("sts", "AssumeRole", Access::Changes),
            ("sqs", "ReceiveMessage", Access::Reads),
            ("sns", "TagResource", Access::Changes),
        ] {
            let model = pack.service(service).unwrap();
            assert_eq!(access(&pack, &model, model.operation(operation).unwrap()), expected, "{service} {operation}");
        }
    }
}
