//! Signing in at Microsoft Entra ID: who somebody is in a tenant, by its own word. The bot's registration is the client; the
//! code is exchanged with its password and with the secret that only this sign-in knows (PKCE).
//! Sources: Microsoft's identity platform documentation, "OAuth 2.0 authorization code flow", "OpenID Connect" and "ID token
//! claims reference".

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Request;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::activity::App;
use super::connector::RequestError;

/// What is asked for: an id token with the person's id in the directory (`oid` is one of `profile`).
const SCOPE: &str = "openid profile";
/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// A sign-in that somebody is sent to.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// The tenant that is asked about, a UUID.
    pub tenant: &'a str,
    /// Where the browser is sent afterwards; one of the registration's redirect URIs.
    pub redirect_uri: &'a str,
    /// Comes back with the answer.
    pub state: &'a str,
    /// Comes back in the id token.
    pub nonce: &'a str,
    /// The secret of which the browser is told the digest only: 43 to 128 letters and digits.
    pub verifier: &'a str,
}

fn endpoint(app: &App, tenant: &str, path: &str) -> String {
    let tenant: String = tenant.chars().filter(|c| c.is_ascii_hexdigit() || *c == '-').collect();
    format!("{}/{tenant}/{path}", app.login.trim_end_matches('/'))
}

/// Who issues the id tokens of a tenant.
pub fn issuer(app: &App, tenant: &str) -> String {
    format!("{}/{}/v2.0", app.cloud.login, tenant.to_ascii_lowercase())
}

/// Where a tenant's keys are described.
pub fn metadata(app: &App, tenant: &str) -> String {
    endpoint(app, tenant, "v2.0/.well-known/openid-configuration")
}

impl SignIn<'_> {
    /// The address a browser is sent to.
    pub fn location(&self, app: &App) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.as_bytes()));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &app.id).append_pair("response_type", "code");
        query.append_pair("redirect_uri", self.redirect_uri).append_pair("response_mode", "query");
        query.append_pair("scope", SCOPE).append_pair("state", self.state).append_pair("nonce", self.nonce);
        query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
        query.append_pair("prompt", "select_account");
        format!("{}?{}", endpoint(app, self.tenant, "oauth2/v2.0/authorize"), query.finish())
    }

    /// Exchanges the code of the sign-in for its id token.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn exchange(&self, app: &App, password: &str, code: &str) -> Result<Request<Vec<u8>>, RequestError> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code").append_pair("client_id", &app.id);
        form.append_pair("client_secret", password).append_pair("code", code).append_pair("scope", SCOPE);
        form.append_pair("redirect_uri", self.redirect_uri).append_pair("code_verifier", self.verifier);
        let request = Request::post(endpoint(app, self.tenant, "oauth2/v2.0/token"));
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Ok(request.body(form.finish().into_bytes())?)
    }
}

/// The id token in the answer to [`SignIn::exchange`].
///
/// # Errors
/// What the answer says instead, for people.
pub fn id_token(status: u16, body: &[u8]) -> Result<String, String> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Answer {
        id_token: String,
        error: String,
    }
    let answer: Answer = match body.len() <= MAX_ANSWER {
        true => serde_json::from_slice(body).unwrap_or_default(),
        false => Answer::default(),
    };
    match (status, answer.id_token.is_empty()) {
        (200, false) => Ok(answer.id_token),
        (200, true) => Err("the answer holds no id token".to_owned()),
        _ if answer.error.is_empty() => Err(format!("status {status}")),
        _ => Err(answer.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect()),
    }
}

/// The person's id in the directory of a tenant, from the claims of an id token. `None` for somebody of another tenant.
pub fn member(claims: &Value, tenant: &str) -> Option<String> {
    let text = |name: &str| claims[name].as_str().filter(|text| !text.is_empty()).map(str::to_ascii_lowercase);
    text("tid").filter(|tid| tid.eq_ignore_ascii_case(tenant)).and_then(|_| text("oid"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teams::ServiceUrls;
    use crate::teams::cloud::PUBLIC;
    use serde_json::json;

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    fn app() -> App {
        App::new("app-1", PUBLIC, None, ServiceUrls::new(PUBLIC, &[]))
    }

    #[test]
    fn the_browser_knows_the_digest_and_the_exchange_the_secret() {
        // The pair of RFC 7636, appendix B.
        let asked = SignIn {
            tenant: TENANT,
            redirect_uri: "https://b.example.com/console/identity/teams",
            state: "s",
            nonce: "n",
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        };
        let location = asked.location(&app());
        let begins = format!("https://login.microsoftonline.com/{TENANT}/oauth2/v2.0/authorize?client_id=app-1&");
        assert!(location.starts_with(&begins), "{location}");
        assert!(location.contains("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&"), "{location}");
        assert!(!location.contains(asked.verifier));
        let sent = asked.exchange(&app(), "p&w", "c").unwrap();
        let body = String::from_utf8(sent.into_body()).unwrap();
        assert!(body.contains("client_secret=p%26w") && body.contains(&format!("code_verifier={}", asked.verifier)));
        assert_eq!(issuer(&app(), TENANT), format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
    }

    #[test]
    fn an_answer_holds_a_token_or_says_why_not() {
        assert_eq!(id_token(200, br#"{"id_token":"a.b.c"}"#).as_deref(), Ok("a.b.c"));
        assert!(id_token(200, b"{}").is_err());
        assert_eq!(id_token(400, br#"{"error":"invalid_grant","error_description":"x"}"#), Err("invalid_grant".into()));
        assert_eq!(id_token(502, b"<html>"), Err("status 502".into()));
    }

    #[test]
    fn a_member_is_one_of_the_tenant() {
        let claims = json!({"tid": TENANT.to_uppercase(), "oid": "AAAA"});
        assert_eq!(member(&claims, TENANT).as_deref(), Some("aaaa"));
        assert_eq!(member(&claims, "bbbbbbbb-0000-0000-0000-000000000000"), None);
        assert_eq!(member(&json!({"tid": TENANT}), TENANT), None);
    }
}
