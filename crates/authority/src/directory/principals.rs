//! Principals of resource and trust policies. They are stored by unique id, as AWS does: a user or role that is made again
//! under an old name is somebody else. They are shown by ARN while they live and by id afterwards.
//! Source: AWS's IAM guide, "AWS JSON policy elements: Principal".

use bailiwick_ident::Arn;
use bailiwick_policy::{
    Policy, PolicyType,
    document::{PrincipalEntry, PrincipalKind, PrincipalSet},
};

use super::Directory;

/// A principal that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid principal in policy: \"AWS\":\"{0}\"")]
pub struct InvalidPrincipal(pub String);

/// The text with each of its `AWS` principals as `change` writes it; `None` leaves one as it is. A text that is no policy
/// stays as it is: it denies.
fn rewritten<E>(kind: PolicyType, text: &str, change: impl Fn(&str) -> Result<Option<String>, E>) -> Result<String, E> {
    let policy = Policy::read("policy", kind, text);
    let Some(document) = policy.document() else { return Ok(text.to_owned()) };
    let mut entries: Vec<&PrincipalEntry> = Vec::new();
    for statement in &document.statements {
        if let Some(PrincipalSet::Listed(listed)) = statement.principal.as_ref().map(|element| &element.principals) {
            entries.extend(listed.iter().filter(|entry| entry.kind == PrincipalKind::Aws));
        }
    }
    entries.sort_by_key(|entry| entry.value.span.start);
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for entry in entries {
        let Some(new) = change(&entry.value.value)? else { continue };
        let span = entry.value.span;
        // The span is the value with its quotes.
        let (Some(before), Ok(new)) = (text.get(done..span.start), serde_json::to_string(&new)) else { continue };
        out.push_str(before);
        out.push_str(&new);
        done = span.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(out)
}

impl Directory {
    /// The unique id of a user or role of the directory, by its ARN; `None` for anything that has none: accounts, sessions,
    /// services, principals of accounts that are not here.
    ///
    /// # Errors
    /// The account is here and the principal is not.
    fn principal_id(&self, principal: &str) -> Result<Option<String>, InvalidPrincipal> {
        let Ok(arn) = Arn::parse(principal) else { return Ok(None) };
        let Some(account) = arn.account_id().and_then(|id| self.account(id)) else { return Ok(None) };
        let absent = || InvalidPrincipal(principal.to_owned());
        if arn.service() != "iam" {
            return Ok(None);
        }
        match arn.resource().split_once('/') {
            None if arn.resource() == "root" => Ok(None),
            Some(("role", _)) => {
                account.role_by_arn(principal).map(|role| Some(role.record.id.clone())).ok_or_else(absent)
            }
            Some(("user", _)) => {
                account.user_by_arn(principal).map(|user| Some(user.record.id.clone())).ok_or_else(absent)
            }
            _ => Err(absent()),
        }
    }

    /// A resource or trust policy as it is stored: users and roles by unique id.
    ///
    /// # Errors
    /// It names a user, role or group as principal that is not there or cannot be one.
    pub fn principals_by_id(&self, kind: PolicyType, text: &str) -> Result<String, InvalidPrincipal> {
        rewritten(kind, text, |principal| match unique_id(principal) {
            // The id of somebody who is gone is refused, as AWS does: it would let nobody in.
            true => match self.arn_of(principal) {
                Some(_) => Ok(None),
                None => Err(InvalidPrincipal(principal.to_owned())),
            },
            false => self.principal_id(principal),
        })
    }

    /// A stored policy as it is shown: users and roles by ARN while they live, by id after that.
    pub fn principals_by_arn(&self, kind: PolicyType, text: &str) -> String {
        // Most policies name no user or role: they are not read at all. A backslash may hide a letter.
        if !["AIDA", "AROA", "\\"].iter().any(|sign| text.contains(sign)) {
            return text.to_owned();
        }
        let shown = rewritten(kind, text, |principal| {
            Ok::<_, std::convert::Infallible>(unique_id(principal).then(|| self.arn_of(principal)).flatten())
        });
        match shown {
            Ok(text) => text,
            Err(never) => match never {},
        }
    }

    /// The ARN of a user or role, in whichever account, by its unique id.
    pub fn arn_of(&self, unique_id: &str) -> Option<String> {
        self.accounts().find_map(|account| {
            let user = account.user_by_id(unique_id).map(|user| &user.arn);
            user.or_else(|| account.role_by_id(unique_id).map(|role| &role.arn)).cloned()
        })
    }
}

fn unique_id(text: &str) -> bool {
    (text.starts_with("AIDA") || text.starts_with("AROA"))
        && text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
