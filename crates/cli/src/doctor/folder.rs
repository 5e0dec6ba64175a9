//! The data folder: its lock, its key, its database.

use std::fs::{File, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use bailiwick_authority::Directory;
use bailiwick_ident::Partition;
use bailiwick_store::audit::verify_tail;
use bailiwick_store::{MASTER_KEY_FILE, SqliteStore};

use super::Findings;

/// Records of the audit trail that are checked.
const TRAIL: u64 = 5_000;
/// The file that a working server holds locked.
const LOCK_FILE: &str = "lock";

/// Looks at a folder; what is in its directory, where it can be read.
pub(super) async fn look(folder: &Path, partition: &Partition, findings: &mut Findings) -> Option<Directory> {
    let subject = folder.display().to_string();
    if !folder.exists() {
        findings.warn("data folder", &subject, "it is not there yet", format!("bailiwick serve --data {subject}"));
        return None;
    }
    access(folder, "data folder", "700", findings);
    match File::open(folder.join(LOCK_FILE)).map(|file| file.try_lock()) {
        Ok(Err(TryLockError::WouldBlock)) => findings.good("lock", &subject, "a server works in it"),
        _ => findings.good("lock", &subject, "no server works in it"),
    }
    let key = folder.join(MASTER_KEY_FILE);
    if !key.exists() {
        let fix = format!("put the file `{}` back from where it was kept", key.display());
        findings.bad(
            "master key",
            &key.display().to_string(),
            "it is missing, and what is sealed cannot be opened",
            fix,
        );
        return None;
    }
    access(&key, "master key", "600", findings);
    let opened = SqliteStore::inspect(folder);
    let fix = || {
        format!(
            "start the program that wrote it: bailiwick serve --data {subject}; or restore `{subject}` from a backup"
        )
    };
    let store = match opened {
        Ok(store) => store,
        Err(error) => {
            findings.bad("database", &subject, error.to_string(), fix());
            return None;
        }
    };
    trail(&store, &subject, findings).await;
    match Directory::load(&store, partition).await {
        Ok(directory) => {
            findings.good("database", &subject, format!("revision {} of the directory", directory.revision()));
            Some(directory)
        }
        Err(error) => {
            findings.bad("database", &subject, error.to_string(), fix());
            None
        }
    }
}

/// Whether the end of the audit trail is whole.
async fn trail(store: &SqliteStore, subject: &str, findings: &mut Findings) {
    let fix = format!(
        "bailiwick audit verify --data {subject}   # names the first record; restore the folder from a backup from before it"
    );
    match verify_tail(store, &store.audit_public_key(), TRAIL).await {
        Ok(Ok(verified)) => {
            let checked = TRAIL.min(verified.records);
            findings.good(
                "audit trail",
                subject,
                format!("the last {checked} of {} records are whole", verified.records),
            );
        }
        Ok(Err(finding)) => findings.bad("audit trail", subject, finding.to_string(), fix),
        Err(error) => findings.bad("audit trail", subject, error.to_string(), fix),
    }
}

/// Whether others may reach it.
fn access(path: &Path, check: &'static str, mode: &str, findings: &mut Findings) {
    let subject = path.display().to_string();
    match std::fs::metadata(path).map(|of| of.permissions().mode() & 0o777) {
        Ok(found) if found & 0o077 == 0 => findings.good(check, &subject, "only its owner can reach it"),
        Ok(found) => {
            let fix = format!("chmod {mode} {subject}");
            findings.bad(check, &subject, format!("others can reach it (mode {found:03o})"), fix);
        }
        Err(error) => findings.bad(check, &subject, error.to_string(), format!("ls -ld {subject}")),
    }
}
