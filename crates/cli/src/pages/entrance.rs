//! The entrance's use cases.

use std::time::Duration;

use bailiwick_authority::{secret_access_key, uuid};
use bailiwick_console::{
    Answer, Connection, Entrance, Fault, Offered, Person, Session, SessionToken, SignedIn, Step, Who,
};
use bailiwick_services::sign_in::{self, SignInError, Whom};
use bailiwick_store::vault::Purpose;

use super::Pages;

pub(super) fn connection(from: &Connection) -> sign_in::Connection {
    sign_in::Connection { source_ip: from.source_ip.clone(), user_agent: from.user_agent.clone() }
}

impl Pages {
    fn token(&self) -> String {
        format!("{}{}", secret_access_key(self.entropy.as_ref()), uuid(self.entropy.as_ref()))
    }

    fn entered(&self, token: &str, session: &sign_in::SignedIn) -> Result<SignedIn, Fault> {
        let lasts = session.expires_at.as_seconds().saturating_sub(session.began_at.as_seconds()).unsigned_abs();
        let token = SessionToken::parse(token).ok_or_else(|| self.internal(&"a session token has a wrong form"))?;
        Ok(SignedIn { token, lasts: Duration::from_secs(lasts) })
    }

    fn not_entered(&self, error: SignInError) -> Fault {
        match &error {
            SignInError::Busy | SignInError::TooMany { .. } => Fault::TooMany(error.to_string()),
            SignInError::Over => Fault::Gone("sign-in that was begun"),
            SignInError::Password(why) => Fault::Invalid(why.trim_end_matches('.').to_owned()),
            SignInError::Wrong => Fault::WrongSignIn(error.to_string()),
            SignInError::Internal(_) | SignInError::Store(_) => self.internal(&error),
        }
    }

    fn next(&self, token: &str, step: Result<sign_in::Step, SignInError>) -> Result<Step, Fault> {
        match step.map_err(|error| self.not_entered(error))? {
            sign_in::Step::Done(session) => self.entered(token, &session).map(Step::Done),
            sign_in::Step::Code(ticket) => Ok(Step::Code(ticket)),
            sign_in::Step::NewPassword(ticket) => Ok(Step::NewPassword(ticket)),
        }
    }
}

impl Entrance for Pages {
    fn by_link(&self, one_time_token: &str, from: &Connection) -> Answer<'_, SignedIn> {
        let (link, from, token) = (one_time_token.to_owned(), connection(from), self.token());
        Box::pin(async move {
            let redeemed = self.services.redeem_link(&link, &token, &from).await;
            let session = redeemed.map_err(|error| self.not_entered(error))?.ok_or(Fault::LinkUsed)?;
            self.entered(&token, &session)
        })
    }

    fn by_password(&self, offered: &Offered, from: &Connection) -> Answer<'_, Step> {
        let Offered { account, user, password } = offered.clone();
        let (from, token) = (connection(from), self.token());
        Box::pin(async move {
            let offered = sign_in::Offered { account, user, password };
            self.next(&token, self.services.sign_in(&offered, &token, &from).await)
        })
    }

    fn by_code(&self, ticket: &str, code: &str, from: &Connection) -> Answer<'_, Step> {
        let (ticket, code, from, token) = (ticket.to_owned(), code.to_owned(), connection(from), self.token());
        Box::pin(async move { self.next(&token, self.services.sign_in_code(&ticket, &code, &token, &from).await) })
    }

    fn by_new_password(&self, ticket: &str, old: &str, new: &str, from: &Connection) -> Answer<'_, Step> {
        let (ticket, from, token) = (ticket.to_owned(), connection(from), self.token());
        let (old, new) = (old.to_owned(), new.to_owned());
        Box::pin(async move {
            let changed = self.services.sign_in_password(&ticket, (&old, &new), &token, &from).await;
            self.next(&token, changed)
        })
    }

    fn step_up(&self, token: &SessionToken, code: &str, from: &Connection) -> Answer<'_, ()> {
        let (token, code, from) = (token.clone(), code.to_owned(), connection(from));
        Box::pin(async move {
            let stronger = self.services.step_up(token.expose(), &code, &from).await;
            stronger.map(|_| ()).map_err(|error| match error {
                SignInError::Wrong => Fault::WrongSignIn(
                    "this code is not right, was used before, or is of no device of yours; wait for the next one"
                        .to_owned(),
                ),
                error => self.not_entered(error),
            })
        })
    }

    fn session(&self, token: &SessionToken) -> Answer<'_, Option<Session>> {
        let token = token.clone();
        Box::pin(async move {
            let directory = self.authority.directory();
            let found = sign_in::session(self.store.as_ref(), &directory, token.expose(), self.clock.now()).await;
            let Some(session) = found.map_err(|error| self.internal(&error))? else { return Ok(None) };
            let name = match (session.person(&directory), session.user(&directory)) {
                (Some(person), _) => person.name.clone(),
                (None, Some(user)) => user.record.name.clone(),
                (None, None) => return Ok(None),
            };
            let person = Person {
                account: session.account.to_string(),
                who: match session.whom {
                    Whom::Person(id) => Who::Person(id),
                    Whom::User(id) => Who::User(id),
                },
                name,
                began: session.began_at,
                ends: session.expires_at,
                second_factor: session.mfa_at,
            };
            let form_token = self.vault.sign(Purpose::ConsoleSession, token.expose().as_bytes());
            Ok(Some(Session { person, form_token }))
        })
    }

    fn sign_out(&self, token: &SessionToken) -> Answer<'_, ()> {
        let token = token.clone();
        Box::pin(async move {
            sign_in::sign_out(self.store.as_ref(), token.expose()).await.map_err(|error| self.internal(&error))
        })
    }
}
