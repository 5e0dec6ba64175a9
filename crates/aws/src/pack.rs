//! Everything Bailiwick knows of AWS, in one file: service models, the command line's exceptions, endpoint rules, the
//! authorization reference, the map from operations to actions, and AWS's managed policies.
//!
//! The file is a head, an index, and one compressed section for each service or table. A [`Pack`] reads the index and
//! inflates a section on first use; what was used is kept, up to a bound, and the least recently used goes first. The file
//! is built by `cargo xtask pack`; `data/sources.toml` says from what. The services of our own stand beside it.

use std::any::Any;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::catalogue::{ActionMap, ServiceAuthorization};
use crate::endpoint::{EndpointRules, Partitions};
use crate::model::{Service, stored};

pub mod build;
mod cli;
mod operations;
mod own;
mod policies;

pub use cli::{Cli, CliArgument, CliCommand, CliCustom, CliOperation};
pub use operations::OperationIndex;
pub use policies::{ManagedPolicies, ManagedPolicy};

const MAGIC: &[u8; 8] = b"BWPACK\0\x02";
const EMBEDDED: &[u8] = include_bytes!("../../../data/bailiwick.pack");
/// No section is larger than this when inflated.
const MAX_SECTION: usize = 32 << 20;
/// How many inflated bytes of stored form are kept; values in memory may take some six times that. Of a service's model it is
/// the stored form that is kept, and what was asked for of it.
const CACHE_BYTES: usize = 3 << 20;

/// A pack that cannot be read, or does not hold what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file is damaged, or was made by another version.
    #[error("the data pack is damaged at `{section}`; build it again with `cargo xtask pack`")]
    Damaged {
        /// Which section.
        section: String,
    },
    /// There is no such service.
    #[error("there is no service `{0}`; `help` lists the services")]
    UnknownService(String),
}

/// The kinds of sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Section {
    Model,
    ActionMap,
    EndpointRules,
    Authorization,
    Partitions,
    Cli,
    Operations,
    ManagedPolicies,
    ManagedPolicyDocuments,
    Dictionary,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    offset: usize,
    length: usize,
    inflated: usize,
}

type IndexRow<'a> = (Section, &'a str, u32, u32);

/// The data pack.
pub struct Pack {
    bytes: Cow<'static, [u8]>,
    index: HashMap<(Section, Box<str>), Place>,
    services: Vec<Box<str>>,
    prefixes: Vec<Box<str>>,
    own: own::Own,
    cache: Mutex<Cache>,
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pack").field("bytes", &self.bytes.len()).field("sections", &self.index.len()).finish()
    }
}

#[derive(Default)]
struct Cache {
    clock: u64,
    bytes: usize,
    kept: HashMap<(Section, Box<str>), Kept>,
}

struct Kept {
    used: u64,
    bytes: usize,
    value: Arc<dyn Any + Send + Sync>,
}

impl Pack {
    /// The pack that this program was built with, and our own services beside it. Reads the index and those only.
    pub fn embedded() -> Result<Arc<Pack>, PackError> {
        let mut pack = Self::open(Cow::Borrowed(EMBEDDED))?;
        pack.own = own::Own::read().map_err(|section| PackError::Damaged { section })?;
        pack.services.extend(pack.own.services.iter().map(|service| Box::from(&*service.name)));
        pack.services.sort();
        pack.prefixes.extend(pack.own.authorization.iter().map(|service| Box::from(&*service.prefix)));
        pack.prefixes.sort();
        Ok(Arc::new(pack))
    }

    /// Opens a pack from its bytes: AWS's services only.
    pub fn open(bytes: Cow<'static, [u8]>) -> Result<Pack, PackError> {
        let damaged = || PackError::Damaged { section: "index".to_owned() };
        let head = bytes.get(..16).ok_or_else(damaged)?;
        if &head[..8] != MAGIC {
            return Err(damaged());
        }
        let length = u64::from_le_bytes(head[8..16].try_into().map_err(|_| damaged())?);
        let data = usize::try_from(length).ok().and_then(|length| length.checked_add(16)).ok_or_else(damaged)?;
        let rows: Vec<IndexRow<'_>> =
            postcard::from_bytes(bytes.get(16..data).ok_or_else(damaged)?).map_err(|_| damaged())?;
        let mut index = HashMap::with_capacity(rows.len());
        let (mut services, mut prefixes) = (Vec::new(), Vec::new());
        let mut offset = data;
        for (section, name, length, inflated) in rows {
            let place = Place { offset, length: length as usize, inflated: inflated as usize };
            offset = offset.checked_add(place.length).filter(|end| *end <= bytes.len()).ok_or_else(damaged)?;
            if place.inflated > MAX_SECTION {
                return Err(damaged());
            }
            match section {
                Section::Model => services.push(name.into()),
                Section::Authorization => prefixes.push(name.into()),
                _ => {}
            }
            index.insert((section, name.into()), place);
        }
        if offset != bytes.len() {
            return Err(damaged());
        }
        Ok(Pack { bytes, index, services, prefixes, own: own::Own::default(), cache: Mutex::default() })
    }

    /// The names of all services, in alphabetical order.
    pub fn services(&self) -> impl ExactSizeIterator<Item = &str> {
        self.services.iter().map(|name| &**name)
    }

    /// Whether there is a service of this name.
    pub fn has_service(&self, name: &str) -> bool {
        self.services.binary_search_by(|known| (**known).cmp(name)).is_ok()
    }

    /// The model of a service, by the name that botocore and the command line use, such as `sns`.
    pub fn service(&self, name: &str) -> Result<Arc<Service>, PackError> {
        if let Some(own) = self.own.service(name) {
            return Ok(own.clone());
        }
        self.section(Section::Model, name, |bytes| stored::read(bytes).ok())?
            .ok_or_else(|| PackError::UnknownService(name.chars().take(128).collect()))
    }

    /// The service that signs with this name and speaks the API, such as `monitoring` for `cloudwatch`; used to route a
    /// signed request. Where several services share a signing name, all are given.
    pub fn services_signing_as(&self, signing_name: &str) -> Result<Vec<Box<str>>, PackError> {
        Ok(self.operations()?.services_signing_as(signing_name))
    }

    /// The IAM service prefixes of the authorization reference, in alphabetical order.
    pub fn prefixes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.prefixes.iter().map(|prefix| &**prefix)
    }

    /// What the authorization reference says of an IAM service prefix, which is compared without regard to case.
    pub fn authorization(&self, prefix: &str) -> Result<Option<Arc<ServiceAuthorization>>, PackError> {
        let prefix = prefix.to_ascii_lowercase();
        match self.own.prefix(&prefix) {
            Some(own) => Ok(Some(own.clone())),
            None => self.table(Section::Authorization, &prefix),
        }
    }

    /// Our lists of what operations do.
    pub(crate) fn access_lists(&self) -> &crate::catalogue::access::AccessLists {
        &self.own.access
    }

    /// How the operations of a service map to IAM actions.
    pub fn action_map(&self, service: &str) -> Result<Option<Arc<ActionMap>>, PackError> {
        self.table(Section::ActionMap, service)
    }

    /// The endpoint rules of a service.
    pub fn endpoint_rules(&self, service: &str) -> Result<Option<Arc<EndpointRules>>, PackError> {
        self.section(Section::EndpointRules, service, |bytes| serde_json::from_slice(&bytes).ok())
    }

    /// The partitions and their Regions.
    pub fn partitions(&self) -> Result<Arc<Partitions>, PackError> {
        let read = |bytes: Vec<u8>| serde_json::from_slice(&bytes).ok().filter(|read: &Partitions| !read.is_empty());
        self.section(Section::Partitions, "", read)?
            .ok_or_else(|| PackError::Damaged { section: "partitions".to_owned() })
    }

    /// How the AWS CLI's command tree differs from the models.
    pub fn cli(&self) -> Result<Arc<Cli>, PackError> {
        let read = |bytes: Vec<u8>| Some(self.own.extend_cli(postcard::from_bytes(&bytes).ok()?));
        self.section(Section::Cli, "", read)?.ok_or_else(|| PackError::Damaged { section: "cli".to_owned() })
    }

    /// Which services have an operation of a given command-line name, over all services.
    pub fn operations(&self) -> Result<Arc<OperationIndex>, PackError> {
        let read = |bytes: Vec<u8>| Some(self.own.extend_operations(postcard::from_bytes(&bytes).ok()?));
        self.section(Section::Operations, "", read)?
            .ok_or_else(|| PackError::Damaged { section: "operations".to_owned() })
    }

    /// AWS's managed policies, without their documents.
    pub fn managed_policies(&self) -> Result<Arc<ManagedPolicies>, PackError> {
        self.table(Section::ManagedPolicies, "")?
            .ok_or_else(|| PackError::Damaged { section: "managed policies".to_owned() })
    }

    /// The document of an AWS managed policy, as JSON text, by the policy's ARN or name.
    pub fn managed_policy_document(&self, policy: &str) -> Result<Option<String>, PackError> {
        let policies = self.managed_policies()?;
        let Some((chunk, place)) = policies.document_place(policy) else { return Ok(None) };
        let documents: Option<Arc<Vec<String>>> = self.table(Section::ManagedPolicyDocuments, &chunk.to_string())?;
        let document = documents.and_then(|documents| documents.get(place).cloned());
        document.map(Some).ok_or_else(|| PackError::Damaged { section: "managed policy documents".to_owned() })
    }

    fn table<T: DeserializeOwned + Send + Sync + 'static>(
        &self,
        section: Section,
        name: &str,
    ) -> Result<Option<Arc<T>>, PackError> {
        self.section(section, name, |bytes| postcard::from_bytes(&bytes).ok())
    }

    fn section<T: Send + Sync + 'static>(
        &self,
        section: Section,
        name: &str,
        read: impl FnOnce(Vec<u8>) -> Option<T>,
    ) -> Result<Option<Arc<T>>, PackError> {
        let damaged = || PackError::Damaged { section: format!("{section:?} {name}") };
        let key = (section, Box::from(name));
        let Some(place) = self.index.get(&key) else { return Ok(None) };
        if let Some(value) = self.cache().get(&key) {
            return value.downcast().map(Some).map_err(|_| damaged());
        }
        // Inflated outside the lock: two threads may both do it, none waits for the other.
        let dictionary = self.dictionary(section)?;
        let bytes = self.inflate(*place, dictionary.as_deref().map_or(&[], Vec::as_slice)).ok_or_else(damaged)?;
        let value = Arc::new(read(bytes).ok_or_else(damaged)?);
        self.cache().keep(key, place.inflated, value.clone());
        Ok(Some(value))
    }

    /// The dictionary that sections of this kind are packed with.
    fn dictionary(&self, section: Section) -> Result<Option<Arc<Vec<u8>>>, PackError> {
        let damaged = || PackError::Damaged { section: format!("dictionary of {section:?}") };
        let key = (Section::Dictionary, Box::from(dictionary_name(section)));
        let Some(place) = self.index.get(&key) else { return Ok(None) };
        if let Some(value) = self.cache().get(&key) {
            return value.downcast().map(Some).map_err(|_| damaged());
        }
        let value = Arc::new(self.inflate(*place, &[]).ok_or_else(damaged)?);
        self.cache().keep(key, place.inflated, value.clone());
        Ok(Some(value))
    }

    fn inflate(&self, place: Place, dictionary: &[u8]) -> Option<Vec<u8>> {
        let packed = self.bytes.get(place.offset..place.offset + place.length)?;
        let mut inflater = zstd::bulk::Decompressor::with_dictionary(dictionary).ok()?;
        inflater.decompress(packed, place.inflated).ok()
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        // The cache is whole between any two of its operations, so a panic elsewhere does not spoil it.
        self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Cache {
    fn get(&mut self, key: &(Section, Box<str>)) -> Option<Arc<dyn Any + Send + Sync>> {
        self.clock += 1;
        let clock = self.clock;
        let kept = self.kept.get_mut(key)?;
        kept.used = clock;
        Some(kept.value.clone())
    }

    fn keep(&mut self, key: (Section, Box<str>), bytes: usize, value: Arc<dyn Any + Send + Sync>) {
        self.clock += 1;
        if let Some(old) = self.kept.insert(key.clone(), Kept { used: self.clock, bytes, value }) {
            self.bytes -= old.bytes;
        }
        self.bytes += bytes;
        while self.bytes > CACHE_BYTES && self.kept.len() > 1 {
            let oldest = self.kept.iter().filter(|(known, _)| **known != key).min_by_key(|(_, kept)| kept.used);
            let Some(oldest) = oldest.map(|(known, _)| known.clone()) else { break };
            if let Some(gone) = self.kept.remove(&oldest) {
                self.bytes -= gone.bytes;
            }
        }
    }
}

/// The name under which the dictionary of a kind of sections is stored.
fn dictionary_name(section: Section) -> &'static str {
    match section {
        Section::Model => "Model",
        Section::ActionMap => "ActionMap",
        Section::EndpointRules => "EndpointRules",
        Section::Authorization => "Authorization",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
