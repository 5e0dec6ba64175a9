//! `bailiwick.toml`: what an operator may set. Read once at start; an unknown key or a bad value stops the start.

use std::path::{Path, PathBuf};

use bailiwick_ident::{AccountId, Region};
use serde::Deserialize;

/// The largest configuration file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Accounts that are reached through an AWS-compatible endpoint.
    #[serde(default)]
    pub(crate) account: Vec<AccountEndpoint>,
}

/// `[[account]]`: where calls for services that Bailiwick itself is not go, for one account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEndpoint {
    /// The account.
    pub(crate) id: AccountId,
    /// The endpoint's address, such as `http://127.0.0.1:5000`; without it, AWS's own endpoints.
    pub(crate) endpoint: Option<String>,
    /// Only these services, by their command-line names; empty means every service.
    #[serde(default)]
    pub(crate) services: Vec<String>,
    /// The Region of commands that name none.
    pub(crate) region: Option<Region>,
    /// Static credentials.
    pub(crate) access_key_id: String,
    /// Static credentials.
    pub(crate) secret_access_key: String,
    /// Static credentials, where they are temporary.
    pub(crate) session_token: Option<String>,
}

impl std::fmt::Debug for AccountEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountEndpoint")
            .field("id", &self.id)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read `{}`: {cause}", path.display())]
    Read { path: PathBuf, cause: std::io::Error },
    #[error("`{}` is larger than 1 MiB", path.display())]
    TooLarge { path: PathBuf },
    #[error("`{}` holds credentials and others can read it; run: chmod 600 {}", path.display(), path.display())]
    Readable { path: PathBuf },
    // The parser's message quotes the line it stopped at, which may be the one with the secret: only its place is said.
    #[error("`{}`{place}: {message}", path.display())]
    Syntax { path: PathBuf, place: String, message: String },
}

impl Config {
    /// Reads a file. A file with credentials that others can read is refused.
    pub(crate) fn read(path: &Path) -> Result<Config, ConfigError> {
        let failed = |cause| ConfigError::Read { path: path.to_owned(), cause };
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.len() > MAX_BYTES {
            return Err(ConfigError::TooLarge { path: path.to_owned() });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let config: Config = toml::from_str(&text).map_err(|error| {
            let line = error.span().map(|span| text.get(..span.start).unwrap_or_default().matches('\n').count() + 1);
            let place = line.map(|line| format!(", line {line}")).unwrap_or_default();
            ConfigError::Syntax { path: path.to_owned(), place, message: error.message().to_owned() }
        })?;
        if !config.account.is_empty() && readable_by_others(&metadata) {
            return Err(ConfigError::Readable { path: path.to_owned() });
        }
        Ok(config)
    }
}

#[cfg(unix)]
fn readable_by_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn read(text: &str, mode: u32) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bailiwick.toml");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        Config::read(&path)
    }

    const ACCOUNT: &str = r#"
        [[account]]
        id = "444455556666"
        endpoint = "http://127.0.0.1:5000"
        region = "us-east-1"
        access_key_id = "testing"
        secret_access_key = "very-secret"
    "#;

    #[test]
    fn an_account_with_an_endpoint() {
        let config = read(ACCOUNT, 0o600).unwrap();
        assert_eq!(config.account[0].id.as_str(), "444455556666");
        assert!(!format!("{config:?}").contains("very-secret"));
    }

    #[test]
    fn credentials_that_others_can_read_are_refused() {
        assert!(matches!(read(ACCOUNT, 0o644), Err(ConfigError::Readable { .. })));
        assert!(read("", 0o644).is_ok());
    }

    #[test]
    fn a_mistake_names_its_line_and_not_the_secret() {
        let error = read(&ACCOUNT.replace("region", "regin"), 0o600).unwrap_err().to_string();
        assert!(error.contains("line 5") && error.contains("regin"), "{error}");
        assert!(!error.contains("very-secret"), "{error}");
    }
}
