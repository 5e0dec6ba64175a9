use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{resolve::Resolver, template::Template};

/// Authorization rows that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the authorization rows of {file} are damaged: {cause}")]
pub struct RowsError {
    pub(super) file: String,
    pub(super) cause: String,
}

/// Where a condition key's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// The element of the list that the row is asked for once each.
    Each,
    /// A text that is the same for every input of a place.
    Fixed(Template),
    /// One value at a path of the input.
    One(Vec<String>),
    /// All values of a list at a path of the input.
    Set(Vec<String>),
}

/// When a check applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    /// The member is not there, or is empty.
    Absent(Vec<String>),
    /// The member is a list that holds this value.
    Contains(Vec<String>, String),
    /// The member has this value.
    Is(Vec<String>, String),
    /// The account has no role of this name.
    NoRole(String),
    /// The member is there and not empty.
    Present(Vec<String>),
    /// The caller's session of a role carries something that passes along a chain of roles.
    Session(Carried),
}

/// What a session of a role passes along a chain of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carried {
    /// The source identity.
    SourceIdentity,
    /// Transitive tags.
    Tags,
}

/// What a row says of the resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resource {
    /// The action takes only `*`.
    Any,
    /// The element of the list that the row is asked for once each.
    Each,
    /// Looked up in the directory, from a member of the input.
    Resolved(Resolver, Option<Vec<String>>),
    /// Made from the input.
    Template(Template),
}

impl Resource {
    fn is_wildcard(&self) -> bool {
        matches!(self, Resource::Any | Resource::Resolved(Resolver::Organization, _))
    }
}

/// One check of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CheckRow {
    pub(super) action: String,
    pub(super) resource: Resource,
    pub(super) when: Option<When>,
    /// A list of the input: the row is one check for each of its elements.
    pub(super) each: Option<Vec<String>>,
    pub(super) context: Vec<(String, Source)>,
    pub(super) request_tags: Option<Vec<String>>,
    pub(super) tag_keys: Option<Vec<String>>,
    pub(super) trust: bool,
    /// Whether nobody in particular may ask: the input itself is the proof, such as a token that was sent to an endpoint.
    pub(super) unsigned: bool,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    Checks(Vec<CheckRow>),
    Permissionless,
}

/// The authorization rows of every operation that Bailiwick serves.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    services: HashMap<String, BTreeMap<String, Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: String,
    prefix: Option<String>,
    operations: BTreeMap<String, OperationForm>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OperationForm {
    Short(String),
    Check(Box<CheckForm>),
    Checks(Vec<CheckForm>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckForm {
    action: Option<String>,
    resource: String,
    when: Option<String>,
    each: Option<String>,
    #[serde(default)]
    context: BTreeMap<String, String>,
    request_tags: Option<String>,
    tag_keys: Option<String>,
    #[serde(default)]
    trust: bool,
    #[serde(default)]
    unsigned: bool,
}

const FILES: &[(&str, &str)] = &[
    ("account.toml", include_str!("../../authorization/account.toml")),
    ("bailiwick.toml", include_str!("../../authorization/bailiwick.toml")),
    ("chatbot.toml", include_str!("../../authorization/chatbot.toml")),
    ("chime.toml", include_str!("../../authorization/chime.toml")),
    ("iam.toml", include_str!("../../authorization/iam.toml")),
    ("organizations.toml", include_str!("../../authorization/organizations.toml")),
    ("sns.toml", include_str!("../../authorization/sns.toml")),
    ("sts.toml", include_str!("../../authorization/sts.toml")),
];

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

/// Stands for the element of `each`.
const EACH: &str = "@each";

fn source(text: &str) -> Result<Source, String> {
    if let Some(fixed) = text.strip_prefix('=') {
        return Template::parse(fixed).map(Source::Fixed);
    }
    Ok(match text.strip_suffix("[]") {
        _ if text == EACH => Source::Each,
        Some(list) => Source::Set(path(list)),
        None => Source::One(path(text)),
    })
}

fn when(text: &str) -> When {
    match text {
        "@source-identity" => return When::Session(Carried::SourceIdentity),
        "@transitive-tags" => return When::Session(Carried::Tags),
        _ => {}
    }
    if let Some(name) = text.strip_prefix("@no-role(").and_then(|rest| rest.strip_suffix(')')) {
        return When::NoRole(name.to_owned());
    }
    if let Some(absent) = text.strip_prefix('!') {
        return When::Absent(path(absent));
    }
    if let Some((member, value)) = text.split_once('~') {
        return When::Contains(path(member), value.to_owned());
    }
    match text.split_once('=') {
        Some((member, value)) => When::Is(path(member), value.to_owned()),
        None => When::Present(path(text)),
    }
}

fn resource(text: &str) -> Result<Resource, String> {
    if text == "*" {
        return Ok(Resource::Any);
    }
    if text == EACH {
        return Ok(Resource::Each);
    }
    if let Some(rest) = text.strip_prefix('@') {
        let (name, argument) = rest
            .strip_suffix(')')
            .and_then(|rest| rest.split_once('('))
            .ok_or_else(|| format!("`{text}` is not a resolver with its argument, such as @role(RoleName)"))?;
        let resolver = Resolver::parse(name).ok_or_else(|| format!("there is no resolver `{name}`"))?;
        return Ok(Resource::Resolved(resolver, (!argument.is_empty()).then(|| path(argument))));
    }
    Ok(Resource::Template(Template::parse(text)?))
}

fn check(prefix: &str, operation: &str, form: CheckForm) -> Result<CheckRow, String> {
    let name = form.action.unwrap_or_else(|| operation.to_owned());
    let action = if name.contains(':') { name } else { format!("{prefix}:{name}") };
    bailiwick_ident::ActionName::parse(&action).map_err(|error| error.to_string())?;
    Ok(CheckRow {
        action,
        resource: resource(&form.resource)?,
        when: form.when.as_deref().map(when),
        each: form.each.as_deref().map(path),
        context: form
            .context
            .iter()
            .map(|(key, text)| Ok((key.clone(), source(text)?)))
            .collect::<Result<_, String>>()?,
        request_tags: form.request_tags.as_deref().map(path),
        tag_keys: form.tag_keys.as_deref().map(path),
        trust: form.trust,
        unsigned: form.unsigned,
    })
}

fn row(prefix: &str, operation: &str, form: OperationForm) -> Result<Row, String> {
    let forms = match form {
        OperationForm::Short(text) if text == "permissionless" => return Ok(Row::Permissionless),
        OperationForm::Short(resource) => vec![CheckForm {
            action: None,
            resource,
            when: None,
            each: None,
            context: BTreeMap::new(),
            request_tags: None,
            tag_keys: None,
            trust: false,
            unsigned: false,
        }],
        OperationForm::Check(form) => vec![*form],
        OperationForm::Checks(forms) => forms,
    };
    if forms.is_empty() {
        return Err(format!("`{operation}` has no check; write \"permissionless\" when that is meant"));
    }
    let checks = forms.into_iter().map(|form| check(prefix, operation, form)).collect::<Result<_, _>>()?;
    Ok(Row::Checks(checks))
}

impl Rows {
    /// Reads the rows that the program carries.
    ///
    /// # Errors
    /// They do not read; a test keeps that from being built.
    pub fn read() -> Result<Self, RowsError> {
        let mut services = HashMap::new();
        for (file, text) in FILES {
            let bad = |cause: String| RowsError { file: (*file).to_owned(), cause };
            let form: File = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
            let prefix = form.prefix.as_deref().unwrap_or(&form.service);
            let mut rows = BTreeMap::new();
            for (operation, form) in form.operations {
                let row = row(prefix, &operation, form).map_err(|cause| bad(format!("{operation}: {cause}")))?;
                rows.insert(operation, row);
            }
            services.insert(form.service, rows);
        }
        Ok(Rows { services })
    }

    /// Whether Bailiwick serves this service, so that its operations are decided by rows and by nothing else.
    pub fn serves(&self, service: &str) -> bool {
        self.services.contains_key(service)
    }

    /// Whether there is a row for an operation.
    pub fn has(&self, service: &str, operation: &str) -> bool {
        self.row(service, operation).is_some()
    }

    /// The operations of a service that have a row, in order.
    pub fn operations(&self, service: &str) -> impl Iterator<Item = &str> {
        self.services.get(service).into_iter().flat_map(|rows| rows.keys().map(String::as_str))
    }

    fn checks(&self, service: &str, operation: &str) -> impl Iterator<Item = &CheckRow> {
        match self.row(service, operation) {
            Some(Row::Checks(checks)) => checks.iter(),
            Some(Row::Permissionless) | None => [].iter(),
        }
    }

    /// The IAM actions that an operation may ask for.
    pub fn actions(&self, service: &str, operation: &str) -> impl Iterator<Item = &str> {
        self.checks(service, operation).map(|check| check.action.as_str())
    }

    /// The IAM actions that an operation may ask for, and whether each is asked for without a resource.
    pub fn wildcards(&self, service: &str, operation: &str) -> impl Iterator<Item = (&str, bool)> {
        self.checks(service, operation).map(|check| (check.action.as_str(), check.resource.is_wildcard()))
    }

    /// The members of the input that an operation's row reads.
    pub fn members(&self, service: &str, operation: &str) -> Vec<&str> {
        let mut found = Vec::new();
        for check in self.checks(service, operation) {
            let of_context = check.context.iter().filter_map(|(_, source)| match source {
                Source::Each | Source::Fixed(_) => None,
                Source::One(path) | Source::Set(path) => Some(path),
            });
            let of_when = check.when.iter().filter_map(|when| match when {
                When::Absent(path) | When::Contains(path, _) | When::Is(path, _) | When::Present(path) => Some(path),
                When::NoRole(_) | When::Session(_) => None,
            });
            let of_resource = match &check.resource {
                Resource::Resolved(_, path) => path.as_ref(),
                Resource::Any | Resource::Each | Resource::Template(_) => None,
            };
            let of_tags = check.request_tags.iter().chain(&check.tag_keys).chain(&check.each);
            let paths = of_context.chain(of_when).chain(of_resource).chain(of_tags);
            found.extend(paths.filter_map(|path| path.first()).map(String::as_str));
            if let Resource::Template(template) = &check.resource {
                found.extend(template.members());
            }
        }
        found
    }

    pub(super) fn row(&self, service: &str, operation: &str) -> Option<&Row> {
        self.services.get(service)?.get(operation)
    }
}
