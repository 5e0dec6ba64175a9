//! A form counts only when it comes from one of our own pages, of the same session.

use crate::{Fault, Session};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

/// Checks where a form comes from and the token it carries.
pub(crate) fn check(headers: &HeaderMap, session: &Session, form_token: &str) -> Result<(), Fault> {
    if !same_origin(headers) || !equal(form_token.as_bytes(), session.form_token.as_bytes()) {
        return Err(Fault::Refused(
            "this form did not come from a page of yours; load the page again and repeat it".to_owned(),
        ));
    }
    Ok(())
}

/// Browsers say where a request comes from, in `Sec-Fetch-Site` or at least in `Origin`. A client that says neither is no
/// browser, and no other site can make it send our cookie; it still needs the token.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// Compares without telling by time how much was right. An empty token is equal to nothing.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let different = a.iter().zip(b).fold(0_u8, |difference, (x, y)| difference | (x ^ y));
    !a.is_empty() && a.len() == b.len() && different == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Person, Who};
    use axum::http::{HeaderName, HeaderValue};
    use bailiwick_ident::Timestamp;

    fn session(form_token: &str) -> Session {
        let person = Person {
            account: "444455556666".into(),
            who: Who::Person("p".into()),
            name: "Lee".into(),
            began: Timestamp::default(),
            ends: Timestamp::default(),
            second_factor: None,
        };
        Session { person, form_token: form_token.into() }
    }

    fn check_with(pairs: &[(&'static str, &'static str)], token: &str) -> bool {
        let headers: HeaderMap =
            pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        check(&headers, &session("secret"), token).is_ok()
    }

    #[test]
    fn a_form_of_our_own_page_passes_and_every_other_does_not() {
        assert!(check_with(&[("sec-fetch-site", "same-origin")], "secret"));
        assert!(check_with(&[("origin", "http://127.0.0.1:7878"), ("host", "127.0.0.1:7878")], "secret"));
        assert!(check_with(&[], "secret"));
        for (pairs, token) in [
            (&[("sec-fetch-site", "cross-site")] as &[_], "secret"),
            (&[("sec-fetch-site", "same-site")], "secret"),
            (&[("sec-fetch-site", "none")], "secret"),
            (&[("origin", "http://evil.example"), ("host", "127.0.0.1:7878")], "secret"),
            (&[("origin", "null"), ("host", "127.0.0.1:7878")], "secret"),
            (&[("origin", "http://127.0.0.1:7878")], "secret"),
            (&[("sec-fetch-site", "same-origin")], "secre"),
            (&[("sec-fetch-site", "same-origin")], "secreT"),
            (&[("sec-fetch-site", "same-origin")], ""),
        ] {
            assert!(!check_with(pairs, token), "{pairs:?} {token}");
        }
    }

    #[test]
    fn an_empty_token_never_passes() {
        assert!(check(&HeaderMap::new(), &session(""), "").is_err());
    }
}
