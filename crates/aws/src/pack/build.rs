//! Makes a pack from the texts of its sources. Only `cargo xtask pack` and tests use it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::*;
use crate::catalogue::source;

/// The texts a pack is made from; `.jsonl` sources hold one JSON object a line.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Service models, one a line.
    pub api_models: String,
    /// The authorization reference.
    pub service_authorization: String,
    /// The map from operations to actions, one service a line.
    pub api_action_map: String,
    /// The AWS CLI's command tree.
    pub cli_commands: String,
    /// Endpoint rules, one service a line.
    pub endpoint_rules: String,
    /// The partitions.
    pub partitions: String,
    /// AWS's managed policies, one a line.
    pub managed_policies: String,
}

/// A source that cannot be packed.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: {reason}")]
pub struct BuildError {
    source_name: &'static str,
    reason: String,
}

fn failed<E: std::fmt::Display>(source_name: &'static str) -> impl Fn(E) -> BuildError {
    move |error| BuildError { source_name, reason: error.to_string() }
}

/// Makes a compression dictionary of samples; see [`build()`].
pub type Train<'a> = &'a dyn Fn(&[&[u8]]) -> Option<Vec<u8>>;

/// Builds the pack. The same sources give the same bytes. Services are alike, so `train` makes a dictionary for each
/// kind of sections, with which they pack half as small again.
pub fn build(sources: &Sources, train: Train<'_>) -> Result<Vec<u8>, BuildError> {
    let mut writer = Writer { sections: Vec::new() };
    let services = models(sources)?;
    for (name, service) in &services {
        let bytes = stored::write(service).map_err(failed("models"))?;
        writer.add(Section::Model, name, bytes);
    }
    for (name, map) in source::action_maps(&sources.api_action_map).map_err(failed("api_action_map"))? {
        table(&mut writer, Section::ActionMap, &name, &map)?;
    }
    endpoint_rules(&mut writer, &sources.endpoint_rules)?;
    let reference =
        source::authorization(&[&sources.service_authorization]).map_err(failed("service_authorization"))?;
    for service in &reference {
        table(&mut writer, Section::Authorization, &service.prefix, service)?;
    }
    let partitions: Json = serde_json::from_str(&sources.partitions).map_err(failed("partitions"))?;
    let _: Partitions = serde_json::from_value(partitions.clone()).map_err(failed("partitions"))?;
    writer.add(Section::Partitions, "", partitions.to_string().into_bytes());
    table(&mut writer, Section::Cli, "", &cli(&sources.cli_commands, &services)?)?;
    table(&mut writer, Section::Operations, "", &operation_index(&services))?;
    policies(&mut writer, &sources.managed_policies)?;
    writer.finish(train)
}

fn table<T: Serialize>(writer: &mut Writer, section: Section, name: &str, value: &T) -> Result<(), BuildError> {
    let bytes = postcard::to_allocvec(value).map_err(failed("a table"))?;
    writer.add(section, name, bytes);
    Ok(())
}

fn models(sources: &Sources) -> Result<BTreeMap<String, Service>, BuildError> {
    let mut services = BTreeMap::new();
    for text in sources.api_models.lines() {
        let service = Service::from_json(text).map_err(failed("models"))?;
        if let Some(twice) = services.insert(service.name.to_string(), service) {
            return Err(failed("models")(format!("service `{}` is there twice", twice.name)));
        }
    }
    Ok(services)
}

fn endpoint_rules(writer: &mut Writer, text: &str) -> Result<(), BuildError> {
    #[derive(Deserialize)]
    struct Line {
        name: String,
        rules: Json,
    }
    let mut all = BTreeMap::new();
    for line in text.lines() {
        let line: Line = serde_json::from_str(line).map_err(failed("endpoint_rules"))?;
        let _: EndpointRules = serde_json::from_value(line.rules.clone())
            .map_err(|error| failed("endpoint_rules")(format!("`{}`: {error}", line.name)))?;
        all.insert(line.name, line.rules.to_string());
    }
    for (name, rules) in all {
        writer.add(Section::EndpointRules, &name, rules.into_bytes());
    }
    Ok(())
}

fn operation_index(services: &BTreeMap<String, Service>) -> OperationIndex {
    let mut names: BTreeMap<&str, Vec<u16>> = BTreeMap::new();
    let mut signing: BTreeMap<&str, Vec<u16>> = BTreeMap::new();
    for (number, service) in services.values().enumerate() {
        signing.entry(&service.signing_name).or_default().push(number as u16);
        for operation in service.operations.values() {
            names.entry(&operation.cli_name).or_default().push(number as u16);
        }
    }
    let mut lines = String::new();
    for (name, numbers) in names {
        lines.push_str(name);
        for number in numbers {
            lines.push(' ');
            lines.push_str(&number.to_string());
        }
        lines.push('\n');
    }
    lines.pop();
    OperationIndex {
        services: services.keys().map(|name| name.as_str().into()).collect(),
        lines,
        signing: signing.into_iter().map(|(name, numbers)| (name.into(), numbers)).collect(),
    }
}

fn policies(writer: &mut Writer, text: &str) -> Result<(), BuildError> {
    #[derive(Deserialize)]
    struct Line {
        arn: String,
        version: String,
        created: String,
        updated: String,
        document: Json,
    }
    let mut all = BTreeMap::new();
    for line in text.lines() {
        let line: Line = serde_json::from_str(line).map_err(failed("managed_policies"))?;
        all.insert(line.arn.clone(), line);
    }
    let lines: Vec<&Line> = all.values().collect();
    let head = ManagedPolicies {
        policies: lines
            .iter()
            .map(|line| ManagedPolicy {
                arn: line.arn.as_str().into(),
                version: line.version.as_str().into(),
                created: line.created.as_str().into(),
                updated: line.updated.as_str().into(),
            })
            .collect(),
    };
    table(writer, Section::ManagedPolicies, "", &head)?;
    for (chunk, lines) in lines.chunks(policies::CHUNK).enumerate() {
        let documents: Vec<String> = lines.iter().map(|line| line.document.to_string()).collect();
        table(writer, Section::ManagedPolicyDocuments, &chunk.to_string(), &documents)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct RawGlobal {
    awscli: String,
    global: Vec<RawArgument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCommand {
    cmd: String,
    service: Option<String>,
    #[serde(default)]
    ops: BTreeMap<String, RawOperation>,
    #[serde(default)]
    custom: BTreeMap<String, RawCustom>,
    #[serde(default)]
    sub: BTreeMap<String, RawCustom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOperation {
    op: String,
    #[serde(default)]
    args: Vec<RawArgument>,
    #[serde(default)]
    removed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCustom {
    #[serde(default)]
    args: Vec<RawArgument>,
    #[serde(default)]
    sub: BTreeMap<String, RawCustom>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArgument {
    n: String,
    t: String,
    #[serde(default)]
    req: bool,
    #[serde(default)]
    pos: bool,
    nargs: Option<Json>,
    #[serde(default)]
    choices: Vec<Json>,
    group: Option<String>,
    member: Option<String>,
    #[serde(default)]
    hidden: bool,
}

fn word(json: Json) -> String {
    match json {
        Json::String(text) => text,
        other => other.to_string(),
    }
}

fn arguments(raw: Vec<RawArgument>) -> Vec<CliArgument> {
    let argument = |raw: RawArgument| CliArgument {
        name: raw.n,
        kind: raw.t,
        required: raw.req,
        positional: raw.pos,
        count: raw.nargs.map(word),
        choices: raw.choices.into_iter().map(word).collect(),
        group: raw.group,
        member: raw.member,
        hidden: raw.hidden,
    };
    raw.into_iter().map(argument).collect()
}

fn custom(raw: BTreeMap<String, RawCustom>) -> Vec<CliCustom> {
    raw.into_iter()
        .map(|(name, raw)| CliCustom { name, arguments: arguments(raw.args), sub: custom(raw.sub) })
        .collect()
}

fn cli(text: &str, services: &BTreeMap<String, Service>) -> Result<Cli, BuildError> {
    let mut lines = text.lines();
    let head: RawGlobal = serde_json::from_str(lines.next().unwrap_or_default()).map_err(failed("cli_commands"))?;
    let mut commands = Vec::new();
    for line in lines {
        let raw: RawCommand = serde_json::from_str(line).map_err(failed("cli_commands"))?;
        let service = match &raw.service {
            None => None,
            Some(name) => {
                let missing = || failed("cli_commands")(format!("there is no service `{name}`"));
                Some(services.get(name).ok_or_else(missing)?)
            }
        };
        let mut command = CliCommand {
            name: raw.cmd,
            service: raw.service,
            absent: Vec::new(),
            renamed: Vec::new(),
            operations: Vec::new(),
            custom: custom(raw.custom.into_iter().chain(raw.sub).collect()),
        };
        if let Some(service) = service {
            let names = service.operations.values().map(|operation| operation.cli_name.to_string());
            command.absent = names.filter(|name| !raw.ops.contains_key(name)).collect();
        }
        for (name, operation) in raw.ops {
            let known = service.and_then(|service| service.operation_by_cli_name(&name));
            if known.is_none_or(|known| *known.name != *operation.op) {
                command.renamed.push((name.clone(), operation.op));
            }
            if !operation.args.is_empty() || !operation.removed.is_empty() {
                let (arguments, removed) = (arguments(operation.args), operation.removed);
                command.operations.push(CliOperation { name, arguments, removed });
            }
        }
        commands.push(command);
    }
    commands.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Cli { version: head.awscli, global: arguments(head.global), commands })
}

/// Collects sections, then packs them. Sections of one kind are added in alphabetical order of their names.
struct Writer {
    sections: Vec<(Section, String, Vec<u8>)>,
}

impl Writer {
    fn add(&mut self, section: Section, name: &str, bytes: Vec<u8>) {
        self.sections.push((section, name.to_owned(), bytes));
    }

    fn finish(self, train: Train<'_>) -> Result<Vec<u8>, BuildError> {
        let mut rows = Vec::new();
        let mut data = Vec::new();
        let mut dictionaries = HashMap::new();
        let mut put = |section, name: &str, bytes: &[u8], dictionary: &[u8]| -> std::io::Result<()> {
            let mut compressor = zstd::bulk::Compressor::with_dictionary(19, dictionary)?;
            // Parts of a section are read long after it was inflated: it must be whole.
            compressor.set_parameter(zstd::zstd_safe::CParameter::ChecksumFlag(true))?;
            let packed = compressor.compress(bytes)?;
            rows.push((section, name.to_owned(), packed.len() as u32, bytes.len() as u32));
            data.extend_from_slice(&packed);
            Ok(())
        };
        for kind in [Section::Model, Section::ActionMap, Section::EndpointRules, Section::Authorization] {
            let samples: Vec<&[u8]> = self
                .sections
                .iter()
                .filter(|(section, ..)| *section == kind)
                .map(|(.., bytes)| bytes.as_slice())
                .collect();
            let dictionary = train(&samples).unwrap_or_default();
            put(Section::Dictionary, dictionary_name(kind), &dictionary, &[]).map_err(failed("dictionaries"))?;
            dictionaries.insert(kind, dictionary);
        }
        for (section, name, bytes) in &self.sections {
            let dictionary = dictionaries.get(section).map_or(&[][..], Vec::as_slice);
            put(*section, name, bytes, dictionary).map_err(failed("sections"))?;
        }
        let index = postcard::to_allocvec(&rows).map_err(failed("index"))?;
        let mut file = MAGIC.to_vec();
        file.extend_from_slice(&(index.len() as u64).to_le_bytes());
        file.extend_from_slice(&index);
        file.extend_from_slice(&data);
        Ok(file)
    }
}
