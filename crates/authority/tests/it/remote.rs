//! Accounts that are elsewhere: decided with the copy of their roles, and left to them where the copy says nothing.

use std::collections::BTreeMap;

use bailiwick_authority::{
    MirrorReading, Remote, Remotes, StepState, Tags,
    record::{AttachedPolicies, MirroredDocument, MirroredLevel, MirroredOrganization, RoleRecord},
};
use bailiwick_ident::Timestamp;
use bailiwick_store::Change;

use crate::world::{OPS, World, call, workload};

const LIMIT: i64 = 3_600;

fn statement(effect: &str, action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#)
}

fn role(name: &str, inline: &[(&str, String)], managed: &[&str], boundary: Option<&str>) -> RoleRecord {
    RoleRecord {
        account: workload(),
        id: format!("AROAREMOTE{name}"),
        name: name.to_owned(),
        path: "/service-role/".to_owned(),
        created_at: Timestamp::from_millis(0),
        description: String::new(),
        assume_role_policy_document: statement("Allow", "sts:AssumeRole"),
        max_session_duration: 3_600,
        policies: AttachedPolicies {
            inline: inline.iter().map(|(name, text)| ((*name).to_owned(), text.clone())).collect::<BTreeMap<_, _>>(),
            managed: managed.iter().map(|arn| (*arn).to_owned()).collect(),
        },
        permissions_boundary: boundary.map(str::to_owned),
        tags: Tags::new(),
    }
}

fn reading(world: &World, role: RoleRecord, organization: MirroredOrganization) -> MirrorReading {
    MirrorReading {
        account: workload(),
        read_at: world.authority.now(),
        read_as: "arn:aws:iam::444455556666:role/bailiwick/bailiwick-sync".to_owned(),
        roles: vec![role],
        policies: vec![
            ("arn:aws:iam::444455556666:policy/look".to_owned(), statement("Allow", "ec2:Describe*")),
            ("arn:aws:iam::444455556666:policy/limit".to_owned(), statement("Allow", "sns:*")),
        ],
        organization,
    }
}

async fn remote() -> World {
    let mut world = World::new().await;
    let remotes = Remotes::from_iter([(workload(), Remote { mirror_for: Some(LIMIT) })]);
    world.authority = world.authority.with_remotes(remotes);
    world
}

async fn keep(world: &World, role: RoleRecord, organization: MirroredOrganization) {
    world.authority.keep_mirror(&reading(world, role, organization), Change::new()).await.unwrap();
}

#[tokio::test]
async fn without_a_copy_nobody_acts() {
    let world = remote().await;
    let origin = bailiwick_authority::Origin::Chat(crate::world::chat(OPS, "person-dana"));
    let error = world.authority.channel_caller(&origin, workload(), "r").unwrap_err().to_string();
    assert!(error.contains("not read yet") && error.contains("bailiwick account sync 444455556666"), "{error}");
}

#[tokio::test]
async fn the_copied_role_decides_and_the_copy_has_an_age() {
    let world = remote().await;
    let look = "arn:aws:iam::444455556666:policy/look";
    keep(&world, role("ops-readonly", &[], &[look], None), MirroredOrganization::NotInUse).await;
    world.clock.advance(180);
    let permit = world.in_room(OPS, "person-dana", &call("ec2", "DescribeInstances", &[])).await.unwrap();
    let steps = &permit.ruling().steps;
    assert_eq!(steps[3].text, "look allows ec2:DescribeInstances (a copy, 3 min old)");
    assert_eq!(steps[7].state, StepState::NotDecidedHere);
    // The local role of the same name may list topics; the copied one may not, and it is the one that would be assumed.
    let refused = world.in_room(OPS, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap_err();
    assert!(refused.steps[3].text.contains("a copy, 3 min old"), "{:?}", refused.steps[3]);
    assert_eq!(refused.denial.as_ref().map(|denial| denial.layer), Some(4));
}

#[tokio::test]
async fn an_old_copy_refuses() {
    let world = remote().await;
    let inline = [("all", statement("Allow", "*"))];
    keep(&world, role("ops-readonly", &inline, &[], None), MirroredOrganization::NotInUse).await;
    let list = call("sns", "ListTopics", &[]);
    world.in_room(OPS, "person-dana", &list).await.unwrap();
    world.clock.advance(LIMIT + 1);
    let refused = world.in_room(OPS, "person-dana", &list).await.unwrap_err();
    assert!(
        refused.sentence().contains("at most 60 min old may be used: bailiwick account sync"),
        "{}",
        refused.sentence()
    );
    // A copy from the future is none either.
    let mut future = reading(&world, role("ops-readonly", &inline, &[], None), MirroredOrganization::NotInUse);
    future.read_at = world.authority.now().plus_seconds(3_000);
    world.authority.keep_mirror(&future, Change::new()).await.unwrap();
    world.in_room(OPS, "person-dana", &list).await.unwrap_err();
}

#[tokio::test]
async fn boundary_and_organization_of_the_copy_bind() {
    let world = remote().await;
    let all = [("all", statement("Allow", "*"))];
    let limited = role("ops-readonly", &all, &[], Some("arn:aws:iam::444455556666:policy/limit"));
    keep(&world, limited, MirroredOrganization::NotInUse).await;
    world.in_room(OPS, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap();
    let refused = world.in_room(OPS, "person-dana", &call("ec2", "DescribeInstances", &[])).await.unwrap_err();
    assert_eq!(refused.denial.as_ref().map(|denial| denial.layer), Some(5));

    let level = |name: &str, action: &str| MirroredLevel {
        target: name.to_owned(),
        policies: vec![MirroredDocument { name: format!("Only{name}"), document: statement("Allow", action) }],
    };
    let scp = Some(vec![level("Root", "*"), level("Theirs", "ec2:*")]);
    keep(&world, role("ops-readonly", &all, &[], None), MirroredOrganization::Levels { scp, rcp: None }).await;
    let permit = world.in_room(OPS, "person-dana", &call("ec2", "DescribeInstances", &[])).await.unwrap();
    // Our own organization's levels bind, too.
    assert_eq!(
        permit.ruling().steps[2].text,
        "Root: FullAWSAccess · Workloads: FullAWSAccess · workload: FullAWSAccess · Root: OnlyRoot · Theirs: OnlyTheirs (a copy, 0 s old)"
    );
    let refused = world.in_room(OPS, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap_err();
    assert_eq!(refused.steps[2].text, "nothing at Theirs allows it (a copy, 0 s old)");
    assert_eq!(refused.denial.as_ref().map(|denial| denial.layer), Some(3));
}

#[tokio::test]
async fn an_organization_that_may_not_be_read_is_left_to_the_account() {
    let world = remote().await;
    let all = [("all", statement("Allow", "*"))];
    let why = "AccessDeniedException: no".to_owned();
    keep(&world, role("ops-readonly", &all, &[], None), MirroredOrganization::NotReadable { why }).await;
    let permit = world.in_room(OPS, "person-dana", &call("sns", "ListTopics", &[])).await.unwrap();
    assert!(permit.ruling().steps[2].text.contains("left to the account's own organization"));
}

#[tokio::test]
async fn what_is_gone_there_is_gone_here() {
    let world = remote().await;
    let all = [("all", statement("Allow", "*"))];
    keep(&world, role("ops-readonly", &all, &[], None), MirroredOrganization::NotInUse).await;
    let directory = world.authority.directory();
    let account = directory.account(workload()).unwrap();
    assert_eq!((account.mirrored_roles().count(), account.mirrored_policies().count()), (1, 2));
    let mut empty = reading(&world, role("other", &[], &[], None), MirroredOrganization::NotInUse);
    empty.policies.clear();
    let kept = world.authority.keep_mirror(&empty, Change::new()).await.unwrap();
    assert_eq!((kept.roles, kept.policies, kept.changed), (1, 0, 4));
    // The same reading again changes nothing but the age.
    assert_eq!(world.authority.keep_mirror(&empty, Change::new()).await.unwrap().changed, 0);
    let origin = bailiwick_authority::Origin::Chat(crate::world::chat(OPS, "person-dana"));
    let error = world.authority.channel_caller(&origin, workload(), "r").unwrap_err().to_string();
    assert!(error.contains("is not in the copy"), "{error}");
}

#[tokio::test]
async fn guardrails_that_do_not_fit_into_a_session_refuse() {
    let world = remote().await;
    let all = [("all", statement("Allow", "*"))];
    keep(&world, role("ops-readonly", &all, &[], None), MirroredOrganization::NotInUse).await;
    let permit = world.in_room(OPS, "person-dana", &call("ec2", "DescribeInstances", &[])).await.unwrap();
    let plan = permit.session_plan().unwrap();
    assert_eq!(plan.policy_arns, ["arn:aws:iam::aws:policy/ReadOnlyAccess"], "AWS knows this one by name");
    let inline = plan.policy.as_deref().unwrap();
    assert!(inline.contains("ssm-incidents:*"), "the rest goes in the session's own policy: {inline}");

    let directory = world.authority.directory();
    let guardrail = &world.sample.ops_guardrail_arns;
    let own = guardrail.iter().find(|arn| !arn.contains("::aws:")).unwrap();
    let mut record = directory.account(workload()).unwrap().managed_policy(own).unwrap().record.clone();
    let actions: Vec<String> = (0..200).map(|n| format!("\"sns:Get{n:0>8}\"")).collect();
    record.versions[0].document = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["ec2:*",{}],"Resource":"*"}}]}}"#,
        actions.join(",")
    );
    world.change(bailiwick_authority::DirectoryChange::new().put(record)).await;
    let refused = world.in_room(OPS, "person-dana", &call("ec2", "DescribeInstances", &[])).await.unwrap_err();
    assert!(refused.sentence().contains("a session in another account takes 2048"), "{}", refused.sentence());
}
