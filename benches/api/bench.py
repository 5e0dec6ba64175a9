"""Bailiwick's AWS API beside moto's, both verifying signatures and enforcing policies, in the same run.

BAILIWICK_BINARY is the release binary; the generator is built with
`cargo build --release --manifest-path benches/api/Cargo.toml`.
"""

import configparser
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BAILIWICK_BINARY", str(ROOT / "target" / "release" / "bailiwick"))
LOAD = os.environ.get("LOAD_BINARY", str(ROOT / "benches" / "api" / "target" / "release" / "bailiwick-bench-api"))
SECONDS = os.environ.get("SECONDS_PER_RUN", "3")
ROUNDS = int(os.environ.get("ROUNDS", "3"))
# No run of the generator may take longer than this many seconds.
LIMIT = int(SECONDS) + 30

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "sns:Publish"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::secret/*"},
    ],
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def client(port, service, keys):
    options = {"retries": {"max_attempts": 0}, "connect_timeout": 5, "read_timeout": 30}
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        config=Config(**options),
    )


def seed(port, keys, account):
    """The same for both: a role, a topic, and a user with all permissions, whose key is used."""
    iam = client(port, "iam", keys)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    topic = client(port, "sns", keys).create_topic(Name="bench")["TopicArn"]
    iam.create_user(UserName="bench")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="bench", PolicyName="all", PolicyDocument=json.dumps(everything))
    # Bailiwick's sample has a user `nobody` already.
    iam.create_user(UserName="bench-nobody")
    key, nobody = (iam.create_access_key(UserName=name)["AccessKey"] for name in ("bench", "bench-nobody"))
    pair = lambda key: (key["AccessKeyId"], key["SecretAccessKey"])
    return {"role": role, "topic": topic, "keys": pair(key), "nobody": pair(nobody)}


def operations(made):
    return {
        "GetRole": ["--op", "iam:GetRole", "-p", "RoleName=bench"],
        "GetCallerIdentity": ["--op", "sts:GetCallerIdentity"],
        "Publish": ["--op", "sns:Publish", "-p", f"TopicArn={made['topic']}", "-p", "Message=hello from the bench"],
        "AssumeRole": ["--op", "sts:AssumeRole", "-p", f"RoleArn={made['role']}", "-p", "RoleSessionName=bench"],
        "SimulateCustomPolicy": [
            "--op", "iam:SimulateCustomPolicy",
            "-p", f"PolicyInputList.member.1={json.dumps(POLICY)}",
            "-p", "ActionNames.member.1=s3:GetObject",
            "-p", "ActionNames.member.2=sns:Publish",
            "-p", "ResourceArns.member.1=arn:aws:s3:::secret/a",
        ],
    }


def load(port, keys, arguments, *more):
    command = [LOAD, "--endpoint", f"127.0.0.1:{port}", *arguments, "--ak", keys[0], "--sk", keys[1], *more]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, timeout=LIMIT)
    return done.stdout


def status(port, keys, arguments):
    return int(load(port, keys, arguments, "--once").split("\n", 1)[0])


def resident(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def processor(pid):
    """Seconds of processor time that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(url):
    for _ in range(600):
        try:
            return urllib.request.urlopen(url, timeout=2).status
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{url} does not answer")


class Started:
    """The servers that were started, so that all of them end with the bench, however it ends."""

    def __init__(self, folder):
        self.folder, self.processes = folder, []

    def start(self, name, command, **more):
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **more
            )
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()

    def logs(self):
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')[-2000:]}" for log in self.folder.glob("*.log"))


def start_bailiwick(started):
    port = free_port()
    data = started.folder / "data"
    process = started.start("bailiwick", [BINARY, "serve", "--listen", f"127.0.0.1:{port}", "--data", str(data)])
    wait_for(f"http://127.0.0.1:{port}/healthz")
    credentials = configparser.ConfigParser()
    credentials.read(data / "aws" / "credentials")
    admin = credentials["admin"]
    return process, port, (admin["aws_access_key_id"], admin["aws_secret_access_key"])


def start_moto(started):
    port = free_port()
    environment = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000"}
    server = shutil.which("moto_server") or str(pathlib.Path(sys.executable).parent / "moto_server")
    process = started.start("moto", [server, "-H", "127.0.0.1", "-p", str(port)], env=environment)
    wait_for(f"http://127.0.0.1:{port}/moto-api/data.json")
    return process, port, ("testing", "testing")


def enforce(port):
    """From here on moto verifies and enforces."""
    headers = {"Content-Type": "text/plain"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/moto-api/reset-auth", data=b"0", headers=headers, method="POST")
    urllib.request.urlopen(request, timeout=10).read()


def measure(started, report):
    peers = {}
    process, port, keys = start_bailiwick(started)
    time.sleep(2)
    report["idle_rss_mb"] = round(resident(process.pid), 1)
    peers["bailiwick"] = (process, port, seed(port, keys, "444455556666"))
    if "--alone" not in sys.argv:
        process, port, keys = start_moto(started)
        peers["moto"] = (process, port, seed(port, keys, "123456789012"))
        enforce(port)
    for name, (_, port, made) in peers.items():
        probes = {operation: status(port, made["keys"], arguments) for operation, arguments in operations(made).items()}
        wrong = (made["keys"][0], "x" * 40)
        list_users = ["--op", "iam:ListUsers"]
        refusals = [status(port, keys, list_users) for keys in (made["nobody"], wrong)]
        assert refusals == [403, 403], f"{name} does not refuse: {refusals}"
        report[name] = {"probes": probes, "runs": {}}
    for _ in range(ROUNDS):
        for operation in operations({"role": "", "topic": ""}):
            for name, (process, port, made) in peers.items():
                if report[name]["probes"][operation] != 200:
                    continue
                before = processor(process.pid)
                arguments = operations(made)[operation]
                answer = load(port, made["keys"], arguments, "-c", "16", "-n", "1000000", "--max-secs", SECONDS)
                run = json.loads(answer)
                run["cpu_us"] = round((processor(process.pid) - before) * 1e6 / max(1, run["good"] + run["warm"]))
                report[name]["runs"].setdefault(operation, []).append(run)
    report["rss_after_mb"] = round(resident(peers["bailiwick"][0].pid), 1)
    # What was answered is there after a kill, and the audit trail is whole.
    process, port, made = peers["bailiwick"]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process, port, _ = start_bailiwick(started)
    assert status(port, made["keys"], operations(made)["GetRole"]) == 200
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    verify = [BINARY, "audit", "verify", "--data", str(started.folder / "data")]
    verified = subprocess.run(verify, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    report["audit"] = verified.stdout.strip()


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bailiwick-bench-"))
    started, report = Started(folder), {}
    try:
        measure(started, report)
    except BaseException:
        print(started.logs(), file=sys.stderr)
        raise
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)
    peers = [name for name in ("bailiwick", "moto") if name in report]
    best = {name: {operation: max(runs, key=lambda run: run["per_second"]) for operation, runs in report[name]["runs"].items()} for name in peers}
    print(f"idle {report['idle_rss_mb']} MB, after the load {report['rss_after_mb']} MB")
    print(f"after SIGKILL: {report['audit']}")
    print(f"{'16 clients':24}{'per second':>12}{'p50 us':>9}{'p99 us':>9}{'cpu us':>9}{'moto':>8}{'times':>8}")
    for operation, run in best["bailiwick"].items():
        peer = best.get("moto", {}).get(operation)
        times = f"{run['per_second'] / peer['per_second']:.1f}" if peer else "-"
        rate = f"{peer['per_second']:.0f}" if peer else "-"
        print(f"{operation:24}{run['per_second']:12.0f}{run['p50_us']:9}{run['p99_us']:9}{run['cpu_us']:9}{rate:>8}{times:>8}")
    if "--json" in sys.argv:
        print(json.dumps(report))


main()
