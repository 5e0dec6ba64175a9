"""`serve --ephemeral`: an account in memory, for the tests of other people."""

import boto3
import botocore.exceptions
import pytest

ACCOUNT = "999988887777"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
ENVIRONMENT = {
    "BAILIWICK_ACCOUNT_ID": ACCOUNT,
    "BAILIWICK_ROOT_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
    "BAILIWICK_ROOT_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
}


def client(server, service, **changed):
    return boto3.client(service, endpoint_url=server.url, region_name="us-east-1", **{**KEYS, **changed})


@pytest.fixture
def ephemeral(new_bailiwick):
    return new_bailiwick(arguments=["--ephemeral"], environment=ENVIRONMENT).start()


def test_the_root_key_works_and_nothing_is_written(ephemeral):
    identity = client(ephemeral, "sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT and identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    sns = client(ephemeral, "sns")
    arn = sns.create_topic(Name="in-memory")["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:{ACCOUNT}:in-memory"
    sns.publish(TopicArn=arn, Message="to nobody")
    ephemeral.stop()
    assert [path.name for path in ephemeral.folder.rglob("*")] == ["log.txt"]
    assert KEYS["aws_secret_access_key"] not in ephemeral.said()


def test_what_is_not_offered_is_said(ephemeral):
    with pytest.raises(botocore.exceptions.ClientError, match="lambda") as refused:
        client(ephemeral, "lambda").list_functions()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] < 502
    assert client(ephemeral, "sns").list_topics()["Topics"] == []


def test_it_begins_anew_each_time(ephemeral):
    client(ephemeral, "sns").create_topic(Name="forgotten")
    ephemeral.stop()
    ephemeral.start()
    assert client(ephemeral, "sns").list_topics()["Topics"] == []


def test_it_says_what_is_missing(new_bailiwick):
    server = new_bailiwick(arguments=["--ephemeral"])
    with pytest.raises(AssertionError):
        server.start()
    assert "BAILIWICK_" in server.said()
