/// The type of the value of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyType {
    /// An ARN; string operators work, too.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A point in time.
    Date,
    /// An IP address.
    IpAddress,
    /// A number.
    Numeric,
    /// A text.
    String,
}

impl KeyType {
    /// The type in words.
    pub fn as_str(self) -> &'static str {
        match self {
            KeyType::Arn => "an ARN",
            KeyType::Bool => "a boolean",
            KeyType::Date => "a date",
            KeyType::IpAddress => "an IP address",
            KeyType::Numeric => "a number",
            KeyType::String => "a string",
        }
    }
}

/// A condition key that every service shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlobalKey {
    /// Its name; one that ends in `/` stands for all keys that begin with it.
    pub name: &'static str,
    /// The type of its value.
    pub value: KeyType,
    /// It is multi-valued: a set, whatever the number of its values.
    pub set: bool,
}

const fn one(name: &'static str, value: KeyType) -> GlobalKey {
    GlobalKey { name, value, set: false }
}

const fn many(name: &'static str, value: KeyType) -> GlobalKey {
    GlobalKey { name, value, set: true }
}

/// Source: AWS's IAM guide, "AWS global condition context keys".
const KEYS: [GlobalKey; 54] = [
    one("aws:AssumedRoot", KeyType::Bool),
    many("aws:CalledVia", KeyType::String),
    one("aws:CalledViaAWSMCP", KeyType::String),
    one("aws:CalledViaFirst", KeyType::String),
    one("aws:CalledViaLast", KeyType::String),
    one("aws:ChatbotSourceArn", KeyType::Arn),
    one("aws:CurrentTime", KeyType::Date),
    one("aws:Ec2InstanceSourcePrivateIPv4", KeyType::IpAddress),
    one("aws:Ec2InstanceSourceVpc", KeyType::String),
    one("aws:EpochTime", KeyType::Date),
    one("aws:FederatedProvider", KeyType::String),
    one("aws:IsMcpServiceAction", KeyType::Bool),
    one("aws:MultiFactorAuthAge", KeyType::Numeric),
    one("aws:MultiFactorAuthPresent", KeyType::Bool),
    one("aws:PrincipalAccount", KeyType::String),
    one("aws:PrincipalArn", KeyType::Arn),
    one("aws:PrincipalIsAWSService", KeyType::Bool),
    one("aws:PrincipalOrgID", KeyType::String),
    one("aws:PrincipalOrgMasterAccountId", KeyType::String),
    many("aws:PrincipalOrgPaths", KeyType::String),
    one("aws:PrincipalServiceName", KeyType::String),
    many("aws:PrincipalServiceNamesList", KeyType::String),
    one("aws:PrincipalTag/", KeyType::String),
    one("aws:PrincipalType", KeyType::String),
    one("aws:RequestTag/", KeyType::String),
    one("aws:RequestedRegion", KeyType::String),
    one("aws:ResourceAccount", KeyType::String),
    one("aws:ResourceOrgID", KeyType::String),
    many("aws:ResourceOrgPaths", KeyType::String),
    one("aws:ResourceTag/", KeyType::String),
    one("aws:SecureTransport", KeyType::Bool),
    one("aws:SourceAccount", KeyType::String),
    one("aws:SourceArn", KeyType::Arn),
    one("aws:SourceIdentity", KeyType::String),
    one("aws:SourceIp", KeyType::IpAddress),
    one("aws:SourceOrgID", KeyType::String),
    many("aws:SourceOrgPaths", KeyType::String),
    one("aws:SourceOwner", KeyType::String),
    one("aws:SourceVpc", KeyType::String),
    one("aws:SourceVpcArn", KeyType::Arn),
    one("aws:SourceVpce", KeyType::String),
    many("aws:TagKeys", KeyType::String),
    one("aws:TokenIssueTime", KeyType::Date),
    one("aws:UserAgent", KeyType::String),
    one("aws:ViaAWSMCPService", KeyType::Bool),
    one("aws:ViaAWSService", KeyType::Bool),
    one("aws:VpcSourceIp", KeyType::IpAddress),
    one("aws:VpceAccount", KeyType::String),
    one("aws:VpceOrgID", KeyType::String),
    many("aws:VpceOrgPaths", KeyType::String),
    one("aws:referer", KeyType::String),
    one("aws:userid", KeyType::String),
    one("aws:username", KeyType::String),
    one("aws:SignInSessionArn", KeyType::Arn),
];

/// Finds a global key by its name, in any case. `None` for keys of services, and for `aws:` keys that do not exist.
pub fn global_key(name: &str) -> Option<&'static GlobalKey> {
    KEYS.iter().find(|key| match key.name.strip_suffix('/') {
        Some(_) => {
            name.len() > key.name.len()
                && name.get(..key.name.len()).is_some_and(|start| start.eq_ignore_ascii_case(key.name))
        }
        None => key.name.eq_ignore_ascii_case(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_any_case_and_by_tag() {
        assert!(global_key("AWS:tagkeys").is_some_and(|key| key.set));
        assert!(global_key("aws:principaltag/Team").is_some_and(|key| !key.set));
        assert_eq!(global_key("aws:PrincipalTag/"), None);
        assert_eq!(global_key("aws:PrincipalTag"), None);
        assert_eq!(global_key("s3:prefix"), None);
    }
}
