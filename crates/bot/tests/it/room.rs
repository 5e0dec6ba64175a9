//! A room with people in it, over a store in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bailiwick_authority::sample::{self, WORKLOAD_ACCOUNT};
use bailiwick_authority::{Authority, Call, Caller, Clock, DirectoryChange, Entropy, Origin, Principal};
use bailiwick_aws::Value;
use bailiwick_aws::endpoint::EndpointSettings;
use bailiwick_aws::pack::Pack;
use bailiwick_bot::{Bot, Workers};
use bailiwick_chat::room::body_from_json;
use bailiwick_chat::{Body, Card, plain};
use bailiwick_client::{Client, Exchange, Keys, Target, Targets, Transport};
use bailiwick_ident::{AccountId, Partition, Region, Timestamp};
use bailiwick_services::{Answer, Services, Wake};
use bailiwick_store::vault::MasterKey;
use bailiwick_store::{Change, RoomMessage, RoomMessageKind, RoomMessageQuery, Settings, SqliteStore, Store};

/// A clock that tests move.
pub(crate) struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.0.load(Ordering::SeqCst)).unwrap())
    }
}

struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            *byte = ((state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 56) as u8;
        }
    }
}

/// The configuration that binds the room.
pub(crate) const CONFIGURATION: &str = "arn:aws:chatbot::444455556666:chat-configuration/chime-room/deploy";

/// Everything, with one room bound to the role that may publish.
pub(crate) struct World {
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) bot: Arc<Bot>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) room: String,
    pub(crate) services: Arc<Services>,
    pub(crate) authority: Arc<Authority>,
    workers: Option<Workers>,
}

pub(crate) fn text(value: &str) -> Value {
    Value::from(value)
}

fn account() -> AccountId {
    AccountId::parse(WORKLOAD_ACCOUNT).unwrap()
}

pub(crate) fn call(account: AccountId, service: &str, operation: &str, input: Vec<(&str, Value)>) -> Call {
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        account,
        region: Region::us_east_1(),
        partition: Partition::aws(),
        input: Value::map(input),
    }
}

impl World {
    /// A world whose account has this endpoint for `ec2`, if any.
    pub(crate) async fn new(endpoint: Option<String>) -> World {
        let store = Arc::new(SqliteStore::ephemeral(MasterKey::from_bytes([7; 32]), &Settings::default()).unwrap());
        let dyn_store: Arc<dyn Store> = store.clone();
        let pack = Pack::embedded().unwrap();
        let clock = Arc::new(TestClock(AtomicU64::new(1_795_000_000_000)));
        let dyn_clock: Arc<dyn Clock> = clock.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(Counting(AtomicU64::new(7)));
        let wake = Arc::new(Wake::default());
        let authority = Authority::open(bailiwick_authority::Parts {
            store: dyn_store.clone(),
            vault: store.vault(),
            pack: pack.clone(),
            clock: dyn_clock.clone(),
            entropy: entropy.clone(),
            partition: Partition::aws(),
        });
        let authority = Arc::new(authority.await.unwrap());
        let services = Arc::new(Services::new(bailiwick_services::Parts {
            authority: authority.clone(),
            store: dyn_store.clone(),
            vault: store.vault(),
            pack: pack.clone(),
            clock: dyn_clock.clone(),
            entropy: entropy.clone(),
            wake: wake.clone(),
            sns: bailiwick_services::SnsSettings::default(),
        }));
        let sample = sample::sample(&Partition::aws(), &store.vault(), entropy.as_ref(), clock.now()).unwrap();
        authority.commit_directory(0, sample.change.clone(), Change::new()).await.unwrap();
        let targets = endpoint.map(|endpoint| Target {
            account: account(),
            endpoint: Some(endpoint.parse().unwrap()),
            services: vec!["ec2".to_owned()],
            region: None,
            endpoints: BTreeMap::new(),
            settings: EndpointSettings::default(),
            keys: Arc::new(Keys {
                access_key_id: "testing".to_owned(),
                secret_access_key: bailiwick_aws::sigv4::Secret::new("testing"),
                session_token: None,
                expires_at: None,
            }),
            assume_roles: false,
            cbor: false,
            timeout: None,
            external_id: None,
        });
        let transport = Transport::new(Duration::from_secs(5));
        let exchange = Exchange::new(transport, pack.clone(), dyn_clock.clone(), entropy.clone());
        let targets = Targets::new(targets.into_iter().collect());
        let bot = Bot::new(bailiwick_bot::Parts {
            store: dyn_store,
            authority: authority.clone(),
            services: services.clone(),
            client: Arc::new(Client::new(Arc::new(exchange), targets, dyn_clock.clone())),
            pack,
            clock: dyn_clock,
            entropy,
            wake,
            couriers: Vec::new(),
        });
        let bot = Arc::new(bot.unwrap());
        let mut world = World { store, bot, clock, room: String::new(), services, authority, workers: None };
        world.furnish(&sample).await;
        world.workers = Some(world.bot.start());
        world
    }

    async fn furnish(&mut self, sample: &sample::Sample) {
        let topic = self.own("sns", "CreateTopic", vec![("Name", text("alarms"))]).await;
        let topic = topic.get("TopicArn").unwrap().as_str().unwrap().to_owned();
        let chat = self.own("chime", "CreateAccount", vec![("Name", text("workload"))]).await;
        let chat = chat.get("Account").unwrap().get("AccountId").unwrap().as_str().unwrap().to_owned();
        let input = vec![("AccountId", text(&chat)), ("Name", text("deploy"))];
        let room = self.own("chime", "CreateRoom", input).await;
        self.room = room.get("Room").unwrap().get("RoomId").unwrap().as_str().unwrap().to_owned();
        for person in ["person-dana", "person-lee", "person-sam"] {
            let input = vec![("AccountId", text(&chat)), ("RoomId", text(&self.room)), ("MemberId", text(person))];
            self.own("chime", "CreateRoomMembership", input).await;
        }
        let guardrails = sample.deploy_guardrail_arns.iter().map(|arn| text(arn));
        let input = vec![
            ("ConfigurationName", text("deploy")),
            ("RoomId", text(&self.room)),
            ("IamRoleArn", text(&sample.deploy_role_arn)),
            ("GuardrailPolicyArns", Value::list(guardrails)),
            ("SnsTopicArns", Value::list([text(&topic)])),
        ];
        self.own("bailiwick", "CreateRoomConfiguration", input).await;
    }

    async fn make(
        &self,
        caller: Caller,
        origin: Origin,
        service: &str,
        operation: &str,
        input: Vec<(&str, Value)>,
    ) -> Value {
        let call = call(account(), service, operation, input);
        match self.services.call(&caller, &origin, call).await.unwrap() {
            Answer::Output(output) => output,
            other => panic!("{service}:{operation}: {other:?}"),
        }
    }

    pub(crate) async fn own(&self, service: &str, operation: &str, input: Vec<(&str, Value)>) -> Value {
        self.make(Caller::system("test"), Origin::System, service, operation, input).await
    }

    /// Makes a call at the API as the account's administrator.
    pub(crate) async fn as_admin(&self, service: &str, operation: &str, input: Vec<(&str, Value)>) -> Value {
        self.make(self.user(account(), "admin"), Origin::Api, service, operation, input).await
    }

    /// Makes a call as the administrator that comes to a fault; its message.
    pub(crate) async fn as_admin_fault(&self, service: &str, operation: &str, input: Vec<(&str, Value)>) -> String {
        let call = call(account(), service, operation, input);
        match self.services.call(&self.user(account(), "admin"), &Origin::Api, call).await.unwrap() {
            Answer::Fault(fault) => fault.message,
            other => panic!("{service}:{operation}: {other:?}"),
        }
    }

    fn user(&self, account: AccountId, name: &str) -> Caller {
        let directory = self.authority.directory();
        let user = directory.account(account).unwrap().user(name).unwrap();
        let principal = Principal::User {
            account,
            arn: user.arn.clone(),
            id: user.record.id.clone(),
            name: user.record.name.clone(),
            path: user.record.path.clone(),
        };
        Caller { principal, ..Caller::system("test") }
    }

    async fn organizations(&self, operation: &str, input: Vec<(&str, Value)>) -> Value {
        let management = self.authority.directory().organization().unwrap().management_account();
        let caller = self.user(management, "management");
        let call = call(management, "organizations", operation, input);
        match self.services.call(&caller, &Origin::Api, call).await.unwrap() {
            Answer::Output(output) => output,
            other => panic!("{operation}: {other:?}"),
        }
    }

    /// Makes a policy of the organization and attaches it to the workload account; its id.
    pub(crate) async fn attach_policy(&self, kind: &str, content: &str) -> String {
        self.attach_policy_named(kind, "one", content).await
    }

    /// As [`World::attach_policy`], under a name of its own.
    pub(crate) async fn attach_policy_named(&self, kind: &str, name: &str, content: &str) -> String {
        let input =
            vec![("Name", text(name)), ("Description", text("")), ("Type", text(kind)), ("Content", text(content))];
        let made = self.organizations("CreatePolicy", input).await;
        let summary = made.get("Policy").unwrap().get("PolicySummary").unwrap();
        let id = summary.get("Id").unwrap().as_str().unwrap().to_owned();
        let input = vec![("PolicyId", text(&id)), ("TargetId", text(WORKLOAD_ACCOUNT))];
        self.organizations("AttachPolicy", input).await;
        id
    }

    /// As [`World::attach_policy`], of the type of chatbot policies.
    pub(crate) async fn attach_chatbot_policy(&self, content: &str) -> String {
        self.attach_policy("CHATBOT_POLICY", content).await
    }

    pub(crate) async fn detach_policy(&self, id: &str) {
        let input = vec![("PolicyId", text(id)), ("TargetId", text(WORKLOAD_ACCOUNT))];
        self.organizations("DetachPolicy", input).await;
    }

    async fn as_person(&self, person: &str, operation: &str, input: Vec<(&str, Value)>) -> Value {
        let principal = Principal::Person {
            account: account(),
            arn: format!("arn:aws:bailiwick::{WORKLOAD_ACCOUNT}:person/{person}"),
            id: person.to_owned(),
            name: person.to_owned(),
        };
        let caller = Caller { principal, ..Caller::system("test") };
        self.make(caller, Origin::Api, "bailiwick", operation, input).await
    }

    /// Lets the room do everything, as its role and its guardrails go.
    pub(crate) async fn may_do_everything(&self) {
        let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let input = vec![
            ("RoleName", text("deploy")),
            ("PolicyName", text("everything")),
            ("PolicyDocument", text(everything)),
        ];
        self.own("iam", "PutRolePolicy", input).await;
        let guardrails = Value::list([text("arn:aws:iam::aws:policy/AdministratorAccess")]);
        let input = vec![("ChatConfigurationArn", text(CONFIGURATION)), ("GuardrailPolicyArns", guardrails)];
        self.own("bailiwick", "UpdateRoomConfiguration", input).await;
    }

    /// Puts a person into the room.
    pub(crate) async fn joins(&self, person: &str) {
        let accounts = self.own("chime", "ListAccounts", vec![]).await;
        let chat = accounts.get("Accounts").unwrap().as_list().unwrap()[0].get("AccountId").unwrap().clone();
        let input = vec![("AccountId", chat), ("RoomId", text(&self.room)), ("MemberId", text(person))];
        self.own("chime", "CreateRoomMembership", input).await;
    }

    /// Binds the room to the management account, too.
    pub(crate) async fn is_bound_to_management(&self) -> AccountId {
        let management = self.authority.directory().organization().unwrap().management_account();
        let caller = self.user(management, "management");
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"chatbot.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = "readers";
        let read = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        for (operation, input) in [
            ("CreateRole", vec![("RoleName", text(role)), ("AssumeRolePolicyDocument", text(trust))]),
            ("AttachRolePolicy", vec![("RoleName", text(role)), ("PolicyArn", text(read))]),
        ] {
            let call = call(management, "iam", operation, input);
            let made = self.services.call(&caller, &Origin::Api, call).await.unwrap();
            assert!(matches!(made, Answer::Output(_)), "{made:?}");
        }
        let directory = self.authority.directory();
        let mut bound = (**directory.channel_configuration(CONFIGURATION).unwrap()).clone();
        bound.account = management;
        bound.arn = CONFIGURATION.replace(WORKLOAD_ACCOUNT, management.as_str());
        bound.iam_role_arn = format!("arn:aws:iam::{management}:role/{role}");
        bound.guardrail_policy_arns = vec![read.to_owned()];
        let change = DirectoryChange::new().put(bound);
        self.authority.commit_directory(directory.revision(), change, Change::new()).await.unwrap();
        management
    }

    /// Makes a call at the API as the account's administrator, whatever comes of it.
    pub(crate) async fn attempts(&self, service: &str, operation: &str, input: Vec<(&str, Value)>) {
        let call = call(account(), service, operation, input);
        self.services.call(&self.user(account(), "admin"), &Origin::Api, call).await.unwrap();
    }

    /// Posts a message; its id.
    pub(crate) async fn says(&self, person: &str, words: &str, thread: Option<&str>) -> String {
        let mut input = vec![("RoomId", text(&self.room)), ("Content", text(words))];
        if let Some(thread) = thread {
            input.push(("ThreadId", text(thread)));
        }
        let posted = self.as_person(person, "PostRoomMessage", input).await;
        posted.get("MessageId").unwrap().as_str().unwrap().to_owned()
    }

    /// Presses a button of a card.
    pub(crate) async fn presses(&self, person: &str, card: &RoomMessage, button: &str, target: &str) {
        self.presses_with(person, card, button, target, None).await;
    }

    /// Presses a button that carries a value.
    pub(crate) async fn presses_with(
        &self,
        person: &str,
        card: &RoomMessage,
        button: &str,
        target: &str,
        value: Option<&str>,
    ) {
        let mut input = vec![
            ("RoomId", text(&self.room)),
            ("CardMessageId", text(&card.id)),
            ("Button", text(button)),
            ("Target", text(target)),
        ];
        input.extend(value.map(|value| ("Value", text(value))));
        self.as_person(person, "PressButton", input).await;
    }

    /// The room's cards, once there are `count` of them and no work is left.
    pub(crate) async fn cards(&self, count: usize) -> Vec<(RoomMessage, Card)> {
        for _ in 0..500 {
            let idle = self.store.counts().await.unwrap().inbox_open == 0;
            let messages = self.store.room_messages(RoomMessageQuery::latest(&self.room, 1_000)).await.unwrap();
            let cards: Vec<_> = messages
                .into_iter()
                .filter(|message| message.kind == RoomMessageKind::Card)
                .map(|message| match body_from_json(message.body.as_bytes()).unwrap() {
                    Body::Card(card) => (message, *card),
                    Body::Text(text) => panic!("{text}"),
                })
                .collect();
            if idle && cards.len() >= count {
                assert_eq!(cards.len(), count, "{cards:?}");
                return cards;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("there are not {count} cards");
    }

    /// The newest card as text, once there are `count` cards.
    pub(crate) async fn last(&self, count: usize) -> String {
        plain::card(&self.cards(count).await.last().unwrap().1)
    }

    /// How many outcomes of an operation the audit trail holds.
    pub(crate) async fn outcomes(&self, operation: &str) -> usize {
        let rows = self.store.audit(0, 10_000).await.unwrap();
        let name = format!("\"eventName\":\"{operation}\"");
        rows.iter().filter(|row| row.kind == "outcome" && row.record.contains(&name)).count()
    }

    /// Lets time pass.
    pub(crate) fn wait_seconds(&self, seconds: u64) {
        self.clock.0.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Puts the clock back.
    pub(crate) fn put_back_seconds(&self, seconds: u64) {
        self.clock.0.fetch_sub(seconds * 1000, Ordering::SeqCst);
    }

    /// Stops the workers and starts them again.
    pub(crate) async fn restart(&mut self) {
        self.pause().await;
        self.workers = Some(self.bot.start());
    }

    /// Stops the workers.
    pub(crate) async fn pause(&mut self) {
        if let Some(workers) = self.workers.take() {
            workers.stop().await;
        }
    }
}
