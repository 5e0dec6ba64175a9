//! The AWS CLI's command language: a chat message or argument list becomes a checked call, an answer becomes text.

pub mod output;
mod python;
pub mod query;
