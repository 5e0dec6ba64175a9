use crate::{NameError, text_name};

/// The id of an account: exactly twelve decimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId([u8; 12]);

impl AccountId {
    /// Reads an account id. Surrounding space is not tolerated.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let bad = || NameError::new(text, "an account id of twelve digits");
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| bad())?;
        if digits.iter().all(u8::is_ascii_digit) { Ok(AccountId(digits)) } else { Err(bad()) }
    }

    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits are ever stored, so the fallback is unreachable.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

text_name!(AccountId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_is_twelve_digits() {
        assert_eq!(AccountId::parse("111122223333").unwrap().as_str(), "111122223333");
        for bad in ["", "11112222333", "1111222233334", "11112222333x", " 11112222333"] {
            assert!(AccountId::parse(bad).is_err(), "{bad:?}");
        }
    }
}
