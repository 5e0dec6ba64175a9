//! The rules of direction of ARCHITECTURE.md, checked over the dependency graph and the sources.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

mod sources;

/// Which of our crates each of our crates may use, besides `ident`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("ident", &[]),
    ("policy", &[]),
    ("aws", &[]),
    ("command", &["aws"]),
    ("chat", &[]),
    ("notify", &["chat"]),
    ("store", &[]),
    ("authority", &["aws", "policy", "store"]),
    // `client` delivers what the outbox holds; of SNS's messages `notify` knows the form, of chat platforms' `chat`.
    ("client", &["authority", "aws", "chat", "notify", "store"]),
    // `services::chime` keeps the rooms whose messages `chat::room` reads and writes; `services::sns` filters by `notify`.
    ("services", &["authority", "aws", "chat", "notify", "policy", "store"]),
    ("bot", &["authority", "aws", "chat", "client", "command", "notify", "policy", "services", "store"]),
    ("server", &["authority", "aws", "bot", "chat", "services"]),
    // Chat platforms for tests and for trying out: they speak to the bot over HTTP, as the real ones do.
    ("fakes", &["chat", "client"]),
    ("console", &["authority", "bot", "chat", "command", "services"]),
    (
        "cli",
        &[
            "authority",
            "aws",
            "bot",
            "chat",
            "client",
            "command",
            "console",
            "fakes",
            "notify",
            "policy",
            "server",
            "services",
            "store",
        ],
    ),
    ("xtask", &["aws", "policy"]),
];

/// Crates without sockets, files, clock, environment, async and randomness.
const PURE: &[&str] = &["ident", "policy", "aws", "command", "chat", "notify"];

/// What no pure crate pulls in, directly or not.
const NOT_PURE: &[&str] = &["fastrand", "getrandom", "hyper", "mio", "rand", "rusqlite", "rustls", "tokio"];

/// Outside crates that only some of ours use directly, in what is shipped, and why.
const RESERVED: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["store"], "only `store` speaks SQL"),
    ("hyper-rustls", &["client"], "only `client` connects"),
    ("axum", &["console", "fakes", "server"], "only the faces speak HTTP to people and programs"),
    ("clap", &["cli", "xtask"], "only `cli` reads argv"),
    ("cargo_metadata", &["xtask"], "it is a chore's tool"),
];

/// Every rule that is broken, one line each.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<String>> {
    let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).exec()?;
    let mut broken = dependencies(root, &metadata)?;
    broken.extend(sources::check(root, PURE)?);
    broken.sort();
    Ok(broken)
}

/// `aws` of `bailiwick-aws`; `cli` of `bailiwick`.
fn short(package: &str) -> &str {
    match package {
        "bailiwick" => "cli",
        other => other.strip_prefix("bailiwick-").unwrap_or(other),
    }
}

fn dependencies(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let mut broken = Vec::new();
    let ours: BTreeSet<&str> = metadata.workspace_packages().iter().map(|package| short(&package.name)).collect();
    for package in metadata.workspace_packages() {
        let name = short(&package.name);
        let Some((_, allowed)) = MAY_USE.iter().find(|(known, _)| *known == name) else {
            broken.push(format!("`{name}` is not in the table of rules; say what it may use"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal) {
            let used = short(&dependency.name);
            if ours.contains(used) && used != "ident" && !allowed.contains(&used) {
                broken.push(format!("`{name}` uses `{used}`, which it may not"));
            }
            for (reserved, users, why) in RESERVED {
                if dependency.name == *reserved && !users.contains(&name) {
                    broken.push(format!("`{name}` uses `{reserved}`: {why}"));
                }
            }
        }
    }
    for name in PURE {
        let reached = reached(root, &format!("bailiwick-{name}"))?;
        for foreign in NOT_PURE.iter().filter(|foreign| reached.contains(**foreign)) {
            broken.push(format!("`{name}` is pure but pulls in `{foreign}`"));
        }
    }
    let shipped = reached(root, "bailiwick")?;
    if shipped.contains("ring") && shipped.contains("aws-lc-sys") {
        broken.push("`ring` and `aws-lc-sys` are both in the product; one cryptography provider is enough".to_owned());
    }
    Ok(broken)
}

/// The names of all packages that a package pulls in for what it ships, with the features that it ships with. `cargo
/// metadata` would mix in the features that other packages' tests ask for.
fn reached(root: &Path, package: &str) -> anyhow::Result<BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--package",
            package,
            "--edges",
            "normal",
            "--target",
            "all",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(root)
        .output()?;
    ensure!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout)?;
    let names: BTreeSet<String> =
        names.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    ensure!(names.contains(package), "cargo tree does not name `{package}`");
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
    }

    #[test]
    fn the_rules_of_direction_hold() {
        let broken = check(root()).unwrap();
        assert!(broken.is_empty(), "{}", broken.join("\n"));
    }

    #[test]
    fn the_table_allows_no_circle() {
        let allowed = |name: &str| MAY_USE.iter().find(|(known, _)| *known == name).unwrap().1;
        for (name, _) in MAY_USE {
            let mut seen = BTreeSet::new();
            let mut open = allowed(name).to_vec();
            while let Some(used) = open.pop() {
                assert_ne!(used, *name, "`{name}` may use itself");
                if seen.insert(used) {
                    open.extend(allowed(used));
                }
            }
        }
    }
}
