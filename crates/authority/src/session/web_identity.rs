//! Web identities: the JSON web tokens of OpenID Connect providers, verified with the providers' published keys. Pure: keys
//! and time come in as values.
//! Sources: RFC 7515, 7517, 7518 and 7519; AWS's IAM guide, "Available keys for AWS OIDC federation"; the STS API reference,
//! AssumeRoleWithWebIdentity.

use std::collections::BTreeMap;

use aws_lc_rs::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use bailiwick_ident::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// The longest token that is read, in bytes. AWS's model of the operation allows 20,000 characters.
const MAX_TOKEN: usize = 20_000;
/// The most keys of a provider that are looked at. AWS reads at most 100 RSA keys and 100 elliptic ones.
const MAX_KEYS: usize = 200;
/// How far the clock of a provider may be ahead of ours, in seconds.
const SKEW_SECONDS: i64 = 300;
/// The most values of a claim with several, such as `amr`.
const MAX_VALUES: usize = 32;

/// What an identity provider vouched for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebIdentity {
    /// The ARN of the provider in the role's account.
    pub provider_arn: String,
    /// The issuer without its scheme, as condition keys begin: `idp.example.com/tenant`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// The client the token is for, as STS answers it: `azp` where it is set, else `aud`.
    pub audience: String,
    /// `aud`, where `azp` took its place in `audience`.
    pub original_audience: Option<String>,
    /// `amr`.
    pub methods: Vec<String>,
    /// `email`.
    pub email: Option<String>,
}

/// The value of a condition key that a token gives.
pub(crate) enum Claimed {
    /// A key with one value.
    One(String),
    /// A key with several.
    Set(Vec<String>),
}

impl WebIdentity {
    /// The condition keys, `ISSUER:sub` and the like.
    pub(crate) fn condition_keys(&self) -> Vec<(String, Claimed)> {
        let mut keys = vec![
            (format!("{}:aud", self.issuer), Claimed::One(self.audience.clone())),
            (format!("{}:sub", self.issuer), Claimed::One(self.subject.clone())),
        ];
        let one = |name: &str, value: &Option<String>| {
            value.as_ref().map(|value| (format!("{}:{name}", self.issuer), Claimed::One(value.clone())))
        };
        keys.extend(one("oaud", &self.original_audience));
        keys.extend(one("email", &self.email));
        if !self.methods.is_empty() {
            keys.push((format!("{}:amr", self.issuer), Claimed::Set(self.methods.clone())));
        }
        keys
    }
}

/// Why a token does not vouch for anybody. `Display` is what STS answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has ended.
    #[error("Token expired: current date/time {now} must be before the expiration date/time{expires}")]
    Expired {
        /// The time of the check, in seconds.
        now: i64,
        /// When it ended, in seconds.
        expires: i64,
    },
    /// It is not a token, is not signed by the provider, or says what it must not.
    #[error("{0}")]
    Invalid(String),
}

fn invalid(text: impl Into<String>) -> TokenError {
    TokenError::Invalid(text.into())
}

/// Claims in the forms that tokens have them: one text or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Several(Vec<String>),
}

impl Texts {
    fn into_vec(self) -> Vec<String> {
        match self {
            Texts::One(text) => vec![text],
            Texts::Several(texts) => texts,
        }
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Texts,
    exp: f64,
    iat: Option<f64>,
    nbf: Option<f64>,
    azp: Option<String>,
    amr: Option<Texts>,
    email: Option<String>,
}

/// A token that was taken apart. Nothing in it is true until [`UnverifiedToken::verify`] has said so.
pub struct UnverifiedToken {
    header: Header,
    claims: Claims,
    signed: String,
    signature: Vec<u8>,
}

impl std::fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnverifiedToken").field("issuer", &self.claims.iss).finish_non_exhaustive()
    }
}

/// The condition keys' form of an issuer: without scheme and last slash.
fn issuer_name(url: &str) -> &str {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url).trim_end_matches('/')
}

impl UnverifiedToken {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`TokenError::Invalid`]: it is no signed JSON web token, or lacks `iss`, `sub`, `aud` or `exp`.
    pub fn parse(token: &str) -> Result<UnverifiedToken, TokenError> {
        let bad = || {
            invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
        };
        if token.len() > MAX_TOKEN {
            return Err(bad());
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else { return Err(bad()) };
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| bad());
        let claims: serde_json::Value = serde_json::from_slice(&decode(payload)?).map_err(|_| bad())?;
        for name in ["iss", "sub", "aud", "exp"] {
            if claims.get(name).is_none_or(serde_json::Value::is_null) {
                return Err(invalid(format!("Missing a required claim: {name}")));
            }
        }
        Ok(UnverifiedToken {
            header: serde_json::from_slice(&decode(header)?).map_err(|_| bad())?,
            claims: serde_json::from_value(claims).map_err(|_| bad())?,
            signed: format!("{header}.{payload}"),
            signature: decode(signature)?,
        })
    }

    /// Who says to have issued it: a URL.
    pub fn issuer(&self) -> &str {
        &self.claims.iss
    }

    /// The issuer without its scheme, the last part of the provider's ARN.
    pub fn issuer_name(&self) -> &str {
        issuer_name(&self.claims.iss)
    }

    /// Whether a set has a key that this token may be signed with; if not, the provider may have newer ones.
    pub fn may_be_signed_by(&self, keys: &KeySet) -> bool {
        keys.candidates(self.header.kid.as_deref(), &self.header.alg).next().is_some()
    }

    /// Checks signature, times and audience. `audiences` are the client ids of the provider.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn verify(
        self,
        keys: &KeySet,
        provider_arn: &str,
        audiences: &[String],
        now: Timestamp,
    ) -> Result<WebIdentity, TokenError> {
        if self.header.crit.is_some() {
            return Err(invalid("The ID Token uses an extension that is not supported"));
        }
        if !matches!(self.header.alg.as_str(), "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512") {
            return Err(invalid("The signature algorithm of the ID Token is not supported"));
        }
        let mut candidates = keys.candidates(self.header.kid.as_deref(), &self.header.alg).peekable();
        if candidates.peek().is_none() {
            return Err(invalid(NO_KEY));
        }
        if !candidates.any(|key| key.signed(&self.header.alg, self.signed.as_bytes(), &self.signature)) {
            return Err(invalid("The ID Token signature could not be verified"));
        }
        let claims = self.claims;
        let (now, expires) = (now.as_seconds(), seconds(claims.exp));
        if now >= expires {
            return Err(TokenError::Expired { now, expires });
        }
        for (name, at) in [("iat", claims.iat), ("nbf", claims.nbf)] {
            if at.is_some_and(|at| seconds(at) > now.saturating_add(SKEW_SECONDS)) {
                return Err(invalid(format!("The ID Token is not valid yet: {name} is in the future")));
            }
        }
        let said = claims.aud.into_vec();
        let wrong = || invalid("Incorrect token audience");
        let known = |client: &String| audiences.contains(client);
        let (audience, original_audience) = match claims.azp {
            Some(azp) => (azp, Some(said.first().ok_or_else(wrong)?.clone())),
            None => (said.iter().find(|client| known(client)).ok_or_else(wrong)?.clone(), None),
        };
        if !known(&audience) {
            return Err(wrong());
        }
        let mut methods = claims.amr.map(Texts::into_vec).unwrap_or_default();
        methods.truncate(MAX_VALUES);
        Ok(WebIdentity {
            provider_arn: provider_arn.to_owned(),
            issuer: issuer_name(&claims.iss).to_owned(),
            subject: claims.sub,
            audience,
            original_audience,
            methods,
            email: claims.email,
        })
    }
}

/// What STS answers where no key fits.
const NO_KEY: &str = "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements";

#[expect(clippy::cast_possible_truncation, reason = "a time outside the range of i64 is taken for its end")]
fn seconds(claim: f64) -> i64 {
    claim as i64
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    fn fits(&self, kid: Option<&str>, algorithm: &str) -> bool {
        let kind = match algorithm.get(..2) {
            Some("RS") => "RSA",
            Some("ES") => "EC",
            _ => return false,
        };
        self.kty == kind
            && self.purpose.as_deref().is_none_or(|purpose| purpose == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == algorithm)
            && kid.is_none_or(|kid| self.kid.as_deref() == Some(kid))
    }

    fn signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?.trim_end_matches('=')).ok();
        if self.kty == "RSA" {
            let parameters = match algorithm {
                "RS256" => &signature::RSA_PKCS1_2048_8192_SHA256,
                "RS384" => &signature::RSA_PKCS1_2048_8192_SHA384,
                "RS512" => &signature::RSA_PKCS1_2048_8192_SHA512,
                _ => return false,
            };
            let (Some(n), Some(e)) = (part(&self.n), part(&self.e)) else { return false };
            return RsaPublicKeyComponents { n, e }.verify(parameters, message, signature).is_ok();
        }
        let (parameters, curve, length) = match algorithm {
            "ES256" => (&signature::ECDSA_P256_SHA256_FIXED, "P-256", 32),
            "ES384" => (&signature::ECDSA_P384_SHA384_FIXED, "P-384", 48),
            "ES512" => (&signature::ECDSA_P521_SHA512_FIXED, "P-521", 66),
            _ => return false,
        };
        let (Some(x), Some(y)) = (part(&self.x), part(&self.y)) else { return false };
        if self.crv.as_deref() != Some(curve) || x.len() != length || y.len() != length {
            return false;
        }
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        UnparsedPublicKey::new(parameters, point).verify(message, signature).is_ok()
    }
}

/// The keys that a provider publishes: a JSON web key set.
#[derive(Debug, Clone, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

impl KeySet {
    /// Reads a set. Keys of forms that are not understood are left out; at most 200 are kept. `None` for what is no set.
    pub fn parse(bytes: &[u8]) -> Option<KeySet> {
        let set: BTreeMap<String, serde_json::Value> = serde_json::from_slice(bytes).ok()?;
        let keys = set.get("keys")?.as_array()?.iter().take(MAX_KEYS);
        Some(KeySet { keys: keys.filter_map(|key| serde_json::from_value(key.clone()).ok()).collect() })
    }

    fn candidates(&self, kid: Option<&str>, algorithm: &str) -> impl Iterator<Item = &Key> {
        self.keys.iter().filter(move |key| key.fits(kid, algorithm))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:iam::444455556666:oidc-provider/idp.example.com/t";

    struct Provider(EcdsaKeyPair);

    impl Provider {
        fn new() -> Provider {
            let document =
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
            Provider(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap())
        }

        fn keys(&self) -> KeySet {
            let point = self.0.public_key().as_ref();
            let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
            let key =
                json!({"kty": "EC", "crv": "P-256", "kid": "k1", "use": "sig", "x": part(1..33), "y": part(33..65)});
            KeySet::parse(json!({"keys": [{"kty": "oct"}, key]}).to_string().as_bytes()).unwrap()
        }

        fn token(&self, header: &Value, claims: &Value) -> String {
            let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", text(header), text(claims));
            let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
            format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
        }
    }

    fn claims(changes: Value) -> Value {
        let mut claims = json!({"iss": "https://idp.example.com/t", "sub": "dana", "aud": "app", "exp": 2000, "iat": 900, "amr": ["mfa"]});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    }

    fn verify(token: &str, keys: &KeySet) -> Result<WebIdentity, String> {
        let clients = ["app".to_owned(), "other".to_owned()];
        UnverifiedToken::parse(token)
            .and_then(|token| token.verify(keys, ARN, &clients, Timestamp::from_seconds(1000)))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_token_vouches_for_its_subject_while_it_lasts() {
        let provider = Provider::new();
        let header = json!({"alg": "ES256", "kid": "k1"});
        let identity = verify(&provider.token(&header, &claims(json!({}))), &provider.keys()).unwrap();
        assert_eq!((identity.subject.as_str(), identity.audience.as_str()), ("dana", "app"));
        let keys: Vec<String> = identity.condition_keys().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["idp.example.com/t:aud", "idp.example.com/t:sub", "idp.example.com/t:amr"]);
        let cases = [
            (claims(json!({"exp": 1000})), "Token expired"),
            (claims(json!({"nbf": 1400})), "not valid yet"),
            (claims(json!({"iat": 1400})), "not valid yet"),
            (claims(json!({"aud": "stranger"})), "Incorrect token audience"),
            (claims(json!({"azp": "stranger"})), "Incorrect token audience"),
            (claims(json!({"sub": null})), "Missing a required claim: sub"),
        ];
        for (claims, words) in cases {
            let error = verify(&provider.token(&header, &claims), &provider.keys()).unwrap_err();
            assert!(error.contains(words), "{claims}: {error}");
        }
        let both = claims(json!({"aud": ["stranger", "other"]}));
        assert_eq!(verify(&provider.token(&header, &both), &provider.keys()).unwrap().audience, "other");
        let party = claims(json!({"azp": "other"}));
        let party = verify(&provider.token(&header, &party), &provider.keys()).unwrap();
        assert_eq!((party.audience.as_str(), party.original_audience.as_deref()), ("other", Some("app")));
    }

    #[test]
    fn what_the_provider_did_not_sign_is_nobodys() {
        let (provider, stranger) = (Provider::new(), Provider::new());
        let header = json!({"alg": "ES256", "kid": "k1"});
        let token = provider.token(&header, &claims(json!({})));
        assert!(verify(&token, &stranger.keys()).unwrap_err().contains("could not be verified"));
        let (head, rest) = token.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let other = URL_SAFE_NO_PAD.encode(claims(json!({"sub": "root"})).to_string());
        let tampered = format!("{head}.{other}.{signature}");
        assert!(verify(&tampered, &provider.keys()).unwrap_err().contains("could not be verified"));
        let unknown = provider.token(&json!({"alg": "ES256", "kid": "k2"}), &claims(json!({})));
        assert_eq!(verify(&unknown, &provider.keys()).unwrap_err(), NO_KEY);
        for alg in ["none", "HS256", "ES512"] {
            let token = provider.token(&json!({"alg": alg, "kid": "k1"}), &claims(json!({})));
            assert!(verify(&token, &provider.keys()).is_err(), "{alg}");
        }
        let critical = provider.token(&json!({"alg": "ES256", "kid": "k1", "crit": ["x"]}), &claims(json!({})));
        assert!(verify(&critical, &provider.keys()).is_err());
        for rubbish in ["", "a.b", "a.b.c", "....", &"x".repeat(MAX_TOKEN + 1)] {
            assert!(verify(rubbish, &provider.keys()).unwrap_err().contains("not a valid JWT"));
        }
    }
}
