//! Passwords of the console: hashed with PBKDF2-HMAC-SHA512, checked against the account's policy.
//! Source of the work factor: OWASP's password storage cheat sheet, PBKDF2 with HMAC-SHA-512.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

use crate::{record::PasswordPolicy, world::Entropy};

const ITERATIONS: NonZeroU32 = NonZeroU32::new(210_000).unwrap();
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
/// The form of a hash: scheme, iterations, salt, hash, with `$` between.
const SCHEME: &str = "pbkdf2-sha512";

/// The symbols that count as such. Source: the IAM API reference, UpdateAccountPasswordPolicy, `RequireSymbols`.
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// AWS's own policy: the fewest characters, and of how many kinds they must be.
const DEFAULT_LENGTH: usize = 8;
const DEFAULT_KINDS: usize = 3;

/// A password's hash, as it is stored. It takes a tenth of a second: not for a thread that serves others.
pub fn hash(password: &str, entropy: &dyn Entropy) -> String {
    let mut salt = [0; SALT_BYTES];
    entropy.fill(&mut salt);
    let mut out = [0; HASH_BYTES];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA512, ITERATIONS, &salt, password.as_bytes(), &mut out);
    format!("{SCHEME}${ITERATIONS}${}${}", STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(out))
}

/// A hash that is nobody's and costs as much to compare with as any: whoever asks for a user who is not there learns nothing
/// by the time that the answer takes.
pub const NOBODYS: &str = "pbkdf2-sha512$210000$bm9ib2R5J3Mgc2FsdC4uLg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a password is the one of a hash; compares in constant time. A hash that cannot be read fits no password.
pub fn is(password: &str, hash: &str) -> bool {
    let parts: Vec<&str> = hash.split('$').collect();
    let [SCHEME, iterations, salt, wanted] = parts.as_slice() else { return false };
    let Ok(iterations) = iterations.parse::<NonZeroU32>() else { return false };
    let (Ok(salt), Ok(wanted)) = (STANDARD_NO_PAD.decode(salt), STANDARD_NO_PAD.decode(wanted)) else { return false };
    // A hash of no bytes would fit every password.
    wanted.len() == HASH_BYTES
        && iterations <= ITERATIONS.saturating_mul(NonZeroU32::MIN.saturating_add(9))
        && pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA512, iterations, &salt, password.as_bytes(), &wanted).is_ok()
}

impl PasswordPolicy {
    /// Whether a password satisfies the policy; else what it lacks, in IAM's words.
    ///
    /// # Errors
    /// The first thing it lacks.
    pub fn check(&self, password: &str) -> Result<(), String> {
        let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
        let short = password.chars().count() < usize::try_from(self.minimum_length).unwrap_or(usize::MAX);
        let lacks = [
            (short, format!("Password should have a minimum length of {}", self.minimum_length)),
            (self.require_uppercase && !has(|c| c.is_ascii_uppercase()), needs("uppercase letter")),
            (self.require_lowercase && !has(|c| c.is_ascii_lowercase()), needs("lowercase letter")),
            (self.require_numbers && !has(|c| c.is_ascii_digit()), needs("number")),
            (self.require_symbols && !has(|c| SYMBOLS.contains(c)), needs("symbol")),
        ];
        match lacks.into_iter().find(|(lacks, _)| *lacks) {
            Some((_, text)) => Err(text),
            None => Ok(()),
        }
    }

    /// Whether a password satisfies AWS's own policy, for accounts that set none: eight characters, of three of the four
    /// kinds. Source: AWS's IAM guide, "Set an account password policy for IAM users", "Default password policy".
    ///
    /// # Errors
    /// What it lacks.
    pub fn check_default(password: &str) -> Result<(), String> {
        if password.chars().count() < DEFAULT_LENGTH {
            return Err(format!("Password should have a minimum length of {DEFAULT_LENGTH}"));
        }
        let kinds: [fn(char) -> bool; 4] =
            [|c| c.is_ascii_uppercase(), |c| c.is_ascii_lowercase(), |c| c.is_ascii_digit(), |c| SYMBOLS.contains(c)];
        if kinds.into_iter().filter(|kind| password.chars().any(kind)).count() < DEFAULT_KINDS {
            return Err(
                "Password should have at least three of uppercase letter, lowercase letter, number, symbol".into()
            );
        }
        Ok(())
    }
}

fn needs(what: &str) -> String {
    format!("Password should have at least one {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let stored = hash("correct horse", &Zeros);
        assert!(is("correct horse", &stored));
        // It is of the same form, and so takes as long.
        let form = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(form(NOBODYS), form(&stored));
        assert!(!is("correct horse", NOBODYS));
        for (password, stored) in [
            ("Correct horse", stored.as_str()),
            ("", &stored),
            ("x", ""),
            ("x", "pbkdf2-sha512$1$$"),
            ("x", "md5$1$a$b"),
        ] {
            assert!(!is(password, stored), "{password} {stored}");
        }
    }

    #[test]
    fn policies_say_what_is_missing() {
        let strict = PasswordPolicy {
            minimum_length: 6,
            require_symbols: true,
            require_numbers: true,
            require_uppercase: true,
            require_lowercase: true,
            allow_users_to_change: false,
            max_age_days: None,
            reuse_prevention: None,
            hard_expiry: None,
        };
        assert_eq!(strict.check("aB1!"), Err("Password should have a minimum length of 6".to_owned()));
        assert_eq!(strict.check("aaaaaa"), Err("Password should have at least one uppercase letter".to_owned()));
        assert_eq!(strict.check("AAAAAA"), Err("Password should have at least one lowercase letter".to_owned()));
        assert_eq!(strict.check("AAAAAa"), Err("Password should have at least one number".to_owned()));
        assert_eq!(strict.check("AAAA1a"), Err("Password should have at least one symbol".to_owned()));
        assert_eq!(strict.check("AAA!1a"), Ok(()));
        assert!(PasswordPolicy::check_default("Abcdef1").is_err(), "too short");
        assert!(PasswordPolicy::check_default("abcdefg1").is_err(), "two kinds");
        assert_eq!(PasswordPolicy::check_default("Abcdefg1"), Ok(()));
    }
}
