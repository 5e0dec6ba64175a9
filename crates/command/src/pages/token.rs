//! `NextToken` as the AWS CLI writes it and `--starting-token` as it reads it: the service's own tokens by input member,
//! and how many items of that page were shown already, as JSON in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json};

use crate::python;

/// The member that counts what was shown.
const SHOWN: &str = "boto_truncate_amount";
/// The longest token that is read, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Where a walk goes on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Token {
    /// The input members and their values; null for one that is left out.
    pub(super) members: Vec<(String, Json)>,
    /// Items of that page that were shown before, where it was shown in part.
    pub(super) skip: Option<usize>,
}

/// A text that is no token of the operation.
#[derive(Debug)]
pub(super) struct NotAToken;

impl Token {
    /// Reads `--starting-token`: a token of ours, or the service's own text.
    pub(super) fn read<T: AsRef<str>>(text: &str, members: &[T]) -> Result<Token, NotAToken> {
        if text.len() > MAX_BYTES {
            return Err(NotAToken);
        }
        let json =
            STANDARD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Map<String, Json>>(&bytes).ok());
        match json {
            Some(mut map) => {
                let skip = match map.shift_remove(SHOWN) {
                    None => None,
                    Some(count) => Some(count.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or(NotAToken)?),
                };
                match map.keys().all(|name| members.iter().any(|member| member.as_ref() == name)) {
                    true => Ok(Token { members: map.into_iter().collect(), skip }),
                    false => Err(NotAToken),
                }
            }
            None => Token::of_service(text, members),
        }
    }

    /// The service's own tokens, joined by three underscores, perhaps with a count at the end.
    fn of_service<T: AsRef<str>>(text: &str, members: &[T]) -> Result<Token, NotAToken> {
        let mut parts: Vec<&str> = text.split("___").collect();
        let mut skip = None;
        if parts.len() == members.len() + 1 {
            match parts.last().and_then(|count| count.trim().parse().ok()) {
                Some(count) => {
                    skip = Some(count);
                    parts.pop();
                }
                None => parts = vec![text],
            }
        }
        if parts.len() > members.len() {
            return Err(NotAToken);
        }
        let value = |part: &str| if part == "None" { Json::Null } else { Json::from(part) };
        let given = parts.into_iter().map(value).chain(std::iter::repeat(Json::Null));
        Ok(Token { members: members.iter().map(|name| name.as_ref().to_owned()).zip(given).collect(), skip })
    }

    /// The same token with an entry for each of these members.
    pub(super) fn for_members<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Token {
        for name in names {
            if !self.members.iter().any(|(member, _)| member == name) {
                self.members.push((name.to_owned(), Json::Null));
            }
        }
        self
    }

    /// The token that goes on in the same page after so many items.
    pub(super) fn cut_after(self, shown: usize) -> Token {
        Token { skip: Some(shown), ..self }
    }

    /// The text of `NextToken`.
    pub(super) fn write(&self) -> String {
        let mut map: Map<String, Json> = self.members.iter().cloned().collect();
        if let Some(skip) = self.skip {
            map.insert(SHOWN.to_owned(), Json::from(skip));
        }
        STANDARD.encode(python::json_spaced(&Json::Object(map)))
    }
}
