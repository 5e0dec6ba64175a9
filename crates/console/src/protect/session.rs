//! Who is signed in: the cookie, and the extractor that pages take.

use crate::pages::Problem;
use crate::{Console, Fault, Session, SessionToken, SignedIn};
use axum::extract::FromRequestParts;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

const COOKIE_NAME: &str = "bailiwick_session";

/// A page that takes this is shown to people who are signed in only.
pub(crate) struct Current {
    pub(crate) session: Session,
    pub(crate) token: SessionToken,
}

impl FromRequestParts<Console> for Current {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Problem> {
        let token = token(&parts.headers).ok_or(Fault::NotSignedIn)?;
        let session = console.entrance.session(&token).await?.ok_or(Fault::NotSignedIn)?;
        Ok(Current { session, token })
    }
}

/// The session token of a request, if it carries exactly one.
fn token(headers: &HeaderMap) -> Option<SessionToken> {
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE_NAME);
    let (_, value) = found.next()?;
    // Two cookies of one name mean that somebody planted one: trust neither.
    if found.next().is_some() { None } else { SessionToken::parse(value) }
}

/// The cookie that begins a session.
pub(crate) fn begin(signed_in: &SignedIn, tls: bool) -> Option<HeaderValue> {
    cookie(signed_in.token.expose(), signed_in.lasts.as_secs(), tls)
}

/// The cookie that ends a session.
pub(crate) fn end(tls: bool) -> Option<HeaderValue> {
    cookie("", 0, tls)
}

fn cookie(value: &str, seconds: u64, tls: bool) -> Option<HeaderValue> {
    let secure = if tls { "; Secure" } else { "" };
    let text = format!("{COOKIE_NAME}={value}; Path=/console; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_str(line).unwrap())).collect()
    }

    #[test]
    fn one_session_cookie_among_others_is_found() {
        let found = |lines: &[&str]| token(&headers(lines)).map(|token| token.expose().to_owned());
        assert_eq!(found(&["a=b; bailiwick_session=t-1"]).as_deref(), Some("t-1"));
        assert_eq!(found(&["bailiwick_session=t-1", "bailiwick_session=t-2"]), None);
        assert_eq!(found(&["bailiwick_session=t-1; bailiwick_session=t-2"]), None);
        assert_eq!(found(&["bailiwick_session="]), None);
        assert_eq!(found(&["xbailiwick_session=t"]), None);
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let signed_in = SignedIn { token: SessionToken::parse("t-1").unwrap(), lasts: Duration::from_secs(60) };
        let text = begin(&signed_in, true).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text, "bailiwick_session=t-1; Path=/console; Max-Age=60; HttpOnly; SameSite=Strict; Secure");
        assert!(!begin(&signed_in, false).unwrap().to_str().unwrap().contains("Secure"));
        assert!(!format!("{signed_in:?}").contains("t-1"));
    }
}
