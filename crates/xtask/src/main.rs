//! Project chores: building the data pack and checking the rules of direction between crates.
#![expect(clippy::print_stdout, reason = "a task reports to the terminal")]

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};

mod layers;
mod pack;

#[derive(Parser)]
#[command(about = "Project chores")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks which crate depends on which, and what the sources of the pure crates touch.
    Layers,
    /// Builds the data pack, or checks it against its manifest.
    Pack {
        /// Build from the sources in this folder.
        #[arg(long)]
        from: Option<PathBuf>,
        /// With `--from`: write the hashes of new sources into the manifest instead of refusing them.
        #[arg(long, requires = "from")]
        update: bool,
        /// Check that the pack matches the manifest, and with `--from` that the sources give this pack.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("the workspace has a root")?;
    match Arguments::parse().task {
        Task::Layers => {
            let broken = layers::check(root)?;
            anyhow::ensure!(broken.is_empty(), "rules of direction are broken:\n{}", broken.join("\n"));
            println!("the rules of direction hold");
        }
        Task::Pack { from, update, check: true } => {
            anyhow::ensure!(!update, "`--check` changes nothing, so it goes without `--update`");
            println!("{}", pack::check(root, from.as_deref())?);
        }
        Task::Pack { from: Some(from), update, check: false } => println!("{}", pack::build(root, &from, update)?),
        Task::Pack { from: None, .. } => anyhow::bail!("give `--from DIR` to build the pack or `--check` to check it"),
    }
    Ok(())
}
