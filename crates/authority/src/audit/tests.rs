use std::sync::Arc;

use bailiwick_aws::{Fault, Value, pack::Pack};
use bailiwick_ident::{AccountId, Partition, Region, Timestamp};
use serde_json::{Value as Json, json};

use super::{End, event::Event, mask::Masked};
use crate::{
    call::Call,
    caller::{Caller, Principal},
    origin::Origin,
};

fn pack() -> Arc<Pack> {
    Pack::embedded().unwrap()
}

fn call(service: &str, operation: &str, input: Value) -> Call {
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        account: AccountId::parse("444455556666").unwrap(),
        region: Region::us_east_1(),
        partition: Partition::aws(),
        input,
    }
}

fn input(pack: &Pack, service: &str, operation: &str, value: &Value) -> Json {
    let model = pack.service(service).unwrap();
    serde_json::to_value(Masked::input(Some(&model), operation, value)).unwrap()
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

#[test]
fn what_is_written_is_masked_and_bounded() {
    let pack = pack();
    let change = Value::map([("OldPassword", text("hunter2")), ("NewPassword", text("hunter3"))]);
    let hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";
    let written = input(&pack, "iam", "ChangePassword", &change);
    assert_eq!(written, json!({ "oldPassword": hidden, "newPassword": hidden }));

    let message = Value::map([("TopicArn", text("arn")), ("Message", text(&"\u{e9}".repeat(1_025)))]);
    let written = input(&pack, "sns", "Publish", &message);
    assert_eq!(written["message"], format!("{}... (1025 characters)", "\u{e9}".repeat(1_024)));
    let exact = Value::map([("Message", text(&"\u{e9}".repeat(1_024)))]);
    assert_eq!(input(&pack, "sns", "Publish", &exact)["message"], "\u{e9}".repeat(1_024));

    let keys = Value::map([("ResourceArn", text("arn")), ("TagKeys", Value::list((0..101).map(Value::Integer)))]);
    let written = input(&pack, "sns", "UntagResource", &keys);
    assert_eq!(written["tagKeys"].as_array().unwrap().len(), 100);
    // The names of a map's entries are the caller's and stay as they are; a secret among them does not.
    let attributes = Value::map([("Enabled", text("true")), ("Password", text("hunter2"))]);
    let create = Value::map([("Name", text("app")), ("Attributes", attributes)]);
    let written = input(&pack, "sns", "CreatePlatformApplication", &create);
    assert_eq!(written["attributes"], json!({ "Enabled": "true", "Password": hidden }));
}

#[test]
fn what_cannot_be_read_or_is_only_read_is_not_written() {
    let pack = pack();
    let model = pack.service("iam").unwrap();
    let value = Value::map([("RoleName", text("a"))]);
    assert!(Masked::input(None, "GetRole", &value).is_none());
    assert!(Masked::input(Some(&model), "NoSuchOperation", &value).is_none());
    assert!(Masked::input(Some(&model), "GetRole", &Value::empty()).is_none());
    assert!(Masked::output(Some(&model), "GetRole", &value).is_none());
    let role = Value::map([("Role", Value::map([("RoleName", text("a"))]))]);
    let written = serde_json::to_value(Masked::output(Some(&model), "CreateRole", &role)).unwrap();
    assert_eq!(written, json!({ "role": { "roleName": "a" } }));
}

#[test]
fn both_records_of_a_call_say_who_called_what() {
    let pack = pack();
    let mut caller = Caller::system("req-1");
    caller.principal = Principal::Root { account: AccountId::parse("444455556666").unwrap() };
    caller.access_key_id = Some("AKIAEXAMPLE".to_owned());
    caller.user_agent = Some("quote\" and \\ and }{".to_owned());
    let call = call("iam", "GetRole", Value::map([("RoleName", text("a"))]));
    let shared = Event { pack: &pack, caller: &caller, call: &call }.shared().unwrap();
    let attempt = super::Attempt {
        shared,
        origin: Origin::Api,
        service: call.service.clone(),
        operation: call.operation.clone(),
        decision_id: "decision-1".to_owned(),
        enforced: true,
    };
    let at = Timestamp::from_seconds(1_795_000_000);
    let read = |end: End<'_>| -> Json {
        let draft = super::outcome(&pack, &attempt, "outcome-1", at, end).unwrap();
        serde_json::from_str(&draft.record).unwrap()
    };
    let record = read(End::Finished(&Value::empty()));
    assert_eq!(record["userIdentity"]["arn"], "arn:aws:iam::444455556666:root");
    assert_eq!(record["userIdentity"]["accessKeyId"], "AKIAEXAMPLE");
    assert_eq!(record["userAgent"], "quote\" and \\ and }{");
    assert_eq!(record["eventName"], "GetRole");
    assert_eq!(record["eventSource"], "iam.amazonaws.com");
    assert_eq!(record["eventTime"], at.to_rfc3339());
    assert_eq!(record["requestParameters"], json!({ "roleName": "a" }));
    assert_eq!(record["responseElements"], Json::Null);
    assert_eq!(record["additionalEventData"]["outcome"], "finished");
    assert_eq!(record["additionalEventData"]["decisionId"], "decision-1");
    assert_eq!(record["additionalEventData"]["origin"], json!({ "kind": "api" }));
    assert!(record.get("errorCode").is_none());
    let record = read(End::Failed(&Fault::sender("NoSuchEntity", 404, "no such role")));
    assert_eq!((&record["errorCode"], &record["errorMessage"]), (&json!("NoSuchEntity"), &json!("no such role")));
    assert_eq!(read(End::Ambiguous("cut off"))["errorCode"], "Ambiguous");
}

#[test]
fn a_record_is_made_of_objects_only() {
    let call = call("sts", "GetCallerIdentity", Value::empty());
    let shared = Event { pack: &pack(), caller: &Caller::system("req-1"), call: &call }.shared().unwrap();
    assert!(shared.with(&json!(["no object"])).is_err());
    assert!(shared.with(&json!({ "eventID": "1" })).unwrap().ends_with(r#","eventID":"1"}"#));
}
