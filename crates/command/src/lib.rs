//! The AWS CLI's command language: a chat message or an argument list becomes a checked call, an answer becomes text.
//!
//! The way of a message:
//! - [`lex`] makes words of it, undoing what phones and chat platforms did to them;
//! - [`parse::Grammar`] makes of the words a [`parse::Call`], a [`parse::Question`], a [`parse::Builtin`], a help topic, or a
//!   [`parse::Mistake`] with its correction;
//! - [`render`] writes a call back as a command, secrets masked;
//! - [`output::parsed_response`] makes of the answer what the AWS CLI works on, [`query`] picks from it, [`output::render`] prints
//!   it as the AWS CLI does, and [`output::tree`] draws it for a room;
//! - [`pages`] walks the pages of an answer;
//! - [`alias`] puts values into a command with variables;
//! - [`complete`] offers the words that may follow what was typed;
//! - [`offer`] says which call could offer values for what is missing;
//! - [`help`] describes everything there is, from the models.
//!
//! This crate is pure: it reads no file, asks no clock, sends nothing and decides nothing. What it knows of AWS comes from
//! the data pack of `bailiwick-aws`. Its rules are those of the AWS CLI, version 1, and tests hold it to that program.

pub mod alias;
pub mod complete;
pub mod help;
pub mod lex;
pub mod offer;
pub mod output;
pub mod pages;
pub mod parse;
mod python;
pub mod query;
pub mod render;
