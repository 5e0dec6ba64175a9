"""A remote account: another Bailiwick, whose IAM decides for itself. Roles are copied from it and assumed in it."""

import http.server
import json
import threading
import time

import boto3
import pytest
from conftest import WORKLOAD
from test_sts import Provider, encoded

ROOT_KEYS = ("AKIAREMOTEROOT000001", "the-secret-of-the-remote-root-user")
BOT_ROLE = f"arn:aws:iam::{WORKLOAD}:role/bailiwick/entry"
CHANNEL = f"arn:aws:iam::{WORKLOAD}:role/service-role/ops-readonly"
SYNC = f"arn:aws:iam::{WORKLOAD}:role/bailiwick/bailiwick-sync"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions, **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


class RemoteAccount:
    """The account at the other end, with a user that Bailiwick signs as, and its two roles."""

    def __init__(self, server):
        self.server = server
        self.iam = self.client("iam")
        self.iam.create_user(UserName="bailiwick")
        self.iam.put_user_policy(UserName="bailiwick", PolicyName="p", PolicyDocument=document(allow("sts:*")))
        key = self.iam.create_access_key(UserName="bailiwick")["AccessKey"]
        self.keys = (key["AccessKeyId"], key["SecretAccessKey"])
        self.user = f"arn:aws:iam::{WORKLOAD}:user/bailiwick"
        self.role("ops-readonly", "/service-role/", allow("ec2:Describe*", "sns:ListTopics"))
        self.role("bailiwick-sync", "/bailiwick/", allow("iam:GetAccountAuthorizationDetails", "organizations:*"))

    def client(self, service, keys=ROOT_KEYS, **more):
        return boto3.client(
            service, endpoint_url=self.server.url, region_name="us-east-1",
            aws_access_key_id=keys[0], aws_secret_access_key=keys[1], **more,
        )  # fmt: skip

    def role(self, name, path, statement, trusted=None, external_id="e-1"):
        principal = {"AWS": trusted or self.user}
        assume = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        if external_id:
            assume["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
        person = {"Effect": "Allow", "Principal": principal, "Action": ["sts:SetSourceIdentity", "sts:TagSession"]}
        self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document(assume, person))
        self.allow(name, statement)

    def allow(self, role, *statements):
        self.iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=document(*statements))


def config(remote, keys, more=""):
    return f"""
[[account]]
id = "{WORKLOAD}"
name = "elsewhere"
endpoint = "{remote.server.url}"
access_key_id = "{keys[0]}"
secret_access_key = "{keys[1]}"
external_id = "e-1"
sync_role = "{SYNC}"
assume_roles = true
{more}
"""


@pytest.fixture
def remote(new_bailiwick):
    environment = {
        "BAILIWICK_ACCOUNT_ID": WORKLOAD,
        "BAILIWICK_ROOT_ACCESS_KEY_ID": ROOT_KEYS[0],
        "BAILIWICK_ROOT_SECRET_ACCESS_KEY": ROOT_KEYS[1],
    }
    return RemoteAccount(new_bailiwick(arguments=["--ephemeral"], environment=environment).start())


@pytest.fixture
def server(new_bailiwick, remote):
    server = new_bailiwick(config=config(remote, remote.keys)).start()
    copied(server)
    return server


def account(server, *arguments):
    return server.command("account", *arguments, "--data", str(server.data), "--config", str(server.folder / "bailiwick.toml"))


def sync(server, status=0):
    done = account(server, "sync", WORKLOAD)
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def copied(server):
    """Waits for the first copy, which the start begins."""
    for _ in range(100):
        told = json.loads(account(server, "show", WORKLOAD, "--json").stdout)
        if told["copy"]["usable"]:
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def ask(server, words, person="Dana"):
    return server.person(person).room("ops").ask(f"@aws {words}", seconds=30)


def test_the_account_is_read_at_the_start_and_shown_with_its_age(server):
    told = copied(server)
    assert told["kind"] == "remote" and told["copy"]["roles"] == 2 and told["copy"]["organization"] == "none"
    line = next(line for line in account(server, "list").stdout.splitlines() if WORKLOAD in line)
    assert "copy" in line and "old" in line
    assert "2 roles" in sync(server)
    whoami = ask(server, "whoami").text
    assert "a copy of the account's own" in whoami
    # The reading itself is in the trail.
    assert "GetAccountAuthorizationDetails" in server.audit("export").stdout


def test_commands_run_in_the_account_with_its_own_role(server, remote):
    remote.client("sns").create_topic(Name="there")
    answer = ask(server, "sns list-topics")
    assert ":there" in answer.text and ":alarms" not in answer.text, answer.text
    # What the copied role does not allow is refused here, with the copy's age; the local role of the same name could do it.
    refused = ask(server, "sns list-subscriptions").text
    assert "ops-readonly" in refused
    why = ask(server, "why").text
    assert "a copy" in why and "left to the account" in why


def test_a_right_that_is_given_there_counts_after_a_sync(server, remote):
    assert "SubscriptionArn" not in ask(server, "sns list-subscriptions").text
    remote.allow("ops-readonly", allow("sns:List*"))
    assert "1 of them changed" in sync(server)
    answer = ask(server, "sns list-subscriptions")
    assert answer.tone != "bad", answer.text


def test_a_right_that_is_taken_there_is_gone_at_once(server, remote):
    assert ask(server, "sns list-topics").tone != "bad"
    remote.allow("ops-readonly", allow("ec2:Describe*"))
    # The copy still says yes; the account does not.
    answer = ask(server, "sns list-topics")
    assert answer.tone == "bad" and "not authorized to perform: SNS:ListTopics" in answer.text, answer.text


def test_the_guardrails_bind_in_the_account_too(server, remote):
    iam = server.client("iam", profile="admin")
    # What Bailiwick itself says of the agent of the request is not what the account sees.
    own = allow("sns:ListTopics", Condition={"StringLike": {"aws:UserAgent": "bailiwick/chime*"}})
    arn = iam.create_policy(PolicyName="only-here", PolicyDocument=document(own))["Policy"]["Arn"]
    rooms = server.own("DescribeRoomConfigurations")["RoomConfigurations"]
    ops = next(room for room in rooms if room["IamRoleArn"] == CHANNEL)
    server.own("UpdateRoomConfiguration", ChatConfigurationArn=ops["ChatConfigurationArn"], GuardrailPolicyArns=[arn])
    answer = ask(server, "sns list-topics")
    assert answer.tone == "bad" and "no session policy allows" in answer.text, answer.text


def test_an_external_id_that_is_wrong_stops_the_sync(new_bailiwick, remote):
    server = new_bailiwick(config=config(remote, remote.keys).replace("e-1", "e-2")).start()
    assert "AssumeRole" in sync(server, status=1)
    assert "not read yet" in account(server, "list").stdout
    assert "bailiwick account sync" in ask(server, "sns list-topics").text


def test_roles_are_chained(new_bailiwick, remote):
    """A first role steps into the account; the other two trust only that one."""
    remote.role("entry", "/bailiwick/", allow("sts:*"))
    for role in ("ops-readonly", "bailiwick-sync"):
        trust = json.loads(document(*(
            {"Effect": "Allow", "Principal": {"AWS": BOT_ROLE}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]},
        )))  # fmt: skip
        remote.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    server = new_bailiwick(config=config(remote, remote.keys, f'role = "{BOT_ROLE}"')).start()
    copied(server)
    answer = ask(server, "sns list-topics")
    assert answer.tone != "bad", answer.text


def test_a_session_that_was_revoked_is_refused_there(server, remote):
    assert ask(server, "sns list-topics").tone != "bad"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:TokenIssueTime": now}}}
    remote.iam.put_role_policy(RoleName="ops-readonly", PolicyName="revoke", PolicyDocument=document(deny))
    assert ask(server, "sns list-topics").tone == "bad"
    time.sleep(3)
    # A new copy is a new revision of the policies, and that has new sessions.
    sync(server)
    assert ask(server, "sns list-topics").tone != "bad"


def test_an_account_is_added_and_bound(new_bailiwick, tmp_path):
    server = new_bailiwick()
    server.start()
    assert "a server works in" in account_without(server, "add", "777788889999", "--name", "prod").stderr
    server.stop()
    done = account_without(server, "add", "777788889999", "--name", "prod", "--endpoint", server.url)
    assert done.returncode == 0, done.stderr
    server.start()
    assert server.client("sts", profile="prod").get_caller_identity()["Account"] == "777788889999"
    assert "777788889999" in account_without(server, "list").stdout


def account_without(server, *arguments):
    return server.command("account", *arguments, "--data", str(server.data))


def test_keys_come_from_a_web_identity(new_bailiwick, remote, tmp_path):
    """AWS's own provider: a token in a file, exchanged at the account's STS."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    number = lambda value: encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))  # noqa: E731
    public = key.public_key().public_numbers()
    provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    issuer = Provider.issuer = "https://idp.example.com/tenant"
    Provider.keys = {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1", "n": number(public.n), "e": number(public.e)}]}
    remote.server.stop()
    instead = f'[outbound]\nloopback = true\n[outbound.instead]\n"{issuer}" = "http://127.0.0.1:{provider.server_port}"\n'
    path = remote.server.folder / "bailiwick.toml"
    path.write_text(instead)
    remote.server.arguments += ["--config", str(path)]
    remote = RemoteAccount(remote.server.start())
    name = issuer.removeprefix("https://")
    remote.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["app"], ThumbprintList=["0" * 40])
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{WORKLOAD}:oidc-provider/{name}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
    }
    remote.iam.create_role(RoleName="entry", Path="/bailiwick/", AssumeRolePolicyDocument=document(trust))
    remote.allow("entry", allow("sts:*"))
    for role in ("ops-readonly", "bailiwick-sync"):
        both = {"Effect": "Allow", "Principal": {"AWS": BOT_ROLE}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]}
        remote.iam.update_assume_role_policy(RoleName=role, PolicyDocument=document(both))
    claims = {"iss": issuer, "sub": "bailiwick", "aud": "app", "exp": int(time.time()) + 600, "iat": int(time.time())}
    signed = encoded(json.dumps({"alg": "RS256", "kid": "k1"}).encode()) + "." + encoded(json.dumps(claims).encode())
    token = tmp_path / "token"
    token.write_text(f"{signed}.{encoded(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}")
    of_chain = "\n".join(line for line in config(remote, ("", "")).splitlines() if "access_key" not in line)
    environment = {
        "AWS_ROLE_ARN": BOT_ROLE,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ENDPOINT_URL_STS": remote.server.url,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    server = new_bailiwick(config=of_chain + '\ncredentials = "chain"\n', environment=environment).start()
    copied(server)
    answer = ask(server, "sns list-topics")
    assert answer.tone != "bad", answer.text
    provider.shutdown()


def test_doctor_tells_of_the_copy(server):
    done = server.command("doctor", "--config", str(server.folder / "bailiwick.toml"), "--data", str(server.data), "--json")
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert found["copy"]["state"] == "good" and "2 roles" in found["copy"]["found"], found
    assert found["audit trail"]["state"] == "good", found
