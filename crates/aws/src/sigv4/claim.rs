use bailiwick_ident::Timestamp;
use subtle::ConstantTimeEq;

use super::canonical::{hex, scope, sha256_hex, string_to_sign};
use super::{ALGORITHM, Secret, SigV4Error, SigningKey, TERMINATOR, UNSIGNED_PAYLOAD, parse_amz_date, signs_raw_path};
use crate::http::{RequestHead, percent_decode};

/// How far the clock of a caller may be from ours, in seconds, either way.
pub const MAX_SKEW_SECONDS: i64 = 15 * 60;

/// The longest text of a claim's parts that is read, in bytes. AWS's own are far shorter; session tokens come near it.
const MAX_PART: usize = 16 * 1024;
const MAX_SIGNED_HEADERS: usize = 128;

/// What a request says about its signature: who signed, when, for which Region and service. Nothing of it is true until
/// [`Claim::verify`] has said so.
#[derive(Clone)]
pub struct Claim {
    access_key_id: String,
    date: String,
    region: String,
    service: String,
    signed_headers: Vec<String>,
    signature: String,
    security_token: Option<Secret>,
    amz_date: String,
    signed_at: Timestamp,
    /// Seconds a presigned request is good for; `None` for a signature in the header.
    expires: Option<i64>,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim")
            .field("access_key_id", &self.access_key_id)
            .field("date", &self.date)
            .field("region", &self.region)
            .field("service", &self.service)
            .field("signed_headers", &self.signed_headers)
            .field("presigned", &self.expires.is_some())
            .finish_non_exhaustive()
    }
}

impl Claim {
    /// Reads the claim from the `Authorization` header, or from a presigned query string.
    ///
    /// # Errors
    /// [`SigV4Error::MissingAuthenticationToken`] for a request without a signature; `IncompleteSignature`, `WrongScope`
    /// or `Unsupported` for one of a wrong form.
    pub fn parse<'a>(head: impl Into<RequestHead<'a>>) -> Result<Claim, SigV4Error> {
        let head = head.into();
        let mut authorization = head.headers.get_all("authorization").iter();
        if let Some(value) = authorization.next() {
            if authorization.next().is_some() {
                return Err(incomplete("more than one Authorization header"));
            }
            let text = value.to_str().map_err(|_| incomplete("the Authorization header is not visible ASCII"))?;
            return Claim::from_header(head, text);
        }
        if head.query().contains("X-Amz-Signature=")
            || head.query().contains("X-Amz-Credential=")
            || head.query().contains("X-Amz-Algorithm=")
        {
            return Claim::from_query(head);
        }
        Err(SigV4Error::MissingAuthenticationToken)
    }

    /// The access key id that the request claims.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The day of the credential scope, `YYYYMMDD`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The Region of the credential scope.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service of the credential scope: a SigV4 signing name such as `sns`, not always the CLI's name.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The session token that came with the request.
    pub fn security_token(&self) -> Option<&Secret> {
        self.security_token.as_ref()
    }

    /// When the request says it was signed.
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// The signed headers, lower case, sorted.
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.iter().map(String::as_str)
    }

    /// Whether the signature is in the query string.
    pub fn is_presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// Checks the age of the signature alone: cheap, and needs no key. [`Claim::verify`] does it again.
    ///
    /// # Errors
    /// [`SigV4Error::Expired`] or [`SigV4Error::NotYetCurrent`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), SigV4Error> {
        let good_for = self.expires.unwrap_or(MAX_SKEW_SECONDS);
        if self.signed_at > now.plus_seconds(MAX_SKEW_SECONDS) {
            return Err(SigV4Error::NotYetCurrent {
                signed: self.amz_date.clone(),
                limit: now.plus_seconds(MAX_SKEW_SECONDS).to_amz_date(),
                now: now.to_amz_date(),
            });
        }
        if self.signed_at < now.plus_seconds(-good_for) {
            return Err(SigV4Error::Expired {
                signed: self.amz_date.clone(),
                limit: now.plus_seconds(-good_for).to_amz_date(),
                now: now.to_amz_date(),
                minutes: good_for / 60,
            });
        }
        Ok(())
    }

    /// Whether the request, with this body, was signed with `secret` and is of now.
    ///
    /// # Errors
    /// [`SigV4Error::SignatureDoesNotMatch`] and, for what was found before that, the other reasons.
    pub fn verify<'a>(
        &self,
        secret: &Secret,
        head: impl Into<RequestHead<'a>>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SigV4Error> {
        self.verify_with_key(&secret.signing_key(&self.date, &self.region, &self.service), head, body, now)
    }

    /// As [`Claim::verify`], with a key derived before for this claim's date, Region and service.
    ///
    /// # Errors
    /// As [`Claim::verify`].
    pub fn verify_with_key<'a>(
        &self,
        key: &SigningKey,
        head: impl Into<RequestHead<'a>>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), SigV4Error> {
        let head = head.into();
        self.check_time(now)?;
        let payload_hash = self.payload_hash(head, body)?;
        let names: Vec<&str> = self.signed_headers().collect();
        let skip = self.expires.map(|_| "X-Amz-Signature");
        let scope = scope(&self.date, &self.region, &self.service);
        let text = string_to_sign(head, &self.service, &names, &payload_hash, skip, &self.amz_date, &scope)
            .ok_or(SigV4Error::SignatureDoesNotMatch)?;
        let expected = hex(&key.mac(&text));
        if bool::from(expected.as_bytes().ct_eq(self.signature.as_bytes())) {
            Ok(())
        } else {
            Err(SigV4Error::SignatureDoesNotMatch)
        }
    }

    fn payload_hash(&self, head: RequestHead<'_>, body: &[u8]) -> Result<String, SigV4Error> {
        let given = match head.headers.get("x-amz-content-sha256") {
            Some(value) => Some(value.to_str().map_err(|_| SigV4Error::ContentSha256Mismatch)?),
            None => None,
        };
        match given {
            Some(UNSIGNED_PAYLOAD) if signs_raw_path(&self.service) => Ok(UNSIGNED_PAYLOAD.to_owned()),
            None if self.is_presigned() && signs_raw_path(&self.service) => Ok(UNSIGNED_PAYLOAD.to_owned()),
            Some(UNSIGNED_PAYLOAD) => {
                Err(SigV4Error::Unsupported("an unsigned payload is not accepted here: sign the body".to_owned()))
            }
            Some(streaming) if streaming.starts_with("STREAMING-") => Err(SigV4Error::Unsupported(
                "signatures of single chunks are not accepted here: send the body whole and sign it".to_owned(),
            )),
            Some(hash) => {
                let actual = sha256_hex(body);
                if bool::from(actual.as_bytes().ct_eq(hash.as_bytes())) {
                    Ok(actual)
                } else {
                    Err(SigV4Error::ContentSha256Mismatch)
                }
            }
            None => Ok(sha256_hex(body)),
        }
    }

    fn from_header(head: RequestHead<'_>, text: &str) -> Result<Claim, SigV4Error> {
        let (algorithm, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        check_algorithm(algorithm)?;
        let part = |name: &str| {
            rest.split(',').find_map(|item| {
                item.trim()
                    .strip_prefix(name)
                    .and_then(|value| value.strip_prefix('='))
                    .filter(|value| !value.is_empty())
            })
        };
        let (credential, signature, signed) = (part("Credential"), part("Signature"), part("SignedHeaders"));
        let (date, by_date_header) = match head.header("x-amz-date") {
            Some(text) => (Some(text), false),
            None => (head.header("date"), true),
        };
        let mut wants: Vec<&str> = Vec::new();
        for (there, want) in [
            (credential.is_some(), "Authorization header requires 'Credential' parameter."),
            (signature.is_some(), "Authorization header requires 'Signature' parameter."),
            (signed.is_some(), "Authorization header requires 'SignedHeaders' parameter."),
            (date.is_some(), "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
        ] {
            if !there {
                wants.push(want);
            }
        }
        let (Some(credential), Some(signature), Some(signed), Some(date)) = (credential, signature, signed, date)
        else {
            return Err(incomplete(&format!(
                "{} (Hashed with SHA-256 and encoded with Base64) Authorization={}",
                wants.join(" "),
                hashed(text)
            )));
        };
        let amz_date =
            if by_date_header { http_date_as_amz(date).unwrap_or_else(|| date.to_owned()) } else { date.to_owned() };
        let token = head.headers.get("x-amz-security-token").map(|value| value.to_str());
        let token = match token {
            Some(Ok(text)) => Some(text.to_owned()),
            Some(Err(_)) => return Err(SigV4Error::InvalidClientTokenId),
            None => None,
        };
        Claim::build(head, credential, &amz_date, signed, signature, token, None)
    }

    fn from_query(head: RequestHead<'_>) -> Result<Claim, SigV4Error> {
        let part = |name: &str| -> Result<Option<String>, SigV4Error> {
            let mut found = head.query().split('&').filter_map(|pair| pair.split_once('=')).filter(|(n, _)| *n == name);
            let first = found.next();
            if found.next().is_some() {
                return Err(incomplete(&format!("more than one {name} in the query string")));
            }
            first
                .map(|(_, value)| {
                    String::from_utf8(percent_decode(value, true))
                        .map_err(|_| incomplete(&format!("{name} in the query string is not UTF-8")))
                })
                .transpose()
        };
        let wanted = |name: &'static str| {
            part(name)?.filter(|value| !value.is_empty()).ok_or_else(|| {
                incomplete(&format!(
                    "AWS query-string parameters must include '{name}'. Re-examine the query-string parameters."
                ))
            })
        };
        check_algorithm(&wanted("X-Amz-Algorithm")?)?;
        let credential = wanted("X-Amz-Credential")?;
        let amz_date = wanted("X-Amz-Date")?;
        let signed = wanted("X-Amz-SignedHeaders")?;
        let signature = wanted("X-Amz-Signature")?;
        let expires = match part("X-Amz-Expires")? {
            None => MAX_SKEW_SECONDS,
            Some(text) => text
                .parse::<i64>()
                .ok()
                .filter(|seconds| (1..=super::MAX_PRESIGN_SECONDS).contains(seconds))
                .ok_or_else(|| incomplete("X-Amz-Expires must be a number of seconds from 1 to 604800"))?,
        };
        let token = part("X-Amz-Security-Token")?;
        Claim::build(head, &credential, &amz_date, &signed, &signature, token, Some(expires))
    }

    fn build(
        head: RequestHead<'_>,
        credential: &str,
        amz_date: &str,
        signed_headers: &str,
        signature: &str,
        token: Option<String>,
        expires: Option<i64>,
    ) -> Result<Claim, SigV4Error> {
        for part in [credential, amz_date, signed_headers, signature, token.as_deref().unwrap_or_default()] {
            if part.len() > MAX_PART {
                return Err(incomplete("a part of the signature is too long"));
            }
        }
        // An access key id has no `/`, but the guide splits from the right all the same.
        let parts: Vec<&str> = credential.rsplitn(5, '/').collect();
        let [terminator, service, region, date, access_key_id] = parts.as_slice() else {
            return Err(incomplete(&format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{credential}'"
            )));
        };
        if *terminator != TERMINATOR {
            return Err(SigV4Error::WrongScope(format!(
                "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'."
            )));
        }
        if region.is_empty() {
            return Err(SigV4Error::WrongScope("Credential should be scoped to a valid region.".to_owned()));
        }
        if service.is_empty() || access_key_id.is_empty() {
            return Err(SigV4Error::WrongScope("Credential should be scoped to correct service.".to_owned()));
        }
        let signed_at = parse_amz_date(amz_date).ok_or_else(|| {
            incomplete(&format!(
                "Date must be in ISO-8601 'basic format'. Got '{amz_date}'. See http://en.wikipedia.org/wiki/ISO_8601"
            ))
        })?;
        let day = amz_date.get(..8).unwrap_or_default();
        if *date != day {
            return Err(SigV4Error::WrongScope(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{day}', from '{amz_date}'."
            )));
        }
        let signed_headers = read_signed_headers(head, signed_headers, service)?;
        Ok(Claim {
            access_key_id: (*access_key_id).to_owned(),
            date: (*date).to_owned(),
            region: (*region).to_owned(),
            service: (*service).to_owned(),
            signed_headers,
            signature: signature.to_owned(),
            security_token: token.map(Secret::new),
            amz_date: amz_date.to_owned(),
            signed_at,
            expires,
        })
    }
}

/// The names, which must be there, be sorted, and cover the host and every `x-amz-*` header: an unsigned one could have
/// been added on the way.
fn read_signed_headers(head: RequestHead<'_>, text: &str, service: &str) -> Result<Vec<String>, SigV4Error> {
    let mut names: Vec<String> = text.split(';').map(str::to_ascii_lowercase).filter(|name| !name.is_empty()).collect();
    if names.len() > MAX_SIGNED_HEADERS {
        return Err(incomplete("too many signed headers"));
    }
    names.sort();
    names.dedup();
    let signed = |name: &str| names.binary_search_by(|have| have.as_str().cmp(name)).is_ok();
    if !signed("host") {
        return Err(SigV4Error::WrongScope(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    for name in head.headers.keys() {
        // S3 signs the digest by its value, and its clients leave it out of the names at times.
        let by_value = name == "x-amz-content-sha256" && signs_raw_path(service);
        if name.as_str().starts_with("x-amz-") && !by_value && !signed(name.as_str()) {
            return Err(SigV4Error::WrongScope(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
        }
    }
    Ok(names)
}

fn check_algorithm(algorithm: &str) -> Result<(), SigV4Error> {
    match algorithm {
        ALGORITHM => Ok(()),
        "AWS4-ECDSA-P256-SHA256" => {
            Err(SigV4Error::Unsupported(format!("{algorithm} is not accepted here: sign with {ALGORITHM}")))
        }
        other => {
            let shown: String = other.chars().take(64).filter(|c| !c.is_control()).collect();
            Err(incomplete(&format!("Unsupported AWS 'algorithm': '{shown}'. Use {ALGORITHM}.")))
        }
    }
}

fn incomplete(text: &str) -> SigV4Error {
    SigV4Error::IncompleteSignature(text.to_owned())
}

fn hashed(text: &str) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text.as_bytes()))
}

fn http_date_as_amz(text: &str) -> Option<String> {
    if parse_amz_date(text).is_some() {
        return Some(text.to_owned());
    }
    crate::protocol::timestamp::parse_http_date(text).map(Timestamp::to_amz_date)
}
