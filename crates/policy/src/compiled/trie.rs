//! A radix tree over byte strings, built once from sorted keys and laid out flat. Walking it visits every key that is a prefix of
//! a text, from the shortest to the longest.

use super::bytes::{after, hits};

/// No payload.
pub(super) const NONE: u32 = u32::MAX;

/// How many bytes are read past the last node's.
const BEYOND: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Node {
    label_start: u32,
    label_length: u32,
    first_child: u32,
    children: u32,
    payload: u32,
}

/// Many trees in one place; each is named by its root.
#[derive(Debug, Default)]
pub(super) struct Tries {
    nodes: Vec<Node>,
    /// The first byte of the label of each node, apart, so that choosing a child reads little; and [`BEYOND`] more, so that the
    /// first bytes of all children can be read in whole words.
    first: Vec<u8>,
    labels: Vec<u8>,
}

impl Tries {
    /// Builds a tree from keys in ascending order, each once, with their payloads. Gives the root.
    pub(super) fn build(&mut self, keys: &[(&[u8], u32)]) -> u32 {
        let root = self.reserve(1);
        self.fill(root, keys, 0);
        self.first.resize(self.nodes.len() + BEYOND, 0);
        root
    }

    fn reserve(&mut self, count: usize) -> u32 {
        let first = self.nodes.len();
        let empty = Node { label_start: 0, label_length: 0, first_child: 0, children: 0, payload: NONE };
        self.nodes.resize(first + count, empty);
        self.first.resize(first + count + BEYOND, 0);
        index(first)
    }

    /// Fills a node from the keys below it, all of which agree on their first `depth` bytes. The node's label has been set.
    fn fill(&mut self, node: u32, keys: &[(&[u8], u32)], depth: usize) {
        let mut rest = keys;
        if let Some(((key, payload), others)) = keys.split_first()
            && key.len() == depth
        {
            self.nodes[node as usize].payload = *payload;
            rest = others;
        }
        let groups = rest.chunk_by(|(a, _), (b, _)| a.get(depth) == b.get(depth)).count();
        let first_child = self.reserve(groups);
        self.nodes[node as usize].first_child = first_child;
        self.nodes[node as usize].children = index(groups);
        for (n, group) in rest.chunk_by(|(a, _), (b, _)| a.get(depth) == b.get(depth)).enumerate() {
            let child = first_child + index(n);
            let (Some((low, _)), Some((high, _))) = (group.first(), group.last()) else { continue };
            // Sorted: what the first and the last share, all share.
            let shared = low.iter().zip(high.iter()).take_while(|(a, b)| a == b).count();
            let label = low.get(depth..shared).unwrap_or_default();
            self.first[child as usize] = label.first().copied().unwrap_or_default();
            let node = &mut self.nodes[child as usize];
            node.label_start = index(self.labels.len());
            node.label_length = index(label.len());
            self.labels.extend_from_slice(label);
            match group {
                [(_, payload)] => node.payload = *payload,
                group => self.fill(child, group, shared),
            }
        }
    }

    /// Visits the payload of every key that `text` begins with; the second argument tells whether the key is all of `text`.
    /// Stops, and gives true, when `visit` does.
    #[inline]
    pub(super) fn walk(&self, root: u32, text: &[u8], mut visit: impl FnMut(u32, bool) -> bool) -> bool {
        let mut rest = text;
        let mut at = root as usize;
        while let Some(node) = self.nodes.get(at) {
            if node.payload != NONE && visit(node.payload, rest.is_empty()) {
                return true;
            }
            let Some(byte) = rest.first() else { return false };
            let Some(child) = self.child(node, *byte) else { return false };
            at = child;
            let Some(child) = self.nodes.get(at) else { return false };
            let label_start = child.label_start as usize;
            let label = self.labels.get(label_start..label_start + child.label_length as usize).unwrap_or_default();
            let Some(tail) = after(rest, label) else { return false };
            rest = tail;
        }
        false
    }

    /// The child whose label begins with a byte.
    #[inline]
    fn child(&self, node: &Node, byte: u8) -> Option<usize> {
        let mut at = node.first_child as usize;
        let mut left = node.children as usize;
        while left > 0 {
            let (word, _) = self.first.get(at..)?.split_first_chunk::<8>()?;
            let hits = hits(*word, byte);
            let found = hits.trailing_zeros() as usize / 8;
            if found < left.min(8) {
                return Some(at + found);
            }
            at += 8;
            left = left.saturating_sub(8);
        }
        None
    }

    /// Bytes held.
    pub(super) fn size(&self) -> usize {
        self.nodes.len() * (size_of::<Node>() + 1) + self.labels.len()
    }
}

/// An index into one of the flat lists. They stay far below this limit: a document has at most a few MiB of text.
pub(super) fn index(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(NONE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_visits_every_prefix() {
        let mut tries = Tries::default();
        let mut keys: Vec<(&[u8], u32)> =
            vec![(b"", 0), (b"get", 1), (b"getobject", 2), (b"getobjectacl", 3), (b"list", 4), (b"getx", 5)];
        keys.sort();
        let root = tries.build(&keys);
        let other = tries.build(&[(b"a", 9)]);
        let visited = |root, text: &str| {
            let mut seen = Vec::new();
            tries.walk(root, text.as_bytes(), |payload, whole| {
                seen.push((payload, whole));
                false
            });
            seen
        };
        assert_eq!(visited(root, "getobject"), [(0, false), (1, false), (2, true)]);
        assert_eq!(visited(root, "getobjects"), [(0, false), (1, false), (2, false)]);
        assert_eq!(visited(root, "ge"), [(0, false)]);
        assert_eq!(visited(root, ""), [(0, true)]);
        assert_eq!(visited(other, "abc"), [(9, false)]);
        assert!(tries.walk(root, b"list", |payload, _| payload == 0), "a visit can stop the walk");
    }
}
