//! `bailiwick serve`: one process, one port.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bailiwick_authority::Enforcement;
use bailiwick_aws::pack::Pack;
use bailiwick_aws::sigv4::Secret;
use bailiwick_ident::{AccountId, Partition};
use bailiwick_server::{Faces, Host, Limits};
use bailiwick_services::Settings;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::host::{Beginning, Folder, Memory, Running};
use crate::instance::{Home, Instance};

/// The data folder when none is named.
pub(crate) const DATA: &str = "bailiwick-data";
/// The configuration file that is read when it is there and none is named.
pub(crate) const CONFIG: &str = "bailiwick.toml";
/// The address when none is named.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7878);

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where to listen; another address than a loopback one needs `--insecure-remote`, since there is no TLS here
    #[arg(long, value_name = "ADDR", default_value_t = LISTEN)]
    listen: SocketAddr,
    /// Where to keep everything
    #[arg(long, value_name = "DIR", default_value = DATA)]
    data: PathBuf,
    /// The configuration file; `bailiwick.toml` is read when it is there
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Leave an empty data folder empty
    #[arg(long)]
    no_sample: bool,
    /// Keep everything in memory; the account and its root key come from BAILIWICK_ACCOUNT_ID,
    /// BAILIWICK_ROOT_ACCESS_KEY_ID and BAILIWICK_ROOT_SECRET_ACCESS_KEY
    #[arg(long, conflicts_with_all = ["data", "no_sample"])]
    ephemeral: bool,
    /// What policies mean for the AWS API, with --ephemeral: `enforce` them, `log` what they would refuse, or leave them `off`
    #[arg(long, value_name = "HOW", value_enum, default_value_t = Iam::Enforce)]
    iam: Iam,
    /// Listen on an address that others can reach, without TLS: a proxy in front has to bring it
    #[arg(long)]
    insecure_remote: bool,
    /// Do as AWS does where Bailiwick's defaults are safer: channel configurations that name no guardrails get
    /// AdministratorAccess
    #[arg(long)]
    aws_compatible_defaults: bool,
    /// Be AWS Chatbot as its first guides describe it, without what came later, such as tags
    #[arg(long)]
    seed_semantics: bool,
}

/// What policies mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Iam {
    Enforce,
    Log,
    Off,
}

impl From<Iam> for Enforcement {
    fn from(iam: Iam) -> Self {
        match iam {
            Iam::Enforce => Enforcement::Enforce,
            Iam::Log => Enforcement::Log,
            Iam::Off => Enforcement::Off,
        }
    }
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            listen: LISTEN,
            data: PathBuf::from(DATA),
            config: None,
            no_sample: false,
            ephemeral: false,
            iam: Iam::Enforce,
            insecure_remote: false,
            aws_compatible_defaults: false,
            seed_semantics: false,
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let filter = tracing_subscriber::EnvFilter::try_from_env("BAILIWICK_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"))
        // What it says of failing providers holds what programs of the configuration print; we say it without that.
        .add_directive("aws_config=off".parse()?);
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    if !arguments.listen.ip().is_loopback() && !arguments.insecure_remote {
        bail!(
            "{} can be reached by others and there is no TLS; listen on 127.0.0.1 behind a proxy, or add --insecure-remote",
            arguments.listen
        );
    }
    if arguments.iam != Iam::Enforce && !arguments.ephemeral {
        bail!("--iam log and --iam off are for tests; they need --ephemeral");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build()?;
    runtime.block_on(serve(arguments))
}

/// Enough threads for the machine, and not so many that an idle process is large.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8)
}

async fn serve(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut config = read_config(arguments.config.as_deref())?;
    config.settings = Settings {
        account_quota: config.organizations.account_quota.map(std::num::NonZeroU32::get),
        at_once: arguments.ephemeral,
        policies_off: arguments.iam == Iam::Off,
        aws_compatible_defaults: arguments.aws_compatible_defaults,
        seed_semantics: arguments.seed_semantics,
    };
    if arguments.aws_compatible_defaults {
        tracing::warn!(
            "--aws-compatible-defaults: channel configurations without guardrails get AdministratorAccess, which limits nothing"
        );
    }
    // The port is taken before anything is made, so that a second start fails without a trace.
    let listener = TcpListener::bind(arguments.listen)
        .await
        .with_context(|| format!("cannot listen on {}; another address is chosen with --listen", arguments.listen))?;
    let address = listener.local_addr()?;
    let endpoint = format!("http://{address}");
    // From here on a signal ends the process in order, also one that comes while it starts.
    let stop = Stop::listen().context("signals cannot be heard")?;

    let pack = Pack::embedded().context("the data pack in this binary cannot be read")?;
    if arguments.ephemeral {
        let (account, access_key_id, secret_access_key) = root_key()?;
        let enforcement = arguments.iam.into();
        let endpoint = endpoint.clone();
        let beginning = Beginning { pack, config, enforcement, account, access_key_id, secret_access_key, endpoint };
        let memory = Arc::new(Memory::open(beginning).await?);
        greet(&format!("http://{address}"), None, None, None);
        warn_of(arguments.iam);
        let host: Arc<dyn Host> = memory.clone();
        answer(listener, host, stop, || memory.close()).await;
        return Ok(ExitCode::SUCCESS);
    }
    let partition = config.partition.clone().unwrap_or_else(Partition::aws);
    let home = Home::Folder(arguments.data.clone());
    let instance = Instance::open(home, &config, pack, &partition, Enforcement::Enforce, &endpoint).await?;
    let profiles = if arguments.no_sample { None } else { instance.make_sample(&endpoint).await? };
    let link = instance.sign_in_link().await?;
    greet(&endpoint, Some(&arguments.data), profiles.as_deref(), link.as_ref());
    if let Some(link) = instance.slack_install_link() {
        offer(&link);
    }
    let folder = Arc::new(Folder(Running::start(instance)));
    let host: Arc<dyn Host> = folder.clone();
    answer(listener, host, stop, || folder.0.close()).await;
    // Every connection has ended or was cut; one that was cut may still hold the host for a moment.
    let Folder(running) = alone(folder).await?;
    running.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// Answers until the process is told to stop.
async fn answer(listener: TcpListener, host: Arc<dyn Host>, stop: Stop, close: impl FnOnce()) {
    let faces = Faces::new(host);
    let answer = move |request, peer| {
        let faces = faces.clone();
        async move { faces.answer(request, peer).await }
    };
    let stopping = async {
        stop.asked().await;
        close();
    };
    bailiwick_server::serve(listener, answer, Limits::default(), stopping).await;
}

/// The value itself, once nobody else holds it.
async fn alone<T>(mut shared: Arc<T>) -> anyhow::Result<T> {
    for _ in 0..100 {
        shared = match Arc::try_unwrap(shared) {
            Ok(alone) => return Ok(alone),
            Err(shared) => shared,
        };
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    bail!("a request does not end; what was answered is stored")
}

pub(crate) fn read_config(named: Option<&Path>) -> anyhow::Result<Config> {
    match named {
        Some(path) => Ok(Config::read(path)?),
        None if Path::new(CONFIG).exists() => Ok(Config::read(Path::new(CONFIG))?),
        None => Ok(Config::default()),
    }
}

/// The ephemeral instance's account and root key, from the environment.
fn root_key() -> anyhow::Result<(AccountId, String, Secret)> {
    let read = |name: &str| std::env::var(name).with_context(|| format!("--ephemeral needs the variable {name}"));
    let account = read("BAILIWICK_ACCOUNT_ID")?;
    let key = read("BAILIWICK_ROOT_ACCESS_KEY_ID")?;
    let secret = Secret::new(read("BAILIWICK_ROOT_SECRET_ACCESS_KEY")?);
    if !(16..=128).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        bail!("BAILIWICK_ROOT_ACCESS_KEY_ID must be 16 to 128 letters, digits or underscores");
    }
    Ok((account.parse().context("BAILIWICK_ACCOUNT_ID")?, key, secret))
}

/// Ctrl-C and the termination signal, heard from the moment this is made.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Ends with the first of them.
    async fn asked(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
fn greet(endpoint: &str, data: Option<&Path>, profiles: Option<&Path>, link: Option<&(String, String)>) {
    println!("Bailiwick {} is ready.", env!("CARGO_PKG_VERSION"));
    match link {
        Some((path, person)) => {
            println!("  page       {endpoint}{path}");
            println!("             signs in as {person}, once, within 15 minutes");
        }
        None => println!("  page       {endpoint}/console"),
    }
    println!("  AWS API    {endpoint}");
    match data {
        Some(folder) => println!("  data       {}", folder.display()),
        None => println!("  data       in memory; gone when it stops, or with POST {endpoint}/_bailiwick/reset"),
    }
    if let Some(folder) = profiles {
        println!("  profiles   {0}/credentials and {0}/config, for example:", folder.display());
        println!(
            "             AWS_SHARED_CREDENTIALS_FILE={0}/credentials AWS_CONFIG_FILE={0}/config aws --profile admin sns list-topics",
            folder.display()
        );
    }
}

#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
fn offer(link: &str) {
    println!("  Slack      {link}");
    println!("             installs the app in a workspace, within 15 minutes");
}

/// Says on every start that policies do not bind.
#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
fn warn_of(iam: Iam) {
    match iam {
        Iam::Enforce => {}
        Iam::Log => {
            println!("  WARNING    policies are not enforced (--iam log): what they would refuse is only recorded")
        }
        Iam::Off => println!("  WARNING    policies are not enforced (--iam off): whoever has a key may do everything"),
    }
}
