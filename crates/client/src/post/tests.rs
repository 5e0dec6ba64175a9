use std::collections::VecDeque;

use super::*;
use bailiwick_chat::Card;
use bailiwick_store::vault::MasterKey;
use bailiwick_store::{Settings, SqliteStore, WorkState};

struct Now;

impl Clock for Now {
    #[expect(clippy::disallowed_methods, reason = "the worker's waits are real, so is its clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
    }
}

/// A platform that answers as it was told, then with a new id each time, and remembers what it was given.
#[derive(Default)]
struct Fake {
    answers: Mutex<VecDeque<Result<String, NotPosted>>>,
    said: Mutex<Vec<String>>,
    finds: Option<String>,
}

impl Courier for Fake {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    fn pace(&self) -> Pace {
        Pace { interval: Duration::from_millis(100), burst: 8 }
    }

    fn send<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<String, NotPosted>> {
        let mut said = self.said.lock().unwrap();
        let Post { message, card, .. } = letter.post;
        let text = format!("{message} {} thread={:?} edits={:?}", card.title, letter.thread, letter.theirs);
        said.push(text);
        let id = format!("ts{}", said.len());
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or(Ok(id));
        Box::pin(std::future::ready(answer))
    }

    fn find<'a>(&'a self, _: Letter<'a>) -> Posting<'a, Result<Option<String>, NotPosted>> {
        Box::pin(std::future::ready(Ok(self.finds.clone())))
    }
}

fn post(message: &str, act: Act) -> Post {
    let place = Place::new(Platform::Slack, "T1", "C1");
    Post { place, message: message.to_owned(), act, card: Card::titled(message.to_uppercase()) }
}

fn add(key: &str, post: &Post) -> Change {
    Change::new().outbox(key, post.destination(), post.to_json(), Now.now())
}

fn store() -> Arc<SqliteStore> {
    Arc::new(SqliteStore::ephemeral(MasterKey::from_bytes([1; 32]), &Settings::default()).unwrap())
}

/// Works until no row of these is open, or for five seconds.
async fn run(store: &Arc<SqliteStore>, fake: &Arc<Fake>) {
    let (clock, couriers): (_, Vec<Arc<dyn Courier>>) = (Arc::new(Now), vec![fake.clone()]);
    let posts = Poster::new(PosterParts { store: store.clone(), clock, couriers }).start();
    for _ in 0..500 {
        if store.counts().await.unwrap().outbox_open == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    posts.stop().await;
}

#[tokio::test]
async fn edits_and_threads_find_the_platforms_id_of_our_message() {
    let (store, fake) = (store(), Arc::new(Fake::default()));
    let root = post("a", Act::Post { thread: None });
    let child = post("b", Act::Post { thread: Some(Thread::Ours("a".to_owned())) });
    let change = add(&post_key("a"), &root).and(add(&post_key("b"), &child)).and(add("3", &post("b", Act::Edit)));
    store.commit(change.and(add("4", &post("z", Act::Edit)))).await.unwrap();
    run(&store, &fake).await;
    let said = fake.said.lock().unwrap().clone();
    assert_eq!(
        said,
        ["a A thread=None edits=None", "b B thread=Some(\"ts1\") edits=None", "b B thread=None edits=Some(\"ts2\")"]
    );
    assert_eq!(store.outbox_row("4").await.unwrap().unwrap().state, WorkState::Dead);
    assert_eq!(root_of_thread(store.as_ref(), &root.place, "ts1").await.unwrap().as_deref(), Some("a"));
    assert_eq!(root_of_thread(store.as_ref(), &root.place, "ts2").await.unwrap(), None);
}

#[tokio::test]
async fn a_limited_row_waits_and_later_rows_of_its_channel_wait_with_it() {
    let (store, fake) = (store(), Arc::new(Fake::default()));
    let limited = NotPosted::Limited { after: Duration::from_millis(300) };
    fake.answers.lock().unwrap().push_back(Err(limited));
    let mut elsewhere = post("c", Act::Post { thread: None });
    elsewhere.place.channel = "C2".to_owned();
    let change = add("1", &post("a", Act::Post { thread: None })).and(add("2", &post("b", Act::Post { thread: None })));
    store.commit(change).await.unwrap();
    store.commit(add("3", &elsewhere)).await.unwrap();
    run(&store, &fake).await;
    let said = fake.said.lock().unwrap().clone();
    let words: Vec<&str> = said.iter().map(|text| &text[..1]).collect();
    assert_eq!(words, ["a", "c", "a", "b"]);
}

#[tokio::test]
async fn a_post_that_a_dead_process_may_have_made_is_looked_for_first() {
    let (store, fake) = (store(), Arc::new(Fake { finds: Some("ts9".to_owned()), ..Fake::default() }));
    store.commit(add("1", &post("a", Act::Post { thread: None }))).await.unwrap();
    let claim = Claim { worker: WORKER.to_owned(), now: Now.now(), lease_millis: 60_000, limit: 1 };
    assert_eq!(store.claim_posts(claim).await.unwrap().len(), 1);
    run(&store, &fake).await;
    assert!(fake.said.lock().unwrap().is_empty());
    let place = Place::new(Platform::Slack, "T1", "C1");
    assert_eq!(root_of_thread(store.as_ref(), &place, "ts9").await.unwrap().as_deref(), Some("a"));
}

#[tokio::test]
async fn what_can_never_arrive_is_dead_and_says_why() {
    let (store, fake) = (store(), Arc::new(Fake::default()));
    fake.answers.lock().unwrap().push_back(Err(NotPosted::Never("channel_not_found".to_owned())));
    store.commit(add("1", &post("a", Act::Post { thread: None }))).await.unwrap();
    store.commit(Change::new().outbox("2", "chat/slack/2:T1/2:C2", "{}", Now.now())).await.unwrap();
    run(&store, &fake).await;
    let dead = store.outbox_row("1").await.unwrap().unwrap();
    assert_eq!((dead.state, dead.error.as_deref()), (WorkState::Dead, Some("channel_not_found")));
    assert_eq!(store.outbox_row("2").await.unwrap().unwrap().state, WorkState::Dead);
}
