use crate::{NameError, text_name};

/// An IAM action, `service:Name`, such as `sns:Publish`. Actions compare without regard to case in policies; this type
/// keeps the spelling it was given.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionName {
    text: String,
    colon: usize,
}

impl ActionName {
    /// Reads `service:Name`; both parts must be there and hold no white space and no wildcard.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let bad = || NameError::new(text, "an action of the form service:Name");
        let colon = text.find(':').ok_or_else(bad)?;
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let (service, name) = (&text[..colon], &text[colon + 1..]);
        if plain(service) && plain(name) { Ok(ActionName { text: text.to_owned(), colon }) } else { Err(bad()) }
    }

    /// The IAM service prefix, before the colon.
    pub fn service(&self) -> &str {
        &self.text[..self.colon]
    }

    /// The name after the colon.
    pub fn name(&self) -> &str {
        &self.text[self.colon + 1..]
    }

    /// The whole action.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

text_name!(ActionName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_has_a_service_and_a_name() {
        let action = ActionName::parse("sns:Publish").unwrap();
        assert_eq!((action.service(), action.name()), ("sns", "Publish"));
        for bad in ["sns", "sns:", ":Publish", "sns:*", "sns: Publish", "a:b:c"] {
            assert!(ActionName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
