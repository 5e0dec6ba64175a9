//! A sample organization in memory, and the services over it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bailiwick_authority::sample::{Sample, WORKLOAD_ACCOUNT, sample};
use bailiwick_authority::{Authority, Call, Caller, Clock, Entropy, Origin, Parts, Principal};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::value::json::{BlobFormat, TimestampStyle, from_json, to_json};
use bailiwick_aws::{Fault, Value};
use bailiwick_ident::{AccountId, Partition, Region, Timestamp};
use bailiwick_services::{Answer, Services, Wake};
use bailiwick_store::vault::MasterKey;
use bailiwick_store::{Change, Settings, SqliteStore, Store};
use serde_json::Value as Json;

pub(crate) struct TestClock(Mutex<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

pub(crate) struct TestEntropy(Mutex<u64>);

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
    pub(crate) services: Arc<Services>,
    pub(crate) authority: Arc<Authority>,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) pack: Arc<Pack>,
    pub(crate) sample: Sample,
    pub(crate) wake: Arc<Wake>,
    clock: Arc<TestClock>,
    /// What the next services' randomness starts from, so that no two make the same identifiers.
    seed: AtomicU64,
}

/// What a call came to.
#[derive(Debug)]
pub(crate) enum Came {
    Output(Value),
    Fault(Fault),
    Denied(Fault),
}

pub(crate) fn workload() -> AccountId {
    AccountId::parse(WORKLOAD_ACCOUNT).unwrap()
}

impl World {
    pub(crate) async fn new() -> World {
        let key = MasterKey::from_bytes([7; 32]);
        let store = Arc::new(SqliteStore::ephemeral(key, &Settings::default()).unwrap());
        let now = Timestamp::parse_rfc3339("2026-11-22T10:00:00Z").unwrap();
        let clock = Arc::new(TestClock(Mutex::new(now)));
        let pack = Pack::embedded().unwrap();
        let (services, authority, wake) = Self::node(&store, &pack, &clock, 1).await;
        let sample = sample(&Partition::aws(), &store.vault(), &TestEntropy(Mutex::new(2)), now).unwrap();
        authority.commit_directory(0, sample.change.clone(), Change::new()).await.unwrap();
        World { services, authority, store, pack, sample, wake, clock, seed: AtomicU64::new(5) }
    }

    async fn node(
        store: &Arc<SqliteStore>,
        pack: &Arc<Pack>,
        clock: &Arc<TestClock>,
        seed: u64,
    ) -> (Arc<Services>, Arc<Authority>, Arc<Wake>) {
        let entropy = Arc::new(TestEntropy(Mutex::new(seed)));
        let authority = Authority::open(Parts {
            store: Arc::clone(store) as Arc<dyn Store>,
            vault: store.vault(),
            pack: Arc::clone(pack),
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            entropy: Arc::clone(&entropy) as Arc<dyn Entropy>,
            partition: Partition::aws(),
        });
        let authority = Arc::new(authority.await.unwrap());
        let wake = Arc::new(Wake::default());
        let services = Services::new(bailiwick_services::Parts {
            authority: Arc::clone(&authority),
            store: Arc::clone(store) as Arc<dyn Store>,
            vault: store.vault(),
            pack: Arc::clone(pack),
            clock: Arc::clone(clock) as Arc<dyn Clock>,
            entropy,
            wake: Arc::clone(&wake),
            sns: bailiwick_services::SnsSettings::default(),
        });
        (Arc::new(services), authority, wake)
    }

    /// Services over the same store, as another process has them.
    pub(crate) async fn another_node(&self) -> (Arc<Services>, Arc<Authority>) {
        let (services, authority, _) = Self::node(&self.store, &self.pack, &self.clock, 3).await;
        (services, authority)
    }

    /// Other services over the same store and authority, made differently.
    pub(crate) fn services_with(&self, change: impl FnOnce(Services) -> Services) -> Services {
        change(Services::new(bailiwick_services::Parts {
            authority: Arc::clone(&self.authority),
            store: Arc::clone(&self.store) as Arc<dyn Store>,
            vault: self.store.vault(),
            pack: Arc::clone(&self.pack),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            entropy: Arc::new(TestEntropy(Mutex::new(self.seed.fetch_add(1, Ordering::Relaxed)))),
            wake: Arc::clone(&self.wake),
            sns: bailiwick_services::SnsSettings::default(),
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time go by.
    pub(crate) fn later(&self, seconds: i64) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.plus_seconds(seconds);
    }

    /// The audit trail so far.
    pub(crate) async fn records(&self) -> Vec<Json> {
        let rows = self.store.audit(0, 1_000).await.unwrap();
        rows.iter().map(|row| serde_json::from_str(&row.record).unwrap()).collect()
    }

    /// A user of the workload account with its long-term key, the root user (`root`, or the number of another account), or a
    /// person (`person-...`).
    pub(crate) fn caller(&self, name: &str) -> Caller {
        let directory = self.authority.directory();
        let account = workload();
        let principal = if name == "root" {
            Principal::Root { account }
        } else if let Ok(account) = AccountId::parse(name) {
            Principal::Root { account }
        } else if name == "management" {
            Principal::Root { account: directory.organization().unwrap().management_account() }
        } else if let Some(person) = directory.person(name) {
            let arn = format!("arn:aws:bailiwick::{account}:person/{}", person.id);
            Principal::Person { account, arn, id: person.id.clone(), name: person.name.clone() }
        } else {
            let user = directory.account(account).unwrap().user(name).unwrap().clone();
            Principal::User {
                account,
                arn: user.arn.clone(),
                id: user.record.id.clone(),
                name: user.record.name.clone(),
                path: user.record.path.clone(),
            }
        };
        let key = self.sample.keys.iter().find(|key| key.user == name).map(|key| key.access_key_id.clone());
        Caller {
            principal,
            access_key_id: key,
            source_ip: Some("127.0.0.1".to_owned()),
            user_agent: Some("aws-cli".to_owned()),
            ..Caller::system("req-test")
        }
    }

    /// A call with its input in JSON.
    pub(crate) fn make(&self, account: AccountId, service: &str, operation: &str, input: &Json) -> Call {
        let model = self.pack.service(service).unwrap();
        let modelled = model.operation(operation).unwrap_or_else(|| panic!("{service}:{operation} is no operation"));
        let input = match &modelled.input {
            Some(target) => from_json(&model, target, input, BlobFormat::RawInBase64Out).unwrap(),
            None => Value::empty(),
        };
        Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            account,
            region: Region::us_east_1(),
            partition: Partition::aws(),
            input,
        }
    }

    /// Makes a call at the API.
    pub(crate) async fn call(&self, caller: &Caller, service: &str, operation: &str, input: &Json) -> Came {
        let account = caller.principal.account().unwrap();
        let call = self.make(account, service, operation, input);
        match self.services.call(caller, &Origin::Api, call).await.unwrap() {
            Answer::Output(output) => Came::Output(output),
            Answer::Fault(fault) => Came::Fault(fault),
            Answer::Denied(ruling) => Came::Denied(ruling.fault().unwrap()),
        }
    }

    /// Makes a call as the administrator that must succeed; the output in JSON.
    pub(crate) async fn ok(&self, service: &str, operation: &str, input: Json) -> Json {
        match self.call(&self.caller("admin"), service, operation, &input).await {
            Came::Output(output) => to_json(&output, TimestampStyle::Rfc3339),
            other => panic!("{service}:{operation} came to {other:?}"),
        }
    }
}
