//! A sample organization in memory, with the two rooms of the first start.

use std::sync::{Arc, Mutex};

use bailiwick_authority::{
    ActorKind, Assurance, Authority, Call, Caller, ChannelType, ChatOrigin, Clock, DirectoryChange, Entropy, Origin,
    Outcome, Parts, Permit, Platform, Principal, Ruling,
    record::{ChannelConfigurationRecord, ConfigurationKind, ResourceRecord, RoomMembershipRecord, RoomRole},
    sample::{Sample, WORKLOAD_ACCOUNT, sample},
};
use bailiwick_aws::{Value, pack::Pack};
use bailiwick_ident::{AccountId, Partition, Region, Timestamp};
use bailiwick_store::{Change, Settings, SqliteStore, Store, vault::MasterKey};

pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:444455556666:alarms";
pub(crate) const OPS: &str = "room-ops";
pub(crate) const DEPLOY: &str = "room-deploy";
const CHIME: &str = "chime-account";

pub(crate) struct TestClock(Mutex<Timestamp>);

impl TestClock {
    pub(crate) fn advance(&self, seconds: i64) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus_seconds(seconds);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct TestEntropy(Mutex<u64>);

impl Entropy for TestEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap();
        for byte in buffer {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = (*state >> 56) as u8;
        }
    }
}

pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) sample: Sample,
}

pub(crate) fn workload() -> AccountId {
    AccountId::parse(WORKLOAD_ACCOUNT).unwrap()
}

/// Another authority over the same store: another process, as far as the directory is concerned.
pub(crate) async fn authority(store: &Arc<SqliteStore>, clock: &Arc<TestClock>, seed: u64) -> Authority {
    let parts = Parts {
        store: Arc::clone(store) as Arc<dyn Store>,
        vault: store.vault(),
        pack: Pack::embedded().unwrap(),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(TestEntropy(Mutex::new(seed))),
        partition: Partition::aws(),
    };
    Authority::open(parts).await.unwrap()
}

fn room(name: &str, id: &str, role: &str, guardrails: &[String]) -> ChannelConfigurationRecord {
    ChannelConfigurationRecord {
        account: workload(),
        arn: format!("arn:aws:chatbot::444455556666:chat-configuration/chime-room/{name}"),
        name: name.to_owned(),
        kind: ConfigurationKind::Room,
        workspace: CHIME.to_owned(),
        workspace_name: None,
        tenant: None,
        channel: id.to_owned(),
        channel_name: Some(format!("#{name}")),
        channel_type: ChannelType::Private,
        iam_role_arn: role.to_owned(),
        guardrail_policy_arns: guardrails.to_vec(),
        user_authorization_required: false,
        sns_topic_arns: Vec::new(),
        logging_level: "NONE".to_owned(),
        sealed_webhook_url: None,
        tags: Default::default(),
        created_at: Timestamp::from_millis(0),
    }
}

pub(crate) fn member(room: &str, person: &str, role: RoomRole) -> RoomMembershipRecord {
    RoomMembershipRecord {
        account: workload(),
        chime_account: CHIME.to_owned(),
        room: room.to_owned(),
        person: person.to_owned(),
        role,
        created_at: Timestamp::from_millis(0),
    }
}

impl World {
    pub(crate) async fn new() -> World {
        let key = MasterKey::from_bytes([7; 32]);
        let store = Arc::new(SqliteStore::ephemeral(key, &Settings::default()).unwrap());
        let clock = Arc::new(TestClock(Mutex::new(Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap())));
        let authority = authority(&store, &clock, 1).await;
        let entropy = TestEntropy(Mutex::new(2));
        let sample = sample(&Partition::aws(), &store.vault(), &entropy, clock.now()).unwrap();
        let rooms = DirectoryChange::new()
            .put(room("ops", OPS, &sample.ops_role_arn, &sample.ops_guardrail_arns))
            .put(room("deploy", DEPLOY, &sample.deploy_role_arn, &sample.deploy_guardrail_arns))
            .put(member(OPS, "person-dana", RoomRole::Administrator))
            .put(member(OPS, "person-lee", RoomRole::Administrator))
            .put(member(OPS, "person-sam", RoomRole::Member))
            .put(member(DEPLOY, "person-dana", RoomRole::Administrator))
            .put(ResourceRecord { arn: TOPIC.to_owned(), account: workload(), policy: None, tags: Default::default() });
        authority.commit_directory(0, sample.change.clone().and(rooms), Change::new()).await.unwrap();
        World { authority, store, clock, sample }
    }

    /// Changes the directory.
    pub(crate) async fn change(&self, change: DirectoryChange) {
        let base = self.authority.directory().revision();
        self.authority.commit_directory(base, change, Change::new()).await.unwrap();
    }

    /// A user of the workload account with its long-term key.
    pub(crate) fn user(&self, name: &str) -> Caller {
        let directory = self.authority.directory();
        let user = directory.account(workload()).unwrap().user(name).unwrap().clone();
        Caller {
            principal: Principal::User {
                account: workload(),
                arn: user.arn.clone(),
                id: user.record.id.clone(),
                name: user.record.name.clone(),
                path: user.record.path.clone(),
            },
            access_key_id: Some("AKIATEST".to_owned()),
            source_ip: Some("127.0.0.1".to_owned()),
            user_agent: Some("aws-cli".to_owned()),
            ..Caller::system("req-user")
        }
    }

    pub(crate) fn person(&self, id: &str) -> Caller {
        self.authority.person_caller(id, "req-person").unwrap()
    }

    pub(crate) fn chat(&self, room: &str, person: &str) -> (Caller, Origin) {
        let origin = Origin::Chat(chat(room, person));
        let caller = self.authority.channel_caller(&origin, workload(), "req-chat").unwrap();
        (caller, origin)
    }

    pub(crate) async fn authorize(&self, caller: &Caller, origin: &Origin, call: &Call) -> Result<Permit, Box<Ruling>> {
        match self.authority.authorize(caller, origin, call.clone(), Change::new()).await.unwrap() {
            Outcome::Allowed(permit) => Ok(permit),
            Outcome::Denied(ruling) => Err(ruling),
        }
    }

    pub(crate) async fn in_room(&self, room: &str, person: &str, call: &Call) -> Result<Permit, Box<Ruling>> {
        let (caller, origin) = self.chat(room, person);
        self.authorize(&caller, &origin, call).await
    }
}

pub(crate) fn chat(room: &str, person: &str) -> ChatOrigin {
    ChatOrigin {
        platform: Platform::Chime,
        workspace: CHIME.to_owned(),
        channel: room.to_owned(),
        channel_type: ChannelType::Private,
        message: "message-1".to_owned(),
        member: person.to_owned(),
        member_name: person.to_owned(),
        actor: ActorKind::Person,
        assurance: Assurance::Session,
        approvers: Vec::new(),
        requester_approved: false,
    }
}

pub(crate) fn call(service: &str, operation: &str, input: &[(&str, &str)]) -> Call {
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        account: workload(),
        region: Region::us_east_1(),
        partition: Partition::aws(),
        input: Value::map(input.iter().map(|(name, text)| (*name, Value::from(*text)))),
    }
}

pub(crate) fn publish() -> Call {
    call("sns", "Publish", &[("TopicArn", TOPIC), ("Message", "hi")])
}
