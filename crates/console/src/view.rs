//! Neutral values as HTML.

pub(crate) mod card;
pub(crate) mod message;
pub(crate) mod moment;
pub(crate) mod rich;
