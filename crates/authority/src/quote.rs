//! Statements as they are quoted.

use serde_json::Value;

/// So many actions are quoted whole.
const MANY: usize = 8;
/// What stands for the actions that are left out.
const OTHERS: &str = "... ";

/// A statement as it is quoted to whoever asked for something: of a long list of actions only those of the service that was
/// asked. `asked` begins with the action. A text that is no JSON is quoted as it is, and what is quoted already stays so.
pub fn quoted(statement: &str, asked: &str) -> String {
    if is_short_and_plain(statement) {
        return statement.to_owned();
    }
    let service = asked.split_once(':').map_or("", |(service, _)| service);
    let Ok(mut json) = serde_json::from_str::<Value>(statement) else { return statement.to_owned() };
    for element in ["Action", "NotAction"] {
        let Some(Value::Array(actions)) = json.get_mut(element) else { continue };
        let all = actions.len();
        if all > MANY {
            actions.retain(|action| action.as_str().is_some_and(|action| concerns(action, service)));
            if actions.len() < all {
                actions.push(Value::String(format!("{OTHERS}{} of other services", all - actions.len())));
            }
        }
    }
    json.to_string()
}

/// Whether a text would be quoted as it is: no list of it can have too many actions, and it is written without spaces and
/// escapes. Statements are quoted again and again, and most of them are such.
fn is_short_and_plain(statement: &str) -> bool {
    let spaced = |pair: &[u8]| matches!(pair, [b',' | b':' | b'{' | b'[', b' '] | [b' ', b'}' | b']']);
    let mut commas = 0;
    for byte in statement.bytes() {
        match byte {
            b',' => commas += 1,
            b'\\' | b'\n' | b'\r' | b'\t' => return false,
            _ => {}
        }
    }
    commas < MANY && !statement.as_bytes().windows(2).any(spaced)
}

fn concerns(action: &str, service: &str) -> bool {
    let of_service = action.split_once(':').is_some_and(|(of, _)| of.eq_ignore_ascii_case(service));
    of_service || action == "*" || action.starts_with(OTHERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_statement_is_quoted_by_what_concerns_the_call() {
        let actions: Vec<String> = (0..100).map(|n| format!("svc{n}:Get*")).chain(["SNS:List*".to_owned()]).collect();
        let statement = serde_json::json!({"Effect": "Allow", "Action": actions, "Resource": "*"}).to_string();
        let asked = "sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms";
        let quote = quoted(&statement, asked);
        assert_eq!(quote, r#"{"Effect":"Allow","Action":["SNS:List*","... 100 of other services"],"Resource":"*"}"#);
        assert_eq!(quoted(&quote, asked), quote);
        let own: Vec<String> = (0..20).map(|n| format!("sns:Get{n}")).chain(["sqs:*".to_owned()]).collect();
        let quote = quoted(&serde_json::json!({"NotAction": own}).to_string(), asked);
        assert!(quote.contains("sns:Get19") && quote.contains("... 1 of other services"), "{quote}");
        assert_eq!(quoted(&quote, asked), quote);
        assert_eq!(quoted("not json", "sns:Publish"), "not json");
        assert_eq!(quoted(r#"{ "Effect": "Allow" }"#, asked), r#"{"Effect":"Allow"}"#);
        assert_eq!(quoted(r#"{"Sid":"\u0041"}"#, asked), r#"{"Sid":"A"}"#);
        let nine: Vec<String> = (0..9).map(|n| format!("svc{n}:Get*")).collect();
        assert!(quoted(&serde_json::json!({"Action": nine}).to_string(), asked).contains("... 9 of other services"));
    }
}
