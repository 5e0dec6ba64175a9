//! `bailiwick manifest`: the app as a chat platform is told of it.

use std::process::ExitCode;

use crate::teams_package;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write the app package for Microsoft Teams: a zip archive that an administrator uploads
    Teams(teams_package::Teams),
}

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Teams(teams) => teams_package::run(teams),
    }
}
