use serde::{Deserialize, Serialize};

/// The type of a condition key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum KeyType {
    /// An ARN.
    Arn,
    /// Several ARNs.
    ArrayOfArn,
    /// Several booleans.
    ArrayOfBool,
    /// Several texts.
    ArrayOfString,
    /// `true` or `false`.
    Bool,
    /// A point in time.
    Date,
    /// An IP address.
    IpAddress,
    /// A number.
    Numeric,
    /// Text.
    String,
}

impl KeyType {
    /// Reads the name that AWS's reference uses.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "ARN" => KeyType::Arn,
            "ArrayOfARN" => KeyType::ArrayOfArn,
            "ArrayOfBool" => KeyType::ArrayOfBool,
            "ArrayOfString" => KeyType::ArrayOfString,
            "Bool" => KeyType::Bool,
            "Date" => KeyType::Date,
            "IPAddress" => KeyType::IpAddress,
            "Numeric" => KeyType::Numeric,
            "String" => KeyType::String,
            _ => return None,
        })
    }

    /// A request may hold several values of it. Only a set operator (`ForAnyValue`, `ForAllValues`) compares them.
    pub fn is_multi_valued(self) -> bool {
        matches!(self, KeyType::ArrayOfArn | KeyType::ArrayOfBool | KeyType::ArrayOfString)
    }
}

/// The condition keys that do not belong to one service, with their types, and ours. A `${...}` stands for any text.
/// Source: AWS's IAM guide, "AWS global condition context keys".
pub const GLOBAL_KEYS: &[(&str, KeyType)] = &[
    ("aws:AssumedRoot", KeyType::String),
    ("aws:CalledVia", KeyType::ArrayOfString),
    ("aws:CalledViaFirst", KeyType::String),
    ("aws:CalledViaLast", KeyType::String),
    ("aws:ChatbotSourceArn", KeyType::Arn),
    ("aws:CurrentTime", KeyType::Date),
    ("aws:Ec2InstanceSourcePrivateIPv4", KeyType::IpAddress),
    ("aws:Ec2InstanceSourceVpc", KeyType::String),
    ("aws:EpochTime", KeyType::Date),
    ("aws:FederatedProvider", KeyType::String),
    ("aws:IsMcpServiceAction", KeyType::Bool),
    ("aws:MultiFactorAuthAge", KeyType::Numeric),
    ("aws:MultiFactorAuthPresent", KeyType::Bool),
    ("aws:PrincipalAccount", KeyType::String),
    ("aws:PrincipalArn", KeyType::Arn),
    ("aws:PrincipalIsAWSService", KeyType::Bool),
    ("aws:PrincipalOrgID", KeyType::String),
    ("aws:PrincipalOrgPaths", KeyType::ArrayOfString),
    ("aws:PrincipalServiceName", KeyType::String),
    ("aws:PrincipalServiceNamesList", KeyType::ArrayOfString),
    ("aws:PrincipalTag/${TagKey}", KeyType::String),
    ("aws:PrincipalType", KeyType::String),
    ("aws:RequestTag/${TagKey}", KeyType::String),
    ("aws:RequestedRegion", KeyType::String),
    ("aws:ResourceAccount", KeyType::String),
    ("aws:ResourceOrgID", KeyType::String),
    ("aws:ResourceOrgPaths", KeyType::ArrayOfString),
    ("aws:ResourceTag/${TagKey}", KeyType::String),
    ("aws:SecureTransport", KeyType::Bool),
    ("aws:SourceAccount", KeyType::String),
    ("aws:SourceArn", KeyType::Arn),
    ("aws:SourceIdentity", KeyType::String),
    ("aws:SourceIp", KeyType::IpAddress),
    ("aws:SourceOrgID", KeyType::String),
    ("aws:SourceOrgPaths", KeyType::ArrayOfString),
    ("aws:SourceVpc", KeyType::String),
    ("aws:SourceVpcArn", KeyType::Arn),
    ("aws:SourceVpce", KeyType::String),
    ("aws:TagKeys", KeyType::ArrayOfString),
    ("aws:TokenIssueTime", KeyType::Date),
    ("aws:UserAgent", KeyType::String),
    ("aws:ViaAWSMCPService", KeyType::Bool),
    ("aws:ViaAWSService", KeyType::Bool),
    ("aws:VpcSourceIp", KeyType::IpAddress),
    ("aws:VpceAccount", KeyType::String),
    ("aws:VpceOrgID", KeyType::String),
    ("aws:VpceOrgPaths", KeyType::ArrayOfString),
    ("aws:referer", KeyType::String),
    ("aws:userid", KeyType::String),
    ("aws:username", KeyType::String),
    ("bailiwick:AccessClass", KeyType::String),
    ("bailiwick:ActorKind", KeyType::String),
    ("bailiwick:ApproverCount", KeyType::Numeric),
    ("bailiwick:Assurance", KeyType::Numeric),
    ("bailiwick:Channel", KeyType::String),
    ("bailiwick:ChannelType", KeyType::String),
    ("bailiwick:MemberId", KeyType::String),
    ("bailiwick:Platform", KeyType::String),
    ("bailiwick:RequesterApproved", KeyType::Bool),
    ("bailiwick:Workspace", KeyType::String),
];
