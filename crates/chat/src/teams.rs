//! The adapter of Microsoft Teams: activities of the Bot Framework become events, cards become Adaptive Cards.
//!
//! An activity comes as bytes with a signed token; [`Unverified`] is what was read of it, [`Activity`] what the token vouches
//! for, and only an [`Activity`] becomes an event. Answers are requests to the Bot Connector at the activity's service URL; they carry a
//! token of ours, and [`ServiceUrl`] is the only address that such a request is made for.
//!
//! - [`token`]: the token of an incoming request; [`cloud`]: who issues it, and where ours come from.
//! - [`Unverified`], [`Activity`], [`Incoming`]: what Teams says.
//! - [`adaptive`]: a card as an Adaptive Card; [`connector`]: requests out and their answers.
//! - [`package`]: the app package that an administrator uploads.
//!
//! Sources: Microsoft's Bot Framework REST documentation, "Authentication with the Bot Connector API", "Send and receive
//! messages" and "Bot Framework -- Activity"; Microsoft's Teams documentation, "Channel and group conversations", "Universal
//! Actions for Adaptive Cards", "Optimize your bot with rate limiting".

pub mod adaptive;
pub mod cloud;
pub mod connector;
pub mod openid;
pub mod package;
pub mod token;

mod activity;
mod service_url;
mod text;

pub use activity::{
    Activity, ActivityError, App, Inbound, Incoming, MAX_ACTIVITY_BYTES, Reference, Refresh, Unverified,
};
pub use service_url::{ServiceUrl, ServiceUrlError, ServiceUrls};

/// The channel id of Teams in the Bot Framework: what a token's key must be endorsed for.
pub const CHANNEL_ID: &str = "msteams";

/// A Teams id of a channel in the form of AWS's API: `19%3Aabc%40thread.tacv2`.
pub fn encoded_channel(id: &str) -> String {
    let mut encoded = String::with_capacity(id.len() + 8);
    for character in id.chars() {
        match character {
            ':' => encoded.push_str("%3A"),
            '@' => encoded.push_str("%40"),
            other => encoded.push(other),
        }
    }
    encoded
}

/// The id of a channel as Teams itself writes it, from the form of AWS's API.
pub fn decoded_channel(id: &str) -> String {
    id.replace("%3A", ":").replace("%3a", ":").replace("%40", "@")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_two_spellings() {
        let (teams, aws) = ("19:4b6b_-9@thread.tacv2", "19%3A4b6b_-9%40thread.tacv2");
        assert_eq!(encoded_channel(teams), aws);
        assert_eq!(decoded_channel(aws), teams);
        assert_eq!(decoded_channel("19%3a4b%40thread.tacv2"), "19:4b@thread.tacv2");
    }
}
