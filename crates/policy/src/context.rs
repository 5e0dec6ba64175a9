/// The value of a context key. Whether a key is single-valued or multi-valued is a property of the key, stated by the
/// caller, never guessed from the number of values: AWS treats the two differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A single-valued key. An empty text is a present value.
    One(String),
    /// A multi-valued key such as `aws:TagKeys`. An empty set is the same as an absent key.
    Set(Vec<String>),
}

/// One key with its value, in the form both evaluators look it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key as the caller spelled it.
    pub(crate) name: Box<str>,
    pub(crate) value: Value,
}

/// The request context: condition keys and their values. Keys compare without regard to (ASCII) case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    entries: Vec<Entry>,
    /// A hash of each key, in the same order, so that a key is found without touching the texts of others.
    hashes: Vec<u64>,
}

impl Context {
    /// The largest number of keys that are kept; AWS sends a few dozen. Beyond it [`Context::set`] refuses.
    pub const MAX_KEYS: usize = 1024;

    /// A context without any key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; an earlier value of the same key (in any case) is replaced. Returns false, and changes nothing, when
    /// the context already holds [`Context::MAX_KEYS`] other keys.
    pub fn set(&mut self, key: &str, value: Value) -> bool {
        let hash = key_hash(key.as_bytes());
        if let Some(entry) = self.place(hash, key).and_then(|place| self.entries.get_mut(place)) {
            entry.value = value;
            return true;
        }
        if self.entries.len() >= Self::MAX_KEYS {
            return false;
        }
        self.hashes.push(hash);
        self.entries.push(Entry { name: key.into(), value });
        true
    }

    /// Makes room for so many more keys at once.
    pub fn reserve(&mut self, keys: usize) {
        self.entries.reserve_exact(keys);
        self.hashes.reserve_exact(keys);
    }

    /// Adds a single-valued key, for building a context in one expression.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, Value::One(value.into()));
        self
    }

    /// Adds a multi-valued key, for building a context in one expression.
    #[must_use]
    pub fn with_set<T: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = T>) -> Self {
        self.set(key, Value::Set(values.into_iter().map(Into::into).collect()));
        self
    }

    /// The value of a key, in any case. A set without values counts as absent.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let entry = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(key))?;
        match &entry.value {
            Value::Set(values) if values.is_empty() => None,
            value => Some(value),
        }
    }

    /// Takes a key out of the context.
    pub fn remove(&mut self, key: &str) {
        self.entries.retain(|entry| !entry.name.eq_ignore_ascii_case(key));
        self.hashes = self.entries.iter().map(|entry| key_hash(entry.name.as_bytes())).collect();
    }

    /// The keys, as spelled by the caller, with their values, in the order they were set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.entries.iter().map(|entry| (&*entry.name, &entry.value))
    }

    /// The value of a key that is already in lower case and hashed.
    pub(crate) fn find(&self, hash: u64, lower: &str) -> Option<&Value> {
        match &self.entries.get(self.place(hash, lower)?)?.value {
            Value::Set(values) if values.is_empty() => None,
            value => Some(value),
        }
    }

    fn place(&self, hash: u64, key: &str) -> Option<usize> {
        let mut known = self.hashes.iter().zip(&self.entries);
        known.position(|(known, entry)| *known == hash && entry.name.eq_ignore_ascii_case(key))
    }
}

/// FNV-1a over a key in lower case. Only for finding keys: equality of the text is always checked too.
pub(crate) fn key_hash(key: &[u8]) -> u64 {
    let lower = key.iter().map(|byte| u64::from(byte.to_ascii_lowercase()));
    lower.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ byte).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_no_case_and_an_empty_set_is_absent() {
        let mut context = Context::new().with("aws:SourceIp", "192.0.2.1").with_set("aws:TagKeys", ["team"]);
        assert_eq!(context.get("AWS:sourceip"), Some(&Value::One("192.0.2.1".to_owned())));
        assert_eq!(context.get("aws:tagkeys"), Some(&Value::Set(vec!["team".to_owned()])));
        context.set("AWS:TAGKEYS", Value::Set(vec![]));
        assert_eq!(context.get("aws:TagKeys"), None);
        assert_eq!(context.iter().count(), 2);
        context.remove("aws:sourceIP");
        assert_eq!(context.get("aws:SourceIp"), None);
    }

    #[test]
    fn the_number_of_keys_is_limited() {
        let mut context = Context::new();
        for n in 0..Context::MAX_KEYS {
            assert!(context.set(&format!("aws:RequestTag/{n}"), Value::One(String::new())));
        }
        assert!(!context.set("one:more", Value::One(String::new())));
        assert!(context.set("aws:RequestTag/0", Value::One("x".to_owned())), "a key that is there can still change");
    }
}
