//! Notifications to webhooks of Amazon Chime's form.

use std::sync::Arc;

use bailiwick_authority::Authority;
use bailiwick_chat::chime::{self, Answer, INTERVAL};
use bailiwick_chat::{Act, Platform};
use bailiwick_store::vault::{Purpose, Vault};
use http::header::{CONTENT_TYPE, RETRY_AFTER};

use crate::Transport;
use crate::post::{Courier, Letter, NotPosted, Pace, Posting};

/// Posts to the webhooks of configurations. The place of such a post is the configuration's ARN, as a room's is its id.
pub struct ChimeWebhooks {
    authority: Arc<Authority>,
    vault: Arc<Vault>,
    transport: Transport,
    listed: Vec<String>,
}

impl ChimeWebhooks {
    /// A courier that reaches what is `listed`: whole addresses and everything below them.
    pub fn new(authority: Arc<Authority>, vault: Arc<Vault>, transport: Transport, listed: &[String]) -> Self {
        let slashed = |url: &String| if url.ends_with('/') { url.clone() } else { format!("{url}/") };
        ChimeWebhooks { authority, vault, transport, listed: listed.iter().map(slashed).collect() }
    }

    /// The address of a configuration's webhook, a secret.
    fn address(&self, arn: &str) -> Result<String, NotPosted> {
        let directory = self.authority.directory();
        let gone = || NotPosted::Never("the configuration is gone".to_owned());
        let configuration = directory.channel_configuration(arn).ok_or_else(gone)?;
        let sealed = configuration.sealed_webhook_url.as_deref().ok_or_else(gone)?;
        let opened = self.vault.open_for(Purpose::EndpointCredential, arn, sealed);
        let opened = opened.map_err(|error| NotPosted::Later(format!("the address cannot be opened: {error}")))?;
        let address = String::from_utf8(opened.to_vec());
        let address = address.map_err(|_| NotPosted::Never("the address is not text".to_owned()))?;
        if !chime::may_reach(&address, &self.listed) {
            let words = "the webhook's address is not listed; add what it begins with to `webhook_urls` in [chime]";
            return Err(NotPosted::Later(words.to_owned()));
        }
        Ok(address)
    }

    async fn deliver(&self, letter: Letter<'_>) -> Result<String, NotPosted> {
        let post = letter.post;
        // A webhook takes nothing back: what was said stays, and what became of it is a message of its own.
        if matches!(post.act, Act::Edit) {
            return Ok(post.message.clone());
        }
        let request = http::Request::post(self.address(&post.place.channel)?);
        let request = request.header(CONTENT_TYPE, "application/json").body(chime::payload(&post.card));
        // The error would quote the address.
        let request = request.map_err(|_| NotPosted::Never("the address cannot be asked".to_owned()))?;
        let response = self.transport.send(request).await.map_err(|error| match error.not_sent() {
            true => NotPosted::Later(error.to_string()),
            false => NotPosted::Unknown(error.to_string()),
        })?;
        let wait = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        match chime::read_answer(response.status().as_u16(), wait) {
            Answer::Shown => Ok(post.message.clone()),
            Answer::Limited(after) => Err(NotPosted::Limited { after }),
            Answer::Later(why) => Err(NotPosted::Later(why)),
            Answer::Never(why) => Err(NotPosted::Never(why)),
        }
    }
}

impl Courier for ChimeWebhooks {
    fn platform(&self) -> Platform {
        Platform::Room
    }

    fn pace(&self) -> Pace {
        Pace { interval: INTERVAL, burst: 1 }
    }

    fn send<'a>(&'a self, letter: Letter<'a>) -> Posting<'a, Result<String, NotPosted>> {
        Box::pin(self.deliver(letter))
    }

    /// A webhook shows nothing.
    fn find<'a>(&'a self, _: Letter<'a>) -> Posting<'a, Result<Option<String>, NotPosted>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
