//! What may follow in a command that somebody is typing in a channel.

use bailiwick_chat::Place;
use bailiwick_command::complete::{Candidate, Known, complete};
use bailiwick_store::StoreError;

use crate::{Bot, channel};

impl Bot {
    /// Words that may stand in the place of the last one of a command being typed in a channel, best first. `words` is what
    /// follows the mention.
    ///
    /// # Errors
    /// The store's, where the channel's aliases cannot be read.
    pub async fn complete(&self, place: &Place, words: &str) -> Result<Vec<Candidate>, StoreError> {
        let directory = self.parts.authority.directory();
        let bound = channel::bound(&directory, place);
        let name =
            |account| directory.account(account).map(|account| account.record().name.clone()).unwrap_or_default();
        let accounts: Vec<(String, String)> =
            bound.iter().map(|bound| (bound.account.to_string(), name(bound.account))).collect();
        let regions = bound.first().map(|first| self.parts.authority.regions().of(&directory, first.account));
        let regions: Vec<String> = regions.into_iter().flatten().map(|(region, _)| region.to_string()).collect();
        let aliases = self.alias_names(place).await?;
        let known = Known { aliases: &aliases, accounts: &accounts, regions: &regions };
        Ok(complete(&self.grammar, words, &known))
    }
}
