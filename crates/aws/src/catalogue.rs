//! The catalogue: IAM actions with their access levels, resource types and condition keys; the global condition keys; and
//! which actions and resources AWS's map says that an operation asks for.
//!
//! The facts are AWS's service authorization reference and a map from API operations to actions. Whether a call is allowed
//! is not decided here: this says only what it is.

pub mod source;

pub(crate) mod access;
mod keys;
mod reference;
mod template;

pub use access::{AccessClass, Credential};
pub use keys::{GLOBAL_KEYS, KeyType};
pub use reference::{
    AccessLevel, Action, ActionMap, ActionResource, ConditionKey, MappedAction, MappedOperation, MappingSource,
    ResourceType, ServiceAuthorization, Template,
};
pub use template::{CallPlace, Expanded, expand};

use crate::pack::{Pack, PackError};

impl Pack {
    /// The type of a condition key, global or of a service, compared without regard to case. `None`: nobody documents it.
    pub fn key_type(&self, name: &str) -> Result<Option<KeyType>, PackError> {
        if let Some((_, kind)) = GLOBAL_KEYS.iter().find(|(known, _)| reference::stands_for(known, name)) {
            return Ok(Some(*kind));
        }
        let Some((prefix, _)) = name.split_once(':') else { return Ok(None) };
        if let Some(key) = self.authorization(prefix)?.as_deref().and_then(|service| service.key(name)) {
            return Ok(Some(key.kind));
        }
        // Keys of identity providers, such as `saml:aud`, are STS's.
        Ok(self.authorization("sts")?.as_deref().and_then(|service| service.key(name)).map(|key| key.kind))
    }

    /// What the reference says of an action such as `sns:Publish`, with its service, compared without regard to case.
    pub fn action(&self, action: &str) -> Result<Option<(std::sync::Arc<ServiceAuthorization>, Action)>, PackError> {
        let Some((prefix, name)) = action.split_once(':') else { return Ok(None) };
        let Some(service) = self.authorization(prefix)? else { return Ok(None) };
        let found = service.action(name).cloned();
        Ok(found.map(|found| (service, found)))
    }
}

#[cfg(test)]
mod tests;
