//! What the pages ask for: the use cases as traits over plain data, so that the pages can be served from anything that
//! answers them.

pub(crate) mod entrance;
pub(crate) mod fault;
pub(crate) mod identities;
pub(crate) mod records;
pub(crate) mod rooms;
pub(crate) mod sheets;
