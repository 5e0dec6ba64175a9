use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Service;

/// Which services have an operation of a given command-line name, over all services; and who signs with which name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationIndex {
    pub(crate) services: Vec<Box<str>>,
    /// Lines of a command-line name, a space, and the numbers of services, sorted.
    pub(crate) lines: String,
    /// Signing names and the numbers of services, sorted.
    pub(crate) signing: Vec<(Box<str>, Vec<u16>)>,
}

impl OperationIndex {
    /// Adds a service that is not among the known ones.
    pub(crate) fn add(&mut self, service: &Service) {
        let number = self.services.len() as u16;
        self.services.push(Box::from(&*service.name));
        let mut names: BTreeMap<&str, String> = self
            .lines
            .lines()
            .filter_map(|line| line.split_once(' '))
            .map(|(name, numbers)| (name, numbers.to_owned()))
            .collect();
        for operation in service.operations.values() {
            let numbers = names.entry(&operation.cli_name).or_default();
            if !numbers.is_empty() {
                numbers.push(' ');
            }
            numbers.push_str(&number.to_string());
        }
        let lines: Vec<String> = names.into_iter().map(|(name, numbers)| format!("{name} {numbers}")).collect();
        self.lines = lines.join("\n");
        match self.signing.binary_search_by(|(known, _)| (**known).cmp(&*service.signing_name)) {
            Ok(place) => self.signing.get_mut(place).into_iter().for_each(|(_, services)| services.push(number)),
            Err(place) => self.signing.insert(place, (Box::from(&*service.signing_name), vec![number])),
        }
    }

    /// The services that have an operation of this command-line name, such as `list-topics`.
    pub fn services_with(&self, cli_name: &str) -> Vec<&str> {
        let (mut low, mut high) = (0, self.lines.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let bytes = self.lines.as_bytes();
            let start =
                bytes.get(..middle).and_then(|head| head.iter().rposition(|b| *b == b'\n')).map_or(0, |i| i + 1);
            let end = bytes.get(middle..).and_then(|tail| tail.iter().position(|b| *b == b'\n'));
            let end = end.map_or(self.lines.len(), |i| middle + i);
            let Some((name, numbers)) = self.lines.get(start..end).and_then(|line| line.split_once(' ')) else { break };
            match name.cmp(cli_name) {
                std::cmp::Ordering::Less => low = end + 1,
                std::cmp::Ordering::Greater => high = start,
                std::cmp::Ordering::Equal => {
                    return numbers.split(' ').filter_map(|n| self.service(n.parse().ok()?)).collect();
                }
            }
        }
        Vec::new()
    }

    /// Every command-line name with its services, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        self.lines.lines().filter_map(|line| {
            let (name, numbers) = line.split_once(' ')?;
            Some((name, numbers.split(' ').filter_map(|n| self.service(n.parse().ok()?)).collect()))
        })
    }

    pub(crate) fn services_signing_as(&self, signing_name: &str) -> Vec<Box<str>> {
        match self.signing.binary_search_by(|(known, _)| (**known).cmp(signing_name)) {
            Ok(place) => self.signing.get(place).map_or_else(Vec::new, |(_, services)| {
                services.iter().filter_map(|number| self.services.get(usize::from(*number)).cloned()).collect()
            }),
            Err(_) => Vec::new(),
        }
    }

    fn service(&self, number: usize) -> Option<&str> {
        self.services.get(number).map(|name| &**name)
    }
}
