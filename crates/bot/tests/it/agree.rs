//! `bailiwick simulate`, `@aws can` and a command that runs give the same answer, whatever the roles, guardrails, policies of
//! the organization, members and commands are: generated, over the real thing.

use bailiwick_chat::{Block, Card, TraceVerdict};
use bailiwick_command::lex::{Markup, lex};
use bailiwick_store::Store as _;
use serde_json::{Value as Json, json};

use crate::room::{CONFIGURATION, World, text};

/// How many worlds are asked; each differs from the one before in one of its layers.
const CASES: usize = 60;
const TOPIC: &str = "arn:aws:sns:us-east-1:444455556666:alarms";
const MEMBERS: [&str; 4] = ["person-dana", "person-lee", "person-sam", "person-kim"];
const COMMANDS: [&str; 12] = [
    "sns list-topics",
    "sns list-topics --region eu-west-1",
    "sns get-topic-attributes --topic-arn arn:aws:sns:us-east-1:444455556666:alarms",
    "sns create-topic --name other",
    "sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message hi",
    "sns delete-topic --topic-arn arn:aws:sns:us-east-1:444455556666:alarms",
    "iam list-users",
    "iam get-role --role-name deploy",
    "iam create-access-key --user-name admin",
    "chime list-accounts",
    "organizations describe-organization",
    "chatbot describe-slack-channel-configurations",
];
const ACTIONS: [&str; 8] =
    ["*", "sns:*", "sns:List*", "sns:Publish", "sns:CreateTopic", "iam:*", "chime:*", "organizations:Describe*"];
const GUARDRAILS: [&str; 4] = ["AdministratorAccess", "ReadOnlyAccess", "AmazonSNSFullAccess", "IAMReadOnlyAccess"];

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    fn condition(&mut self) -> Option<Json> {
        Some(match self.below(9) {
            0 => json!({"StringEquals": {"bailiwick:MemberId": self.of(&MEMBERS)}}),
            1 => {
                json!({"StringEquals": {"bailiwick:AccessClass": self.of(&["read", "mutate", "destroy", "permissions"])}})
            }
            2 => json!({"NumericGreaterThanEquals": {"bailiwick:ApproverCount": self.of(&["0", "1", "2"])}}),
            3 => json!({"NumericGreaterThanEquals": {"bailiwick:Assurance": self.of(&["1", "2", "3"])}}),
            4 => json!({"Bool": {"bailiwick:RequesterApproved": self.of(&["true", "false"])}}),
            5 => json!({"StringEquals": {"aws:RequestedRegion": self.of(&["us-east-1", "eu-west-1"])}}),
            6 => json!({"StringEquals": {"bailiwick:Platform": self.of(&["chime", "slack"])}}),
            _ => return None,
        })
    }

    fn document(&mut self) -> String {
        let count = 1 + self.below(3);
        let statements = (0..count).map(|_| {
            let mut statement = json!({
                "Effect": if self.below(4) == 0 { "Deny" } else { "Allow" },
                "Action": self.of(&ACTIONS),
                "Resource": self.of(&["*", "*", TOPIC]),
            });
            if let Some(condition) = self.condition() {
                statement["Condition"] = condition;
            }
            statement
        });
        json!({"Version": "2012-10-17", "Statement": statements.collect::<Vec<_>>()}).to_string()
    }
}

/// Whether it may run, and what each layer says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    allowed: bool,
    /// The layers that stop it.
    stopped: Vec<u8>,
}

fn of_trace(card: &Card, allowed: bool) -> Said {
    let lines = card.body.iter().flat_map(|block| match block {
        Block::Trace(lines) => lines.as_slice(),
        _ => &[],
    });
    let stopped = lines.filter(|line| line.verdict == TraceVerdict::Stopped).map(|line| line.number).collect();
    Said { allowed, stopped }
}

/// What the newest decision of a command in chat came to.
async fn recorded(world: &World) -> Option<(Said, u64)> {
    let rows = world.store.audit(0, 10_000).await.unwrap();
    rows.iter().rev().filter(|row| row.kind == "decision").find_map(|row| {
        let record: Json = serde_json::from_str(&row.record).unwrap();
        let data = &record["additionalEventData"];
        let ruling = &data["ruling"];
        let chat = data["origin"]["kind"] == "chat";
        let steps = ruling["steps"].as_array().unwrap().iter().filter(|step| step["state"] == "stopped");
        let stopped = steps.map(|step| u8::try_from(step["layer"].as_u64().unwrap()).unwrap()).collect();
        chat.then(|| (Said { allowed: ruling["allowed"] == true, stopped }, row.sequence))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ways_to_ask_give_one_answer() {
    let world = World::new(None).await;
    world.joins("person-kim").await;
    let mut dice = Dice(20_261_122);
    let (mut cards, mut seen) = (0, [0_usize; 10]);
    let mut chatbot: Option<String> = None;
    for case in 0..CASES {
        match dice.below(6) {
            0 | 1 => {
                let document = dice.document();
                let input = vec![
                    ("RoleName", text("deploy")),
                    ("PolicyName", text("generated")),
                    ("PolicyDocument", text(&document)),
                ];
                world.own("iam", "PutRolePolicy", input).await;
            }
            2 => {
                let arns = (0..=dice.below(2)).map(|_| format!("arn:aws:iam::aws:policy/{}", dice.of(&GUARDRAILS)));
                let mut arns: Vec<String> = arns.collect();
                arns.dedup();
                let arns = bailiwick_aws::Value::list(arns.iter().map(|arn| text(arn)));
                let input = vec![("ChatConfigurationArn", text(CONFIGURATION)), ("GuardrailPolicyArns", arns)];
                world.own("bailiwick", "UpdateRoomConfiguration", input).await;
            }
            3 => match chatbot.take() {
                Some(id) => world.detach_chatbot_policy(&id).await,
                None if dice.below(2) == 0 => {
                    let off = json!({"chatbot": {"platforms": {"chime": {"client": {"@@assign": "disabled"}}}}});
                    chatbot =
                        Some(world.attach_policy_named("CHATBOT_POLICY", &format!("c{case}"), &off.to_string()).await);
                }
                None => {}
            },
            4 => {
                let required = bailiwick_aws::Value::from(dice.below(4) == 0);
                let input =
                    vec![("ChatConfigurationArn", text(CONFIGURATION)), ("UserAuthorizationRequired", required)];
                world.own("bailiwick", "UpdateRoomConfiguration", input).await;
            }
            _ => {}
        }
        for _ in 0..2 {
            let (member, command) = (dice.of(&MEMBERS), dice.of(&COMMANDS));
            let words = lex(command, Markup::Plain).unwrap().words;
            let simulated = world.bot.simulate("deploy", member, &words).await.unwrap();
            let at = format!("case {case}: {member} {command}");
            if chatbot.is_some() {
                // Where the organization turns the channel off, nothing but that is said there.
                world.says(member, &format!("@aws {command}"), None).await;
                cards += 1;
                let told = world.last(cards).await;
                assert!(!simulated.allowed && told.contains("chatbot policy"), "{at}: {told}");
                assert!(of_trace(&simulated.card, false).stopped.contains(&2), "{at}");
                seen[2] += 1;
                continue;
            }
            let simulated = of_trace(&simulated.card, simulated.allowed);
            world.says(member, &format!("@aws can {command}"), None).await;
            cards += 1;
            let can = world.cards(cards).await.pop().unwrap().1;
            let yes = can.state.as_ref().is_some_and(|state| state.word == "Yes");
            assert_eq!(of_trace(&can, yes), simulated, "{at}");
            let before = recorded(&world).await.map(|(_, sequence)| sequence);
            world.says(member, &format!("@aws {command}"), None).await;
            cards += 1;
            let live = world.cards(cards).await.pop().unwrap().1;
            let waits = live.buttons.iter().any(|button| button.id == bailiwick_chat::ButtonId::Run);
            match recorded(&world).await.filter(|(_, sequence)| Some(*sequence) != before) {
                Some((said, _)) => assert_eq!(said, simulated, "{at}"),
                // What changes something and may run waits for its requester first.
                None => assert!(waits && simulated.allowed, "{at}: {}", bailiwick_chat::plain::card(&live)),
            }
            for layer in &simulated.stopped {
                seen[usize::from(*layer)] += 1;
            }
            seen[0] += usize::from(simulated.allowed);
        }
    }
    // It says something only where the worlds differ.
    for layer in [0, 1, 2, 4, 6] {
        assert!(seen[layer] > 0, "nothing came to layer {layer} (0: allowed): {seen:?}");
    }
}
