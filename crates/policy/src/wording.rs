//! How a denial is worded: as AWS words it for its API, and as a sentence for people.
//!
//! Sources: AWS's IAM guide, "Troubleshoot access denied error messages", and recorded answers for what the guide leaves out: spelling of
//! actions, error codes and statuses differ by service.

use crate::{Cause, Decision, Layer, Outcome, PolicyType, Request};

/// An error answer of an AWS API to a request that is not authorized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsDenial {
    /// The error code, such as `AccessDenied`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The message.
    pub message: String,
}

/// How one service answers.
struct Manner {
    service: &'static str,
    code: &'static str,
    status: u16,
    /// How the service writes its own actions.
    spelling: Spelling,
}

enum Spelling {
    AsIs,
    Lower,
    UpperService,
}

/// What is recorded of services that differ from the last row.
const MANNERS: [Manner; 6] = [
    Manner { service: "iam", code: "AccessDenied", status: 403, spelling: Spelling::AsIs },
    Manner { service: "sts", code: "AccessDenied", status: 403, spelling: Spelling::AsIs },
    Manner { service: "sns", code: "AuthorizationError", status: 403, spelling: Spelling::UpperService },
    Manner { service: "sqs", code: "AccessDenied", status: 403, spelling: Spelling::Lower },
    Manner { service: "organizations", code: "AccessDeniedException", status: 400, spelling: Spelling::AsIs },
    Manner { service: "kms", code: "AccessDeniedException", status: 400, spelling: Spelling::AsIs },
];

const ORDINARY: Manner = Manner { service: "", code: "AccessDeniedException", status: 403, spelling: Spelling::AsIs };

impl Decision {
    /// The error answer in AWS's words; `None` when the request is allowed.
    pub fn aws_denial(&self, request: &Request) -> Option<AwsDenial> {
        if self.outcome == Outcome::Allowed {
            return None;
        }
        let (service, name) = request.action.split_once(':').unwrap_or((request.action.as_str(), ""));
        let manner = MANNERS.iter().find(|manner| manner.service.eq_ignore_ascii_case(service)).unwrap_or(&ORDINARY);
        let action = match manner.spelling {
            Spelling::AsIs => request.action.clone(),
            Spelling::Lower => request.action.to_ascii_lowercase(),
            Spelling::UpperService => format!("{}:{name}", service.to_ascii_uppercase()),
        };
        let message = if manner.service == "organizations" {
            "You don't have permissions to access this resource.".to_owned()
        } else {
            let resource =
                if manner.service == "iam" { iam_resource(request) } else { request.resource.as_str().to_owned() };
            let caller = request.principal.display_name();
            let reason = if self.is_silent(&action) { String::new() } else { self.aws_reason(&action) };
            format!("User: {caller} is not authorized to perform: {action} on resource: {resource}{reason}")
        };
        Some(AwsDenial { code: manner.code, status: manner.status, message })
    }

    /// STS does not say why a role may not be assumed, except that it names a resource control policy.
    fn is_silent(&self, action: &str) -> bool {
        let assumes = action.get(..10).is_some_and(|start| start.eq_ignore_ascii_case("sts:Assume"));
        assumes && self.reason.layer != PolicyType::ResourceControl
    }

    fn aws_reason(&self, action: &str) -> String {
        let layer = self.reason.layer;
        let name = layer.aws_name();
        if self.outcome == Outcome::ImplicitDeny {
            return format!(" because no {name} allows the {action} action");
        }
        let article = match layer {
            PolicyType::Identity => "an",
            PolicyType::Trust => "the",
            _ => "a",
        };
        let named = layer == PolicyType::ResourceControl || layer == PolicyType::ServiceControl;
        match self.reason.policy.as_deref().filter(|policy| named && policy.starts_with("arn:")) {
            Some(policy) => format!(" with an explicit deny in {article} {name}: {policy}"),
            None => format!(" with an explicit deny in {article} {name}"),
        }
    }

    /// The decision as one sentence for people, without a full stop.
    pub fn sentence(&self, request: &Request) -> String {
        let (action, resource) = (&request.action, request.resource.as_str());
        let what = format!("{action} on {resource}");
        let layer = plain_name(self.reason.layer);
        let policy = match (&self.reason.policy, &self.reason.statement) {
            (Some(policy), Some(statement)) => match statement.sid.as_deref().filter(|sid| !sid.is_empty()) {
                Some(sid) => format!(", policy {policy}, statement {sid}"),
                None => format!(", policy {policy}, statement {}", statement.index + 1),
            },
            (Some(policy), None) => format!(", policy {policy}"),
            _ => String::new(),
        };
        match self.reason.cause {
            Cause::StatementAllows => format!("{what} is allowed by {layer}{policy}"),
            Cause::NoPermissionNeeded => format!("{what} is allowed: it needs no permission"),
            Cause::RootUser => format!("{what} is allowed: the root user needs no permission in its own account"),
            Cause::StatementDenies => format!("{what} is denied by {layer}{policy}"),
            Cause::Unreadable => format!("{what} is denied: a policy of {layer} cannot be read{policy}"),
            Cause::NothingAllows => {
                let others: Vec<&str> = self.blocked_by.iter().skip(1).map(|layer| plain_name(*layer)).collect();
                let also =
                    if others.is_empty() { String::new() } else { format!(", and neither does {}", others.join(", ")) };
                match self.reason.level {
                    Some(level) => {
                        format!("{what} is not allowed: nothing in {layer}, level {}, allows it{also}", level + 1)
                    }
                    None => format!("{what} is not allowed: nothing in {layer} allows it{also}"),
                }
            }
        }
    }
}

/// A layer as people call it.
pub(crate) fn plain_name(layer: Layer) -> &'static str {
    match layer {
        PolicyType::Identity => "the identity policies",
        PolicyType::Boundary => "the permissions boundary",
        PolicyType::Session => "the session policies",
        PolicyType::Guardrail => "the guardrails",
        PolicyType::ServiceControl => "the service control policies",
        PolicyType::ResourceControl => "the resource control policies",
        PolicyType::Resource => "the resource policy",
        PolicyType::Trust => "the role's trust policy",
        PolicyType::Endpoint => "the VPC endpoint policy",
    }
}

/// IAM names users, roles and the like by kind and name instead of by ARN, and puts the kind before a policy's ARN.
fn iam_resource(request: &Request) -> String {
    let arn = request.resource.as_str();
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let Some((kind, path)) = resource.split_once('/') else { return arn.to_owned() };
    let name = path.rsplit('/').next().unwrap_or_default();
    match kind {
        "user" | "role" | "group" => format!("{kind} {name}"),
        "instance-profile" => format!("instance profile {name}"),
        "policy" => format!("policy {arn}"),
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Context, Layers, Policy, PolicyType, Principal, Request, Resource, oracle};

    fn request(action: &str, resource: &str) -> Request {
        Request {
            principal: Principal::from_arn_text("arn:aws:iam::111122223333:user/dana").unwrap(),
            action: action.to_owned(),
            resource: Resource::from_text(resource),
            resource_account: None,
            wildcard_only: false,
            context: Context::new(),
        }
    }

    fn denial(action: &str, resource: &str, layers: &Layers) -> (String, &'static str, u16) {
        let request = request(action, resource);
        let denial = oracle::decide(&request, layers).aws_denial(&request).unwrap();
        let start = "User: arn:aws:iam::111122223333:user/dana is not authorized to perform: ";
        (denial.message.replace(start, "... "), denial.code, denial.status)
    }

    fn deny(kind: PolicyType, name: &str) -> Policy {
        let who = if kind.requires_principal() { r#""Principal":"*","# } else { "" };
        let text = format!(r#"{{"Statement":{{"Effect":"Deny",{who}"Action":"*","Resource":"*"}}}}"#);
        Policy::read(name, kind, &text)
    }

    #[test]
    fn services_word_denials_in_their_own_way() {
        let none = Layers::default();
        let topic = "arn:aws:sns:us-east-1:111122223333:alarms";
        let rcp_name = "arn:aws:organizations::111122223333:policy/o-a/resource_control_policy/p-b";
        let rcp = Layers { rcp: Some(vec![vec![deny(PolicyType::ResourceControl, rcp_name)]]), ..Layers::default() };
        let resource = Layers { resource: Some(deny(PolicyType::Resource, "topic")), ..Layers::default() };
        let text = |text: &str| text.to_owned();
        assert_eq!(
            denial("iam:ListUsers", "*", &none),
            (
                text(
                    "... iam:ListUsers on resource: * because no identity-based policy allows the iam:ListUsers action"
                ),
                "AccessDenied",
                403
            )
        );
        assert_eq!(
            denial("iam:GetRole", "arn:aws:iam::111122223333:role/a/ops", &none).0.split(" because").next().unwrap(),
            "... iam:GetRole on resource: role ops"
        );
        assert_eq!(
            denial("sns:Publish", topic, &resource),
            (
                format!("... SNS:Publish on resource: {topic} with an explicit deny in a resource-based policy"),
                "AuthorizationError",
                403
            )
        );
        let queue = "arn:aws:sqs:us-east-1:111122223333:q";
        assert_eq!(
            denial("sqs:SendMessage", queue, &rcp).0,
            format!(
                "... sqs:sendmessage on resource: {queue} with an explicit deny in a resource control policy: {rcp_name}"
            )
        );
        let role = "arn:aws:iam::111122223333:role/ops";
        assert_eq!(denial("sts:AssumeRole", role, &none).0, format!("... sts:AssumeRole on resource: {role}"));
        assert!(denial("sts:AssumeRole", role, &rcp).0.ends_with(rcp_name));
        assert_eq!(
            denial("organizations:ListRoots", "*", &none),
            (text("You don't have permissions to access this resource."), "AccessDeniedException", 400)
        );
        assert_eq!(denial("lex:GetBots", "*", &none).1, "AccessDeniedException");
    }

    #[test]
    fn a_sentence_says_what_and_why() {
        let request = request("sns:ListTopics", "*");
        let sentence = |layers: &Layers| oracle::decide(&request, layers).sentence(&request);
        let bounded = Layers { boundary: Some(vec![]), ..Layers::default() };
        assert_eq!(
            sentence(&bounded),
            "sns:ListTopics on * is not allowed: nothing in the identity policies allows it, and neither does the permissions boundary"
        );
        let denied = Layers { guardrail: Some(vec![deny(PolicyType::Guardrail, "protection")]), ..Layers::default() };
        assert_eq!(
            sentence(&denied),
            "sns:ListTopics on * is denied by the guardrails, policy protection, statement 1"
        );
    }
}
