//! What a directory snapshot has compiled: engines by the policies in force, and readings of policies that no record of
//! the snapshot holds. Both are made when they are first needed and go with the snapshot.

use std::sync::Arc;

use bailiwick_policy::{Layers, Policy, PolicyType, compiled::Engine};

use crate::bounded::Bounded;

/// The most engines that are kept, and the most bytes of them. An engine of the sample takes some tens of kilobytes, one
/// with `ReadOnlyAccess` some hundreds.
const ENGINES: (usize, usize) = (256, 8 << 20);

/// The most readings that are kept, and the most bytes of them.
const READINGS: (usize, usize) = (512, 4 << 20);

/// The most statements that are kept as they are quoted, and the most bytes of them.
const QUOTES: (usize, usize) = (1024, 1 << 20);

/// Engines and readings of one snapshot. A copy of it starts empty: it belongs to another snapshot.
pub(crate) struct Engines {
    engines: Bounded<Key, Arc<InForce>>,
    readings: Bounded<(PolicyType, String, String), Policy>,
    quotes: Bounded<(usize, String), Arc<Quote>>,
}

/// What is quoted of a policy, which is held for the reason for which [`InForce`] holds its policies.
struct Quote {
    text: Option<String>,
    _policy: Policy,
}

/// Which documents stand in which layer, as numbers: see [`key`].
type Key = Vec<usize>;

/// An engine with the policies it was compiled from.
///
/// The policies are held because the key names documents by their address: as long as they live, no other document
/// can come to stand there.
pub(crate) struct InForce {
    pub(crate) engine: Engine,
    _policies: Layers,
}

impl Default for Engines {
    fn default() -> Self {
        Engines {
            engines: Bounded::new(ENGINES.0, ENGINES.1),
            readings: Bounded::new(READINGS.0, READINGS.1),
            quotes: Bounded::new(QUOTES.0, QUOTES.1),
        }
    }
}

impl Clone for Engines {
    fn clone(&self) -> Self {
        Engines::default()
    }
}

impl std::fmt::Debug for Engines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engines")
            .field("engines", &self.engines.size())
            .field("readings", &self.readings.size())
            .finish()
    }
}

/// About how many bytes a policy that was read takes: its text, and several times that for what was read from it.
pub(crate) fn weight(policy: &Policy) -> usize {
    policy.text().len().saturating_mul(4).saturating_add(512)
}

/// A policy in a key: its document, zero for one that cannot be read, and its kind. Nothing else of a policy decides.
fn push(key: &mut Key, policy: &Policy) {
    key.push(policy.document().map_or(0, |document| std::ptr::from_ref(document).addr()));
    key.push(policy.kind() as usize);
}

fn push_list(key: &mut Key, policies: &[Policy]) {
    key.push(policies.len());
    policies.iter().for_each(|policy| push(key, policy));
}

/// What an engine of these layers is kept under. Every part is preceded by its length, or by whether it is there, so that
/// two different stacks of layers never give the same numbers.
fn key(layers: &Layers) -> Key {
    // Destructured, so that a new layer cannot be forgotten here.
    let Layers { identity, boundary, session, guardrail, scp, rcp, resource, endpoint } = layers;
    let mut key = Vec::with_capacity(48);
    for layer in [identity, boundary, session, guardrail, endpoint] {
        key.push(usize::from(layer.is_some()));
        layer.iter().for_each(|policies| push_list(&mut key, policies));
    }
    for layer in [scp, rcp] {
        key.push(usize::from(layer.is_some()));
        if let Some(levels) = layer {
            key.push(levels.len());
            levels.iter().for_each(|policies| push_list(&mut key, policies));
        }
    }
    key.push(usize::from(resource.is_some()));
    resource.iter().for_each(|policy| push(&mut key, policy));
    key
}

impl Engines {
    /// The engine of these layers, compiled unless it is there.
    pub(crate) fn engine(&self, layers: &Layers) -> Arc<InForce> {
        let key = key(layers);
        if let Some(known) = self.engines.get(&key) {
            return known;
        }
        let made = Arc::new(InForce { engine: Engine::compile(layers), _policies: layers.clone() });
        let weight = made.engine.size().saturating_add(key.len().saturating_mul(16)).saturating_add(1024);
        self.engines.keep(key, made, weight)
    }

    /// What is quoted of a policy for an action, made unless it is there: a policy may have thousands of actions to look at.
    pub(crate) fn quote(&self, policy: &Policy, action: &str, make: impl FnOnce() -> Option<String>) -> Option<String> {
        let document = policy.document()?;
        let key = (std::ptr::from_ref(document).addr(), action.to_owned());
        if let Some(known) = self.quotes.get(&key) {
            return known.text.clone();
        }
        let made = Arc::new(Quote { text: make(), _policy: policy.clone() });
        let weight = made.text.as_ref().map_or(0, String::len) + action.len() + 128;
        self.quotes.keep(key, made, weight).text.clone()
    }

    /// A policy that is not read with the snapshot, read once: a session policy, a generated one, one in another use. The
    /// same text always gives the same reading, so that the engine of it is found again.
    pub(crate) fn read(&self, name: &str, kind: PolicyType, text: &str) -> Policy {
        let key = (kind, name.to_owned(), text.to_owned());
        if let Some(known) = self.readings.get(&key) {
            return known;
        }
        let policy = Policy::read(name, kind, text);
        let weight = weight(&policy).saturating_add(text.len());
        self.readings.keep(key, policy, weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(action: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#)
    }

    #[test]
    fn the_key_tells_every_stack_of_layers_apart() {
        let read = |kind, action: &str| Policy::read("p", kind, &text(action));
        let one = read(PolicyType::Identity, "sns:*");
        let (two, broken) = (read(PolicyType::Identity, "sns:*"), Policy::read("p", PolicyType::Identity, "{"));
        let trust = Policy::read("p", PolicyType::Trust, "");
        let resource = Policy::read("p", PolicyType::Resource, "");
        let empty = Layers::default;
        let list = |policies: &[&Policy]| Some(policies.iter().copied().cloned().collect::<Vec<_>>());
        let levels = |levels: &[&[&Policy]]| Some(levels.iter().filter_map(|level| list(level)).collect::<Vec<_>>());
        let stacks = [
            empty(),
            Layers { identity: list(&[]), ..empty() },
            Layers { identity: list(&[&one]), ..empty() },
            Layers { identity: list(&[&two]), ..empty() },
            Layers { identity: list(&[&broken]), ..empty() },
            Layers { identity: list(&[&one, &two]), ..empty() },
            Layers { boundary: list(&[&one]), ..empty() },
            Layers { session: list(&[&one]), ..empty() },
            Layers { guardrail: list(&[&one]), ..empty() },
            Layers { endpoint: list(&[&one]), ..empty() },
            Layers { scp: levels(&[]), ..empty() },
            Layers { scp: levels(&[&[&one, &two]]), ..empty() },
            Layers { scp: levels(&[&[&one], &[&two]]), ..empty() },
            Layers { scp: levels(&[&[], &[&one, &two]]), ..empty() },
            Layers { rcp: levels(&[&[&one], &[&two]]), ..empty() },
            Layers { resource: Some(trust), ..empty() },
            Layers { resource: Some(resource), ..empty() },
        ];
        for (at, left) in stacks.iter().enumerate() {
            assert_eq!(key(left), key(&left.clone()));
            for right in &stacks[..at] {
                assert_ne!(key(left), key(right), "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn engines_and_readings_are_found_again_and_bounded() {
        let engines = Engines::default();
        let layers = |number: usize| {
            let policy = engines.read("p", PolicyType::Session, &text(&format!("sns:Get{number}*")));
            Layers { session: Some(vec![policy]), ..Layers::default() }
        };
        assert!(Arc::ptr_eq(&engines.engine(&layers(0)), &engines.engine(&layers(0))));
        for number in 0..3 * READINGS.0 {
            engines.engine(&layers(number));
        }
        let (many, weight) = engines.engines.size();
        assert!(many <= ENGINES.0 && weight <= ENGINES.1 && many > 1, "{engines:?}");
        let (many, weight) = engines.readings.size();
        assert!(many <= READINGS.0 && weight <= READINGS.1 && many > 1, "{engines:?}");
        // A document beyond the bound is used and not kept.
        let statements: Vec<String> = (0..9000).map(|n| format!("sns:GetTopicAttributes{n:0>480}*")).collect();
        let before = engines.readings.size();
        engines.read("p", PolicyType::Session, &text(&statements.join(r#"",""#)));
        assert_eq!(engines.readings.size(), before);
        assert_eq!(engines.clone().engines.size(), (0, 0), "another snapshot begins with nothing");
    }
}
