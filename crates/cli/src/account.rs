//! `bailiwick account`: what an account at AWS, or at another endpoint, needs.

mod add;
mod list;
mod setup;
mod sync;

use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Add an account that is elsewhere to the directory, with keys for configuring its channels
    Add(add::Arguments),
    /// List the accounts, where they are, and how old the copies of remote ones are
    List(list::Arguments),
    /// Print the roles that an account needs, as a CloudFormation template or as AWS CLI commands
    Setup(setup::Arguments),
    /// Show an account: its endpoint, and what was read of its roles, policies and organization
    Show(list::ShowArguments),
    /// Read a remote account's roles and policies now
    Sync(sync::Arguments),
}

pub(crate) fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Add(arguments) => add::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
        Command::Setup(arguments) => setup::run(&arguments),
        Command::Show(arguments) => list::show(&arguments),
        Command::Sync(arguments) => sync::run(&arguments),
    }
}
