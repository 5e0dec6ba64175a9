//! `bailiwick audit`: checks and exports the audit trail of a data folder, also while a server writes in it.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use bailiwick_store::audit::{Verified, export_store, verify_export, verify_store};
use bailiwick_store::{AuditPublicKey, SqliteStore, Store};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check that no record was changed, removed, inserted or reordered
    Verify {
        /// The data folder
        #[arg(long, value_name = "DIR", default_value = crate::serve::DATA)]
        data: PathBuf,
        /// Check an exported file instead of the data folder
        #[arg(long, value_name = "FILE", requires = "key")]
        file: Option<PathBuf>,
        /// The public key of the trail, as `audit export` prints it
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// Write the trail as JSON Lines to standard output, for a check elsewhere
    Export {
        /// The data folder
        #[arg(long, value_name = "DIR", default_value = crate::serve::DATA)]
        data: PathBuf,
    },
}

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        Command::Verify { file: Some(file), key, .. } => {
            let key = key.as_deref().and_then(AuditPublicKey::parse).context("`--key` is not a public key")?;
            let from = File::open(&file).with_context(|| format!("cannot read `{}`", file.display()))?;
            let checked = verify_export(BufReader::new(from), &key).map_err(|finding| finding.to_string());
            // Every export ends with a signed head; what holds no record holds none either.
            report(checked.and_then(|verified| not_empty(verified, "the file holds no record and no signed head")))
        }
        Command::Verify { data, key, .. } => {
            let store = SqliteStore::inspect(&data)?;
            let key = match key {
                Some(key) => AuditPublicKey::parse(&key).context("`--key` is not a public key")?,
                None => store.audit_public_key(),
            };
            let (checked, used) = runtime.block_on(async {
                let used = store.directory_revision().await? > 0;
                anyhow::Ok((verify_store(&store, &key).await?, used))
            })?;
            let checked = checked.map_err(|finding| finding.to_string());
            let missing = "the store was used, and the whole trail with its signed head is missing";
            report(if used { checked.and_then(|verified| not_empty(verified, missing)) } else { checked })
        }
        Command::Export { data } => {
            let store = SqliteStore::inspect(&data)?;
            let mut out = io::BufWriter::new(io::stdout());
            let count = runtime.block_on(export_store(&store, &mut out))?;
            note(&format!("{count} records; the trail's public key is {}", store.audit_public_key()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn not_empty(verified: Verified, otherwise: &str) -> Result<Verified, String> {
    if verified.records == 0 { Err(otherwise.to_owned()) } else { Ok(verified) }
}

/// How long a whole trail is and how it ends, in words.
pub(crate) fn summary(verified: &Verified) -> String {
    let end: String = verified.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{} records, the last hash begins with {end}", verified.records)
}

#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
fn report(checked: Result<Verified, String>) -> anyhow::Result<ExitCode> {
    match checked {
        Ok(verified) => {
            println!("the audit trail is whole: {}", summary(&verified));
            Ok(ExitCode::SUCCESS)
        }
        Err(finding) => {
            println!("the audit trail is damaged: {finding}");
            Ok(ExitCode::FAILURE)
        }
    }
}

#[expect(clippy::print_stderr, reason = "the export itself is on standard output")]
fn note(text: &str) {
    eprintln!("{text}");
}
