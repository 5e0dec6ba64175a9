//! Single messages: what AWS was seen to answer, and bytes that are no message at all.

use bailiwick_aws::fault::Fault;
use bailiwick_aws::http::{Request, Response, percent_encode};
use bailiwick_aws::model::{Protocol, Service};
use bailiwick_aws::protocol::{client, server};
use bailiwick_aws::value::Value;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::round_trip::service;

fn form(body: String) -> Request {
    http::Request::post("http://localhost/")
        .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(body.into_bytes())
        .unwrap()
}

#[test]
fn forms_that_iam_was_seen_to_take_or_refuse() {
    let (iam, sts) = (service("iam"), service("sts"));
    let mut count = 0;
    for line in include_str!("../../testdata/query/captures.jsonl").lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let (model, version) = match case["service"].as_str().unwrap() {
            "sts" => (&sts, "2011-06-15"),
            _ => (&iam, "2010-05-08"),
        };
        let mut body = format!("Action={}&Version={version}", case["operation"].as_str().unwrap());
        for (name, value) in case["input"].as_object().unwrap() {
            body.push_str(&format!("&{}={}", percent_encode(name, b""), percent_encode(value.as_str().unwrap(), b"")));
        }
        let request = form(body);
        let read = server::route(model, &request).unwrap().decode(&request);
        match case.get("refused").and_then(Json::as_str) {
            None => assert!(read.is_ok(), "{}: {read:?}", case["id"]),
            Some(text) => {
                let fault = read.unwrap_err();
                assert_eq!((&*fault.code, fault.status), ("MalformedInput", 400), "{}", case["id"]);
                assert!(text.is_empty() || fault.message == text, "{}: {}", case["id"], fault.message);
            }
        }
        count += 1;
    }
    assert_eq!(count, 55);
}

fn routed(service: &Service, request: &Request) -> String {
    match server::route(service, request) {
        Ok(route) => route.operation.name.to_string(),
        Err(fault) => format!("{} {}", fault.status, fault.code),
    }
}

#[test]
fn requests_find_their_operations() {
    let chime = service("chime");
    let at = |method: &str, target: &str| {
        let request = http::Request::builder().method(method).uri(target).body(Vec::new()).unwrap();
        routed(&chime, &request)
    };
    assert_eq!(at("GET", "/accounts"), "ListAccounts");
    assert_eq!(at("GET", "/accounts/"), "ListAccounts");
    assert_eq!(at("POST", "/accounts/1/users"), "BatchUpdateUser");
    assert_eq!(at("POST", "/accounts/1/users?operation=add"), "InviteUsers");
    assert_eq!(at("POST", "/accounts/1/users?operation=create"), "CreateUser");
    assert_eq!(at("POST", "/accounts/1/users?operation=fly"), "BatchUpdateUser");
    assert_eq!(at("PATCH", "/nowhere"), "404 UnknownOperationException");
    let iam = service("iam");
    assert_eq!(routed(&iam, &form("Action=ListUsers&Version=2010-05-08".to_owned())), "ListUsers");
    assert_eq!(routed(&iam, &form("Action=ListUsers".to_owned())), "ListUsers");
    assert_eq!(routed(&iam, &form("Action=ListUsers&Version=2011-01-01".to_owned())), "400 InvalidAction");
    assert_eq!(routed(&iam, &form("Action=Nothing".to_owned())), "400 InvalidAction");
    assert_eq!(routed(&iam, &form("Version=2010-05-08".to_owned())), "400 MissingAction");
    let organizations = service("organizations");
    let target = |name: &str| {
        let request = http::Request::post("/").header("x-amz-target", name).body(b"{}".to_vec()).unwrap();
        routed(&organizations, &request)
    };
    assert_eq!(target("AWSOrganizationsV20161128.ListRoots"), "ListRoots");
    assert_eq!(target("AWSOrganizationsV20161128.Nothing"), "400 UnknownOperationException");
    assert_eq!(target("Other.ListRoots"), "400 UnknownOperationException");
}

#[test]
fn json_of_a_wrong_kind_is_refused_in_the_words_of_aws() {
    let organizations = service("organizations");
    let message = |body: &str| {
        let request = http::Request::post("/")
            .header("x-amz-target", "AWSOrganizationsV20161128.CreateOrganizationalUnit")
            .body(body.as_bytes().to_vec())
            .unwrap();
        let fault = server::route(&organizations, &request).unwrap().decode(&request).unwrap_err();
        assert_eq!((&*fault.code, fault.status), ("SerializationException", 400));
        fault.message
    };
    assert_eq!(message(r#"{"Name": 1}"#), "NUMBER_VALUE can not be converted to a String");
    assert_eq!(message(r#"{"Name": [1]}"#), "Start of list found where not expected");
    assert_eq!(message(r#"{"Name": {}}"#), "Start of structure or map found where not expected.");
    assert_eq!(message(r#"{"Tags": "a"}"#), "Expected list or null");
    assert!(message("{").starts_with("the body is not JSON"));
    message(&format!("{{\"Tags\": {}{}}}", "[".repeat(2000), "]".repeat(2000)));
}

#[test]
fn faults_are_read_back() {
    for (name, fault) in [
        ("sns", Fault::sender("AuthorizationError", 403, "User: x is not authorized to perform: SNS:Publish")),
        ("iam", Fault::sender("NoSuchEntity", 404, "The user with name <a> cannot be found.")),
        ("ec2", Fault::sender("InvalidInstanceID.NotFound", 400, "The instance ID 'i-1' does not exist")),
        ("organizations", Fault::sender("AccessDeniedException", 400, "You don't have permissions")),
        ("chime", Fault::sender("NotFoundException", 404, "ü")),
        ("s3", Fault::sender("NoSuchKey", 404, "The specified key does not exist.")),
        ("route53", Fault::sender("NoSuchHostedZone", 404, "No hosted zone found")),
        ("cloudwatch", Fault::sender("ResourceNotFound", 404, "Dashboard d does not exist")),
        ("iam", Fault::receiver("ServiceFailure", 500, "it broke")),
    ] {
        let service = service(name);
        let operation = service.operations.values().next().unwrap();
        for protocol in &service.protocols {
            let response = server::encode_fault(&service, *protocol, &fault, "id-1");
            let read = match client::decode_as(*protocol, &service, operation, &response) {
                Err(client::ResponseError::Fault(read)) => *read,
                other => panic!("{name}: {other:?}"),
            };
            assert_eq!((&read.code, read.status, &read.message), (&fault.code, fault.status, &fault.message), "{name}");
            assert_eq!(read.side, fault.side, "{name}");
        }
    }
}

#[test]
fn members_of_errors_are_kept() {
    let organizations = service("organizations");
    let fault = Fault::modelled(&organizations, "ConstraintViolationException", "too many")
        .with("Reason", "ACCOUNT_NUMBER_LIMIT_EXCEEDED");
    let response = server::encode_fault(&organizations, Protocol::Json, &fault, "id-1");
    let operation = organizations.operation("CreateAccount").unwrap();
    let Err(client::ResponseError::Fault(read)) = client::decode(&organizations, operation, &response) else {
        panic!("no fault was read")
    };
    assert_eq!(read.fields.get("Reason"), Some(&Value::from("ACCOUNT_NUMBER_LIMIT_EXCEEDED")));
}

#[test]
fn answers_that_are_no_error_of_the_model() {
    let sns = service("sns");
    let operation = sns.operation("ListTopics").unwrap();
    let read = |status: u16, body: &str| {
        let response: Response = http::Response::builder().status(status).body(body.as_bytes().to_vec()).unwrap();
        client::decode(&sns, operation, &response)
    };
    let Err(client::ResponseError::Fault(fault)) = read(503, "<html><body>sorry</body></html>") else { panic!() };
    assert_eq!((&*fault.code, &*fault.message, fault.retryable), ("503", "Service Unavailable", true));
    let Err(client::ResponseError::Fault(fault)) = read(502, "") else { panic!() };
    assert_eq!((&*fault.code, &*fault.message), ("502", "Bad Gateway"));
    assert!(matches!(read(200, "<a>"), Err(client::ResponseError::Wire(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_make_a_decoder_panic(
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            "[<>/a-zA-Z&;#x0-9\"= ]{0,80}".prop_map(String::into_bytes),
            "[\\[\\]{}:,\"a-zA-Z0-9. -]{0,80}".prop_map(String::into_bytes),
            "([A-Za-z]{1,8}(\\.(member|entry|[0-9]{1,3}|key|value)){0,4}=[^&]{0,8}&?){0,6}".prop_map(String::into_bytes),
        ],
        status in prop_oneof![Just(200u16), Just(400), Just(500)],
        path in "(/[a-z%2F{}]{0,6}){0,5}",
        query in "[a-zA-Z=&%0-9+]{0,30}",
    ) {
        for name in ["iam", "sns", "organizations", "chime", "s3", "ec2", "cloudwatch", "lex-runtime"] {
            let service = service(name);
            for (index, operation) in service.operations.values().enumerate().step_by(17) {
                let response: Response = http::Response::builder().status(status).body(body.clone()).unwrap();
                for protocol in &service.protocols {
                    let _ = client::decode_as(*protocol, &service, operation, &response);
                    let target = if index % 2 == 0 { operation.uri.replace(['{', '}', '+'], "") } else { path.clone() };
                    let Ok(uri) = format!("http://localhost{target}").parse::<http::Uri>() else { continue };
                    let separator = if uri.query().is_some() { '&' } else { '?' };
                    let Ok(request) = http::Request::builder()
                        .method(&*operation.method)
                        .uri(format!("{uri}{separator}{query}"))
                        .header("x-amz-meta-a", "b")
                        .body(body.clone())
                    else { continue };
                    let _ = server::route(&service, &request);
                    let _ = server::Route { service: &service, operation, protocol: *protocol }.decode(&request);
                }
            }
        }
    }
}

#[test]
fn a_required_checksum_is_added() {
    let s3 = service("s3");
    let operation = s3.operation("PutBucketVersioning").unwrap();
    let mut input = Value::map([
        ("Bucket", Value::from("b")),
        ("VersioningConfiguration", Value::map([("Status", Value::from("Enabled"))])),
    ]);
    let mut request = client::encode(&s3, operation, &input).unwrap();
    client::add_checksum(&s3, operation, &input, &mut request).unwrap();
    assert_eq!(request.headers["x-amz-sdk-checksum-algorithm"], "CRC32");
    assert!(request.headers.contains_key("x-amz-checksum-crc32"));
    input.as_map_mut().unwrap().insert("ChecksumAlgorithm".to_owned(), Value::from("SHA256"));
    let mut request = client::encode(&s3, operation, &input).unwrap();
    client::add_checksum(&s3, operation, &input, &mut request).unwrap();
    assert_eq!(request.headers["x-amz-sdk-checksum-algorithm"], "SHA256");
    assert_eq!(request.headers["x-amz-checksum-sha256"].len(), 44);
}

#[test]
fn idempotency_tokens_are_filled_where_none_is_given() {
    let service = service("chatbot");
    let operation = service.operations.values().find(|operation| {
        operation
            .input
            .as_ref()
            .is_some_and(|target| service.target(target).members().iter().any(|member| member.target.idempotency_token))
    });
    let Some(operation) = operation else { panic!("chatbot has an operation with a token") };
    let token = "0123456789abcdef0123456789abcdef";
    let mut input = Value::empty();
    assert!(bailiwick_aws::protocol::fill_idempotency_tokens(&service, operation, &mut input, token));
    let filled = input.clone();
    assert!(!bailiwick_aws::protocol::fill_idempotency_tokens(&service, operation, &mut input, "another"));
    assert_eq!(input, filled);
}
