"""Where keys come from: every provider of AWS's SDKs against servers of the test, for `bailiwick run` and for accounts."""

import datetime
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import threading
import urllib.parse

import pytest
from conftest import BINARY, WORKLOAD, Bailiwick

ACCOUNT = "444455556666"
HIDDEN = "a-secret-that-is-shown-to-nobody"
START = "https://corp.awsapps.com/start"


def moment(seconds):
    return f"{datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


class Cloud(http.server.BaseHTTPRequestHandler):
    """SSO, the metadata services of containers and instances, STS and EC2, as one server that notes who asked for what."""

    protocol_version = "HTTP/1.1"
    asked: list
    lasts = 3600
    down = frozenset()

    def answer(self, status, text, kind="application/json"):
        body = text.encode() if isinstance(text, str) else json.dumps(text).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def keys(self, name):
        """Credentials as the metadata services write them; each time others."""
        count = sum(1 for known in self.asked if known == name)
        return {
            "Code": "Success",
            "LastUpdated": moment(0),
            "Type": "AWS-HMAC",
            "AccessKeyId": f"ASIA{name.upper()}{count}",
            "SecretAccessKey": HIDDEN,
            "Token": f"{name}-token",
            "Expiration": moment(self.lasts),
        }

    def do_PUT(self):
        assert self.path == "/latest/api/token"
        self.asked.append("imds-token")
        self.send_response(200)
        self.send_header("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"imds-token")

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        roles = "/latest/meta-data/iam/security-credentials"
        if address.path == "/federation/credentials":
            self.asked.append("sso")
            query = dict(urllib.parse.parse_qsl(address.query))
            if "sso" in self.down or self.headers["x-amz-sso_bearer_token"] not in ("sso-access", "sso-renewed"):
                return self.answer(401, {"message": "Session token not found or invalid"})
            assert query == {"role_name": "Ops", "account_id": ACCOUNT}
            end = datetime.datetime.now(datetime.UTC).timestamp() + self.lasts
            keys = self.keys("sso")
            return self.answer(200, {"roleCredentials": {
                "accessKeyId": keys["AccessKeyId"], "secretAccessKey": HIDDEN, "sessionToken": "sso-token", "expiration": int(end * 1000),
            }})  # fmt: skip
        if address.path == "/container":
            self.asked.append("container")
            if "container" in self.down or self.headers["Authorization"] != "container-password":
                return self.answer(403, {"Code": "AccessDenied", "Message": "not in this pod"})
            return self.answer(200, self.keys("container"))
        if address.path.startswith(roles):
            if self.headers["X-aws-ec2-metadata-token"] != "imds-token":
                return self.answer(401, "")
            if address.path.rstrip("/") == roles:
                return self.answer(200, "instance-role", "text/plain")
            if address.path == f"{roles}/instance-role":
                self.asked.append("imds")
                return self.answer(200, self.keys("imds"))
        return self.answer(404, "")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            self.asked.append("oidc")
            assert json.loads(body)["refreshToken"] == "sso-refresh"
            return self.answer(200, {"accessToken": "sso-renewed", "expiresIn": 3600, "tokenType": "Bearer", "refreshToken": "sso-refresh"})
        members = dict(urllib.parse.parse_qsl(body))
        action = members["Action"]
        signed = self.headers.get("Authorization", "")
        signer = signed.split("Credential=")[1].split("/")[0] if signed else "nobody"
        self.asked.append(f"{action} by {signer}")
        if action in ("AssumeRole", "AssumeRoleWithWebIdentity"):
            if action in self.down:
                return self.answer(403, (
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                    "<Message>the role is not for you</Message></Error></ErrorResponse>"
                ), "text/xml")  # fmt: skip
            if action == "AssumeRoleWithWebIdentity":
                assert members["WebIdentityToken"] == "web-identity-token" and signer == "nobody"
            role = members["RoleArn"].rsplit("/", 1)[1].upper()
            return self.answer(200, (
                f"<{action}Response><{action}Result><Credentials><AccessKeyId>ASIA{role}</AccessKeyId>"
                f"<SecretAccessKey>{HIDDEN}</SecretAccessKey><SessionToken>of-{role}</SessionToken>"
                f"<Expiration>{moment(self.lasts)}</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:b</AssumedRoleId>"
                f"<Arn>{members['RoleArn']}</Arn></AssumedRoleUser></{action}Result></{action}Response>"
            ), "text/xml")  # fmt: skip
        if action == "GetCallerIdentity":
            return self.answer(200, (
                f"<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>{signer}</Arn><UserId>{self.headers.get('X-Amz-Security-Token', '')}</UserId>"
                f"<Account>{ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ), "text/xml")  # fmt: skip
        return self.answer(200, (
            f"<DescribeRegionsResponse><regionInfo><item><regionName>by-{signer}</regionName></item></regionInfo></DescribeRegionsResponse>"
        ), "text/xml")  # fmt: skip

    def log_message(self, *_):
        pass


@pytest.fixture
def cloud():
    handler = type("Noting", (Cloud,), {"asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    handler.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield handler
    server.shutdown()


CONFIG = f"""
[profile session]
sso_session = corp
sso_account_id = {ACCOUNT}
sso_role_name = Ops
region = us-east-1

[sso-session corp]
sso_region = us-east-1
sso_start_url = {START}
sso_registration_scopes = sso:account:access

[profile legacy]
sso_start_url = {START}
sso_region = us-east-1
sso_account_id = {ACCOUNT}
sso_role_name = Ops
region = us-east-1

[profile base]
region = us-east-1

[profile middle]
role_arn = arn:aws:iam::{ACCOUNT}:role/Middle
source_profile = base

[profile chained]
role_arn = arn:aws:iam::{ACCOUNT}:role/Chained
source_profile = middle
region = us-east-1

[profile process]
credential_process = /bin/sh PROCESS
region = us-east-1

[profile web]
role_arn = arn:aws:iam::{ACCOUNT}:role/Web
web_identity_token_file = TOKEN
region = us-east-1

[profile of-container]
role_arn = arn:aws:iam::{ACCOUNT}:role/OfContainer
credential_source = EcsContainer
region = us-east-1

[profile of-instance]
role_arn = arn:aws:iam::{ACCOUNT}:role/OfInstance
credential_source = Ec2InstanceMetadata
region = us-east-1

[profile of-environment]
role_arn = arn:aws:iam::{ACCOUNT}:role/OfEnvironment
credential_source = Environment
region = us-east-1
"""


@pytest.fixture
def home(cloud, tmp_path):
    """A home folder with profiles of every kind, and the environment that leads to the servers of the test."""
    aws = tmp_path / ".aws"
    (aws / "sso" / "cache").mkdir(parents=True)
    (tmp_path / "keys.sh").write_text(
        f'echo \'{{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "{HIDDEN}", "SessionToken": "t"}}\'\n'
    )
    (tmp_path / "web-token").write_text("web-identity-token")
    (tmp_path / "container-token").write_text("container-password")
    config = CONFIG.replace("PROCESS", str(tmp_path / "keys.sh")).replace("TOKEN", str(tmp_path / "web-token"))
    (aws / "config").write_text(config)
    (aws / "credentials").write_text(f"[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = {HIDDEN}\n")
    log_in(tmp_path)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return tmp_path, clean | {
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": cloud.url,
        "AWS_REGION": "us-east-1",
    }


def log_in(home, expires=3600, **more):
    """What `aws sso login` leaves behind."""
    for name in ("corp", START):
        token = {"accessToken": "sso-access", "expiresAt": moment(expires), "region": "us-east-1", "startUrl": START, **more}
        path = home / ".aws" / "sso" / "cache" / f"{hashlib.sha1(name.encode()).hexdigest()}.json"
        path.write_text(json.dumps(token))


CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "{home}/container-token"}
INSTANCE = {"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}"}
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": HIDDEN}
WEB = {"AWS_ROLE_ARN": f"arn:aws:iam::{ACCOUNT}:role/Web", "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/web-token"}

# What is set, and whose key then signs.
PROVIDERS = {
    "environment": (KEYS, "AKIAENV"),
    "environment, temporary": (KEYS | {"AWS_SESSION_TOKEN": "t"}, "AKIAENV"),
    "profile": ({"AWS_PROFILE": "base"}, "AKIABASE"),
    "role chaining": ({"AWS_PROFILE": "chained"}, "ASIACHAINED"),
    "process": ({"AWS_PROFILE": "process"}, "AKIAPROCESS"),
    "sso session": ({"AWS_PROFILE": "session"}, "ASIASSO1"),
    "sso, legacy": ({"AWS_PROFILE": "legacy"}, "ASIASSO1"),
    "web identity": (WEB, "ASIAWEB"),
    "web identity of a profile": ({"AWS_PROFILE": "web"}, "ASIAWEB"),
    "container": (CONTAINER, "ASIACONTAINER1"),
    "container, token itself": (
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "container-password"},
        "ASIACONTAINER1",
    ),
    "instance": (INSTANCE, "ASIAIMDS1"),
    "role of the container": (CONTAINER | {"AWS_PROFILE": "of-container"}, "ASIAOFCONTAINER"),
    "role of the instance": (INSTANCE | {"AWS_PROFILE": "of-instance"}, "ASIAOFINSTANCE"),
    "keys of the environment come before a profile": (KEYS | {"AWS_PROFILE": "chained"}, "AKIAENV"),
}


def merged(home, cloud, changed):
    folder, environment = home
    filled = {name: value and value.format(url=cloud.url, home=folder) for name, value in changed.items()}
    return {name: value for name, value in (environment | filled).items() if value is not None}


def run(home, cloud, changed, *more):
    done = subprocess.run(
        [str(BINARY), "run", "--", "sts", "get-caller-identity", "--query", "Arn", "--output", "text", *more],
        env=merged(home, cloud, changed), cwd=home[0], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert HIDDEN not in done.stdout + done.stderr, "a secret is never shown"
    return done


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_command_is_signed_with_the_keys_of_the_provider(provider, home, cloud):
    changed, key = PROVIDERS[provider]
    done = run(home, cloud, changed)
    assert (done.returncode, done.stdout) == (0, f"{key}\n"), (done.stderr, cloud.asked)


def test_a_profile_that_is_asked_for_comes_before_the_environment(home, cloud):
    assert run(home, cloud, KEYS, "--profile", "base").stdout == "AKIABASE\n"
    assert run(home, cloud, KEYS, "--profile", "of-environment").stdout == "ASIAOFENVIRONMENT\n"


def test_roles_are_chained_step_by_step(home, cloud):
    run(home, cloud, {"AWS_PROFILE": "chained"})
    assert cloud.asked == ["AssumeRole by AKIABASE", "AssumeRole by ASIAMIDDLE", "GetCallerIdentity by ASIACHAINED"]


def test_a_log_in_that_ended_is_renewed_where_it_can_be(home, cloud):
    log_in(home[0], expires=-60, clientId="c", clientSecret=HIDDEN, registrationExpiresAt=moment(86400), refreshToken="sso-refresh")
    done = run(home, cloud, {"AWS_PROFILE": "session"})
    assert done.stdout == "ASIASSO1\n", (done.stderr, cloud.asked)
    assert cloud.asked[:2] == ["oidc", "sso"]


# What is set, what is broken, and what is said.
FAILURES = {
    "nothing is configured": ({}, None, 253, "Unable to locate credentials"),
    "a log-in that ended": ({"AWS_PROFILE": "session"}, lambda home, _: log_in(home, expires=-60), 255, "expired"),
    "nobody logged in": ({"AWS_PROFILE": "legacy"}, lambda home, _: [path.unlink() for path in (home / ".aws/sso/cache").iterdir()], 255, "sso/cache"),
    "SSO says no": ({"AWS_PROFILE": "session"}, lambda _, cloud: setattr(cloud, "down", {"sso"}), 255, "Session token not found"),
    "the role says no": ({"AWS_PROFILE": "chained"}, lambda _, cloud: setattr(cloud, "down", {"AssumeRole"}), 255, "the role is not for you"),
    "the web identity says no": (WEB, lambda _, cloud: setattr(cloud, "down", {"AssumeRoleWithWebIdentity"}), 255, "the role is not for you"),
    "no token file": (WEB, lambda home, _: (home / "web-token").unlink(), 255, "No such file"),
    "the container says no": (CONTAINER, lambda home, _: (home / "container-token").write_text("another"), 255, "403"),
    "a container elsewhere": ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/container"}, None, 255, "192.0.2.1"),
    "the process fails": (
        {"AWS_PROFILE": "process"}, lambda home, _: (home / "keys.sh").write_text("echo please log in >&2; exit 7"), 255, "please log in",
    ),
    "the process says nonsense": ({"AWS_PROFILE": "process"}, lambda home, _: (home / "keys.sh").write_text(f"echo '{HIDDEN}'"), 255, "process"),
    "no such profile": ({"AWS_PROFILE": "nobody"}, None, 255, "The config profile (nobody) could not be found"),
    "a profile without its source": (
        {"AWS_PROFILE": "chained"}, lambda home, _: (home / ".aws/credentials").write_text(""), 255, "base",
    ),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_a_provider_that_fails_says_why(failure, home, cloud):
    changed, broken, status, words = FAILURES[failure]
    if broken:
        broken(home[0], cloud)
    done = run(home, cloud, changed)
    assert done.returncode == status and words in done.stderr, (done.returncode, done.stderr)
    assert not any("GetCallerIdentity" in asked for asked in cloud.asked)


def account(cloud, services, credentials):
    return f"""
[[account]]
id = "{WORKLOAD}"
endpoint = "{cloud.url}"
services = {json.dumps(services)}
credentials = "{credentials}"
region = "us-east-1"
"""


@pytest.fixture
def serve(home, cloud, tmp_path):
    made = []

    def serve(credentials, **changed):
        folder = tmp_path / f"server-{len(made)}"
        folder.mkdir()
        environment = merged(home, cloud, changed)
        server = Bailiwick(folder, config=account(cloud, ["ec2"], credentials), environment=environment)
        made.append(server)
        return server.start()

    yield serve
    for server in made:
        server.stop()


def ask(room):
    return room.ask("@aws ec2 describe-regions", seconds=60)


@pytest.mark.parametrize("credentials, set, key", [
    ("profile:session", {}, "ASIASSO1"),
    ("profile:chained", {}, "ASIACHAINED"),
    ("profile:process", KEYS, "AKIAPROCESS"),
    ("profile:of-instance", INSTANCE, "ASIAOFINSTANCE"),
    ("chain", CONTAINER, "ASIACONTAINER1"),
    ("chain", INSTANCE, "ASIAIMDS1"),
    ("chain", WEB, "ASIAWEB"),
    ("chain", KEYS, "AKIAENV"),
])  # fmt: skip
def test_an_account_is_called_with_the_keys_of_its_provider(credentials, set, key, serve, cloud):
    server = serve(credentials, **set)
    room = server.dana().room("ops")
    for _ in range(3):
        answer = ask(room)
        assert f"by-{key}" in answer.text, (answer.text, server.said(), cloud.asked)
    assert HIDDEN not in server.said() + server.audit("export").stdout
    # Whoever gives keys is asked once, not for every command.
    asked = [who for who in cloud.asked if not who.startswith("DescribeRegions")]
    assert len(asked) == len(dict.fromkeys(asked)), asked


def test_keys_that_are_about_to_end_are_renewed(serve, cloud):
    cloud.lasts = 120
    room = serve("chain", **CONTAINER).dana().room("ops")
    # Two minutes are less than the five in which keys are asked for anew.
    assert "by-ASIACONTAINER1" in ask(room).text
    assert "by-ASIACONTAINER2" in ask(room).text
    # Until they have ended, the last ones serve where nobody gives others.
    cloud.down = {"container"}
    assert "by-ASIACONTAINER2" in ask(room).text
    cloud.down = frozenset()
    cloud.lasts = 3600
    count = cloud.asked.count("container")
    for _ in range(3):
        assert f"by-ASIACONTAINER{count + 1}" in ask(room).text


@pytest.mark.parametrize("credentials, set, broken, words", [
    ("profile:session", {}, lambda home, _: log_in(home, expires=-60), "expired"),
    ("profile:process", {}, lambda home, _: (home / "keys.sh").write_text(f"echo {HIDDEN} >&2; exit 7"), "exited with code"),
    ("chain", CONTAINER, lambda _, cloud: setattr(cloud, "down", {"container"}), "403"),
    ("chain", {}, lambda *_: None, "none of AWS's providers has any"),
])  # fmt: skip
def test_a_channel_is_told_why_there_are_no_keys(credentials, set, broken, words, serve, home, cloud):
    broken(home[0], cloud)
    server = serve(credentials, **set)
    answer = ask(server.dana().room("ops"))
    assert answer.tone == "bad" and words in answer.text, answer.text
    assert HIDDEN not in answer.text + server.said() + server.audit("export").stdout
    assert not any("DescribeRegions" in asked for asked in cloud.asked)
    # The doctor says it, too, and how to mend it.
    path = pathlib.Path(server.folder) / "bailiwick.toml"
    path.write_text(path.read_text().replace('services = ["ec2"]', ""))
    done = subprocess.run(
        [str(BINARY), "doctor", "--config", str(path), "--data", str(server.data), "--json"],
        env=merged(home, cloud, set), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert found["credentials"]["state"] == "bad" and words in found["credentials"]["found"], found
    assert "profile" in found["credentials"]["fix"] and HIDDEN not in done.stdout + done.stderr
