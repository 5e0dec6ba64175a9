//! Our own commands.

use bailiwick_aws::Value;
use bailiwick_chat::plain;
use bailiwick_store::Store;

use crate::room::{CONFIGURATION, World};

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_an_alias_alone_is_told_how_to_run_it() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws alias create mine sns get-topic-attributes --topic-arn $arn", None).await;
    world.last(1).await;
    world.says("person-dana", "@aws mine arn:x", None).await;
    assert!(world.last(2).await.contains("Did you mean `@aws run mine arn:x`?"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_is_made_run_changed_and_deleted() {
    let mut world = World::new(None).await;
    world
        .says(
            "person-dana",
            "@aws alias create attr sns get-topic-attributes --topic-arn arn:aws:sns:$region:444455556666:$topic-name",
            None,
        )
        .await;
    assert!(world.last(1).await.contains("`$region`, `$topic-name`"));
    world.says("person-dana", "@aws alias create attr sns list-topics", None).await;
    assert!(world.last(2).await.contains("is taken"));
    world.restart().await;
    // Anybody in the channel runs it, by position and by name.
    world.says("person-sam", "@aws run attr us-east-1 alarms", None).await;
    assert!(world.last(3).await.contains("SubscriptionsConfirmed"));
    world.says("person-dana", "@aws alias run attr --topic-name alarms --region us-east-1", None).await;
    assert!(world.last(4).await.contains("SubscriptionsConfirmed"));
    // What is missing is asked for.
    let thread = world.says("person-dana", "@aws run attr us-east-1", None).await;
    assert!(world.last(5).await.contains("Which value for `$topic-name`?"));
    world.says("person-dana", "alarms", Some(&thread)).await;
    assert!(world.last(6).await.contains("SubscriptionsConfirmed"));
    world.says("person-dana", "@aws run attr --topic alarms us-east-1", None).await;
    assert!(world.last(7).await.contains("has no variable `$topic`"));
    world.says("person-dana", "@aws alias update attr sns list-topics", None).await;
    world.last(8).await;
    world.says("person-dana", "@aws alias list", None).await;
    let list = world.last(9).await;
    assert!(list.contains("attr") && list.contains("sns list-topics"), "{list}");
    world.says("person-dana", "@aws alias get attr", None).await;
    assert!(world.last(10).await.contains("sns list-topics"));
    world.says("person-dana", "@aws alias delete attr", None).await;
    // What people say in the same moment is worked on side by side.
    world.last(11).await;
    world.says("person-dana", "@aws run attr", None).await;
    assert!(world.last(12).await.contains("There is no alias `attr`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_gives_nobody_a_right() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws alias create mk sns create-topic --name $n", None).await;
    world.last(1).await;
    world.says("person-dana", "@aws run mk other", None).await;
    let refusal = world.last(2).await;
    assert!(refusal.contains("Not run") && refusal.contains("sns:CreateTopic"), "{refusal}");
    // One that changes something waits for its requester, and a value never becomes another option.
    world
        .says(
            "person-dana",
            "@aws alias create say sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message $m",
            None,
        )
        .await;
    world.last(3).await;
    world.says("person-dana", "@aws run say 'hi --subject x'", None).await;
    let shown = world.last(4).await;
    assert!(shown.contains("Run this?") && shown.contains("--message 'hi --subject x'"), "{shown}");
    world.says("person-dana", "@aws alias create bad sns lst-topics", None).await;
    assert!(world.last(5).await.contains("Did you mean"));
    world.says("person-dana", "@aws alias create loop run loop", None).await;
    assert!(world.last(6).await.contains("is no call"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_there_is_not_is_refused() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws sns list-topics --region mars-north-1", None).await;
    assert!(world.last(1).await.contains("`mars-north-1` is not a Region of the partition `aws`"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_for_a_channel_is_kept_and_shown() {
    let mut world = World::new(None).await;
    world.says("person-dana", "@aws set default-region eu-west-1", None).await;
    assert!(world.last(1).await.contains("eu-west-1"));
    world.says("person-dana", "@aws set default region mars-north-1", None).await;
    assert!(world.last(2).await.contains("is not a Region"));
    world.restart().await;
    world.says("person-sam", "@aws sns list-topics", None).await;
    assert!(world.last(3).await.contains("eu-west-1"));
    world.says("person-dana", "@aws set default-account 111122223333", None).await;
    assert!(world.last(4).await.contains("is not an account of this channel"));
    let thread = world.says("person-dana", "@aws set default account", None).await;
    assert!(world.last(5).await.contains("[444455556666]"));
    world.says("person-dana", "444455556666", Some(&thread)).await;
    assert!(world.last(6).await.contains("444455556666"));
    world.says("person-dana", "@aws set timeout 0", None).await;
    assert!(world.last(7).await.contains("from 1 to 45"));
    world.says("person-dana", "@aws set timeout 30", None).await;
    world.last(8).await;
    world.says("person-sam", "@aws preferences", None).await;
    let shown = world.last(9).await;
    for words in ["444455556666", "eu-west-1", "30 seconds", "by person-dana"] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    world.says("person-dana", "@aws set default-region none", None).await;
    world.last(10).await;
    world.says("person-sam", "@aws sns list-topics", None).await;
    assert!(world.last(11).await.contains("us-east-1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_runs_where_it_was_shown_to_run() {
    let world = World::new(None).await;
    world
        .says(
            "person-dana",
            "@aws sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message hi",
            None,
        )
        .await;
    let cards = world.cards(1).await;
    let target = cards[0].1.buttons[0].target.clone();
    world.says("person-sam", "@aws set default-region eu-west-1", None).await;
    world.cards(2).await;
    world.presses("person-dana", &cards[0].0, "run", &target).await;
    world.cards(4).await;
    let row = world.store.command(&target).await.unwrap().unwrap();
    assert!(row.text.contains("--region us-east-1"), "{}", row.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_kept_and_acknowledged() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws feedback the trace is good", None).await;
    assert!(world.last(1).await.contains("the trace is good"));
    let kept = world.store.entities(bailiwick_store::EntityQuery::kind(bailiwick_bot::verbs::FEEDBACK)).await.unwrap();
    assert_eq!(kept.len(), 1);
    let feedback: bailiwick_bot::verbs::Feedback = serde_json::from_str(&kept[0].body).unwrap();
    assert_eq!((feedback.by.as_str(), feedback.text.as_str()), ("person-dana", "the trace is good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoami_says_where_and_under_which_layers() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws whoami", None).await;
    let card = world.last(1).await;
    for words in [
        "person-dana",
        "444455556666",
        "us-east-1",
        "(the channel's)",
        "guardrails",
        "permissions boundary",
        "chatbot policy",
        "organization",
    ] {
        assert!(card.contains(words), "{words} is not in {card}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_shows_first_what_the_caller_may_run() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws sns help", None).await;
    let page = world.last(1).await;
    let (may, rest) = page.split_once("Refused, or only with certain parameters").unwrap();
    assert!(may.contains("You may run") && may.contains("list-topics") && rest.contains("create-topic"), "{page}");
    world.says("person-dana", "@aws help", None).await;
    assert!(!world.last(2).await.contains("to come"));
    // What may be done to everything comes first, also where a call has to name what it is about.
    world.may_do_everything().await;
    world.says("person-dana", "@aws sns help", None).await;
    let page = world.last(3).await;
    let (may, _) = page.split_once("Refused, or only with certain parameters").unwrap_or((&page, ""));
    for operation in ["create-topic", "publish", "delete-topic", "get-topic-attributes"] {
        assert!(may.contains(operation), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn switch_role_shows_the_role_and_says_who_can_change_it() {
    let world = World::new(None).await;
    for (count, words) in [(1, "@aws switch-role"), (2, "@aws switch-roles")] {
        world.says("person-sam", words, None).await;
        let card = world.last(count).await;
        assert!(card.contains("(the channel's)"), "{card}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_of_a_custom_action_runs_where_it_is_offered() {
    let world = World::new(None).await;
    let definition = Value::map([("CommandText", Value::from("sns get-topic-attributes --topic-arn $topic"))]);
    let input =
        vec![("ActionName", Value::from("attributes")), ("AliasName", Value::from("attr")), ("Definition", definition)];
    let made = world.own("chatbot", "CreateCustomAction", input).await;
    let arn = made.get("CustomActionArn").unwrap().clone();
    world.says("person-dana", "@aws run attr arn:aws:sns:us-east-1:444455556666:alarms", None).await;
    assert!(world.last(1).await.contains("There is no alias"));
    let configuration = Value::from(CONFIGURATION);
    world
        .own("chatbot", "AssociateToConfiguration", vec![("Resource", arn), ("ChatConfiguration", configuration)])
        .await;
    world.says("person-dana", "@aws run attr arn:aws:sns:us-east-1:444455556666:alarms", None).await;
    assert!(world.last(2).await.contains("SubscriptionsConfirmed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_action_is_a_button_under_the_notifications_it_fits() {
    let world = World::new(None).await;
    let text = |text: &str| Value::from(text);
    let criterion =
        Value::map([("Operator", text("EQUALS")), ("VariableName", text("topic")), ("Value", text("alarms"))]);
    let attachment = Value::map([
        ("NotificationType", text("Custom")),
        ("ButtonText", text("Look at it")),
        ("Criteria", Value::list([criterion])),
        ("Variables", Value::map([("topic", text("event.metadata.additionalContext.topic"))])),
    ]);
    let command = "sns get-topic-attributes --topic-arn arn:aws:sns:us-east-1:444455556666:$topic";
    let input = vec![
        ("ActionName", text("look")),
        ("Definition", Value::map([("CommandText", text(command))])),
        ("Attachments", Value::list([attachment])),
    ];
    let made = world.own("chatbot", "CreateCustomAction", input).await;
    let input = vec![
        ("Resource", made.get("CustomActionArn").unwrap().clone()),
        ("ChatConfiguration", Value::from(CONFIGURATION)),
    ];
    world.own("chatbot", "AssociateToConfiguration", input).await;
    let publish = async |topic: &str| {
        let message = format!(
            r#"{{"version":"1.0","source":"custom","content":{{"description":"d {topic}"}},"metadata":{{"additionalContext":{{"topic":"{topic}"}}}}}}"#
        );
        let arn = text("arn:aws:sns:us-east-1:444455556666:alarms");
        world.own("sns", "Publish", vec![("TopicArn", arn), ("Message", text(&message))]).await;
    };
    publish("other").await;
    assert!(world.cards(1).await[0].1.buttons.is_empty());
    publish("alarms").await;
    let cards = world.cards(2).await;
    let (message, card) = cards.last().unwrap();
    let button = &card.buttons[0];
    assert_eq!(button.label, "Look at it");
    world.presses_with("person-sam", message, "act", &button.target, button.value.as_deref()).await;
    let answer = world.last(3).await;
    assert!(answer.contains("SubscriptionsConfirmed"), "{answer}");
    // Taken away, it does nothing any more.
    world
        .own("chatbot", "DeleteCustomAction", vec![("CustomActionArn", made.get("CustomActionArn").unwrap().clone())])
        .await;
    world.presses_with("person-sam", message, "act", &button.target, button.value.as_deref()).await;
    assert!(world.last(4).await.contains("not offered in this channel any more"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_offers_the_values_that_an_operation_lists() {
    let world = World::new(None).await;
    world.says("person-dana", "@aws sns get-topic-attributes", None).await;
    let cards = world.cards(1).await;
    let (message, question) = cards.last().unwrap();
    let choice = &question.buttons[0];
    assert_eq!(choice.value.as_deref(), Some("arn:aws:sns:us-east-1:444455556666:alarms"));
    // It was decided and recorded as a call of whoever asked.
    assert_eq!(world.outcomes("ListTopics").await, 1);
    world.presses_with("person-dana", message, "choose", &choice.target, choice.value.as_deref()).await;
    let answer = world.last(2).await;
    assert!(answer.contains("SubscriptionsConfirmed"), "{answer}");
    // What the asker may not list is not offered.
    world.says("person-dana", "@aws sts assume-role --role-session-name x", None).await;
    let cards = world.cards(3).await;
    let question = &cards.last().unwrap().1;
    assert!(question.buttons.iter().all(|button| button.value.is_none()), "{question:?}");
}

/// A channel of two accounts asks which one is meant, remembers what was set for a week, and always says where it ran.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_of_two_accounts_asks_which_one_is_meant() {
    let world = World::new(None).await;
    let management = world.is_bound_to_management().await.to_string();
    world.says("person-dana", "@aws sns list-topics", None).await;
    let cards = world.cards(1).await;
    let (message, question) = cards.last().unwrap();
    assert!(plain::card(question).contains("Which account?"), "{}", plain::card(question));
    let offered: Vec<&str> = question.buttons.iter().filter_map(|button| button.value.as_deref()).collect();
    assert!(offered.contains(&"444455556666") && offered.contains(&management.as_str()), "{offered:?}");
    let target = question.buttons[0].target.clone();
    world.presses_with("person-dana", message, "choose", &target, Some("444455556666")).await;
    let answer = world.last(2).await;
    assert!(answer.contains("444455556666 (workload)") && answer.contains("alarms"), "{answer}");
    // Both spellings set it for everybody in the channel.
    world.says("person-sam", &format!("@aws set default-account {management}"), None).await;
    assert!(world.last(3).await.contains(&management));
    world.says("person-dana", "@aws sns list-topics", None).await;
    let answer = world.last(4).await;
    assert!(answer.contains(&management) && answer.contains("as readers") && !answer.contains("alarms"), "{answer}");
    // What a command names goes before what is set.
    world.says("person-dana", "@aws sns list-topics --account workload", None).await;
    assert!(world.last(5).await.contains("444455556666 (workload)"));
    world.says("person-dana", "@aws sns list-topics --account 999999999999", None).await;
    assert!(world.last(6).await.contains("is not bound to this channel"));
    // It is forgotten after a week.
    world.wait_seconds(7 * 24 * 3600);
    world.says("person-dana", "@aws sns list-topics", None).await;
    assert!(world.last(7).await.contains("Which account?"));
}

/// An action that is attached to answers stands under those whose values fit.
#[tokio::test(flavor = "multi_thread")]
async fn a_custom_action_is_a_button_under_the_answers_it_fits() {
    let world = World::new(None).await;
    let text = |text: &str| Value::from(text);
    let criterion = Value::map([
        ("Operator", text("EQUALS")),
        ("VariableName", text("operation")),
        ("Value", text("sns:ListTopics")),
    ]);
    let variables = [("operation", "event.operation"), ("topic", "event.output.Topics.0.TopicArn")];
    let attachment = Value::map([
        ("NotificationType", text("Answer")),
        ("ButtonText", text("Look at the first")),
        ("Criteria", Value::list([criterion])),
        ("Variables", Value::map(variables.map(|(name, path)| (name, text(path))))),
    ]);
    let command = "sns get-topic-attributes --topic-arn $topic";
    let input = vec![
        ("ActionName", text("first")),
        ("Definition", Value::map([("CommandText", text(command))])),
        ("Attachments", Value::list([attachment])),
    ];
    let made = world.own("chatbot", "CreateCustomAction", input).await;
    let input = vec![
        ("Resource", made.get("CustomActionArn").unwrap().clone()),
        ("ChatConfiguration", Value::from(CONFIGURATION)),
    ];
    world.own("chatbot", "AssociateToConfiguration", input).await;
    world.says("person-dana", "@aws sns list-subscriptions", None).await;
    assert!(world.cards(1).await[0].1.buttons.iter().all(|button| button.label != "Look at the first"));
    world.says("person-dana", "@aws sns list-topics", None).await;
    let cards = world.cards(2).await;
    let (message, card) = cards.last().unwrap();
    let button = card.buttons.iter().find(|button| button.label == "Look at the first");
    let button = button.unwrap_or_else(|| panic!("{card:?}"));
    world.presses_with("person-sam", message, "act", &button.target, button.value.as_deref()).await;
    let answer = world.last(3).await;
    assert!(answer.contains("SubscriptionsConfirmed"), "{answer}");
}
