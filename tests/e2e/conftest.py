"""A running Bailiwick for the end-to-end tests: the real binary, the real clients, nothing in between."""

import configparser
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from pages import Person

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BAILIWICK_BINARY", str(ROOT / "target" / "debug" / "bailiwick"))
SCRIPTS = pathlib.Path(sys.executable).parent
CONVERSATIONS = ROOT / "crates" / "services" / "testdata" / "calls"

ORGANIZATION = "111122223333"
WORKLOAD = "444455556666"
ALARMS = f"arn:aws:sns:us-east-1:{WORKLOAD}:alarms"


def free_port():
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(url, seconds=30, process=None):
    """Waits until `url` answers 200."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise AssertionError(f"the process ended with {process.returncode} before {url} answered")
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise AssertionError(f"{url} did not answer within {seconds} s")


# What the clients of this process got an answer to, as `service:Operation`.
ANSWERED = set()
# Where the processes of one run note it together, a line each: `scripts/test` names it.
ANSWERED_FILE = os.environ.get("BAILIWICK_ANSWERED")


def answered(operation):
    """Notes an operation that was answered."""
    if operation not in ANSWERED:
        ANSWERED.add(operation)
        if ANSWERED_FILE:
            with open(ANSWERED_FILE, "a") as file:
                file.write(f"{operation}\n")


def pytest_configure():
    """Has every boto3 client note which operations were answered."""
    import botocore.client

    call = botocore.client.BaseClient._make_api_call

    def noted(client, operation, members):
        output = call(client, operation, members)
        answered(f"{client.meta.service_model.service_name}:{operation}")
        return output

    botocore.client.BaseClient._make_api_call = noted


def pytest_collection_modifyitems(items):
    """What looks back at the whole session runs last."""
    items.sort(key=lambda item: item.path.name == "test_served.py")


class Bailiwick:
    """One server process over one data folder; may be stopped, killed and started again."""

    def __init__(self, folder, arguments=(), config=None, environment=None):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.log = self.folder / "log.txt"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None
        if config is not None:
            path = self.folder / "bailiwick.toml"
            path.write_text(config)
            path.chmod(0o600)
            self.arguments += ["--config", str(path)]

    def start(self):
        command = [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", *self.arguments]
        if "--ephemeral" not in self.arguments:
            command += ["--data", str(self.data)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self.folder, env={**os.environ, **self.environment}
            )
        wait_for(f"{self.url}/healthz", process=self.process)
        return self

    def stop(self, how=signal.SIGINT):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
            self.process = None

    def said(self):
        """Everything the process has printed so far."""
        return self.log.read_text(errors="replace")

    def sign_in_link(self):
        """The newest one-time link that was printed."""
        return re.findall(r"http://\S+token=\S+", self.said())[-1]

    def profile(self, name):
        """The keys of a written AWS profile, as environment variables."""
        credentials = configparser.ConfigParser()
        credentials.read(self.data / "aws" / "credentials")
        section = credentials[name]
        return {
            "AWS_ACCESS_KEY_ID": section["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": section["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def aws(self, *arguments, profile="admin", environment=None, check=True):
        """Runs the AWS CLI against this server with a written profile."""
        result = subprocess.run(
            [str(SCRIPTS / "aws"), "--endpoint-url", self.url, *arguments],
            env={
                **os.environ,
                "AWS_SHARED_CREDENTIALS_FILE": str(self.data / "aws" / "credentials"),
                "AWS_CONFIG_FILE": str(self.data / "aws" / "config"),
                "AWS_PROFILE": profile,
                "AWS_EC2_METADATA_DISABLED": "true",
                **(environment or {}),
            },
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
        )
        if check:
            assert result.returncode == 0, result.stderr
        return result

    def aws_json(self, *arguments, **options):
        """Like `aws`, with the output read as JSON."""
        return json.loads(self.aws(*arguments, "--output", "json", **options).stdout)

    def client(self, service, profile="admin", **options):
        """A boto3 client with a written profile."""
        import boto3

        keys = self.profile(profile)
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            **options,
        )

    def own(self, operation, profile="admin", **members):
        """Calls one of Bailiwick's own operations, signed as any AWS client signs."""
        import botocore.auth
        import botocore.awsrequest
        import botocore.credentials

        keys = self.profile(profile)
        credentials = botocore.credentials.Credentials(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
        request = botocore.awsrequest.AWSRequest(
            "POST",
            f"{self.url}/",
            headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Bailiwick_20261122.{operation}"},
            data=json.dumps(members).encode(),
        )
        botocore.auth.SigV4Auth(credentials, "bailiwick", "us-east-1").add_auth(request)
        prepared = urllib.request.Request(f"{self.url}/", data=request.data, headers=dict(request.headers))
        with urllib.request.urlopen(prepared, timeout=30) as answer:
            answered(f"bailiwick:{operation}")
            return json.load(answer)

    def dana(self):
        """Dana, signed in with the link that the start printed."""
        return Person(self.url, self.sign_in_link())

    def person(self, name):
        """One of the sample's people, signed in."""
        people = {person["Name"]: person["PersonId"] for person in self.own("ListPeople")["People"]}
        return Person(self.url, self.own("CreateSignInLink", PersonId=people[name])["Path"])

    def command(self, *arguments):
        """Runs a subcommand of the binary."""
        return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60, cwd=self.folder)

    def audit(self, *arguments, data=None):
        """Runs `bailiwick audit`."""
        return self.command("audit", *arguments, "--data", str(data or self.data))


@pytest.fixture(scope="module")
def moto():
    """moto's server, an endpoint that is shaped like AWS."""
    port = free_port()
    process = subprocess.Popen(
        [str(SCRIPTS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/moto-api/data.json", seconds=60, process=process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def bailiwick(tmp_path_factory):
    """A server with the sample organization, shared by the tests of one module."""
    server = Bailiwick(tmp_path_factory.mktemp("bailiwick")).start()
    yield server
    server.stop()


@pytest.fixture
def new_bailiwick(tmp_path):
    """Makes servers of their own, stopped at the end of the test."""
    made = []

    def make(**options):
        folder = tmp_path / str(len(made))
        folder.mkdir()
        server = Bailiwick(folder, **options)
        made.append(server)
        return server

    yield make
    for server in made:
        if server.process is not None:
            server.stop(signal.SIGKILL)
