use std::sync::{Arc, OnceLock};

use super::stored::Stored;
use super::{Operation, Text};

/// The operations or the shapes of a service, in the model's order. Those of a service out of the pack are read when they
/// are first asked for, and kept.
#[derive(Clone)]
pub struct Table<R>(Rows<R>);

#[derive(Clone)]
enum Rows<R> {
    Read(Box<[R]>),
    Stored { rows: Box<[OnceLock<Box<R>>]>, stored: Arc<Stored>, read: fn(&Stored, usize) -> R },
}

impl<R> Table<R> {
    /// So many rows, which `read` reads.
    pub(super) fn stored(rows: usize, stored: &Arc<Stored>, read: fn(&Stored, usize) -> R) -> Self {
        let rows = (0..rows).map(|_| OnceLock::new()).collect();
        Table(Rows::Stored { rows, stored: stored.clone(), read })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Rows::Read(rows) => rows.len(),
            Rows::Stored { rows, .. } => rows.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in order. That reads them all.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &R> + ExactSizeIterator + Clone {
        (0..self.len()).map(|place| &self[place])
    }
}

impl Table<Operation> {
    /// The names of all operations, in order. That reads them all.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.values().map(|operation| &operation.name)
    }
}

/// The row at a place. A place out of this table is never unknown: the reader checks every reference.
impl<R> std::ops::Index<usize> for Table<R> {
    type Output = R;

    fn index(&self, place: usize) -> &R {
        match &self.0 {
            Rows::Read(rows) => &rows[place],
            Rows::Stored { rows, stored, read } => rows[place].get_or_init(|| Box::new(read(stored, place))),
        }
    }
}

impl<R> From<Vec<R>> for Table<R> {
    fn from(rows: Vec<R>) -> Self {
        Table(Rows::Read(rows.into()))
    }
}

impl<R: PartialEq> PartialEq for Table<R> {
    fn eq(&self, other: &Self) -> bool {
        self.values().eq(other.values())
    }
}

impl<R: std::fmt::Debug> std::fmt::Debug for Table<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.values()).finish()
    }
}
