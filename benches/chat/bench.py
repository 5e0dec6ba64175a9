"""A mention in Slack from its signed request to the answer in its thread: Bailiwick beside Bolt, in the same run.

BAILIWICK_BINARY is the release binary; the generator, which is also the Slack, is built with
`cargo build --release --manifest-path benches/chat/Cargo.toml`. BOLT_PYTHON is a Python with slack-bolt, aiohttp, flask and
gunicorn; BOLT_JS a folder with node_modules/@slack/bolt. What is not there is left out.
"""

import concurrent.futures
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
import urllib.error
import urllib.request

import boto3
import botocore.session
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = pathlib.Path(__file__).with_name("peers")
BINARY = os.environ.get("BAILIWICK_BINARY", str(ROOT / "target" / "release" / "bailiwick"))
LOAD = os.environ.get(
    "LOAD_BINARY", str(ROOT / "benches" / "chat" / "target" / "release" / "bailiwick-bench-chat")
)
PYTHON, JS = os.environ.get("BOLT_PYTHON"), os.environ.get("BOLT_JS")
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECRET = "fake-signing-secret"
WORKSPACE = "T00000001"
# Bailiwick writes five messages at once to a channel and then one a second, as Slack asks for: a rate needs channels. A
# configuration binds a channel to an account, and an account has at most 1,000.
CHANNELS = int(os.environ.get("CHANNELS", "900"))
# So many mentions fit into the bursts of all channels.
REQUESTS = int(os.environ.get("REQUESTS", str(4 * CHANNELS)))
# How long a channel needs until it takes a burst again.
REST = 5


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    """Whether somebody answers; Bolt has no such page, and says so."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def processor(pid):
    """Seconds of processor time that a process and its children have used."""
    used = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(path.parent.name) == pid or int(fields[1]) == pid:
            used += int(fields[11]) + int(fields[12])
    return used / os.sysconf("SC_CLK_TCK")


def resident(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


class Slack:
    """The generator, which serves the Web API meanwhile."""

    def __init__(self, folder):
        self.port = free_port()
        self.log = (folder / "load.log").open("wb")
        self.process = subprocess.Popen(
            [LOAD, f"127.0.0.1:{self.port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        self.process.stdout.readline()

    def run(self, url, **plan):
        self.process.stdin.write(json.dumps({"url": url, "secret": SECRET, **plan}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


class Peer:
    """A bot: its command, and where it takes mentions."""

    def __init__(self, name, command, path, environment=None, port=None):
        self.name, self.command, self.path, self.environment = name, command, path, environment or {}
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}{path}"

    def start(self, folder, slack):
        environment = {
            **os.environ,
            "PORT": str(self.port),
            "SLACK_API": f"http://127.0.0.1:{slack.port}/api/",
            "SLACK_SIGNING_SECRET": SECRET,
            **self.environment,
        }
        with (folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [word.replace("PORT", str(self.port)) for word in self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=folder,
            )
        for _ in range(1200):
            if self.process.poll() is not None:
                break
            if answers(f"http://127.0.0.1:{self.port}/healthz"):
                return
            time.sleep(0.05)
        raise SystemExit(f"{self.name} does not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def clients(port, folder):
    credentials = configparser.ConfigParser()
    credentials.read(folder / "data" / "aws" / "credentials")
    keys = credentials["admin"]
    options = {
        "endpoint_url": f"http://127.0.0.1:{port}",
        "region_name": "us-east-1",
        "aws_access_key_id": keys["aws_access_key_id"],
        "aws_secret_access_key": keys["aws_secret_access_key"],
    }
    models = folder / "models" / "bailiwick" / "2026-11-22"
    models.mkdir(parents=True, exist_ok=True)
    (models / "service-2.json").write_text(subprocess.run([BINARY, "model"], capture_output=True, text=True).stdout)
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.append(str(folder / "models"))
    config = Config(max_pool_connections=16)
    return session.create_client("bailiwick", **options), lambda name: boto3.client(name, config=config, **options)


def bailiwick(folder, slack):
    """A server with so many channels, each bound to a role that reads, with ReadOnlyAccess as the guardrail."""
    config = folder / "bailiwick.toml"
    config.write_text(f'[slack]\nsigning_secret = "{SECRET}"\napi_url = "http://127.0.0.1:{slack.port}/api/"\n')
    config.chmod(0o600)
    port = free_port()
    command = [BINARY, "serve", "--listen", f"127.0.0.1:{port}", "--data", str(folder / "data"), "--config", str(config)]
    peer = Peer("bailiwick", command, "/chat/slack/events", port=port)
    peer.start(folder, slack)
    own, client = clients(port, folder)
    own.authorize_slack_workspace(SlackTeamId=WORKSPACE, SlackTeamName="bench", BotToken="xoxb-fake")
    roles = client("iam").list_roles()["Roles"]
    role = next(role["Arn"] for role in roles if role["RoleName"] == "ops-readonly")
    chatbot = client("chatbot")

    def bind(number):
        chatbot.create_slack_channel_configuration(
            SlackTeamId=WORKSPACE,
            SlackChannelId=f"C{number:08}",
            ConfigurationName=f"bench-{number}",
            IamRoleArn=role,
            GuardrailPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        )

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(bind, range(CHANNELS)))
    return peer


def peers():
    if PYTHON:
        bolt = [PYTHON, str(PEERS / "bolt_app.py")]
        yield Peer("bolt-python-async", bolt, "/slack/events")
        gunicorn = str(pathlib.Path(PYTHON).parent / "gunicorn")
        threads = ["-w", "2", "-k", "gthread", "--threads", "8", "--keep-alive", "30"]
        where = ["-b", "127.0.0.1:PORT", "--pythonpath", str(PEERS), "bolt_app:wsgi()"]
        yield Peer("bolt-python-gunicorn", [gunicorn, *threads, *where], "/slack/events")
    if JS:
        environment = {"NODE_PATH": f"{JS}/node_modules"}
        yield Peer("bolt-js", ["node", str(PEERS / "bolt_app.js")], "/slack/events", environment)


def measure(folder, report):
    slack = Slack(folder)
    started = []
    try:
        started.append(bailiwick(folder, slack))
        report["idle_rss_mb"] = round(resident(started[0].process.pid), 1)
        if "--alone" not in sys.argv:
            for peer in peers():
                peer.start(folder, slack)
                started.append(peer)
        for peer in started:
            # What is not measured: connections, caches, who the member and what each channel is.
            warm = slack.run(peer.url, clients=16, requests=CHANNELS, channels=CHANNELS)
            assert warm["answered"] == warm["sent"], f"{peer.name} does not answer: {warm}"
            refused = slack.run(peer.url, requests=1, secret="another")
            assert list(refused["statuses"]) == ["401"], f"{peer.name} does not refuse: {refused}"
            report[peer.name] = {"16 clients": [], "50 a second": []}
        for _ in range(ROUNDS):
            for peer in started:
                time.sleep(REST)
                before = processor(peer.process.pid)
                run = slack.run(peer.url, clients=16, requests=REQUESTS, channels=CHANNELS)
                run["cpu_us"] = round((processor(peer.process.pid) - before) * 1e6 / max(1, run["sent"]))
                report[peer.name]["16 clients"].append(run)
                time.sleep(1)
                run = slack.run(peer.url, clients=64, requests=200, channels=CHANNELS, rate=50)
                report[peer.name]["50 a second"].append(run)
        report["rss_after_mb"] = round(resident(started[0].process.pid), 1)
    finally:
        for peer in started:
            peer.stop()
        slack.process.kill()
    verify = [BINARY, "audit", "verify", "--data", str(folder / "data")]
    verified = subprocess.run(verify, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    report["audit"] = verified.stdout.strip()


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bailiwick-bench-"))
    report = {}
    try:
        measure(folder, report)
    except BaseException:
        for log in folder.glob("*.log"):
            print(f"{log.name}:\n{log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"idle {report['idle_rss_mb']} MB, after the load {report['rss_after_mb']} MB; {report['audit']}")
    print(f"{'':22}{'16 clients':>12}{'lost':>6}{'twice':>6}{'cpu us':>8}{'p50 us':>9}{'p99 us':>9}{'50/s p50':>10}{'p99 us':>9}{'lost':>6}")
    for name, runs in report.items():
        if not isinstance(runs, dict):
            continue
        best = max(runs["16 clients"], key=lambda run: run["per_second"])
        calm = min(runs["50 a second"], key=lambda run: run["answer"]["p99_us"])
        lost, twice = (sum(run[word] for run in runs["16 clients"]) for word in ("lost", "twice"))
        print(
            f"{name:22}{best['per_second']:12.0f}{lost:6}{twice:6}{best['cpu_us']:8}{best['answer']['p50_us']:9}"
            f"{best['answer']['p99_us']:9}{calm['answer']['p50_us']:10}{calm['answer']['p99_us']:9}"
            f"{sum(run['lost'] for run in runs['50 a second']):6}"
        )
    if "--json" in sys.argv:
        print(json.dumps(report))


main()
