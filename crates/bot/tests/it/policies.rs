//! The organization's chatbot policy at run time: on messages, buttons and notifications, in channels that were there before.

use bailiwick_chat::plain;
use bailiwick_store::Store;

use crate::room::{World, text};

const PUBLISH: &str = "@aws sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message hi";
const OFF: &str = r#"{"chatbot":{"platforms":{"chime":{"client":{"@@assign":"disabled"}}}}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_chatbot_policy_attached_in_mid_conversation_stops_messages_and_buttons() {
    let world = World::new(None).await;
    world.says("person-dana", PUBLISH, None).await;
    let cards = world.cards(1).await;
    let (message, card) = cards.last().unwrap();
    let target = card.buttons.first().unwrap().target.clone();
    let policy = world.attach_chatbot_policy(OFF).await;
    // The button of a proposal that was made before.
    world.presses("person-dana", message, "run", &target).await;
    let refusal = world.last(2).await;
    for words in ["the organization's chatbot policy does not let this channel act", "management account 111122223333"]
    {
        assert!(refusal.contains(words), "{words} is not in {refusal}");
    }
    assert_eq!(world.outcomes("Publish").await, 0);
    // Commands, and what is no command.
    for (count, words) in [(3, "@aws sns list-topics"), (4, "@aws help"), (5, "@aws preferences")] {
        world.says("person-sam", words, None).await;
        let refusal = world.last(count).await;
        assert!(refusal.contains("chatbot policy of the organization") || refusal.contains("chatbot policy does not"));
        assert!(refusal.contains("management account"), "{words}: {refusal}");
    }
    world.detach_policy(&policy).await;
    world.says("person-sam", "@aws sns list-topics", None).await;
    assert!(world.last(6).await.contains("alarms"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_for_a_disabled_configuration_is_held_and_shown_later() {
    let world = World::new(None).await;
    let policy = world.attach_chatbot_policy(OFF).await;
    let topic = "arn:aws:sns:us-east-1:444455556666:alarms";
    world.as_admin("sns", "Publish", vec![("TopicArn", text(topic)), ("Message", text("the disk is full"))]).await;
    assert!(world.cards(0).await.is_empty());
    let held = world.as_admin("bailiwick", "ListHeldNotifications", vec![]).await;
    let held = held.get("Notifications").unwrap().as_list().unwrap();
    assert_eq!(held.len(), 1);
    let of = |name: &str| held[0].get(name).unwrap().as_str().unwrap().to_owned();
    assert_eq!((of("Message").as_str(), of("TopicArn").as_str()), ("the disk is full", topic));
    assert!(of("Reason").contains("chatbot policy"), "{held:?}");
    // Not while it is off.
    let arn = of("ChatConfigurationArn");
    let replay = || vec![("ChatConfigurationArn", text(&arn))];
    let fault = world.as_admin_fault("bailiwick", "ReplayNotifications", replay()).await;
    assert!(fault.starts_with("The configuration is disabled."), "{fault}");
    world.detach_policy(&policy).await;
    let replayed = world.as_admin("bailiwick", "ReplayNotifications", replay()).await;
    assert_eq!(replayed.get("NotificationIds").unwrap().as_list().unwrap().len(), 1);
    assert!(world.last(1).await.contains("the disk is full"));
    // Once.
    world.as_admin("bailiwick", "ReplayNotifications", replay()).await;
    assert_eq!(world.cards(1).await.len(), 1);
    assert_eq!(world.store.counts().await.unwrap().inbox_open, 0);
}

/// What is held keeps the order in which it was published, in one millisecond and when the clock goes back, and is shown in it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_is_shown_in_the_order_in_which_it_came() {
    let world = World::new(None).await;
    let policy = world.attach_chatbot_policy(OFF).await;
    let said: Vec<String> = (0..12).map(|number| format!("the disk {number} is full")).collect();
    for (number, words) in said.iter().enumerate() {
        let topic = text("arn:aws:sns:us-east-1:444455556666:alarms");
        world.as_admin("sns", "Publish", vec![("TopicArn", topic), ("Message", text(words))]).await;
        if number % 3 == 2 {
            world.put_back_seconds(7);
        }
    }
    world.cards(0).await;
    let held = world.as_admin("bailiwick", "ListHeldNotifications", vec![]).await;
    let held = held.get("Notifications").unwrap().as_list().unwrap();
    let listed: Vec<&str> = held.iter().map(|one| one.get("Message").unwrap().as_str().unwrap()).collect();
    assert_eq!(listed, said);
    let arn = held[0].get("ChatConfigurationArn").unwrap().clone();
    world.detach_policy(&policy).await;
    world.as_admin("bailiwick", "ReplayNotifications", vec![("ChatConfigurationArn", arn)]).await;
    let shown: Vec<String> = world.cards(12).await.iter().map(|(_, card)| plain::card(card)).collect();
    assert!(shown.iter().zip(&said).all(|(card, words)| card.contains(words)), "{shown:?}");
}

/// The bot's own notifications are no commands: a policy that denies Regions does not stop them.
#[tokio::test(flavor = "multi_thread")]
async fn notifications_need_no_exemption_from_a_policy_that_denies_regions() {
    let world = World::new(None).await;
    let topic = "arn:aws:sns:us-east-1:444455556666:alarms";
    world.as_admin("sns", "Publish", vec![("TopicArn", text(topic)), ("Message", text("before"))]).await;
    world.cards(1).await;
    let body = r#"{"Version":"2012-10-17","Statement":[{"Sid":"DenyRegions","Effect":"Deny","NotAction":["sns:Publish","bailiwick:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}]}"#;
    world.attach_policy("SERVICE_CONTROL_POLICY", body).await;
    world.as_admin("sns", "Publish", vec![("TopicArn", text(topic)), ("Message", text("the disk is full"))]).await;
    assert!(world.last(2).await.contains("the disk is full"));
    world.says("person-sam", "@aws sns list-topics", None).await;
    let refusal = world.last(3).await;
    assert!(refusal.contains("NotAction") && refusal.contains("chatbot:*"), "{refusal}");
    world.says("person-sam", "@aws sns list-topics --region eu-west-1", None).await;
    assert!(!world.last(4).await.contains("Not run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_in_a_terminal_is_answered_as_in_chat() {
    let world = World::new(None).await;
    let words = |line: &str| bailiwick_command::lex::lex(line, bailiwick_command::lex::Markup::Plain).unwrap().words;
    let list = words("sns list-topics");
    for (channel, member) in [("deploy", "Dana"), ("#deploy", "person-dana"), (world.room.as_str(), "dana")] {
        let answer = world.bot.simulate(channel, member, &list).await.unwrap();
        assert!(answer.allowed, "{:?}", answer.card);
    }
    let refused = world.bot.simulate("deploy", "Dana", &words("sns create-topic --name x")).await.unwrap();
    let told = bailiwick_chat::plain::card(&refused.card);
    world.says("person-dana", "@aws can sns create-topic --name x", None).await;
    let in_chat = world.last(1).await;
    // The same sentence, and the same nine lines.
    let lines = |text: &str| text.lines().filter(|line| line.trim_start().starts_with(char::is_numeric)).count();
    assert!(!refused.allowed && lines(&told) >= 9 && lines(&told) == lines(&in_chat), "{told}\n{in_chat}");
    assert_eq!(refused.ruling.unwrap().stopped().map(|step| step.number).collect::<Vec<_>>(), [4, 6]);
    assert!(told.contains("role") && told.contains("deploy") && told.contains("Dana"), "{told}");
    let nobody = world.bot.simulate("deploy", "Nobody", &list).await.unwrap();
    assert!(!nobody.allowed && nobody.ruling.is_none());
    assert!(
        world.bot.simulate("none", "Dana", &list).await.unwrap_err().to_string().contains("known are arn:aws:chatbot")
    );
}

/// A member that must choose a role is told so and what to do; the requirement of the account binds every channel.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_without_a_role_of_its_own_is_told_what_to_do() {
    let world = World::new(None).await;
    let required = bailiwick_aws::Value::from(true);
    world.as_admin("chatbot", "UpdateAccountPreferences", vec![("UserAuthorizationRequired", required)]).await;
    // The channel cannot opt out.
    let shown = world.as_admin("bailiwick", "DescribeRoomConfigurations", vec![]).await;
    let shown = &shown.get("RoomConfigurations").unwrap().as_list().unwrap()[0];
    assert_eq!(shown.get("UserAuthorizationRequired"), Some(&bailiwick_aws::Value::from(false)));
    let arn = shown.get("ChatConfigurationArn").unwrap().as_str().unwrap().to_owned();
    world.says("person-sam", "@aws sns list-topics", None).await;
    let refusal = world.last(1).await;
    assert!(refusal.contains("must choose a role of their own") && refusal.contains("switch-role"), "{refusal}");
    // An administrator maps one.
    let role = shown.get("IamRoleArn").unwrap().as_str().unwrap().to_owned();
    let map = vec![("ChatConfigurationArn", text(&arn)), ("MemberId", text("person-sam")), ("IamRoleArn", text(&role))];
    world.as_admin("bailiwick", "AssociateUserRole", map).await;
    world.says("person-sam", "@aws sns list-topics", None).await;
    assert!(world.last(2).await.contains("alarms"));
    world.says("person-dana", "@aws sns list-topics", None).await;
    assert!(world.last(3).await.contains("must choose a role of their own"));
    // And unmaps it.
    let unmap = vec![("ChatConfigurationArn", text(&arn)), ("MemberId", text("person-sam"))];
    world.as_admin("bailiwick", "DisassociateUserRole", unmap).await;
    world.says("person-sam", "@aws sns list-topics", None).await;
    assert!(world.last(4).await.contains("must choose a role of their own"));
}
