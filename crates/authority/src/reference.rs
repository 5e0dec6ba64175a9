//! AWS's service authorization reference, as the policy engine asks for it.

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use bailiwick_aws::{
    catalogue::{KeyType as Reported, ServiceAuthorization},
    pack::Pack,
    support::{self, Support},
};
use bailiwick_policy::lint::{ActionFacts, KeyFacts, KeyType, Known, ServiceFacts, SupportFacts, Vocabulary};

/// What services, actions, resource types and condition keys there are, from the data pack: the vocabulary of the linter and of
/// the policy simulator. Made for one run; services that were asked for are kept, for a policy names the same few again and again.
pub struct Reference<'a> {
    pack: &'a Pack,
    seed: bool,
    kept: RefCell<HashMap<String, Known<Arc<ServiceFacts>>>>,
}

impl<'a> Reference<'a> {
    /// Over a pack.
    pub fn new(pack: &'a Pack) -> Self {
        Reference { pack, seed: false, kept: RefCell::default() }
    }

    /// Over a pack, with services supporting of IAM what their first guides state: no tags for Chatbot and Chime.
    pub fn of_first_guides(pack: &'a Pack) -> Self {
        Reference { seed: true, ..Reference::new(pack) }
    }

    fn look_up(&self, prefix: &str) -> Known<Arc<ServiceFacts>> {
        match self.pack.authorization(prefix) {
            Ok(Some(service)) => {
                let row = if self.seed { support::seed(prefix) } else { support::of(prefix).cloned() };
                Known::Yes(Arc::new(facts(&service, row)))
            }
            Ok(None) => Known::No,
            // A damaged section says nothing.
            Err(_) => Known::Unknown,
        }
    }
}

impl Vocabulary for Reference<'_> {
    fn service(&self, prefix: &str) -> Known<Arc<ServiceFacts>> {
        if let Some(known) = self.kept.borrow().get(prefix) {
            return known.clone();
        }
        let found = self.look_up(prefix);
        self.kept.borrow_mut().insert(prefix.to_owned(), found.clone());
        found
    }

    fn key(&self, name: &str) -> Known<KeyFacts> {
        match self.pack.key_type(name) {
            Ok(Some(kind)) => Known::Yes(key_facts(kind)),
            Ok(None) => {
                let prefix = name.split(':').next().unwrap_or_default().to_ascii_lowercase();
                match self.pack.authorization(&prefix) {
                    // A service that names no key at all has not written its keys down.
                    Ok(Some(service)) if !service.keys.is_empty() => Known::No,
                    _ => Known::Unknown,
                }
            }
            Err(_) => Known::Unknown,
        }
    }
}

fn facts(service: &ServiceAuthorization, row: Option<Support>) -> ServiceFacts {
    let template = |name: &str| service.resource(name).map(|resource| resource.arn.to_string());
    let actions = service.actions.iter().map(|action| ActionFacts {
        name: action.name.to_string(),
        resources: action.resources.iter().filter_map(|resource| template(&resource.kind)).collect(),
    });
    let support = row.map(|row| SupportFacts {
        resource_level: row.resource_level.is_yes(),
        tags: row.tags.is_yes(),
        condition_keys: row.service_condition_keys.is_yes(),
        name: row.name,
    });
    ServiceFacts { actions: actions.collect(), support }
}

fn key_facts(kind: Reported) -> KeyFacts {
    let value = match kind {
        Reported::Arn | Reported::ArrayOfArn => KeyType::Arn,
        Reported::ArrayOfBool | Reported::Bool => KeyType::Bool,
        Reported::ArrayOfString | Reported::String => KeyType::String,
        Reported::Date => KeyType::Date,
        Reported::IpAddress => KeyType::IpAddress,
        Reported::Numeric => KeyType::Numeric,
    };
    // A text may hold a number or a date: what was chosen for it is not known here.
    KeyFacts { value, set: kind.is_multi_valued(), open: value == KeyType::String }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_keys_are_known_or_not() {
        let pack = Pack::embedded().unwrap();
        let reference = Reference::new(&pack);
        let Known::Yes(sns) = reference.service("sns") else { panic!("sns") };
        assert!(sns.action("publish").is_some());
        assert_eq!(reference.service("sns"), Known::Yes(sns));
        assert_eq!(reference.service("nothing"), Known::No);
        let key = |name: &str| reference.key(name);
        assert!(matches!(key("S3:max-keys"), Known::Yes(KeyFacts { value: KeyType::Numeric, set: false, .. })));
        assert!(matches!(key("bailiwick:ApproverCount"), Known::Yes(KeyFacts { value: KeyType::Numeric, .. })));
        assert!(matches!(key("ec2:ResourceTag/team"), Known::Yes(KeyFacts { value: KeyType::String, .. })));
        assert_eq!(key("s3:prefics"), Known::No);
        assert_eq!(key("accounts.google.com:nothing"), Known::Unknown);
    }
    #[test]
    fn what_services_support_is_todays_or_the_first_guides() {
        let pack = Pack::embedded().unwrap();
        let of = |reference: &Reference<'_>, prefix: &str| match reference.service(prefix) {
            Known::Yes(facts) => facts.support.clone(),
            Known::No | Known::Unknown => panic!("{prefix}"),
        };
        let (today, first) = (Reference::new(&pack), Reference::of_first_guides(&pack));
        let chatbot = |tags| {
            Some(SupportFacts { name: "AWS Chatbot".to_owned(), resource_level: true, tags, condition_keys: false })
        };
        assert_eq!((of(&today, "chatbot"), of(&first, "chatbot")), (chatbot(true), chatbot(false)));
        assert_eq!(of(&today, "sns"), of(&first, "sns"));
        assert!(of(&today, "chime").is_some_and(|chime| !chime.resource_level));
        assert_eq!(of(&today, "s3"), None, "the table speaks of the services that are served");
    }
}
