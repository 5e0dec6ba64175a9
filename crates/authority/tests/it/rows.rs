//! The authorization rows against the service models and AWS's reference.

use bailiwick_authority::Rows;
use bailiwick_aws::pack::Pack;

#[test]
fn every_operation_of_these_services_has_a_row() {
    let (pack, rows) = (Pack::embedded().unwrap(), Rows::read().unwrap());
    for service in ["bailiwick", "chatbot", "chime", "organizations", "sns", "sts"] {
        let model = pack.service(service).unwrap();
        let missing: Vec<&str> =
            model.operations.keys().map(AsRef::as_ref).filter(|name| !rows.has(service, name)).collect();
        assert!(missing.is_empty(), "{service}: {missing:?}");
    }
    let iam = pack.service("iam").unwrap();
    let missing: Vec<_> = iam.operations.keys().filter(|name| !rows.has("iam", name)).collect();
    // Delegation requests are not offered.
    assert!(
        missing.iter().all(|name| name.contains("Delegat") || &***name == "GetHumanReadableSummary"),
        "{missing:?}"
    );
}

#[test]
fn rows_speak_of_operations_members_and_actions_that_exist() {
    let (pack, rows) = (Pack::embedded().unwrap(), Rows::read().unwrap());
    for service in ["bailiwick", "chatbot", "chime", "iam", "organizations", "sns", "sts"] {
        let model = pack.service(service).unwrap();
        for operation in rows.operations(service) {
            let known = model.operation(operation);
            // An action may be ahead of the model by operations that only the console has.
            if service != "bailiwick" {
                assert!(known.is_some(), "{service}:{operation} is no operation");
            }
            let Some(known) = known else { continue };
            let members = known.input.as_ref().map(|input| model.target(input));
            for member in rows.members(service, operation) {
                assert!(
                    members.is_some_and(|shape| shape.member(member).is_some()),
                    "{service}:{operation} has no member `{member}`"
                );
            }
            for action in rows.actions(service, operation) {
                let (prefix, name) = action.split_once(':').unwrap();
                let reference = pack.authorization(prefix).unwrap().unwrap();
                assert!(reference.action(name).is_some(), "{action} is no action");
            }
        }
    }
}

#[test]
fn an_action_that_takes_only_a_star_is_asked_for_with_a_star() {
    let (pack, rows) = (Pack::embedded().unwrap(), Rows::read().unwrap());
    for service in ["chatbot", "chime", "iam", "organizations", "sns", "sts"] {
        for operation in rows.operations(service) {
            for (action, wildcard) in rows.wildcards(service, operation) {
                let (prefix, name) = action.split_once(':').unwrap();
                let reference = pack.authorization(prefix).unwrap().unwrap();
                let only_star = reference.action(name).unwrap().wildcard_only();
                if only_star {
                    assert!(wildcard, "{service}:{operation} asks for {action} on a resource, which it does not take");
                }
            }
        }
    }
}
