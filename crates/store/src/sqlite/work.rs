//! The inbox and the outbox: adding, claiming, ending.

use super::command::OPEN;
use super::connect::{failed, int, rows, uint};
use crate::{Claim, Counts, InboxRow, Made, OutboxQuery, OutboxRow, StoreError, WorkState};
use bailiwick_ident::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Row, ToSql, params};

fn code(state: WorkState) -> i64 {
    match state {
        WorkState::Waiting => 0,
        WorkState::Claimed => 1,
        WorkState::Finished => 2,
        WorkState::Dead => 3,
    }
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<WorkState> {
    match row.get(column)? {
        0 => Ok(WorkState::Waiting),
        1 => Ok(WorkState::Claimed),
        2 => Ok(WorkState::Finished),
        3 => Ok(WorkState::Dead),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(column, other)),
    }
}

fn execute(db: &Connection, sql: &str, values: impl Params) -> Result<usize, StoreError> {
    db.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(failed)
}

fn get<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    db.prepare_cached(sql).and_then(|mut statement| statement.query_row(values, read).optional()).map_err(failed)
}

fn list<T>(
    db: &Connection,
    sql: &str,
    values: impl Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    db.prepare_cached(sql).and_then(|mut statement| statement.query_map(values, read)?.collect()).map_err(failed)
}

/// What the holder of a claim may do with its row.
pub(super) enum End<'a> {
    Finish { outcome: &'a str },
    Sent { at: Timestamp, receipt: Option<&'a str> },
    Retry { not_before: Timestamp, error: &'a str },
    Dead { error: &'a str, at: Timestamp },
}

/// Ends a claim when `fence` is the latest and the row is still claimed.
pub(super) fn end_inbox(db: &Connection, id: &str, fence: u64, end: &End<'_>) -> Result<(), StoreError> {
    let changed = match end {
        End::Finish { outcome } => execute(
            db,
            "UPDATE inbox SET state = 2, outcome = ? WHERE id = ? AND fence = ? AND state = 1",
            params![outcome, id, int(fence)],
        )?,
        End::Retry { not_before, error } => execute(
            db,
            "UPDATE inbox SET state = 0, due = ?, error = ? WHERE id = ? AND fence = ? AND state = 1",
            params![not_before.as_millis(), error, id, int(fence)],
        )?,
        End::Sent { .. } | End::Dead { .. } => 0,
    };
    held(changed, "inbox row", id, fence)
}

/// Like [`end_inbox`], for the outbox; the row's destination.
pub(super) fn end_outbox(db: &Connection, key: &str, fence: u64, end: &End<'_>) -> Result<String, StoreError> {
    let destination = |row: &Row<'_>| row.get(0);
    let ended = match end {
        End::Sent { at, receipt } => get(
            db,
            "UPDATE outbox SET state = 2, ended_at = ?1, receipt = ?2, body = iif(?2 IS NULL, body, '') \
             WHERE key = ?3 AND fence = ?4 AND state = 1 RETURNING destination",
            params![at.as_millis(), receipt, key, int(fence)],
            destination,
        )?,
        End::Dead { error, at } => get(
            db,
            "UPDATE outbox SET state = 3, error = ?, ended_at = ? WHERE key = ? AND fence = ? AND state = 1 \
             RETURNING destination",
            params![error, at.as_millis(), key, int(fence)],
            destination,
        )?,
        End::Retry { not_before, error } => get(
            db,
            "UPDATE outbox SET state = 0, due = ?, error = ? WHERE key = ? AND fence = ? AND state = 1 \
             RETURNING destination",
            params![not_before.as_millis(), error, key, int(fence)],
            destination,
        )?,
        End::Finish { .. } => None,
    };
    ended.ok_or_else(|| not_held("outbox row", key, fence))
}

/// Makes a row that was given up due again.
pub(super) fn revive_outbox(db: &Connection, key: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = 0, due = ?, ended_at = NULL WHERE key = ? AND state = 3";
    match execute(db, sql, params![at.as_millis(), key])? {
        1 => Ok(()),
        _ => Err(StoreError::conflict(format!("outbox row `{key}` was not given up"))),
    }
}

fn held(changed: usize, what: &str, id: &str, fence: u64) -> Result<(), StoreError> {
    match changed {
        1 => Ok(()),
        _ => Err(not_held(what, id, fence)),
    }
}

fn not_held(what: &str, id: &str, fence: u64) -> StoreError {
    StoreError::conflict(format!("{what} `{id}` is not claimed with fence {fence}"))
}

/// Due before anything else: what is to be done at once is not put off by a clock that was put back meanwhile, and what was added
/// first is done first.
const AT_ONCE: i64 = 0;

pub(super) fn add_inbox(
    db: &Connection,
    id: &str,
    source: &str,
    body: &str,
    received_at: Timestamp,
    held: Option<&(String, Timestamp)>,
) -> Result<u64, StoreError> {
    // Held from the beginning it stands as after its first claim.
    let claims = i64::from(held.is_some());
    let due = held.map_or(AT_ONCE, |(_, until)| until.as_millis());
    let worker = held.map(|(worker, _)| worker);
    let added = execute(
        db,
        "INSERT INTO inbox (id, source, body, received_at, state, fence, attempts, due, worker) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        params![id, source, body, received_at.as_millis(), claims, due, worker],
    )?;
    match added {
        1 => Ok(u64::try_from(db.last_insert_rowid()).unwrap_or_default()),
        _ => Err(StoreError::duplicate(format!("inbox row `{id}`"))),
    }
}

/// Bytes to send, as they are added: see [`Op::AddOutbox`](crate::Op::AddOutbox).
pub(super) struct Sending<'a> {
    pub(super) key: &'a str,
    pub(super) destination: &'a str,
    pub(super) body: &'a str,
    pub(super) made: &'a Made,
    pub(super) not_before: Timestamp,
    pub(super) created_at: Timestamp,
}

/// Whether the row was added; a known key is left as it is. `held` says who holds it from the beginning, and until when.
pub(super) fn add_outbox(
    db: &Connection,
    sending: &Sending<'_>,
    held: Option<(&str, Timestamp)>,
) -> Result<bool, StoreError> {
    let Sending { key, destination, body, not_before, created_at, made: _ } = sending;
    // Held from the beginning it stands as after its first claim.
    let claims = i64::from(held.is_some());
    let due = match held {
        Some((_, until)) => until.as_millis(),
        None if not_before <= created_at => AT_ONCE,
        None => not_before.as_millis(),
    };
    let worker = held.map(|(worker, _)| worker);
    let added = execute(
        db,
        "INSERT INTO outbox (key, destination, body, created_at, state, fence, attempts, due, worker) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        params![key, destination, body, created_at.as_millis(), claims, due, worker],
    )?;
    Ok(added == 1)
}

/// The first row of a destination that is not done.
const FIRST: &str = "\
SELECT key, state, due FROM outbox INDEXED BY outbox_open WHERE state < 2 AND destination = ? ORDER BY sequence LIMIT 1";

/// Whether a destination has rows that are not done.
pub(super) fn outbox_waits(db: &Connection, destination: &str) -> Result<bool, StoreError> {
    Ok(get(db, FIRST, [destination], |row| row.get::<_, String>(0))?.is_some())
}

/// Claims the first row of a destination where it waits and is due.
pub(super) fn claim_next_post(
    db: &Connection,
    destination: &str,
    now: Timestamp,
    until: Timestamp,
    worker: &str,
) -> Result<Option<OutboxRow>, StoreError> {
    let read: fn(&Row<'_>) -> rusqlite::Result<(String, WorkState, i64)> =
        |row| Ok((row.get(0)?, state(row, 1)?, row.get(2)?));
    let first = get(db, FIRST, [destination], read)?;
    let Some((key, ..)) = first.filter(|(_, state, due)| *state == WorkState::Waiting && *due <= now.as_millis())
    else {
        return Ok(None);
    };
    get(db, &claim_one(), (until.as_millis(), worker, key), read_outbox)
}

/// Claims a row of the outbox.
fn claim_one() -> String {
    format!(
        "UPDATE outbox SET state = 1, fence = fence + 1, attempts = attempts + 1, due = ?, worker = ? WHERE key = ? RETURNING {OUTBOX}"
    )
}

pub(super) fn sweep_outbox(db: &Connection, before: Timestamp) -> Result<(), StoreError> {
    execute(db, "DELETE FROM outbox WHERE state = 2 AND ended_at < ? AND receipt IS NULL", [before.as_millis()])
        .map(drop)
}

const INBOX: &str = "id, source, body, received_at, state, fence, attempts, due, error, outcome, sequence";

fn read_inbox(row: &Row<'_>) -> rusqlite::Result<InboxRow> {
    Ok(InboxRow {
        id: row.get(0)?,
        source: row.get(1)?,
        body: row.get(2)?,
        received_at: Timestamp::from_millis(row.get(3)?),
        state: state(row, 4)?,
        fence: uint(row, 5)?,
        attempts: row.get(6)?,
        not_before: Timestamp::from_millis(row.get(7)?),
        error: row.get(8)?,
        outcome: row.get(9)?,
        sequence: uint(row, 10)?,
    })
}

const OUTBOX: &str = "key, destination, body, created_at, state, fence, attempts, due, error, ended_at, receipt";

fn read_outbox(row: &Row<'_>) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        key: row.get(0)?,
        destination: row.get(1)?,
        body: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
        state: state(row, 4)?,
        fence: uint(row, 5)?,
        attempts: row.get(6)?,
        not_before: Timestamp::from_millis(row.get(7)?),
        error: row.get(8)?,
        ended_at: row.get::<_, Option<i64>>(9)?.map(Timestamp::from_millis),
        receipt: row.get(10)?,
        made: Made::default(),
    })
}

fn lease_end(claim: &Claim) -> i64 {
    claim.now.as_millis().saturating_add(i64::from(claim.lease_millis))
}

/// The index has only rows that are not done: what was done long ago costs nothing.
const DUE_INBOX: &str =
    "SELECT id FROM inbox INDEXED BY inbox_open WHERE state < 2 AND due <= ? ORDER BY sequence LIMIT ?";

pub(super) fn claim_inbox(db: &Connection, claim: &Claim) -> Result<Vec<InboxRow>, StoreError> {
    let values = params![claim.now.as_millis(), rows(claim.limit)];
    let due: Vec<String> = list(db, DUE_INBOX, values, |row| row.get(0))?;
    let sql = format!(
        "UPDATE inbox SET state = 1, fence = fence + 1, attempts = attempts + 1, due = ?, worker = ? WHERE id = ? RETURNING {INBOX}"
    );
    let until = lease_end(claim);
    due.iter().filter_map(|id| get(db, &sql, (until, &claim.worker, id), read_inbox).transpose()).collect()
}

/// What is due and has no earlier open row of its destination, in the order in which it became due.
const DUE_HEADS: &str = "\
SELECT o.key FROM outbox o INDEXED BY outbox_open_by_due
WHERE o.state < 2 AND o.destination NOT GLOB 'chat/*' AND o.due <= ? AND NOT EXISTS (
    SELECT 1 FROM outbox e INDEXED BY outbox_open
    WHERE e.state < 2 AND e.destination = o.destination AND e.sequence < o.sequence)
ORDER BY o.due, o.sequence LIMIT ?";

/// Like [`DUE_HEADS`], for posts to chat platforms.
const DUE_POSTS: &str = "\
SELECT o.key FROM outbox o INDEXED BY outbox_open_posts_by_due
WHERE o.state < 2 AND o.destination GLOB 'chat/*' AND o.due <= ? AND NOT EXISTS (
    SELECT 1 FROM outbox e INDEXED BY outbox_open
    WHERE e.state < 2 AND e.destination = o.destination AND e.sequence < o.sequence)
ORDER BY o.due, o.sequence LIMIT ?";

/// Which rows of the outbox are claimed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rows {
    /// Those to endpoints and queues.
    Deliveries,
    /// Those to channels of chat platforms.
    Posts,
}

pub(super) fn claim_outbox(db: &Connection, claim: &Claim, which: Rows) -> Result<Vec<OutboxRow>, StoreError> {
    let values = params![claim.now.as_millis(), rows(claim.limit)];
    let heads = match which {
        Rows::Deliveries => DUE_HEADS,
        Rows::Posts => DUE_POSTS,
    };
    let due: Vec<String> = list(db, heads, values, |row| row.get(0))?;
    let (sql, until) = (claim_one(), lease_end(claim));
    due.iter().filter_map(|key| get(db, &sql, (until, &claim.worker, key), read_outbox).transpose()).collect()
}

pub(super) fn release_outbox(db: &Connection, worker: &str, at: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE outbox SET state = 0, due = ? WHERE state < 2 AND state = 1 AND worker = ?";
    execute(db, sql, params![at.as_millis(), worker]).map(drop)
}

pub(super) fn inbox(db: &Connection, id: &str) -> Result<Option<InboxRow>, StoreError> {
    get(db, &format!("SELECT {INBOX} FROM inbox WHERE id = ?"), [id], read_inbox)
}

pub(super) fn outbox_row(db: &Connection, key: &str) -> Result<Option<OutboxRow>, StoreError> {
    get(db, &format!("SELECT {OUTBOX} FROM outbox WHERE key = ?"), [key], read_outbox)
}

pub(super) fn outbox(db: &Connection, query: &OutboxQuery) -> Result<Vec<OutboxRow>, StoreError> {
    let mut conditions = vec!["TRUE".to_owned()];
    let mut values: Vec<&dyn ToSql> = Vec::new();
    if let Some(state) = query.state {
        // As a number in the text, so that the index of one state is found.
        conditions.push(format!("state = {}", code(state)));
    }
    if let Some(destination) = &query.destination {
        conditions.push("destination = ?".to_owned());
        values.push(destination);
    }
    let sql = format!(
        "SELECT {OUTBOX} FROM outbox WHERE {} ORDER BY sequence LIMIT {}",
        conditions.join(" AND "),
        rows(query.limit)
    );
    list(db, &sql, values.as_slice(), read_outbox)
}

pub(super) fn counts(db: &Connection) -> Result<Counts, StoreError> {
    let sql = format!(
        "SELECT (SELECT count(*) FROM inbox WHERE state < 2), (SELECT count(*) FROM outbox WHERE state < 2), \
         (SELECT count(*) FROM outbox WHERE state = 3), \
         (SELECT count(*) FROM command WHERE state IN ('proposed', 'awaiting-approval') AND {OPEN}), \
         (SELECT count(*) FROM command), (SELECT count(*) FROM room_message), (SELECT count(*) FROM audit)"
    );
    let read: fn(&Row<'_>) -> rusqlite::Result<Counts> = |row| {
        Ok(Counts {
            inbox_open: uint(row, 0)?,
            outbox_open: uint(row, 1)?,
            outbox_dead: uint(row, 2)?,
            commands_waiting: uint(row, 3)?,
            commands: uint(row, 4)?,
            room_messages: uint(row, 5)?,
            audit_records: uint(row, 6)?,
        })
    };
    Ok(get(db, &sql, [], read)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{DUE_HEADS, DUE_INBOX, DUE_POSTS, FIRST, OPEN};
    use rusqlite::Connection;

    /// What is asked for again and again must not read everything that was ever done.
    #[test]
    fn what_is_open_or_given_up_has_an_index() {
        let mut db = Connection::open_in_memory().unwrap();
        super::super::migrate::migrate(&mut db).unwrap();
        let open = format!("SELECT * FROM command WHERE {OPEN} AND state IN (?) ORDER BY sequence DESC LIMIT 9");
        for (sql, index) in [
            (open.as_str(), "command_open"),
            ("SELECT * FROM outbox WHERE TRUE AND state = 3 ORDER BY sequence LIMIT 9", "outbox_dead"),
            ("UPDATE outbox SET state = 0, due = ? WHERE state < 2 AND state = 1 AND worker = ?", "outbox_open"),
            (
                "SELECT * FROM room_message WHERE room = ? AND sequence < ? AND room NOT GLOB '*/*' ORDER BY sequence DESC",
                "room_message_by_room",
            ),
        ] {
            let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = rusqlite::params_from_iter(vec![0; statement.parameter_count()]);
            let plan: Vec<String> =
                statement.query_map(values, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            assert!(plan.iter().any(|step| step.contains(index)), "{sql}\n{plan:#?}");
        }
    }

    /// Claims are asked for all the time: they must not read what is done.
    #[test]
    fn claims_only_read_open_rows() {
        let mut db = Connection::open_in_memory().unwrap();
        super::super::migrate::migrate(&mut db).unwrap();
        for sql in [DUE_INBOX, DUE_HEADS, DUE_POSTS, FIRST] {
            let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = rusqlite::params_from_iter(vec![0; statement.parameter_count()]);
            let plan: Vec<String> =
                statement.query_map(values, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            for step in plan.iter().filter(|step| step.contains("outbox") || step.contains("inbox")) {
                let open = step.contains("box_open");
                let by_sequence = step.contains("INTEGER PRIMARY KEY");
                assert!(open || by_sequence, "{sql}\n{plan:#?}");
            }
        }
    }
}
