//! `bailiwick simulate`, `@aws can` and a command that runs give the same answer, whatever the roles, boundaries, guardrails,
//! policies of the organization and of resources, members and commands are: generated, over the real thing. So do a question
//! and a call of an agent.

use bailiwick_authority::{AgentOrigin, Assurance, ChannelType, ChatOrigin, Origin, Platform, Ruling, StepState};
use bailiwick_chat::{Block, Card, TraceVerdict};
use bailiwick_command::lex::{Markup, lex};
use bailiwick_store::Store as _;
use serde_json::{Value as Json, json};

use crate::room::{CONFIGURATION, World, call, text};

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

    fn denial(&mut self, actions: &[&str], resource: &str) -> Json {
        let mut statement = json!({"Effect": "Deny", "Action": self.of(actions), "Resource": resource});
        if let Some(condition) = self.condition() {
            statement["Condition"] = condition;
        }
        statement
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

/// What the newest decision of an origin of this kind came to.
async fn recorded(world: &World, kind: &str) -> Option<(Said, u64)> {
    let rows = world.store.audit(0, 100_000).await.unwrap();
    rows.iter().rev().filter(|row| row.kind == "decision").find_map(|row| {
        let record: Json = serde_json::from_str(&row.record).unwrap();
        let data = &record["additionalEventData"];
        let ruling = &data["ruling"];
        let here = data["origin"]["kind"] == kind;
        let steps = ruling["steps"].as_array().unwrap().iter().filter(|step| step["state"] == "stopped");
        let stopped = steps.map(|step| u8::try_from(step["layer"].as_u64().unwrap()).unwrap()).collect();
        here.then(|| (Said { allowed: ruling["allowed"] == true, stopped }, row.sequence))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ways_to_ask_give_one_answer() {
    let world = World::new(None).await;
    world.joins("person-kim").await;
    let mut dice = Dice(20_261_122);
    let (mut cards, mut seen) = (0, [0_usize; 10]);
    let mut worlds = Worlds::default();
    let ada = world.ada().await;
    for case in 0..CASES {
        worlds.differ(&world, &mut dice, case).await;
        if case % 3 == 0 {
            for layer in world.an_agent_asks(&mut dice, &ada, case).await {
                seen[usize::from(layer)] += 1;
            }
        }
        for _ in 0..2 {
            let (member, command) = (dice.of(&MEMBERS), dice.of(&COMMANDS));
            let words = lex(command, Markup::Plain).unwrap().words;
            let simulated = world.bot.simulate("deploy", member, &words).await.unwrap();
            let at = format!("case {case}: {member} {command}");
            if worlds.chatbot.is_some() {
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
            let before = recorded(&world, "chat").await.map(|(_, sequence)| sequence);
            world.says(member, &format!("@aws {command}"), None).await;
            cards += 1;
            let live = world.cards(cards).await.pop().unwrap().1;
            let waits = live.buttons.iter().any(|button| button.id == bailiwick_chat::ButtonId::Run);
            match recorded(&world, "chat").await.filter(|(_, sequence)| Some(*sequence) != before) {
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
    // It says something only where each layer had its say. 0: allowed.
    assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
}

/// What of the worlds is there or not.
#[derive(Default)]
struct Worlds {
    chatbot: Option<String>,
    scp: Option<String>,
    boundary: bool,
    topic: bool,
}

impl Worlds {
    /// Makes one thing different from before.
    async fn differ(&mut self, world: &World, dice: &mut Dice, case: usize) {
        let role = ("RoleName", text("deploy"));
        match dice.below(10) {
            0 | 1 => {
                let document = dice.document();
                let input = vec![role, ("PolicyName", text("generated")), ("PolicyDocument", text(&document))];
                world.own("iam", "PutRolePolicy", input).await;
            }
            2 => {
                let arns = (0..=dice.below(2)).map(|_| managed(dice.of(&GUARDRAILS)));
                let mut arns: Vec<String> = arns.collect();
                arns.dedup();
                let arns = bailiwick_aws::Value::list(arns.iter().map(|arn| text(arn)));
                let input = vec![("ChatConfigurationArn", text(CONFIGURATION)), ("GuardrailPolicyArns", arns)];
                world.own("bailiwick", "UpdateRoomConfiguration", input).await;
            }
            3 => match self.chatbot.take() {
                Some(id) => world.detach_policy(&id).await,
                None if dice.below(2) == 0 => {
                    let off = json!({"chatbot": {"platforms": {"chime": {"client": {"@@assign": "disabled"}}}}});
                    let (name, off) = (format!("c{case}"), off.to_string());
                    self.chatbot = Some(world.attach_policy_named("CHATBOT_POLICY", &name, &off).await);
                }
                None => {}
            },
            4 => {
                let required = bailiwick_aws::Value::from(dice.below(4) == 0);
                let input =
                    vec![("ChatConfigurationArn", text(CONFIGURATION)), ("UserAuthorizationRequired", required)];
                world.own("bailiwick", "UpdateRoomConfiguration", input).await;
            }
            5 => match self.scp.take() {
                Some(id) => world.detach_policy(&id).await,
                None => {
                    let denies = json!({"Version": "2012-10-17", "Statement": [dice.denial(&ACTIONS, "*")]});
                    let (name, denies) = (format!("s{case}"), denies.to_string());
                    self.scp = Some(world.attach_policy_named("SERVICE_CONTROL_POLICY", &name, &denies).await);
                }
            },
            6 => {
                self.boundary = !self.boundary;
                if self.boundary {
                    let boundary = ("PermissionsBoundary", text(&managed(dice.of(&GUARDRAILS))));
                    world.own("iam", "PutRolePermissionsBoundary", vec![role, boundary]).await;
                } else {
                    world.own("iam", "DeleteRolePermissionsBoundary", vec![role]).await;
                }
            }
            7 => {
                self.topic = !self.topic;
                let owner = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
                    "Action": "sns:Publish", "Resource": TOPIC});
                let mut statements = vec![owner];
                if self.topic {
                    let mut denial = dice.denial(&["sns:Publish", "sns:GetTopicAttributes", "sns:DeleteTopic"], TOPIC);
                    denial["Principal"] = json!("*");
                    statements.push(denial);
                }
                let document = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
                let input = vec![
                    ("TopicArn", text(TOPIC)),
                    ("AttributeName", text("Policy")),
                    ("AttributeValue", text(&document)),
                ];
                world.own("sns", "SetTopicAttributes", input).await;
            }
            8 => {
                // A role that allows everything to whoever is approved, and guardrails that leave that to it.
                let approved = json!({"NumericGreaterThanEquals": {"bailiwick:ApproverCount": dice.of(&["1", "2"])}});
                let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": approved});
                let document = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
                let input = vec![role, ("PolicyName", text("generated")), ("PolicyDocument", text(&document))];
                world.own("iam", "PutRolePolicy", input).await;
                let arns = bailiwick_aws::Value::list([text(&managed("AdministratorAccess"))]);
                let input = vec![("ChatConfigurationArn", text(CONFIGURATION)), ("GuardrailPolicyArns", arns)];
                world.own("bailiwick", "UpdateRoomConfiguration", input).await;
            }
            _ => {}
        }
    }
}

fn managed(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}

fn of_ruling(ruling: &Ruling) -> Said {
    let stopped = ruling.steps.iter().filter(|step| step.state == StepState::Stopped);
    Said { allowed: ruling.allowed, stopped: stopped.map(|step| step.number).collect() }
}

impl World {
    /// A person who is an IAM user; its id.
    async fn ada(&self) -> String {
        let made = self.own("iam", "CreateUser", vec![("UserName", text("ada"))]).await;
        let arn = made.get("User").unwrap().get("Arn").unwrap().clone();
        let made = self.own("bailiwick", "CreatePerson", vec![("Name", text("Ada")), ("IamPrincipalArn", arn)]).await;
        made.get("Person").unwrap().get("PersonId").unwrap().as_str().unwrap().to_owned()
    }

    /// A question and a call of an agent that acts for the person, whose own rights are drawn; the layers that stop it.
    async fn an_agent_asks(&self, dice: &mut Dice, person: &str, case: usize) -> Vec<u8> {
        let document = dice.document();
        let input = vec![("UserName", text("ada")), ("PolicyName", text("own")), ("PolicyDocument", text(&document))];
        self.own("iam", "PutUserPolicy", input).await;
        let directory = self.authority.directory();
        let configuration = directory.channel_configuration(CONFIGURATION).unwrap();
        let chat = ChatOrigin {
            platform: Platform::Chime,
            workspace: configuration.workspace.clone(),
            channel: configuration.channel.clone(),
            channel_type: ChannelType::Private,
            message: format!("agent-{case}"),
            member: person.to_owned(),
            member_name: person.to_owned(),
            actor: bailiwick_authority::ActorKind::Agent,
            assurance: Assurance::None,
            approvers: Vec::new(),
            requester_approved: false,
        };
        let origin = Origin::Agent(AgentOrigin { chat, agent: "assistant".to_owned() });
        let caller = self.authority.channel_caller(&origin, configuration.account, "agent").unwrap();
        let topic = ("TopicArn", text(TOPIC));
        let (operation, input) = match dice.below(3) {
            0 => ("ListTopics", vec![]),
            1 => ("GetTopicAttributes", vec![topic]),
            // What changes something and tells no room.
            _ => (
                "SetTopicAttributes",
                vec![topic, ("AttributeName", text("DisplayName")), ("AttributeValue", text("x"))],
            ),
        };
        let call = call(configuration.account, "sns", operation, input);
        let said = of_ruling(&self.authority.preview(&caller, &origin, &call));
        assert_eq!(of_ruling(&self.authority.explain(&caller, &origin, &call)), said, "case {case}: {operation}");
        self.services.call(&caller, &origin, call).await.unwrap();
        let (recorded, _) = recorded(self, "agent").await.unwrap();
        assert_eq!(recorded, said, "case {case}: {operation}");
        said.stopped
    }
}
