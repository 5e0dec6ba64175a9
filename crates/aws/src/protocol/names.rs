//! Which name a member has on the wire.

use crate::model::{Shape, ShapeRef};

/// The reference's name, else the shape's, else `default`.
pub(crate) fn wire_name<'a>(target: &'a ShapeRef, shape: &'a Shape, default: &'a str) -> &'a str {
    target.location_name.as_deref().or(shape.location_name.as_deref()).unwrap_or(default)
}

/// Whether the elements of a list or map stand directly in the parent.
pub(crate) fn is_flattened(target: &ShapeRef, shape: &Shape) -> bool {
    target.flattened || shape.flattened
}
