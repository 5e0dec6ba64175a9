//! `bailiwick account list` and `show`: the accounts of directory and configuration, and the copies of remote ones.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::bail;
use bailiwick_authority::record::{MirroredLevel, MirroredOrganization};
use bailiwick_authority::{Account, Clock as _, Directory, lasting};
use bailiwick_ident::{AccountId, Partition};
use bailiwick_store::SqliteStore;
use serde_json::{Value as Json, json};

use super::sync::Installation;
use crate::config::Config;
use crate::sync::{self, Attempted};
use crate::terminal;
use crate::world::SystemClock;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Installation,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArguments {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    of: Installation,
}

/// Everything that is known, read while a server may work.
struct Known {
    config: Config,
    partition: Partition,
    store: SqliteStore,
    directory: Directory,
}

impl Known {
    async fn read(of: &Installation) -> anyhow::Result<Known> {
        let (config, partition) = of.read()?;
        let store = SqliteStore::inspect(&of.data)?;
        let directory = Directory::load(&store, &partition).await?;
        Ok(Known { config, partition, store, directory })
    }

    async fn told(&self, id: AccountId) -> Json {
        let account = self.directory.account(id);
        let configured = self.config.account.iter().find(|of| of.id == id && of.sync_role.is_some());
        let configured = configured.or_else(|| self.config.account.iter().find(|of| of.id == id));
        let name = account.map(|of| of.record().name.clone()).or_else(|| configured.and_then(|of| of.name.clone()));
        let kind = match configured {
            Some(of) if of.assume_roles => "remote",
            Some(_) => "local, with an endpoint",
            None => "local",
        };
        let mut told = json!({
            "id": id.to_string(),
            "name": name,
            "kind": kind,
            "in_directory": account.is_some(),
        });
        if let Some(of) = configured {
            told["endpoint"] = json!(of.endpoint.as_deref().unwrap_or("AWS"));
        }
        if let Some(role) = configured.and_then(|of| of.sync_role()) {
            let limit = configured.map_or(0, |of| of.mirror_seconds());
            told["copy"] = self.copy(id, account.map(AsRef::as_ref), role, limit).await;
        }
        told
    }

    async fn copy(&self, id: AccountId, account: Option<&Account>, role: &str, limit: i64) -> Json {
        let now = SystemClock.now();
        let mut copy = json!({ "read_as": role, "limit": lasting(limit), "usable": false });
        if let Some((account, mirror)) = account.and_then(|of| Some((of, of.mirror()?))) {
            let age = now.as_seconds() - mirror.record.synced_at.as_seconds();
            copy["usable"] = json!(age <= limit);
            copy["read_at"] = json!(mirror.record.synced_at.to_rfc3339());
            copy["age"] = json!(mirror.age(now));
            copy["roles"] = json!(account.mirrored_roles().count());
            copy["policies"] = json!(account.mirrored_policies().count());
            copy["organization"] = organization(&mirror.record.organization);
        }
        if let Some(Attempted { at, error: Some(error), .. }) = sync::attempted(&self.store, &self.partition, id).await
        {
            copy["last_failure"] = json!({ "at": at, "error": error });
        }
        copy
    }
}

fn organization(of: &MirroredOrganization) -> Json {
    let levels = |levels: &Option<Vec<MirroredLevel>>| {
        let levels = levels.iter().flatten().map(|level| {
            let names: Vec<&str> = level.policies.iter().map(|policy| policy.name.as_str()).collect();
            json!({ "target": level.target, "policies": names })
        });
        levels.collect::<Vec<Json>>()
    };
    match of {
        MirroredOrganization::NotInUse => json!("none"),
        MirroredOrganization::NotReadable { why } => json!(format!("left to the account: {why}")),
        MirroredOrganization::Levels { scp, rcp } => json!({ "scps": levels(scp), "rcps": levels(rcp) }),
    }
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let told = block_on(async {
        let known = Known::read(&arguments.of).await?;
        let ids = known.directory.accounts().map(|of| of.id()).chain(known.config.account.iter().map(|of| of.id));
        let mut told = Vec::new();
        for id in ids.collect::<BTreeSet<_>>() {
            told.push(known.told(id).await);
        }
        Ok(told)
    })?;
    if arguments.json {
        terminal::print(&(serde_json::to_string_pretty(&told)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    for account in &told {
        let text = |name: &str| account[name].as_str().unwrap_or("-");
        let copy = &account["copy"];
        let more = match (copy["age"].as_str(), copy["usable"] == true) {
            (Some(age), true) => format!("  copy {age} old"),
            (Some(age), false) => format!("  copy {age} old: too old, commands are refused"),
            (None, _) if copy.is_object() => "  not read yet: commands are refused".to_owned(),
            (None, _) => String::new(),
        };
        let failed = copy["last_failure"]["error"].as_str().map(|error| format!("  {error}")).unwrap_or_default();
        let line = format!("{}  {:<20} {}{more}{failed}", text("id"), text("name"), text("kind"));
        out.push_str(&(terminal::plain(line.trim_end()) + "\n"));
    }
    terminal::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn show(arguments: &ShowArguments) -> anyhow::Result<ExitCode> {
    let id = arguments.account;
    let told = block_on(async {
        let known = Known::read(&arguments.of).await?;
        if known.directory.account(id).is_none() && !known.config.account.iter().any(|of| of.id == id) {
            bail!("account {id} is neither in the directory nor in the configuration: bailiwick account list");
        }
        Ok(known.told(id).await)
    })?;
    if arguments.json {
        terminal::print(&(serde_json::to_string_pretty(&told)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    lines(&mut out, 0, &told);
    terminal::print(&out)?;
    Ok(ExitCode::SUCCESS)
}

/// One line for each member; members of a member are further to the right.
fn lines(out: &mut String, depth: usize, told: &Json) {
    for (name, value) in told.as_object().into_iter().flatten() {
        let label = format!("{:1$}{name}", "", depth * 2).replace('_', " ");
        match value {
            Json::Object(_) => {
                out.push_str(&format!("{label}\n"));
                lines(out, depth + 1, value);
            }
            Json::Array(levels) => {
                let level = |level: &Json| {
                    let names: Vec<&str> =
                        level["policies"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
                    format!("{}: {}", level["target"].as_str().unwrap_or_default(), names.join(", "))
                };
                let text = levels.iter().map(level).collect::<Vec<_>>().join(" · ");
                out.push_str(&terminal::plain(&format!(
                    "{label:<16} {}",
                    if text.is_empty() { "none bind it" } else { text.as_str() }
                )));
                out.push('\n');
            }
            Json::Null => {}
            other => {
                let text = other.as_str().map_or_else(|| other.to_string(), str::to_owned);
                out.push_str(&terminal::plain(&format!("{label:<16} {text}")));
                out.push('\n');
            }
        }
    }
}
