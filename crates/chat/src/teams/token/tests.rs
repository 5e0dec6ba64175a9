use super::*;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(crate) const APP: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const URL: &str = "https://smba.trafficmanager.net/amer/";
pub(crate) const NOW: i64 = 1_800_000_000;
static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

fn part(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn keys(endorsements: &[&str]) -> KeySet {
    // SEQUENCE { INTEGER of 257 bytes, INTEGER 65537 }, as every key of 2048 bits is written.
    let der = PAIR.public_key().as_ref();
    let (n, e) = (&der[9..265], &der[der.len() - 3..]);
    let key =
        json!({"kty": "RSA", "use": "sig", "kid": "k1", "n": part(n), "e": part(e), "endorsements": endorsements});
    KeySet::parse(json!({"keys": [{"kty": "oct"}, 7, key]}).to_string().as_bytes()).unwrap()
}

pub(crate) fn sign(header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", part(header.to_string().as_bytes()), part(claims.to_string().as_bytes()));
    let mut signature = vec![0; PAIR.public_modulus_len()];
    PAIR.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", part(&signature))
}

fn claims() -> Value {
    json!({"iss": "https://api.botframework.com", "aud": APP, "exp": NOW + 600, "nbf": NOW - 60, "serviceurl": URL})
}

pub(crate) fn bearer() -> String {
    format!("Bearer {}", sign(&json!({"alg": "RS256", "kid": "k1"}), &claims()))
}

fn expected() -> Expected<'static> {
    Expected { issuer: "https://api.botframework.com", audience: APP, service_url: URL, channel_id: "msteams" }
}

fn check(header: &Value, claims: &Value) -> Result<(), TokenError> {
    let header = format!("Bearer {}", sign(header, claims));
    verify(Some(&header), expected(), &keys(&["msteams"]), Timestamp::from_seconds(NOW))
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_token_of_the_bot_framework_vouches() {
    let header = json!({"alg": "RS256", "kid": "k1"});
    assert_eq!(check(&header, &claims()), Ok(()));
    assert_eq!(check(&header, &with("aud", json!(["x", APP]))), Ok(()));
    // Five minutes of skew on both ends, and no more.
    assert_eq!(check(&header, &with("exp", json!(NOW - 299))), Ok(()));
    assert!(matches!(check(&header, &with("exp", json!(NOW - 301))), Err(TokenError::Expired(_))));
    assert_eq!(check(&header, &with("nbf", json!(NOW + 299))), Ok(()));
    assert!(matches!(check(&header, &with("nbf", json!(NOW + 301))), Err(TokenError::NotYet(_))));
}

#[test]
fn whatever_is_wrong_is_refused_with_its_reason() {
    let header = json!({"alg": "RS256", "kid": "k1"});
    let error = |claims: &Value| check(&header, claims).unwrap_err();
    for emulator in [
        "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/",
        "https://login.microsoftonline.com/d6d49420-f39b-4df7-a1dc-d59a935871db/v2.0",
        "https://api.botframework.us",
        "https://api.botframework.com/",
    ] {
        assert!(matches!(error(&with("iss", json!(emulator))), TokenError::Issuer { .. }));
    }
    assert_eq!(error(&with("aud", json!("other"))), TokenError::Audience);
    assert_eq!(error(&with("serviceurl", json!("https://smba.trafficmanager.net/emea/"))), TokenError::ServiceUrl);
    assert_eq!(error(&with("serviceurl", Value::Null)), TokenError::ServiceUrl);
    assert!(matches!(error(&with("exp", Value::Null)), TokenError::Unsigned(JwsError::Form(_))));
    assert_eq!(check(&json!({"alg": "none", "kid": "k1"}), &claims()), Err(TokenError::Unsigned(JwsError::Algorithm)));
    assert_eq!(check(&json!({"alg": "HS256", "kid": "k1"}), &claims()), Err(TokenError::Unsigned(JwsError::Algorithm)));
    assert_eq!(
        check(&json!({"alg": "RS256", "kid": "k1", "crit": ["x"]}), &claims()),
        Err(TokenError::Unsigned(JwsError::Algorithm))
    );
    assert_eq!(
        check(&json!({"alg": "RS256", "kid": "k2"}), &claims()),
        Err(TokenError::Unsigned(JwsError::UnknownKey))
    );
    assert!(matches!(check(&json!({"alg": "RS256"}), &claims()), Err(TokenError::Unsigned(JwsError::Form(_)))));
}

#[test]
fn a_key_speaks_only_for_the_channels_it_is_endorsed_for() {
    let now = Timestamp::from_seconds(NOW);
    for endorsed in [&[][..], &["webchat"], &["MSTEAMS"]] {
        let error = verify(Some(&bearer()), expected(), &keys(endorsed), now).unwrap_err();
        assert_eq!((error.status(), error), (403, TokenError::NotEndorsed("msteams".to_owned())));
    }
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let (good, now, keys) = (bearer(), Timestamp::from_seconds(NOW), keys(&["msteams"]));
    let check = |header: Option<&str>| verify(header, expected(), &keys, now).unwrap_err();
    assert_eq!(check(None), TokenError::Missing);
    assert_eq!(check(Some("Basic abc")), TokenError::Missing);
    assert_eq!(check(Some(good.trim_start_matches("Bearer "))), TokenError::Missing);
    let parts: Vec<&str> = good.split('.').collect();
    let forged = part(with("aud", json!(APP)).to_string().replace("smba", "evil").as_bytes());
    assert_eq!(check(Some(&format!("{}.{forged}.{}", parts[0], parts[2]))), TokenError::Unsigned(JwsError::Signature));
    assert!(matches!(check(Some(&format!("{good}.x"))), TokenError::Unsigned(JwsError::Form(_))));
    assert!(matches!(check(Some("Bearer a.b")), TokenError::Unsigned(JwsError::Form(_))));
    assert!(matches!(check(Some(&format!("Bearer {}", "a".repeat(20_000)))), TokenError::Unsigned(JwsError::Form(_))));
    assert_eq!(
        verify(Some(&good), expected(), &KeySet::default(), now),
        Err(TokenError::Unsigned(JwsError::UnknownKey))
    );
}

#[test]
fn the_metadata_names_the_keys_of_its_own_issuer() {
    let metadata =
        br#"{"issuer":"https://api.botframework.com","jwks_uri":"https://login.botframework.com/v1/.well-known/keys"}"#;
    let found = keys_address(metadata, "https://api.botframework.com");
    assert_eq!(found.as_deref(), Some("https://login.botframework.com/v1/.well-known/keys"));
    assert_eq!(keys_address(metadata, "https://other.example"), None);
    assert_eq!(keys_address(b"[]", "x"), None);
}
