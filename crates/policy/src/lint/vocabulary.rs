use super::KeyType;
use std::sync::Arc;

/// What there is at AWS: services, their actions, what the actions act on, and condition keys. The caller brings the data; this
/// crate has none.
pub trait Vocabulary {
    /// The service with this prefix, in lower case (`s3`). Asked again and again for the same few: keep what you looked up.
    fn service(&self, prefix: &str) -> Known<Arc<ServiceFacts>>;

    /// The condition key with this name, in any case, as policies write it (`s3:prefix`, `ec2:ResourceTag/team`). A key whose
    /// prefix belongs to no service, such as one of an identity provider, is [`Known::Unknown`].
    fn key(&self, name: &str) -> Known<KeyFacts>;
}

/// An answer that may be missing: not knowing a thing differs from knowing that there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known<T> {
    /// There is no such thing.
    No,
    /// The vocabulary cannot tell.
    Unknown,
    /// This is it.
    Yes(T),
}

/// What is known of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceFacts {
    /// All of its actions.
    pub actions: Vec<ActionFacts>,
    /// What it supports of IAM. None: nobody has written it down.
    pub support: Option<SupportFacts>,
}

/// Which parts of policies a service heeds at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportFacts {
    /// The service's name for people.
    pub name: String,
    /// Policies may name resources, for some of its actions at least.
    pub resource_level: bool,
    /// Its resources have tags, for which conditions may ask.
    pub tags: bool,
    /// It has condition keys of its own.
    pub condition_keys: bool,
}

impl ServiceFacts {
    /// The action with this name, in any case.
    pub fn action(&self, name: &str) -> Option<&ActionFacts> {
        self.actions.iter().find(|action| action.name.eq_ignore_ascii_case(name))
    }
}

/// What is known of an action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionFacts {
    /// Its name without the service, as AWS spells it: `GetObject`.
    pub name: String,
    /// The ARN templates of the resources it acts on, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`. None: the
    /// action takes no resource, and only `*` matches in a policy.
    pub resources: Vec<String>,
}

/// What is known of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyFacts {
    /// The type of its value.
    pub value: KeyType,
    /// It is multi-valued: a set, whatever the number of its values.
    pub set: bool,
    /// Its name ends in one that the caller chooses, as with tags: the value is whatever was put there.
    pub open: bool,
}

/// A vocabulary that knows nothing. Rules that need one are silent with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVocabulary;

impl Vocabulary for NoVocabulary {
    fn service(&self, _: &str) -> Known<Arc<ServiceFacts>> {
        Known::Unknown
    }

    fn key(&self, _: &str) -> Known<KeyFacts> {
        Known::Unknown
    }
}
