//! What protects the pages: headers, the session cookie, the form token.

pub(crate) mod form;
pub(crate) mod headers;
pub(crate) mod session;
