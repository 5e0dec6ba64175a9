//! `bailiwick account`: what an account at AWS, or at another endpoint, needs.

mod setup;

use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print the roles that an account needs, as a CloudFormation template or as AWS CLI commands
    Setup(setup::Arguments),
}

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Setup(arguments) => setup::run(&arguments),
    }
}
