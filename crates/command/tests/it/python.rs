//! Runs a script of `testdata/python` on cases, one JSON line in and one out for each.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// The answers of the script to the cases, in their order; nothing when there is no Python to ask.
pub(crate) fn answers(script: &str, cases: &[Value]) -> Option<Vec<Value>> {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("skipped: BAILIWICK_PYTHON is not set, so the AWS CLI cannot be asked");
        return None;
    };
    let path = format!("{}/testdata/python/{script}", env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python)
        .arg(path)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("BAILIWICK_PYTHON starts");
    let mut input = child.stdin.take().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            if writeln!(input, "{line}").is_err() {
                return;
            }
        }
    });
    let answers: Vec<Value> = output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    child.wait().unwrap();
    assert_eq!(answers.len(), cases.len(), "the script answered every case");
    Some(answers)
}

/// The lines that a script prints; nothing when there is no Python to ask.
pub(crate) fn lines(script: &str, arguments: &[&str]) -> Option<Vec<String>> {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("skipped: BAILIWICK_PYTHON is not set, so the AWS CLI cannot be asked");
        return None;
    };
    let path = format!("{}/testdata/python/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python).arg(path).args(arguments).output().expect("BAILIWICK_PYTHON starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}
