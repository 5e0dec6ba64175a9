//! The columns of the matrix: which policies grant, and which one stops.

use super::{Target, cast::Who};

pub(super) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// Allows something, and nothing that anybody here asks for.
const SILENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
/// RCPs only deny; this one denies nothing that anybody here asks for.
pub(super) const RCP_OF_NOTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}"#;

/// The policies of one cell. What is `None` is not there.
pub(super) struct Policies {
    pub(super) identity: Option<String>,
    pub(super) boundary: Option<String>,
    pub(super) session: Option<String>,
    pub(super) scp: String,
    pub(super) rcp: String,
    /// `None`: the resource's policy speaks of somebody else.
    pub(super) resource: Option<String>,
}

/// How the resource's policy names the caller.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Not,
    Account,
    /// The user, role or service.
    Name,
    Session,
    Everyone,
}

/// The layer that stops what is granted otherwise, and whether it denies or merely does not allow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stop {
    Boundary(Effect),
    Identity(Effect),
    Rcp,
    Resource,
    Scp(Effect),
    Session(Effect),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Denies,
    Silent,
}

pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    identity: bool,
    named: Named,
    stop: Option<Stop>,
}

const fn column(name: &'static str, about: &'static str, identity: bool, named: Named, stop: Option<Stop>) -> Column {
    Column { name, about, identity, named, stop }
}

pub(super) const COLUMNS: &[Column] = &[
    column("nothing", "no policy grants anything", false, Named::Not, None),
    column("identity", "only the caller's own policies grant", true, Named::Not, None),
    column("account", "only the resource's policy grants, to the caller's account", false, Named::Account, None),
    column("identity, account", "both grant, the resource's policy to the account", true, Named::Account, None),
    column("name", "only the resource's policy grants, to the user, role or service", false, Named::Name, None),
    column("identity, name", "both grant, the resource's policy to the user, role or service", true, Named::Name, None),
    column("session", "only the resource's policy grants, to the session itself", false, Named::Session, None),
    column("identity, session", "both grant, the resource's policy to the session itself", true, Named::Session, None),
    column("everyone", "only the resource's policy grants, to everyone", false, Named::Everyone, None),
    column(
        "SCP silent",
        "both grant by name; no SCP of the unit allows",
        true,
        Named::Name,
        Some(Stop::Scp(Effect::Silent)),
    ),
    column(
        "SCP denies",
        "both grant by name; an SCP of the unit denies",
        true,
        Named::Name,
        Some(Stop::Scp(Effect::Denies)),
    ),
    column("RCP denies", "both grant by name; an RCP of the unit denies", true, Named::Name, Some(Stop::Rcp)),
    column(
        "identity denies",
        "both grant by name; an identity policy denies",
        true,
        Named::Name,
        Some(Stop::Identity(Effect::Denies)),
    ),
    column(
        "resource denies",
        "both grant by name; the resource's policy denies",
        true,
        Named::Name,
        Some(Stop::Resource),
    ),
    column(
        "boundary silent",
        "both grant by name; the boundary does not allow",
        true,
        Named::Name,
        Some(Stop::Boundary(Effect::Silent)),
    ),
    column(
        "boundary denies",
        "both grant by name; the boundary denies",
        true,
        Named::Name,
        Some(Stop::Boundary(Effect::Denies)),
    ),
    column(
        "boundary silent, account",
        "both grant, to the account; the boundary does not allow",
        true,
        Named::Account,
        Some(Stop::Boundary(Effect::Silent)),
    ),
    column(
        "boundary silent, session",
        "both grant, to the session; the boundary does not allow",
        true,
        Named::Session,
        Some(Stop::Boundary(Effect::Silent)),
    ),
    column(
        "session silent",
        "both grant by name; the session policy does not allow",
        true,
        Named::Name,
        Some(Stop::Session(Effect::Silent)),
    ),
    column(
        "session denies",
        "both grant by name; the session policy denies",
        true,
        Named::Name,
        Some(Stop::Session(Effect::Denies)),
    ),
    column(
        "session silent, session",
        "both grant, to the session; the session policy does not allow",
        true,
        Named::Session,
        Some(Stop::Session(Effect::Silent)),
    ),
    column(
        "session denies, session",
        "both grant, to the session; the session policy denies",
        true,
        Named::Session,
        Some(Stop::Session(Effect::Denies)),
    ),
];

fn statement(effect: &str, principal: Option<&str>, target: Target, resource: bool) -> String {
    let principal = principal.map(|principal| format!(r#""Principal":{principal},"#)).unwrap_or_default();
    let resource = if resource { r#","Resource":"*""# } else { "" };
    format!(r#"{{"Effect":"{effect}",{principal}"Action":"{}"{resource}}}"#, target.action())
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))
}

fn denying(target: Target) -> String {
    document(&[r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.to_owned(), statement("Deny", None, target, true)])
}

fn limited(effect: Effect, target: Target) -> String {
    match effect {
        Effect::Denies => denying(target),
        Effect::Silent => SILENT.to_owned(),
    }
}

impl Column {
    /// The policies for this caller; `None` where the caller cannot be named so, or has no such layer.
    pub(super) fn policies(&self, who: Who, target: Target) -> Option<Policies> {
        let principal = match self.named {
            Named::Not => None,
            Named::Account => Some(who.by_account()?),
            // The root user is named by its account, and nobody by everyone.
            Named::Name => Some(match who {
                Who::Root(_) => who.by_account()?,
                Who::Anonymous => r#""*""#.to_owned(),
                _ => who.by_name()?,
            }),
            Named::Session => Some(who.by_session()?),
            Named::Everyone => Some(r#""*""#.to_owned()),
        };
        let has_policies = matches!(who, Who::User(_) | Who::Role(_) | Who::Federated(_) | Who::BareFederated(_));
        let has_session = matches!(who, Who::Role(_) | Who::Federated(_));
        if (self.identity && !has_policies && matches!(self.named, Named::Not | Named::Account))
            && !matches!(who, Who::Root(_))
        {
            return None;
        }
        let applies = match self.stop {
            Some(Stop::Boundary(_) | Stop::Identity(_)) => has_policies,
            Some(Stop::Session(_)) => has_session,
            Some(Stop::Rcp | Stop::Resource | Stop::Scp(_)) | None => true,
        };
        if !applies {
            return None;
        }
        let on_resource = target != Target::Role;
        let mut resource: Vec<String> = principal
            .as_deref()
            .map(|principal| statement("Allow", Some(principal), target, on_resource))
            .into_iter()
            .collect();
        if self.stop == Some(Stop::Resource) {
            resource.push(statement("Deny", principal.as_deref(), target, on_resource));
        }
        let identity = match self.stop {
            Some(Stop::Identity(effect)) => limited(effect, target),
            _ => ALLOW_ALL.to_owned(),
        };
        let session = match self.stop {
            Some(Stop::Session(effect)) => Some(limited(effect, target)),
            _ => matches!(who, Who::Federated(_)).then(|| ALLOW_ALL.to_owned()),
        };
        let rcp = document(&[statement("Deny", Some(r#""*""#), target, true)]);
        Some(Policies {
            identity: self.identity.then_some(identity),
            boundary: match self.stop {
                Some(Stop::Boundary(effect)) => Some(limited(effect, target)),
                _ => None,
            },
            session,
            scp: match self.stop {
                Some(Stop::Scp(effect)) => limited(effect, target),
                _ => ALLOW_ALL.to_owned(),
            },
            rcp: if self.stop == Some(Stop::Rcp) { rcp } else { RCP_OF_NOTHING.to_owned() },
            resource: (!resource.is_empty()).then(|| document(&resource)),
        })
    }
}
