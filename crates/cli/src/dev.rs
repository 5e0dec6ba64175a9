//! `bailiwick dev`: chat platforms that are none, for tests and for trying out.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use bailiwick_authority::Clock as _;
use bailiwick_fakes::{slack, teams};
use clap::Subcommand;
use tokio::net::TcpListener;

use crate::world::SystemClock;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// A Slack on this machine: a workspace whose members write and press as it is told
    FakeSlack(FakeSlack),
    /// A Microsoft Teams on this machine: a tenant with one team, whose members write and press as it is told
    FakeTeams(FakeTeams),
}

#[derive(Debug, clap::Args)]
pub(crate) struct FakeSlack {
    /// Where to listen; a loopback address
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7980")]
    listen: SocketAddr,
    /// Where the bot takes what Slack sends
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7878/chat/slack")]
    bot: String,
    /// The app's signing secret
    #[arg(long, value_name = "SECRET", default_value = "fake-signing-secret")]
    signing_secret: String,
    /// The bot's token
    #[arg(long, value_name = "TOKEN", default_value = "xoxb-fake")]
    bot_token: String,
    /// The app's own token, for Socket Mode
    #[arg(long, value_name = "TOKEN", default_value = "xapp-fake")]
    app_token: String,
    /// The workspace
    #[arg(long, value_name = "ID", default_value = "T00000001")]
    team: String,
    /// How many messages a channel takes at once before it takes one a second; 0 for no limit
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    burst: u32,
    /// How long a token of the bot holds that an installation gives, in seconds; without it, it does not end
    #[arg(long, value_name = "SECONDS")]
    token_seconds: Option<i64>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct FakeTeams {
    /// Where to listen; a loopback address
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7979")]
    listen: SocketAddr,
    /// Where the bot takes activities
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7878/chat/teams/messages")]
    bot: String,
    /// The bot's app id
    #[arg(long, value_name = "ID", default_value = "11111111-2222-3333-4444-555555555555")]
    app_id: String,
    /// The bot's password
    #[arg(long, value_name = "PASSWORD", default_value = "fake-password")]
    app_password: String,
    /// The tenant
    #[arg(long, value_name = "ID", default_value = "72f988bf-86f1-41af-91ab-2d7cd011db47")]
    tenant: String,
    /// The team, as the directory and AWS's API name it
    #[arg(long, value_name = "ID", default_value = "d7fb6f1a-0a65-4b5e-8a44-3d32a1f6c9e1")]
    team: String,
}

/// Runs until it is stopped.
pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::FakeSlack(arguments) => fake_slack(arguments).await?,
            Command::FakeTeams(arguments) => fake_teams(arguments).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
async fn fake_teams(arguments: FakeTeams) -> anyhow::Result<()> {
    let listener = loopback(arguments.listen).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let FakeTeams { bot: bot_url, app_id, app_password: password, tenant, team, .. } = arguments;
    println!(
        "Put this into bailiwick.toml:\n\n[teams]\napp_id = \"{app_id}\"\napp_password = \"{password}\"\nservice_urls = [\"{base_url}/teams/\"]\nlogin_url = \"{base_url}\"\nmetadata_url = \"{base_url}/.well-known/openidconfiguration\"\n\nListening on {base_url}"
    );
    let now = Arc::new(|| SystemClock.now().as_seconds());
    teams::serve(listener, teams::Settings { base_url, bot_url, app_id, password, tenant, team, now }).await?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
async fn fake_slack(arguments: FakeSlack) -> anyhow::Result<()> {
    let listener = loopback(arguments.listen).await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let FakeSlack { bot: bot_url, signing_secret, bot_token, app_token, team, burst, token_seconds, .. } = arguments;
    println!(
        "Put this into bailiwick.toml:\n\n[slack]\nsigning_secret = \"{signing_secret}\"\napi_url = \"{base_url}/api/\"\n\nor, for Socket Mode, `app_token = \"{app_token}\"` in place of the secret, and authorize the workspace:\n\naws bailiwick authorize-slack-workspace --slack-team-id {team} --slack-team-name fake --bot-token {bot_token}\n\nListening on {base_url}"
    );
    let now = Arc::new(|| SystemClock.now().as_millis());
    let client_secret = "fake-client-secret".to_owned();
    let settings = slack::Settings {
        base_url,
        bot_url,
        signing_secret,
        bot_token,
        app_token,
        client_secret,
        team,
        burst,
        token_seconds,
        now,
    };
    slack::serve(listener, settings).await?;
    Ok(())
}

/// Listens on this machine only: whoever reaches a fake steers it.
async fn loopback(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!("a fake platform listens on a loopback address only, and {address} is none");
    }
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
}
