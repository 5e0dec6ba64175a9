"""What tests against `--ephemeral` rely on: a message is in its queue when Publish has answered, a reset leaves nothing under
way, and what cannot be sent is taken and kept.
"""

import json
import time
import urllib.request

import boto3
import pytest

ACCOUNT = "123456789012"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}


@pytest.fixture
def server(moto, new_bailiwick):
    config = f"""
[sns]
allow_private_targets = true

[[account]]
id = "{ACCOUNT}"
endpoint = "{moto}"
access_key_id = "testing"
secret_access_key = "testing"
"""
    environment = {
        "BAILIWICK_ACCOUNT_ID": ACCOUNT,
        "BAILIWICK_ROOT_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
        "BAILIWICK_ROOT_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
    }
    return new_bailiwick(arguments=["--ephemeral"], config=config, environment=environment).start()


@pytest.fixture
def sns(server):
    return boto3.client("sns", region_name="us-east-1", endpoint_url=server.url, **KEYS)


@pytest.fixture
def sqs(moto):
    return boto3.client("sqs", region_name="us-east-1", endpoint_url=moto, **KEYS)


def test_a_message_is_in_its_queue_when_publish_has_answered(server, sns, sqs):
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    for round_ in range(3):
        urllib.request.urlopen(urllib.request.Request(f"{server.url}/_bailiwick/reset", method="POST"))
        topic = sns.create_topic(Name="orders")["TopicArn"]
        endpoint = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
        sns.publish(TopicArn=topic, Message=f"message {round_}")
        received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        assert [json.loads(message["Body"])["Message"] for message in received] == [f"message {round_}"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])


def test_a_subscriber_that_does_not_answer_is_not_waited_for(sns):
    topic = sns.create_topic(Name="slow")["TopicArn"]
    began = time.monotonic()
    # Nobody answers in the network that is kept for documentation.
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://192.0.2.1/hook")
    assert time.monotonic() - began < 5


def test_what_cannot_be_sent_is_taken_and_kept(sns):
    topic = sns.create_topic(Name="people")["TopicArn"]
    mail = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="dana@example.com", ReturnSubscriptionArn=True)
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15551234567")
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsPending"], attributes["SubscriptionsConfirmed"]) == ("1", "1")
    pending = sns.get_subscription_attributes(SubscriptionArn=mail["SubscriptionArn"])["Attributes"]
    assert pending["PendingConfirmation"] == "true"
    assert sns.publish(TopicArn=topic, Message="hi")["MessageId"]
    assert sns.publish(PhoneNumber="+15551234567", Message="hi")["MessageId"]
    with pytest.raises(sns.exceptions.InvalidParameterException, match="Invalid SMS endpoint: LALA"):
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="LALA")
    with pytest.raises(sns.exceptions.InvalidParameterException, match="is not valid to publish to"):
        sns.publish(PhoneNumber="5551234567", Message="hi")
