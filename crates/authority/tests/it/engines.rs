//! Deciding runs on compiled engines: they answer as the plain evaluator does, never outlive a change, and are bounded.

use std::time::Instant;

use bailiwick_authority::{
    Call, Caller, DirectoryChange, Origin, Principal, Record, Ruling, Session, StepState, record::RoomRole,
    sample::PEOPLE,
};

use crate::{
    invariants::changed,
    world::{DEPLOY, OPS, TOPIC, World, call, member, publish, workload},
};

/// Prints what a decision costs; `cargo test -p bailiwick-authority --test it time_of_a_decision -- --nocapture`.
#[tokio::test]
async fn time_of_a_decision_is_shown() {
    const ROUNDS: u32 = 10;
    let world = World::new().await;
    let describe = call("ec2", "DescribeInstances", &[]);
    for (name, room, call) in [
        ("allowed, administrator's room", DEPLOY, publish()),
        ("allowed, read-only guardrails", OPS, describe),
        ("denied, read-only guardrails", OPS, publish()),
    ] {
        let (caller, origin) = world.chat(room, "person-dana");
        let first = Instant::now();
        let expected = world.authority.preview(&caller, &origin, &call).allowed;
        let first = first.elapsed();
        let rest = Instant::now();
        for _ in 0..ROUNDS {
            assert_eq!(world.authority.preview(&caller, &origin, &call).allowed, expected);
        }
        println!("{name}: {expected}, first {first:?}, then {:?}", rest.elapsed() / ROUNDS);
    }
    let admin = world.user("admin");
    let rest = Instant::now();
    for _ in 0..ROUNDS {
        assert!(world.authority.preview(&admin, &Origin::Api, &publish()).allowed);
    }
    println!("allowed, administrator over the API: {:?}", rest.elapsed() / ROUNDS);
}

/// Every operation that Bailiwick serves, and some of the catalogue.
fn calls(world: &World) -> Vec<Call> {
    let mut calls = vec![publish(), call("sns", "DeleteTopic", &[("TopicArn", TOPIC)])];
    for service in ["bailiwick", "chatbot", "chime", "iam", "organizations", "sns", "sts"] {
        calls.extend(world.authority.rows().operations(service).map(|operation| call(service, operation, &[])));
    }
    for (service, operation) in [
        ("ec2", "DescribeInstances"),
        ("ec2", "TerminateInstances"),
        ("lambda", "InvokeFunction"),
        ("cloudwatch", "DescribeAlarms"),
        ("s3", "ListBuckets"),
        ("logs", "DeleteLogGroup"),
    ] {
        calls.push(call(service, operation, &[]));
    }
    calls
}

fn callers(world: &World) -> Vec<(Caller, Origin)> {
    let root = Caller { principal: Principal::Root { account: workload() }, ..world.user("admin") };
    let mut limited = world.user("admin");
    limited.session = Some(Session {
        policy: Some(
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:*","Resource":"*"}]}"#.to_owned(),
        ),
        policy_arns: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
        expires_at: world.authority.now().plus_seconds(900),
        ..Session::default()
    });
    let mut callers = vec![(root, Origin::Api), (limited, Origin::Api)];
    callers.extend(["admin", "nobody"].map(|name| (world.user(name), Origin::Api)));
    for (id, _) in PEOPLE {
        callers.push((world.person(id), Origin::Api));
    }
    callers.extend([OPS, DEPLOY].map(|room| world.chat(room, "person-dana")));
    callers
}

/// `explain` asks both evaluators and tells when they disagree; `preview` of what is allowed asks the compiled one alone.
#[tokio::test]
async fn engines_answer_as_the_plain_evaluator_for_everybody_of_the_sample() {
    let world = World::new().await;
    let (mut allowed, mut refused) = (0, 0);
    let calls = calls(&world);
    for (caller, origin) in callers(&world) {
        // A refusal is explained by the plain evaluator, which takes its time over `ReadOnlyAccess`.
        let slow = caller.session.is_some();
        for (number, call) in calls.iter().enumerate().filter(|(number, _)| !slow || number % 29 < 2) {
            let brief = world.authority.preview(&caller, &origin, call);
            let of = format!("{} {}:{}", brief.principal, call.service, call.operation);
            if brief.allowed {
                allowed += 1;
            } else {
                refused += 1;
            }
            assert_eq!(brief.allowed, brief.denial.is_none(), "{of}");
            assert!(brief.steps.iter().all(|step| !step.text.contains("disagree")), "{of}: {:?}", brief.steps);
            if brief.allowed && (slow || number % 3 == 0) {
                let full = world.authority.explain(&caller, &origin, call);
                assert!(full.allowed, "{of}: {:?}", full.steps);
                let states = |ruling: &Ruling| ruling.steps.clone().map(|step| (step.number, step.name, step.state));
                assert_eq!(states(&brief), states(&full), "{of}");
                assert_eq!(
                    (&brief.checks, brief.steps[3].text.as_str()),
                    (&full.checks, full.steps[3].text.as_str()),
                    "{of}"
                );
            }
        }
    }
    assert!(allowed > 200 && refused > 200, "{allowed} {refused}");
}

#[tokio::test]
async fn what_is_allowed_is_told_by_layers() {
    let world = World::new().await;
    let permit = world.authorize(&world.user("admin"), &Origin::Api, &publish()).await.unwrap();
    let steps = &permit.ruling().steps;
    assert_eq!(steps[2].text, "Root: FullAWSAccess · Workloads: FullAWSAccess · workload: FullAWSAccess");
    assert_eq!((steps[3].state, steps[3].text.as_str()), (StepState::Passed, "AdministratorAccess allows sns:Publish"));
    assert_eq!(steps[3].policy.as_deref(), Some("AdministratorAccess"));
    assert_eq!((steps[4].state, steps[5].state), (StepState::NotThere, StepState::NotThere));
    assert_eq!(permit.ruling().checks.len(), 1);
}

#[tokio::test]
async fn a_change_of_the_directory_decides_the_next_call() {
    let world = World::new().await;
    let admin = world.user("admin");
    let may = |caller: &Caller, origin: &Origin| world.authority.preview(caller, origin, &publish()).allowed;
    assert!(may(&admin, &Origin::Api) && may(&admin, &Origin::Api));
    let mut user = world.authority.directory().account(workload()).unwrap().user("admin").unwrap().record.clone();
    let policies = std::mem::take(&mut user.policies.managed);
    world.change(DirectoryChange::new().put(user.clone())).await;
    assert!(!may(&admin, &Origin::Api), "without policies");
    user.policies.managed = policies;
    world.change(DirectoryChange::new().put(user)).await;
    assert!(may(&admin, &Origin::Api), "with them again");

    // The same of a document that changes under its name, as a guardrail.
    let (caller, origin) = world.chat(DEPLOY, "person-dana");
    for (action, expected) in [("sns:*", true), ("sns:List*", false), ("sns:P*", true), ("ec2:*", false)] {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
        );
        changed(&world, "guardrail", &document).await;
        assert_eq!(may(&caller, &origin), expected, "{action}");
        assert_eq!(may(&caller, &origin), expected, "{action}, from the engine that is kept");
    }

    // A person's rights follow its rooms.
    let sam = world.person("person-sam");
    let list = call("bailiwick", "ListRoomMessages", &[("RoomId", OPS)]);
    assert!(
        world.authority.preview(&sam, &Origin::Api, &list).allowed,
        "{:?}",
        world.authority.preview(&sam, &Origin::Api, &list)
    );
    let left = member(OPS, "person-sam", RoomRole::Member);
    world.change(DirectoryChange::new().delete(Record::from(left).key())).await;
    assert!(!world.authority.preview(&sam, &Origin::Api, &list).allowed);
}
