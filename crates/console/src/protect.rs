//! What protects the pages: headers, the session cookie, the form token, and where requests come from.

pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod peer;
pub(crate) mod session;
