//! Temporary credentials and assuming roles.

use bailiwick_authority::{
    AuthError, Caller, DirectoryChange, Origin, Principal, RecordKey, RecordKind, Session, record::Record,
};
use bailiwick_aws::sigv4::{Claim, Credentials, Scope, sign};
use bailiwick_ident::Timestamp;

use crate::world::{World, call, publish, workload};

/// The claim of a request signed with these credentials.
fn claim(
    key: &str,
    secret: &bailiwick_aws::sigv4::Secret,
    token: Option<&bailiwick_aws::sigv4::Secret>,
    now: Timestamp,
) -> Claim {
    let mut request = http::Request::builder().method("POST").uri("http://127.0.0.1:7878/").body(Vec::new()).unwrap();
    let credentials = Credentials { access_key_id: key, secret_access_key: secret, session_token: token };
    sign(&mut request, credentials, Scope { region: "us-east-1", service: "sns" }, now).unwrap();
    Claim::parse(&request).unwrap()
}

#[tokio::test]
async fn a_long_term_key_stands_for_its_user() {
    let world = World::new().await;
    let key = &world.sample.keys[0];
    let now = world.authority.now();
    let claim = claim(&key.access_key_id, &key.secret_access_key, None, now);
    let (caller, signing) = world.authority.authenticate(&claim, now).unwrap();
    assert_eq!(*signing, key.secret_access_key.signing_key(claim.date(), "us-east-1", "sns"));
    assert_eq!(world.authority.authenticate(&claim, now).unwrap().1, signing, "and again, as it was kept");
    assert!(matches!(caller.principal, Principal::User { ref name, .. } if name == "admin"));
    // An inactive key lets nobody in.
    let directory = world.authority.directory();
    let mut record = directory.account(workload()).unwrap().access_key(&key.access_key_id).unwrap().clone();
    record.active = false;
    world.change(DirectoryChange::new().put(record)).await;
    assert_eq!(world.authority.authenticate(&claim, now).unwrap_err(), AuthError::InvalidKey);
}

fn role_session(world: &World, arn: &str) -> Principal {
    let directory = world.authority.directory();
    let role = directory.role(arn).unwrap();
    Principal::RoleSession {
        account: workload(),
        role_arn: role.arn.clone(),
        role_id: role.record.id.clone(),
        session_name: "test".to_owned(),
        session_arn: format!("arn:aws:sts::444455556666:assumed-role/{}/test", role.record.name),
    }
}

#[tokio::test]
async fn a_session_token_is_the_session_until_it_ends() {
    let world = World::new().await;
    let now = world.authority.now();
    let session = Session {
        policy: Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:List*","Resource":"*"}]}"#
                .to_owned(),
        ),
        tags: [("team".to_owned(), "red".to_owned())].into(),
        issued_at: now,
        expires_at: now.plus_seconds(900),
        ..Session::default()
    };
    let issued = world.authority.issue(&role_session(&world, &world.sample.deploy_role_arn), &session).unwrap();
    assert!(issued.access_key_id.starts_with("ASIA"));
    let claim = claim(&issued.access_key_id, &issued.secret_access_key, Some(&issued.session_token), now);
    let (caller, signing) = world.authority.authenticate(&claim, now).unwrap();
    assert_eq!(*signing, issued.secret_access_key.signing_key(claim.date(), "us-east-1", "sns"));
    assert_eq!(caller.session.as_ref(), Some(&session));
    // The role may publish, but this session may not.
    world.authorize(&caller, &Origin::Api, &call("sns", "ListTopics", &[])).await.unwrap();
    let ruling = world.authorize(&caller, &Origin::Api, &publish()).await.unwrap_err();
    let message = ruling.fault().unwrap().message;
    assert!(message.ends_with("because no session policy allows the SNS:Publish action"), "{message}");
    // Ended, it is nobody's; and a decision does not trust a caller that was kept too long.
    world.clock.advance(901);
    assert_eq!(world.authority.authenticate(&claim, world.authority.now()).unwrap_err(), AuthError::Expired);
    assert!(world.authorize(&caller, &Origin::Api, &call("sns", "ListTopics", &[])).await.is_err());
}

#[tokio::test]
async fn a_session_of_a_role_that_was_made_again_is_nobodys() {
    let world = World::new().await;
    let now = world.authority.now();
    let arn = world.sample.deploy_role_arn.clone();
    let session = Session { issued_at: now, expires_at: now.plus_seconds(900), ..Session::default() };
    let issued = world.authority.issue(&role_session(&world, &arn), &session).unwrap();
    let directory = world.authority.directory();
    let mut role = directory.role(&arn).unwrap().record.clone();
    let key = RecordKey { kind: RecordKind::Role, account: Some(workload()), id: role.id.clone() };
    role.id = "AROAANOTHERONE0000000".to_owned();
    world.change(DirectoryChange::new().delete(key).put(Record::Role(role))).await;
    let claim = claim(&issued.access_key_id, &issued.secret_access_key, Some(&issued.session_token), now);
    assert_eq!(world.authority.authenticate(&claim, now).unwrap_err(), AuthError::InvalidKey);
}

#[tokio::test]
async fn a_role_is_assumed_as_its_trust_policy_says() {
    let world = World::new().await;
    let arn = world.sample.deploy_role_arn.clone();
    let assume = call("sts", "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "s1")]);
    let admin = world.user("admin");
    let ruling = world.authorize(&admin, &Origin::Api, &assume).await.unwrap_err();
    assert_eq!(ruling.denial.as_ref().unwrap().layer, 8, "channel roles trust the chat service only");
    let directory = world.authority.directory();
    let mut role = directory.role(&arn).unwrap().record.clone();
    role.assume_role_policy_document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"s1"}}}]}"#.to_owned();
    world.change(DirectoryChange::new().put(Record::Role(role))).await;
    world.authorize(&admin, &Origin::Api, &assume).await.unwrap();
    let other = call("sts", "AssumeRole", &[("RoleArn", &arn), ("RoleSessionName", "s2")]);
    assert!(world.authorize(&admin, &Origin::Api, &other).await.is_err());
    let nobody: Caller = world.user("nobody");
    assert!(world.authorize(&nobody, &Origin::Api, &assume).await.is_err(), "the account only delegates");
    let gone =
        call("sts", "AssumeRole", &[("RoleArn", "arn:aws:iam::444455556666:role/gone"), ("RoleSessionName", "s1")]);
    assert!(world.authorize(&admin, &Origin::Api, &gone).await.is_err());
}

#[tokio::test]
async fn temporary_credentials_of_a_user_cannot_manage_iam() {
    let world = World::new().await;
    let now = world.authority.now();
    let mut caller = world.user("admin");
    let session = Session { issued_at: now, expires_at: now.plus_seconds(900), ..Session::default() };
    caller.session = Some(session.clone());
    let list = call("iam", "ListUsers", &[]);
    assert!(world.authorize(&caller, &Origin::Api, &list).await.is_err());
    world.authorize(&caller, &Origin::Api, &publish()).await.unwrap();
    caller.session = Some(Session { mfa_at: Some(now), ..session });
    world.authorize(&caller, &Origin::Api, &list).await.unwrap();
    assert!(world.authorize(&caller, &Origin::Api, &call("sts", "GetSessionToken", &[])).await.is_err());
}
