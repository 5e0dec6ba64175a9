//! The catalogue: IAM actions with their access levels, resource types and condition keys; the global condition keys; and
//! which actions and resources an operation asks for.
//!
//! The facts are AWS's service authorization reference and a map from API operations to actions. Whether a call is allowed
//! is not decided here: this says only what it is.

pub mod source;

mod keys;
mod reference;

pub use keys::{GLOBAL_KEYS, KeyType};
pub use reference::{
    AccessLevel, Action, ActionMap, ActionResource, ConditionKey, MappedAction, MappedOperation, MappingSource,
    ResourceType, ServiceAuthorization, Template,
};
