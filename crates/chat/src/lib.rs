//! Chat without a network: what a chat platform says, as a neutral [`Event`], and what Bailiwick answers, as a neutral
//! [`Card`].
//!
//! One adapter per platform turns bytes into an event and a card into that platform's form; [`room`] is the adapter of
//! the built-in chat, [`slack`] that of Slack. Nothing here sends, waits, reads a clock or decides who may do what.
//!
//! - [`card`]: the card, its blocks and buttons; [`plain`] writes it as text for terminals, logs and tests.
//! - [`cards`] and [`phrase`]: the cards and sentences people read, in one place.
//! - [`event`]: who said what, where; [`mention`] finds the words meant for the bot.
//! - [`post`]: a card on its way to another platform.
//! - [`limits`]: what no message or card may exceed.

pub mod card;
pub mod cards;
pub mod chime;
pub mod event;
mod jws;
pub mod limits;
pub mod mention;
pub mod openid;
pub mod phrase;
pub mod plain;
pub mod post;
pub mod room;
pub mod slack;
pub mod teams;

pub use card::{
    Block, Button, ButtonId, ButtonStyle, Card, Fact, File, State, Tone, TraceLine, TraceVerdict, TreeLine,
};
pub use event::{Body, ChannelKind, Event, EventKind, Member, Place, Platform, Proof, Who};
pub use phrase::Phrase;
pub use post::{Act, Post, Thread};
