//! Paging of lists: a page, and the token with which the next one begins.

use bailiwick_aws::fault::Fault;
use bailiwick_store::vault::{Purpose, Vault};

/// A page of a list, and the token of the next page when there is one.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

/// Cuts a page out of a whole list, in the order of its keys. A token is the sealed key of the last item that was given,
/// bound to a scope (an operation in an account), so that a token made elsewhere does not open here and a list that
/// changed in between goes on where it was. `None` means that the token is not one of ours.
pub(crate) fn page<T>(
    vault: &Vault,
    scope: &str,
    mut items: Vec<T>,
    key: impl Fn(&T) -> String,
    token: Option<&str>,
    size: usize,
) -> Option<Result<Page<T>, Fault>> {
    if let Some(token) = token {
        let opened = vault.open(Purpose::PaginationToken, token).ok()?;
        let after = std::str::from_utf8(&opened).ok()?.strip_prefix(scope)?.strip_prefix('\n')?.to_owned();
        items.retain(|item| key(item) > after);
    }
    items.sort_by_key(&key);
    let more = items.len() > size;
    items.truncate(size);
    let next = match items.last() {
        Some(last) if more => {
            match vault.seal(Purpose::PaginationToken, format!("{scope}\n{}", key(last)).as_bytes()) {
                Ok(token) => Some(token),
                Err(error) => return Some(Err(crate::fault::internal(&error.to_string()))),
            }
        }
        _ => None,
    };
    Some(Ok(Page { items, next }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_and_tokens_stay_at_home() {
        let vault = Vault::new(bailiwick_store::vault::MasterKey::from_bytes([7; 32]));
        let list = || vec![3, 1, 2, 5, 4];
        let take = |scope: &str, token: Option<&str>| page(&vault, scope, list(), |n| n.to_string(), token, 2);
        let first = take("a", None).unwrap().unwrap();
        assert_eq!(first.items, [1, 2]);
        let second = take("a", first.next.as_deref()).unwrap().unwrap();
        assert_eq!(second.items, [3, 4]);
        let third = take("a", second.next.as_deref()).unwrap().unwrap();
        assert_eq!((third.items.as_slice(), third.next.is_none()), (&[5][..], true));
        assert!(take("b", first.next.as_deref()).is_none());
        assert!(take("a", Some("rubbish")).is_none());
    }
}
