"""`bailiwick account setup` and `bailiwick doctor`."""

import json
import os
import re
import shutil
import subprocess

import boto3
import pytest
import yaml
from conftest import BINARY, ROOT, SCRIPTS, WORKLOAD, free_port

TRUSTED = "arn:aws:iam::111122223333:role/bailiwick"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
# The account of everything in moto.
MOTO = "123456789012"


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions."""


Loader.add_multi_constructor("!", lambda loader, suffix, node: {suffix: node.value})


def setup(folder, *arguments, status=0):
    done = subprocess.run(
        [BINARY, "account", "setup", *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def lint(folder, kind, document):
    path = folder / "policy.json"
    path.write_text(json.dumps(document))
    done = subprocess.run([BINARY, "lint", "--type", kind, str(path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_the_template_is_one_that_cloudformation_takes(tmp_path):
    text = setup(tmp_path, WORKLOAD, "--trusted", TRUSTED, "--external-id", "known-1", "--policy", "PowerUserAccess")
    resources = yaml.load(text, Loader)["Resources"]
    channel, sync = resources["ChannelRole"]["Properties"], resources["SyncRole"]["Properties"]
    assert channel["ManagedPolicyArns"] == ["arn:aws:iam::aws:policy/PowerUserAccess"]
    for role in (channel, sync):
        trust = role["AssumeRolePolicyDocument"]
        assert trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "known-1"}}
        assert all(statement["Principal"] == {"AWS": TRUSTED} for statement in trust["Statement"])
        lint(tmp_path, "trust", trust)
    assert channel["AssumeRolePolicyDocument"]["Statement"][1]["Action"] == ["sts:SetSourceIdentity", "sts:TagSession"]
    lint(tmp_path, "identity", sync["Policies"][0]["PolicyDocument"])
    assert 'external_id = "known-1"' in text
    checker = SCRIPTS / "cfn-lint"
    if not checker.exists():
        pytest.skip("cfn-lint is not installed")
    (tmp_path / "t.yaml").write_text(text)
    done = subprocess.run([str(checker), "t.yaml"], cwd=tmp_path, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout


def test_each_id_is_new_and_what_cannot_be_trusted_is_refused(tmp_path):
    first, second = (setup(tmp_path, WORKLOAD, "--trusted", TRUSTED) for _ in range(2))
    assert first != second
    for trusted in ("arn:aws:s3:::bucket", "arn:aws:iam::aws:policy/X", "nobody", "*"):
        assert trusted in setup(tmp_path, WORKLOAD, "--trusted", trusted, status=1)
    assert "external id" in setup(tmp_path, WORKLOAD, "--trusted", TRUSTED, "--external-id", "a b", status=1)


def test_the_commands_make_the_roles(tmp_path, moto):
    iam = boto3.client("iam", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="t", aws_secret_access_key="t")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}
    policy = iam.create_policy(PolicyName="look", PolicyDocument=json.dumps(document))["Policy"]["Arn"]
    script = setup(tmp_path, MOTO, "--trusted", TRUSTED, "--format", "cli", "--policy", policy)
    environment = {**os.environ, **KEYS, "AWS_ENDPOINT_URL": moto, "PATH": f"{SCRIPTS}:{os.environ['PATH']}"}
    done = subprocess.run(["bash"], input=script, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert iam.get_role(RoleName="bailiwick-channel")["Role"]["Path"] == "/bailiwick/"
    document = iam.get_role_policy(RoleName="bailiwick-sync", PolicyName="read-who-may-what")["PolicyDocument"]
    assert "iam:GetAccountAuthorizationDetails" in document["Statement"][0]["Action"]


def doctor(server, config, *arguments):
    path = server.folder / "doctor.toml"
    path.write_text(config)
    path.chmod(0o600)
    done = server.command("doctor", "--config", str(path), "--data", str(server.data), "--json", *arguments)
    found = json.loads(done.stdout)
    assert done.returncode == (1 if any(finding["state"] == "bad" for finding in found) else 0), done.stderr
    return {finding["check"]: finding for finding in found}


def account(endpoint, number=MOTO, more=""):
    return f"""
[[account]]
id = "{number}"
endpoint = "{endpoint}"
region = "us-east-1"
access_key_id = "testing"
secret_access_key = "a-secret-that-must-not-be-told"
{more}
"""


def test_a_healthy_installation_is_all_good(bailiwick, moto):
    found = doctor(bailiwick, account(moto))
    assert {check: finding["state"] for check, finding in found.items()} == dict.fromkeys(
        ("configuration", "data folder", "lock", "master key", "audit trail", "database", "endpoint", "clock", "credentials"), "good"
    )
    assert found["lock"]["found"] == "a server works in it"
    text = bailiwick.command("doctor", "--config", str(bailiwick.folder / "doctor.toml"), "--data", str(bailiwick.data))
    assert text.returncode == 0 and text.stdout.count("✓") == 9 and "✗" not in text.stdout


def test_a_remote_account_is_looked_at_role_by_role(bailiwick, moto):
    more = f'assume_roles = true\nexternal_id = "e-1"\nsync_role = "arn:aws:iam::{WORKLOAD}:role/bailiwick/bailiwick-sync"'
    found = doctor(bailiwick, account(moto, WORKLOAD, more))
    assert found["role"]["state"] == found["policies"]["state"] == found["organization"]["state"] == "good"
    without = doctor(bailiwick, account(moto, WORKLOAD, "assume_roles = true"))
    assert without["policies"]["state"] == "warning" and f"account setup {WORKLOAD}" in without["policies"]["fix"]


def test_what_is_wrong_is_told_with_what_mends_it(bailiwick, moto, tmp_path):
    other = doctor(bailiwick, account(moto, WORKLOAD))["credentials"]
    assert other["state"] == "bad" and f'id = "{MOTO}"' in other["fix"]
    nobody = doctor(bailiwick, account(f"http://127.0.0.1:{free_port()}"))["endpoint"]
    assert nobody["state"] == "bad" and "endpoint" in nobody["fix"]
    # A Bailiwick that does not know the keys.
    refused = doctor(bailiwick, account(bailiwick.url, WORKLOAD))["credentials"]
    assert refused["state"] == "bad" and "InvalidClientTokenId" in refused["found"]
    assert "a-secret" not in json.dumps([other, nobody, refused])

    broken = doctor(bailiwick, "[[account]]\nid = 1\n")["configuration"]
    assert broken["state"] == "bad" and "line" in broken["found"]
    bundle = doctor(bailiwick, '[network]\nca_bundle = "missing.pem"\n')["network"]
    assert bundle["state"] == "bad" and "missing.pem" in bundle["found"]

    copy = tmp_path / "copy"
    shutil.copytree(bailiwick.data, copy)
    (copy / "master.key").chmod(0o644)
    done = bailiwick.command("doctor", "--data", str(copy), "--json")
    found = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 1 and found["master key"]["fix"] == f"chmod 600 {copy}/master.key"
    assert found["lock"]["found"] == "no server works in it"
    (copy / "master.key").unlink()
    assert "it is missing" in bailiwick.command("doctor", "--data", str(copy)).stdout
    absent = bailiwick.command("doctor", "--data", str(tmp_path / "absent"))
    assert absent.returncode == 0 and "⚠ data folder" in absent.stdout


def examples():
    """The configurations of the page about accounts."""
    page = (ROOT / "docs" / "accounts.md").read_text()
    return re.findall(r"```toml\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("example", examples(), ids=range(len(examples())))
def test_the_examples_of_the_page_are_configurations(tmp_path, moto, example):
    path = tmp_path / "bailiwick.toml"
    path.write_text(example.replace("http://127.0.0.1:5000", moto))
    path.chmod(0o600)
    # Nothing of it reaches out of this machine.
    environment = {**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(
        [BINARY, "doctor", "--json"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    found = json.loads(done.stdout)
    assert found[0]["check"] == "configuration" and found[0]["state"] == "good", found
    if 'name = "moto"' in example:
        assert done.returncode == 0, found
