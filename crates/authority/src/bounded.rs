//! A map that holds what can be made again at any time, and never more than it may.

use std::{
    borrow::Borrow,
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

/// Keeps values by key up to a number and a weight in bytes; the oldest go first. The lock is held for a look-up or a
/// move, never while a value is made or dropped.
pub(crate) struct Bounded<K, V> {
    most: usize,
    heaviest: usize,
    held: RwLock<Held<K, V>>,
}

struct Held<K, V> {
    values: HashMap<Arc<K>, (V, usize)>,
    order: VecDeque<Arc<K>>,
    weight: usize,
}

impl<K: Eq + Hash, V: Clone> Bounded<K, V> {
    pub(crate) fn new(most: usize, heaviest: usize) -> Self {
        let held = Held { values: HashMap::new(), order: VecDeque::new(), weight: 0 };
        Bounded { most, heaviest, held: RwLock::new(held) }
    }

    pub(crate) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<V>
    where
        Arc<K>: Borrow<Q>,
    {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.values.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps a value, unless it is too heavy by itself. The value that is there already stays and is given back, so that
    /// all who made one at the same time go on with the same.
    pub(crate) fn keep(&self, key: K, value: V, weight: usize) -> V {
        if weight > self.heaviest || self.most == 0 {
            return value;
        }
        let mut gone = Vec::new();
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, _)) = held.values.get(&key) {
            return known.clone();
        }
        while held.values.len() >= self.most || held.weight.saturating_add(weight) > self.heaviest {
            let Some(oldest) = held.order.pop_front() else { break };
            if let Some((value, weight)) = held.values.remove(&oldest) {
                held.weight = held.weight.saturating_sub(weight);
                gone.push(value);
            }
        }
        let key = Arc::new(key);
        held.order.push_back(Arc::clone(&key));
        held.values.insert(key, (value.clone(), weight));
        held.weight = held.weight.saturating_add(weight);
        drop(held);
        drop(gone);
        value
    }

    /// How many values are held, and their weight.
    pub(crate) fn size(&self) -> (usize, usize) {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        (held.values.len(), held.weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_when_there_are_too_many_or_they_weigh_too_much() {
        let map: Bounded<u32, &str> = Bounded::new(3, 100);
        for key in 1..=4 {
            map.keep(key, "light", 10);
        }
        assert_eq!(map.size(), (3, 30));
        assert_eq!((map.get(&1), map.get(&4)), (None, Some("light")));
        assert_eq!(map.keep(4, "second", 10), "light", "the first one stays");
        map.keep(5, "heavy", 85);
        assert_eq!((map.size(), map.get(&4), map.get(&5)), ((2, 95), Some("light"), Some("heavy")));
        map.keep(6, "too heavy", 101);
        assert_eq!((map.size(), map.get(&6)), ((2, 95), None));
    }
}
