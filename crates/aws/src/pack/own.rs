//! The services of our own, which every pack that is built into the program has beside AWS's. They are read from
//! their sources at the start, so that a change of theirs leaves the packed file alone.

use std::sync::Arc;

use super::{Cli, CliCommand, OperationIndex};
use crate::catalogue::access::AccessLists;
use crate::catalogue::{ServiceAuthorization, source};
use crate::model::Service;

const MODELS: &[&str] = &[include_str!("../../models/bailiwick.json")];
const AUTHORIZATION: &str = include_str!("../../models/authorization.json");

/// Our own services, what the authorization reference says of them, and our lists of what operations do.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) services: Vec<Arc<Service>>,
    pub(super) authorization: Vec<Arc<ServiceAuthorization>>,
    pub(super) access: AccessLists,
}

impl Own {
    /// Reads the sources that the program was built with; a text says what is wrong with them.
    pub(super) fn read() -> Result<Own, String> {
        let read = |text: &&str| Service::from_json(text).map(Arc::new).map_err(|error| error.to_string());
        let services = MODELS.iter().map(read).collect::<Result<_, _>>()?;
        let authorization = source::authorization(&[AUTHORIZATION])?.into_iter().map(Arc::new).collect();
        Ok(Own { services, authorization, access: AccessLists::read()? })
    }

    pub(super) fn service(&self, name: &str) -> Option<&Arc<Service>> {
        self.services.iter().find(|service| &*service.name == name)
    }

    pub(super) fn prefix(&self, prefix: &str) -> Option<&Arc<ServiceAuthorization>> {
        self.authorization.iter().find(|service| &*service.prefix == prefix)
    }

    /// Adds a command for each of the services.
    pub(super) fn extend_cli(&self, mut cli: Cli) -> Cli {
        cli.commands.extend(self.services.iter().map(|service| CliCommand {
            name: service.name.to_string(),
            service: Some(service.name.to_string()),
            absent: Vec::new(),
            renamed: Vec::new(),
            operations: Vec::new(),
            custom: Vec::new(),
        }));
        cli.commands.sort_by(|a, b| a.name.cmp(&b.name));
        cli
    }

    /// Adds the operations and signing names of the services.
    pub(super) fn extend_operations(&self, mut index: OperationIndex) -> OperationIndex {
        for service in &self.services {
            index.add(service);
        }
        index
    }
}
