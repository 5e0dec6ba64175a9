//! What a call does beyond its access levels: whether it answers with credentials, with what people stored, or ends what
//! is there. The lists are data, `models/access.toml`.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::AccessLevel;
use crate::pack::Pack;
use crate::value::Value;

const SOURCE: &str = include_str!("../../models/access.toml");
/// What stands for a masked text.
const MASK: &str = "********";

/// What a call does, from least to most: the values of `bailiwick:AccessClass`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessClass {
    /// It reads about things.
    Read,
    /// It reads what people stored: records, messages, files, logs.
    Data,
    /// It answers with credentials, keys, tokens, or links that let in whoever has them.
    Credential,
    /// It changes something. Whatever is not known to be less is taken for this.
    Mutate,
    /// It ends something.
    Destroy,
    /// It changes who may do what.
    Permissions,
}

impl AccessClass {
    /// The value of `bailiwick:AccessClass`.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessClass::Read => "read",
            AccessClass::Data => "data",
            AccessClass::Credential => "credential",
            AccessClass::Mutate => "mutate",
            AccessClass::Destroy => "destroy",
            AccessClass::Permissions => "permissions",
        }
    }

    /// Nothing is changed by it and no credentials come of it, so that it may run without being confirmed.
    pub fn only_reads(self) -> bool {
        matches!(self, AccessClass::Read | AccessClass::Data)
    }
}

/// An entry of the list of operations that answer with credentials.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "RawCredential")]
pub struct Credential {
    /// What comes back, such as `a private key`.
    pub why: String,
    /// The input member that must be true for it; always if none.
    pub when: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum RawCredential {
    Always(String),
    When { when: String, why: String },
}

impl From<RawCredential> for Credential {
    fn from(raw: RawCredential) -> Self {
        match raw {
            RawCredential::Always(why) => Credential { why, when: None },
            RawCredential::When { when, why } => Credential { why, when: Some(when) },
        }
    }
}

impl Credential {
    /// Whether this input makes the call answer with credentials. A condition that is not stated as false is taken for true
    /// where it is there in any other form.
    fn applies(&self, input: &Value) -> bool {
        match &self.when {
            None => true,
            Some(member) => !matches!(input.get(member), None | Some(Value::Null | Value::Boolean(false))),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    credential: HashMap<String, Credential>,
    masked: HashMap<String, String>,
    data: HashMap<String, String>,
    destroy: Destroy,
}

#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
struct Destroy {
    verbs: Vec<String>,
}

/// The lists, by names in lower case.
#[derive(Debug, Default)]
pub(crate) struct AccessLists {
    credential: HashMap<String, Credential>,
    /// Members that are masked, by service.
    masked: HashMap<String, Vec<Masked>>,
    data: HashMap<String, String>,
    destroy: Destroy,
}

#[derive(Debug)]
struct Masked {
    /// `None` for every operation.
    operation: Option<String>,
    member: String,
}

fn lower<T>(map: HashMap<String, T>) -> HashMap<String, T> {
    map.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

impl AccessLists {
    /// Reads the lists that the program was built with; a text says what is wrong with them.
    pub(crate) fn read() -> Result<Self, String> {
        let source: Source = toml::from_str(SOURCE).map_err(|error| error.to_string())?;
        let mut masked: HashMap<String, Vec<Masked>> = HashMap::new();
        for name in source.masked.keys() {
            let wrong = || format!("`{name}` is not `service:Operation#Member`");
            let (service, rest) = name.split_once(':').ok_or_else(wrong)?;
            let (operation, member) = rest.split_once('#').ok_or_else(wrong)?;
            let operation = (operation != "*").then(|| operation.to_owned());
            let entry = Masked { operation, member: member.to_owned() };
            masked.entry(service.to_owned()).or_default().push(entry);
        }
        Ok(AccessLists {
            credential: lower(source.credential),
            masked,
            data: lower(source.data),
            destroy: source.destroy,
        })
    }

    /// The entry of an operation `service:Operation` or an IAM action, compared without regard to case.
    fn credential(&self, name: &str) -> Option<&Credential> {
        self.credential.get(&name.to_ascii_lowercase())
    }

    fn masked<'a>(&'a self, service: &str, operation: &'a str) -> impl Iterator<Item = &'a str> {
        let entries = self.masked.get(service).map_or(&[][..], Vec::as_slice);
        let concerns = move |entry: &&Masked| entry.operation.as_deref().is_none_or(|name| name == operation);
        entries.iter().filter(concerns).map(|entry| entry.member.as_str())
    }
}

impl Pack {
    /// What a call of `service` (as the command line names it) and `operation` does: as the lists of operations with
    /// credentials and data say, then as the authorization reference says of all its actions; where that is silent, as the
    /// model says, then by its verb. What is not known is taken for a change.
    pub fn access_class(&self, service: &str, operation: &str, input: &Value) -> AccessClass {
        let name = format!("{service}:{operation}");
        if self.access_lists().credential(&name).is_some_and(|entry| entry.applies(input)) {
            return AccessClass::Credential;
        }
        let (levels, all_known) = self.levels(service, operation);
        let reads = |level: &AccessLevel| matches!(level, AccessLevel::List | AccessLevel::Read);
        if levels.contains(&AccessLevel::PermissionsManagement) {
            return AccessClass::Permissions;
        }
        let reading = match levels.iter().all(reads) {
            true if all_known => true,
            true => self.reads_by_model(service, operation),
            false => false,
        };
        if reading {
            let data = self.access_lists().data.contains_key(&name.to_ascii_lowercase());
            return if data { AccessClass::Data } else { AccessClass::Read };
        }
        let tags = !levels.is_empty() && levels.iter().all(|level| *level == AccessLevel::Tagging);
        let ends = self.access_lists().destroy.verbs.iter().any(|verb| operation.starts_with(verb.as_str()));
        if ends && !tags { AccessClass::Destroy } else { AccessClass::Mutate }
    }

    /// The entry of the list of operations that answer with credentials, for the names of a call (`service:Operation` and
    /// its IAM actions) and its input. Gives the name that matched.
    pub fn answers_with_credentials<'n>(
        &self,
        names: impl IntoIterator<Item = &'n str>,
        input: &Value,
    ) -> Option<(&'n str, &Credential)> {
        let lists = self.access_lists();
        names.into_iter().find_map(|name| Some((name, lists.credential(name).filter(|entry| entry.applies(input))?)))
    }

    /// The entry of an operation or IAM action in the list of operations that answer with credentials.
    pub fn credential_entry(&self, name: &str) -> Option<&Credential> {
        self.access_lists().credential(name)
    }

    /// Masks those members of an answer that may hold a secret beside what was asked for. `answer` is the JSON of the
    /// output, with the API's member names.
    pub fn mask_answer(&self, service: &str, operation: &str, answer: &mut Json) {
        let members: Vec<&str> = self.access_lists().masked(service, operation).collect();
        if !members.is_empty() {
            mask(answer, &members);
        }
    }

    /// The levels of an operation's actions, and whether all of them are known and there is one.
    fn levels(&self, service: &str, operation: &str) -> (Vec<AccessLevel>, bool) {
        let level = |action: &str| self.action(action).ok().flatten().map(|(_, action)| action.level);
        let map = self.action_map(service).ok().flatten();
        let mapped = map.as_ref().and_then(|map| map.operation(operation)).map_or(&[][..], |found| &found.actions);
        if mapped.is_empty() {
            let own = level(&format!("{service}:{operation}"));
            return (own.into_iter().collect(), own.is_some());
        }
        let found: Vec<Option<AccessLevel>> = mapped.iter().map(|mapped| level(&mapped.action)).collect();
        let all_known = found.iter().all(Option::is_some);
        (found.into_iter().flatten().collect(), all_known)
    }

    fn reads_by_model(&self, service: &str, operation: &str) -> bool {
        /// Verbs that only read, for operations of which neither the reference nor the model says anything.
        const READING: [&str; 9] =
            ["BatchGet", "Check", "Describe", "Detect", "Get", "Head", "List", "Search", "Validate"];
        let model = self.service(service).ok();
        let model = model.as_ref().and_then(|service| service.operation(operation));
        model.is_some_and(|model| model.readonly || READING.iter().any(|verb| model.name.starts_with(verb)))
    }
}

fn mask(answer: &mut Json, members: &[&str]) {
    match answer {
        Json::Array(elements) => elements.iter_mut().for_each(|element| mask(element, members)),
        Json::Object(entries) => {
            for (name, value) in entries {
                if members.contains(&name.as_str()) { hide(value) } else { mask(value, members) }
            }
        }
        _ => {}
    }
}

/// Hides every text in a value; its form stays.
fn hide(value: &mut Json) {
    match value {
        Json::Array(elements) => elements.iter_mut().for_each(hide),
        Json::Object(entries) => entries.values_mut().for_each(hide),
        Json::String(text) => MASK.clone_into(text),
        Json::Number(_) => *value = Json::from(MASK),
        Json::Bool(_) | Json::Null => {}
    }
}

#[cfg(test)]
mod tests;
