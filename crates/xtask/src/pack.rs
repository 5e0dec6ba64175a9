//! The data pack: `data/bailiwick.pack`, made from sources that `data/sources.toml` pins by hash.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::pack::build::{Sources, build as build_pack};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A greater dictionary packs better but is read with every first use of a service.
const DICTIONARY_BYTES: usize = 112_640;

const HEAD: &str = "\
# What data/bailiwick.pack is made from. `cargo xtask pack --from DIR --update` writes the hashes and figures;
# packages, versions and licences are written by hand. `cargo xtask pack --check` proves that the pack matches.

";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    pack: PackFacts,
    source: Vec<Source>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
struct PackFacts {
    sha256: String,
    bytes: usize,
    services: usize,
    operations: usize,
    shapes: usize,
    prefixes: usize,
    actions: usize,
    managed_policies: usize,
}

/// One file of the source folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    file: String,
    sha256: String,
    what: String,
    package: String,
    registry: String,
    version: String,
    licence: String,
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))
}

fn manifest(root: &Path) -> anyhow::Result<Manifest> {
    let path = root.join("data/sources.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    toml::from_str(&text).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Builds the pack into the tree. Refuses sources whose hash is not the manifest's, unless `update`.
pub(crate) fn build(root: &Path, from: &Path, update: bool) -> anyhow::Result<String> {
    let mut manifest = manifest(root)?;
    let pack = assemble(from, &mut manifest, update)?;
    manifest.pack = facts(&pack)?;
    fs::write(root.join("data/bailiwick.pack"), &pack)?;
    fs::write(root.join("data/sources.toml"), format!("{HEAD}{}", toml::to_string(&manifest)?))?;
    let PackFacts { bytes, services, operations, .. } = manifest.pack;
    Ok(format!("data/bailiwick.pack: {services} services, {operations} operations, {bytes} bytes"))
}

/// Checks the pack in the tree against the manifest.
pub(crate) fn check(root: &Path, from: Option<&Path>) -> anyhow::Result<String> {
    let mut manifest = manifest(root)?;
    let pack = read(&root.join("data/bailiwick.pack"))?;
    let found = facts(&pack)?;
    ensure!(found == manifest.pack, "the pack is not the manifest's: found {found:?}, pinned {:?}", manifest.pack);
    if let Some(from) = from {
        ensure!(assemble(from, &mut manifest, false)? == pack, "these sources do not give this pack");
    }
    Ok("the pack matches data/sources.toml".to_owned())
}

fn assemble(from: &Path, manifest: &mut Manifest, update: bool) -> anyhow::Result<Vec<u8>> {
    let mut source = |file: &str| -> anyhow::Result<String> {
        let bytes = read(&from.join(file))?;
        let pinned = manifest.source.iter_mut().find(|source| source.file == file);
        let pinned = pinned.with_context(|| format!("data/sources.toml does not name `{file}`"))?;
        pin(file, &mut pinned.sha256, &bytes, update)?;
        let bytes = if file.ends_with(".zst") { zstd::decode_all(bytes.as_slice())? } else { bytes };
        String::from_utf8(bytes).with_context(|| format!("`{file}` is not UTF-8"))
    };
    let sources = Sources {
        api_models: source("api_models.jsonl.zst")?,
        service_authorization: source("service_authorization.json.zst")?,
        api_action_map: source("api_action_map.jsonl.zst")?,
        cli_commands: source("cli_commands.jsonl.zst")?,
        endpoint_rules: source("endpoint_rules.jsonl.zst")?,
        partitions: source("partitions.json")?,
        managed_policies: source("managed_policies.jsonl.zst")?,
    };
    Ok(build_pack(&sources, &|samples| zstd::dict::from_samples(samples, DICTIONARY_BYTES).ok())?)
}

fn pin(file: &str, pinned: &mut String, bytes: &[u8], update: bool) -> anyhow::Result<()> {
    let found = hash(bytes);
    if *pinned != found {
        ensure!(update, "`{file}` has the hash {found}, not the pinned one; review it, then use `--update`");
        *pinned = found;
    }
    Ok(())
}

/// Opens a pack and inflates all of it.
fn facts(bytes: &[u8]) -> anyhow::Result<PackFacts> {
    let pack = Pack::open(Cow::Owned(bytes.to_vec()))?;
    let mut facts = PackFacts {
        sha256: hash(bytes),
        bytes: bytes.len(),
        services: pack.services().len(),
        operations: 0,
        shapes: 0,
        prefixes: pack.prefixes().len(),
        actions: 0,
        managed_policies: pack.managed_policies()?.len(),
    };
    for name in pack.services() {
        let service = pack.service(name)?;
        facts.operations += service.operations.len();
        facts.shapes += service.shapes.len();
        pack.action_map(name)?;
        pack.endpoint_rules(name)?;
    }
    for prefix in pack.prefixes() {
        facts.actions += pack.authorization(prefix)?.map_or(0, |service| service.actions.len());
    }
    for policy in pack.managed_policies()?.iter() {
        let document = pack.managed_policy_document(&policy.arn)?.context("a policy has a document")?;
        serde_json::from_str::<serde_json::Value>(&document)?;
    }
    pack.cli()?;
    pack.operations()?;
    pack.partitions()?;
    Ok(facts)
}
