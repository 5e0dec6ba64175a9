//! Values for a question, from an operation that lists them: run as whoever is asked, decided and recorded like any call.

use std::sync::Arc;
use std::time::Duration;

use bailiwick_authority::audit::{self, End};
use bailiwick_authority::{Call, Outcome, uuid};
use bailiwick_aws::{Service, Value};
use bailiwick_chat::Event;
use bailiwick_client::InvokeError;
use bailiwick_command::lex::{Markup, lex};
use bailiwick_command::offer::offer;
use bailiwick_command::output::parsed_response;
use bailiwick_command::parse::{Options, Question};
use bailiwick_command::query::Expression;
use bailiwick_store::Change;
use serde_json::Value as Json;

use crate::Bot;
use crate::ask::CHOICES;
use crate::channel::Standing;

/// How long a question waits for its values; without them it is asked all the same.
const PATIENCE: Duration = Duration::from_secs(3);
/// The longest value that is offered, in characters.
const LONGEST: usize = 200;

/// The call that lists values, and where in its answer they are.
struct Listing {
    standing: Standing,
    service: Arc<Service>,
    call: Call,
    query: Expression,
}

/// The value of an option in a line of words.
fn option(line: &str, name: &str) -> Option<String> {
    let words = lex(line, Markup::Plain).ok()?.words;
    let at = words.iter().position(|word| !word.quoted && word.text == name)?;
    words.get(at + 1).map(|word| word.text.clone())
}

impl Bot {
    /// The values that a question may be answered with, where an operation lists them that whoever is asked may run.
    pub(crate) async fn offers(&self, event: &Event, question: &Question) -> Vec<String> {
        if question.secret || !question.choices.is_empty() {
            return question.choices.clone();
        }
        let Some(listing) = self.listing(event, question).await else { return Vec::new() };
        let answer = tokio::time::timeout(PATIENCE, self.list(&listing)).await.ok().flatten();
        let Some(found) = answer.and_then(|response| listing.query.search(&response).ok()) else { return Vec::new() };
        let items = match found {
            Json::Array(items) => items,
            one => vec![one],
        };
        let mut values: Vec<String> = Vec::new();
        for value in items.iter().filter_map(Json::as_str) {
            let fits =
                !value.is_empty() && value.chars().count() <= LONGEST && !values.iter().any(|known| known == value);
            if fits && values.len() < CHOICES {
                values.push(value.to_owned());
            }
        }
        values
    }

    /// The listing for a question, if whoever is asked may make it and it can be made.
    async fn listing(&self, event: &Event, question: &Question) -> Option<Listing> {
        let service = self.grammar.pack().service(&question.service).ok()?;
        let offer = offer(&service, service.operation(&question.operation)?, &question.member)?;
        let query = Expression::parse(&offer.query).ok()?;
        let setting = self.channel_setting(&event.place).await.ok()?;
        let partial = &question.partial;
        let options = Options {
            account: option(partial, "--account"),
            region: option(partial, "--region"),
            ..Options::default()
        };
        let standing = self.standing_with(&setting, event, &options).ok()?;
        let call = self.call_of(&standing, &question.service, &offer.operation, Value::empty());
        let reachable = self.serves(&call) || self.parts.client.target(call.account, &call.service).is_some();
        let may = || self.parts.authority.preview(&standing.caller, &standing.origin, &call).allowed;
        (reachable && may()).then_some(Listing { standing, service, call, query })
    }

    /// Makes the listing: its first page.
    async fn list(&self, listing: &Listing) -> Option<Json> {
        let (parts, call) = (&self.parts, &listing.call);
        let (caller, origin) = (&listing.standing.caller, &listing.standing.origin);
        let outcome = parts.authority.authorize(caller, origin, call.clone(), Change::new()).await.ok()?;
        let Outcome::Allowed(permit) = outcome else { return None };
        let output = if self.serves(call) {
            parts.services.invoke(permit, call.clone(), |_| Change::new()).await.ok()?
        } else {
            let sent = parts.client.invoke(permit, call.clone()).await.ok()?;
            let not_read = bailiwick_aws::Fault::receiver("NoAnswer", 503, "the values could not be listed");
            let end = match &sent.result {
                Ok(output) => End::Finished(output),
                Err(InvokeError::Fault(fault)) => End::Failed(fault),
                Err(_) => End::Failed(&not_read),
            };
            let id = uuid(parts.entropy.as_ref());
            let draft = audit::outcome(&parts.pack, &sent.attempt, &id, parts.clock.now(), end).ok()?;
            parts.store.commit(Change::new().audit(draft)).await.ok()?;
            sent.result.ok()?
        };
        let model = listing.service.operation(&call.operation)?;
        Some(parsed_response(&listing.service, model, &output))
    }
}
