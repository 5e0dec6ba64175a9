//! The issuer's keys: one that may speak for Teams, one that may not, and one nobody published.

use serde_json::{Value, json};

use crate::keys::Signer;

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Signs {
    /// The one that is endorsed for Teams.
    #[default]
    Teams,
    /// One that is published and endorsed for another channel.
    Unendorsed,
    /// One that nobody published, under the name of the first.
    Foreign,
}

pub(super) struct Keys {
    teams: Signer,
    unendorsed: Signer,
    foreign: Signer,
}

impl Keys {
    pub(super) fn new() -> Option<Keys> {
        Some(Keys {
            teams: Signer::new("fake-teams")?,
            unendorsed: Signer::new("fake-webchat")?,
            foreign: Signer::new("fake-teams")?,
        })
    }

    /// The JSON web key set.
    pub(super) fn published(&self) -> Value {
        let key = |signer: &Signer, endorsements: &[&str]| {
            let mut key = signer.published();
            key["endorsements"] = json!(endorsements);
            key
        };
        json!({"keys": [key(&self.teams, &["msteams", "emulator"]), key(&self.unendorsed, &["webchat"])]})
    }

    /// A signed token.
    pub(super) fn token(&self, signs: Signs, claims: &Value) -> String {
        match signs {
            Signs::Teams => self.teams.token(claims),
            Signs::Unendorsed => self.unendorsed.token(claims),
            Signs::Foreign => self.foreign.token(claims),
        }
    }
}
