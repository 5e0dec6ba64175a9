//! `bailiwick doctor`: is everything as it has to be, and if not, what mends it.
//!
//! It reads the data folder, also while a server works in it, and calls nothing that changes anything.

mod accounts;
mod folder;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use bailiwick_aws::pack::Pack;
use bailiwick_client::{Exchange, Transport};
use bailiwick_ident::Partition;
use serde::Serialize;

use crate::config::Config;
use crate::network::network;
use crate::terminal::{self, Paint};
use crate::world::{SystemClock, SystemEntropy};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The configuration file; `bailiwick.toml` is read when it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder
    #[arg(long, value_name = "DIR", default_value = crate::serve::DATA)]
    data: PathBuf,
    /// Print a list of findings in JSON
    #[arg(long)]
    json: bool,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Good,
    Warning,
    Bad,
}

/// What one check found.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    /// The account, folder or address that was looked at.
    subject: String,
    state: State,
    found: String,
    /// A command or lines of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, subject: &str, state: State, found: String, fix: Option<String>) {
        self.0.push(Finding { check, subject: subject.to_owned(), state, found, fix });
    }

    fn good(&mut self, check: &'static str, subject: &str, found: impl Into<String>) {
        self.add(check, subject, State::Good, found.into(), None);
    }

    fn warn(&mut self, check: &'static str, subject: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(check, subject, State::Warning, found.into(), Some(fix.into()));
    }

    fn bad(&mut self, check: &'static str, subject: &str, found: impl Into<String>, fix: impl Into<String>) {
        self.add(check, subject, State::Bad, found.into(), Some(fix.into()));
    }
}

/// Exits with 0 when nothing is wrong, 1 when something is.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let findings = runtime.block_on(look(arguments))?.0;
    if arguments.json {
        terminal::print(&(serde_json::to_string_pretty(&findings)? + "\n"))?;
    } else {
        terminal::print(&text(&findings, Paint(terminal::colours())))?;
    }
    let sick = findings.iter().any(|finding| finding.state == State::Bad);
    Ok(if sick { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look(arguments: &Arguments) -> anyhow::Result<Findings> {
    let mut findings = Findings::default();
    let config = configuration(arguments.config.as_deref(), &mut findings);
    let partition = config.partition.clone().unwrap_or_else(Partition::aws);
    let directory = folder::look(&arguments.data, &partition, &mut findings).await;
    let (network, timeout) = match network(&config.network) {
        Ok(way) => way,
        Err(error) => {
            let fix = "correct [network] https_proxy and ca_bundle, or HTTPS_PROXY and AWS_CA_BUNDLE";
            findings.bad("network", "", format!("{error:#}"), fix);
            return Ok(findings);
        }
    };
    let pack = Pack::embedded()?;
    let transport = Transport::over(&network, timeout);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    let exchange = Arc::new(Exchange::new(transport.clone(), pack, clock, entropy));
    for account in &config.account {
        let settings = &config.network;
        let doctor =
            accounts::Doctor { network: &network, settings, transport: &transport, exchange: &exchange, account };
        doctor.look(directory.as_ref(), &mut findings).await;
    }
    Ok(findings)
}

fn configuration(named: Option<&Path>, findings: &mut Findings) -> Config {
    let path = named.unwrap_or(Path::new(crate::serve::CONFIG));
    let subject = path.display().to_string();
    if named.is_none() && !path.exists() {
        findings.good("configuration", &subject, "there is none; everything has its default");
        return Config::default();
    }
    match Config::read(path) {
        Ok(config) => {
            let found = match config.account.len() {
                1 => "1 account is configured".to_owned(),
                count => format!("{count} accounts are configured"),
            };
            findings.good("configuration", &subject, found);
            for operation in &config.channels.open_non_supported {
                let found = "channels may run it although it is on the list of non-supported operations";
                let fix = format!("take \"{operation}\" out of [channels] open_non_supported, unless that is meant");
                findings.warn("channels", operation, found, fix);
            }
            config
        }
        Err(error) => {
            findings.bad("configuration", &subject, error.to_string(), format!("correct `{subject}`"));
            Config::default()
        }
    }
}

fn text(findings: &[Finding], paint: Paint) -> String {
    let mut out = String::new();
    for Finding { check, subject, state, found, fix } in findings {
        let mark = match state {
            State::Good => paint.good("✓"),
            State::Warning => paint.strong("⚠"),
            State::Bad => paint.bad("✗"),
        };
        let subject = if subject.is_empty() { String::new() } else { format!(" {subject}") };
        out.push_str(&format!("{mark} {}\n", terminal::plain(&format!("{check}{subject}: {found}"))));
        for line in fix.iter().flat_map(|fix| fix.lines()) {
            out.push_str(&format!("    {}\n", terminal::plain(line)));
        }
    }
    out
}
