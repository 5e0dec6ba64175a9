//! Hands posts to chat platforms over in the commit that makes them due: nobody claims them in a commit of its own.

use super::work::{self, Sending};
use crate::{Handing, OutboxRow, StoreError, WorkState};
use bailiwick_ident::Timestamp;
use rusqlite::Connection;
use tokio::sync::mpsc::{self, OwnedPermit};

/// What the destinations of posts begin with.
const POSTS: &str = "chat/";

/// Who posts are handed to, and what the present transaction hands over once it is committed.
#[derive(Default)]
pub(super) struct Hand {
    taker: Option<Taker>,
    rows: Vec<(OwnedPermit<OutboxRow>, OutboxRow)>,
}

struct Taker {
    worker: String,
    lease_millis: u32,
    rows: mpsc::Sender<OutboxRow>,
}

impl Taker {
    fn lease_end(&self, from: Timestamp) -> Timestamp {
        Timestamp::from_millis(from.as_millis().saturating_add(i64::from(self.lease_millis)))
    }
}

impl Hand {
    /// From now on rows are handed over here.
    pub(super) fn ask(&mut self, handing: Handing) -> mpsc::Receiver<OutboxRow> {
        let (rows, taken) = mpsc::channel(handing.room.max(1));
        self.taker = Some(Taker { worker: handing.worker, lease_millis: handing.lease_millis, rows });
        taken
    }

    /// Somebody who takes a row to this destination, and the place that is kept for it.
    fn place(&self, destination: &str) -> Option<(&Taker, OwnedPermit<OutboxRow>)> {
        let taker = self.taker.as_ref().filter(|_| destination.starts_with(POSTS))?;
        Some((taker, taker.rows.clone().try_reserve_owned().ok()?))
    }

    /// Adds a row, claimed where it is handed over: it is due, and the first of its destination. A key that is known is
    /// left as it is, and the answer is no.
    pub(super) fn add(&mut self, db: &Connection, sending: &Sending<'_>) -> Result<bool, StoreError> {
        let due = sending.not_before <= sending.created_at;
        let place = match self.place(sending.destination).filter(|_| due) {
            Some(place) if !work::outbox_waits(db, sending.destination)? => Some(place),
            _ => None,
        };
        let Some((taker, place)) = place else { return work::add_outbox(db, sending, None) };
        let until = taker.lease_end(sending.created_at);
        if !work::add_outbox(db, sending, Some((&taker.worker, until)))? {
            return Ok(false);
        }
        let row = OutboxRow {
            key: sending.key.to_owned(),
            destination: sending.destination.to_owned(),
            body: sending.body.to_owned(),
            created_at: sending.created_at,
            state: WorkState::Claimed,
            fence: crate::HELD_FENCE,
            attempts: 1,
            not_before: until,
            error: None,
            ended_at: None,
            receipt: None,
            made: sending.made.clone(),
        };
        self.rows.push((place, row));
        Ok(true)
    }

    /// Hands over the row that follows one that ended.
    pub(super) fn next(&mut self, db: &Connection, destination: &str, at: Timestamp) -> Result<(), StoreError> {
        let Some((taker, place)) = self.place(destination) else { return Ok(()) };
        let Some(row) = work::claim_next_post(db, destination, at, taker.lease_end(at), &taker.worker)? else {
            return Ok(());
        };
        self.rows.push((place, row));
        Ok(())
    }

    /// How many rows the present transaction hands over.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Keeps only so many of them: what came after was not done.
    pub(super) fn take_back(&mut self, len: usize) {
        self.rows.truncate(len);
    }

    /// The transaction is committed.
    pub(super) fn give(&mut self) {
        for (place, row) in self.rows.drain(..) {
            place.send(row);
        }
    }
}
