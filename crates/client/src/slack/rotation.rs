//! The bot's tokens: where they end, the next one is had before that, and kept before it is used.
//! Source: Slack's documentation, "Using token rotation": a token holds for twelve hours, and the exchange uses its refresh
//! token up.

use std::collections::HashMap;

use bailiwick_authority::record::WorkspaceRecord;
use bailiwick_authority::{CommitError, DirectoryChange, Platform};
use bailiwick_chat::slack::request;
use bailiwick_chat::slack::response::{ApiError, bot_token};
use bailiwick_ident::Timestamp;
use bailiwick_store::Change;
use bailiwick_store::vault::Purpose;
use zeroize::Zeroizing;

use super::{Slack, SlackCallError};

/// Slack's word for a token that has ended.
pub(super) const EXPIRED: &str = "token_expired";
/// How long before its end a token is exchanged, in seconds: an exchange that fails can be tried again for as long.
const EARLY_SECONDS: i64 = 2 * 60 * 60;
/// How long after an exchange that failed the next one is tried, in seconds.
const PAUSE_SECONDS: i64 = 60;
/// How often the new pair is kept again where the directory changed meanwhile.
const ATTEMPTS: usize = 16;

/// What an app exchanges tokens with.
pub(super) struct Rotation {
    client_id: String,
    client_secret: Zeroizing<String>,
    /// One exchange at a time; and when a workspace may be tried again whose exchange failed.
    one: tokio::sync::Mutex<HashMap<String, Timestamp>>,
}

impl Rotation {
    pub(super) fn new(client_id: &str, client_secret: &str) -> Self {
        let client_secret = Zeroizing::new(client_secret.to_owned());
        Rotation { client_id: client_id.to_owned(), client_secret, one: tokio::sync::Mutex::default() }
    }
}

fn owner(record: &WorkspaceRecord) -> String {
    format!("{}/{}", record.account, WorkspaceRecord::record_id(record.platform, &record.id))
}

impl Slack {
    fn open(&self, record: &WorkspaceRecord, sealed: Option<&str>) -> Option<Zeroizing<String>> {
        let bytes = self.vault.open_for(Purpose::ChatCredential, &owner(record), sealed?).ok()?;
        Some(Zeroizing::new(std::str::from_utf8(&bytes).ok()?.to_owned()))
    }

    /// The workspace with the bot's token, of whichever account authorized it with one.
    fn workspace(&self, workspace: &str) -> Result<(WorkspaceRecord, Zeroizing<String>), SlackCallError> {
        let directory = self.authority.directory();
        let mut records = directory.accounts().filter_map(|account| account.workspace(Platform::Slack, workspace));
        let found =
            records.find_map(|record| Some((record.clone(), self.open(record, record.sealed_bot_token.as_deref())?)));
        found.ok_or_else(|| SlackCallError::NoToken(workspace.to_owned()))
    }

    /// The bot's token in a workspace, exchanged where it is about to end. `ended`: a token that Slack does not take any more,
    /// whatever its time says.
    pub(super) async fn current(
        &self,
        workspace: &str,
        ended: Option<&str>,
    ) -> Result<Zeroizing<String>, SlackCallError> {
        let (record, token) = self.workspace(workspace)?;
        let Some(rotation) = self.rotation.as_ref().filter(|_| record.sealed_refresh_token.is_some()) else {
            return Ok(token);
        };
        let due = |record: &WorkspaceRecord| {
            let soon = self.clock.now().plus_seconds(EARLY_SECONDS);
            record.token_expires_at.is_some_and(|until| until <= soon)
        };
        let stale = |token: &str| ended.is_some_and(|ended| ended == token);
        if !stale(&token) && !due(&record) {
            return Ok(token);
        }
        let mut failed = rotation.one.lock().await;
        // Somebody else may have exchanged it meanwhile.
        let (record, now_held) = self.workspace(workspace)?;
        if *now_held != *token || !(stale(&now_held) || due(&record)) {
            return Ok(now_held);
        }
        let now = self.clock.now();
        let holds = !stale(&token) && record.token_expires_at.is_some_and(|until| now < until);
        if holds && failed.get(workspace).is_some_and(|until| now < *until) {
            return Ok(token);
        }
        match self.exchange(rotation, &record).await {
            Ok(next) => {
                failed.remove(workspace);
                tracing::info!(workspace, "the bot's token was exchanged for the next one");
                Ok(next)
            }
            Err(error) => {
                failed.insert(workspace.to_owned(), now.plus_seconds(PAUSE_SECONDS));
                tracing::error!(%error, workspace, "the bot's token could not be exchanged; if that stays so, install the app again");
                if holds { Ok(token) } else { Err(error) }
            }
        }
    }

    /// Exchanges the refresh token of a workspace, and keeps the new pair; the new token is used only once it is kept.
    async fn exchange(
        &self,
        rotation: &Rotation,
        record: &WorkspaceRecord,
    ) -> Result<Zeroizing<String>, SlackCallError> {
        let refresh = self
            .open(record, record.sealed_refresh_token.as_deref())
            .ok_or_else(|| SlackCallError::NoToken(record.id.clone()))?;
        let asked = request::refresh(&rotation.client_id, &rotation.client_secret, &refresh);
        let answer = self.call(None, &asked).await?;
        let given = bot_token(&answer).and_then(|(token, next)| Some((Zeroizing::new(token), next?)));
        let (token, next) =
            given.ok_or_else(|| ApiError::Broken("the answer holds no token and its successor".to_owned()))?;
        let seal = |secret: &str| {
            let sealed = self.vault.seal_for(Purpose::ChatCredential, &owner(record), secret.as_bytes());
            sealed.map_err(|error| SlackCallError::NotKept(error.to_string()))
        };
        let (sealed_token, sealed_refresh) = (seal(&token)?, seal(&next.refresh_token)?);
        for _ in 0..ATTEMPTS {
            let directory = self.authority.directory();
            let account = directory.account(record.account);
            let known = account.and_then(|account| account.workspace(record.platform, &record.id));
            let known = known.ok_or_else(|| SlackCallError::NoToken(record.id.clone()))?;
            let changed = WorkspaceRecord {
                sealed_bot_token: Some(sealed_token.clone()),
                sealed_refresh_token: Some(sealed_refresh.clone()),
                token_expires_at: Some(self.clock.now().plus_seconds(next.seconds)),
                ..known.clone()
            };
            let change = DirectoryChange::new().put(changed);
            match self.authority.commit_directory(directory.revision(), change, Change::new()).await {
                Ok(_) => return Ok(token),
                Err(CommitError::Stale { .. }) => {}
                Err(error) => return Err(SlackCallError::NotKept(error.to_string())),
            }
        }
        Err(SlackCallError::NotKept("the directory changes faster than it can be kept".to_owned()))
    }
}
