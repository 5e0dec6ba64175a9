//! The use cases of the pages, over the instance. Each authorizes its own call: what changes something is decided and
//! recorded like any API call, by the person who is signed in.

mod entrance;
mod identities;
mod manage;
mod reading;
mod records;
mod rooms;

pub(crate) use identities::{Platforms, redirect_uri};

use std::sync::Arc;

use bailiwick_authority::{Authority, Call, Caller, Clock, Entropy, Origin, Outcome, uuid};
use bailiwick_aws::Value;
use bailiwick_aws::pack::Pack;
use bailiwick_bot::Bot;
use bailiwick_console::{Fault, Person, Settings, UseCases, Who};
use bailiwick_ident::{AccountId, Partition, Region};
use bailiwick_services::sign_in::{SignedIn, Whom};
use bailiwick_services::{Answer, InvokeError, Services, Wake};
use bailiwick_store::vault::Vault;
use bailiwick_store::{AuditPublicKey, Change, Store};
use tokio_util::sync::CancellationToken;

/// Everything the pages' use cases need.
#[derive(Clone)]
pub(crate) struct Pages {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) audit_key: AuditPublicKey,
    pub(crate) authority: Arc<Authority>,
    pub(crate) services: Arc<Services>,
    pub(crate) bot: Arc<Bot>,
    pub(crate) pack: Arc<Pack>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) wake: Arc<Wake>,
    pub(crate) partition: Partition,
    pub(crate) stop: CancellationToken,
    pub(crate) platforms: Arc<Platforms>,
}

impl Pages {
    /// The pages' router.
    pub(crate) fn router(self) -> bailiwick_server::Router {
        let pages = Arc::new(self);
        let (entrance, rooms, records, sheets) = (pages.clone(), pages.clone(), pages.clone(), pages.clone());
        let use_cases = UseCases { entrance, rooms, records, sheets, identities: pages };
        bailiwick_console::router(use_cases, Settings { tls: false })
    }

    fn internal(&self, cause: &dyn std::fmt::Display) -> Fault {
        let request_id = uuid(self.entropy.as_ref());
        tracing::error!(%cause, request_id, "a page cannot be served");
        Fault::Internal { request_id }
    }

    /// The session that a person is in, as the services know it.
    fn signed_in(&self, person: &Person) -> Result<SignedIn, Fault> {
        Ok(SignedIn {
            account: AccountId::parse(&person.account).map_err(|_| Fault::NotSignedIn)?,
            whom: match &person.who {
                Who::Person(id) => Whom::Person(id.clone()),
                Who::User(id) => Whom::User(id.clone()),
            },
            began_at: person.began,
            expires_at: person.ends,
            mfa_at: person.second_factor,
        })
    }

    /// Who makes the calls of rooms: the person, or the IAM user that is none.
    fn in_rooms(&self, person: &Person) -> Result<Caller, Fault> {
        let signed_in = self.signed_in(person)?;
        let caller = signed_in.in_rooms(&self.authority.directory(), uuid(self.entropy.as_ref()));
        caller.ok_or(Fault::NotSignedIn)
    }

    /// Who makes the calls of an administrator: the IAM user, or the person who is none.
    fn as_user(&self, person: &Person) -> Result<(AccountId, Caller), Fault> {
        let signed_in = self.signed_in(person)?;
        let caller = signed_in.as_user(&self.authority.directory(), uuid(self.entropy.as_ref()));
        Ok((signed_in.account, caller.ok_or(Fault::NotSignedIn)?))
    }

    /// The id of the person of the chat, where whoever is signed in is one.
    fn person_id(&self, person: &Person) -> Option<String> {
        let signed_in = self.signed_in(person).ok()?;
        signed_in.person(&self.authority.directory()).map(|person| person.id.clone())
    }

    fn operation(&self, account: AccountId, operation: &str, input: Value) -> Call {
        Call {
            service: "bailiwick".to_owned(),
            operation: operation.to_owned(),
            account,
            region: Region::us_east_1(),
            partition: self.partition.clone(),
            input,
        }
    }

    /// Makes a call of our own service as a person.
    async fn call(&self, person: &Person, operation: &str, input: Value) -> Result<Value, Fault> {
        let call = self.operation(self.signed_in(person)?.account, operation, input);
        match self.services.call(&self.in_rooms(person)?, &Origin::Api, call).await {
            Ok(Answer::Output(output)) => Ok(output),
            Ok(Answer::Fault(fault)) => Err(from_fault(fault)),
            Ok(Answer::Denied(ruling)) => Err(Fault::Refused(ruling.sentence())),
            Err(error) => Err(self.internal(&error)),
        }
    }

    /// As [`Pages::call`], with something committed beside the outcome that depends on it.
    async fn call_with(
        &self,
        person: &Person,
        operation: &str,
        input: Value,
        also: impl Fn(&Value) -> Change + Send + Sync,
    ) -> Result<Option<Value>, Fault> {
        let caller = self.in_rooms(person)?;
        let call = self.operation(self.signed_in(person)?.account, operation, input);
        let outcome = self.authority.authorize(&caller, &Origin::Api, call.clone(), Change::new()).await;
        let permit = match outcome.map_err(|error| self.internal(&error))? {
            Outcome::Allowed(permit) => permit,
            Outcome::Denied(ruling) => return Err(Fault::Refused(ruling.sentence())),
        };
        let finish =
            |result: &Result<Value, bailiwick_aws::Fault>| result.as_ref().map_or_else(|_| Change::new(), &also);
        match self.services.invoke(permit, call, finish).await {
            Ok(output) => Ok(Some(output)),
            Err(InvokeError::Fault(fault)) => Err(from_fault(fault)),
            Err(InvokeError::Stale) => Ok(None),
            Err(error) => Err(self.internal(&error)),
        }
    }

    /// Whether a person may make a call, without a record: for what follows a call that was recorded.
    fn may(&self, person: &Person, operation: &str, input: Value) -> Result<(), Fault> {
        self.may_as(&self.in_rooms(person)?, self.signed_in(person)?.account, operation, input)
    }

    fn may_as(&self, caller: &Caller, account: AccountId, operation: &str, input: Value) -> Result<(), Fault> {
        let call = self.operation(account, operation, input);
        let ruling = self.authority.preview(caller, &Origin::Api, &call);
        if ruling.allowed { Ok(()) } else { Err(Fault::Refused(ruling.sentence())) }
    }
}

fn from_fault(fault: bailiwick_aws::Fault) -> Fault {
    match fault.status {
        404 => Fault::NotFound("room or message"),
        status if status < 500 => Fault::Invalid(fault.message),
        _ => Fault::Internal { request_id: "the newest error".to_owned() },
    }
}
