//! SNS's filter policies, documents and retries against cases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use bailiwick_notify::sns::delivery::{Delivery, FORMAT, Kind, Message, Target};
use bailiwick_notify::sns::envelope::{Seal, SignatureVersion, document, string_to_sign};
use bailiwick_notify::sns::filter::{Attribute, Attributes, FilterPolicy, Scope};
use bailiwick_notify::sns::retry::{Backoff, DeliveryPolicy, RetryPolicy};
use serde::Deserialize;

/// A policy, and either a message with whether it passes, or the words that refuse the policy, or neither.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    scope: Scope,
    policy: String,
    #[serde(default)]
    attributes: Attributes,
    #[serde(default)]
    body: String,
    r#match: Option<bool>,
    refused: Option<String>,
}

#[test]
fn filter_policies() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../testdata/sns/filter_policy.json")).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        match (FilterPolicy::read(&case.policy, case.scope), &case.refused, case.r#match) {
            (Err(found), Some(wanted), None) if found == *wanted => {}
            (Ok(_), None, None) => {}
            (Ok(policy), None, Some(wanted)) if policy.matches(&case.attributes, &case.body) == wanted => {}
            (found, ..) => wrong.push(format!("{}: {found:?}", case.name)),
        }
    }
    assert!(cases.len() > 100);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn delivery(kind: Kind) -> Delivery {
    let attribute = Attribute { r#type: "String".to_owned(), value: "a\"b".to_owned() };
    Delivery {
        format: FORMAT,
        kind,
        topic_arn: "arn:aws:sns:us-east-1:444455556666:t".to_owned(),
        subscription_arn: "arn:aws:sns:us-east-1:444455556666:t:u".to_owned(),
        target: Target::Sqs { queue_arn: "arn:aws:sqs:us-east-1:444455556666:q".to_owned() },
        raw: false,
        signature_version: Some(SignatureVersion::Two),
        token: (kind != Kind::Notification).then(|| "abc".to_owned()),
        message: Message {
            id: "m".to_owned(),
            subject: (kind == Kind::Notification).then(|| "S".to_owned()),
            text: "Δ\n\"x\"".to_owned(),
            timestamp: "2026-11-22T10:00:00.000Z".to_owned(),
            attributes: Attributes::from([("colour".to_owned(), attribute)]),
            group_id: None,
            deduplication_id: None,
            sequence_number: None,
        },
        retry: RetryPolicy::HTTP,
        dead_letter_arn: None,
    }
}

#[test]
fn documents_look_as_sns_writes_them() {
    let seal =
        Seal { version: SignatureVersion::Two, signature: "c2ln".to_owned(), cert_url: "http://h/c.pem".to_owned() };
    let notification = delivery(Kind::Notification);
    assert_eq!(
        document(&notification, Some(&seal), "http://h"),
        r#"{
  "Type" : "Notification",
  "MessageId" : "m",
  "TopicArn" : "arn:aws:sns:us-east-1:444455556666:t",
  "Subject" : "S",
  "Message" : "Δ\n\"x\"",
  "Timestamp" : "2026-11-22T10:00:00.000Z",
  "SignatureVersion" : "2",
  "Signature" : "c2ln",
  "SigningCertURL" : "http://h/c.pem",
  "UnsubscribeURL" : "http://h/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:444455556666:t:u",
  "MessageAttributes" : {
    "colour" : {"Type":"String","Value":"a\"b"}
  }
}"#
    );
    assert_eq!(
        string_to_sign(&notification, "http://h"),
        "Message\nΔ\n\"x\"\nMessageId\nm\nSubject\nS\nTimestamp\n2026-11-22T10:00:00.000Z\nTopicArn\narn:aws:sns:us-east-1:444455556666:t\nType\nNotification\n"
    );
    let confirmation = delivery(Kind::SubscriptionConfirmation);
    let url = "http://h/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:444455556666:t&Token=abc";
    assert_eq!(
        string_to_sign(&confirmation, "http://h"),
        format!(
            "Message\nΔ\n\"x\"\nMessageId\nm\nSubscribeURL\n{url}\nTimestamp\n2026-11-22T10:00:00.000Z\nToken\nabc\nTopicArn\narn:aws:sns:us-east-1:444455556666:t\nType\nSubscriptionConfirmation\n"
        )
    );
    let read: serde_json::Value = serde_json::from_str(&document(&confirmation, Some(&seal), "http://h")).unwrap();
    let names: Vec<&String> = read.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "Type",
            "MessageId",
            "Token",
            "TopicArn",
            "Message",
            "SubscribeURL",
            "Timestamp",
            "SignatureVersion",
            "Signature",
            "SigningCertURL"
        ]
    );
    let stored = serde_json::to_string(&notification).unwrap();
    assert_eq!(serde_json::from_str::<Delivery>(&stored).unwrap(), notification);
}

#[test]
fn retries_follow_their_phases() {
    let delays = |policy: RetryPolicy| (1..=policy.num_retries + 1).map(|n| policy.delay_millis(n)).collect::<Vec<_>>();
    assert_eq!(delays(RetryPolicy::HTTP), [Some(20_000), Some(20_000), Some(20_000), None]);
    let phases = RetryPolicy {
        min_delay_target: 1,
        max_delay_target: 9,
        num_retries: 9,
        num_max_delay_retries: 2,
        num_no_delay_retries: 1,
        num_min_delay_retries: 2,
        backoff_function: Backoff::Linear,
    };
    let seconds = |list: [u64; 9]| list.into_iter().map(|s| Some(s * 1_000)).chain([None]).collect::<Vec<_>>();
    assert_eq!(delays(phases), seconds([0, 1, 1, 3, 5, 7, 9, 9, 9]));
    for function in [Backoff::Arithmetic, Backoff::Geometric, Backoff::Exponential] {
        let list: Vec<u64> =
            delays(RetryPolicy { backoff_function: function, ..phases }).into_iter().flatten().collect();
        assert!(list.is_sorted(), "{function:?} {list:?}");
        assert_eq!((list[6], list.len()), (9_000, 9), "{function:?}");
    }
    let aws = RetryPolicy::AWS;
    assert_eq!(
        [1, 3, 4, 5, 15, 16, 100_015].map(|n| aws.delay_millis(n).unwrap()),
        [0, 0, 1_000, 1_000, 20_000, 20_000, 20_000]
    );
    assert_eq!(aws.delay_millis(100_016), None);

    let jittered: Vec<u64> =
        (0..100).filter_map(|n| RetryPolicy::HTTP.jittered_millis(1, &format!("row {n}"))).collect();
    assert!(jittered.len() == 100 && jittered.iter().all(|delay| (20_000..=22_000).contains(delay)), "{jittered:?}");
    let different: std::collections::BTreeSet<&u64> = jittered.iter().collect();
    assert!(different.len() > 50, "{different:?}");
    assert_eq!(RetryPolicy::HTTP.jittered_millis(4, "row"), None);
}

#[test]
fn delivery_policies_are_checked() {
    let refused = |text: &str| DeliveryPolicy::of_subscription(text).unwrap_err();
    assert_eq!(
        refused(r#"{"healthyRetryPolicy":{"numRetries":5}}"#),
        "healthyRetryPolicy.minDelayTarget must be specified"
    );
    let with = |rest: &str| {
        format!(r#"{{"healthyRetryPolicy":{{"minDelayTarget":1,"maxDelayTarget":60,"numRetries":50{rest}}}}}"#)
    };
    assert!(DeliveryPolicy::of_subscription(&with("")).is_ok());
    assert!(refused(&with(r#","backoffFunction":"random""#)).contains("backoffFunction"));
    assert!(refused(&with(r#","numNoDelayRetries":51"#)).contains("numRetries"));
    assert!(refused(&with(r#","numMaxDelayRetries":-1"#)).contains("whole number"));
    assert!(refused(&with("").replace("60", "3601")).contains("3600"));
    assert!(refused(&with("").replace("60", "3000")).contains("3600 seconds"));
    assert!(refused(&with("").replace("50", "101")).contains("100"));
    assert!(refused(&with("").replace(":1,", ":0,")).contains("minDelayTarget"));
    assert!(refused("[]").contains("JSON"));
    assert!(refused(r#"{"throttlePolicy":{"maxReceivesPerSecond":0}}"#).contains("maxReceivesPerSecond"));
    assert!(refused(r#"{"requestPolicy":{"headerContentType":"a\nb/c"}}"#).contains("content type"));
    assert!(refused(r#"{"other":1}"#).contains("other"));

    let topic = r#"{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":2,"maxDelayTarget":2,"numRetries":1},"disableSubscriptionOverrides":true}}"#;
    let topic = DeliveryPolicy::of_topic(topic).unwrap();
    let effective = DeliveryPolicy::of_subscription(&with("")).unwrap().effective(topic.clone());
    assert_eq!(effective.retry.map(|retry| retry.num_retries), Some(1));
    let open = DeliveryPolicy { disable_subscription_overrides: false, ..topic };
    let effective = DeliveryPolicy::of_subscription(&with("")).unwrap().effective(open);
    assert_eq!(effective.retry.map(|retry| retry.num_retries), Some(50));
    let nothing = DeliveryPolicy::default().effective(DeliveryPolicy::default());
    assert_eq!(
        nothing.shown_of_subscription(),
        r#"{"healthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"sicklyRetryPolicy":null,"throttlePolicy":null,"requestPolicy":{"headerContentType":"text/plain; charset=UTF-8"},"guaranteed":false}"#
    );
}
