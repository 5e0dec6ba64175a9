//! Who somebody of another platform is, and what the channel is: asked of the platform before anything is decided.

use bailiwick_authority::record::ChannelConfigurationRecord;
use bailiwick_authority::{ChannelType, DirectoryChange};
use bailiwick_chat::{ChannelKind, Event, Place, Platform};
use bailiwick_client::{Asked, NotPosted};
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
        let asked = self.how_new(&event.place);
        if let Some(kind) = courier.channel(&event.place, asked).await.map_err(undecided)? {
            self.note_channel(&event.place, kind).await?;
        }
        Ok(event)
    }

    /// How new the platform's word about a channel has to be: of this moment, where a policy lets it decide.
    fn how_new(&self, place: &Place) -> Asked {
        let directory = self.parts.authority.directory();
        let bound = channel::bound(&directory, place);
        match bound.iter().any(|configuration| directory.tells_channel_types_apart(configuration)) {
            true => Asked::Now,
            false => Asked::OfLate,
        }
    }

    /// Looks at who can find a channel before a notification is shown there, where a policy lets that decide. Where the platform
    /// does not answer, its last word counts: what is kept back can be shown later, what is lost cannot.
    pub(crate) async fn look_at_channel(&self, place: &Place) -> Result<(), WorkError> {
        if self.how_new(place) == Asked::OfLate {
            return Ok(());
        }
        let courier = self.parts.couriers.iter().find(|courier| courier.platform() == place.platform);
        let Some(courier) = courier else { return Ok(()) };
        match courier.channel(place, Asked::Now).await {
            Ok(Some(kind)) => self.note_channel(place, kind).await,
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, channel = place.channel, "the platform does not say who can find a channel");
                Ok(())
            }
        }
    }

    /// Keeps what a platform says of who can find a channel, for the policies that look at it.
    async fn note_channel(&self, place: &Place, kind: ChannelKind) -> Result<(), WorkError> {
        let kind = match kind {
            ChannelKind::Public => ChannelType::Public,
            ChannelKind::Private => ChannelType::Private,
            ChannelKind::Direct => ChannelType::Direct,
        };
        let authority = &self.parts.authority;
        let directory = authority.directory();
        let stale = channel::bound(&directory, place).into_iter().filter(|known| known.channel_type != kind);
        let changed = stale.map(|known| ChannelConfigurationRecord { channel_type: kind, ..(*known).clone() });
        let changed: Vec<_> = changed.collect();
        if changed.is_empty() {
            return Ok(());
        }
        tracing::info!(channel = place.channel, kind = kind.as_str(), "the platform says what the channel is");
        let change = changed.into_iter().fold(DirectoryChange::new(), |change, record| change.put(record));
        let done = authority.commit_directory(directory.revision(), change, Change::new()).await;
        done.map(drop).map_err(|error| WorkError::Undecided(error.to_string()))
    }
}
