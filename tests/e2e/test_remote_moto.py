"""A remote account at moto: its roles, policies and organization copied, decided with, and looked after by `doctor`."""

import json
import os
import subprocess
import sys
import time

import boto3
import pytest
from conftest import WORKLOAD, free_port, wait_for
from test_remote import account, allow, ask, document

# moto's own account, which is the organization's management account here.
MANAGEMENT = "123456789012"
CHANNEL = f"arn:aws:iam::{WORKLOAD}:role/service-role/ops-readonly"
TRUST = document({"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]})  # fmt: skip
# moto's server, whose next account of an organization has the number of ours.
SERVER = f"""
import sys
import moto.organizations.utils as utils
utils.make_random_account_id = lambda: "{WORKLOAD}"
from moto.server import main
main(sys.argv[1:])
"""


class Moto:
    def __init__(self, url):
        self.url = url
        made = self.client("sts").assume_role(RoleArn=CHANNEL, RoleSessionName="test")["Credentials"]
        self.inside = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def client(self, service, keys=("testing", "testing", None)):
        return boto3.client(
            service, endpoint_url=self.url, region_name="us-east-1",
            aws_access_key_id=keys[0], aws_secret_access_key=keys[1], aws_session_token=keys[2],
        )  # fmt: skip

    def of_account(self, service):
        """A client in the account, not in the management account."""
        return self.client(service, self.inside)


@pytest.fixture
def moto():
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, "-H", "127.0.0.1", "-p", str(port)],
        env={**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/moto-api/data.json", seconds=60, process=process)
        moto = Moto(url)
        iam = moto.of_account("iam")
        assert moto.of_account("sts").get_caller_identity()["Account"] == WORKLOAD
        for name, path in (("ops-readonly", "/service-role/"), ("bailiwick-sync", "/bailiwick/")):
            iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)
        yield moto
    finally:
        process.terminate()
        process.wait(timeout=10)


def config(moto, management=True):
    def account(id):
        return f"""
[[account]]
id = "{id}"
endpoint = "{moto.url}"
region = "us-east-1"
access_key_id = "testing"
secret_access_key = "testing"
assume_roles = true
sync_role = "arn:aws:iam::{id}:role/bailiwick/bailiwick-sync"
"""

    return account(WORKLOAD) + (account(MANAGEMENT) if management else "")


def shown(server):
    return json.loads(account(server, "show", WORKLOAD, "--json").stdout)


def sync(server, status=0):
    done = account(server, "sync", WORKLOAD)
    assert done.returncode == status, done.stderr + done.stdout
    return done.stdout + done.stderr


def doctor(server):
    done = server.command("doctor", "--config", str(server.folder / "bailiwick.toml"), "--data", str(server.data), "--json")
    return [finding for finding in json.loads(done.stdout) if WORKLOAD in finding["subject"]]


@pytest.fixture
def server(moto, new_bailiwick):
    return new_bailiwick(config=config(moto)).start()


def test_roles_and_policies_of_every_kind_are_copied_and_decided_with(moto, server):
    iam = moto.of_account("iam")
    vpc = moto.of_account("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    sync(server)
    refused = ask(server, "ec2 describe-vpcs")
    assert refused.tone == "bad" and "ops-readonly" in refused.text, refused.text

    # An inline policy, a managed policy of the account in its version in force, one of AWS, and a boundary.
    iam.put_role_policy(RoleName="ops-readonly", PolicyName="inline", PolicyDocument=document(allow("ec2:DescribeVpcs")))
    sync(server)
    assert vpc in ask(server, "ec2 describe-vpcs").text
    assert ask(server, "ec2 describe-subnets").tone == "bad"
    own = iam.create_policy(PolicyName="own", Path="/team/", PolicyDocument=document(allow("sqs:ListQueues")))["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=own, PolicyDocument=document(allow("ec2:DescribeSubnets")), SetAsDefault=True)
    iam.attach_role_policy(RoleName="ops-readonly", PolicyArn=own)
    iam.attach_role_policy(RoleName="ops-readonly", PolicyArn="arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess")
    assert "changed" in sync(server)
    assert ask(server, "ec2 describe-subnets").tone != "bad"
    assert ask(server, "dynamodb list-tables").tone != "bad"
    assert ask(server, "sqs list-queues").tone == "bad", "its first version is not in force"
    boundary = iam.create_policy(PolicyName="edge", PolicyDocument=document(allow("ec2:DescribeSubnets")))["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="ops-readonly", PermissionsBoundary=boundary)
    sync(server)
    assert ask(server, "ec2 describe-subnets").tone != "bad"
    assert "boundary" in ask(server, "ec2 describe-vpcs").text
    assert shown(server)["copy"]["roles"] == 2


def test_policies_of_the_organization_are_copied_and_bind(moto, server):
    iam = moto.of_account("iam")
    iam.put_role_policy(RoleName="ops-readonly", PolicyName="inline", PolicyDocument=document(allow("ec2:Describe*", "sqs:List*")))
    sync(server)
    assert shown(server)["copy"]["organization"] == "none"
    assert ask(server, "ec2 describe-vpcs").tone != "bad"

    organizations = moto.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    created = organizations.create_account(Email="a@example.com", AccountName="workload")["CreateAccountStatus"]
    assert created["AccountId"] == WORKLOAD
    unit = organizations.create_organizational_unit(ParentId=root, Name="Sandbox")["OrganizationalUnit"]["Id"]
    organizations.move_account(AccountId=WORKLOAD, SourceParentId=root, DestinationParentId=unit)
    sync(server)
    assert ask(server, "ec2 describe-vpcs").tone != "bad"

    denied = {"Effect": "Deny", "Action": "ec2:DescribeVpcs", "Resource": "*"}
    policy = organizations.create_policy(
        Name="no-networks", Description="d", Type="SERVICE_CONTROL_POLICY", Content=document(denied)
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=unit)
    sync(server)
    refused = ask(server, "ec2 describe-vpcs")
    assert refused.tone == "bad" and "no-networks" in refused.text + ask(server, "why").text, refused.text
    assert ask(server, "sqs list-queues").tone != "bad"

    organizations.detach_policy(PolicyId=policy, TargetId=unit)
    sync(server)
    assert ask(server, "ec2 describe-vpcs").tone != "bad"


def test_doctor_says_what_is_wrong_and_what_mends_it(moto, new_bailiwick):
    moto.client("organizations").create_organization(FeatureSet="ALL")
    server = new_bailiwick(config=config(moto)).start()
    sync(server)
    states = {finding["check"]: finding["state"] for finding in doctor(server)}
    assert states == dict.fromkeys(states, "good") and {"endpoint", "credentials", "role", "policies", "copy"} <= set(states), states
    server.stop()

    path = server.folder / "bailiwick.toml"
    right = path.read_text()

    def told(wrong, check):
        path.write_text(wrong)
        found = [finding for finding in doctor(server) if finding["state"] != "good"]
        assert [finding["check"] for finding in found] == [check], found
        return found[0]["found"], found[0]["fix"]

    # Keys of another account, where no role is assumed.
    plain = "\n".join(line for line in right.splitlines() if not line.startswith(("assume_roles", "sync_role")))
    found, fix = told(plain, "credentials")
    assert MANAGEMENT in found and f'id = "{MANAGEMENT}"' in fix and f"arn:aws:iam::{WORKLOAD}:role/NAME" in fix
    # Nothing reads its policies.
    found, fix = told("\n".join(line for line in right.splitlines() if not line.startswith("sync_role")), "policies")
    assert f"bailiwick account setup {WORKLOAD}" in fix
    # Nobody is there.
    found, fix = told(right.replace(moto.url, f"http://127.0.0.1:{free_port()}"), "endpoint")
    assert "cannot connect" in found and "endpoint" in fix
    # A copy that is too old.
    time.sleep(1.1)
    path.write_text(right.replace("sync_role", "mirror_max_age_minutes = 1\nsync_role"))
    assert {finding["check"]: finding["state"] for finding in doctor(server)}["copy"] == "good"
