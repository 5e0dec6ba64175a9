//! Entities that were read, kept until they change: a publish asks for the same topic and the same subscriptions again and
//! again. The folder is locked, so that nobody changes them but the one writer here, which says so before it answers.

use crate::{Entity, EntityKey, EntityQuery, KindFilter, Op};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is kept may take so many bytes; then it is begun anew.
const MAX_BYTES: usize = 2 << 20;
/// What one read brought is kept up to so many bytes.
const MAX_READ_BYTES: usize = 64 << 10;
/// What a row takes besides its texts.
const ROW_BYTES: usize = 256;

/// What is known of the entities. Every answer is the last that was committed.
#[derive(Default)]
pub(super) struct Known {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Counts the commits that changed entities. What was read before the last one may be of before it.
    changes: u64,
    bytes: usize,
    entities: HashMap<EntityKey, Option<Entity>>,
    lists: HashMap<EntityQuery, Vec<Entity>>,
}

/// When a read began. What it brings is kept only if nothing has changed since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Since(u64);

/// What a commit is about to change: the keys of entities, and whether there is work in the inbox that nobody holds.
#[derive(Default)]
pub(super) struct Touched {
    keys: Vec<EntityKey>,
    inbox: bool,
}

impl Touched {
    /// Notes what an operation changes.
    pub(super) fn note(&mut self, op: &Op) {
        match op {
            Op::PutEntity { key, .. } | Op::DeleteEntity { key, .. } => self.keys.push(key.clone()),
            Op::AddInbox { held: None, .. } | Op::RetryInbox { .. } => self.inbox = true,
            _ => {}
        }
    }

    /// Whether there may be work to claim.
    pub(super) fn inbox(&self) -> bool {
        self.inbox
    }
}

fn bytes<'a>(query: usize, rows: impl IntoIterator<Item = &'a Entity>) -> usize {
    let row = |row: &Entity| row.body.len() + row.key.id.len() + ROW_BYTES;
    rows.into_iter().map(row).sum::<usize>() + query + ROW_BYTES
}

impl Known {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is at a key, or when the read of it begins.
    pub(super) fn entity(&self, key: &EntityKey) -> Result<Option<Entity>, Since> {
        let held = self.held();
        held.entities.get(key).cloned().ok_or(Since(held.changes))
    }

    /// What a query finds, or when the read of it begins.
    pub(super) fn list(&self, query: &EntityQuery) -> Result<Vec<Entity>, Since> {
        let held = self.held();
        held.lists.get(query).cloned().ok_or(Since(held.changes))
    }

    /// Keeps what was read.
    pub(super) fn keep_entity(&self, since: Since, key: EntityKey, found: &Option<Entity>) {
        let bytes = bytes(key.id.len(), found);
        if let Some(mut held) = self.room(since, bytes) {
            held.entities.insert(key, found.clone());
        }
    }

    /// Keeps what was read.
    pub(super) fn keep_list(&self, since: Since, query: EntityQuery, found: &[Entity]) {
        let bytes = bytes(query.id_prefix.as_ref().map_or(0, String::len), found);
        if let Some(mut held) = self.room(since, bytes) {
            held.lists.insert(query, found.to_vec());
        }
    }

    fn room(&self, since: Since, bytes: usize) -> Option<MutexGuard<'_, Held>> {
        let mut held = self.held();
        if held.changes != since.0 || bytes > MAX_READ_BYTES {
            return None;
        }
        if held.bytes + bytes > MAX_BYTES {
            *held = Held { changes: held.changes, ..Held::default() };
        }
        held.bytes += bytes;
        Some(held)
    }

    /// Forgets what a commit has changed. Called after it and before anybody hears of it.
    pub(super) fn changed(&self, touched: &Touched) {
        if touched.keys.is_empty() {
            return;
        }
        let mut held = self.held();
        held.changes += 1;
        let Held { entities, lists, bytes: kept, .. } = &mut *held;
        for key in &touched.keys {
            if let Some(old) = entities.remove(key) {
                *kept = kept.saturating_sub(bytes(key.id.len(), &old));
            }
            lists.retain(|query, rows| {
                let concerned = match &query.kind {
                    KindFilter::Is(kind) => *kind == key.kind,
                    KindFilter::StartsWith(prefix) => key.kind.starts_with(prefix.as_str()),
                };
                if concerned {
                    let query = query.id_prefix.as_ref().map_or(0, String::len);
                    *kept = kept.saturating_sub(bytes(query, rows.iter()));
                }
                !concerned
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Expect;

    fn key(kind: &str, id: &str) -> EntityKey {
        EntityKey::global(kind, id)
    }

    fn entity(kind: &str, id: &str, body: &str) -> Entity {
        Entity { key: key(kind, id), revision: 1, body: body.to_owned() }
    }

    fn touched(kind: &str, id: &str) -> Touched {
        let mut touched = Touched::default();
        touched.note(&Op::PutEntity { key: key(kind, id), body: String::new(), expect: Expect::Any });
        touched.note(&Op::RequireDirectoryRevision(1));
        touched
    }

    #[test]
    fn what_was_read_before_a_change_is_never_kept() {
        let known = Known::default();
        let since = known.entity(&key("sns.topic", "a")).unwrap_err();
        known.changed(&touched("sns.topic", "b"));
        known.keep_entity(since, key("sns.topic", "a"), &None);
        assert!(known.entity(&key("sns.topic", "a")).is_err(), "the read may be of before the change");
        let since = known.entity(&key("sns.topic", "a")).unwrap_err();
        known.changed(&Touched::default());
        known.keep_entity(since, key("sns.topic", "a"), &None);
        assert_eq!(known.entity(&key("sns.topic", "a")).unwrap(), None, "that it is not there is known too");
    }

    #[test]
    fn a_change_forgets_the_entity_and_the_lists_of_its_kind() {
        let known = Known::default();
        let (a, b) = (entity("sns.topic", "a", "{}"), entity("sns.subscription", "b", "{}"));
        let (topics, all, others) =
            (EntityQuery::kind("sns.topic"), EntityQuery::kinds("sns."), EntityQuery::kind("sns.subscription"));
        let fill = || {
            let since = Since(known.held().changes);
            known.keep_entity(since, a.key.clone(), &Some(a.clone()));
            known.keep_list(since, topics.clone(), std::slice::from_ref(&a));
            known.keep_list(since, all.clone(), &[b.clone(), a.clone()]);
            known.keep_list(since, others.clone(), std::slice::from_ref(&b));
        };
        fill();
        assert_eq!(known.entity(&a.key).unwrap(), Some(a.clone()));
        known.changed(&touched("sns.topic", "a"));
        assert!(known.entity(&a.key).is_err() && known.list(&topics).is_err() && known.list(&all).is_err());
        assert_eq!(known.list(&others).unwrap(), std::slice::from_ref(&b));
        assert_eq!(known.held().bytes, bytes(0, [&b]), "what is forgotten takes nothing");
    }

    #[test]
    fn it_stays_bounded() {
        let known = Known::default();
        let body = "x".repeat(32 << 10);
        for number in 0..200 {
            let entity = entity("sns.topic", &number.to_string(), &body);
            known.keep_entity(Since(0), entity.key.clone(), &Some(entity));
            assert!(known.held().bytes <= MAX_BYTES);
        }
        assert!(known.entity(&key("sns.topic", "199")).unwrap().is_some());
        let large = entity("sns.topic", "large", &"x".repeat(MAX_READ_BYTES));
        known.keep_entity(Since(0), large.key.clone(), &Some(large.clone()));
        assert!(known.entity(&large.key).is_err());
    }
}
