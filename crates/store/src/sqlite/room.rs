use super::connect::{failed, int, rows, uint};
use crate::{NewRoomMessage, RoomEvent, RoomMessage, RoomMessageKind, RoomMessageQuery, StoreError, ThreadFilter};
use bailiwick_ident::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

pub(super) fn add_message(db: &Connection, message: &NewRoomMessage) -> Result<u64, StoreError> {
    let kind = match message.kind {
        RoomMessageKind::Text => "text",
        RoomMessageKind::Card => "card",
    };
    db.prepare_cached(
        "INSERT INTO room_message (id, room, thread, author, kind, body, created_at, version) VALUES (?, ?, ?, ?, ?, ?, ?, 1) \
         ON CONFLICT DO NOTHING RETURNING sequence",
    )
    .and_then(|mut statement| {
        let NewRoomMessage { id, room, thread, author, body, created_at, .. } = message;
        statement
            .query_row(params![id, room, thread, author, kind, body, created_at.as_millis()], |row| uint(row, 0))
            .optional()
    })
    .map_err(failed)?
    .ok_or_else(|| StoreError::duplicate(format!("room message `{}`", message.id)))
}

pub(super) fn update_message(db: &Connection, id: &str, body: &str, expect: Option<u64>) -> Result<(), StoreError> {
    let found: Option<u64> = db
        .prepare_cached("SELECT version FROM room_message WHERE id = ?")
        .and_then(|mut statement| statement.query_row([id], |row| uint(row, 0)).optional())
        .map_err(failed)?;
    let found = found.ok_or_else(|| StoreError::conflict(format!("room message `{id}` does not exist")))?;
    if let Some(expected) = expect.filter(|expected| *expected != found) {
        return Err(StoreError::conflict(format!("room message `{id}` has version {found}, not {expected}")));
    }
    db.prepare_cached("UPDATE room_message SET body = ?, version = version + 1 WHERE id = ?")
        .and_then(|mut statement| statement.execute(params![body, id]))
        .map_err(failed)?;
    Ok(())
}

pub(super) fn add_event(
    db: &Connection,
    room: &str,
    kind: &str,
    message: Option<&str>,
    body: &str,
) -> Result<u64, StoreError> {
    db.prepare_cached("INSERT INTO room_event (room, kind, message, body) VALUES (?, ?, ?, ?) RETURNING sequence")
        .and_then(|mut statement| statement.query_row(params![room, kind, message, body], |row| uint(row, 0)))
        .map_err(failed)
}

const COLUMNS: &str = "sequence, id, room, thread, author, kind, body, created_at, version";

fn read(row: &Row<'_>) -> rusqlite::Result<RoomMessage> {
    let kind: String = row.get(5)?;
    Ok(RoomMessage {
        sequence: uint(row, 0)?,
        id: row.get(1)?,
        room: row.get(2)?,
        thread: row.get(3)?,
        author: row.get(4)?,
        kind: match kind.as_str() {
            "text" => RoomMessageKind::Text,
            "card" => RoomMessageKind::Card,
            _ => return Err(rusqlite::Error::InvalidColumnType(5, kind, Type::Text)),
        },
        body: row.get(6)?,
        created_at: Timestamp::from_millis(row.get(7)?),
        version: uint(row, 8)?,
    })
}

pub(super) fn message(db: &Connection, id: &str) -> Result<Option<RoomMessage>, StoreError> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM room_message WHERE id = ?"))
        .and_then(|mut statement| statement.query_row([id], read).optional())
        .map_err(failed)
}

pub(super) fn messages(db: &Connection, query: &RoomMessageQuery) -> Result<Vec<RoomMessage>, StoreError> {
    let before = query.before.map_or(i64::MAX, int);
    let mut values: Vec<&dyn ToSql> = vec![&query.room, &before];
    let thread = match &query.thread {
        ThreadFilter::All => "",
        ThreadFilter::OutsideThreads => "AND thread IS NULL",
        ThreadFilter::In(thread) => {
            values.push(thread);
            "AND thread = ?"
        }
    };
    // What the indexes hold.
    let indexed = if query.room.contains('/') { "" } else { "AND room NOT GLOB '*/*'" };
    let sql = format!(
        "SELECT {COLUMNS} FROM room_message WHERE room = ? AND sequence < ? {thread} {indexed} ORDER BY sequence DESC LIMIT {}",
        rows(query.limit)
    );
    let mut found: Vec<RoomMessage> = db
        .prepare_cached(&sql)
        .and_then(|mut statement| statement.query_map(values.as_slice(), read)?.collect())
        .map_err(failed)?;
    found.reverse();
    Ok(found)
}

pub(super) fn events(db: &Connection, room: &str, after: u64, limit: u32) -> Result<Vec<RoomEvent>, StoreError> {
    let read = |row: &Row<'_>| {
        Ok(RoomEvent {
            sequence: uint(row, 0)?,
            room: row.get(1)?,
            kind: row.get(2)?,
            message: row.get(3)?,
            body: row.get(4)?,
        })
    };
    db.prepare_cached(
        "SELECT sequence, room, kind, message, body FROM room_event WHERE room = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    )
    .and_then(|mut statement| statement.query_map(params![room, int(after), rows(limit)], read)?.collect())
    .map_err(failed)
}

pub(super) fn last_event(db: &Connection) -> Result<u64, StoreError> {
    db.prepare_cached("SELECT coalesce(max(sequence), 0) FROM room_event")
        .and_then(|mut statement| statement.query_row([], |row| uint(row, 0)))
        .map_err(failed)
}
