//! Whole answers, kept so that they can be shown in parts and had as a file.
//!
//! A short answer is kept with its command; a long one in parts, beside it, and for a while only. The key of either is the
//! command's id.

use bailiwick_ident::Timestamp;
use bailiwick_store::{Change, EntityKey, EntityQuery, Expect, Store, StoreError};
use serde::{Deserialize, Serialize};

use crate::stored::{self, Shown};
use crate::sweep;

/// The kind of the entities that hold parts of an answer.
const KIND: &str = "bot.answer";
/// The longest answer that stays with its command, in bytes.
pub(crate) const SHORT: usize = 64 * 1024;
/// The length of a part in bytes. Escaped as JSON it stays below what the store takes.
const PART: usize = 256 * 1024;
/// The longest answer that is kept, in bytes.
pub(crate) const LONGEST: usize = 16 * 1024 * 1024;

/// One part of an answer.
#[derive(Debug, Serialize, Deserialize)]
struct Part {
    format: u32,
    text: String,
}

fn key(of: &str, number: usize) -> EntityKey {
    EntityKey::global(KIND, format!("{of}/{number:04}"))
}

/// Keeps a text in parts. What is beyond [`LONGEST`] is left out; whoever calls has checked.
pub(crate) fn keep(of: &str, text: &str, now: Timestamp) -> Change {
    let (mut rest, _) = bailiwick_chat::limits::cut(text, LONGEST);
    let (mut change, mut number) = (Change::new(), 0);
    let mut ids = Vec::new();
    while !rest.is_empty() {
        let (part, _) = bailiwick_chat::limits::cut(rest, PART);
        let body = stored::write(&Part { format: 1, text: part.to_owned() });
        let key = key(of, number);
        ids.push(key.id.clone());
        change = change.put(key, body, Expect::Any);
        rest = rest.get(part.len()..).unwrap_or_default();
        number += 1;
    }
    change.and(sweep::enter(KIND, of, ids, now))
}

/// The text that was kept under a key: the whole answer of the command with that id. `None` where there is none.
///
/// # Errors
/// The store's.
pub async fn read(store: &dyn Store, of: &str) -> Result<Option<String>, StoreError> {
    let parts = store.entities(EntityQuery::kind(KIND).id_prefix(format!("{of}/"))).await?;
    if parts.is_empty() {
        let row = store.command(of).await?;
        return Ok(row.and_then(|row| stored::read::<Shown>(row.answer.as_deref())).and_then(|shown| shown.json));
    }
    let texts = parts.iter().filter_map(|part| stored::read::<Part>(Some(&part.body))).map(|part| part.text);
    Ok(Some(texts.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_cut_between_characters_and_hold_everything() {
        let text = "é\"".repeat(PART);
        let change = keep("c", &text, Timestamp::from_millis(0));
        assert!(change.ops().len() > 2);
        let whole: String = change
            .ops()
            .iter()
            .filter(|op| !matches!(op, bailiwick_store::Op::PutEntity { key, .. } if key.kind != KIND))
            .map(|op| match op {
                bailiwick_store::Op::PutEntity { key, body, .. } => {
                    assert!(key.id.starts_with("c/") && body.len() < bailiwick_store::MAX_BODY_BYTES);
                    serde_json::from_str::<Part>(body).unwrap().text
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(whole == text);
    }
}
