//! Checks an input against the model before a handler sees it, in the codes and texts of each service.

mod exceptions;

use bailiwick_authority::Call;
use bailiwick_aws::fault::Fault;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::validate::{Problem, ProblemKind, Step, gathered, service_message, validate};

/// The code with which a service refuses an input that does not fit its model.
/// Sources: the API references of the services, "Common errors" and the errors of each operation.
const CODES: &[(&str, &str)] = &[
    ("account", "ValidationException"),
    ("bailiwick", "InvalidParameterException"),
    ("chatbot", "InvalidParameterException"),
    ("chime", "BadRequestException"),
    ("iam", "ValidationError"),
    ("organizations", "InvalidInputException"),
    ("sns", "ValidationError"),
    ("sts", "ValidationError"),
];

/// Operations of IAM that do not repeat the value that they refuse, as AWS was seen to answer.
const SILENT: &[&str] = &[
    "GetContextKeysForCustomPolicy",
    "GetContextKeysForPrincipalPolicy",
    "SimulateCustomPolicy",
    "SimulatePrincipalPolicy",
];

/// Refuses an input that does not fit the model.
pub(crate) fn check(pack: &Pack, call: &Call) -> Result<(), Fault> {
    let model = crate::operation::model(pack, &call.service)?;
    let Some((service, operation)) =
        model.as_ref().and_then(|service| Some((service, service.operation(&call.operation)?)))
    else {
        return Ok(());
    };
    let mut problems = validate(service, operation, &call.input);
    problems.retain(|problem| !is_the_handlers(&call.service, problem) && !exceptions::allows(call, problem));
    if SILENT.contains(&call.operation.as_str()) && call.service == "iam" {
        problems.iter_mut().for_each(|problem| problem.shown = None);
    }
    if call.service == "sns"
        && problems.is_empty()
        && let Some(fault) = crate::sns::refused(call)
    {
        return Err(fault);
    }
    if call.service == "organizations"
        && let Some(fault) = crate::organizations::refused(&call.operation, &problems)
    {
        return Err(fault);
    }
    let mut problems = gathered(service, operation, &call.input, problems);
    problems.iter_mut().for_each(|problem| listed_as_seen(&call.service, problem));
    match service_message(&problems) {
        Some(message) => {
            let code =
                CODES.iter().find(|(name, _)| *name == call.service).map_or("ValidationException", |(_, code)| code);
            Err(Fault::sender(code, 400, message))
        }
        None => Ok(()),
    }
}

/// The types of a condition key's values, in the order in which IAM was seen to list them.
const CONTEXT_KEY_TYPES: &[&str] = &[
    "binary",
    "ipList",
    "booleanList",
    "ip",
    "boolean",
    "numericList",
    "dateList",
    "numeric",
    "date",
    "stringList",
    "string",
    "binaryList",
];

/// Brings the values of an enum into the order in which a service was seen to list them, where that is not the model's.
fn listed_as_seen(service: &str, problem: &mut Problem) {
    let last = problem.path.last();
    if let ProblemKind::Enum { values } = &mut problem.kind
        && service == "iam"
        && last == Some(&Step::Member("ContextKeyType".to_owned()))
    {
        values.sort_by_key(|value| CONTEXT_KEY_TYPES.iter().position(|known| known == value));
    }
}

/// Limits for which a service has words of its own, which its handlers say. The models of SNS give lengths and patterns
/// for few members, and SNS answers `InvalidParameter` to them.
fn is_the_handlers(service: &str, problem: &Problem) -> bool {
    use ProblemKind::{Enum, Pattern, TooLong, TooShort};
    service == "sns" && matches!(problem.kind, Enum { .. } | Pattern { .. } | TooLong { .. } | TooShort { .. })
}
