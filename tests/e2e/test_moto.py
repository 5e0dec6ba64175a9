"""Commands that go to a configured AWS-compatible endpoint: moto's server stands for AWS."""

import boto3
import pytest
from conftest import WORKLOAD, free_port

SECRET = "moto-takes-any-secret-and-we-look-for-this-one"


def account(endpoint):
    return f"""
[[account]]
id = "{WORKLOAD}"
endpoint = "{endpoint}"
region = "us-east-1"
access_key_id = "testing"
secret_access_key = "{SECRET}"
"""


@pytest.fixture
def ops(moto, new_bailiwick):
    server = new_bailiwick(config=account(moto)).start()
    return server, server.dana().room("ops")


def test_ec2_runs_against_the_configured_endpoint(moto, ops):
    server, room = ops
    ec2 = boto3.client(
        "ec2", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]

    answer = room.ask("@aws ec2 describe-instances", seconds=30)
    assert f"ec2 describe-instances · {WORKLOAD} (workload) · us-east-1 · as ops-readonly" in answer.text
    assert instance in answer.text
    query = "Reservations[].Instances[].[InstanceId,State.Name]"
    found = room.ask(f"@aws ec2 describe-instances --query '{query}' --output text", seconds=30)
    assert found.code == f"{instance}\trunning\n"

    # A fault of the service is told with its code and words.
    missing = room.ask("@aws ec2 describe-instances --instance-ids i-0123456789abcdef0", seconds=30)
    assert missing.tone == "bad" and "InvalidInstanceID.NotFound" in missing.text

    # What the channel may not do never reaches the endpoint.
    refused = room.ask(f"@aws ec2 terminate-instances --instance-ids {instance}")
    assert "do not allow ec2:TerminateInstances" in refused.text
    state = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["State"]["Name"]
    assert state == "running"

    assert SECRET not in server.said() + server.audit("export").stdout


def test_our_own_services_stay_ours(ops):
    _, room = ops
    assert "alarms" in room.ask("@aws sns list-topics").text


def test_an_endpoint_that_is_down_is_said(new_bailiwick):
    server = new_bailiwick(config=account(f"http://127.0.0.1:{free_port()}")).start()
    answer = server.dana().room("ops").ask("@aws ec2 describe-instances", seconds=60)
    assert answer.tone in ("bad", "warn") and "127.0.0.1" in answer.text


def test_a_configuration_that_others_can_read_is_refused(new_bailiwick):
    server = new_bailiwick(config=account("http://127.0.0.1:1"))
    (server.folder / "bailiwick.toml").chmod(0o644)
    with pytest.raises(AssertionError):
        server.start()
    assert "others can read it" in server.said() and SECRET not in server.said()
