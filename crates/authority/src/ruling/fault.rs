use bailiwick_aws::Fault;

use super::{Denial, DenialKind, Ruling};

/// The reason in AWS's words. STS and some others give none.
/// Source: AWS's IAM guide, "Troubleshoot access denied error messages".
fn reason(denial: &Denial) -> String {
    let (explicit, none) = match denial.kind {
        DenialKind::Bailiwick | DenialKind::Credentials => return format!(" because {}", denial.sentence),
        DenialKind::Boundary => ("in a permissions boundary", "no permissions boundary"),
        DenialKind::Identity => ("in an identity-based policy", "no identity-based policy"),
        DenialKind::Resource => ("in a resource-based policy", "no resource-based policy"),
        DenialKind::ResourceControl => ("in a resource control policy", "no resource control policy"),
        DenialKind::ServiceControl => ("in a service control policy", "no service control policy"),
        DenialKind::Session => ("in a session policy", "no session policy"),
        DenialKind::Trust => ("in the role trust policy", "no role trust policy"),
    };
    match (denial.explicit, &denial.policy_arn) {
        (true, Some(arn)) => format!(" with an explicit deny {explicit}: {arn}"),
        (true, None) => format!(" with an explicit deny {explicit}"),
        (false, _) => format!(" because {none} allows the {} action", denial.action),
    }
}

/// What AWS writes as the resource of actions that take none, where it is not `*`. `${...}` is the place of the call.
const WITHOUT_RESOURCE: &[(&str, &str)] = &[
    ("iam:ListGroups", "arn:${Partition}:iam::${Account}:group/"),
    ("iam:ListInstanceProfiles", "arn:${Partition}:iam::${Account}:instance-profile/"),
    ("iam:ListPolicies", "policy path /"),
    ("iam:ListRoles", "arn:${Partition}:iam::${Account}:role/"),
    ("iam:ListServerCertificates", "arn:${Partition}:iam::${Account}:server-certificate/"),
    ("iam:ListUsers", "arn:${Partition}:iam::${Account}:user/"),
    ("sns:ListSubscriptions", "arn:${Partition}:sns:${Region}:${Account}:*"),
    ("sns:ListTopics", "arn:${Partition}:sns:${Region}:${Account}:*"),
];

/// Actions of IAM that name by its ARN what other actions call `role NAME` or the like: it is not there yet, or it is passed
/// to another service.
const BY_ARN: &[&str] = &[
    "iam:CreateGroup",
    "iam:CreateInstanceProfile",
    "iam:CreateRole",
    "iam:CreateServiceLinkedRole",
    "iam:CreateUser",
    "iam:PassRole",
];

/// IAM names its resources in its own way: `user NAME`, `role NAME`, `group NAME`, `policy ARN`; `policy NAME` when it is
/// to be created.
fn iam_resource(action: &str, arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let Some((kind, path)) = resource.split_once('/') else { return arn.to_owned() };
    let name = path.rsplit('/').next().unwrap_or(path);
    match kind {
        _ if BY_ARN.contains(&action) => arn.to_owned(),
        "policy" if action == "iam:CreatePolicy" => format!("policy {name}"),
        "group" | "role" | "user" => format!("{kind} {name}"),
        "instance-profile" => format!("instance profile {name}"),
        "policy" => format!("policy {arn}"),
        _ => arn.to_owned(),
    }
}

impl Ruling {
    fn resource_text(&self, denial: &Denial) -> String {
        let listed = WITHOUT_RESOURCE.iter().find(|(action, _)| *action == denial.action && denial.resource == "*");
        match listed {
            Some((_, text)) => {
                let partition = self.principal.split(':').nth(1).unwrap_or("aws");
                text.replace("${Partition}", partition)
                    .replace("${Region}", self.region.as_str())
                    .replace("${Account}", self.account.as_str())
            }
            None if denial.action.starts_with("iam:") => iam_resource(&denial.action, &denial.resource),
            None => denial.resource.clone(),
        }
    }

    /// STS says why a role may not be assumed where a statement denies it, or where the trust policy of a role in the
    /// caller's own account does not allow it; of root sessions it names resource control policies only.
    /// Source: recorded answers, and AWS's IAM guide, "Troubleshoot access denied error messages".
    fn is_silent(&self, denial: &Denial) -> bool {
        let own = || denial.resource.split(':').nth(4) == Some(self.account.as_str());
        match denial.action.as_str() {
            "sts:AssumeRoot" => denial.kind != DenialKind::ResourceControl,
            "sts:AssumeRole" | "sts:SetSourceIdentity" | "sts:TagSession" => match denial.kind {
                DenialKind::Trust => !denial.explicit && !own(),
                _ => !denial.explicit,
            },
            _ => false,
        }
    }

    /// The fault with which the AWS API answers a refused call, in the code, status and words of the service; `None` for an
    /// allowed call.
    pub fn fault(&self) -> Option<Fault> {
        let denial = self.denial.as_ref()?;
        // SNS writes its own prefix in upper case.
        let action = match denial.action.strip_prefix("sns:") {
            Some(name) => format!("SNS:{name}"),
            None => denial.action.clone(),
        };
        let reason = if self.is_silent(denial) {
            String::new()
        } else {
            reason(&Denial { action: action.clone(), ..denial.clone() })
        };
        if denial.kind == DenialKind::Credentials {
            // IAM does not know the keys of such sessions; STS says what it is that they cannot do.
            return Some(match (self.service.as_str(), self.operation.as_str()) {
                ("sts", "GetFederationToken" | "GetSessionToken") => Fault::sender(
                    "AccessDenied",
                    403,
                    format!("Cannot call {} with session credentials", self.operation),
                ),
                ("sts", operation) => {
                    let text = format!("User: {} is not authorized to perform: sts:{operation}", self.principal);
                    Fault::sender("AccessDenied", 403, text)
                }
                _ => {
                    Fault::sender("InvalidClientTokenId", 403, "The security token included in the request is invalid")
                }
            });
        }
        if matches!(self.operation.as_str(), "AssumeRoleWithSAML" | "AssumeRoleWithWebIdentity") {
            return Some(Fault::sender(
                "AccessDenied",
                403,
                format!("Not authorized to perform sts:{}", self.operation),
            ));
        }
        let text = format!(
            "User: {} is not authorized to perform: {action} on resource: {}{reason}",
            self.principal,
            self.resource_text(denial)
        );
        Some(match self.service.as_str() {
            "ec2" => {
                let text = format!("You are not authorized to perform this operation. {text}");
                Fault::sender("UnauthorizedOperation", 403, text)
            }
            "iam" | "sts" => Fault::sender("AccessDenied", 403, text),
            "organizations" => {
                Fault::sender("AccessDeniedException", 400, "You don't have permissions to access this resource.")
            }
            "sns" => Fault::sender("AuthorizationError", 403, text),
            // What speaks JSON answers so; the rest of our services do.
            _ => Fault::sender("AccessDeniedException", 403, text),
        })
    }
}
