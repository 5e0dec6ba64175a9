"""The permission model of channels from outside: `bailiwick simulate --channel`, what a server opens, and the operations of
our own with a client of AWS's."""

import json

import botocore.exceptions
import pytest
from conftest import WORKLOAD
from test_chatbot import own_client

ROLE = f"arn:aws:iam::{WORKLOAD}:role/service-role/team"
SUPPORT = "arn:aws:iam::aws:policy/AWSSupportAccess"


def simulate(server, *arguments):
    return server.command("simulate", "--data", str(server.data), *arguments)


def test_a_terminal_answers_as_the_channel_does(bailiwick):
    room = bailiwick.person("Dana").room("ops")
    for command, allowed in [("sns list-topics", True), ("sns create-topic --name x", False), ("iam list-users", False)]:
        asked = simulate(bailiwick, "--channel", "ops", "--member", "Dana", "--", *command.split())
        assert asked.returncode == (0 if allowed else 1), asked.stderr
        in_chat = room.ask(f"@aws can {command}")
        sentence = json.loads(
            simulate(
                bailiwick, "--format", "json", "--channel", "ops", "--member", "Dana", "--", *command.split()
            ).stdout
        )["sentence"]
        assert sentence in asked.stdout and sentence in in_chat.text


def test_a_terminal_tells_every_layer(bailiwick):
    asked = simulate(
        bailiwick, "--format", "json", "--channel", "ops", "--member", "Sam", "--", "sns", "create-topic", "--name", "x"
    )
    answer = json.loads(asked.stdout)
    assert [layer["number"] for layer in answer["layers"]] == list(range(1, 10))
    assert [layer["number"] for layer in answer["layers"] if layer["state"] == "stopped"] == [4, 6]
    assert answer["principal"].endswith("assumed-role/ops-readonly/Sam") and answer["account"] == WORKLOAD


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--channel", "none", "--member", "Dana", "--", "sns", "list-topics"], "known are arn:aws:chatbot"),
        (["--channel", "ops", "--", "sns", "list-topics"], "--member"),
        (["--channel", "ops", "--member", "Dana"], "COMMAND"),
    ],
)
def test_a_question_that_cannot_be_asked_is_said(bailiwick, arguments, said):
    asked = simulate(bailiwick, *arguments)
    assert asked.returncode == 2 and said in asked.stderr, asked.stderr


def test_what_the_server_opens_is_never_silent(new_bailiwick):
    config = '[channels]\nopen_non_supported = ["dynamodb:GetItem"]\n'
    server = new_bailiwick(config=config).start()
    assert "channels may run a non-supported operation" in server.said() and "dynamodb:GetItem" in server.said()
    ops = server.dana().room("ops")
    trace = ops.ask('@aws can dynamodb get-item --table-name t --key {"id":{"S":"1"}}')
    assert "the configuration of this server opens dynamodb:GetItem" in trace.text
    # Whoever asks who they are reads it, and so does whoever looks after the server; a terminal decides the same.
    assert "dynamodb:getitem" in ops.ask("@aws whoami").text
    looked = server.command("doctor", "--config", "bailiwick.toml", "--data", str(server.data))
    assert "dynamodb:GetItem" in looked.stdout and "non-supported" in looked.stdout
    key = '{"id":{"S":"1"}}'
    for operation, stopped in [("get-item", False), ("batch-get-item", True)]:
        words = ["dynamodb", operation]
        words += ["--table-name", "t", "--key", key] if not stopped else ["--request-items", '{"t":{"Keys":[' + key + "]}}"]
        asked = simulate(
            server, "--config", "bailiwick.toml", "--format", "json", "--channel", "ops", "--member", "Dana", "--", *words
        )
        layers = json.loads(asked.stdout)["layers"]
        assert (layers[0]["state"] == "stopped") == stopped, asked.stdout


def test_a_terminal_decides_in_the_partition_of_the_server(new_bailiwick):
    server = new_bailiwick(config='partition = "aws-us-gov"\n').start()
    ops = server.dana().room("ops")
    for command in ["sns list-topics", "sns create-topic --name x", "ec2 describe-instances"]:
        in_chat = ops.ask(f"@aws can {command}")
        asked = simulate(
            server, "--config", "bailiwick.toml", "--format", "json", "--channel", "ops", "--member", "Dana", "--",
            *command.split(),
        )
        answer = json.loads(asked.stdout)
        assert answer["principal"].startswith("arn:aws-us-gov:sts::"), answer
        assert answer["sentence"] in in_chat.text


@pytest.mark.parametrize("name", ["dynamodb:*", "sns:Publish"])
def test_a_server_does_not_start_with_what_it_cannot_open(new_bailiwick, name):
    server = new_bailiwick(config=f'[channels]\nopen_non_supported = ["{name}"]\n')
    with pytest.raises(Exception):
        server.start()
    assert name in server.said()


def test_a_channel_role_is_made_in_one_step(bailiwick):
    own, iam = own_client(bailiwick), bailiwick.client("iam")
    made = own.create_channel_role(RoleName="team", Templates=["NOTIFICATION", "AWS_SUPPORT"])
    assert made["IamRoleArn"] == ROLE
    attached = iam.list_attached_role_policies(RoleName="team")["AttachedPolicies"]
    assert {policy["PolicyArn"] for policy in attached} == set(made["PolicyArns"])
    assert made["PolicyArns"][0].endswith("/ReadOnlyAccess") and SUPPORT in made["PolicyArns"]
    found = own.search_policies(Name="chatbot")["Policies"]
    assert "AWS-Chatbot-Protection-Policy" in {policy["PolicyName"] for policy in found}
    templates = own.list_channel_role_templates()["Templates"]
    assert len(templates) == 8 and all(json.loads(template["PolicyDocument"]) for template in templates)
    with pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform: iam:CreateRole"):
        own_client(bailiwick, "nobody").create_channel_role(RoleName="other")


def test_guardrails_of_the_account(bailiwick):
    own, room = own_client(bailiwick), bailiwick.person("Dana").room("ops")
    assert "alarms" in room.ask("@aws sns list-topics").text
    own.update_account_guardrails(MinimumGuardrailPolicyArns=[SUPPORT])
    assert "the account's minimum for every channel" in room.ask("@aws sns list-topics").text
    own.update_account_guardrails(MinimumGuardrailPolicyArns=[])
    assert "alarms" in room.ask("@aws sns list-topics").text
