//! The same command by the AWS CLI, a process each, and by boto3 in one process. `BAILIWICK_PYTHON` names the interpreter
//! that has both.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const BOTO3: &str = r"
import resource, sys, time, boto3
client = boto3.client('ec2', endpoint_url=sys.argv[1], region_name='eu-west-1')
filters = [{'Name': 'instance-state-name', 'Values': ['running']}, {'Name': 'tag:team', 'Values': ['ops', 'dev']}]
client.describe_instances(Filters=filters)
usage = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
start, cpu = time.time(), usage()
for _ in range(300): client.describe_instances(Filters=filters)
print((time.time() - start) / 300 * 1e6, (usage() - cpu) / 300 * 1e6)
";

/// The CPU of this process, or of its children that have ended, from the kernel's own count.
fn cpu(children: bool) -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").expect("the kernel's count");
    let after = text.rsplit_once(')').expect("the form of stat").1;
    let fields: Vec<i64> = after.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // utime, stime, cutime, cstime are fields 14 to 17; `after` begins with field 3, and field 3 is no number.
    let at = if children { 12 } else { 10 };
    Duration::from_millis((fields[at] + fields[at + 1]).unsigned_abs() * 10)
}

pub fn own_cpu() -> Duration {
    cpu(false)
}

pub fn measure(endpoint: &str, ours: f64) {
    let Ok(python) = std::env::var("BAILIWICK_PYTHON") else {
        println!("without others: set BAILIWICK_PYTHON to an interpreter that has awscli and boto3");
        return;
    };
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let aws = Path::new(&python).with_file_name("aws");
    let (start, before) = (Instant::now(), cpu(true));
    const TIMES: u32 = 10;
    for _ in 0..TIMES {
        let mut command = Command::new(&aws);
        command.args(super::COMMAND).args(["--endpoint-url", endpoint, "--region", "eu-west-1"]).envs(keys);
        let output = command.output().expect("the AWS CLI");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let (wall, used) = (start.elapsed() / TIMES, (cpu(true) - before) / TIMES);
    super::line("aws, a whole process, time", wall.as_nanos() as f64);
    super::line("aws, a whole process, CPU", used.as_nanos() as f64);
    println!("{:<64} {:>10.0} times", "aws beside us, CPU", used.as_nanos() as f64 / ours);
    let output = Command::new(&python).args(["-c", BOTO3, endpoint]).envs(keys).output().expect("boto3");
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    let [wall, used] = figures[..] else { panic!("{}", String::from_utf8_lossy(&output.stderr)) };
    super::line("boto3 in one process, time", wall * 1_000.0);
    super::line("boto3 in one process, CPU", used * 1_000.0);
}
