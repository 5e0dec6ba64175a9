//! Who somebody of another platform is, and what the channel is: asked of the platform before anything is decided.

use bailiwick_authority::record::ChannelConfigurationRecord;
use bailiwick_authority::{ChannelType, DirectoryChange};
use bailiwick_chat::{ChannelKind, Event, Platform};
use bailiwick_client::NotPosted;
use bailiwick_command::lex::{Markup, as_typed};
use bailiwick_store::Change;

use crate::inbox::WorkError;
use crate::{Bot, channel};

/// The words as they were typed.
pub(crate) fn typed(platform: Platform, words: &str) -> String {
    match platform {
        Platform::Slack => as_typed(words, Markup::Slack).trim().to_owned(),
        // Rooms keep what was typed; the adapter of Teams has undone its markup.
        Platform::Room | Platform::Teams => words.to_owned(),
    }
}

impl Bot {
    /// The event with what its platform says of who acted. A platform that does not answer leaves it for another try:
    /// nobody acts who is not known.
    pub(crate) async fn resolved(&self, mut event: Event) -> Result<Event, WorkError> {
        let courier = self.parts.couriers.iter().find(|courier| courier.platform() == event.place.platform);
        let Some(courier) = courier else { return Ok(event) };
        let undecided = |error: NotPosted| match error {
            NotPosted::Limited { after } => WorkError::Limited { after },
            other => WorkError::Undecided(other.to_string()),
        };
        if event.unresolved.is_none()
            && let Some(member) = courier.member(&event.place, &event.who.member_id).await.map_err(undecided)?
        {
            event.unresolved = member.unresolved;
            if !member.name.is_empty() {
                event.who.display_name = member.name;
            }
        }
        if let Some(kind) = courier.channel(&event.place).await.map_err(undecided)? {
            self.note_channel(&event, kind).await?;
        }
        Ok(event)
    }

    /// Keeps what a platform says of who can find a channel, for the policies that look at it.
    async fn note_channel(&self, event: &Event, kind: ChannelKind) -> Result<(), WorkError> {
        let kind = match kind {
            ChannelKind::Public => ChannelType::Public,
            ChannelKind::Private => ChannelType::Private,
            ChannelKind::Direct => ChannelType::Direct,
        };
        let authority = &self.parts.authority;
        let directory = authority.directory();
        let stale = channel::bound(&directory, &event.place).into_iter().filter(|known| known.channel_type != kind);
        let changed = stale.map(|known| ChannelConfigurationRecord { channel_type: kind, ..(*known).clone() });
        let changed: Vec<_> = changed.collect();
        if changed.is_empty() {
            return Ok(());
        }
        tracing::info!(channel = event.place.channel, kind = kind.as_str(), "the platform says what the channel is");
        let change = changed.into_iter().fold(DirectoryChange::new(), |change, record| change.put(record));
        let done = authority.commit_directory(directory.revision(), change, Change::new()).await;
        done.map(drop).map_err(|error| WorkError::Undecided(error.to_string()))
    }
}
