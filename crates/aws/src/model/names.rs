use std::sync::Arc;

use super::stored::Stored;
use super::{Operation, Shape, Table};

/// How the rows of a service are found by their names: places, in the order of the names. What they say is in the rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub(super) operations: Vec<u32>,
    pub(super) cli: Vec<u32>,
    pub(super) shapes: Vec<u32>,
    /// The shapes that are errors.
    pub(super) exceptions: Vec<u32>,
    /// Knows the names of rows that were not read yet; none where all were.
    pub(super) stored: Option<Arc<Stored>>,
}

// It says where things stand in the rest of the service, which is compared.
impl PartialEq for Names {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Names {
    /// The names of rows that were read.
    pub(super) fn of(operations: &Table<Operation>, shapes: &Table<Shape>) -> Self {
        let exceptions = (0u32..).zip(shapes.values()).filter(|(_, shape)| shape.exception().is_some());
        Names {
            operations: sorted(operations, |operation| &operation.name),
            cli: sorted(operations, |operation| &operation.cli_name),
            shapes: sorted(shapes, |shape| &shape.name),
            exceptions: exceptions.map(|(place, _)| place).collect(),
            stored: None,
        }
    }

    pub(super) fn operation(&self, operations: &Table<Operation>, name: &str) -> Option<usize> {
        find(&self.operations, name, |place| match &self.stored {
            Some(stored) => stored.operation_name(place),
            None => Some(&operations[place].name),
        })
    }

    pub(super) fn cli(&self, operations: &Table<Operation>, name: &str) -> Option<usize> {
        find(&self.cli, name, |place| match &self.stored {
            Some(stored) => stored.cli_name(place),
            None => Some(&operations[place].cli_name),
        })
    }

    pub(super) fn shape(&self, shapes: &Table<Shape>, name: &str) -> Option<usize> {
        find(&self.shapes, name, |place| match &self.stored {
            Some(stored) => stored.shape_name(place),
            None => Some(&shapes[place].name),
        })
    }
}

fn sorted<R>(rows: &Table<R>, name: impl Fn(&R) -> &str) -> Vec<u32> {
    let mut places: Vec<u32> = (0u32..).take(rows.len()).collect();
    places.sort_by_key(|place| name(&rows[*place as usize]));
    places
}

fn find<'a>(places: &[u32], name: &str, named: impl Fn(usize) -> Option<&'a str>) -> Option<usize> {
    let found = places.binary_search_by(|place| named(*place as usize).cmp(&Some(name))).ok()?;
    places.get(found).map(|place| *place as usize)
}
