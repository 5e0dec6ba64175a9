//! Where the text of a policy comes from: a file, standard input, or AWS's managed policies.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bailiwick_authority::{FULL_AWS_ACCESS, RCP_FULL_AWS_ACCESS};
use bailiwick_aws::pack::Pack;
use bailiwick_policy::json::MAX_BYTES;
use bailiwick_policy::{Policy, PolicyType, Severity, document::Position};

use crate::terminal::plain;

/// Reads policies by what the command line calls them.
pub(crate) struct Sources {
    pub(crate) pack: Arc<Pack>,
    /// Standard input can be read once.
    stdin_taken: bool,
}

/// The text of a policy, and how to call it.
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Sources {
    pub(crate) fn open() -> anyhow::Result<Self> {
        let pack = Pack::embedded().context("the data pack in this binary cannot be read")?;
        Ok(Sources { pack, stdin_taken: false })
    }

    /// Reads a file, `-` for standard input, or a managed policy of AWS by its name or ARN (`FullAWSAccess` and `RCPFullAWSAccess`
    /// among them). A file goes before a managed policy
    /// of the same name.
    pub(crate) fn read(&mut self, named: &str) -> anyhow::Result<Source> {
        if named == "-" {
            if self.stdin_taken {
                bail!("standard input can be read only once; name a file");
            }
            self.stdin_taken = true;
            return Ok(Source { name: "<stdin>".to_owned(), text: bounded(io::stdin().lock(), "standard input")? });
        }
        let path = Path::new(named);
        if !path.exists()
            && let Some(text) = self.pack.managed_policy_document(named)?
        {
            return Ok(Source { name: named.to_owned(), text });
        }
        if !path.exists()
            && let Some(text) = of_organizations(named)
        {
            return Ok(Source { name: named.to_owned(), text: text.to_owned() });
        }
        let shown = plain(named);
        let file = File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => anyhow::anyhow!(
                "cannot read `{shown}`: there is no such file, and no managed policy of AWS has this name or ARN"
            ),
            _ => anyhow::anyhow!("cannot read `{shown}`: {error}"),
        })?;
        Ok(Source { name: named.to_owned(), text: bounded(file, &shown)? })
    }

    /// Reads a policy that has to be one: a simulation with a document that nobody can read would only say that it denies.
    pub(crate) fn policy(&mut self, named: &str, kind: PolicyType) -> anyhow::Result<Policy> {
        let source = self.read(named)?;
        let policy = Policy::read(&source.name, kind, &source.text);
        let error = policy.diagnostics().iter().find(|finding| finding.severity == Severity::Error);
        if let (None, Some(error)) = (policy.document(), error) {
            let Position { line, column } = Position::of(&source.text, error.span.start);
            let kind = kind.as_str();
            bail!(
                "`{0}` is no {kind} policy: {1} (line {line}, column {column}); `bailiwick lint --type {kind} {0}` shows all findings",
                plain(named),
                plain(&error.message)
            );
        }
        Ok(policy)
    }
}

/// The policies that AWS attaches everywhere in an organization, by name, id or ARN.
fn of_organizations(named: &str) -> Option<&'static str> {
    let name = named.rsplit('/').next().unwrap_or(named);
    match name.strip_prefix("p-").unwrap_or(name) {
        "FullAWSAccess" => Some(FULL_AWS_ACCESS),
        "RCPFullAWSAccess" => Some(RCP_FULL_AWS_ACCESS),
        _ => None,
    }
}

/// Reads a text that is not larger than any policy that the engine reads.
fn bounded(from: impl Read, shown: &str) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read `{shown}`"))?;
    if bytes.len() > MAX_BYTES {
        bail!("`{shown}` has more than {MAX_BYTES} bytes: that is no policy");
    }
    String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("`{shown}` is not UTF-8 text"))
}
