//! Order and deduplication of FIFO topics: messages are numbered in the order of their commits, and one with the
//! deduplication id of another within five minutes is answered and not sent again.
//! Source: the SNS developer guide, "Message ordering and deduplication for FIFO topics".

use std::collections::BTreeMap;

use bailiwick_aws::fault::Fault;
use bailiwick_ident::Arn;
use bailiwick_store::{Change, EntityKey, Expect, Idempotent};
use serde::{Deserialize, Serialize};

use super::super::key;
use super::super::topics::Topic;
use super::Published;
use crate::Context;

/// How long a duplicate is one, in seconds.
const INTERVAL_SECONDS: i64 = 5 * 60;
/// The number before the first: SNS's numbers have twenty digits.
const BEFORE_FIRST: u64 = 10_000_000_000_000_000_000;
const KIND: &str = "sns.sequence";
const OPERATION: &str = "sns:Publish";

/// Where the latest number of a topic is.
pub(in super::super) fn place(topic: &Arn) -> EntityKey {
    key(topic, KIND)
}

#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    last: u64,
}

/// Whether a message is the first of its id.
pub(super) enum Admitted {
    /// It is.
    New(Published),
    /// What became of the first.
    Again(Published),
}

/// Publishing to a FIFO topic. Nobody else publishes to it before this call has committed, so that numbers and the order
/// of delivery agree.
pub(super) struct Ordered<'a> {
    cx: &'a Context<'a>,
    place: EntityKey,
    topic: &'a Topic,
    last: u64,
    expect: Expect,
    /// What this call itself published: scope and id.
    own: BTreeMap<(String, String), Published>,
}

impl<'a> Ordered<'a> {
    pub(super) async fn begin(cx: &'a Context<'a>, arn: &Arn, topic: &'a Topic) -> Result<Self, Fault> {
        cx.alone(&format!("sns {arn}")).await;
        let place = place(arn);
        let stored = cx.read::<Stored>(place.clone()).await?;
        let (last, expect) = match stored {
            Some((stored, revision)) => (stored.last, Expect::Revision(revision)),
            None => (BEFORE_FIRST, Expect::Absent),
        };
        Ok(Ordered { cx, place, topic, last, expect, own: BTreeMap::new() })
    }

    pub(super) async fn admit(&mut self, group: &str, id: &str, published: Published) -> Result<Admitted, Fault> {
        let scope = match self.topic.deduplicates_by_group() {
            true => format!("{}\n{group}", self.topic.arn),
            false => self.topic.arn.clone(),
        };
        if let Some(first) = self.own.get(&(scope.clone(), id.to_owned())) {
            return Ok(Admitted::Again(first.clone()));
        }
        let known = self.cx.store.idempotent(&scope, OPERATION, id).await.map_err(crate::fault::store)?;
        if let Some(known) = known.filter(|known| known.expires_at > self.cx.now) {
            return Ok(Admitted::Again(crate::fault::stored(&known.result)?));
        }
        self.last = self.last.saturating_add(1);
        let published = Published { sequence_number: Some(format!("{:020}", self.last)), ..published };
        self.cx.commit(Change::new().idempotent(Idempotent {
            scope: scope.clone(),
            operation: OPERATION.to_owned(),
            token: id.to_owned(),
            digest: String::new(),
            result: crate::fault::to_stored(&published)?,
            created_at: self.cx.now,
            expires_at: self.cx.now.plus_seconds(INTERVAL_SECONDS),
        }));
        self.own.insert((scope, id.to_owned()), published.clone());
        Ok(Admitted::New(published))
    }

    /// Keeps the latest number.
    pub(super) fn finish(self) -> Result<(), Fault> {
        if !self.own.is_empty() {
            let body = crate::fault::to_stored(&Stored { last: self.last })?;
            self.cx.commit(Change::new().put(self.place, body, self.expect));
        }
        Ok(())
    }
}
