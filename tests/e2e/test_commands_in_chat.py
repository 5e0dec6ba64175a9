"""Commands of every protocol, typed in a room: signed, sent to moto's server, answered in the thread."""

import json

import pytest
from conftest import WORKLOAD

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def room(moto, tmp_path_factory):
    from conftest import Bailiwick

    config = f"""
[[account]]
id = "{WORKLOAD}"
endpoint = "{moto}"
region = "us-east-1"
access_key_id = "testing"
secret_access_key = "testing"
"""
    server = Bailiwick(tmp_path_factory.mktemp("bailiwick"), config=config).start()
    rooms = server.own("DescribeRoomConfigurations")["RoomConfigurations"]
    deploy = next(room for room in rooms if room["IamRoleArn"].endswith("/deploy"))
    server.client("iam").put_role_policy(RoleName="deploy", PolicyName="all", PolicyDocument=json.dumps(ALLOW))
    server.own(
        "UpdateRoomConfiguration",
        ChatConfigurationArn=deploy["ChatConfigurationArn"],
        GuardrailPolicyArns=["arn:aws:iam::aws:policy/PowerUserAccess"],
    )
    yield server.dana().room("deploy")
    server.stop()


# What is typed, and a part of the answer. The first word says whether the requester has to press Run.
COMMANDS = [
    ("change", "ec2 create-vpc --cidr-block 10.9.0.0/16", "10.9.0.0/16"),
    ("read", "ec2 describe-vpcs --filters Name=cidr,Values=10.9.0.0/16", "vpc-"),
    ("change", "sqs create-queue --queue-name from-chat --attributes DelaySeconds=5", "from-chat"),
    ("read", "sqs get-queue-url --queue-name from-chat", "from-chat"),
    ("change", "logs create-log-group --log-group-name /chat", ""),
    ("read", "logs describe-log-groups", "/chat"),
    ("change", "ses verify-email-identity --email-address ana@example.com", ""),
    ("read", "ses list-identities", "ana@example.com"),
    ("change", "apigateway create-rest-api --name from-chat", "from-chat"),
    ("read", "apigateway get-rest-apis", "from-chat"),
    ("change", "s3 mb s3://made-in-chat", "make_bucket: made-in-chat"),
    ("read", f"s3 ls --account {WORKLOAD}", "made-in-chat"),
    ("change", "s3 rm s3://made-in-chat/none", "delete: s3://made-in-chat/none"),
    ("change", "s3 rb s3://made-in-chat", "remove_bucket: made-in-chat"),
    ("change", "route53 create-hosted-zone --name chat.example.com --caller-reference 1", "chat.example.com"),
    ("read", "route53 list-hosted-zones", "chat.example.com"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "command", "part"), COMMANDS, ids=[" ".join(row[1].split()[:2]) for row in COMMANDS])
def test_a_command_is_answered(room, kind, command, part):
    message = room.post(f"@aws {command}")
    (answer,) = room.replies(message, seconds=30)
    if kind == "change":
        assert "Run" in answer.buttons, answer
        room.press(answer, "Run")
        answer = room.replies(message, count=2, seconds=30)[-1]
    assert answer.tone not in ("bad", "warn") and part in answer.text, answer
