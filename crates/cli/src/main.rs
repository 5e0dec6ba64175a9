//! The one binary. Reads the command line and the environment, composes everything, and prints for people.

mod account;
mod accounts;
mod audit;
mod config;
mod credentials;
mod deliveries;
mod dev;
mod doctor;
mod explain;
mod first_start;
mod host;
mod instance;
mod lint;
mod manifest;
mod model;
mod network;
mod pages;
mod profiles;
mod run;
mod serve;
mod simulate;
mod slack;
mod sync;
mod teams;
mod teams_package;
mod terminal;
mod world;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Every request makes and drops some hundreds of small values on several threads; this allocator takes a third of the time
/// of the C library's for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Run one AWS CLI command with your own credentials: `bailiwick run -- ec2 describe-instances`
    Run(run::Arguments),
    /// Check or export the audit trail
    #[command(subcommand)]
    Audit(audit::Command),
    /// Ask the policy engine: may this principal do this action? Or run a file of conformance cases
    Simulate(Box<simulate::Arguments>),
    /// Explain a decision of the policy engine, layer by layer and statement by statement
    Explain(Box<explain::Arguments>),
    /// Find what is wrong with policies
    Lint(lint::Arguments),
    /// Chat platforms on this machine that are none, for tests and for trying out
    #[command(subcommand)]
    Dev(dev::Command),
    /// What accounts at AWS need
    #[command(subcommand)]
    Account(account::Command),
    /// Check configuration, data folder, endpoints, credentials and roles, and say how to mend what is wrong
    Doctor(doctor::Arguments),
    /// Print or write what a chat platform is told of the app
    #[command(subcommand)]
    Manifest(manifest::Command),
    /// Print the model of Bailiwick's own service, for `aws configure add-model`
    Model,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command.unwrap_or_else(|| Command::Serve(serve::Arguments::default())) {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Run(arguments) => Ok(run::run(&arguments)),
        Command::Audit(command) => audit::run(command),
        Command::Simulate(arguments) => Ok(simulate::run(&arguments)),
        Command::Explain(arguments) => Ok(explain::run(&arguments)),
        Command::Lint(arguments) => Ok(lint::run(&arguments)),
        Command::Dev(command) => dev::run(command),
        Command::Account(command) => account::run(command),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Manifest(command) => manifest::run(command),
        Command::Model => model::run(),
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
