//! Sessions of STS: web identities, chains of roles, encoded messages, and what temporary credentials can do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use bailiwick_authority::record::OidcProviderRecord;
use bailiwick_authority::{Caller, DirectoryChange, Origin, Principal, Session};
use bailiwick_aws::sigv4::{Claim, Credentials, Scope, Secret, sign};
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use bailiwick_services::{Answer, Fetch, Fetching, Services};
use bailiwick_store::Change;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::world::{World, workload};

const ISSUER: &str = "https://idp.example.com/tenant";

/// An identity provider: signs tokens, and publishes its key.
struct Provider {
    pair: EcdsaKeyPair,
    asked: AtomicUsize,
    down: bool,
}

impl Provider {
    fn new(down: bool) -> Provider {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
        Provider { pair, asked: AtomicUsize::new(0), down }
    }

    fn token(&self, claims: &Json) -> String {
        let text = |value: &Json| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", text(&json!({"alg": "ES256", "kid": "k1"})), text(claims));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

impl Fetch for Provider {
    fn get<'a>(&'a self, url: &'a str) -> Fetching<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let point = self.pair.public_key().as_ref();
        let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
        let document = match url.strip_prefix(ISSUER) {
            _ if self.down => Err("it does not answer".to_owned()),
            Some("/.well-known/openid-configuration") => {
                Ok(json!({"issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys")}))
            }
            Some("/keys") => {
                Ok(json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k1", "x": part(1..33), "y": part(33..65)}]}))
            }
            _ => Err(format!("nothing is at {url}")),
        };
        Box::pin(std::future::ready(document.map(|document| document.to_string().into_bytes())))
    }
}

async fn call(
    world: &World,
    services: &Services,
    caller: &Caller,
    operation: &str,
    input: Json,
) -> Result<Json, String> {
    call_in(world, services, caller, "us-east-1", "sts", operation, input).await
}

async fn call_in(
    world: &World,
    services: &Services,
    caller: &Caller,
    region: &str,
    service: &str,
    operation: &str,
    input: Json,
) -> Result<Json, String> {
    let mut call = world.make(workload(), service, operation, &input);
    call.region = region.parse().unwrap();
    match services.call(caller, &Origin::Api, call).await.unwrap() {
        Answer::Output(output) => Ok(to_json(&output, TimestampStyle::Rfc3339)),
        Answer::Fault(fault) => Err(fault.to_string()),
        Answer::Denied(ruling) => Err(services.refusal(&ruling).unwrap().to_string()),
    }
}

/// The caller that credentials of an answer stand for.
fn caller_of(world: &World, output: &Json, region: &str) -> Result<Caller, String> {
    let text = |name: &str| output["Credentials"][name].as_str().unwrap().to_owned();
    let (secret, token) = (Secret::new(text("SecretAccessKey")), Secret::new(text("SessionToken")));
    let key = text("AccessKeyId");
    let credentials = Credentials { access_key_id: &key, secret_access_key: &secret, session_token: Some(&token) };
    let mut request = http::Request::post("http://127.0.0.1/").body(Vec::new()).unwrap();
    sign(&mut request, credentials, Scope { region, service: "sns" }, world.now()).unwrap();
    let claim = Claim::parse(&request).unwrap();
    let (caller, found) = world.authority.authenticate(&claim, world.now()).map_err(|error| error.to_string())?;
    assert_eq!(*found, secret.signing_key(claim.date(), region, claim.service()));
    Ok(Caller { request_id: "req-session".to_owned(), ..caller })
}

async fn role(world: &World, name: &str, trust: Json, allow: &str) -> String {
    let document = json!({"Version": "2012-10-17", "Statement": trust}).to_string();
    let input = json!({"RoleName": name, "AssumeRolePolicyDocument": document});
    let created = world.ok("iam", "CreateRole", input).await;
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": allow, "Resource": "*"}});
    let input = json!({"RoleName": name, "PolicyName": "p", "PolicyDocument": policy.to_string()});
    world.ok("iam", "PutRolePolicy", input).await;
    created["Role"]["Arn"].as_str().unwrap().to_owned()
}

fn anonymous() -> Caller {
    Caller { principal: Principal::Anonymous, ..Caller::system("req-web") }
}

#[tokio::test]
async fn a_web_identity_assumes_the_role_that_trusts_it() {
    let world = World::new().await;
    let (provider, down) = (Arc::new(Provider::new(false)), Arc::new(Provider::new(true)));
    let arn = "arn:aws:iam::444455556666:oidc-provider/idp.example.com/tenant";
    let trust = json!({"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"idp.example.com/tenant:sub": "dana", "idp.example.com/tenant:aud": "app"}}});
    let role = role(&world, "web", trust, "sns:ListTopics").await;
    let claims = |changes: Json| {
        let now = world.now().as_seconds();
        let mut claims = json!({"iss": ISSUER, "sub": "dana", "aud": "app", "exp": now + 600, "iat": now});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    let input = |token: String| json!({"RoleArn": role, "RoleSessionName": "dana", "WebIdentityToken": token});
    let operation = "AssumeRoleWithWebIdentity";
    let good = provider.token(&claims(json!({})));

    let services = world.services_with(|services| services.with_fetch(provider.clone()));
    let refused = call(&world, &services, &anonymous(), operation, input(good.clone())).await.unwrap_err();
    assert_eq!(refused, format!("InvalidIdentityToken: No OpenIDConnect provider found in your account for {ISSUER}"));
    let record = OidcProviderRecord {
        account: workload(),
        arn: arn.to_owned(),
        url: "idp.example.com/tenant".to_owned(),
        client_ids: vec!["app".to_owned()],
        thumbprints: Vec::new(),
        created_at: world.now(),
        tags: Default::default(),
    };
    let base = world.authority.directory().revision();
    world.authority.commit_directory(base, DirectoryChange::new().put(record), Change::new()).await.unwrap();

    let output = call(&world, &services, &anonymous(), operation, input(good.clone())).await.unwrap();
    assert_eq!(output["SubjectFromWebIdentityToken"], "dana");
    assert_eq!((&output["Provider"], &output["Audience"]), (&json!(arn), &json!("app")));
    assert_eq!(output["AssumedRoleUser"]["Arn"], "arn:aws:sts::444455556666:assumed-role/web/dana");
    let session = caller_of(&world, &output, "us-east-1").unwrap();
    let topics = call_in(&world, &services, &session, "us-east-1", "sns", "ListTopics", json!({})).await;
    topics.unwrap();
    let federated = session.session.as_ref().unwrap().web_identity.as_ref().unwrap();
    assert_eq!(federated.subject, "dana");

    let cases = [
        (claims(json!({"sub": "mallory"})), "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        (claims(json!({"aud": "other"})), "InvalidIdentityToken: Incorrect token audience"),
        (claims(json!({"exp": 1})), "ExpiredTokenException: Token expired"),
    ];
    for (claims, wanted) in cases {
        let refused = call(&world, &services, &anonymous(), operation, input(provider.token(&claims))).await;
        assert!(refused.as_ref().unwrap_err().starts_with(wanted), "{refused:?}");
    }
    let rubbish = call(&world, &services, &anonymous(), operation, input("a.b.c".to_owned())).await.unwrap_err();
    assert!(rubbish.starts_with("InvalidIdentityToken: "), "{rubbish}");
    assert_eq!(provider.asked.load(Ordering::Relaxed), 2, "the keys are asked for once");

    let services = world.services_with(|services| services.with_fetch(down));
    let refused = call(&world, &services, &anonymous(), operation, input(good.clone())).await.unwrap_err();
    assert!(refused.starts_with("IDPCommunicationError: "), "{refused}");
    let refused = call(&world, &world.services, &anonymous(), operation, input(good)).await.unwrap_err();
    assert!(refused.starts_with("IDPCommunicationError: "), "{refused}");
}

fn account_trust(actions: &[&str]) -> Json {
    json!({"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": actions})
}

#[tokio::test]
async fn a_chain_of_roles_keeps_source_identity_and_transitive_tags() {
    let world = World::new().await;
    let all = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
    let first = role(&world, "first", account_trust(&all), "*").await;
    let second = role(&world, "second", account_trust(&all), "*").await;
    let plain = role(&world, "plain", account_trust(&all[..1]), "*").await;
    let admin = world.caller("admin");
    let input = json!({"RoleArn": first, "RoleSessionName": "one", "SourceIdentity": "dana",
        "Tags": [{"Key": "team", "Value": "red"}, {"Key": "own", "Value": "x"}], "TransitiveTagKeys": ["team"]});
    let output = call(&world, &world.services, &admin, "AssumeRole", input).await.unwrap();
    assert_eq!(output["SourceIdentity"], "dana");
    let one = caller_of(&world, &output, "us-east-1").unwrap();

    let assume = |role: &str, more: Json| {
        let mut input = json!({"RoleArn": role, "RoleSessionName": "two"});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let output = call(&world, &world.services, &one, "AssumeRole", assume(&second, json!({}))).await.unwrap();
    assert_eq!(output["SourceIdentity"], "dana");
    let two = caller_of(&world, &output, "us-east-1").unwrap();
    let Session { tags, source_identity, chained, .. } = two.session.clone().unwrap();
    assert_eq!((tags.get("team").map(String::as_str), tags.get("own")), (Some("red"), None));
    assert_eq!((source_identity.as_deref(), chained), (Some("dana"), true));

    // The next role has to let them pass, and nobody changes them.
    let cases = [
        (assume(&plain, json!({})), "AccessDenied: User: arn:aws:sts::444455556666:assumed-role/first/one"),
        (assume(&second, json!({"SourceIdentity": "eve"})), "AccessDenied: "),
        (assume(&second, json!({"Tags": [{"Key": "Team", "Value": "blue"}]})), "InvalidParameterValue: One of the"),
        (
            assume(&second, json!({"DurationSeconds": 3601})),
            "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        ),
    ];
    for (input, wanted) in cases {
        let refused = call(&world, &world.services, &one, "AssumeRole", input.clone()).await;
        assert!(refused.as_ref().unwrap_err().starts_with(wanted), "{input}: {refused:?}");
    }
}

#[tokio::test]
async fn a_managed_session_policy_is_read_at_each_call() {
    let world = World::new().await;
    let role = role(&world, "lister", account_trust(&["sts:AssumeRole"]), "iam:ListUsers").await;
    let document = |effect: &str| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "iam:ListUsers", "Resource": "*"}})
            .to_string()
    };
    let policy = json!({"PolicyName": "bound", "PolicyDocument": document("Allow")});
    let policy = world.ok("iam", "CreatePolicy", policy).await["Policy"]["Arn"].as_str().unwrap().to_owned();
    let input =
        json!({"RoleArn": role, "RoleSessionName": "s1", "DurationSeconds": 900, "PolicyArns": [{"arn": policy}]});
    let output = call(&world, &world.services, &world.caller("admin"), "AssumeRole", input).await.unwrap();
    let session = caller_of(&world, &output, "us-east-1").unwrap();
    let list = || call_in(&world, &world.services, &session, "us-east-1", "iam", "ListUsers", json!({}));
    list().await.unwrap();
    let change = json!({"PolicyArn": policy, "PolicyDocument": document("Deny"), "SetAsDefault": true});
    world.ok("iam", "CreatePolicyVersion", change).await;
    let refused = list().await.unwrap_err();
    assert!(
        refused.starts_with("AccessDenied: ") && refused.contains("explicit deny in a session policy"),
        "{refused}"
    );
}

#[tokio::test]
async fn older_sessions_of_a_role_are_revoked_with_a_policy() {
    let world = World::new().await;
    let role = role(&world, "revoked", account_trust(&["sts:AssumeRole"]), "sns:*").await;
    let input = json!({"RoleArn": role, "RoleSessionName": "s1"});
    let output = call(&world, &world.services, &world.caller("admin"), "AssumeRole", input).await.unwrap();
    let session = caller_of(&world, &output, "us-east-1").unwrap();
    let list = || call_in(&world, &world.services, &session, "us-east-1", "sns", "ListTopics", json!({}));
    list().await.unwrap();
    let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-11-22T10:00:01Z"}}}});
    let input =
        json!({"RoleName": "revoked", "PolicyName": "AWSRevokeOlderSessions", "PolicyDocument": document.to_string()});
    world.ok("iam", "PutRolePolicy", input).await;
    assert!(list().await.unwrap_err().contains("with an explicit deny in an identity-based policy"));
}

#[tokio::test]
async fn a_session_is_revoked_at_once() {
    let world = World::new().await;
    let (admin, sts) = (world.caller("admin"), &world.services);
    let trusted = role(&world, "watch", account_trust(&["sts:AssumeRole"]), "sns:*").await;
    let assume =
        |name: &str| call(&world, sts, &admin, "AssumeRole", json!({"RoleArn": trusted, "RoleSessionName": name}));
    let (one, two, other) =
        (assume("dana").await.unwrap(), assume("dana").await.unwrap(), assume("kim").await.unwrap());
    let works = |output: &Json| caller_of(&world, output, "us-east-1").map(drop);
    let expired = Err("the session has ended; ask for new credentials".to_owned());

    let key = one["Credentials"]["AccessKeyId"].as_str().unwrap();
    world.ok("bailiwick", "RevokeSession", json!({"AccessKeyId": key})).await;
    assert_eq!((works(&one), works(&two), works(&other)), (expired.clone(), Ok(()), Ok(())));

    let session = two["AssumedRoleUser"]["Arn"].as_str().unwrap();
    world.ok("bailiwick", "RevokeSession", json!({"SessionArn": session})).await;
    assert_eq!((works(&two), works(&other)), (expired.clone(), Ok(())));
    // Durable, and known to every process over the store.
    let (_, authority) = world.another_node().await;
    assert_eq!(authority.directory().account(workload()).unwrap().revoked_sessions().count(), 2);
    // The name may be used anew.
    world.later(1);
    works(&assume("dana").await.unwrap()).unwrap();
    assert_eq!(works(&two), expired);
}

#[tokio::test]
async fn failed_proofs_are_refused_and_recorded() {
    let world = World::new().await;
    let role = role(&world, "any", account_trust(&["sts:AssumeRole"]), "sns:*").await;
    let input = json!({"RoleArn": role, "RoleSessionName": "s1"});
    let root = call(&world, &world.services, &world.caller("root"), "AssumeRole", input).await.unwrap_err();
    assert_eq!(root, "AccessDenied: Roles may not be assumed by root accounts.");
    let input = json!({"SerialNumber": "arn:aws:iam::444455556666:mfa/none", "TokenCode": "123456"});
    call(&world, &world.services, &world.caller("admin"), "GetSessionToken", input).await.unwrap_err();
    let input = json!({"RoleArn": role, "RoleSessionName": "s1", "WebIdentityToken": "not.a.token"});
    let refused = call(&world, &world.services, &anonymous(), "AssumeRoleWithWebIdentity", input).await.unwrap_err();
    assert!(refused.starts_with("InvalidIdentityToken: "), "{refused}");

    let records = world.records().await;
    let undecided = records.iter().filter(|record| record["additionalEventData"]["outcome"] == "undecided");
    let seen: Vec<_> = undecided.map(|record| (record["eventName"].as_str().unwrap(), &record["errorCode"])).collect();
    assert_eq!(
        seen,
        [
            ("AssumeRole", &json!("AccessDenied")),
            ("GetSessionToken", &json!("AccessDenied")),
            ("AssumeRoleWithWebIdentity", &json!("InvalidIdentityToken")),
        ]
    );
    assert!(records.iter().all(|record| !record.to_string().contains("123456")), "a code stands in the trail");
    assert!(records.iter().all(|record| !record.to_string().contains("not.a.token")), "a token stands in the trail");
}

#[tokio::test]
async fn regions_are_enabled_and_endpoints_of_sts_turned_off() {
    let world = World::new().await;
    let admin = world.caller("admin");
    let token =
        |region: &'static str| call_in(&world, &world.services, &admin, region, "sts", "GetSessionToken", json!({}));
    let output = token("eu-west-1").await.unwrap();
    assert!(caller_of(&world, &output, "af-south-1").is_err(), "the Region is not enabled");
    assert!(caller_of(&world, &output, "cn-north-1").is_err(), "the Region is in another partition");
    world.ok("account", "EnableRegion", json!({"RegionName": "af-south-1"})).await;
    caller_of(&world, &output, "af-south-1").unwrap();

    let region = json!({"Region": "eu-west-1"});
    let active = world.ok("bailiwick", "ListStsRegions", json!({})).await;
    assert!(active["StsRegions"].as_array().unwrap().iter().all(|region| region["Status"] == "ACTIVE"));
    world.ok("bailiwick", "DeactivateStsRegion", region.clone()).await;
    let refused = token("eu-west-1").await.unwrap_err();
    assert!(
        refused.starts_with("RegionDisabledException: STS is not activated in this region for account:444455556666.")
    );
    // What was issued before, and what is issued elsewhere, works there.
    caller_of(&world, &output, "eu-west-1").unwrap();
    caller_of(&world, &token("us-east-1").await.unwrap(), "eu-west-1").unwrap();
    world.ok("bailiwick", "ActivateStsRegion", region).await;
    token("eu-west-1").await.unwrap();

    // Version 1 of the global endpoint's tokens is not known in opt-in Regions.
    let global = Caller { host: Some("sts.amazonaws.com".to_owned()), ..admin.clone() };
    let old = call(&world, &world.services, &global, "GetSessionToken", json!({})).await.unwrap();
    caller_of(&world, &old, "eu-west-1").unwrap();
    assert!(caller_of(&world, &old, "af-south-1").is_err());
}

#[tokio::test]
async fn a_refusal_can_be_decoded_in_its_account() {
    let world = World::new().await;
    let services = world.services_with(|services| services.with_encoded_denials(true));
    let nobody = world.caller("nobody");
    let refused = call_in(&world, &services, &nobody, "us-east-1", "sns", "ListTopics", json!({})).await.unwrap_err();
    let (_, message) = refused.split_once(" Encoded authorization failure message: ").unwrap();
    let input = json!({"EncodedMessage": message});
    let denied = call(&world, &services, &nobody, "DecodeAuthorizationMessage", input.clone()).await.unwrap_err();
    assert!(denied.starts_with("AccessDenied: "), "{denied}");
    let decoded = call(&world, &services, &world.caller("admin"), "DecodeAuthorizationMessage", input).await.unwrap();
    let decoded: Json = serde_json::from_str(decoded["DecodedMessage"].as_str().unwrap()).unwrap();
    assert_eq!(decoded["allowed"], false);
    assert_eq!(decoded["context"]["action"], "sns:ListTopics");
    assert_eq!(decoded["context"]["principal"]["arn"], "arn:aws:iam::444455556666:user/nobody");
    assert!(world.services.refusal(&denied_ruling(&world).await).unwrap().message.find("Encoded").is_none());
}

async fn denied_ruling(world: &World) -> bailiwick_authority::Ruling {
    let call = world.make(workload(), "sns", "ListTopics", &json!({}));
    match world.services.call(&world.caller("nobody"), &Origin::Api, call).await.unwrap() {
        Answer::Denied(ruling) => *ruling,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn temporary_credentials_of_users_do_not_know_iam() {
    let world = World::new().await;
    let admin = world.caller("admin");
    let output = call(&world, &world.services, &admin, "GetSessionToken", json!({})).await.unwrap();
    let session = caller_of(&world, &output, "us-east-1").unwrap();
    let refused = call_in(&world, &world.services, &session, "us-east-1", "iam", "ListUsers", json!({})).await;
    assert_eq!(refused.unwrap_err(), "InvalidClientTokenId: The security token included in the request is invalid");
    let refused = call(&world, &world.services, &session, "GetSessionToken", json!({})).await.unwrap_err();
    assert_eq!(refused, "AccessDenied: Cannot call GetSessionToken with session credentials");
    call(&world, &world.services, &session, "GetCallerIdentity", json!({})).await.unwrap();
    call_in(&world, &world.services, &session, "us-east-1", "sns", "ListTopics", json!({})).await.unwrap();
}
