//! The ARN of a Lambda function as a call names it: a name, a part of the ARN, or the whole, each perhaps with a version or
//! alias. Source: AWS's Lambda API reference, Invoke, "FunctionName"; AWS's Lambda guide, "Resources and conditions".

use bailiwick_ident::{AccountId, Arn};

use super::template::scalar;
use crate::call::Call;

/// How the map of operations to actions writes it: the function's name, taken out of whatever form was given. That form alone
/// says whose function it is, so it is read here.
const MAPPED: &str = r"arn:${Partition}:lambda:${Region}:${Account}:function:%%regex%${FunctionName}%/^(?:^arn\:aws\:.+function\:|^[0-9]{12}\:function\:)?([^:]+?)(?:\:[^:]+)?$/g%%";

/// Whether a template of the map stands for a function.
pub(super) fn is_function(template: &str) -> bool {
    template == MAPPED
}

/// What a call names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// Nothing.
    Missing,
    /// A text in none of the forms.
    NotUnderstood,
    /// The function's ARN, with its version or alias where the call names one.
    Function(String),
}

/// The function of a call.
pub(super) fn function(call: &Call) -> Named {
    let member = |name: &str| call.input.get(name).and_then(scalar).filter(|text| !text.is_empty());
    let Some(given) = member("FunctionName") else { return Named::Missing };
    read(&given, member("Qualifier").as_deref(), call).map_or(Named::NotUnderstood, Named::Function)
}

fn read(given: &str, qualifier: Option<&str>, call: &Call) -> Option<String> {
    let own = |account: &str| format!("arn:{}:lambda:{}:{account}", call.partition, call.region);
    let (place, rest) = match given.split_once(":function:") {
        Some((place, rest)) if place.starts_with("arn:") => {
            let arn = Arn::parse(given).ok()?;
            let lambda = arn.service() == "lambda" && arn.resource().starts_with("function:");
            arn.account_id().filter(|_| lambda)?;
            (place.to_owned(), rest)
        }
        Some((account, rest)) => (own(AccountId::parse(account).ok()?.as_str()), rest),
        None => (own(call.account.as_str()), given),
    };
    let (name, inside) = rest.split_once(':').map_or((rest, None), |(name, inside)| (name, Some(inside)));
    let word = |text: &str, more: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || more.contains(c);
        (1..=140).contains(&text.len()) && text.chars().all(fits)
    };
    let qualifier = match (inside, qualifier) {
        (Some(one), Some(other)) if one != other => return None,
        (one, other) => one.or(other),
    };
    // `function:one` may be either a part of an ARN or a name with an alias.
    if given.starts_with("function:") || !word(name, "-_.") || qualifier.is_some_and(|text| !word(text, "-_$")) {
        return None;
    }
    Some(match qualifier {
        Some(qualifier) => format!("{place}:function:{name}:{qualifier}"),
        None => format!("{place}:function:{name}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick_aws::Value;
    use bailiwick_aws::pack::Pack;

    fn named(given: &str, qualifier: Option<&str>) -> Named {
        let name = [("FunctionName", Value::from(given))];
        let qualifier = qualifier.map(|text| ("Qualifier", Value::from(text)));
        let call = Call {
            service: "lambda".to_owned(),
            operation: "Invoke".to_owned(),
            account: "444455556666".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            partition: "aws".parse().unwrap(),
            input: Value::map(name.into_iter().chain(qualifier)),
        };
        function(&call)
    }

    #[test]
    fn every_form_of_a_name_comes_to_the_functions_own_arn() {
        let own = "arn:aws:lambda:eu-west-1:444455556666:function:one";
        for (given, qualifier, wanted) in [
            ("one", None, own.to_owned()),
            ("one:PROD", None, format!("{own}:PROD")),
            ("one", Some("$LATEST"), format!("{own}:$LATEST")),
            ("one:7", Some("7"), format!("{own}:7")),
            ("444455556666:function:one", None, own.to_owned()),
            (own, Some("PROD"), format!("{own}:PROD")),
            // Somebody else's stays theirs.
            ("111122223333:function:one", None, own.replace("444455556666", "111122223333")),
            (
                "arn:aws:lambda:us-east-1:111122223333:function:one:2",
                None,
                "arn:aws:lambda:us-east-1:111122223333:function:one:2".to_owned(),
            ),
        ] {
            assert_eq!(named(given, qualifier), Named::Function(wanted), "{given} {qualifier:?}");
        }
    }

    #[test]
    fn what_is_no_name_is_not_understood() {
        for given in [
            "one:1:2",
            "one*",
            "function:one",
            "arn:aws:lambda:eu-west-1:444455556666:layer:one",
            "arn:aws:s3:eu-west-1:444455556666:function:one",
            "x:function:one",
            "a/b",
            ":1",
        ] {
            assert_eq!(named(given, None), Named::NotUnderstood, "{given}");
        }
        assert_eq!(named("one:1", Some("2")), Named::NotUnderstood);
        assert_eq!(named("", None), Named::Missing);
    }

    #[test]
    fn the_map_writes_functions_as_they_are_read_here() {
        let map = Pack::embedded().unwrap().action_map("lambda").unwrap().unwrap();
        let invoke = map.operation("Invoke").unwrap();
        let templates = invoke.actions.iter().flat_map(|action| &action.templates);
        assert!(templates.into_iter().any(|template| is_function(&template.arn)), "{invoke:?}");
    }
}
