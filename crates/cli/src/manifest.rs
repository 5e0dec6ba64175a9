//! `bailiwick manifest`: the app as a chat platform is told of it.

use std::process::ExitCode;

use bailiwick_chat::slack::manifest::{Setup, manifest};

use crate::teams_package;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print the manifest of the Slack app, for "Create an app from a manifest"
    Slack(Slack),
    /// Write the app package for Microsoft Teams: a zip archive that an administrator uploads
    Teams(teams_package::Teams),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Slack {
    /// Where Slack reaches this server, such as `https://bailiwick.example.com`
    #[arg(long, value_name = "URL", required_unless_present = "socket")]
    url: Option<String>,
    /// Events come over a socket that the server opens (Socket Mode)
    #[arg(long)]
    socket: bool,
    /// The slash command
    #[arg(long, value_name = "NAME", default_value = "/aws")]
    command: String,
    /// Ask for no scope that reads messages: answers in threads then need a mention, and a post whose outcome is not known
    /// is sent again without looking
    #[arg(long)]
    no_history: bool,
    /// The bot's token ends after twelve hours and is exchanged for the next one. Slack takes this back for no app
    #[arg(long)]
    rotate_tokens: bool,
}

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Slack(slack) => {
            print_slack(slack);
            Ok(ExitCode::SUCCESS)
        }
        Command::Teams(teams) => teams_package::run(teams),
    }
}

#[expect(clippy::print_stdout, reason = "a command line speaks on standard output")]
fn print_slack(slack: Slack) {
    let Slack { url, socket, command, no_history, rotate_tokens } = slack;
    println!("{:#}", manifest(&Setup { address: url, socket, command, history: !no_history, rotate_tokens }));
}
