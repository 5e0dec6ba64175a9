//! Who signed in at a platform, by its id token. Keys, time and what was asked come in as values.
//! Source: OpenID Connect Core 1.0, section 3.1.3.7 ("ID Token Validation").

use bailiwick_ident::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::jws::{self, Audiences, SKEW_SECONDS};
pub use crate::jws::{JwsError, KeySet};

/// What an id token must say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who issues it.
    pub issuer: &'a str,
    /// The client that asked.
    pub client_id: &'a str,
    /// What was sent with the question, so that no other answer fits it.
    pub nonce: &'a str,
}

/// Why an id token vouches for nobody. The texts follow "the platform's word was not taken: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenError {
    /// It is not the issuer's.
    #[error(transparent)]
    Unsigned(#[from] JwsError),
    /// Its claims cannot be read.
    #[error("the token's claims are not understood")]
    Claims,
    /// Somebody else issued it.
    #[error("the token was not issued by {expected}")]
    Issuer {
        /// Who had to.
        expected: String,
    },
    /// It is meant for another app.
    #[error("the token is for another app")]
    Audience,
    /// It has ended.
    #[error("the token ended at {0}")]
    Expired(Timestamp),
    /// It says to be issued in the future.
    #[error("the token does not hold yet")]
    NotYet,
    /// It answers another question than ours.
    #[error("the token answers another sign-in")]
    Nonce,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audiences,
    exp: f64,
    iat: f64,
    nonce: Option<String>,
    azp: Option<String>,
}

/// The claims of an id token, once everything about it is as it must be.
///
/// # Errors
/// [`IdTokenError`].
pub fn verify(token: &str, expected: Expected<'_>, keys: &KeySet, now: Timestamp) -> Result<Value, IdTokenError> {
    let (_, payload) = jws::signed(token, keys)?;
    let all: Value = serde_json::from_slice(&payload).map_err(|_| IdTokenError::Claims)?;
    let claims = Claims::deserialize(&all).map_err(|_| IdTokenError::Claims)?;
    if claims.iss != expected.issuer {
        return Err(IdTokenError::Issuer { expected: expected.issuer.to_owned() });
    }
    let party = match &claims.azp {
        Some(party) => party == expected.client_id,
        None => !claims.aud.are_several(),
    };
    if expected.client_id.is_empty() || !claims.aud.has(expected.client_id) || !party {
        return Err(IdTokenError::Audience);
    }
    let now = now.as_seconds();
    let expires = jws::seconds(claims.exp);
    if now >= expires.saturating_add(SKEW_SECONDS) {
        return Err(IdTokenError::Expired(Timestamp::from_seconds(expires)));
    }
    if jws::seconds(claims.iat) > now.saturating_add(SKEW_SECONDS) {
        return Err(IdTokenError::NotYet);
    }
    if expected.nonce.is_empty() || claims.nonce.as_deref() != Some(expected.nonce) {
        return Err(IdTokenError::Nonce);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::teams::token::tests::{NOW, keys, sign};
    use serde_json::json;

    fn claims() -> Value {
        json!({"iss": "https://slack.com", "aud": "1.2", "exp": NOW + 300, "iat": NOW, "nonce": "n-1", "sub": "U1"})
    }

    fn check(header: &Value, claims: &Value) -> Result<Value, IdTokenError> {
        let expected = Expected { issuer: "https://slack.com", client_id: "1.2", nonce: "n-1" };
        verify(&sign(header, claims), expected, &keys(&[]), Timestamp::from_seconds(NOW))
    }

    #[test]
    fn an_id_token_vouches_for_one_answer_to_one_client() {
        let header = json!({"alg": "RS256", "kid": "k1"});
        assert_eq!(check(&header, &claims()).unwrap()["sub"], "U1");
        let with = |name: &str, value: Value| {
            let mut claims = claims();
            claims[name] = value;
            check(&header, &claims)
        };
        assert!(with("aud", json!(["1.2"])).is_ok());
        assert_eq!(with("aud", json!(["1.2", "3.4"])), Err(IdTokenError::Audience));
        let mut both = claims();
        (both["aud"], both["azp"]) = (json!(["1.2", "3.4"]), json!("1.2"));
        assert!(check(&header, &both).is_ok());
        assert_eq!(with("azp", json!("3.4")), Err(IdTokenError::Audience));
        assert_eq!(with("aud", json!("3.4")), Err(IdTokenError::Audience));
        assert!(matches!(with("iss", json!("https://slack.com/")), Err(IdTokenError::Issuer { .. })));
        assert!(matches!(with("exp", json!(NOW - 301)), Err(IdTokenError::Expired(_))));
        assert_eq!(with("iat", json!(NOW + 301)), Err(IdTokenError::NotYet));
        for nonce in [json!("n-2"), json!(null), json!("")] {
            assert_eq!(with("nonce", nonce), Err(IdTokenError::Nonce));
        }
        for gone in ["iss", "aud", "exp", "iat"] {
            assert_eq!(with(gone, json!(null)), Err(IdTokenError::Claims), "{gone}");
        }
        for header in
            [json!({"alg": "none"}), json!({"alg": "HS256", "kid": "k1"}), json!({"alg": "RS256", "kid": "k2"})]
        {
            assert!(matches!(check(&header, &claims()), Err(IdTokenError::Unsigned(_))), "{header}");
        }
    }
}
