use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value as Json;

/// The partitions of AWS, their Regions and DNS suffixes.
#[derive(Debug, Clone, Deserialize)]
pub struct Partitions {
    partitions: Vec<PartitionData>,
}

/// One partition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionData {
    /// The id, such as `aws-cn`.
    pub id: String,
    /// What endpoint rules read of it.
    pub outputs: PartitionOutputs,
    region_regex: String,
    regions: IndexMap<String, Json>,
}

/// What endpoint rules read of a partition.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartitionOutputs {
    /// The name, such as `aws-cn`.
    pub name: String,
    /// The suffix of hosts.
    pub dns_suffix: String,
    /// The suffix of hosts reached over IPv4 and IPv6.
    pub dual_stack_dns_suffix: String,
    /// The Region that global services are signed for.
    pub implicit_global_region: String,
    /// There are endpoints with validated cryptography.
    #[serde(rename = "supportsFIPS")]
    pub supports_fips: bool,
    /// There are endpoints reached over IPv4 and IPv6.
    pub supports_dual_stack: bool,
}

impl PartitionData {
    /// The Regions, without pseudo Regions such as `aws-global`, in the order of the data.
    pub fn regions(&self) -> impl Iterator<Item = &str> {
        self.regions.keys().map(String::as_str).filter(|region| !region.ends_with("-global"))
    }

    /// The name of a Region for people, such as `Europe (Frankfurt)`.
    pub fn region_description(&self, region: &str) -> Option<&str> {
        self.regions.get(region)?.get("description")?.as_str()
    }

    /// Whether a Region that is not in the data has the form of this partition's Regions.
    fn has_form(&self, region: &str) -> bool {
        regex::Regex::new(&self.region_regex).is_ok_and(|form| form.is_match(region))
    }

    pub(super) fn to_json(&self) -> Json {
        serde_json::json!({
            "name": self.outputs.name,
            "dnsSuffix": self.outputs.dns_suffix,
            "dualStackDnsSuffix": self.outputs.dual_stack_dns_suffix,
            "implicitGlobalRegion": self.outputs.implicit_global_region,
            "supportsFIPS": self.outputs.supports_fips,
            "supportsDualStack": self.outputs.supports_dual_stack,
        })
    }
}

impl Partitions {
    /// All partitions; `aws` is the first.
    pub fn iter(&self) -> std::slice::Iter<'_, PartitionData> {
        self.partitions.iter()
    }

    /// The partition of this id.
    pub fn get(&self, id: &str) -> Option<&PartitionData> {
        self.partitions.iter().find(|partition| partition.id == id)
    }

    /// The partition that a Region lies in, if the data has it or a partition's Regions have its form.
    pub fn find_region(&self, region: &str) -> Option<&PartitionData> {
        let listed = self.partitions.iter().find(|partition| partition.regions.contains_key(region));
        listed.or_else(|| self.partitions.iter().find(|partition| partition.has_form(region)))
    }

    /// The partition that a Region lies in; `aws` if nothing says otherwise, as the rules have it.
    pub fn of_region(&self, region: &str) -> &PartitionData {
        // The reader refuses data without a partition.
        self.find_region(region).unwrap_or(&self.partitions[0])
    }

    /// Whether the data lists this Region.
    pub fn knows_region(&self, region: &str) -> bool {
        self.partitions.iter().any(|partition| partition.regions().any(|known| known == region))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }
}
