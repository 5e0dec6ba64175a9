//! The pure half of SNS delivery: who gets a message, what it looks like on the wire, and when it is tried again.
//!
//! [`filter`] decides whether a subscription wants a message; [`delivery`] is a message on its way, as it is kept until it
//! has arrived; [`envelope`] writes the documents that subscribers read and the text that is signed; [`retry`] reads delivery
//! policies and says when the next attempt is due.

pub mod delivery;
pub mod envelope;
pub mod filter;
pub mod retry;
