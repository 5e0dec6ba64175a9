"""Every line of `commands.txt` through `bailiwick run` against moto's server, beside the AWS CLI where nothing changes."""

import json
import os
import pathlib
import re
import shlex
import string
import subprocess
import sys
import time
import zipfile

import botocore.session
import jmespath
import pytest
from conftest import BINARY, SCRIPTS, free_port, wait_for

HERE = pathlib.Path(__file__).parent
LINE = re.compile(r"(read|look|change) +(.*?)(?: => (\w+) = (.*))?")
# The formats in which the AWS CLI's output is compared besides JSON, in turn.
FORMATS = ("json", "text", "json", "table")


class Line:
    """One command of the table."""

    def __init__(self, number, text):
        parts = LINE.fullmatch(text)
        assert parts, f"commands.txt:{number}: {text}"
        self.number = number
        self.kind, self.command, self.name, self.query = parts.groups()
        self.service, self.operation = self.command.split()[:2]


def lines():
    text = (HERE / "commands.txt").read_text()
    numbered = enumerate((line.strip() for line in text.splitlines()), 1)
    return [Line(number, line) for number, line in numbered if line and line[0] not in "#["]


class AwsCli:
    """The AWS CLI, kept running."""

    def __init__(self, folder, environment):
        self.endpoint = environment["AWS_ENDPOINT_URL"]
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "aws_cli.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=folder,
            env=environment,
        )

    def __call__(self, words):
        # The variable for the endpoint does not reach all of its services.
        words = [*words, "--endpoint-url", self.endpoint]
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("commands")
    (folder / "body.txt").write_text("a body\n")
    with zipfile.ZipFile(folder / "code.zip", "w") as code:
        code.writestr("i.py", "def h(event, context):\n    return event\n")
    return folder


@pytest.fixture(scope="module")
def environment(moto, folder):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return clean | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": moto,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "COLUMNS": "100",
    }


@pytest.fixture(scope="module")
def run(folder, environment):
    """Runs a command; its status, what it printed, what it complained of."""

    def run(words):
        done = subprocess.run(
            [BINARY, "run", "--", *words], env=environment, cwd=folder, capture_output=True, text=True, timeout=60
        )
        return done.returncode, done.stdout, done.stderr

    return run


@pytest.fixture(scope="module")
def aws(folder, environment):
    aws = AwsCli(folder, environment)
    yield aws
    aws.close()


def test_the_table_is_as_wide_as_it_should_be():
    table = lines()
    session = botocore.session.get_session()
    commands = {kind: {(line.service, line.operation) for line in table if line.kind in kinds} for kind, kinds in (
        ("reads", ("read", "look")), ("changes", ("change",)),
    )}  # fmt: skip
    services = {"s3" if line.service == "s3api" else line.service for line in table}
    assert len(commands["reads"]) >= 60 and len(commands["changes"]) >= 60, commands
    assert len(services) >= 25
    models = {name: session.get_service_model({"elbv2": "elbv2"}.get(name, name)).metadata for name in services}
    spoken = {f"{model['protocol']} {model.get('jsonVersion', '')}".strip() for model in models.values()}
    assert spoken >= {"query", "ec2", "json 1.0", "json 1.1", "rest-json", "rest-xml"}, spoken


@pytest.mark.timeout(300)
def test_every_command_is_answered_and_read_as_the_aws_cli_reads_it(run, aws):
    kept, wrong, compared = {"now": str(int(time.time() * 1000))}, [], 0
    for line in lines():
        try:
            words = shlex.split(string.Template(line.command).substitute(kept))
        except KeyError as missing:
            wrong.append(f"commands.txt:{line.number}: {line.command}: nothing gave {missing}")
            continue
        status, said, complained = run(words)
        if status != 0:
            wrong.append(f"commands.txt:{line.number}: {line.command}: status {status}: {complained.strip()}")
            continue
        if line.name:
            kept[line.name] = jmespath.search(line.query, json.loads(said))
        if line.kind != "read":
            continue
        shown = FORMATS[compared % len(FORMATS)]
        compared += 1
        for output in {"json", shown}:
            ours = run([*words, "--output", output]) if output != "json" else (status, said, complained)
            theirs = aws([*words, "--output", output])
            if ours[:2] != tuple(theirs[:2]):
                wrong.append(f"commands.txt:{line.number}: {line.command} --output {output}:\n{ours}\n{theirs}")
    assert not wrong, "\n".join(wrong)


PAIRS = re.compile(r"\b[0-9a-f]{2}(:[0-9a-f]{2}){5,}\b")
OWN = re.compile(r"\b127(\.\d+){3}(:\d+)?|\b\d{15,}\b")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?|\b1[78]\d{8}(\.\d+|\d{3})?\b")
# The numbers in a key are not always of one length.
KEY = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
WORD = re.compile(r"[A-Za-z0-9+/=_-]{3,}")


def same_but_for_names(ours, theirs, names):
    """Whether two texts are the same but for times, addresses and names that a server makes up: one of ours for one of theirs."""
    for pattern, instead in ((KEY, "KEY"), (TIME, "TIME"), (PAIRS, "PAIRS"), (OWN, "OWN")):
        ours, theirs = pattern.sub(instead, ours), pattern.sub(instead, theirs)
    if WORD.sub("", ours) != WORD.sub("", theirs):
        return False
    for one, other in zip(WORD.findall(ours), WORD.findall(theirs), strict=True):
        made_up = len(one) == len(other) and not {one, other} & {"true", "false", "null"} and not one.isdigit()
        if one != other and not (made_up and names.setdefault(one, other) == other):
            return False
    return True


@pytest.fixture
def twin(tmp_path):
    """Two more of moto's servers, one for us and one for the AWS CLI."""
    made, urls = [], []
    try:
        for _ in range(2):
            port = free_port()
            command = [str(SCRIPTS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
            made.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            urls.append(f"http://127.0.0.1:{port}")
        for url, process in zip(urls, made, strict=True):
            wait_for(f"{url}/moto-api/data.json", seconds=60, process=process)
        yield urls
    finally:
        for process in made:
            process.terminate()
            process.wait(timeout=10)


@pytest.mark.timeout(300)
def test_every_command_that_changes_something_prints_what_the_aws_cli_prints(twin, environment, folder):
    ours, theirs = (environment | {"AWS_ENDPOINT_URL": url} for url in twin)
    aws = AwsCli(folder, theirs)
    kept, names, compared, wrong = ({"now": "1"}, {"now": "1"}), {}, 0, []
    try:
        for line in lines():
            if line.kind != "change":
                continue
            ours_words, their_words = (shlex.split(string.Template(line.command).substitute(known)) for known in kept)
            done = subprocess.run(
                [BINARY, "run", "--", *ours_words], env=ours, cwd=folder, capture_output=True, text=True, timeout=60
            )
            status, said, complained = aws(their_words)
            if "'Namespace' object" in complained:
                # A flag of an earlier command is left in the process, and nothing was sent.
                aws.close()
                aws = AwsCli(folder, theirs)
                status, said, complained = aws(their_words)
            for known, text in zip(kept, (done.stdout, said), strict=True):
                if line.name:
                    known[line.name] = jmespath.search(line.query, json.loads(text or "null"))
            compared += 1
            if done.returncode != status or not same_but_for_names(done.stdout, said, names):
                wrong.append(f"commands.txt:{line.number}: {line.command}:\n{done.returncode} {done.stdout}{done.stderr}\n{status} {said}{complained}")
    finally:
        aws.close()
    assert not wrong and compared >= 60, f"{len(wrong)} of {compared}:\n" + "\n".join(wrong)
