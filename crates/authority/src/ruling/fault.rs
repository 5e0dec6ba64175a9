use bailiwick_aws::Fault;

use super::{Denial, DenialKind, Ruling};

/// The reason in AWS's words. STS and some others give none.
/// Source: AWS's IAM guide, "Troubleshoot access denied error messages".
fn reason(denial: &Denial) -> String {
    let (explicit, none) = match denial.kind {
        DenialKind::Bailiwick => return format!(" because {}", denial.sentence),
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

/// IAM names its resources in its own way: `user NAME`, `role NAME`, `group NAME`, `policy path PATH`.
fn iam_resource(arn: &str) -> String {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    let Some((kind, path)) = resource.split_once('/') else { return arn.to_owned() };
    let name = path.rsplit('/').next().unwrap_or(path);
    match kind {
        "group" | "role" | "user" => format!("{kind} {name}"),
        "policy" => format!("policy {arn}"),
        _ => arn.to_owned(),
    }
}

impl Ruling {
    /// The fault with which the AWS API answers a refused call, in the code, status and words of the service; `None` for an
    /// allowed call.
    pub fn fault(&self) -> Option<Fault> {
        let denial = self.denial.as_ref()?;
        // SNS writes its own prefix in upper case.
        let spelled = |action: &str| match action.strip_prefix("sns:") {
            Some(name) => format!("SNS:{name}"),
            None => action.to_owned(),
        };
        let action = spelled(&denial.action);
        let resource =
            if denial.action.starts_with("iam:") { iam_resource(&denial.resource) } else { denial.resource.clone() };
        // Calls are authorized without a resource in AWS's own words when the action takes none.
        let on = format!(" on resource: {resource}");
        let spelled_denial = Denial { action: action.clone(), ..denial.clone() };
        let text =
            format!("User: {} is not authorized to perform: {action}{on}{}", self.principal, reason(&spelled_denial));
        Some(match self.service.as_str() {
            "organizations" => {
                Fault::sender("AccessDeniedException", 400, "You don't have permissions to access this resource.")
            }
            "sns" => Fault::sender("AuthorizationError", 403, text),
            "iam" | "sts" => Fault::sender("AccessDenied", 403, text),
            "ec2" => Fault::sender(
                "UnauthorizedOperation",
                403,
                format!("You are not authorized to perform this operation. {text}"),
            ),
            "chime" => Fault::sender("ForbiddenException", 403, text),
            // The remaining services of ours speak rest-json, most of AWS's others json.
            _ => Fault::sender("AccessDeniedException", 403, text),
        })
    }
}
