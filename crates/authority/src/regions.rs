//! Which Regions there are, and which of them an account has enabled.

use std::collections::HashMap;

use bailiwick_aws::pack::{Pack, PackError};
use bailiwick_ident::{AccountId, Partition, Region};

use crate::directory::Directory;

/// The Regions of the partition `aws` that every account has; the others are opt-in Regions. In the other partitions every
/// Region is enabled by default.
/// Source: AWS's Account Management guide, "Enable or disable AWS Regions in your account".
const BY_DEFAULT: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Whether an account may use a Region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegionState {
    /// An opt-in Region that the account has not enabled.
    Disabled,
    /// An opt-in Region that the account has enabled.
    Enabled,
    /// A Region that every account has.
    EnabledByDefault,
}

impl RegionState {
    /// The word of the Account Management API.
    pub fn as_str(self) -> &'static str {
        match self {
            RegionState::Disabled => "DISABLED",
            RegionState::Enabled => "ENABLED",
            RegionState::EnabledByDefault => "ENABLED_BY_DEFAULT",
        }
    }
}

/// Every Region, with its partition.
#[derive(Debug, Default)]
pub struct Regions {
    defaults: HashMap<Partition, Region>,
    known: HashMap<String, (Partition, bool)>,
}

impl Regions {
    /// The Regions of AWS's partitions.
    ///
    /// # Errors
    /// The data pack is damaged.
    pub fn read(pack: &Pack) -> Result<Regions, PackError> {
        let partitions = pack.partitions()?;
        let (mut known, mut defaults) = (HashMap::new(), HashMap::new());
        for data in partitions.iter() {
            let Ok(partition) = Partition::parse(&data.id) else { continue };
            if let Ok(region) = Region::parse(&data.outputs.implicit_global_region) {
                defaults.insert(partition.clone(), region);
            }
            for region in data.regions() {
                let by_default = partition != Partition::aws() || BY_DEFAULT.contains(&region);
                known.insert(region.to_owned(), (partition.clone(), by_default));
            }
        }
        Ok(Regions { defaults, known })
    }

    /// The Region of a partition that its global services are in; `us-east-1` for a partition that does not exist.
    pub fn default_of(&self, partition: &Partition) -> Region {
        self.defaults.get(partition).cloned().unwrap_or_else(Region::us_east_1)
    }

    /// The partition of a Region; `None` for one that does not exist.
    pub fn partition(&self, region: &str) -> Option<&Partition> {
        self.known.get(region).map(|(partition, _)| partition)
    }

    /// Whether every account has this Region.
    pub fn is_default(&self, region: &str) -> bool {
        self.known.get(region).is_some_and(|(_, by_default)| *by_default)
    }

    /// Whether an account may use a Region; `None` for a Region that does not exist in the directory's partition.
    pub fn state(&self, directory: &Directory, account: AccountId, region: &str) -> Option<RegionState> {
        let (partition, by_default) = self.known.get(region)?;
        if partition != directory.partition() {
            return None;
        }
        if *by_default {
            return Some(RegionState::EnabledByDefault);
        }
        let record = directory.account(account).and_then(|account| account.regions());
        let enabled = record.is_some_and(|record| record.enabled.iter().any(|enabled| enabled.as_str() == region));
        Some(if enabled { RegionState::Enabled } else { RegionState::Disabled })
    }

    /// The Regions of the directory's partition with their states for an account, in order of their names.
    pub fn of(&self, directory: &Directory, account: AccountId) -> Vec<(Region, RegionState)> {
        let mut all: Vec<(Region, RegionState)> = self
            .known
            .keys()
            .filter_map(|name| Some((Region::parse(name).ok()?, self.state(directory, account, name)?)))
            .collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }

    /// Whether STS issues credentials for an account in a Region. It always does in `us-east-1`, and in opt-in Regions once
    /// they are enabled; elsewhere the account may have turned it off.
    /// Source: AWS's IAM guide, "Manage AWS STS in an AWS Region".
    pub fn sts_is_active(&self, directory: &Directory, account: AccountId, region: &str) -> bool {
        let record = directory.account(account).and_then(|account| account.regions());
        let off = record.is_some_and(|record| record.sts_inactive.iter().any(|off| off.as_str() == region));
        match self.state(directory, account, region) {
            Some(RegionState::EnabledByDefault) => !off,
            Some(RegionState::Enabled) => true,
            Some(RegionState::Disabled) | None => false,
        }
    }

    /// Whether an account may turn STS off in a Region.
    pub fn sts_may_be_off(&self, directory: &Directory, account: AccountId, region: &str) -> bool {
        region != "us-east-1" && self.state(directory, account, region) == Some(RegionState::EnabledByDefault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_their_partition_and_some_must_be_enabled() {
        let pack = Pack::embedded().unwrap();
        let regions = Regions::read(&pack).unwrap();
        let partition = |name: &str| regions.partition(name).map(Partition::as_str);
        assert_eq!(partition("eu-central-1"), Some("aws"));
        assert_eq!(partition("cn-north-1"), Some("aws-cn"));
        assert_eq!(partition("us-gov-west-1"), Some("aws-us-gov"));
        assert_eq!(partition("us-isob-east-1"), Some("aws-iso-b"));
        assert_eq!(partition("us-nowhere-1"), None);
        let default = |partition: &str| regions.default_of(&Partition::parse(partition).unwrap()).to_string();
        assert_eq!(default("aws"), "us-east-1");
        assert_eq!(default("aws-us-gov"), "us-gov-west-1");
        assert!(BY_DEFAULT.iter().all(|name| regions.is_default(name)));
        assert!(regions.is_default("cn-north-1") && !regions.is_default("af-south-1"));
        let directory = Directory::new(Partition::aws());
        let account = AccountId::parse("444455556666").unwrap();
        assert_eq!(regions.state(&directory, account, "af-south-1"), Some(RegionState::Disabled));
        assert_eq!(regions.state(&directory, account, "cn-north-1"), None);
        assert!(regions.sts_is_active(&directory, account, "eu-west-1"));
        assert!(!regions.sts_is_active(&directory, account, "af-south-1"));
        assert!(!regions.sts_may_be_off(&directory, account, "us-east-1"));
        assert!(regions.of(&directory, account).iter().all(|(name, _)| !name.as_str().starts_with("cn-")));
    }
}
