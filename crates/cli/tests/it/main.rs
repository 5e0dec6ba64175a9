//! The binary, run as people run it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests may stop at once")]

mod cases;
mod explain;
mod lint;
mod simulate;

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a run came to.
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

fn bailiwick(arguments: &[&str]) -> Ran {
    with_input(arguments, "")
}

fn with_input(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_bailiwick"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // From a thread of its own: a program that does not read must not block the test.
    let writer = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder with these files, and the path of each.
struct Files(tempfile::TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        Files(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// A policy of one statement.
fn policy(statement: &str) -> String {
    format!("{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{statement}]\n}}\n")
}

#[test]
fn every_command_has_help() {
    for command in ["simulate", "explain", "lint", "serve", "audit"] {
        let ran = bailiwick(&[command, "--help"]);
        assert_eq!(ran.status, 0, "{command}: {}", ran.err);
        assert!(ran.out.contains("Usage: bailiwick"), "{}", ran.out);
    }
    assert_eq!(bailiwick(&["--version"]).out.trim(), concat!("bailiwick ", env!("CARGO_PKG_VERSION")));
}
