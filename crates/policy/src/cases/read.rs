use super::{Authorize, Case, Compare, ExpectedDecision, Question, Validate, ValidateKind, simulate};
use crate::json::{self, Json, Node};
use crate::lint::ServicePolicy;
use crate::{Context, Layers, Policy, PolicyType, Principal, Request, Resource, Value};
use bailiwick_ident::{AccountId, Arn};

/// A text that is not a file of cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct CaseError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

pub(super) type Read<T> = Result<T, String>;

/// Reads a file of cases: one JSON object a line; empty lines are passed over. The first bad line ends the reading.
pub fn read(text: &str) -> Result<Vec<Case>, CaseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(n, line)| read_line(line).map_err(|message| CaseError { line: n + 1, message })).collect()
}

/// Reads one case.
pub fn read_line(line: &str) -> Result<Case, String> {
    let node = json::parse(line).map_err(|error| format!("not JSON: {error}"))?;
    if !matches!(node.value, Json::Object(_)) {
        return Err("a case is a JSON object".to_owned());
    }
    let case = Fields { text: line, node: &node };
    let kind = case.text("kind")?;
    let question = match kind.as_str() {
        "authorize" => Question::Authorize(Box::new(authorize(&case)?)),
        "check_no_new_access" => Question::Compare(compare(&case, ["existing", "new"], &["PASS", "FAIL"])?),
        "compare" => Question::Compare(compare(&case, ["a", "b"], &COMPARISONS)?),
        "simulate" => Question::Simulate(Box::new(simulate::read(&case)?)),
        "validate" => Question::Validate(validate(&case)?),
        "wildcard" => Question::Wildcard {
            pattern: case.text("pattern")?,
            text: case.text("text")?,
            expected: case.expected()?.map(|expected| expected.bool("match")).transpose()?,
        },
        _ => Question::Other { kind, expects: case.optional("expected").is_some() },
    };
    let tags = case.optional("tags").and_then(Node::as_array).unwrap_or_default();
    Ok(Case {
        id: case.text("id")?,
        name: case.optional_text("name").unwrap_or_default(),
        tags: tags.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
        question,
    })
}

/// An object of a case and the line it stands in.
pub(super) struct Fields<'a> {
    text: &'a str,
    pub(super) node: &'a Node<'a>,
}

impl<'a> Fields<'a> {
    /// A member that is there and is not null.
    pub(super) fn optional(&self, name: &str) -> Option<&'a Node<'a>> {
        self.node.get(name).filter(|node| node.value != Json::Null)
    }

    pub(super) fn optional_text(&self, name: &str) -> Option<String> {
        self.optional(name).and_then(Node::as_str).map(str::to_owned)
    }

    pub(super) fn text(&self, name: &str) -> Read<String> {
        self.optional_text(name).ok_or_else(|| format!("`{name}` must be a text"))
    }

    fn bool(&self, name: &str) -> Read<bool> {
        match self.optional(name).map(|node| &node.value) {
            Some(Json::Bool(value)) => Ok(*value),
            _ => Err(format!("`{name}` must be true or false")),
        }
    }

    pub(super) fn object(&self, name: &str) -> Read<Fields<'a>> {
        match self.optional(name) {
            Some(node) if matches!(node.value, Json::Object(_)) => Ok(Fields { text: self.text, node }),
            _ => Err(format!("`{name}` must be an object")),
        }
    }

    /// What the case expects; a case need not expect anything.
    pub(super) fn expected(&self) -> Read<Option<Fields<'a>>> {
        self.optional("expected").map(|_| self.object("expected")).transpose()
    }

    /// Refuses members that are not known: where they stand they would change what is asked.
    fn only(&self, what: &str, known: &[&str]) -> Read<()> {
        let Json::Object(members) = &self.node.value else { return Ok(()) };
        match members.iter().find(|member| !known.contains(&member.key.as_ref())) {
            Some(member) => Err(format!("`{what}` has no field `{}`; it has {}", member.key, known.join(", "))),
            None => Ok(()),
        }
    }

    /// The members of an object that stands in this one.
    pub(super) fn inner<'b>(&self, node: &'b Node<'b>) -> Fields<'b>
    where
        'a: 'b,
    {
        Fields { text: self.text, node }
    }

    /// A list of texts; empty when there is none.
    pub(super) fn texts(&self, name: &str) -> Read<Vec<String>> {
        let text = |item: &Node<'_>| item.as_str().map(str::to_owned);
        let list = self.list(name)?.unwrap_or_default();
        list.iter().map(|item| text(item).ok_or_else(|| format!("`{name}` must be a list of texts"))).collect()
    }

    pub(super) fn list(&self, name: &str) -> Read<Option<&'a [Node<'a>]>> {
        match self.optional(name) {
            None => Ok(None),
            Some(node) => node.as_array().map(Some).ok_or_else(|| format!("`{name}` must be a list")),
        }
    }
}

const REQUEST: [&str; 6] = ["principal", "action", "resource", "resource_account", "context", "wildcard_only_action"];
const POLICIES: [&str; 9] =
    ["identity", "resource", "trust", "boundary", "session", "guardrail", "scp", "rcp", "endpoint"];

fn authorize(case: &Fields<'_>) -> Read<Authorize> {
    let asked = case.object("request")?;
    asked.only("request", &REQUEST)?;
    let request = request(&asked)?;
    let policies = if case.optional("policies").is_some() { Some(case.object("policies")?) } else { None };
    let layers = match &policies {
        Some(policies) => {
            policies.only("policies", &POLICIES)?;
            layers(policies, &request)?
        }
        None => Layers::default(),
    };
    let (mut expected, mut blocked_by, mut aws_code, mut aws_message) = (None, None, None, None);
    if let Some(fields) = case.expected()? {
        aws_code = fields.optional_text("aws_code");
        aws_message = fields.optional_text("aws_message");
        expected = Some(decision(&fields.text("decision")?)?);
        blocked_by = fields.optional("blocked_by").map(|_| fields.texts("blocked_by")).transpose()?;
    }
    let trust_as_resource = policies.is_some_and(|policies| policies.optional("trust").is_none());
    Ok(Authorize { request, layers, trust_as_resource, expected, blocked_by, aws_code, aws_message })
}

fn decision(text: &str) -> Read<ExpectedDecision> {
    match text {
        "allowed" => Ok(ExpectedDecision::Allowed),
        "denied" => Ok(ExpectedDecision::Denied),
        "explicit_deny" => Ok(ExpectedDecision::ExplicitDeny),
        "implicit_deny" => Ok(ExpectedDecision::ImplicitDeny),
        other => Err(format!("there is no decision `{other}`")),
    }
}

fn request(fields: &Fields<'_>) -> Read<Request> {
    let mut context = Context::new();
    if fields.optional("context").is_some() {
        let keys = fields.object("context")?;
        if let Json::Object(members) = &keys.node.value {
            for member in members {
                let Some(value) = context_value(&member.key, &member.value)? else { continue };
                if context.get(&member.key).is_some() {
                    return Err(format!("the context key `{}` is given twice", member.key));
                }
                if !context.set(&member.key, value) {
                    return Err("the context has too many keys".to_owned());
                }
            }
        }
    }
    let resource_account = match fields.optional("resource_account") {
        None => None,
        // What AWS itself owns, such as its managed policies, is in nobody's account and open to everyone's identity policies.
        Some(node) if node.as_str() == Some("aws") => None,
        Some(node) => {
            let text = scalar(node).ok_or("`resource_account` must be an account id")?;
            Some(AccountId::parse(&text).map_err(|error| error.to_string())?)
        }
    };
    let wildcard_only = match fields.optional("wildcard_only_action") {
        None => false,
        Some(_) => fields.bool("wildcard_only_action")?,
    };
    Ok(Request {
        principal: principal(fields)?,
        action: fields.text("action")?,
        resource: Resource::from_text(&fields.text("resource")?),
        resource_account,
        wildcard_only,
        context,
    })
}

/// The value of a context key: a scalar for a single-valued key, a list for a multi-valued one.
fn context_value(key: &str, node: &Node<'_>) -> Read<Option<Value>> {
    let wrong = || format!("the context key `{key}` must be a text or a list of texts");
    match &node.value {
        Json::Null => Ok(None),
        Json::Array(items) => items
            .iter()
            .map(|item| scalar(item).ok_or_else(wrong))
            .collect::<Read<_>>()
            .map(|set| Some(Value::Set(set))),
        _ => scalar(node).map(|text| Some(Value::One(text))).ok_or_else(wrong),
    }
}

fn scalar(node: &Node<'_>) -> Option<String> {
    match &node.value {
        Json::String(text) => Some(text.clone().into_owned()),
        Json::Number(text) => Some((*text).to_owned()),
        Json::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

fn principal(fields: &Fields<'_>) -> Read<Principal> {
    let node = fields.optional("principal").ok_or("`principal` is missing")?;
    if let Some(text) = node.as_str() {
        return named(text);
    }
    let who = fields.object("principal")?;
    let kind = who.optional_text("type").unwrap_or_default().to_ascii_lowercase();
    if kind == "anonymous" {
        return Ok(Principal::Anonymous);
    }
    let name = ["arn", "name", "provider", "value"].into_iter().find_map(|field| who.optional_text(field));
    let name = name.ok_or("`principal` must be a text, or an object with `arn` or `type`: `anonymous`")?;
    let mut principal = match kind.as_str() {
        // What a domain name stands for cannot be told from the name.
        "federated" => Principal::Federated { provider: name },
        "service" => Principal::Service { name },
        _ => named(&name)?,
    };
    let unique = who.optional_text("id");
    match &mut principal {
        Principal::User { id, .. } => *id = unique,
        Principal::RoleSession { role_arn, role_id, .. } => {
            *role_id = unique;
            if let Some(text) = who.optional_text("role_arn") {
                *role_arn = Arn::parse(&text).map_err(|error| error.to_string())?;
            }
        }
        Principal::FederatedUser { user_arn, user_id, .. } => {
            *user_id = unique;
            if let Some(text) = who.optional_text("user_arn") {
                *user_arn = Some(Arn::parse(&text).map_err(|error| error.to_string())?);
            }
        }
        _ => {}
    }
    Ok(principal)
}

fn named(text: &str) -> Read<Principal> {
    match text {
        "*" | "anonymous" => Ok(Principal::Anonymous),
        account if AccountId::parse(account).is_ok() => {
            Principal::from_arn_text(&format!("arn:aws:iam::{account}:root")).map_err(|error| error.to_string())
        }
        other => Principal::from_arn_text(other).map_err(|error| error.to_string()),
    }
}

fn layers(fields: &Fields<'_>, request: &Request) -> Read<Layers> {
    let flat = |name: &str, kind| -> Read<Option<Vec<Policy>>> {
        let Some(list) = fields.list(name)? else { return Ok(None) };
        list.iter()
            .enumerate()
            .map(|(n, node)| policy(fields.text, node, &format!("{name}[{n}]"), kind))
            .collect::<Read<_>>()
            .map(Some)
    };
    let levels = |name: &str, kind| -> Read<Option<Vec<Vec<Policy>>>> {
        // Without a level there is none that has to allow: the account is in no organization.
        let Some(levels) = fields.list(name)?.filter(|levels| !levels.is_empty()) else { return Ok(None) };
        let level = |(n, level): (usize, &Node<'_>)| -> Read<Vec<Policy>> {
            let list = level.as_array().ok_or_else(|| format!("each level of `{name}` must be a list"))?;
            let one = |(m, node)| policy(fields.text, node, &format!("{name}[{n}][{m}]"), kind);
            list.iter().enumerate().map(one).collect()
        };
        levels.iter().enumerate().map(level).collect::<Read<_>>().map(Some)
    };
    let own = match (fields.optional("trust"), fields.optional("resource")) {
        (Some(_), Some(_)) => return Err("`trust` and `resource` are the same layer: give one".to_owned()),
        (Some(node), None) => Some((node, PolicyType::Trust)),
        (None, Some(node)) => {
            Some((node, if is_assume_role(request) { PolicyType::Trust } else { PolicyType::Resource }))
        }
        (None, None) => None,
    };
    Ok(Layers {
        identity: flat("identity", PolicyType::Identity)?,
        boundary: flat("boundary", PolicyType::Boundary)?,
        session: flat("session", PolicyType::Session)?,
        guardrail: flat("guardrail", PolicyType::Guardrail)?,
        scp: levels("scp", PolicyType::ServiceControl)?,
        rcp: levels("rcp", PolicyType::ResourceControl)?,
        resource: own.map(|(node, kind)| policy(fields.text, node, kind.as_str(), kind)).transpose()?,
        endpoint: flat("endpoint", PolicyType::Endpoint)?,
    })
}

/// The policy of a role is its trust policy: whoever assumes the role is asked by it.
fn is_assume_role(request: &Request) -> bool {
    let action = request.action.to_ascii_lowercase();
    let role = Arn::parse(request.resource.as_str())
        .is_ok_and(|arn| arn.service() == "iam" && arn.resource().starts_with("role/"));
    role && (action.starts_with("sts:assumerole") || action == "sts:tagsession" || action == "sts:setsourceidentity")
}

fn policy(line: &str, node: &Node<'_>, name: &str, kind: PolicyType) -> Read<Policy> {
    document(line, node)
        .map(|text| Policy::read_draft(name, kind, &text))
        .ok_or_else(|| format!("`{name}` must be a document: an object, or text"))
}

/// The text of a document: of an object as it stands in the line, of a text what it says.
fn document(line: &str, node: &Node<'_>) -> Option<String> {
    match &node.value {
        Json::String(text) => Some(text.clone().into_owned()),
        Json::Object(_) | Json::Array(_) => line.get(node.span.range()).map(str::to_owned),
        _ => None,
    }
}

const COMPARISONS: [&str; 4] = ["equivalent", "a_more_permissive", "b_more_permissive", "incomparable"];

fn compare(case: &Fields<'_>, names: [&str; 2], words: &[&str]) -> Read<Compare> {
    let kind = match case.optional_text("policy_type").as_deref() {
        None | Some("any") => PolicyType::Identity,
        Some(name) => {
            let kind = PolicyType::ALL.into_iter().find(|kind| kind.as_str() == name);
            kind.ok_or_else(|| format!("there is no policy type `{name}`"))?
        }
    };
    let side = |name: &str| -> Read<Vec<Policy>> {
        let node = case.optional(name).ok_or_else(|| format!("`{name}` is missing"))?;
        let one = |node: &Node<'_>| policy(case.text, node, name, kind);
        match node.as_array() {
            Some(list) => list.iter().map(one).collect(),
            None => Ok(vec![one(node)?]),
        }
    };
    // The word alone, or as a member.
    let expected = match case.optional("expected") {
        None => None,
        Some(node) => {
            let word =
                node.as_str().or_else(|| ["result", "relation"].iter().find_map(|name| node.get(name)?.as_str()));
            let word = word.filter(|word| words.contains(word)).map(str::to_owned);
            Some(word.ok_or_else(|| format!("`expected` is one of {}", words.join(", ")))?)
        }
    };
    let [a, b] = names;
    Ok(Compare { a: side(a)?, b: side(b)?, only_new: words.contains(&"PASS"), expected })
}

fn validate(case: &Fields<'_>) -> Read<Validate> {
    let node = case.node.get("document").ok_or("`document` is missing")?;
    let document = document(case.text, node).or_else(|| case.text.get(node.span.range()).map(str::to_owned));
    let expected = case.expected()?;
    let name = case.text("policy_type")?;
    let kind = match name.as_str() {
        "any" => ValidateKind::Any,
        other => {
            let one = PolicyType::ALL.into_iter().find(|kind| kind.as_str() == other).map(ValidateKind::One);
            let service = || ServicePolicy::ALL.into_iter().find(|kind| kind.as_str() == other);
            one.or_else(|| service().map(ValidateKind::Service))
                .ok_or_else(|| format!("there is no policy type `{other}`"))?
        }
    };
    let account = |text: &String| AccountId::parse(text).map_err(|error| error.to_string());
    let accounts = case.optional("accounts").map(|_| case.texts("accounts")).transpose()?;
    let accounts = accounts.map(|texts| texts.iter().map(account).collect::<Read<_>>()).transpose()?;
    Ok(Validate {
        kind,
        document: document.unwrap_or_default(),
        accounts,
        valid: expected.as_ref().map(|fields| fields.bool("valid")).transpose()?,
        aws_code: expected.as_ref().and_then(|fields| fields.optional_text("aws_code")),
        aws_message: expected.as_ref().and_then(|fields| fields.optional_text("aws_message")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(request: &str, policies: &str) -> String {
        format!(r#"{{"id":"1","kind":"authorize","request":{request},"policies":{policies},"note":1}}"#)
    }

    const REQUEST: &str =
        r#"{"principal":"arn:aws:iam::111122223333:user/dana","action":"s3:GetObject","resource":"*"}"#;

    #[test]
    fn a_missing_layer_and_an_empty_one_differ() {
        let Question::Authorize(case) = read_line(&line(REQUEST, r#"{"boundary":[],"scp":[[]]}"#)).unwrap().question
        else {
            panic!("authorize")
        };
        assert!(case.layers.identity.is_none());
        assert!(case.layers.boundary.is_some_and(|list| list.is_empty()));
        assert_eq!(case.layers.scp.map(|levels| levels.len()), Some(1));
        assert_eq!(case.expected, None);
    }

    #[test]
    fn documents_keep_their_bytes() {
        let text = r#"{"Version":"2012-10-17",  "Version":"2012-10-17","Statement":[]}"#;
        let Question::Authorize(case) =
            read_line(&line(REQUEST, &format!(r#"{{"identity":[{text}]}}"#))).unwrap().question
        else {
            panic!("authorize")
        };
        let identity = case.layers.identity.unwrap();
        assert_eq!(identity[0].text(), text, "a doubled key reaches the reader");
        assert!(identity[0].document().is_none());
    }

    #[test]
    fn a_case_that_is_wrong_is_an_error() {
        for bad in [
            "[]",
            "{}",
            r#"{"id":"1"}"#,
            r#"{"kind":"wildcard","pattern":"a","text":"a"}"#,
            r#"{"id":"1","kind":"wildcard","pattern":"a"}"#,
            r#"{"id":"1","kind":"wildcard","pattern":"a","text":"a","expected":{"match":"yes"}}"#,
            r#"{"id":"1","kind":"validate","policy_type":"team","document":{}}"#,
            r#"{"id":"1","kind":"validate","policy_type":"identity"}"#,
            &line(REQUEST, r#"{"identity":{}}"#),
            &line(REQUEST, r#"{"scp":[{}]}"#),
            &line(REQUEST, r#"{"resource":{},"trust":{}}"#),
            &line(r#"{"principal":"dana","action":"a:b","resource":"*"}"#, "{}"),
            &line(r#"{"principal":{},"action":"a:b","resource":"*"}"#, "{}"),
            &line(r#"{"principal":"*","action":"a:b","resource":"*","context":{"a":{}}}"#, "{}"),
            &line(r#"{"principal":"*","action":"a:b","resource":"*","context":{"a":"1","A":"2"}}"#, "{}"),
            &line(r#"{"principal":"*","action":"a:b","resource":"*","resource_account":"1"}"#, "{}"),
        ] {
            assert!(read_line(bad).is_err(), "{bad}");
        }
        assert_eq!(read("\n{}\n").unwrap_err().line, 2);
    }
}
