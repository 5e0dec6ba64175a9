//! `bailiwick account sync`: by the server that works in the data folder, or by this process where none does.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use bailiwick_authority::{Clock as _, Enforcement};
use bailiwick_aws::pack::Pack;
use bailiwick_aws::protocol::timestamp;
use bailiwick_ident::{AccountId, Partition};
use bailiwick_store::SqliteStore;

use crate::config::Config;
use crate::instance::{Home, Instance};
use crate::sync::{self, Attempted};
use crate::terminal;
use crate::world::SystemClock;

/// How often it is looked whether the server is done, and how many times: two minutes.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: usize = 480;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    #[command(flatten)]
    of: Installation,
}

/// Which installation it is about.
#[derive(Debug, clap::Args)]
pub(crate) struct Installation {
    /// The configuration file; `bailiwick.toml` is read when it is there
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = crate::serve::DATA)]
    pub(crate) data: PathBuf,
}

impl Installation {
    pub(crate) fn read(&self) -> anyhow::Result<(Config, Partition)> {
        let config = crate::serve::read_config(self.config.as_deref())?;
        let partition = config.partition.clone().unwrap_or_else(Partition::aws);
        Ok((config, partition))
    }

    /// Whether a server works in the data folder.
    pub(crate) fn in_use(&self) -> bool {
        let lock = File::open(self.data.join("lock")).map(|file| file.try_lock());
        matches!(lock, Ok(Err(TryLockError::WouldBlock)))
    }

    /// The installation, opened by this process.
    pub(crate) async fn open(&self) -> anyhow::Result<Instance> {
        let (config, partition) = self.read()?;
        if !self.data.exists() {
            bail!(
                "there is no data folder `{}`; start `bailiwick serve` once, which makes it, or name another with --data",
                self.data.display()
            );
        }
        let home = Home::Folder(self.data.clone());
        Instance::open(home, &config, Pack::embedded()?, &partition, Enforcement::Enforce, "http://127.0.0.1").await
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let account = arguments.account;
        let done = match arguments.of.in_use() {
            true => ask(&arguments.of, account).await?,
            false => {
                let instance = arguments.of.open().await?;
                let done = instance.sync.sync(account).await;
                instance.store.close().await?;
                done.map(|kept| (kept.roles, kept.policies, kept.changed))
            }
        };
        match done {
            Ok((roles, policies, changed)) => {
                let text = format!(
                    "account {account}: {roles} roles and {policies} policies read, {changed} of them changed\n"
                );
                terminal::print(&text)?;
                Ok(ExitCode::SUCCESS)
            }
            Err(error) => bail!("account {account} was not read: {error}"),
        }
    })
}

/// Roles, policies and changes of a sync; or why there was none.
type Done = Result<(usize, usize, usize), String>;

/// Asks the server over the data folder, and waits for how it ends.
async fn ask(of: &Installation, account: AccountId) -> anyhow::Result<Done> {
    let (config, partition) = of.read()?;
    if !config.account.iter().any(|known| known.id == account && known.sync_role().is_some()) {
        return Ok(Err("it has no `sync_role` in the configuration".to_owned()));
    }
    let asked = SystemClock.now();
    let file = sync::request_file(&of.data, account);
    std::fs::write(&file, "").with_context(|| format!("`{}` cannot be written", file.display()))?;
    for _ in 0..LOOKS {
        tokio::time::sleep(LOOK).await;
        let Some(Attempted { begun, error, roles, policies, changed, .. }) = last(&of.data, &partition, account).await
        else {
            continue;
        };
        // One that was under way already may have read what has changed since.
        if file.exists() || timestamp::parse(&begun).is_none_or(|begun| begun < asked) {
            continue;
        }
        return Ok(error.map_or(Ok((roles, policies, changed)), Err));
    }
    // A server that reads another configuration does not know the account.
    let _ = std::fs::remove_file(&file);
    Ok(Err("the server did not answer; is its configuration the same as this one?".to_owned()))
}

async fn last(data: &Path, partition: &Partition, account: AccountId) -> Option<Attempted> {
    let store = SqliteStore::inspect(data).ok()?;
    sync::attempted(&store, partition, account).await
}
