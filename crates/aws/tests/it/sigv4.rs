//! SigV4 against AWS's test suite and against the `aws-sigv4` crate.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as PeerCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode,
};
use bailiwick_aws::http::Request;
use bailiwick_aws::sigv4::{Claim, Credentials, Scope, Secret, SigV4Error, presign, sign};
use bailiwick_ident::Timestamp;
use proptest::prelude::*;
use serde_json::Value as Json;

const KEY_ID: &str = "AKIDEXAMPLE";
const NOW: i64 = 1_786_000_000;

fn text<'a>(case: &'a Json, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn request_of(case: &Json) -> Option<Request> {
    // Characters that a client must have encoded make no HTTP request at all.
    let target: http::Uri = text(case, "target").parse().ok()?;
    let mut request = Request::new(text(case, "body").as_bytes().to_vec());
    *request.method_mut() = text(case, "method").parse().unwrap();
    *request.uri_mut() = target;
    for pair in case["headers"].as_array().unwrap() {
        let name: http::HeaderName = pair[0].as_str().unwrap().parse().unwrap();
        let value = http::HeaderValue::from_bytes(pair[1].as_str().unwrap().as_bytes()).unwrap();
        // HTTP libraries give the length when they send, which is after signing.
        if name != "content-length" || text(case, "canonical_header_names").contains("content-length") {
            request.headers_mut().append(name, value);
        }
    }
    Some(request)
}

#[test]
fn signatures_of_the_test_suite() {
    let cases: Vec<Json> = serde_json::from_str(include_str!("../../testdata/sigv4/vectors.json")).unwrap();
    let mut checked = 0;
    for case in &cases {
        let name = text(case, "name");
        let Some(mut request) = request_of(case) else { continue };
        let names: Vec<&str> = text(case, "canonical_header_names").split(';').collect();
        if names.contains(&"content-length") || case["omit_session_token"] == true {
            // We sign neither the length, which libraries add, nor without the token, which no service of ours asks for.
            continue;
        }
        let now = Timestamp::parse_rfc3339(text(case, "timestamp")).unwrap();
        let secret = Secret::new(text(case, "secret_access_key"));
        let token = case["session_token"].as_str().map(Secret::new);
        let credentials = Credentials {
            access_key_id: text(case, "access_key_id"),
            secret_access_key: &secret,
            session_token: token.as_ref(),
        };
        let scope = Scope { region: text(case, "region"), service: text(case, "service") };
        let mut in_query = request.clone();
        if case["sign_body"] == true {
            let digest = hex(&<sha2::Sha256 as sha2::Digest>::digest(request.body()));
            request.headers_mut().insert("x-amz-content-sha256", digest.parse().unwrap());
        }
        sign(&mut request, credentials, scope, now).unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(authorization.ends_with(text(case, "header_signature")), "{name}: {authorization}");
        let claim = Claim::parse(&request).unwrap();
        claim.verify(&secret, &request, request.body(), now).unwrap();

        presign(&mut in_query, credentials, scope, now, case["expires"].as_i64().unwrap()).unwrap();
        if case["sign_body"] != true {
            assert!(in_query.uri().to_string().ends_with(text(case, "query_signature")), "{name}: {}", in_query.uri());
        }
        let claim = Claim::parse(&in_query).unwrap();
        claim.verify(&secret, &in_query, in_query.body(), now.plus_seconds(3000)).unwrap();
        checked += 1;
    }
    assert!(checked >= 24, "only {checked} of {} cases were checked", cases.len());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[derive(Debug, Clone)]
struct Sample {
    method: &'static str,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    secret: String,
    token: Option<String>,
    s3: bool,
    presigned: bool,
}

fn sample() -> impl Strategy<Value = Sample> {
    let segment = "([A-Za-z0-9._~-]|%[2-7][0-9A-F]|%C3%BC|:|@|,|\\.\\.|=){0,8}";
    let pair = "([A-Za-z0-9._~-]|%[2-7][0-9A-F]|%C3%BC){1,6}(=([A-Za-z0-9._~-]|%[2-7][0-9A-F]){0,6})?";
    let header = ("x-[a-z]{1,8}-[a-z0-9]{1,4}", "[!-~]([ -~]{0,20}[!-~])?");
    (
        prop_oneof![Just("GET"), Just("POST"), Just("PUT"), Just("DELETE")],
        prop::collection::vec(segment, 0..5),
        prop::collection::vec(pair, 0..5),
        prop::collection::vec(header, 0..4),
        prop::collection::vec(any::<u8>(), 0..64),
        "[A-Za-z0-9/+]{40}",
        prop::option::of("[A-Za-z0-9/+=]{1,80}"),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(method, path, query, headers, body, secret, token, s3, presigned)| Sample {
            method,
            path: format!("/{}", path.join("/")),
            query: query.join("&"),
            headers,
            body,
            secret,
            token,
            s3,
            presigned,
        })
}

impl Sample {
    fn request(&self) -> Request {
        let mut target = format!("https://sns.us-east-1.amazonaws.com{}", self.path);
        if !self.query.is_empty() {
            target = format!("{target}?{}", self.query);
        }
        let mut builder = http::Request::builder().method(self.method).uri(target);
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        builder.body(self.body.clone()).unwrap()
    }

    fn service(&self) -> &'static str {
        if self.s3 { "s3" } else { "sns" }
    }

    fn ours(&self) -> Request {
        let mut request = self.request();
        let secret = Secret::new(self.secret.clone());
        let token = self.token.clone().map(Secret::new);
        let credentials =
            Credentials { access_key_id: KEY_ID, secret_access_key: &secret, session_token: token.as_ref() };
        let scope = Scope { region: "us-east-1", service: self.service() };
        let now = Timestamp::from_seconds(NOW);
        if self.presigned {
            presign(&mut request, credentials, scope, now, 900).unwrap();
        } else {
            sign(&mut request, credentials, scope, now).unwrap();
        }
        request
    }

    fn theirs(&self) -> Request {
        let mut request = self.request();
        let identity = PeerCredentials::new(KEY_ID, &self.secret, self.token.clone(), None, "test").into();
        let mut settings = SigningSettings::default();
        if self.s3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            if !self.presigned {
                settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            }
        }
        if self.presigned {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(900));
        }
        let params = aws_sigv4::sign::v4::SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name(self.service())
            .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW as u64))
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let body =
            if self.s3 && self.presigned { SignableBody::UnsignedPayload } else { SignableBody::Bytes(&self.body) };
        let headers = request.headers().iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap()));
        let uri = request.uri().to_string();
        let signable = SignableRequest::new(self.method, uri, headers, body).unwrap();
        let (instructions, _) = aws_sigv4::http_request::sign(signable, &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }

    fn signature(request: &Request) -> String {
        let text = match request.headers().get("authorization") {
            Some(value) => value.to_str().unwrap().to_owned(),
            None => request.uri().to_string(),
        };
        text.split("Signature=").nth(1).unwrap().split('&').next().unwrap().to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn ours_and_theirs_agree(sample in sample()) {
        let (ours, theirs) = (sample.ours(), sample.theirs());
        prop_assert_eq!(Sample::signature(&ours), Sample::signature(&theirs));
        let now = Timestamp::from_seconds(NOW + 60);
        let secret = Secret::new(sample.secret.clone());
        for mut request in [ours, theirs] {
            let claim = Claim::parse(&request).unwrap();
            prop_assert_eq!(claim.access_key_id(), KEY_ID);
            prop_assert_eq!((claim.region(), claim.service()), ("us-east-1", sample.service()));
            prop_assert_eq!(claim.security_token().map(|token| token.expose().to_owned()), sample.token.clone());
            claim.verify(&secret, &request, request.body(), now).unwrap();
            let wrong = claim.verify(&Secret::new("wrong"), &request, request.body(), now);
            prop_assert_eq!(wrong, Err(SigV4Error::SignatureDoesNotMatch));
            let mut other = request.body().clone();
            other.push(b'x');
            if !(sample.s3 && sample.presigned) {
                prop_assert!(claim.verify(&secret, &request, &other, now).is_err());
            }
            *request.method_mut() = http::Method::PATCH;
            prop_assert_eq!(
                claim.verify(&secret, &request, request.body(), now),
                Err(SigV4Error::SignatureDoesNotMatch)
            );
        }
    }

    #[test]
    fn any_authorization_is_read_without_a_panic(value in "(AWS4-HMAC-SHA256 )?(Credential=)?[ -~]{0,120}", date in "[0-9TZ-]{0,20}") {
        let request = http::Request::builder()
            .uri("http://localhost/")
            .header("authorization", value)
            .header("x-amz-date", date)
            .body(())
            .unwrap();
        let _ = Claim::parse(&request);
    }
}

fn signed() -> Request {
    let sample = Sample {
        method: "POST",
        path: "/".to_owned(),
        query: String::new(),
        headers: vec![("x-amz-target".to_owned(), "A.B".to_owned())],
        body: b"{}".to_vec(),
        secret: "secret".to_owned(),
        token: None,
        s3: false,
        presigned: false,
    };
    sample.ours()
}

fn refused(change: impl FnOnce(&mut Request)) -> (&'static str, String) {
    let mut request = signed();
    change(&mut request);
    let now = Timestamp::from_seconds(NOW);
    let error = Claim::parse(&request)
        .and_then(|claim| claim.verify(&Secret::new("secret"), &request, request.body(), now))
        .unwrap_err();
    (error.code(), error.to_string())
}

fn set(request: &mut Request, name: &'static str, value: &str) {
    request.headers_mut().insert(name, value.parse().unwrap());
}

fn replace(request: &mut Request, from: &str, to: &str) {
    let text = request.headers()["authorization"].to_str().unwrap().replace(from, to);
    set(request, "authorization", &text);
}

#[test]
fn refusals_in_the_words_of_aws() {
    let (code, text) = refused(|request| {
        request.headers_mut().remove("authorization");
    });
    assert_eq!((code, &*text), ("MissingAuthenticationToken", "Request is missing Authentication Token"));

    let (code, text) = refused(|request| set(request, "authorization", "AWS4-HMAC-SHA256 Signature=abc"));
    assert_eq!(code, "IncompleteSignature");
    assert!(
        text.starts_with(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed"
        ),
        "{text}"
    );

    let (code, text) = refused(|request| replace(request, "/sns/", "/"));
    assert_eq!(code, "IncompleteSignature");
    assert!(text.starts_with("Credential must have exactly 5 slash-delimited elements"), "{text}");

    let (code, text) = refused(|request| replace(request, "host;", ""));
    assert_eq!(code, "SignatureDoesNotMatch");
    assert_eq!(text, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");

    let (code, text) = refused(|request| set(request, "x-amz-meta-added", "later"));
    assert_eq!(code, "SignatureDoesNotMatch");
    assert_eq!(text, "'x-amz-meta-added' must be a 'SignedHeader' in the AWS Authorization.");

    let (code, text) = refused(|request| set(request, "x-amz-target", "A.C"));
    assert_eq!(code, "SignatureDoesNotMatch");
    assert!(text.starts_with("The request signature we calculated does not match the signature you provided."));

    let (code, _) = refused(|request| replace(request, "AWS4-HMAC-SHA256", "AWS4-HMAC-MD5"));
    assert_eq!(code, "IncompleteSignature");

    let (code, text) = refused(|request| replace(request, "/20260806/", "/20260807/"));
    assert_eq!(code, "SignatureDoesNotMatch");
    assert!(text.starts_with("Date in Credential scope does not match YYYYMMDD from ISO-8601"), "{text}");

    let (code, _) = refused(|request| set(request, "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"));
    assert_eq!(code, "SignatureDoesNotMatch");
}

#[test]
fn a_signature_is_good_for_fifteen_minutes_either_way() {
    let request = signed();
    let claim = Claim::parse(&request).unwrap();
    let check = |seconds: i64| claim.check_time(Timestamp::from_seconds(NOW + seconds));
    assert_eq!(check(900), Ok(()));
    assert_eq!(check(-900), Ok(()));
    assert_eq!(
        check(901).unwrap_err().to_string(),
        "Signature expired: 20260806T070640Z is now earlier than 20260806T070641Z (20260806T072141Z - 15 min.)"
    );
    assert_eq!(
        check(-901).unwrap_err().to_string(),
        "Signature not yet current: 20260806T070640Z is still later than 20260806T070639Z (20260806T065139Z + 15 min.)"
    );
}
