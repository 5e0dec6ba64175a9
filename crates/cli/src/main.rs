//! The one binary. Reads the command line and the environment, composes everything, and prints for people.

mod audit;
mod config;
mod first_start;
mod instance;
mod pages;
mod profiles;
mod serve;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Run your cloud from chat, and never outside your bailiwick.
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the chat, the AWS API and the pages (the default)
    Serve(serve::Arguments),
    /// Check or export the audit trail
    #[command(subcommand)]
    Audit(audit::Command),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command.unwrap_or_else(|| Command::Serve(serve::Arguments::default())) {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Audit(command) => audit::run(command),
    };
    done.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

/// Prints an error with its causes, outermost first.
#[expect(clippy::print_stderr, reason = "a command line speaks on standard error")]
fn complain(error: &anyhow::Error) {
    eprintln!("bailiwick: {error:#}");
}
