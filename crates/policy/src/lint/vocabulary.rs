/// What there is at AWS: services, their actions, and what the actions act on. The caller brings the data; this crate has none.
pub trait Vocabulary {
    /// The service with this prefix, in lower case (`s3`).
    fn service(&self, prefix: &str) -> Known<ServiceFacts>;
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

/// A vocabulary that knows nothing. Rules that need one are silent with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoVocabulary;

impl Vocabulary for NoVocabulary {
    fn service(&self, _: &str) -> Known<ServiceFacts> {
        Known::Unknown
    }
}
