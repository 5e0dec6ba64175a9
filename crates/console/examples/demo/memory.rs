//! Rooms and records in memory.

use bailiwick_chat::cards::{self, Ran, Refusal};
use bailiwick_chat::mention::words_for_bot;
use bailiwick_chat::{Block, Body, ButtonId, Card, Phrase, Tone, TraceLine, TraceVerdict, TreeLine};
use bailiwick_console::*;
use bailiwick_ident::{Arn, Timestamp};
use bailiwick_notify::{Notification, render};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// The token of the one-time link. It can be used again here, so that the pages can be looked at twice.
pub(crate) const LINK: &str = "look-around";
const SESSION: &str = "session-1";
/// The form token of the one session there is.
pub(crate) const FORM_TOKEN: &str = "form-token-1";

pub(crate) struct Memory {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    signed_in: bool,
    stronger: bool,
    messages: Vec<(String, Message)>,
    events: Vec<(String, RoomEvent)>,
    once: Vec<(String, String, String)>,
    presses: Vec<Press>,
    proved: bool,
}

fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock comes from here")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default())
}

fn answer<'a, T: Send + 'a>(value: Result<T, Fault>) -> Answer<'a, T> {
    Box::pin(std::future::ready(value))
}

fn ran(command: &str) -> Ran {
    Ran {
        command: command.into(),
        account: "444455556666 (workload)".into(),
        region: "us-east-1".into(),
        role: "ops-readonly".into(),
    }
}

fn trace() -> Vec<TraceLine> {
    use TraceVerdict::{NotThere, Noted, Passed, Stopped};
    vec![
        TraceLine::new(1, "non-supported operations", Passed, ""),
        TraceLine::new(2, "chatbot policy", Passed, "effective policy of 444455556666 (p-abc123, p-def456)"),
        TraceLine::new(3, "SCPs, RCPs", Passed, "root: FullAWSAccess · Workloads: DenyLeaveOrg"),
        TraceLine::new(4, "role ops-readonly", Stopped, "no statement allows `sns:Publish` (4 policies, 31 statements looked at)"),
        TraceLine::new(5, "permissions boundary", NotThere, ""),
        TraceLine::new(6, "guardrails", Stopped, "ReadOnlyAccess allows `sns:Get*`, `sns:List*`, `sns:Check*`")
            .quote("{\n  \"Sid\": \"ReadOnly\",\n  \"Effect\": \"Allow\",\n  \"Action\": [\"sns:Get*\", \"sns:List*\", \"sns:Check*\"],\n  \"Resource\": \"*\"\n}"),
        TraceLine::new(7, "agent", NotThere, ""),
        TraceLine::new(8, "resource policy of the topic", Noted, "does not grant it to this session"),
        TraceLine::new(9, "approvals and context", Noted, "nothing would change the answer"),
    ]
}

fn topics() -> Card {
    let lines = vec![
        TreeLine::heading(0, "Topics (2)"),
        TreeLine::item(1, "alarms", "arn:aws:sns:us-east-1:444455556666:alarms"),
        TreeLine::item(1, "deployments", "arn:aws:sns:us-east-1:444455556666:deployments"),
    ];
    cards::answer_tree(&ran("sns list-topics"), lines, "c-1")
}

fn refusal() -> Card {
    let facts = Refusal {
        because: "this channel's guardrails do not allow `sns:Publish`.".into(),
        asked: "sns:Publish on arn:aws:sns:us-east-1:444455556666:alarms".into(),
        layer: "guardrails (protection policy, ReadOnlyAccess)".into(),
        stopped: "no statement allows it; the role ops-readonly does not allow it either".into(),
        can_change: "the channel's administrators: Dana, Lee".into(),
        approval_helps: false,
    };
    cards::refusal(&facts, "c-2")
}

fn confirmation(danger: bool, command: &str) -> Card {
    let waits = Phrase::WaitsForRequester { requester: "Lee", open_for: Duration::from_secs(600) };
    cards::confirm(&ran(""), command, "changes data: yes", danger, "c-3", &waits)
}

fn alarm(state: &str, was: &str) -> Card {
    let message = format!(
        r#"{{"AlarmName":"web-cpu-high","AlarmDescription":"CPU of the web tier","AWSAccountId":"444455556666","NewStateValue":"{state}",
        "NewStateReason":"Threshold Crossed: 3 out of the last 5 datapoints [91.2, 88.4, 84.0] were greater than the threshold (80.0).",
        "StateChangeTime":"2026-11-22T09:59:58.250+0000","AlarmArn":"arn:aws:cloudwatch:us-east-1:444455556666:alarm:web-cpu-high","OldStateValue":"{was}",
        "Trigger":{{"MetricName":"CPUUtilization","Namespace":"AWS/EC2","Statistic":"AVERAGE","Dimensions":[{{"name":"AutoScalingGroupName","value":"web"}}],
        "Period":300,"EvaluationPeriods":5,"DatapointsToAlarm":3,"ComparisonOperator":"GreaterThanThreshold","Threshold":80.0}}}}"#
    );
    let Ok(topic) = Arn::parse("arn:aws:sns:us-east-1:444455556666:alarms") else { return Card::default() };
    render(&Notification { topic, published: now(), subject: None, message, attributes: Vec::new() }).card
}

/// Everything that pages are served from, over one memory.
pub(crate) fn use_cases(memory: &std::sync::Arc<Memory>) -> UseCases {
    let (entrance, rooms, identities) = (memory.clone(), memory.clone(), memory.clone());
    UseCases { entrance, rooms, records: memory.clone(), sheets: memory.clone(), identities }
}

impl Memory {
    /// Rooms without a message.
    pub(crate) fn new() -> Self {
        Memory { state: Mutex::default(), changed: watch::Sender::new(0) }
    }

    /// Two rooms after a busy morning.
    pub(crate) fn with_a_morning() -> Self {
        let memory = Memory::new();
        let say = |name: &str, thread: Option<&str>, text: &str| {
            memory.add("ops", thread, Author::Person { name: name.into() }, Body::Text(text.into()))
        };
        let card = |thread: &str, card: Card| memory.add("ops", Some(thread), Author::Bot, card.into());
        memory.add("ops", None, Author::Bot, alarm("ALARM", "OK").into());
        say("Dana", None, "The web tier is slow since ten. I'll look at the `alarms` topic first.");
        let asked = say("Lee", None, "@aws sns list-topics");
        card(&asked, topics());
        let exact = say("Lee", None, "@aws sns list-topics --query 'Topics[].TopicArn' --output json");
        let json = "[\n    \"arn:aws:sns:us-east-1:444455556666:alarms\",\n    \"arn:aws:sns:us-east-1:444455556666:deployments\"\n]";
        card(&exact, cards::answer_exact(&ran("sns list-topics"), json.into(), Some("json"), "c-4"));
        let question = say("Lee", None, "@aws sns get-topic-attributes");
        let choices = [
            "arn:aws:sns:us-east-1:444455556666:alarms".to_owned(),
            "arn:aws:sns:us-east-1:444455556666:deployments".to_owned(),
        ];
        card(
            &question,
            cards::question("--topic-arn", "The ARN of the topic.", &choices, Duration::from_secs(600), "q-1"),
        );
        let refused =
            say("Lee", None, "@aws sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message hi");
        card(&refused, refusal());
        card(&refused, cards::trace("sns:Publish", trace()));
        let typo = say("Sam", None, "@aws ec2 descrbe-instances");
        card(
            &typo,
            cards::mistake("`ec2` has no operation `descrbe-instances`.", &["@aws ec2 describe-instances".into()]),
        );
        let change = say(
            "Lee",
            None,
            "@aws sns publish --topic-arn arn:aws:sns:us-east-1:444455556666:alarms --message \"all clear\"",
        );
        card(&change, confirmation(false, "sns publish --topic-arn …:alarms --message \"all clear\""));
        let drop = say("Lee", None, "@aws sns delete-topic --topic-arn arn:aws:sns:us-east-1:444455556666:old");
        card(&drop, confirmation(true, "sns delete-topic --topic-arn …:old"));
        memory
    }

    fn add(&self, room: &str, thread: Option<&str>, author: Author, body: Body) -> String {
        let Ok(mut state) = self.state.lock() else { return String::new() };
        let sequence = state.events.len() as u64 + 1;
        let message = Message {
            id: format!("m{sequence}"),
            thread: thread.map(str::to_owned),
            author,
            body,
            created: now(),
            edited: false,
            sequence,
        };
        let id = message.id.clone();
        state.messages.push((room.to_owned(), message.clone()));
        state.events.push((room.to_owned(), RoomEvent { sequence, kind: RoomEventKind::Posted(message) }));
        drop(state);
        self.changed.send_replace(sequence);
        id
    }

    /// Changes a message that is there.
    pub(crate) fn edit(&self, room: &str, id: &str, body: Body) {
        let Ok(mut state) = self.state.lock() else { return };
        let sequence = state.events.len() as u64 + 1;
        let Some((_, message)) = state.messages.iter_mut().find(|(_, message)| message.id == id) else { return };
        message.body = body;
        message.edited = true;
        let message = message.clone();
        state.events.push((room.to_owned(), RoomEvent { sequence, kind: RoomEventKind::Edited(message) }));
        drop(state);
        self.changed.send_replace(sequence);
    }

    /// The presses so far.
    #[allow(dead_code, reason = "only the tests look at them")]
    pub(crate) fn presses(&self) -> Vec<Press> {
        self.state.lock().map(|state| state.presses.clone()).unwrap_or_default()
    }

    fn summary(id: &str) -> Result<RoomSummary, Fault> {
        let about = match id {
            "ops" => "ops-readonly · workload 444455556666 · guardrails: protection policy, ReadOnlyAccess",
            "deploy" => "ops-deploy · workload 444455556666 · guardrails: protection policy, AmazonSNSFullAccess",
            _ => return Err(Fault::NotFound("room")),
        };
        Ok(RoomSummary { id: id.into(), name: id.into(), about: about.into(), last: None })
    }

    fn page(&self, room: &str, keep: impl Fn(&Message) -> bool, limit: u32) -> Result<MessagePage, Fault> {
        Memory::summary(room)?;
        let state = self.state.lock().map_err(|_| Fault::NotFound("room"))?;
        let of_room = state.messages.iter().filter(|(r, _)| r == room).map(|(_, message)| message);
        let messages: Vec<Message> = of_room.filter(|message| keep(message)).cloned().collect();
        let skipped = messages.len().saturating_sub(limit as usize);
        let messages = messages.split_at(skipped).1.to_vec();
        let earlier = messages.first().filter(|_| skipped > 0).map(|message| message.sequence);
        Ok(MessagePage { messages, earlier, last_event: state.events.len() as u64 })
    }
}

/// What an IAM user signs in with here.
pub(crate) const PASSWORD: &str = "correct horse";
/// The code of everybody's second factor.
pub(crate) const CODE: &str = "287082";
const AFTER_PASSWORD: &str = "ticket-1";
const AFTER_CODE: &str = "ticket-2";

impl Memory {
    fn enters(&self) -> Result<SignedIn, Fault> {
        let token = SessionToken::parse(SESSION).ok_or(Fault::NotSignedIn)?;
        if let Ok(mut state) = self.state.lock() {
            state.signed_in = true;
        }
        Ok(SignedIn { token, lasts: Duration::from_secs(43_200) })
    }

    fn wrong<T>() -> Result<T, Fault> {
        Err(Fault::WrongSignIn("the account, the user name, the password or the code is not right".into()))
    }
}

impl Entrance for Memory {
    fn by_link(&self, token: &str, _: &Connection) -> Answer<'_, SignedIn> {
        answer(if token == LINK { self.enters() } else { Err(Fault::LinkUsed) })
    }

    fn by_password(&self, offered: &Offered, _: &Connection) -> Answer<'_, Step> {
        answer(match (offered.user.as_str(), offered.password.as_str()) {
            ("lee", PASSWORD) => Ok(Step::Code(AFTER_PASSWORD.into())),
            ("hasty", _) => Err(Fault::TooMany("too many attempts have failed; try again in 64 seconds".into())),
            _ => Memory::wrong(),
        })
    }

    fn by_code(&self, ticket: &str, code: &str, _: &Connection) -> Answer<'_, Step> {
        answer(match (ticket, code) {
            (AFTER_PASSWORD, CODE) => Ok(Step::NewPassword(AFTER_CODE.into())),
            (AFTER_PASSWORD, _) => Memory::wrong(),
            _ => Err(Fault::Gone("sign-in that was begun")),
        })
    }

    fn by_new_password(&self, ticket: &str, old: &str, new: &str, _: &Connection) -> Answer<'_, Step> {
        answer(match (ticket, old, new.len()) {
            (AFTER_CODE, PASSWORD, 0..8) => Err(Fault::Invalid("Password should have a minimum length of 8".into())),
            (AFTER_CODE, PASSWORD, _) => self.enters().map(Step::Done),
            _ => Err(Fault::Gone("sign-in that was begun")),
        })
    }

    fn step_up(&self, _: &SessionToken, code: &str, _: &Connection) -> Answer<'_, ()> {
        if code != CODE {
            return answer(Memory::wrong());
        }
        if let Ok(mut state) = self.state.lock() {
            state.stronger = true;
        }
        answer(Ok(()))
    }

    fn session(&self, token: &SessionToken) -> Answer<'_, Option<Session>> {
        let Ok(state) = self.state.lock() else { return answer(Ok(None)) };
        let signed_in = state.signed_in && token.expose() == SESSION;
        let person = Person {
            account: "444455556666".into(),
            who: Who::Person("lee".into()),
            name: "Lee".into(),
            began: now(),
            ends: now(),
            second_factor: state.stronger.then(now),
        };
        answer(Ok(signed_in.then(|| Session { person, form_token: FORM_TOKEN.into() })))
    }

    fn sign_out(&self, _: &SessionToken) -> Answer<'_, ()> {
        if let Ok(mut state) = self.state.lock() {
            state.signed_in = false;
        }
        self.changed.send_replace(0);
        answer(Ok(()))
    }
}

impl Rooms for Memory {
    fn rooms(&self, _: &Person) -> Answer<'_, Vec<RoomSummary>> {
        let rooms = ["ops", "deploy"].into_iter().map(|id| {
            let mut room = Memory::summary(id)?;
            room.last = self.page(id, |_| true, 1)?.messages.first().map(|message| {
                let text = match &message.body {
                    Body::Text(text) => text.clone(),
                    Body::Card(card) => card.summary(),
                };
                (text, message.created)
            });
            Ok(room)
        });
        answer(rooms.collect())
    }

    fn room(&self, _: &Person, room: &str) -> Answer<'_, RoomDetails> {
        answer(Memory::summary(room).map(|summary| RoomDetails {
            summary,
            facts: vec![
                ("role".into(), "ops-readonly".into()),
                ("guardrails".into(), "protection policy, ReadOnlyAccess".into()),
                ("topics".into(), "arn:aws:sns:us-east-1:444455556666:alarms".into()),
            ],
            members: vec![
                ("Dana".into(), "Administrator".into()),
                ("Lee".into(), "Administrator".into()),
                ("Sam".into(), String::new()),
            ],
            may_post: Ok(()),
        }))
    }

    fn messages(&self, _: &Person, room: &str, before: Option<u64>, limit: u32) -> Answer<'_, MessagePage> {
        answer(self.page(room, |message| before.is_none_or(|before| message.sequence < before), limit))
    }

    fn thread(&self, _: &Person, room: &str, thread: &str, limit: u32) -> Answer<'_, MessagePage> {
        let page = self.page(room, |message| message.id == thread || message.thread.as_deref() == Some(thread), limit);
        answer(page.and_then(|page| if page.messages.is_empty() { Err(Fault::NotFound("thread")) } else { Ok(page) }))
    }

    fn events(&self, _: &Person, room: &str, after: u64, limit: u32) -> Answer<'_, Vec<RoomEvent>> {
        let room = room.to_owned();
        answer(self.state.lock().map_err(|_| Fault::NotFound("room")).map(|state| {
            let of_room = state.events.iter().filter(|(r, event)| *r == room && event.sequence > after);
            of_room.take(limit as usize).map(|(_, event)| event.clone()).collect()
        }))
    }

    fn wait(&self, _: &str, after: u64) -> Answer<'_, Wake> {
        let mut changed = self.changed.subscribe();
        Box::pin(async move {
            let look = changed.wait_for(|last| *last > after || *last == 0);
            let _ = tokio::time::timeout(Duration::from_secs(1), look).await;
            Ok(Wake::Look)
        })
    }

    fn post(&self, person: &Person, room: &str, message: NewMessage) -> Answer<'_, String> {
        if let Err(fault) = Memory::summary(room) {
            return answer(Err(fault));
        }
        let key = (message.once.clone(), message.text.clone());
        if let Ok(state) = self.state.lock()
            && let Some((.., id)) = state.once.iter().find(|(once, text, _)| (once, text) == (&key.0, &key.1))
        {
            return answer(Ok(id.clone()));
        }
        let id = self.add(
            room,
            message.thread.as_deref(),
            Author::Person { name: person.name.clone() },
            Body::Text(message.text.clone()),
        );
        if let Ok(mut state) = self.state.lock() {
            state.once.push((key.0, key.1, id.clone()));
        }
        if let Some(words) = words_for_bot(&message.text) {
            let card = match words {
                "sns list-topics" => topics(),
                words if words.starts_with("sns publish") && room == "deploy" => confirmation(false, words),
                words if words.starts_with("sns publish") => refusal(),
                words => {
                    cards::mistake(&format!("This example does not know `{words}`."), &["@aws sns list-topics".into()])
                }
            };
            self.add(room, Some(message.thread.as_deref().unwrap_or(&id)), Author::Bot, card.into());
        }
        answer(Ok(id))
    }

    fn complete(&self, _: &Person, _: &str, words: &str) -> Answer<'_, Vec<Completion>> {
        let known: &[(&str, &str)] = match words.trim_start().split_once(' ') {
            None => &[
                ("sns", "Simple Notification Service"),
                ("sqs", "Simple Queue Service"),
                ("sts", "Security Token Service"),
            ],
            Some(("sns", _)) => &[("list-topics", ""), ("publish", "changes data"), ("get-topic-attributes", "")],
            Some(_) => &[],
        };
        let typed = words.rsplit(' ').next().unwrap_or_default();
        let fits = known.iter().filter(|(word, _)| word.starts_with(typed));
        answer(Ok(fits.map(|(word, about)| Completion { word: (*word).into(), about: (*about).into() }).collect()))
    }

    fn file(&self, _: &Person, _: &str, _: &str, _: &str) -> Answer<'_, FileContent> {
        answer(Err(Fault::NotFound("file")))
    }

    fn press(&self, person: &Person, room: &str, press: Press) -> Answer<'_, ()> {
        let found = self.state.lock().ok().and_then(|mut state| {
            state.presses.push(press.clone());
            state.messages.iter().find(|(r, message)| r == room && message.id == press.message).map(|(_, m)| m.clone())
        });
        let Some(message) = found else { return answer(Err(Fault::NotFound("message"))) };
        let Body::Card(card) = message.body.clone() else { return answer(Err(Fault::NotFound("button"))) };
        let thread = message.thread.clone().unwrap_or_else(|| message.id.clone());
        match press.button {
            ButtonId::Why => {
                self.add(room, Some(&thread), Author::Bot, cards::trace("sns:Publish", trace()).into());
            }
            ButtonId::RawJson => {
                let json = Block::json(
                    "{\n    \"Topics\": [\n        {\n            \"TopicArn\": \"arn:aws:sns:us-east-1:444455556666:alarms\"\n        }\n    ]\n}",
                );
                self.add(
                    room,
                    Some(&thread),
                    Author::Bot,
                    Card::default().context("sns list-topics").block(json).into(),
                );
            }
            ButtonId::Cancel => {
                let by = Phrase::Cancelled { by: &person.name }.to_string();
                self.edit(room, &message.id, card.settled().state(Tone::Neutral, "Cancelled").footer(by).into());
            }
            _ => self.edit(room, &message.id, card.settled().state(Tone::Good, "Ran").footer("").into()),
        }
        answer(Ok(()))
    }
}

fn row(sequence: u64, what: &str, tone: Tone, word: &str) -> AuditRow {
    AuditRow {
        sequence,
        id: format!("r-{sequence}"),
        at: now().plus_seconds(i64::try_from(sequence).unwrap_or_default() * 1700 - 9000),
        who: "Lee in #ops".into(),
        what: what.into(),
        place: "444455556666 · us-east-1".into(),
        outcome: Health { tone, word: word.into() },
    }
}

/// A link `l-1`, of which anybody who is signed in proves to be the member with the code `c-1`, and `l-run`, for a command.
impl Identities for Memory {
    fn look<'a>(&'a self, session: InSession<'a>, link: &'a str) -> Answer<'a, Proving> {
        let proved = self.state.lock().is_ok_and(|state| state.proved);
        let role = Choice { value: "arn:r".to_owned(), label: "ops".to_owned(), about: "arn:r".to_owned() };
        answer(match link {
            "l-1" => Ok(Proving {
                platform: "Slack",
                name: "dana <x>".to_owned(),
                facts: vec![("Member".to_owned(), "U1".to_owned())],
                command: None,
                acts_as: Ok(format!("The IAM user {}", session.person.name)),
                proved,
                roles: if proved { vec![role] } else { Vec::new() },
                now: "The channel’s role is deploy.".to_owned(),
            }),
            "l-run" => Ok(Proving {
                platform: "Slack",
                name: "dana <x>".to_owned(),
                facts: vec![("Member".to_owned(), "U1".to_owned())],
                command: Some(Command { shown: "sns publish <x>".to_owned(), lacks_second_factor: !proved }),
                acts_as: Ok(session.person.name.clone()),
                proved: true,
                roles: Vec::new(),
                now: String::new(),
            }),
            _ => Err(Fault::Invalid("this link cannot be used any more".to_owned())),
        })
    }

    fn confirm<'a>(&'a self, _: InSession<'a>, link: &'a str) -> Answer<'a, String> {
        answer(match link {
            "l-run" => Ok("In ops, dana runs it now.".to_owned()),
            _ => Err(Fault::Refused("this link is for no command".to_owned())),
        })
    }

    fn begin<'a>(&'a self, _: InSession<'a>, link: &'a str) -> Answer<'a, String> {
        answer(Ok(format!("https://platform.example.com/authorize?state={link}.s-1")))
    }

    fn end<'a>(&'a self, _: InSession<'a>, answered: Answered) -> Answer<'a, String> {
        let fits = answered.platform == "slack" && answered.state == "l-1.s-1";
        answer(match answered.code {
            Ok(code) if fits && code == "c-1" => {
                if let Ok(mut state) = self.state.lock() {
                    state.proved = true;
                }
                Ok("l-1".to_owned())
            }
            Ok(_) => Err(Fault::Invalid("this answer belongs to no sign-in that you began here".to_owned())),
            Err(error) => Err(Fault::Invalid(format!("Slack did not say who you are ({error})"))),
        })
    }

    fn choose<'a>(&'a self, _: InSession<'a>, _: &'a str, role: &'a str) -> Answer<'a, String> {
        answer(match role {
            "arn:r" => Ok("In ops, dana acts with ops from now on.".to_owned()),
            _ => Err(Fault::Refused("you may not pass that role".to_owned())),
        })
    }
}

impl Sheets for Memory {
    fn sheet(&self, _: &Person, name: &str) -> Answer<'_, Sheet> {
        let name = name.to_owned();
        Box::pin(async move {
            let health = Health { tone: Tone::Bad, word: "DISABLED".to_owned() };
            let row = Row {
                cells: vec![
                    Cell::State(health, format!("The chatbot policy turns <{name}> off")),
                    Cell::Code("arn:aws:chatbot::444455556666:chat-configuration/slack-channel/ops".to_owned()),
                    Cell::Moment(Timestamp::from_seconds(1_795_000_000)),
                    Cell::Text("#ops".to_owned()),
                ],
                acts: vec![Act {
                    act: "drop",
                    label: "Throw away".to_owned(),
                    question: Some("It is not shown any more.".to_owned()),
                    values: vec![("id", "m-1".to_owned())],
                }],
                more: Some("{\n  \"Version\": \"2012-10-17\"\n}".to_owned()),
            };
            let choice =
                |value: &str| Choice { value: value.to_owned(), label: format!("#{value}"), about: String::new() };
            let form = Form {
                act: "set",
                heading: "Guardrails of a selection".to_owned(),
                says: "At most ten policies.".to_owned(),
                button: "Set".to_owned(),
                fields: vec![
                    Field::Line {
                        name: "name",
                        label: "Name",
                        value: String::new(),
                        about: "Of the role",
                        required: true,
                    },
                    Field::Text { name: "arns", label: "Policies", value: String::new(), about: "ARNs" },
                    Field::Any { name: "channel", label: "Channels", choices: vec![choice("ops"), choice("deploy")] },
                    Field::One { name: "scope", label: "Where", choices: vec![choice("one"), choice("all")] },
                ],
                ..Form::default()
            };
            Ok(Sheet {
                intro: "What is managed here.".to_owned(),
                sections: vec![
                    Section {
                        heading: "Held".to_owned(),
                        columns: vec!["State", "Configuration", "When", "Channel"],
                        rows: vec![row],
                        forms: vec![form],
                        ..Section::default()
                    },
                    Section {
                        heading: "Second factor".to_owned(),
                        picture: Some(Picture {
                            label: "a QR code".to_owned(),
                            side: 2,
                            path: "M0 0h1v1H0z".to_owned(),
                        }),
                        forms: vec![Form {
                            act: "second-factor",
                            heading: "Show it".to_owned(),
                            button: "Confirm".to_owned(),
                            fields: vec![Field::Secret {
                                name: "code",
                                label: "Code",
                                about: "",
                                secret: Secret::Code,
                            }],
                            ..Form::default()
                        }],
                        ..Section::default()
                    },
                ],
            })
        })
    }

    fn act(&self, _: &Person, name: &str, act: &str, filled: Filled) -> Answer<'_, Done> {
        let done = format!("{act} on {name}: {}", filled.words("id").collect::<Vec<_>>().join(" "));
        let refused = act == "set";
        Box::pin(async move {
            match refused {
                true => Err(Fault::Refused("you may not set this".to_owned())),
                false => Ok(done.into()),
            }
        })
    }
}

impl Records for Memory {
    fn overview(&self, _: &Person) -> Answer<'_, Overview> {
        let channel = |name: &str, tone, word: &str| ChannelState {
            platform: "built-in".into(),
            name: format!("#{name}"),
            href: Some(format!("/console/rooms/{name}")),
            role: format!("{name}-role"),
            account: "444455556666".into(),
            health: Health { tone, word: word.into() },
        };
        answer(Ok(Overview {
            channels: vec![channel("ops", Tone::Good, "works"), channel("deploy", Tone::Caution, "no topic")],
            refused: vec![Refused {
                at: now().plus_seconds(-3000),
                who: "Lee in #ops".into(),
                asked: "sns:Publish".into(),
                why: "guardrails: no statement allows it".into(),
                record: "r-3".into(),
            }],
            deliveries: vec![Delivery {
                at: now().plus_seconds(-200),
                target: "https://hooks.example.com/ops".into(),
                attempts: 3,
                error: "answered 503".into(),
                next: "tried again in 4 minutes".into(),
            }],
            feedback: vec![Feedback {
                at: now().plus_seconds(-400),
                who: "Lee".into(),
                channel: "ops".into(),
                text: "The trace is good.".into(),
            }],
        }))
    }

    fn audit(&self, _: &Person, filter: AuditFilter, _: u32) -> Answer<'_, AuditPage> {
        let rows = [
            row(4, "sns:ListTopics", Tone::Good, "ran"),
            row(3, "sns:Publish", Tone::Bad, "refused"),
            row(2, "sns:ListTopics", Tone::Good, "allowed"),
            row(1, "iam:ListUsers", Tone::Bad, "refused"),
        ];
        let keep = |row: &AuditRow| {
            row.what.to_lowercase().contains(&filter.words.to_lowercase())
                && (!filter.refused_only || row.outcome.word == "refused")
        };
        answer(Ok(AuditPage {
            rows: rows.into_iter().filter(keep).collect(),
            older: None,
            chain: ChainState {
                health: Health { tone: Tone::Good, word: "Whole".into() },
                says: "4 records fit together, up to 9c1f5a…".into(),
            },
        }))
    }

    fn record(&self, _: &Person, id: &str) -> Answer<'_, Record> {
        answer(if id == "r-3" {
            Ok(Record {
                row: row(3, "sns:Publish", Tone::Bad, "refused"),
                json: "{\n  \"eventName\": \"Publish\",\n  \"errorCode\": \"AccessDenied\"\n}".into(),
                hashes: ("9c1f5a".repeat(10), "b7d012".repeat(10)),
            })
        } else {
            Err(Fault::NotFound("record"))
        })
    }
}
