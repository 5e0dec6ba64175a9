//! What each service supports of IAM: the table that validation, lint and the manual read.
//!
//! The rows state what AWS's guides of today state; what a service's first guide ("Identity and Access Management for
//! ...") stated otherwise stands beside it as its seed.
//! Sources: the IAM user guide, "AWS services that work with IAM"; the guides of AWS Chatbot, Amazon Lex and Amazon Chime.

use std::sync::OnceLock;

use serde::Deserialize;

/// Whether a service supports something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Supported {
    /// It does not.
    No,
    /// For some of its operations or resources.
    Partial,
    /// It does.
    Yes,
}

impl Supported {
    /// Whether anything of it is supported.
    pub fn is_yes(self) -> bool {
        self != Supported::No
    }

    /// The word in tables: `no`, `partial`, `yes`.
    pub fn as_str(self) -> &'static str {
        match self {
            Supported::No => "no",
            Supported::Partial => "partial",
            Supported::Yes => "yes",
        }
    }
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// The IAM prefix.
    pub service: String,
    /// The name for people.
    pub name: String,
    /// Policies may name its resources.
    pub resource_level: Supported,
    /// Its resources may have policies of their own.
    pub resource_policies: Supported,
    /// Its resources have tags, and policies may ask for them.
    pub tags: Supported,
    /// It has condition keys of its own.
    pub service_condition_keys: Supported,
    /// It may be called with temporary credentials.
    pub temporary_credentials: Supported,
    /// It has service-linked roles.
    pub service_linked_roles: Supported,
    /// It takes roles that are passed to it.
    pub service_roles: Supported,
    #[serde(default)]
    seed: Seed,
}

/// What the first guide stated otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    tags: Option<Supported>,
}

const TABLE: &str = include_str!("../models/support.json");

/// The whole table, in the order of the prefixes.
pub fn table() -> &'static [Support] {
    static READ: OnceLock<Vec<Support>> = OnceLock::new();
    // A test reads the table, so an unreadable one, which would support nothing, is not shipped.
    READ.get_or_init(|| serde_json::from_str(TABLE).unwrap_or_default())
}

/// The row of a service, by its IAM prefix, as AWS's guides of today state it.
pub fn of(service: &str) -> Option<&'static Support> {
    table().iter().find(|row| row.service == service)
}

/// The row of a service as its first guide states it.
pub fn seed(service: &str) -> Option<Support> {
    let row = of(service)?.clone();
    Some(Support { tags: row.seed.tags.unwrap_or(row.tags), ..row })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;

    #[test]
    fn the_table_says_what_the_authorization_reference_says() {
        let pack = Pack::embedded().unwrap();
        assert!(table().is_sorted_by_key(|row| &row.service) && table().len() > 7);
        for row in table() {
            let reference = pack.authorization(&row.service).unwrap().unwrap();
            let own = format!("{}:", row.service);
            let keys = reference.keys.iter().filter(|key| !key.name.contains("ResourceTag/"));
            let has_keys = keys.clone().any(|key| key.name.starts_with(&own));
            assert_eq!(row.service_condition_keys.is_yes(), has_keys, "{}: condition keys", row.service);
            let tags = reference.keys.iter().any(|key| key.name.contains("Tag"));
            assert_eq!(row.tags.is_yes(), tags, "{}: tags", row.service);
            let resources = reference.actions.iter().any(|action| !action.wildcard_only());
            assert!(row.resource_level.is_yes() || row.service == "chime" || !resources, "{}: resources", row.service);
        }
    }

    #[test]
    fn chatbot_had_no_tags_at_first() {
        assert_eq!((of("chatbot").unwrap().tags, seed("chatbot").unwrap().tags), (Supported::Yes, Supported::No));
        assert_eq!(seed("sns").unwrap(), *of("sns").unwrap());
        assert!(of("nothing").is_none());
    }
}
