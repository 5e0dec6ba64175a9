//! Requests to the Bot Connector, and what its answers mean.
//!
//! Sources: Microsoft's Bot Framework REST documentation, "Send and receive messages" and "API reference"; Microsoft's Teams
//! documentation, "Optimize your bot with rate limiting in Teams" (which answers are worth another try).

use super::activity::App;
use super::activity::inbound::{GUEST, OTHER_TENANT, UNNAMED};
use super::service_url::ServiceUrl;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::Write as _;
use std::time::Duration;

/// The longest wait that an answer can ask for.
const MAX_WAIT: Duration = Duration::from_secs(3600);
/// The largest answer that is read, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

/// A token for requests to the Bot Connector. Its text is a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    secret: String,
    /// How long it holds.
    pub holds: Duration,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("holds", &self.holds).finish_non_exhaustive()
    }
}

/// A request that cannot be made: an address or a header that is none.
#[derive(Debug, thiserror::Error)]
#[error("the request to Teams cannot be made: {0}")]
pub struct RequestError(#[from] http::Error);

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done; the id of the message, where there is one.
    Done(Option<String>),
    /// Not now: another try after that long, or after as long as the one who asks thinks right.
    Later(Option<Duration>, String),
    /// The token is not taken; another one may be.
    Token(String),
    /// It will never be taken.
    Never(String),
}

/// Asks for a token. A bot of one tenant asks there, others at the tenant all bots share.
///
/// # Errors
/// [`RequestError`].
pub fn token_request(app: &App, password: &str) -> Result<Request<Vec<u8>>, RequestError> {
    let tenant = app.tenant.as_deref().unwrap_or(app.cloud.shared_tenant);
    let address = format!("{}/{}/oauth2/v2.0/token", app.login.trim_end_matches('/'), encoded(tenant));
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app.id.as_str()),
        ("client_secret", password),
        ("scope", app.cloud.scope),
    ];
    let form: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let request = Request::post(address).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    Ok(request.body(form.join("&").into_bytes())?)
}

/// Reads the answer to [`token_request`].
///
/// # Errors
/// An [`Answer`] that is not [`Answer::Done`]. A password that is wrong is [`Answer::Never`].
pub fn read_token(status: u16, retry_after: Option<&str>, body: &[u8]) -> Result<AccessToken, Answer> {
    #[derive(Deserialize)]
    struct Token {
        access_token: String,
        expires_in: u64,
    }
    if status == 200 {
        let token: Option<Token> = bounded(body).and_then(|body| serde_json::from_slice(body).ok());
        let token = token.filter(|token| !token.access_token.is_empty());
        let token = token.ok_or_else(|| Answer::Later(None, "the answer holds no token".to_owned()))?;
        return Ok(AccessToken {
            secret: token.access_token,
            holds: Duration::from_secs(token.expires_in.min(86_400)),
        });
    }
    match read(status, retry_after, body) {
        Answer::Token(why) | Answer::Never(why) => Err(Answer::Never(format!("no token is given: {why}"))),
        other => Err(other),
    }
}

/// Posts an activity to a conversation; a thread is part of the conversation's id.
///
/// # Errors
/// [`RequestError`].
pub fn post(
    at: &ServiceUrl,
    conversation: &str,
    activity: &Value,
    token: &AccessToken,
) -> Result<Request<Vec<u8>>, RequestError> {
    let address = format!("{}v3/conversations/{}/activities", at.as_str(), encoded(conversation));
    request(Request::post(address), Some(activity), token)
}

/// Puts an activity in the place of one that was posted.
///
/// # Errors
/// [`RequestError`].
pub fn update(
    at: &ServiceUrl,
    conversation: &str,
    id: &str,
    activity: &Value,
    token: &AccessToken,
) -> Result<Request<Vec<u8>>, RequestError> {
    let address = format!("{}v3/conversations/{}/activities/{}", at.as_str(), encoded(conversation), encoded(id));
    request(Request::put(address), Some(activity), token)
}

/// Asks what a team is called in the directory.
///
/// # Errors
/// [`RequestError`].
pub fn team(at: &ServiceUrl, team: &str, token: &AccessToken) -> Result<Request<Vec<u8>>, RequestError> {
    request(Request::get(format!("{}v3/teams/{}", at.as_str(), encoded(team))), None, token)
}

/// The team's id in the directory, from the body of the answer to [`team`].
pub fn read_team(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Team {
        aad_group_id: String,
    }
    let team: Team = serde_json::from_slice(bounded(body)?).ok()?;
    (!team.aad_group_id.is_empty()).then(|| team.aad_group_id.to_ascii_lowercase())
}

/// A member of a conversation, as its roster says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The id in the directory of the conversation's tenant.
    #[serde(rename = "aadObjectId", alias = "objectId")]
    pub directory_id: String,
    /// The member's own tenant.
    #[serde(rename = "tenantId")]
    pub tenant: String,
    /// `user`, `guest` or `anonymous`.
    #[serde(rename = "userRole")]
    pub role: String,
}

impl Member {
    /// Why somebody of a tenant, by their id in its directory, is not vouched for by this word of the roster, in words that follow
    /// a name. `None` where they are.
    pub fn doubt(&self, tenant: &str, directory_id: &str) -> Option<&'static str> {
        match () {
            () if !self.tenant.eq_ignore_ascii_case(tenant) => Some(OTHER_TENANT),
            () if self.role != "user" => Some(GUEST),
            () if !self.directory_id.eq_ignore_ascii_case(directory_id) => Some(UNNAMED),
            () => None,
        }
    }
}

/// Why somebody is not vouched for whom the roster does not know, in words that follow a name.
pub const NOT_IN_ROSTER: &str = "is not in this conversation's roster";

/// Asks the roster of a conversation for one member.
///
/// # Errors
/// [`RequestError`].
pub fn member(
    at: &ServiceUrl,
    conversation: &str,
    user: &str,
    token: &AccessToken,
) -> Result<Request<Vec<u8>>, RequestError> {
    let address = format!("{}v3/conversations/{}/members/{}", at.as_str(), encoded(conversation), encoded(user));
    request(Request::get(address), None, token)
}

/// The member of the answer to [`member`].
pub fn read_member(body: &[u8]) -> Option<Member> {
    serde_json::from_slice(bounded(body)?).ok()
}

/// What an answer means. `retry_after` is the header of that name.
pub fn read(status: u16, retry_after: Option<&str>, body: &[u8]) -> Answer {
    let wait = || retry_after.and_then(|text| text.trim().parse().ok()).map(|s| Duration::from_secs(s).min(MAX_WAIT));
    let said = || {
        let words = error_code(body).map(|code| format!(": {code}")).unwrap_or_default();
        format!("Teams answered with status {status}{words}")
    };
    match status {
        200..=299 => Answer::Done(message_id(body)),
        401 | 403 => Answer::Token(said()),
        408 | 412 | 429 | 500 | 502 | 503 | 504 => Answer::Later(wait(), said()),
        _ => Answer::Never(said()),
    }
}

fn request(
    builder: http::request::Builder,
    body: Option<&Value>,
    token: &AccessToken,
) -> Result<Request<Vec<u8>>, RequestError> {
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret)).map_err(http::Error::from)?;
    bearer.set_sensitive(true);
    let builder = builder.header(AUTHORIZATION, bearer);
    Ok(match body {
        Some(body) => {
            builder.header(CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_string().into_bytes())?
        }
        None => builder.body(Vec::new())?,
    })
}

fn bounded(body: &[u8]) -> Option<&[u8]> {
    (body.len() <= MAX_ANSWER).then_some(body)
}

fn message_id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Posted {
        id: String,
    }
    let posted: Posted = serde_json::from_slice(bounded(body)?).ok()?;
    (!posted.id.is_empty() && posted.id.len() <= crate::limits::ID_BYTES).then_some(posted.id)
}

/// `BotNotInConversationRoster` of `{"error": {"code": ..., "message": ...}}`, or of the login's `{"error": ...}`.
fn error_code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(bounded(body)?).ok()?;
    let error = body.get("error")?;
    let code = error.as_str().or_else(|| error.get("code")?.as_str())?;
    Some(code.chars().filter(char::is_ascii_alphanumeric).take(64).collect())
}

/// Percent-encoded: everything but letters, digits and `-._~`.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            // Writing to a string does not fail.
            byte => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::cloud::PUBLIC;
    use super::super::service_url::ServiceUrls;
    use super::*;
    use serde_json::json;

    fn app(tenant: Option<&str>) -> App {
        App::new("app-1", PUBLIC, tenant.map(str::to_owned), ServiceUrls::new(PUBLIC, &[]))
    }

    fn token() -> AccessToken {
        read_token(200, None, br#"{"token_type":"Bearer","expires_in":3599,"access_token":"secret-token"}"#).unwrap()
    }

    #[test]
    fn a_token_is_asked_for_where_the_bot_lives() {
        let request = token_request(&app(None), "p&w=1 ü").unwrap();
        assert_eq!(request.uri(), "https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token");
        assert_eq!(
            String::from_utf8_lossy(request.body()),
            "grant_type=client_credentials&client_id=app-1&client_secret=p%26w%3D1%20%C3%BC&scope=https%3A%2F%2Fapi.botframework.com%2F.default"
        );
        let single = token_request(&app(Some("72f988bf")), "p").unwrap();
        assert_eq!(single.uri(), "https://login.microsoftonline.com/72f988bf/oauth2/v2.0/token");
    }

    #[test]
    fn a_token_is_never_shown() {
        assert_eq!(format!("{:?}", token()), "AccessToken { holds: 3599s, .. }");
        let wrong = read_token(401, None, br#"{"error":"invalid_client","error_description":"AADSTS7000215 secret"}"#);
        let words = "no token is given: Teams answered with status 401: invalidclient";
        assert_eq!(wrong, Err(Answer::Never(words.to_owned())));
        assert!(matches!(read_token(200, None, b"{}"), Err(Answer::Later(None, _))));
        assert!(matches!(read_token(503, Some("7"), b""), Err(Answer::Later(Some(wait), _)) if wait.as_secs() == 7));
    }

    #[test]
    fn a_message_goes_to_its_conversation() {
        let urls = ServiceUrls::new(PUBLIC, &[]);
        let at = urls.read("https://smba.trafficmanager.net/amer").unwrap();
        let made = post(&at, "19:a@thread.tacv2;messageid=1", &json!({"type": "message"}), &token()).unwrap();
        let path =
            "https://smba.trafficmanager.net/amer/v3/conversations/19%3Aa%40thread.tacv2%3Bmessageid%3D1/activities";
        assert_eq!((made.method().as_str(), made.uri().to_string().as_str()), ("POST", path));
        assert_eq!(made.headers()["authorization"], "Bearer secret-token");
        assert!(!format!("{made:?}").contains("secret-token"));
        let changed = update(&at, "19:a@thread.tacv2", "1:/../x", &json!({}), &token()).unwrap();
        assert_eq!(changed.method(), "PUT");
        assert!(changed.uri().path().ends_with("/activities/1%3A%2F..%2Fx"));
        assert_eq!(team(&at, "19:t", &token()).unwrap().uri().path(), "/amer/v3/teams/19%3At");
        assert_eq!(
            member(&at, "19:a", "29:u", &token()).unwrap().uri().path(),
            "/amer/v3/conversations/19%3Aa/members/29%3Au"
        );
        let found =
            read_member(br#"{"id":"29:u","aadObjectId":"A","tenantId":"t","userRole":"guest","email":"x"}"#).unwrap();
        assert_eq!((found.directory_id.as_str(), found.role.as_str()), ("A", "guest"));
        assert_eq!(read_team(br#"{"id":"19:t","name":"Ops","aadGroupId":"ABC"}"#).as_deref(), Some("abc"));
    }

    #[test]
    fn an_answer_says_whether_to_try_again() {
        assert_eq!(read(201, None, br#"{"id":"1763794801111"}"#), Answer::Done(Some("1763794801111".into())));
        assert_eq!(read(200, None, b""), Answer::Done(None));
        assert!(matches!(read(429, Some("30"), b"{}"), Answer::Later(Some(wait), _) if wait.as_secs() == 30));
        assert!(matches!(read(429, Some("999999"), b"{}"), Answer::Later(Some(wait), _) if wait == MAX_WAIT));
        for status in [412, 429, 500, 502, 503, 504] {
            assert!(matches!(read(status, None, b""), Answer::Later(None, _)), "{status}");
        }
        assert!(matches!(read(401, None, b""), Answer::Token(_)));
        for status in [400, 404, 409, 413, 415, 301] {
            assert!(matches!(read(status, None, b""), Answer::Never(_)), "{status}");
        }
        let gone = read(404, None, br#"{"error":{"code":"ConversationNotFound","message":"<secret>"}}"#);
        assert_eq!(gone, Answer::Never("Teams answered with status 404: ConversationNotFound".into()));
    }
}
