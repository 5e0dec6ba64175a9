use serde::{Deserialize, Serialize};

use super::KeyType;

/// What the authorization reference says of one IAM service prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAuthorization {
    /// The prefix, such as `sns`.
    pub prefix: Box<str>,
    /// The service's name for people.
    pub name: Box<str>,
    /// Resource control policies apply to its resources.
    pub resource_control_policies: bool,
    /// The actions, in alphabetical order.
    pub actions: Vec<Action>,
    /// The resource types, in alphabetical order.
    pub resources: Vec<ResourceType>,
    /// The service's condition keys and those global keys the reference names for it, in alphabetical order.
    pub keys: Vec<ConditionKey>,
}

impl ServiceAuthorization {
    /// The action of this name, compared without regard to case.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }

    /// The resource type of this name.
    pub fn resource(&self, name: &str) -> Option<&ResourceType> {
        self.resources.iter().find(|resource| &*resource.name == name)
    }

    /// The condition key of this name, with a pattern such as `aws:RequestTag/${TagKey}` standing for any tag.
    pub fn key(&self, name: &str) -> Option<&ConditionKey> {
        self.keys.iter().find(|key| key.stands_for(name))
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// The name without the prefix.
    pub name: Box<str>,
    /// The access level.
    pub level: AccessLevel,
    /// The resource types it works on. Empty: the action supports only `"Resource": "*"`.
    pub resources: Vec<ActionResource>,
    /// Condition keys that belong to the action whatever its resource.
    pub conditions: Vec<Box<str>>,
    /// Other actions the caller needs for it.
    pub dependent: Vec<Box<str>>,
}

impl Action {
    /// The action supports only `"Resource": "*"`.
    pub fn wildcard_only(&self) -> bool {
        self.resources.is_empty()
    }

    /// Condition keys of the action, with those of all its resources.
    pub fn all_conditions(&self) -> impl Iterator<Item = &str> {
        let of_resources = self.resources.iter().flat_map(|resource| &resource.conditions);
        self.conditions.iter().chain(of_resources).map(|key| &**key)
    }
}

/// A resource type as an action uses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResource {
    /// The name of the resource type.
    pub kind: Box<str>,
    /// A policy must allow the action on a resource of this type.
    pub required: bool,
    /// Condition keys that belong to the action on this type.
    pub conditions: Vec<Box<str>>,
    /// Other actions the caller needs for it on this type.
    pub dependent: Vec<Box<str>>,
}

/// The access levels of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AccessLevel {
    /// Lists resources; shows no contents.
    List,
    /// Changes permissions.
    PermissionsManagement,
    /// Reads contents.
    Read,
    /// Changes tags only.
    Tagging,
    /// Changes resources.
    Write,
}

impl AccessLevel {
    /// The name as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            AccessLevel::List => "List",
            AccessLevel::PermissionsManagement => "Permissions management",
            AccessLevel::Read => "Read",
            AccessLevel::Tagging => "Tagging",
            AccessLevel::Write => "Write",
        }
    }
}

/// A type of resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceType {
    /// The name, such as `topic`.
    pub name: Box<str>,
    /// The ARN with placeholders, such as `arn:${Partition}:sns:${Region}:${Account}:${TopicName}`.
    pub arn: Box<str>,
    /// Condition keys that belong to it.
    pub conditions: Vec<Box<str>>,
}

/// A condition key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionKey {
    /// The name, perhaps with a placeholder such as `${TagKey}`.
    pub name: Box<str>,
    /// The type of its values.
    pub kind: KeyType,
}

impl ConditionKey {
    /// Whether `name` is this key, or one that its placeholder stands for. Keys are compared without regard to case.
    pub fn stands_for(&self, name: &str) -> bool {
        stands_for(&self.name, name)
    }
}

/// Whether a key with placeholders stands for a name: each placeholder stands for one character or more.
pub(crate) fn stands_for(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once("${") else { return pattern.eq_ignore_ascii_case(name) };
    let Some((_, tail)) = rest.split_once('}') else { return false };
    let starts = name.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    let rest = name.get(head.len()..).unwrap_or_default();
    // The placeholder may itself be the same text as what follows it, so every end is tried.
    starts && (1..=rest.len()).any(|end| rest.get(end..).is_some_and(|rest| stands_for(tail, rest)))
}

/// How the operations of one service map to IAM actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionMap {
    /// The IAM prefix of the service; none where the authorization reference has no page for it.
    pub prefix: Option<Box<str>>,
    /// The operations, in alphabetical order.
    pub operations: Vec<MappedOperation>,
}

impl ActionMap {
    /// The operation of this name.
    pub fn operation(&self, name: &str) -> Option<&MappedOperation> {
        let place = self.operations.binary_search_by(|operation| (*operation.name).cmp(name)).ok()?;
        self.operations.get(place)
    }
}

/// What an operation asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedOperation {
    /// The name of the operation.
    pub name: Box<str>,
    /// How the mapping came about.
    pub source: MappingSource,
    /// The operation needs no permission.
    pub permissionless: bool,
    /// The actions it asks for.
    pub actions: Vec<MappedAction>,
}

/// How a mapping came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MappingSource {
    /// By a person.
    Curated,
    /// By the equal name of operation and action.
    Name,
    /// There is none.
    None,
}

/// An action that an operation asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedAction {
    /// The action with its prefix.
    pub action: Box<str>,
    /// The authorization reference does not have it.
    pub undocumented: bool,
    /// Where its resources come from; empty if the map does not say.
    pub templates: Vec<Template>,
}

/// Makes an ARN of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The resource type it makes an ARN of.
    pub kind: Option<Box<str>>,
    /// The template.
    pub arn: Box<str>,
    /// It was matched by name and may be wrong.
    pub guess: bool,
    /// It stands for the action's resource whatever the resource types say.
    pub overrides: bool,
    /// The member that fills it may itself be an ARN.
    pub may_be_arn: bool,
}
