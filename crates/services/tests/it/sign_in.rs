//! Signing in at the console: what lets somebody in, what does not, what is written of it, and when it is over.

use bailiwick_authority::{Assurance, Caller, Principal, mfa};
use bailiwick_aws::value::json::{TimestampStyle, to_json};
use bailiwick_services::sign_in::{Connection, Offered, SignInError, SignedIn, Step, Whom, session};
use bailiwick_services::{Answer, Services};
use bailiwick_store::{EntityQuery, Store as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::world::{Came, World, workload};

const PASSWORD: &str = "correct Horse 7";

fn from() -> Connection {
    Connection { source_ip: Some("192.0.2.7".to_owned()), user_agent: Some("Firefox".to_owned()) }
}

fn offered(account: &str, user: &str, password: &str) -> Offered {
    Offered { account: account.to_owned(), user: user.to_owned(), password: password.to_owned() }
}

async fn first(world: &World, user: &str, password: &str, token: &str) -> Result<Step, SignInError> {
    world.services.sign_in(&offered("444455556666", user, password), token, &from()).await
}

fn done(step: Result<Step, SignInError>) -> SignedIn {
    match step.unwrap() {
        Step::Done(session) => session,
        other => panic!("{other:?}"),
    }
}

fn asks_code(step: Result<Step, SignInError>) -> String {
    match step.unwrap() {
        Step::Code(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

fn asks_password(step: Result<Step, SignInError>) -> String {
    match step.unwrap() {
        Step::NewPassword(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

async fn with_user(alias: bool) -> World {
    let world = World::new().await;
    world.ok("iam", "CreateUser", json!({"UserName": "kay"})).await;
    world.ok("iam", "CreateLoginProfile", json!({"UserName": "kay", "Password": PASSWORD})).await;
    if alias {
        world.ok("iam", "CreateAccountAlias", json!({"AccountAlias": "workshop"})).await;
    }
    world
}

/// Gives the user a device; its seed.
async fn device(world: &World, user: &str) -> Vec<u8> {
    let made = world.ok("iam", "CreateVirtualMFADevice", json!({"VirtualMFADeviceName": user})).await;
    let made = &made["VirtualMFADevice"];
    let seed = seed_of(made);
    let codes = [mfa::code_at(&seed, world.now()), mfa::code_at(&seed, world.now().plus_seconds(30))];
    world
        .ok("iam", "EnableMFADevice", json!({"UserName": user, "SerialNumber": made["SerialNumber"], "AuthenticationCode1": codes[0], "AuthenticationCode2": codes[1]}))
        .await;
    world.later(60);
    seed
}

/// The seed of a device that was made.
fn seed_of(made: &Json) -> Vec<u8> {
    let text = STANDARD.decode(made["Base32StringSeed"].as_str().unwrap()).unwrap();
    let (mut bits, mut word, mut out) = (0, 0_u32, Vec::new());
    for letter in text {
        let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        word = (word << 5) | u32::from(value);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((word >> bits) & 0xff).unwrap());
        }
    }
    out
}

async fn logins(world: &World) -> Vec<(String, String, String, Json)> {
    let records = world.records().await.into_iter().filter(|record| record["eventSource"] == "signin.amazonaws.com");
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    records
        .map(|record| {
            let name = text(&record["eventName"]);
            let what = text(&record["responseElements"][&name]);
            (name, what, text(&record["additionalEventData"]["MFAUsed"]), record)
        })
        .collect()
}

fn caller(world: &World, session: &SignedIn) -> Caller {
    session.as_user(&world.authority.directory(), "req-console".to_owned()).unwrap()
}

#[tokio::test]
async fn a_user_signs_in_and_is_that_user() {
    let world = with_user(true).await;
    let session_of = |token: &'static str| {
        let world = &world;
        async move { session(world.store.as_ref(), &world.authority.directory(), token, world.now()).await.unwrap() }
    };
    let revision = world.authority.directory().revision();
    let signed_in = done(world.services.sign_in(&offered(" workshop", "KAY ", PASSWORD), "token-1", &from()).await);
    assert_eq!(world.authority.directory().revision(), revision, "to sign in is no change of policies");
    assert_eq!(session_of("token-1").await, Some(signed_in.clone()));
    assert_eq!(session_of("token-2").await, None);
    let caller = caller(&world, &signed_in);
    assert!(matches!(&caller.principal, Principal::User { name, .. } if name == "kay"));
    assert_eq!(Assurance::of(&caller), Assurance::Session);
    // Signed in is not allowed; and what is allowed is IAM's, too, other than for temporary credentials of users.
    assert!(matches!(world.call(&caller, "iam", "GetUser", &json!({})).await, Came::Denied(_)));
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:GetUser","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}}"#;
    world.ok("iam", "PutUserPolicy", json!({"UserName": "kay", "PolicyName": "own", "PolicyDocument": document})).await;
    assert!(matches!(world.call(&caller, "iam", "GetUser", &json!({})).await, Came::Output(_)));

    let user = world.ok("iam", "GetUser", json!({"UserName": "kay"})).await;
    assert_eq!(user["User"]["PasswordLastUsed"], "2026-11-22T10:00:00Z");
    let users = world.ok("iam", "ListUsers", json!({})).await;
    let used = |name: &str| {
        let users = users["Users"].as_array().unwrap();
        users.iter().find(|user| user["UserName"] == name).unwrap().get("PasswordLastUsed").cloned()
    };
    assert_eq!((used("kay"), used("admin")), (Some(json!("2026-11-22T10:00:00Z")), None));
    world.ok("iam", "GenerateCredentialReport", json!({})).await;
    let report = world.ok("iam", "GetCredentialReport", json!({})).await;
    let report = STANDARD.decode(report["Content"].as_str().unwrap()).unwrap();
    let report = String::from_utf8(report).unwrap();
    let line = report.lines().find(|line| line.starts_with("kay,")).unwrap();
    assert_eq!(line.split(',').nth(4), Some("2026-11-22T10:00:00+00:00"), "{line}");

    let trail = logins(&world).await;
    let [(name, success, mfa, record)] = trail.as_slice() else { panic!("{trail:?}") };
    assert_eq!((name.as_str(), success.as_str(), mfa.as_str()), ("ConsoleLogin", "Success", "No"));
    assert_eq!(record["eventType"], "AwsConsoleSignIn");
    assert_eq!(record["userIdentity"]["userName"], "kay");
    assert_eq!(record["userIdentity"]["arn"], "arn:aws:iam::444455556666:user/kay");
    assert_eq!((&record["sourceIPAddress"], &record["userAgent"]), (&json!("192.0.2.7"), &json!("Firefox")));
    assert!(record.get("errorMessage").is_none());
    bailiwick_services::sign_in::sign_out(world.store.as_ref(), "token-1").await.unwrap();
    assert_eq!(session_of("token-1").await, None);
}

#[tokio::test]
async fn what_is_wrong_is_answered_alike_recorded_and_slowed() {
    let world = with_user(false).await;
    let long = "x".repeat(4_000);
    let account = |account: &'static str| offered(account, "kay", PASSWORD);
    for wrong in [
        offered("444455556666", "kay", "wrong"),
        offered("444455556666", "kay", &long),
        offered("444455556666", "nobody-here", PASSWORD),
        // There is no password to be right.
        offered("444455556666", "admin", ""),
        account("000000000000"),
        account("no-such-alias"),
        account(""),
    ] {
        let refused = world.services.sign_in(&wrong, "token", &from()).await.unwrap_err();
        assert!(matches!(refused, SignInError::Wrong), "{} {}: {refused}", wrong.account, wrong.user);
    }
    let trail = logins(&world).await;
    assert_eq!(trail.len(), 7);
    for (name, what, _, record) in &trail {
        assert_eq!((name.as_str(), what.as_str()), ("ConsoleLogin", "Failure"));
        assert_eq!(record["errorMessage"], "Failed authentication");
        assert!(!record.to_string().contains("nobody-here"), "what was typed may be a password");
    }
    assert_eq!(trail[0].3["userIdentity"]["userName"], "kay");
    assert_eq!(trail[2].3["userIdentity"]["userName"], "HIDDEN_DUE_TO_SECURITY_REASONS");
    // The right password comes too late after too many wrong ones, and in time again.
    for _ in 0..3 {
        assert!(matches!(first(&world, "kay", "wrong", "token").await, Err(SignInError::Wrong)));
    }
    assert!(matches!(first(&world, "kay", PASSWORD, "token").await, Err(SignInError::TooMany { seconds: 1 })));
    let nobody = world.services.sign_in(&offered("444455556666", "nobody-here", "x"), "t", &from()).await;
    assert!(matches!(nobody, Err(SignInError::Wrong)), "each by itself");
    let before = logins(&world).await.len();
    assert!(first(&world, "kay", PASSWORD, "token").await.is_err());
    assert_eq!(logins(&world).await.len(), before, "what is not looked at is not written");
    world.later(2);
    done(first(&world, "kay", PASSWORD, "token").await);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    let world = with_user(false).await;
    let seed = device(&world, "kay").await;
    let ticket = asks_code(first(&world, "kay", PASSWORD, "token-1").await);
    let code = mfa::code_at(&seed, world.now());
    let services = &world.services;
    assert!(matches!(services.sign_in_code("made up", &code, "token-1", &from()).await, Err(SignInError::Over)));
    assert!(matches!(services.sign_in_code(&ticket, "000000", "token-1", &from()).await, Err(SignInError::Wrong)));
    assert!(
        session(world.store.as_ref(), &world.authority.directory(), "token-1", world.now()).await.unwrap().is_none()
    );
    let signed_in = done(services.sign_in_code(&ticket, &code, "token-1", &from()).await);
    let caller = caller(&world, &signed_in);
    assert_eq!(Assurance::of(&caller), Assurance::SecondFactor);
    let trail = logins(&world).await;
    let told: Vec<_> = trail.iter().map(|(_, what, mfa, _)| (what.as_str(), mfa.as_str())).collect();
    assert_eq!(told, [("Failure", "Yes"), ("Success", "Yes")]);

    // A code that was used opens nothing more: neither the console nor STS.
    let ticket = asks_code(first(&world, "kay", PASSWORD, "token-2").await);
    assert!(matches!(services.sign_in_code(&ticket, &code, "token-2", &from()).await, Err(SignInError::Wrong)));
    let serial = "arn:aws:iam::444455556666:mfa/kay";
    let token = |code: &str| json!({"SerialNumber": serial, "TokenCode": code});
    let user = world.caller("kay");
    let replayed = world.call(&user, "sts", "GetSessionToken", &token(&code)).await;
    assert!(matches!(&replayed, Came::Fault(fault) if fault.message.contains("invalid MFA one time pass code")));
    // And the other way round.
    world.later(30);
    let code = mfa::code_at(&seed, world.now());
    assert!(matches!(world.call(&user, "sts", "GetSessionToken", &token(&code)).await, Came::Output(_)));
    assert!(matches!(world.call(&user, "sts", "GetSessionToken", &token(&code)).await, Came::Fault(_)));
    assert!(matches!(services.sign_in_code(&ticket, &code, "token-2", &from()).await, Err(SignInError::Wrong)));
    // A ticket does not last.
    world.later(301);
    let code = mfa::code_at(&seed, world.now());
    assert!(matches!(services.sign_in_code(&ticket, &code, "token-2", &from()).await, Err(SignInError::Over)));
}

#[tokio::test]
async fn two_who_show_the_same_code_at_once_are_not_both_let_in() {
    let world = with_user(false).await;
    let seed = device(&world, "kay").await;
    let one = asks_code(first(&world, "kay", PASSWORD, "token-1").await);
    let two = asks_code(first(&world, "kay", PASSWORD, "token-2").await);
    let code = mfa::code_at(&seed, world.now());
    let from = from();
    let (one, two) = tokio::join!(
        world.services.sign_in_code(&one, &code, "token-1", &from),
        world.services.sign_in_code(&two, &code, "token-2", &from)
    );
    assert_eq!([&one, &two].iter().filter(|step| matches!(step, Ok(Step::Done(_)))).count(), 1, "{one:?} {two:?}");
}

#[tokio::test]
async fn a_password_that_must_be_replaced_is_replaced_first() {
    let world = with_user(false).await;
    world.ok("iam", "UpdateLoginProfile", json!({"UserName": "kay", "PasswordResetRequired": true})).await;
    let services = &world.services;
    let ticket = asks_password(first(&world, "kay", PASSWORD, "token").await);
    let new = "another Horse 8";
    // Users change their password where a policy lets them.
    let refused = services.sign_in_password(&ticket, (PASSWORD, new), "token", &from()).await;
    assert!(matches!(&refused, Err(SignInError::Password(why)) if why.contains("iam:ChangePassword")), "{refused:?}");
    let policy = json!({"MinimumPasswordLength": 12, "AllowUsersToChangePassword": true});
    world.ok("iam", "UpdateAccountPasswordPolicy", policy).await;
    for (old, new, why) in
        [("wrong", new, "The old password was incorrect"), (PASSWORD, "short", "minimum length of 12")]
    {
        let refused = services.sign_in_password(&ticket, (old, new), "token", &from()).await;
        assert!(matches!(&refused, Err(SignInError::Password(says)) if says.contains(why)), "{refused:?}");
    }
    world.later(2);
    done(services.sign_in_password(&ticket, (PASSWORD, new), "token", &from()).await);
    assert!(matches!(first(&world, "kay", PASSWORD, "t").await, Err(SignInError::Wrong)));
    done(first(&world, "kay", new, "token-2").await);
    // The ticket of the old password opens nothing.
    let again = services.sign_in_password(&ticket, (new, "a third Horse 9"), "token-3", &from()).await;
    assert!(matches!(again, Err(SignInError::Over)));
    // Passwords get too old.
    let policy = json!({"MinimumPasswordLength": 12, "AllowUsersToChangePassword": true, "MaxPasswordAge": 1});
    world.ok("iam", "UpdateAccountPasswordPolicy", policy).await;
    world.later(86_401);
    asks_password(first(&world, "kay", new, "token-4").await);
}

#[tokio::test]
async fn whoever_has_a_device_shows_it_before_the_password_is_replaced() {
    let world = with_user(false).await;
    world.ok("iam", "UpdateLoginProfile", json!({"UserName": "kay", "PasswordResetRequired": true})).await;
    world.ok("iam", "UpdateAccountPasswordPolicy", json!({"AllowUsersToChangePassword": true})).await;
    let early = asks_password(first(&world, "kay", PASSWORD, "token").await);
    let seed = device(&world, "kay").await;
    // The device came after the ticket.
    let new = (PASSWORD, "another Horse 8");
    let skipped = world.services.sign_in_password(&early, new, "token", &from()).await;
    assert!(matches!(skipped, Err(SignInError::Over)));
    let ticket = asks_code(first(&world, "kay", PASSWORD, "token").await);
    let code = mfa::code_at(&seed, world.now());
    let ticket = asks_password(world.services.sign_in_code(&ticket, &code, "token", &from()).await);
    let signed_in = done(world.services.sign_in_password(&ticket, new, "token", &from()).await);
    assert!(signed_in.mfa_at.is_some());
}

#[tokio::test]
async fn a_session_ends_when_it_should() {
    let world = with_user(false).await;
    let lasts = |session: &SignedIn| session.lasts(&world.authority.directory(), world.now());
    let signed_in = done(first(&world, "kay", PASSWORD, "token-1").await);
    assert!(lasts(&signed_in));
    let arn = "arn:aws:iam::444455556666:user/kay";
    world.ok("bailiwick", "RevokeSession", json!({"SessionArn": arn})).await;
    assert!(!lasts(&signed_in), "revoked");
    world.later(1);
    let signed_in = done(first(&world, "kay", PASSWORD, "token-2").await);
    assert!(lasts(&signed_in), "begun after that");
    world.later(1);
    world.ok("iam", "UpdateLoginProfile", json!({"UserName": "kay", "Password": "another Horse 8"})).await;
    assert!(!lasts(&signed_in), "with another password");
    let signed_in = done(first(&world, "kay", "another Horse 8", "token-3").await);
    world.later(12 * 3_600 - 1);
    assert!(lasts(&signed_in));
    world.later(1);
    assert!(!lasts(&signed_in), "too old");
    let signed_in = done(first(&world, "kay", "another Horse 8", "token-4").await);
    world.ok("iam", "DeleteLoginProfile", json!({"UserName": "kay"})).await;
    assert!(!lasts(&signed_in), "without a password");
}

/// Signs a person in by a link.
async fn by_link(services: &Services, world: &World, person: &str, token: &str) -> SignedIn {
    let link = world.ok("bailiwick", "CreateSignInLink", json!({"PersonId": person})).await;
    let link = link["Path"].as_str().unwrap().split_once("token=").unwrap().1.to_owned();
    let session = services.redeem_link(&link, token, &from()).await.unwrap().unwrap();
    assert!(services.redeem_link(&link, "again", &from()).await.unwrap().is_none(), "a link is good once");
    session
}

#[tokio::test]
async fn a_person_without_an_iam_user_has_a_second_factor_of_its_own() {
    let world = World::new().await;
    let services = &world.services;
    let signed_in = by_link(services, &world, "person-sam", "token").await;
    assert_eq!(signed_in.whom, Whom::Person("person-sam".to_owned()));
    assert!(!services.has_second_factor(&signed_in));
    let weak = caller(&world, &signed_in);
    let sam = json!({"PersonId": "person-sam"});
    // Nobody makes one for somebody else.
    let others = world.call(&weak, "bailiwick", "CreateSecondFactor", &json!({"PersonId": "person-dana"})).await;
    assert!(matches!(others, Came::Denied(_)));
    let create = || async {
        let account = weak.principal.account().unwrap();
        let call = world.make(account, "bailiwick", "CreateSecondFactor", &sam);
        match services.call(&weak, &bailiwick_authority::Origin::Api, call).await.unwrap() {
            Answer::Output(output) => seed_of(&to_json(&output, TimestampStyle::Rfc3339)),
            other => panic!("{other:?}"),
        }
    };
    let lost = create().await;
    let seed = create().await;
    assert_ne!(lost, seed, "one that was never enabled is replaced");
    let enable = |seed: &[u8]| {
        let (one, two) = (mfa::code_at(seed, world.now()), mfa::code_at(seed, world.now().plus_seconds(30)));
        json!({"PersonId": "person-sam", "AuthenticationCode1": one, "AuthenticationCode2": two})
    };
    assert!(matches!(world.call(&weak, "bailiwick", "EnableSecondFactor", &enable(&lost)).await, Came::Fault(_)));
    assert!(matches!(world.call(&weak, "bailiwick", "EnableSecondFactor", &enable(&seed)).await, Came::Output(_)));
    assert!(services.has_second_factor(&signed_in));
    // It is no device of IAM's.
    assert_eq!(world.ok("iam", "ListVirtualMFADevices", json!({})).await["VirtualMFADevices"], json!([]));
    let people = world.ok("bailiwick", "ListPeople", json!({})).await;
    let has = |id: &str| {
        people["People"].as_array().unwrap().iter().find(|of| of["PersonId"] == id).unwrap()["SecondFactor"].clone()
    };
    assert_eq!((has("person-sam"), has("person-dana")), (json!(true), json!(false)));
    // Whoever holds an open page does not take it away.
    assert!(matches!(world.call(&weak, "bailiwick", "DeleteSecondFactor", &sam).await, Came::Denied(_)));

    world.later(60);
    let code = mfa::code_at(&seed, world.now());
    assert!(matches!(services.step_up("token", "000000", &from()).await, Err(SignInError::Wrong)));
    assert!(matches!(services.step_up("other", &code, &from()).await, Err(SignInError::Over)));
    let stronger = services.step_up("token", &code, &from()).await.unwrap();
    assert!(matches!(services.step_up("token", &code, &from()).await, Err(SignInError::Wrong)), "used");
    assert_eq!(Assurance::of(&caller(&world, &stronger)), Assurance::SecondFactor);
    let told: Vec<_> = logins(&world).await.into_iter().map(|(name, what, _, _)| (name, what)).collect();
    let told: Vec<_> = told.iter().map(|(name, what)| (name.as_str(), what.as_str())).collect();
    assert_eq!(
        told,
        [("ConsoleLogin", "Success"), ("CheckMfa", "Failure"), ("CheckMfa", "Success"), ("CheckMfa", "Failure")]
    );
    let kept = session(world.store.as_ref(), &world.authority.directory(), "token", world.now()).await.unwrap();
    assert_eq!(kept, Some(stronger.clone()));
    let strong = caller(&world, &stronger);
    assert!(matches!(world.call(&strong, "bailiwick", "DeleteSecondFactor", &sam).await, Came::Output(_)));
    // The sessions of a person can be ended by whoever may.
    let arn = format!("arn:aws:bailiwick::{}:person/person-sam", workload());
    world.ok("bailiwick", "RevokeSession", json!({"SessionArn": arn})).await;
    assert!(!stronger.lasts(&world.authority.directory(), world.now()));
}

#[tokio::test]
async fn codes_in_a_session_are_slowed_too() {
    let world = with_user(false).await;
    done(first(&world, "kay", PASSWORD, "token").await);
    for _ in 0..5 {
        assert!(matches!(world.services.step_up("token", "000000", &from()).await, Err(SignInError::Wrong)));
    }
    assert!(matches!(world.services.step_up("token", "000000", &from()).await, Err(SignInError::TooMany { .. })));
    // What is counted is stored, so that a start of the server forgives nothing; and it says no names.
    let counted = world.store.entities(EntityQuery::kind("console.attempts")).await.unwrap();
    assert_eq!(counted.len(), 1);
    assert!(!format!("{counted:?}").contains("kay") && counted[0].body.contains("\"count\":5"), "{counted:?}");
    world.later(3_601);
    assert!(matches!(world.services.step_up("token", "000000", &from()).await, Err(SignInError::Wrong)));
    assert!(world.store.audit_head().await.unwrap().is_some());
}

#[tokio::test]
async fn a_person_who_is_a_user_is_one_in_rooms_and_the_other_elsewhere() {
    let world = with_user(false).await;
    let user = "arn:aws:iam::444455556666:user/kay";
    let made = world.ok("bailiwick", "CreatePerson", json!({"Name": "Kay", "IamPrincipalArn": user})).await;
    let id = made["Person"]["PersonId"].as_str().unwrap().to_owned();
    let by_password = done(first(&world, "kay", PASSWORD, "token-1").await);
    let by_link = by_link(&world.services, &world, &id, "token-2").await;
    let directory = world.authority.directory();
    for session in [&by_password, &by_link] {
        let in_rooms = session.in_rooms(&directory, String::new()).unwrap();
        assert!(matches!(&in_rooms.principal, Principal::Person { id: of, .. } if *of == id));
        let elsewhere = session.as_user(&directory, String::new()).unwrap();
        assert!(matches!(&elsewhere.principal, Principal::User { name, .. } if name == "kay"));
    }
}
