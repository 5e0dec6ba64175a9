//! `bailiwick account add`: an account that is elsewhere, so that channels can be bound to it.

use std::process::ExitCode;

use anyhow::bail;
use bailiwick_authority::record::AccountRecord;
use bailiwick_authority::{DirectoryChange, Tags, access_key_record, secret_access_key, unique_id};
use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, Region};
use bailiwick_store::Change;

use super::sync::Installation;
use crate::profiles;
use crate::terminal;
use crate::world::SystemEntropy;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The account
    #[arg(value_name = "ACCOUNT")]
    account: AccountId,
    /// What people call it; also the name of the AWS profile that configures its channels
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Where the server listens, for the profile
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7878")]
    endpoint: String,
    #[command(flatten)]
    of: Installation,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { account, name, endpoint, of } = arguments;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 50 || !name.chars().all(plain) {
        bail!("`{name}` is no name: 1 to 50 letters, digits and any of -_.");
    }
    if of.in_use() {
        bail!("a server works in `{}`; stop it first", of.data.display());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let instance = of.open().await?;
        let directory = instance.authority.directory();
        if directory.account(*account).is_some() {
            bail!("account {account} is in the directory already");
        }
        let record = AccountRecord {
            id: *account,
            name: name.clone(),
            email: format!("root@{account}.invalid"),
            alias: None,
            membership: None,
            tags: Tags::new(),
            created_at: instance.clock.now(),
            organization_quota: None,
        };
        let id = unique_id(&SystemEntropy, "AKIA");
        let secret = Secret::new(secret_access_key(&SystemEntropy));
        let key = access_key_record(&instance.store.vault(), *account, None, &id, &secret, instance.clock.now())?;
        // The keys are written first: an account whose keys nobody has is of no use.
        let folder = profiles::add(&of.data, endpoint, Region::us_east_1().as_str(), name, &id, &secret)?;
        let change = DirectoryChange::new().put(record).put(key);
        instance.authority.commit_directory(directory.revision(), change, Change::new()).await?;
        instance.store.close().await?;
        terminal::print(&format!(
            "account {account} ({name}) is in the directory.\n\
             Its channels are configured with the profile `{name}`:\n  \
             AWS_SHARED_CREDENTIALS_FILE={0}/credentials AWS_CONFIG_FILE={0}/config aws --profile {name} chatbot ...\n\
             Its roles are made with: bailiwick account setup {account} --trusted ARN\n",
            folder.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    })
}
