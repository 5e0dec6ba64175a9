//! `bailiwick.toml`: what an operator may set. Read once at start; an unknown key or a bad value stops the start.

use std::collections::BTreeMap;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::{Path, PathBuf};

use bailiwick_authority::{Remote, Remotes};
use bailiwick_ident::{AccountId, Partition, Region};
use serde::Deserialize;

use crate::slack::Slack;
use crate::teams::Teams;

/// The largest configuration file that is read.
const MAX_BYTES: u64 = 1 << 20;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Accounts that are reached through an AWS-compatible endpoint.
    #[serde(default)]
    pub(crate) account: Vec<AccountEndpoint>,
    /// How the services behave; from the command line.
    #[serde(skip)]
    pub(crate) settings: bailiwick_services::Settings,
    /// Whether refusals carry an encoded authorization message, which `sts:DecodeAuthorizationMessage` opens, for every
    /// service. AWS's do for some only.
    #[serde(default)]
    pub(crate) encoded_denials: bool,
    /// What is reached on behalf of others.
    #[serde(default)]
    pub(crate) outbound: Outbound,
    /// The partition of AWS that the accounts of a data folder are in; `aws` when it is not named. `--ephemeral` holds every
    /// partition.
    pub(crate) partition: Option<Partition>,
    /// The way to the accounts' endpoints.
    #[serde(default)]
    pub(crate) network: NetworkSettings,
    /// How SNS delivers.
    #[serde(default)]
    pub(crate) sns: Sns,
    /// How the organization is limited.
    #[serde(default)]
    pub(crate) organizations: Organizations,
    /// What channels may run.
    #[serde(default)]
    pub(crate) channels: Channels,
    /// The bot of Microsoft Teams.
    pub(crate) teams: Option<Teams>,
    /// Slack.
    pub(crate) slack: Option<Slack>,
    /// Webhooks of Amazon Chime's form.
    #[serde(default)]
    pub(crate) chime: Chime,
}

/// `[chime]`: where notifications go by webhook.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chime {
    /// What addresses of webhooks begin with; others are not written to, whoever configured them.
    #[serde(default = "hooks")]
    pub(crate) webhook_urls: Vec<String>,
}

impl Default for Chime {
    fn default() -> Self {
        Chime { webhook_urls: hooks() }
    }
}

fn hooks() -> Vec<String> {
    vec!["https://hooks.chime.aws/incomingwebhooks/".to_owned()]
}

/// `[organizations]`: the limits that AWS raises on request.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organizations {
    /// How many accounts an organization may have: 10 where it is not said, as at AWS.
    pub(crate) account_quota: Option<NonZeroU32>,
}

/// `[channels]`: what channels may run beside what policies say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Channels {
    /// Single operations, as `service:Operation`, that are on the list of non-supported ones and that channels run
    /// nevertheless, where every other layer allows it. Each is logged at the start and named in every trace.
    #[serde(default)]
    pub(crate) open_non_supported: Vec<String>,
    /// For how many days whole answers are kept, to be shown in parts and had as files, and notifications for the buttons
    /// under them. 7 where nothing is said.
    pub(crate) keep_answers_days: Option<NonZeroU16>,
}

/// `[network]`: the way to the accounts' endpoints. What is not said here is taken from the variables of the AWS CLI.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkSettings {
    /// The proxy for HTTPS, such as `http://proxy.example.com:3128`; otherwise `HTTPS_PROXY`.
    pub(crate) https_proxy: Option<String>,
    /// The proxy for plain HTTP; otherwise `HTTP_PROXY`.
    pub(crate) http_proxy: Option<String>,
    /// Hosts, domains and networks that are reached without them; otherwise `NO_PROXY`.
    pub(crate) no_proxy: Option<Vec<String>>,
    /// A file of certificates in PEM form that are trusted besides the built-in ones; otherwise `AWS_CA_BUNDLE`.
    pub(crate) ca_bundle: Option<PathBuf>,
    /// How long one exchange with an endpoint may take, in seconds: 60 for a command of a channel, 15 for the rest.
    pub(crate) timeout_seconds: Option<NonZeroU16>,
}

impl NetworkSettings {
    /// Whether a proxy's address holds a password.
    fn holds_password(&self) -> bool {
        [&self.https_proxy, &self.http_proxy].into_iter().flatten().any(|proxy| proxy.contains('@'))
    }
}

impl std::fmt::Debug for NetworkSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NetworkSettings")
            .field("proxied", &(self.https_proxy.is_some() || self.http_proxy.is_some()))
            .field("no_proxy", &self.no_proxy)
            .field("ca_bundle", &self.ca_bundle)
            .field("timeout_seconds", &self.timeout_seconds)
            .finish()
    }
}

/// `[sns]`: how notifications reach their subscribers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sns {
    /// Whether endpoints may be at private, loopback and link-local addresses.
    #[serde(default)]
    pub(crate) allow_private_targets: bool,
    /// Where subscribers reach this server, such as `https://sns.example.com`; without it, the address it listens on.
    pub(crate) endpoint_url: Option<String>,
}

/// `[outbound]`: which addresses are reached that somebody outside chose, such as those of identity providers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outbound {
    /// This machine as well, and over plain HTTP; otherwise public addresses only.
    #[serde(default)]
    pub(crate) loopback: bool,
    /// Addresses that are fetched from elsewhere, each by what it begins with: for tests, and for identity providers that
    /// are reached through a mirror.
    #[serde(default)]
    pub(crate) instead: BTreeMap<String, String>,
}

impl Outbound {
    /// The address that is fetched for an address.
    pub(crate) fn address(&self, url: &str) -> String {
        let moved = self.instead.iter().find_map(|(from, to)| {
            let rest = url.strip_prefix(from.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", to.trim_end_matches('/')))
        });
        moved.unwrap_or_else(|| url.to_owned())
    }
}

/// `[[account]]`: where calls for services that Bailiwick itself is not go, for one account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEndpoint {
    /// The account.
    pub(crate) id: AccountId,
    /// What people call it, for the log.
    pub(crate) name: Option<String>,
    /// The endpoint's address, such as `http://127.0.0.1:5000`; without it, AWS's own endpoints.
    pub(crate) endpoint: Option<String>,
    /// Endpoints of single services, by their command-line names.
    #[serde(default)]
    pub(crate) endpoints: BTreeMap<String, String>,
    /// Only these services, by their command-line names; empty means every service.
    #[serde(default)]
    pub(crate) services: Vec<String>,
    /// The Region of commands that name none.
    pub(crate) region: Option<Region>,
    /// Where the credentials come from: `static` (the keys below), `chain` (AWS's providers: environment, container,
    /// instance ...) or `profile:NAME`. Left out, it is `static` where there are keys and `chain` where there are none.
    pub(crate) credentials: Option<String>,
    /// Static credentials.
    pub(crate) access_key_id: Option<String>,
    /// Static credentials.
    pub(crate) secret_access_key: Option<String>,
    /// Static credentials, where they are temporary.
    pub(crate) session_token: Option<String>,
    /// A role to assume with these credentials before anything else: the step into the account.
    pub(crate) role: Option<String>,
    /// The id that the trust policies of its roles ask for, as `bailiwick account setup` writes them.
    pub(crate) external_id: Option<String>,
    /// A role that may read who may what there, as `bailiwick account setup` writes it.
    pub(crate) sync_role: Option<String>,
    /// How often that role reads them, in minutes; 15 where nothing is said.
    pub(crate) sync_minutes: Option<NonZeroU16>,
    /// How old what it read may be, in minutes, before commands are refused; 1440 (a day) where nothing is said.
    pub(crate) mirror_max_age_minutes: Option<NonZeroU16>,
    /// Assume the caller's own role there for every command, bounded by the channel's guardrails as session policies, so
    /// that the account's IAM enforces the same intersection. Without it, our ruling is the only gate.
    #[serde(default)]
    pub(crate) assume_roles: bool,
    /// AWS's endpoints with validated cryptography.
    #[serde(default)]
    pub(crate) fips: bool,
    /// AWS's endpoints reached over IPv4 and IPv6.
    #[serde(default)]
    pub(crate) dualstack: bool,
    /// CBOR to services that speak it, instead of JSON.
    #[serde(default)]
    pub(crate) cbor: bool,
    /// How long one exchange with its endpoint may take, in seconds, instead of `[network] timeout_seconds`.
    pub(crate) timeout_seconds: Option<NonZeroU16>,
}

/// Where an account's keys come from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeysFrom<'a> {
    /// The file itself.
    Static { access_key_id: &'a str, secret_access_key: &'a str },
    /// The providers of AWS's SDKs, with a profile or without.
    Chain { profile: Option<&'a str> },
}

impl AccountEndpoint {
    /// Where the keys come from. The error says what to change.
    pub(crate) fn keys_from(&self) -> Result<KeysFrom<'_>, String> {
        let both = self.access_key_id.as_deref().zip(self.secret_access_key.as_deref());
        let any = self.access_key_id.is_some() || self.secret_access_key.is_some() || self.session_token.is_some();
        let said = self.credentials.as_deref().unwrap_or(if any { "static" } else { "chain" });
        let profile = said.strip_prefix("profile:").filter(|name| !name.is_empty());
        match (said, profile, both) {
            ("static", _, Some((access_key_id, secret_access_key))) => {
                Ok(KeysFrom::Static { access_key_id, secret_access_key })
            }
            ("static", _, None) => Err("static credentials need `access_key_id` and `secret_access_key`".to_owned()),
            ("chain", ..) | (_, Some(_), _) if any => {
                Err(format!("`credentials = \"{said}\"` excludes keys in the file; take one of them out"))
            }
            ("chain", ..) => Ok(KeysFrom::Chain { profile: None }),
            (_, Some(profile), _) => Ok(KeysFrom::Chain { profile: Some(profile) }),
            (other, None, _) => {
                Err(format!("`credentials = \"{other}\"` is none of \"static\", \"chain\", \"profile:NAME\""))
            }
        }
    }
}

impl AccountEndpoint {
    /// The role that reads the account's roles and policies.
    pub(crate) fn sync_role(&self) -> Option<&str> {
        self.sync_role.as_deref().filter(|_| self.assume_roles)
    }

    /// How often they are read, in seconds.
    pub(crate) fn sync_seconds(&self) -> i64 {
        self.sync_minutes.map_or(15, |minutes| i64::from(minutes.get())) * 60
    }

    /// How old they may be, in seconds.
    pub(crate) fn mirror_seconds(&self) -> i64 {
        self.mirror_max_age_minutes.map_or(24 * 60, |minutes| i64::from(minutes.get())) * 60
    }
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
    /// The accounts in which roles are assumed.
    pub(crate) fn remotes(&self) -> Remotes {
        let assumed = self.account.iter().filter(|account| account.assume_roles);
        let mirrored = |of: &AccountEndpoint| Remote { mirror_for: of.sync_role().map(|_| of.mirror_seconds()) };
        // Where an account has several endpoints, one of them names the role that reads.
        let (read, unread): (Vec<_>, Vec<_>) = assumed.partition(|account| account.sync_role.is_some());
        unread.into_iter().chain(read).map(|account| (account.id, mirrored(account))).collect()
    }

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
        if let Some(account) =
            config.account.iter().find(|account| account.sync_role.is_some() && !account.assume_roles)
        {
            let message = format!("account {} has a sync_role and no `assume_roles = true`", account.id);
            return Err(ConfigError::Syntax { path: path.to_owned(), place: String::new(), message });
        }
        let secret = config.teams.is_some()
            || config.slack.is_some()
            || config.network.holds_password()
            || config.account.iter().any(|account| account.secret_access_key.is_some());
        if secret && readable_by_others(&metadata) {
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
    fn a_quota_of_accounts_is_a_number() {
        let config = read("[organizations]\naccount_quota = 50", 0o644).unwrap();
        assert_eq!(config.organizations.account_quota.map(NonZeroU32::get), Some(50));
        assert!(matches!(read("[organizations]\naccount_quota = 0", 0o644), Err(ConfigError::Syntax { .. })));
    }

    #[test]
    fn an_account_with_an_endpoint() {
        let config = read(ACCOUNT, 0o600).unwrap();
        assert_eq!(config.account[0].id.as_str(), "444455556666");
        assert!(!format!("{config:?}").contains("very-secret"));
    }

    #[test]
    fn addresses_may_be_fetched_from_elsewhere() {
        let text = "[outbound]\nloopback = true\n[outbound.instead]\n\"https://idp.example.com/t\" = \"http://127.0.0.1:1/\"\n";
        let outbound = read(text, 0o600).unwrap().outbound;
        assert_eq!(outbound.address("https://idp.example.com/t/keys"), "http://127.0.0.1:1/keys");
        assert_eq!(outbound.address("https://idp.example.com/tx/keys"), "https://idp.example.com/tx/keys");
    }

    #[test]
    fn credentials_that_others_can_read_are_refused() {
        assert!(matches!(read(ACCOUNT, 0o644), Err(ConfigError::Readable { .. })));
        assert!(read("", 0o644).is_ok());
        let teams = "[teams]\napp_id = \"a\"\napp_password = \"very-secret\"\n";
        assert!(matches!(read(teams, 0o644), Err(ConfigError::Readable { .. })));
        assert!(!format!("{:?}", read(teams, 0o600).unwrap()).contains("very-secret"));
        let proxy = "[network]\nhttp_proxy = \"http://user:very-secret@127.0.0.1:3128\"\n";
        assert!(matches!(read(proxy, 0o644), Err(ConfigError::Readable { .. })));
        assert!(!format!("{:?}", read(proxy, 0o600).unwrap()).contains("very-secret"));
        assert!(read("[network]\nhttp_proxy = \"http://127.0.0.1:3128\"\n", 0o644).is_ok());
    }

    #[test]
    fn a_mistake_names_its_line_and_not_the_secret() {
        let error = read(&ACCOUNT.replace("region", "regin"), 0o600).unwrap_err().to_string();
        assert!(error.contains("line 5") && error.contains("regin"), "{error}");
        assert!(!error.contains("very-secret"), "{error}");
    }

    #[test]
    fn credentials_come_from_one_place() {
        let with = |lines: &str| {
            let config = read(&format!("[[account]]\nid = \"444455556666\"\n{lines}"), 0o600).unwrap();
            let from = config.account[0].keys_from();
            from.map(|from| format!("{from:?}"))
        };
        assert_eq!(with("").unwrap(), "Chain { profile: None }");
        assert_eq!(with("credentials = \"profile:ops\"").unwrap(), "Chain { profile: Some(\"ops\") }");
        for wrong in [
            "credentials = \"static\"",
            "credentials = \"elsewhere\"",
            "credentials = \"profile:\"",
            "credentials = \"chain\"\naccess_key_id = \"a\"\nsecret_access_key = \"b\"",
            "access_key_id = \"a\"",
        ] {
            assert!(with(wrong).is_err(), "{wrong}");
        }
    }
}
