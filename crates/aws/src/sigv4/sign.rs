use bailiwick_ident::Timestamp;
use http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};

use super::canonical::{hex, scope, sha256_hex, string_to_sign};
use super::{ALGORITHM, Secret, SigV4Error, UNSIGNED_PAYLOAD, signs_raw_path};
use crate::http::{Request, RequestHead, percent_encode};

/// The longest a presigned request may be good for: seven days, in seconds.
pub const MAX_PRESIGN_SECONDS: i64 = 7 * 24 * 3600;

/// Headers that proxies and HTTP libraries change, so no client signs them.
const NEVER_SIGNED: &[&str] =
    &["authorization", "connection", "content-length", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"];

/// Whom a request is signed for.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id, which is no secret.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a Secret>,
}

/// Where a signature is good: the Region and the service's signing name.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The Region, such as `us-east-1`.
    pub region: &'a str,
    /// The signing name, such as `sns`.
    pub service: &'a str,
}

/// Signs a request in its `Authorization` header. Adds `host`, `x-amz-date`, `x-amz-security-token` and, for S3,
/// `x-amz-content-sha256`; a digest or `UNSIGNED-PAYLOAD` that is already there is kept.
///
/// # Errors
/// [`SigV4Error::Unsupported`] when the request has no host or a credential cannot be written as a header.
pub fn sign(
    request: &mut Request,
    credentials: Credentials<'_>,
    at: Scope<'_>,
    now: Timestamp,
) -> Result<(), SigV4Error> {
    let amz_date = now.to_amz_date();
    set_host(request)?;
    request.headers_mut().remove(AUTHORIZATION);
    set(request, "x-amz-date", &amz_date, false)?;
    match credentials.session_token {
        Some(token) => set(request, "x-amz-security-token", token.expose(), true)?,
        None => {
            request.headers_mut().remove("x-amz-security-token");
        }
    }
    let given = crate::http::header(request.headers(), "x-amz-content-sha256").map(str::to_owned);
    let payload_hash = match given {
        Some(hash) => hash,
        None => {
            let hash = sha256_hex(request.body());
            if signs_raw_path(at.service) {
                set(request, "x-amz-content-sha256", &hash, false)?;
            }
            hash
        }
    };
    let names = names_to_sign(request);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let date = amz_date.get(..8).unwrap_or_default();
    let scope = scope(date, at.region, at.service);
    let head = RequestHead::from(&*request);
    let text = string_to_sign(head, at.service, &names, &payload_hash, None, &amz_date, &scope)
        .ok_or_else(|| unsupported("the request has no host"))?;
    let signature = hex(&credentials.secret_access_key.signing_key(date, at.region, at.service).mac(&text));
    let value = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        names.join(";")
    );
    set(request, "authorization", &value, true)
}

/// Signs a request in its query string, good for `expires_seconds` from `now`. The headers that are there are signed.
///
/// # Errors
/// [`SigV4Error::Unsupported`] when the request has no host, the time is not 1..=[`MAX_PRESIGN_SECONDS`], or the target
/// cannot be written.
pub fn presign(
    request: &mut Request,
    credentials: Credentials<'_>,
    at: Scope<'_>,
    now: Timestamp,
    expires_seconds: i64,
) -> Result<(), SigV4Error> {
    if !(1..=MAX_PRESIGN_SECONDS).contains(&expires_seconds) {
        return Err(unsupported("a presigned request is good for 1 to 604800 seconds"));
    }
    let amz_date = now.to_amz_date();
    set_host(request)?;
    let names = names_to_sign(request);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let date = amz_date.get(..8).unwrap_or_default();
    let scope = scope(date, at.region, at.service);
    let mut query = RequestHead::from(&*request).query().to_owned();
    let mut add = |name: &str, value: &str| {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.push_str(&percent_encode(value, b""));
    };
    add("X-Amz-Algorithm", ALGORITHM);
    add("X-Amz-Credential", &format!("{}/{scope}", credentials.access_key_id));
    add("X-Amz-Date", &amz_date);
    add("X-Amz-Expires", &expires_seconds.to_string());
    add("X-Amz-SignedHeaders", &names.join(";"));
    if let Some(token) = credentials.session_token {
        add("X-Amz-Security-Token", token.expose());
    }
    let payload_hash = match crate::http::header(request.headers(), "x-amz-content-sha256") {
        Some(hash) => hash.to_owned(),
        None if signs_raw_path(at.service) => UNSIGNED_PAYLOAD.to_owned(),
        None => sha256_hex(request.body()),
    };
    let unsigned = with_query(request.uri(), &query)?;
    let head = RequestHead { method: request.method(), uri: &unsigned, headers: request.headers() };
    let text = string_to_sign(head, at.service, &names, &payload_hash, None, &amz_date, &scope)
        .ok_or_else(|| unsupported("the request has no host"))?;
    let signature = hex(&credentials.secret_access_key.signing_key(date, at.region, at.service).mac(&text));
    *request.uri_mut() = with_query(request.uri(), &format!("{query}&X-Amz-Signature={signature}"))?;
    Ok(())
}

fn names_to_sign(request: &Request) -> Vec<String> {
    let mut names: Vec<String> = request
        .headers()
        .keys()
        .map(|name| name.as_str().to_owned())
        .filter(|name| !NEVER_SIGNED.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

fn set_host(request: &mut Request) -> Result<(), SigV4Error> {
    if request.headers().contains_key(HOST) {
        return Ok(());
    }
    let authority = request.uri().authority().ok_or_else(|| unsupported("the request has no host"))?;
    let default_port = matches!(
        (request.uri().scheme_str(), authority.port_u16()),
        (Some("https"), Some(443)) | (Some("http"), Some(80))
    );
    let host = if default_port { authority.host().to_owned() } else { host_and_port(authority) };
    set(request, "host", &host, false)
}

/// The authority without user information.
fn host_and_port(authority: &http::uri::Authority) -> String {
    let text = authority.as_str();
    text.rsplit_once('@').map_or(text, |(_, host)| host).to_owned()
}

fn set(request: &mut Request, name: &'static str, value: &str, sensitive: bool) -> Result<(), SigV4Error> {
    let mut value =
        HeaderValue::from_str(value).map_err(|_| unsupported(&format!("{name} cannot be written as a header")))?;
    value.set_sensitive(sensitive);
    request.headers_mut().insert(HeaderName::from_static(name), value);
    Ok(())
}

fn with_query(uri: &http::Uri, query: &str) -> Result<http::Uri, SigV4Error> {
    let mut parts = uri.clone().into_parts();
    let target = format!("{}?{query}", uri.path());
    parts.path_and_query = Some(target.parse().map_err(|_| unsupported("the request's target cannot be written"))?);
    http::Uri::from_parts(parts).map_err(|_| unsupported("the request's target cannot be written"))
}

fn unsupported(text: &str) -> SigV4Error {
    SigV4Error::Unsupported(text.to_owned())
}
