//! The endpoint rules of every service in every Region, beside botocore's engine for them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use bailiwick_aws::endpoint::{EndpointSettings, resolve};
use bailiwick_aws::pack::Pack;
use serde_json::{Value as Json, json};

use crate::round_trip::{service, services};

/// The account of addresses that have one in them.
pub(crate) const ACCOUNT: &str = "444455556666";

/// Sends lines to a script beside this file, and reads its last line, with what it said before.
pub(crate) fn run(script: &str, lines: impl FnOnce(&mut dyn FnMut(&Json)) + Send) -> Option<(Json, String)> {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("skipped: set BAILIWICK_PYTHON to a Python interpreter that has botocore");
        return None;
    };
    let mut child = Command::new(python)
        .arg(format!("{}/tests/it/{script}", env!("CARGO_MANIFEST_DIR")))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || lines(&mut |line: &Json| writeln!(stdin, "{line}").unwrap()));
        child.wait_with_output().unwrap()
    });
    let text = String::from_utf8(output.stdout).unwrap();
    let (found, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    let summary = serde_json::from_str(last).unwrap_or_else(|_| panic!("the script failed: {text}"));
    println!("{summary}");
    Some((summary, found.to_owned()))
}

#[test]
fn endpoints_of_every_region_are_botocores() {
    let pack = Pack::embedded().unwrap();
    let partitions = pack.partitions().unwrap();
    let regions: Vec<String> = partitions.iter().flat_map(|partition| partition.regions()).map(str::to_owned).collect();
    let done = run("endpoint_peer.py", |send| {
        let names: Vec<String> = services().iter().map(|service| service.name.to_string()).collect();
        for name in names.iter().filter(|name| *name != "bailiwick") {
            let service = service(name);
            for region in &regions {
                for variant in 0..5 {
                    // The last variant has an account in the address, where the service knows such addresses.
                    let (fips, dualstack, account) = (variant & 1 == 1, variant & 2 == 2, variant == 4);
                    if account && region != "us-east-1" && region != "us-gov-west-1" && region != "cn-north-1" {
                        continue;
                    }
                    let mut settings =
                        EndpointSettings { use_fips: fips, use_dualstack: dualstack, ..EndpointSettings::default() };
                    if account {
                        settings.built_in.insert("AWS::Auth::AccountId".to_owned(), json!(ACCOUNT));
                        settings.built_in.insert("AWS::Auth::AccountIdEndpointMode".to_owned(), json!("preferred"));
                    }
                    let ours = match resolve(&pack, &service, region, &settings) {
                        Ok(found) => json!([found.url, found.signing_name, found.signing_region]),
                        Err(_) => Json::Null,
                    };
                    send(&json!([name, region, fips, dualstack, account, ours, &*service.signing_name]));
                }
            }
        }
    });
    let Some((summary, found)) = done else { return };
    assert_eq!(summary["differences"], 0, "{summary}\n{found}");
    assert!(summary["compared"].as_u64() >= Some(40_000), "{summary}");
}
