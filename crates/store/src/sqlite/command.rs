use super::connect::{failed, int, rows, uint};
use super::entity::hold;
use crate::{CommandQuery, CommandRow, CommandState, Expect, StoreError};
use bailiwick_ident::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

pub(super) fn put(db: &Connection, row: &CommandRow, expect: Expect) -> Result<u64, StoreError> {
    let there: Option<u64> = db
        .prepare_cached("SELECT version FROM command WHERE id = ?")
        .and_then(|mut statement| statement.query_row([&row.id], |row| uint(row, 0)).optional())
        .map_err(failed)?;
    hold(expect, there, || format!("command `{}`", row.id))?;
    let version = there.unwrap_or(0).saturating_add(1);
    db.prepare_cached(
        "INSERT INTO command (id, inbox_id, room, thread, actor, state, text, call, answer, created_at, updated_at, expires_at, \
         version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET inbox_id = excluded.inbox_id, \
         room = excluded.room, thread = excluded.thread, actor = excluded.actor, state = excluded.state, text = excluded.text, \
         call = excluded.call, answer = excluded.answer, created_at = excluded.created_at, updated_at = excluded.updated_at, \
         expires_at = excluded.expires_at, version = excluded.version",
    )
    .and_then(|mut statement| {
        statement.execute(params![
            row.id,
            row.inbox_id,
            row.room,
            row.thread,
            row.actor,
            row.state.as_str(),
            row.text,
            row.call,
            row.answer,
            row.created_at.as_millis(),
            row.updated_at.as_millis(),
            row.expires_at.map(Timestamp::as_millis),
            int(version),
        ])
    })
    .map_err(failed)?;
    Ok(version)
}

const COLUMNS: &str =
    "id, inbox_id, room, thread, actor, state, text, call, answer, created_at, updated_at, expires_at, version";

fn read(row: &Row<'_>) -> rusqlite::Result<CommandRow> {
    let state: String = row.get(5)?;
    Ok(CommandRow {
        id: row.get(0)?,
        inbox_id: row.get(1)?,
        room: row.get(2)?,
        thread: row.get(3)?,
        actor: row.get(4)?,
        state: CommandState::parse(&state).ok_or(rusqlite::Error::InvalidColumnType(5, state, Type::Text))?,
        text: row.get(6)?,
        call: row.get(7)?,
        answer: row.get(8)?,
        created_at: Timestamp::from_millis(row.get(9)?),
        updated_at: Timestamp::from_millis(row.get(10)?),
        expires_at: row.get::<_, Option<i64>>(11)?.map(Timestamp::from_millis),
        version: uint(row, 12)?,
    })
}

pub(super) fn get(db: &Connection, id: &str) -> Result<Option<CommandRow>, StoreError> {
    db.prepare_cached(&format!("SELECT {COLUMNS} FROM command WHERE id = ?"))
        .and_then(|mut statement| statement.query_row([id], read).optional())
        .map_err(failed)
}

/// The states that the index of open commands leaves out, and its condition.
const CLOSED: [CommandState; 5] = {
    use CommandState::{Cancelled, Expired, Failed, Finished, Refused};
    [Finished, Failed, Refused, Cancelled, Expired]
};
pub(super) const OPEN: &str = "state NOT IN ('finished', 'failed', 'refused', 'cancelled', 'expired')";

pub(super) fn list(db: &Connection, query: &CommandQuery) -> Result<Vec<CommandRow>, StoreError> {
    let words: Vec<&str> = query.states.iter().map(|state| state.as_str()).collect();
    let expires_by = query.expires_by.map(Timestamp::as_millis);
    let mut conditions = vec!["TRUE".to_owned()];
    let mut values: Vec<&dyn ToSql> = Vec::new();
    for (column, value) in [
        ("room = ?", &query.room),
        ("thread = ?", &query.thread),
        ("actor = ?", &query.actor),
        ("inbox_id = ?", &query.inbox_id),
        ("sequence < (SELECT sequence FROM command WHERE id = ?)", &query.before),
    ] {
        if let Some(value) = value {
            conditions.push(column.to_owned());
            values.push(value);
        }
    }
    if !query.states.is_empty() && !query.states.iter().any(|state| CLOSED.contains(state)) {
        conditions.push(OPEN.to_owned());
    }
    if !words.is_empty() {
        conditions.push(format!("state IN ({})", vec!["?"; words.len()].join(", ")));
        values.extend(words.iter().map(|word| word as &dyn ToSql));
    }
    if let Some(expires_by) = &expires_by {
        conditions.push("expires_at <= ?".to_owned());
        values.push(expires_by);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM command WHERE {} ORDER BY sequence DESC LIMIT {}",
        conditions.join(" AND "),
        rows(query.limit)
    );
    db.prepare_cached(&sql)
        .and_then(|mut statement| statement.query_map(values.as_slice(), read)?.collect())
        .map_err(failed)
}
