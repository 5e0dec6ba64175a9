use bailiwick_ident::{AccountId, Arn};

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The root user of an account.
    Root {
        /// `arn:aws:iam::ACCOUNT:root`.
        arn: Arn,
    },
    /// An IAM user with long-term credentials, or with those of GetSessionToken.
    User {
        /// The user's ARN, path included.
        arn: Arn,
        /// The unique id, `AIDA...`; a trust policy may name it instead of the ARN.
        id: Option<String>,
    },
    /// A session of a role.
    RoleSession {
        /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`; `None` when only the role is known, as in a simulation.
        session_arn: Option<Arn>,
        /// The role's ARN, path included.
        role_arn: Arn,
        /// The role's unique id, `AROA...`.
        role_id: Option<String>,
        /// A service-linked role: SCPs do not bind it.
        service_linked: bool,
    },
    /// A session of GetFederationToken.
    FederatedUser {
        /// `arn:aws:sts::ACCOUNT:federated-user/NAME`.
        arn: Arn,
        /// The IAM user who asked for the session; a resource policy that names it grants to the session, too.
        user_arn: Option<Arn>,
        /// That user's unique id.
        user_id: Option<String>,
    },
    /// Someone an identity provider vouches for, before any role is assumed: the caller of AssumeRoleWithWebIdentity or
    /// AssumeRoleWithSAML.
    Federated {
        /// The provider as policies name it: a provider ARN or a domain such as `cognito-identity.amazonaws.com`.
        provider: String,
    },
    /// An AWS service that acts for itself.
    Service {
        /// The service principal, such as `cloudwatch.amazonaws.com`.
        name: String,
    },
    /// Nobody: a request without credentials.
    Anonymous,
}

impl Principal {
    /// Reads a caller from its ARN (`root`, `user/...`, `role/...`, `assumed-role/ROLE/SESSION`, `federated-user/NAME`,
    /// `saml-provider/...`, `oidc-provider/...`), from a service principal or an identity provider's domain. Paths of roles are not part of session ARNs and
    /// therefore not known here, nor are unique ids. `/aws-service-role/` marks a service-linked role, in a role ARN; a session
    /// ARN does not show it except by the reserved name prefix `AWSServiceRoleFor`.
    pub fn from_arn_text(text: &str) -> Result<Self, PrincipalError> {
        if !text.starts_with("arn:") {
            return Self::from_domain(text);
        }
        let arn = Arn::parse(text).map_err(|_| not_a_principal(text))?;
        let (partition, account) = (arn.partition().to_owned(), arn.account().to_owned());
        let (kind, name) = arn.resource().split_once('/').unwrap_or((arn.resource(), ""));
        match (arn.service(), kind) {
            ("iam", "root") if name.is_empty() => Ok(Principal::Root { arn }),
            ("iam", "user") if !name.is_empty() => Ok(Principal::User { arn, id: None }),
            ("iam", "role") if !name.is_empty() => {
                let service_linked = name.starts_with("aws-service-role/");
                Ok(Principal::RoleSession { session_arn: None, role_arn: arn, role_id: None, service_linked })
            }
            ("sts", "assumed-role") if name.contains('/') => {
                let role = name.split('/').next().unwrap_or_default();
                let service_linked = role.starts_with("AWSServiceRoleFor");
                let path =
                    if service_linked { format!("role/aws-service-role/{role}") } else { format!("role/{role}") };
                let role_arn = Arn::new(&partition, "iam", "", &account, &path).map_err(|_| not_a_principal(text))?;
                Ok(Principal::RoleSession { session_arn: Some(arn), role_arn, role_id: None, service_linked })
            }
            ("sts", "federated-user") if !name.is_empty() => {
                Ok(Principal::FederatedUser { arn, user_arn: None, user_id: None })
            }
            ("iam", "saml-provider" | "oidc-provider") => Ok(Principal::Federated { provider: text.to_owned() }),
            _ => Err(not_a_principal(text)),
        }
    }

    fn from_domain(text: &str) -> Result<Self, PrincipalError> {
        let labels = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        if !text.contains('.') || !text.bytes().all(labels) {
            return Err(not_a_principal(text));
        }
        let provider =
            ["cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com"];
        if provider.contains(&text) {
            return Ok(Principal::Federated { provider: text.to_owned() });
        }
        Ok(Principal::Service { name: text.to_owned() })
    }

    /// The ARN that AWS's messages call the user: the session's for a role session. `None` for services, web identities and
    /// anonymous callers.
    pub fn arn(&self) -> Option<&Arn> {
        match self {
            Principal::Root { arn } | Principal::User { arn, .. } | Principal::FederatedUser { arn, .. } => Some(arn),
            Principal::RoleSession { session_arn, role_arn, .. } => Some(session_arn.as_ref().unwrap_or(role_arn)),
            Principal::Federated { .. } | Principal::Service { .. } | Principal::Anonymous => None,
        }
    }

    /// The account the principal belongs to, when it belongs to one.
    pub fn account(&self) -> Option<AccountId> {
        self.arn().and_then(Arn::account_id)
    }

    /// How messages name the principal: its ARN, the service, the provider, or `anonymous`.
    pub fn display_name(&self) -> &str {
        match self {
            Principal::Service { name } => name,
            Principal::Federated { provider } => provider,
            _ => self.arn().map_or("anonymous", Arn::as_str),
        }
    }

    /// Whether the caller is a session of a service-linked role, which service control policies do not bind.
    pub fn is_service_linked(&self) -> bool {
        matches!(self, Principal::RoleSession { service_linked: true, .. })
    }
}

/// A text that names no caller.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no caller: give the ARN of a user, role, session or root user, a service principal or an identity provider"
)]
pub struct PrincipalError {
    text: String,
}

fn not_a_principal(text: &str) -> PrincipalError {
    PrincipalError { text: text.chars().take(128).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_read_from_text() {
        let read = |text: &str| Principal::from_arn_text(text).unwrap();
        assert!(matches!(read("arn:aws:iam::111122223333:root"), Principal::Root { .. }));
        assert!(matches!(read("arn:aws:iam::111122223333:user/a/dana"), Principal::User { .. }));
        assert!(matches!(read("sns.amazonaws.com"), Principal::Service { .. }));
        assert!(matches!(read("accounts.google.com"), Principal::Federated { .. }));
        let session = read("arn:aws:sts::111122223333:assumed-role/ops/dana");
        let Principal::RoleSession { role_arn, session_arn, service_linked, .. } = &session else {
            panic!("{session:?}")
        };
        assert_eq!(role_arn.as_str(), "arn:aws:iam::111122223333:role/ops");
        assert!(session_arn.is_some() && !service_linked);
        assert_eq!(session.account().unwrap().as_str(), "111122223333");
        assert!(
            read("arn:aws:iam::111122223333:role/aws-service-role/lex.amazonaws.com/AWSServiceRoleForLexBots")
                .is_service_linked()
        );
        for bad in
            ["", "dana", "arn:aws:iam::111122223333:group/x", "arn:aws:sts::111122223333:assumed-role/ops", "a b.c"]
        {
            assert!(Principal::from_arn_text(bad).is_err(), "{bad:?}");
        }
    }
}
