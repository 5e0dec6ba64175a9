//! Options that the AWS CLI adds to an operation: each sets a part of a member, from a form that is easier to type.

use super::arguments::Takes;
use super::unpack::{Params, Unpacked, is_given};
use super::{Mistake, MistakeKind};
use serde_json::{Map, Value as Json, json};

/// How the words of a special option become a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convert {
    /// The bytes of the value, as text or from an attachment.
    Blob,
    /// Whether the flag was given: always this.
    Constant(bool),
    /// `min` or `min:max` instances.
    Count,
    /// `Name=Value` pairs with commas between them, as a list of names and values.
    Dimensions,
    /// One value in a list of a structure with this member.
    InList(&'static str),
    /// A number.
    Number,
    /// A port, a range of ports, `-1` or `all`.
    Ports,
    /// Addresses as structures that say they are not the primary one.
    PrivateAddresses,
    /// `tcp`, `udp`, `icmp`, `all` or a number.
    Protocol,
    /// A structure in shorthand or JSON that says where a revision of CodeDeploy is, with the type that it then has.
    Revision(&'static str),
    /// `sg-...` is an id, anything else a name.
    SecurityGroup,
    /// `Name=Number` pairs with commas between them.
    Statistics,
    /// The text as it is.
    Text,
    /// The words as they are.
    Texts,
    /// A whole number.
    Whole,
}

/// A step on the way to the part that is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The first element of a list.
    First,
    Member(&'static str),
}

/// An option that the AWS CLI adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Special {
    command: &'static str,
    /// Operations' names begin with this.
    operation: &'static str,
    option: &'static str,
    path: &'static [Step],
    convert: Convert,
    /// The option that sets the whole member and excludes this one.
    instead: &'static str,
}

use Step::{First, Member};

const PERMISSION: [Step; 2] = [Member("IpPermissions"), First];
const PAIR: [Step; 4] = [PERMISSION[0], PERMISSION[1], Member("UserIdGroupPairs"), First];
const INTERFACE: [Step; 2] = [Member("NetworkInterfaces"), First];
const METRIC: [Step; 2] = [Member("MetricData"), First];

/// The four operations on a security group's rules share their options.
const RULES: [&str; 2] = ["authorize-security-group-", "revoke-security-group-"];

const fn special(
    command: &'static str,
    operation: &'static str,
    option: &'static str,
    path: &'static [Step],
    convert: Convert,
    instead: &'static str,
) -> Special {
    Special { command, operation, option, path, convert, instead }
}

const SPECIALS: &[Special] = &[
    special(
        "ec2",
        RULES[0],
        "protocol",
        &[PERMISSION[0], First, Member("IpProtocol")],
        Convert::Protocol,
        "ip-permissions",
    ),
    special("ec2", RULES[0], "port", &PERMISSION, Convert::Ports, "ip-permissions"),
    special(
        "ec2",
        RULES[0],
        "cidr",
        &[PERMISSION[0], First, Member("IpRanges")],
        Convert::InList("CidrIp"),
        "ip-permissions",
    ),
    special("ec2", RULES[0], "source-group", &PAIR, Convert::SecurityGroup, "ip-permissions"),
    special(
        "ec2",
        RULES[0],
        "group-owner",
        &[PAIR[0], First, PAIR[2], First, Member("UserId")],
        Convert::Text,
        "ip-permissions",
    ),
    special("ec2", "run-instances", "count", &[], Convert::Count, ""),
    special(
        "ec2",
        "run-instances",
        "secondary-private-ip-addresses",
        &[INTERFACE[0], First, Member("PrivateIpAddresses")],
        Convert::PrivateAddresses,
        "network-interfaces",
    ),
    special(
        "ec2",
        "run-instances",
        "secondary-private-ip-address-count",
        &[INTERFACE[0], First, Member("SecondaryPrivateIpAddressCount")],
        Convert::Whole,
        "network-interfaces",
    ),
    special(
        "ec2",
        "run-instances",
        "associate-public-ip-address",
        &[INTERFACE[0], First, Member("AssociatePublicIpAddress")],
        Convert::Constant(true),
        "network-interfaces",
    ),
    special(
        "ec2",
        "run-instances",
        "no-associate-public-ip-address",
        &[INTERFACE[0], First, Member("AssociatePublicIpAddress")],
        Convert::Constant(false),
        "network-interfaces",
    ),
    special(
        "cloudwatch",
        "put-metric-data",
        "metric-name",
        &[METRIC[0], First, Member("MetricName")],
        Convert::Text,
        "metric-data",
    ),
    special(
        "cloudwatch",
        "put-metric-data",
        "timestamp",
        &[METRIC[0], First, Member("Timestamp")],
        Convert::Text,
        "metric-data",
    ),
    special("cloudwatch", "put-metric-data", "unit", &[METRIC[0], First, Member("Unit")], Convert::Text, "metric-data"),
    special(
        "cloudwatch",
        "put-metric-data",
        "value",
        &[METRIC[0], First, Member("Value")],
        Convert::Number,
        "metric-data",
    ),
    special(
        "cloudwatch",
        "put-metric-data",
        "dimensions",
        &[METRIC[0], First, Member("Dimensions")],
        Convert::Dimensions,
        "metric-data",
    ),
    special(
        "cloudwatch",
        "put-metric-data",
        "statistic-values",
        &[METRIC[0], First, Member("StatisticValues")],
        Convert::Statistics,
        "metric-data",
    ),
    special(
        "cloudwatch",
        "put-metric-data",
        "storage-resolution",
        &[METRIC[0], First, Member("StorageResolution")],
        Convert::Whole,
        "",
    ),
    special("ses", "send-email", "to", &[Member("Destination"), Member("ToAddresses")], Convert::Texts, "destination"),
    special("ses", "send-email", "cc", &[Member("Destination"), Member("CcAddresses")], Convert::Texts, "destination"),
    special(
        "ses",
        "send-email",
        "bcc",
        &[Member("Destination"), Member("BccAddresses")],
        Convert::Texts,
        "destination",
    ),
    special(
        "ses",
        "send-email",
        "subject",
        &[Member("Message"), Member("Subject"), Member("Data")],
        Convert::Text,
        "message",
    ),
    special(
        "ses",
        "send-email",
        "text",
        &[Member("Message"), Member("Body"), Member("Text"), Member("Data")],
        Convert::Text,
        "message",
    ),
    special(
        "ses",
        "send-email",
        "html",
        &[Member("Message"), Member("Body"), Member("Html"), Member("Data")],
        Convert::Text,
        "message",
    ),
    special(
        "rekognition",
        "compare-faces",
        "source-image-bytes",
        &[Member("SourceImage"), Member("Bytes")],
        Convert::Blob,
        "source-image",
    ),
    special(
        "rekognition",
        "compare-faces",
        "target-image-bytes",
        &[Member("TargetImage"), Member("Bytes")],
        Convert::Blob,
        "target-image",
    ),
    special("rekognition", "", "image-bytes", &[Member("Image"), Member("Bytes")], Convert::Blob, "image"),
    special(
        "deploy",
        "",
        "s3-location",
        &[Member("revision"), Member("s3Location")],
        Convert::Revision("S3"),
        "revision",
    ),
    special(
        "deploy",
        "",
        "github-location",
        &[Member("revision"), Member("gitHubLocation")],
        Convert::Revision("GitHub"),
        "revision",
    ),
    special("lambda", "create-function", "zip-file", &[Member("Code"), Member("ZipFile")], Convert::Blob, ""),
    special("lambda", "publish-layer-version", "zip-file", &[Member("Content"), Member("ZipFile")], Convert::Blob, ""),
];

impl Special {
    /// The special option of this name.
    pub(crate) fn of(command: &str, operation: &str, option: &str) -> Option<Special> {
        let begins = |special: &&Special| {
            operation.starts_with(special.operation) || special.operation == RULES[0] && operation.starts_with(RULES[1])
        };
        SPECIALS.iter().filter(|special| special.command == command && special.option == option).find(begins).copied()
    }

    /// How many words it takes.
    pub(crate) fn takes(&self) -> Takes {
        match self.convert {
            Convert::Constant(_) => Takes::Flag,
            Convert::PrivateAddresses | Convert::Texts => Takes::Many,
            _ => Takes::One,
        }
    }

    /// Whether it takes bytes.
    pub(super) fn is_blob(&self) -> bool {
        self.convert == Convert::Blob
    }

    /// The members on the way to a structure that is written as a whole, and the type it gives to what it lies in.
    pub(super) fn nested(&self) -> Option<(&'static str, &'static str, &'static str)> {
        match (self.path, self.convert) {
            ([Member(outer), Member(inner)], Convert::Revision(kind)) => Some((outer, inner, kind)),
            _ => None,
        }
    }

    /// The option that sets the whole of what this sets a part of, and so excludes it.
    pub(super) fn instead(&self) -> Option<&'static str> {
        Some(self.instead).filter(|name| !name.is_empty())
    }

    /// Sets the part of the member. `words` are what the option was given; none for a flag.
    pub(super) fn apply(&self, params: &mut Params, words: &[String]) -> Result<(), Mistake> {
        let word = words.first().map(String::as_str).unwrap_or_default();
        let wrong = |expected: &str| {
            let wrong = format!("`{}` is not a value of `--{}`, {expected}", super::mistake::shown(word), self.option);
            Mistake::new(MistakeKind::Value, self.command, &wrong)
        };
        let value = match self.convert {
            Convert::Constant(value) => json!(value),
            Convert::Texts if words.is_empty() => return Err(wrong("it takes at least one")),
            // The AWS CLI leaves out what is given empty.
            Convert::Text | Convert::Protocol | Convert::Ports | Convert::SecurityGroup | Convert::InList(_)
                if word.is_empty() && self.command != "cloudwatch" =>
            {
                return Ok(());
            }
            Convert::Text | Convert::Blob | Convert::Revision(_) => json!(word),
            Convert::Texts => json!(words),
            Convert::InList(member) => json!([{ member: word }]),
            Convert::PrivateAddresses => {
                json!(words.iter().map(|word| json!({"PrivateIpAddress": word, "Primary": false})).collect::<Vec<_>>())
            }
            Convert::Whole => json!(super::unpack::whole(word).ok_or_else(|| wrong("it is a whole number"))?),
            Convert::Number => number(word).ok_or_else(|| wrong("it is a number"))?,
            Convert::Protocol => {
                json!(protocol(word).ok_or_else(|| wrong("it is one of: tcp, udp, icmp, all, or a protocol's number"))?)
            }
            Convert::Dimensions => {
                let pairs = pairs(word).ok_or_else(|| wrong("write `Name=Value,Name=Value`"))?;
                json!(pairs.iter().map(|(name, value)| json!({"Name": name, "Value": value})).collect::<Vec<_>>())
            }
            Convert::Statistics => {
                let pairs = pairs(word).ok_or_else(|| wrong("write `Sum=1,SampleCount=1,Minimum=1,Maximum=1`"))?;
                let numbers = pairs.into_iter().map(|(name, value)| Some((name.to_owned(), number(value)?)));
                Json::Object(numbers.collect::<Option<_>>().ok_or_else(|| wrong("its values are numbers"))?)
            }
            Convert::SecurityGroup => {
                let member = if word.starts_with("sg-") { "GroupId" } else { "GroupName" };
                let (member, value) = (member, json!(word));
                return self.set(params, Some(member), value);
            }
            Convert::Ports => {
                let (from, to) = ports(word).ok_or_else(|| wrong("write a port or a range, such as 22 or 22-25"))?;
                self.set(params, Some("FromPort"), json!(from))?;
                return self.set(params, Some("ToPort"), json!(to));
            }
            Convert::Count => {
                let (least, most) = word.split_once(':').unwrap_or((word, word));
                let numbers = super::unpack::whole(least).zip(super::unpack::whole(most));
                let (least, most) = numbers.ok_or_else(|| wrong("write a number or a range, such as 1 or 1:10"))?;
                params.insert("MinCount".to_owned(), Unpacked::Json(json!(least)));
                params.insert("MaxCount".to_owned(), Unpacked::Json(json!(most)));
                return Ok(());
            }
        };
        self.set(params, None, value)
    }

    /// Sets bytes, which only a member of a structure can be.
    pub(super) fn apply_bytes(&self, params: &mut Params, bytes: Vec<u8>) {
        if let [Member(outer), Member(inner)] = self.path {
            params.insert((*outer).to_owned(), Unpacked::Part((*inner).to_owned(), bytes));
        }
    }

    fn set(&self, params: &mut Params, last: Option<&'static str>, value: Json) -> Result<(), Mistake> {
        let mut steps = self.path.iter().copied().chain(last.map(Member));
        let Some(Member(top)) = steps.next() else { return Ok(()) };
        let steps: Vec<Step> = steps.collect();
        let start = match steps.first() {
            Some(First) if top == "NetworkInterfaces" => json!([{"DeviceIndex": 0}]),
            // The CLI writes both parts of a message even where only one was given.
            _ if top == "Message" => json!({"Subject": {}, "Body": {}}),
            Some(First) => json!([{}]),
            _ => json!({}),
        };
        if !is_given(params, top) {
            params.insert(top.to_owned(), Unpacked::Json(start));
        }
        let Some(Unpacked::Json(root)) = params.get_mut(top) else {
            return Err(Mistake::new(
                MistakeKind::Exclusive,
                self.command,
                &format!("`--{}` is given twice over", self.option),
            ));
        };
        let mut place = root;
        for step in steps {
            place = match step {
                First => {
                    if !place.is_array() {
                        *place = json!([{}]);
                    }
                    match place.get_mut(0) {
                        Some(first) => first,
                        None => return Ok(()),
                    }
                }
                Member(name) => {
                    if !place.is_object() {
                        *place = Json::Object(Map::new());
                    }
                    match place.as_object_mut() {
                        Some(map) => map.entry(name).or_insert(Json::Null),
                        None => return Ok(()),
                    }
                }
            };
        }
        *place = value;
        Ok(())
    }
}

fn number(text: &str) -> Option<Json> {
    match text.parse::<i64>() {
        Ok(whole) => Some(json!(whole)),
        Err(_) => text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| json!(number)),
    }
}

fn protocol(word: &str) -> Option<&str> {
    match word.parse::<i64>() {
        Ok(number) => (-1..=255).contains(&number).then_some(word),
        Err(_) if word == "all" => Some("-1"),
        Err(_) => ["tcp", "udp", "icmp"].contains(&word).then_some(word),
    }
}

fn ports(word: &str) -> Option<(i64, i64)> {
    if word == "-1" || word == "all" {
        return Some((-1, -1));
    }
    let (from, to) = word.split_once('-').unwrap_or((word, word));
    super::unpack::whole(from).zip(super::unpack::whole(to))
}

/// `Name=Value` pairs with commas between them.
fn pairs(text: &str) -> Option<Vec<(&str, &str)>> {
    text.split(',').map(|pair| pair.split_once('=').filter(|(_, value)| !value.contains('='))).collect()
}
