"""SNS with real clients: boto3 for every operation, an HTTP endpoint on loopback that confirms and verifies, and queues in
moto's server."""

import base64
import http.server
import json
import os
import queue
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import SCRIPTS, WORKLOAD, free_port, wait_for
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

PREFIX = f"arn:aws:sns:us-east-1:{WORKLOAD}"
QUEUES = f"arn:aws:sqs:us-east-1:{WORKLOAD}"


class Endpoint:
    """An HTTP endpoint: keeps what it is sent, and answers with the statuses it is told, 200 after those."""

    def __init__(self, port=0):
        self.came, self.statuses = queue.Queue(), []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                status = outer.statuses.pop(0) if outer.statuses else 200
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", f"http://127.0.0.1:{outer.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                outer.came.put((self.path, {k.lower(): v for k, v in self.headers.items()}, body, time.monotonic()))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def next(self, seconds=20):
        return self.came.get(timeout=seconds)

    def next_document(self, seconds=20):
        path, headers, body, _ = self.next(seconds)
        document = json.loads(body)
        assert headers["x-amz-sns-message-type"] == document["Type"]
        assert headers["x-amz-sns-message-id"] == document["MessageId"]
        assert headers["x-amz-sns-topic-arn"] == document["TopicArn"]
        assert headers["user-agent"] == "Amazon Simple Notification Service Agent"
        return headers, document

    def nothing(self, seconds=1.5):
        try:
            came = self.came.get(timeout=seconds)
        except queue.Empty:
            return
        raise AssertionError(f"nothing should have come: {came}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def moto():
    port = free_port()
    process = subprocess.Popen(
        [str(SCRIPTS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MOTO_ACCOUNT_ID": WORKLOAD},
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/moto-api/data.json", seconds=60, process=process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def config(moto):
    return f"""
[sns]
allow_private_targets = true

[[account]]
id = "{WORKLOAD}"
endpoint = "{moto}"
services = ["sqs"]
region = "us-east-1"
access_key_id = "testing"
secret_access_key = "testing"
"""


@pytest.fixture(scope="module")
def server(moto, tmp_path_factory):
    from conftest import Bailiwick

    server = Bailiwick(tmp_path_factory.mktemp("sns"), config=config(moto)).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def sns(server):
    return server.client("sns")


@pytest.fixture(scope="module")
def sqs(moto):
    return boto3.client(
        "sqs", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.close()


@pytest.fixture
def topic(sns, request):
    name = re.sub(r"[^A-Za-z0-9_-]", "-", request.node.name)[:200]
    arn = sns.create_topic(Name=name)["TopicArn"]
    yield arn
    sns.delete_topic(TopicArn=arn)


def refused(code, message=None):
    class Refused:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, _):
            assert kind is not None, f"{code} was expected, and the call succeeded"
            assert issubclass(kind, ClientError), error
            assert error.response["Error"]["Code"] == code, error
            if message is not None:
                assert re.fullmatch(message, error.response["Error"]["Message"], re.S), error
            return True

    return Refused()


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def signed_text(document):
    names = (
        ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
        if document["Type"] == "Notification"
        else ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    )
    return "".join(f"{name}\n{document[name]}\n" for name in names if name in document).encode()


def verify(document):
    """The signature, checked as AWS's guide says."""
    certificate = x509.load_pem_x509_certificate(get(document["SigningCertURL"]).encode())
    algorithm = {"1": hashes.SHA1(), "2": hashes.SHA256()}[document["SignatureVersion"]]
    signature = base64.b64decode(document["Signature"])
    certificate.public_key().verify(signature, signed_text(document), padding.PKCS1v15(), algorithm)


def subscribe(sns, topic, endpoint, path="/hook", confirm=True, **attributes):
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url(path), Attributes=attributes)
    assert answer["SubscriptionArn"] == "pending confirmation"
    headers, document = endpoint.next_document()
    assert document["Type"] == "SubscriptionConfirmation"
    assert "x-amz-sns-subscription-arn" not in headers
    if not confirm:
        return document
    verify(document)
    return sns.confirm_subscription(TopicArn=topic, Token=document["Token"])["SubscriptionArn"]


def receive(sqs, url, count=1, seconds=20):
    messages, deadline = [], time.monotonic() + seconds
    while len(messages) < count and time.monotonic() < deadline:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"]
        )
        for message in answer.get("Messages", []):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            messages.append(message)
        time.sleep(0.05)
    assert len(messages) >= count, messages
    return messages


def test_confirmation_and_signatures(server, sns, topic, endpoint):
    pending = subscribe(sns, topic, endpoint, confirm=False)
    assert set(pending) == {
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp",
        "SignatureVersion", "Signature", "SigningCertURL",
    }
    assert pending["SignatureVersion"] == "1"
    verify(pending)
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [s["SubscriptionArn"] for s in listed] == ["PendingConfirmation"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsPending"] == "1"
    sns.publish(TopicArn=topic, Message="before it is wanted")
    endpoint.nothing(1)

    # Subscribing again sends the token again.
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url())
    _, again = endpoint.next_document()
    assert again["Token"] == pending["Token"] and again["MessageId"] != pending["MessageId"]
    with refused("InvalidParameter", "Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=topic, Token="0" * len(pending["Token"]))
    with refused("InvalidParameter", "Invalid parameter: Token"):
        sns.confirm_subscription(TopicArn=topic, Token="rubbish")

    # The link is not signed.
    answer = get(pending["SubscribeURL"])
    arn = re.search("<SubscriptionArn>(.*)</SubscriptionArn>", answer).group(1)
    assert arn.startswith(f"{topic}:")
    assert sns.confirm_subscription(TopicArn=topic, Token=pending["Token"])["SubscriptionArn"] == arn
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "false" and attributes["ConfirmationWasAuthenticated"] == "false"
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["healthyRetryPolicy"]["numRetries"] == 3

    sent = sns.publish(
        TopicArn=topic,
        Subject="Native signature",
        Message='native message\nUnicode: Δ "quoted"',
        MessageAttributes={
            "colour": {"DataType": "String", "StringValue": "blue"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
        },
    )
    path, headers, body, _ = endpoint.next()
    document = json.loads(body)
    assert path == "/hook" and document["MessageId"] == sent["MessageId"]
    assert headers["x-amz-sns-subscription-arn"] == arn
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert list(document) == [
        "Type", "MessageId", "TopicArn", "Subject", "Message", "Timestamp", "SignatureVersion", "Signature",
        "SigningCertURL", "UnsubscribeURL", "MessageAttributes",
    ]
    assert body.startswith('{\n  "Type" : "Notification",\n  "MessageId" : "') and "Δ" in body
    assert document["MessageAttributes"] == {
        "bytes": {"Type": "Binary", "Value": "AAE="},
        "colour": {"Type": "String", "Value": "blue"},
    }
    verify(document)
    with pytest.raises(Exception):
        verify({**document, "Message": "another"})

    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    sns.publish(TopicArn=topic, Message="two")
    _, document = endpoint.next_document()
    assert document["SignatureVersion"] == "2" and "Subject" not in document
    verify(document)

    with pytest.raises(urllib.error.HTTPError):
        get(f"{server.url}/SimpleNotificationService-00000000000000000000000000000000.pem")

    # The link at the end of a message ends the subscription; the endpoint may have it back.
    get(document["UnsubscribeURL"])
    _, goodbye = endpoint.next_document()
    assert goodbye["Type"] == "UnsubscribeConfirmation"
    verify(goodbye)
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [s["SubscriptionArn"] for s in listed] == ["Deleted"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SubscriptionsDeleted"] == "1"
    sns.publish(TopicArn=topic, Message="unwanted")
    endpoint.nothing(1)
    assert sns.confirm_subscription(TopicArn=topic, Token=goodbye["Token"])["SubscriptionArn"] == arn
    sns.publish(TopicArn=topic, Message="wanted again")
    assert endpoint.next_document()[1]["Message"] == "wanted again"
    sns.unsubscribe(SubscriptionArn=arn)
    endpoint.nothing(1)


def test_a_protected_subscription(server, sns, topic, endpoint):
    nobody = boto3.client(
        "sns", endpoint_url=server.url, region_name="us-east-1", config=Config(signature_version=UNSIGNED)
    )
    document = subscribe(sns, topic, endpoint, confirm=False)
    confirm = {"TopicArn": topic, "Token": document["Token"], "AuthenticateOnUnsubscribe": "true"}
    with refused("AuthorizationError", "To disallow anonymous unsubscription, subscriber and confirmer IDs must match"):
        nobody.confirm_subscription(**confirm)
    arn = sns.confirm_subscription(**confirm)["SubscriptionArn"]
    with refused("AuthorizationError", "This subscription may only be deleted by an authorized user."):
        nobody.unsubscribe(SubscriptionArn=arn)
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["ConfirmationWasAuthenticated"] == "true"
    # Nothing else is done for nobody.
    with refused("MissingAuthenticationToken"):
        nobody.list_topics()
    with refused("MissingAuthenticationToken"):
        nobody.publish(TopicArn=topic, Message="x")
    sns.unsubscribe(SubscriptionArn=arn)


def test_filters_and_raw_delivery(sns, topic, endpoint):
    policy = {"kind": ["order", {"prefix": "ship-"}], "price": [{"numeric": [">", 0, "<=", 100]}]}
    arn = subscribe(sns, topic, endpoint, FilterPolicy=json.dumps(policy), RawMessageDelivery="true")
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["FilterPolicyScope"] == "MessageAttributes" and attributes["RawMessageDelivery"] == "true"

    def publish(message, kind, price):
        sns.publish(
            TopicArn=topic,
            Message=message,
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind},
                "price": {"DataType": "Number", "StringValue": price},
            },
        )

    publish("too dear", "order", "101")
    publish("other", "shop", "5")
    publish("wanted", "ship-fast", "99.5")
    _, headers, body, _ = endpoint.next()
    assert body == "wanted"
    assert headers["x-amz-sns-rawdelivery"] == "true" and headers["x-amz-sns-subscription-arn"] == arn
    endpoint.nothing(1)

    def put(name, value):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

    put("FilterPolicyScope", "MessageBody")
    put("FilterPolicy", json.dumps({"detail": {"state": ["ALARM"], "$or": [{"a": [1]}, {"b": [{"exists": True}]}]}}))
    sns.publish(TopicArn=topic, Message=json.dumps({"detail": {"state": "ALARM", "c": 1}}))
    sns.publish(TopicArn=topic, Message="no json")
    sns.publish(TopicArn=topic, Message=json.dumps({"detail": [{"state": "ALARM", "b": None}]}))
    assert json.loads(endpoint.next()[2])["detail"][0]["state"] == "ALARM"
    endpoint.nothing(1)
    with refused("InvalidParameter", "Invalid parameter: Filter policy scope MessageAttributes does not support nested.*"):
        put("FilterPolicyScope", "MessageAttributes")
    put("FilterPolicy", "{}")
    assert "FilterPolicy" not in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    sns.publish(TopicArn=topic, Message="anything")
    assert endpoint.next()[2] == "anything"

    for name, value, message in [
        ("FilterPolicy", "x", "Invalid parameter: FilterPolicy: failed to parse JSON."),
        ("FilterPolicy", '{"v":"x"}', 'Invalid parameter: FilterPolicy: "v" must be an object or an array'),
        ("FilterPolicyScope", "All", r"Invalid parameter: FilterPolicyScope: Invalid value \[All\]\. .*"),
        ("RawMessageDelivery", "yes", r"Invalid parameter: RawMessageDelivery: Invalid value \[yes\]\. .*"),
        ("RedrivePolicy", "{}", "Invalid parameter: RedrivePolicy: deadLetterTargetArn is an invalid arn"),
        ("DeliveryPolicy", '{"healthyRetryPolicy":{"numRetries":3}}',
         "Invalid parameter: DeliveryPolicy: healthyRetryPolicy.minDelayTarget must be specified"),
        ("ReplayPolicy", "{}", "Invalid parameter: ReplayPolicy: .*"),
        ("Nothing", "x", "Invalid parameter: AttributeName"),
    ]:
        with refused("InvalidParameter", message):
            put(name, value)


def test_refused_subscriptions(sns, topic, endpoint):
    for protocol, target, message in [
        ("email", "dana@example.com", ".*email subscriptions are not delivered by this server.*"),
        ("sms", "+15555550100", ".*text message.*"),
        ("lambda", "arn:aws:lambda:us-east-1:1:function:f", ".*Lambda.*"),
        ("firehose", "x", ".*Firehose.*"),
        ("application", "x", ".*mobile push.*"),
        ("pigeon", "x", "Invalid parameter: Amazon SNS does not support this protocol string: pigeon"),
        ("https", endpoint.url(), "Invalid parameter: Endpoint must match the specified protocol"),
        ("http", "http://a:b@127.0.0.1/", ".*credentials in an endpoint need https"),
        ("http", "http://", ".*Endpoint.*"),
        ("sqs", "not-an-arn", "Invalid parameter: SQS endpoint ARN"),
        ("sqs", f"{QUEUES}:x.fifo", ".*FIFO SQS Queues can not be subscribed to standard SNS topics"),
    ]:
        with refused("InvalidParameter", message):
            sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=target)
    with refused("InvalidParameter", "Invalid parameter: Attributes Reason: FilterPolicy: Filter is not an object"):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url(), Attributes={"FilterPolicy": '["x"]'})
    with refused("NotFound", "Topic does not exist"):
        sns.subscribe(TopicArn=f"{topic}-no", Protocol="http", Endpoint=endpoint.url())
    arn = sns.subscribe(
        TopicArn=topic, Protocol="https", Endpoint="https://probe:secret@example.invalid/path", ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [s["Endpoint"] for s in listed] == ["https://probe:****@example.invalid/path"]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    sns.unsubscribe(SubscriptionArn=arn)
    verify = {"PhoneNumber": "+15555550100", "OneTimePassword": "12345"}
    with refused("NotImplemented", ".*is not offered by this server."):
        sns.verify_sms_sandbox_phone_number(**verify)
    with refused("InvalidParameter", ".*text messages are not sent by this server.*"):
        sns.publish(PhoneNumber="+15555550100", Message="x")


def test_retries_and_what_is_given_up(server, sns, sqs, topic, endpoint):
    retry = {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 3, "numNoDelayRetries": 1}
    arn = subscribe(sns, topic, endpoint, DeliveryPolicy=json.dumps({"healthyRetryPolicy": retry}))
    endpoint.statuses[:] = [500, 503, 429]
    sns.publish(TopicArn=topic, Message="persistent")
    times = []
    for _ in range(4):
        _, document = endpoint.next_document()
        assert document["Message"] == "persistent"
        times.append(time.monotonic())
    assert times[1] - times[0] < 0.9 and times[2] - times[1] > 0.9 and times[3] - times[2] > 0.9
    endpoint.nothing(2)

    # One that fails holds up no other.
    endpoint.statuses[:] = [500]
    sns.publish(TopicArn=topic, Message="first")
    assert endpoint.next_document()[1]["Message"] == "first"
    sns.publish(TopicArn=topic, Message="second")
    came = [endpoint.next_document()[1]["Message"] for _ in range(2)]
    assert sorted(came) == ["first", "second"]

    # What the endpoint refuses, and what was tried often enough, goes to the dead-letter queue.
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": f"{QUEUES}:dead"})
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RedrivePolicy", AttributeValue=redrive)
    endpoint.statuses[:] = [400]
    sns.publish(TopicArn=topic, Message="refused")
    document = json.loads(receive(sqs, url)[0]["Body"])
    assert document["Message"] == "refused"
    verify(document)
    assert endpoint.next_document()[1]["Message"] == "refused"
    endpoint.statuses[:] = [302]
    sns.publish(TopicArn=topic, Message="elsewhere")
    assert json.loads(receive(sqs, url)[0]["Body"])["Message"] == "elsewhere"
    assert endpoint.next()[0] == "/hook"
    endpoint.nothing(0.5)
    endpoint.statuses[:] = [500] * 4
    sns.publish(TopicArn=topic, Message="hopeless")
    assert json.loads(receive(sqs, url)[0]["Body"])["Message"] == "hopeless"
    assert "given up" in server.said()


def test_throttling(sns, topic, endpoint):
    policy = {"http": {"defaultThrottlePolicy": {"maxReceivesPerSecond": 2},
                       "defaultRequestPolicy": {"headerContentType": "application/json"}}}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=json.dumps(policy))
    shown = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["EffectiveDeliveryPolicy"])["http"]
    assert shown["defaultThrottlePolicy"] == {"maxReceivesPerSecond": 2}
    subscribe(sns, topic, endpoint)
    for number in range(4):
        sns.publish(TopicArn=topic, Message=str(number))
    came = [endpoint.next() for _ in range(4)]
    assert came[-1][3] - came[0][3] > 1
    assert came[0][1]["content-type"] == "application/json"


def test_queues(sns, sqs, topic):
    url = sqs.create_queue(QueueName="plain")["QueueUrl"]
    raw_url = sqs.create_queue(QueueName="raw")["QueueUrl"]
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:plain")["SubscriptionArn"]
    assert arn.startswith(f"{topic}:")
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:plain")["SubscriptionArn"] == arn
    with refused("InvalidParameter", ".*Subscription already exists with different attributes"):
        sns.subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:plain", Attributes={"RawMessageDelivery": "true"}
        )
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:raw", Attributes={"RawMessageDelivery": "true"})
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["Protocol"] == "sqs" and "EffectiveDeliveryPolicy" not in attributes
    assert attributes["SubscriptionPrincipal"].startswith(f"arn:aws:iam::{WORKLOAD}:")

    sent = sns.publish(
        TopicArn=topic,
        Message=json.dumps({"default": "for all", "sqs": "for queues", "http": 5}),
        MessageStructure="json",
        MessageAttributes={"n": {"DataType": "Number", "StringValue": "7"}, "b": {"DataType": "Binary", "BinaryValue": b"x"}},
    )
    document = json.loads(receive(sqs, url)[0]["Body"])
    assert document["MessageId"] == sent["MessageId"] and document["Message"] == "for queues"
    verify(document)
    message = receive(sqs, raw_url)[0]
    assert message["Body"] == "for queues"
    assert message["MessageAttributes"]["n"] == {"StringValue": "7", "DataType": "Number"}
    assert message["MessageAttributes"]["b"]["BinaryValue"] == b"x"

    batch = sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": "valid", "Message": "x"},
            {"Id": "newline_subject", "Message": "x", "Subject": "invalid\nsubject"},
            {"Id": "empty_message", "Message": ""},
        ],
    )
    assert [entry["Id"] for entry in batch["Successful"]] == ["valid"]
    assert batch["Failed"] == [
        {"Id": "newline_subject", "Code": "InvalidParameter", "Message": "Invalid parameter: Subject", "SenderFault": True},
        {"Id": "empty_message", "Code": "InvalidParameter", "Message": "Invalid parameter: Empty message", "SenderFault": True},
    ]
    assert json.loads(receive(sqs, url)[0]["Body"])["MessageId"] == batch["Successful"][0]["MessageId"]

    # A queue that is not there is a failure that stays; the next one is delivered all the same.
    sqs.delete_queue(QueueUrl=url)
    sns.publish(TopicArn=topic, Message="lost")
    receive(sqs, raw_url, 2)


def test_publish_batch_is_checked(sns, topic):
    def batch(*entries):
        return sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=list(entries))

    with refused("EmptyBatchRequest"):
        batch()
    with refused("TooManyEntriesInBatchRequest"):
        batch(*({"Id": str(n), "Message": "x"} for n in range(11)))
    with refused("BatchEntryIdsNotDistinct"):
        batch({"Id": "a", "Message": "x"}, {"Id": "a", "Message": "y"})
    with refused("InvalidBatchEntryId"):
        batch({"Id": "a b", "Message": "x"})
    with refused("BatchRequestTooLong"):
        batch({"Id": "a", "Message": "x" * 200_000}, {"Id": "b", "Message": "x" * 100_000})
    number = {"numeric": {"DataType": "Number", "StringValue": "1e-100000"}}
    message = r"Message attribute 'numeric' number value \[1e-100000\] scale must be 10\^-128 and 10\^126\."
    with refused("ParameterValueInvalid", message):
        batch({"Id": "a", "Message": "x"}, {"Id": "b", "Message": "x", "MessageAttributes": number})
    with refused("NotFound", "Topic does not exist"):
        sns.publish_batch(TopicArn=f"{topic}-no", PublishBatchRequestEntries=[{"Id": "a", "Message": "x"}])


def test_publish_is_checked(sns, topic):
    def publish(**members):
        return sns.publish(**{"TopicArn": topic, "Message": "x", **members})

    with refused("InvalidParameter", "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"):
        sns.publish(Message="x")
    with refused("InvalidParameter", "Invalid parameter: Message too long"):
        publish(Message="x" * (256 * 1024 + 1))
    assert publish(Message="x" * 256 * 1024)["MessageId"]
    with refused("InvalidParameter", "Invalid parameter: Message Structure - JSON message body failed to parse"):
        publish(Message="{", MessageStructure="json")
    with refused("InvalidParameter", ".*MessageDeduplicationId parameter that is not valid for this topic type"):
        publish(MessageDeduplicationId="a")
    # For fair queues a group is accepted.
    assert publish(MessageGroupId="tenant")["MessageId"]
    for attribute, message in [
        ({"DataType": "String"}, ".*must contain non-empty message attribute value for message attribute type 'String'."),
        ({"DataType": "Text", "StringValue": "x"}, ".*invalid message attribute type.*"),
        ({"DataType": "Binary", "StringValue": "x"}, ".*with type 'Binary' must use field 'Binary'."),
        ({"DataType": "Number", "StringValue": "NaN"}, "Could not cast message attribute 'a' value to number."),
    ]:
        with refused("ParameterValueInvalid", message):
            publish(MessageAttributes={"a": attribute})
    with refused("ParameterValueInvalid", ".*starting with character '.' was found."):
        publish(MessageAttributes={".a": {"DataType": "String", "StringValue": "x"}})


def test_fifo_topics(sns, sqs):
    with refused("InvalidParameter", ".*Fifo Topic names must end with .fifo.*"):
        sns.create_topic(Name="plain", Attributes={"FifoTopic": "true"})
    with refused("InvalidParameter", "Invalid parameter: Topic Name"):
        sns.create_topic(Name="plain.fifo")
    attributes = {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
    topic = sns.create_topic(Name="orders.fifo", Attributes=attributes)["TopicArn"]
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert shown["FifoTopic"] == "true" and shown["ContentBasedDeduplication"] == "false"
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:orders.fifo")
    with refused("InvalidParameter", "Invalid parameter: Invalid protocol type: http"):
        sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1/")
    with refused("InvalidParameter", "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"):
        sns.publish(TopicArn=topic, Message="x", MessageDeduplicationId="1")
    with refused("InvalidParameter", ".*either have ContentBasedDeduplication enabled or MessageDeduplicationId.*"):
        sns.publish(TopicArn=topic, Message="x", MessageGroupId="g")

    first = sns.publish(TopicArn=topic, Message="0", MessageGroupId="g", MessageDeduplicationId="d0")
    again = sns.publish(TopicArn=topic, Message="other", MessageGroupId="g", MessageDeduplicationId="d0")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert re.fullmatch(r"\d{20}", first["SequenceNumber"])
    sequence = [first["SequenceNumber"]]
    for number in range(1, 8):
        sent = sns.publish(TopicArn=topic, Message=str(number), MessageGroupId="g", MessageDeduplicationId=f"d{number}")
        sequence.append(sent["SequenceNumber"])
    batch = sns.publish_batch(
        TopicArn=topic,
        PublishBatchRequestEntries=[
            {"Id": "a", "Message": "8", "MessageGroupId": "g", "MessageDeduplicationId": "d8"},
            {"Id": "b", "Message": "8", "MessageGroupId": "g", "MessageDeduplicationId": "d8"},
            {"Id": "c", "Message": "9", "MessageGroupId": "g", "MessageDeduplicationId": "d9"},
        ],
    )["Successful"]
    assert batch[0]["SequenceNumber"] == batch[1]["SequenceNumber"] < batch[2]["SequenceNumber"]
    assert sequence == sorted(set(sequence))
    documents = [json.loads(message["Body"]) for message in receive(sqs, url, 10)]
    assert [document["Message"] for document in documents] == [str(number) for number in range(10)]
    assert [document["SequenceNumber"] for document in documents][:8] == sequence
    assert "Signature" not in documents[0]

    sns.set_topic_attributes(TopicArn=topic, AttributeName="ContentBasedDeduplication", AttributeValue="true")
    one = sns.publish(TopicArn=topic, Message="same", MessageGroupId="g")
    assert sns.publish(TopicArn=topic, Message="same", MessageGroupId="h")["MessageId"] == one["MessageId"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="FifoThroughputScope", AttributeValue="MessageGroup")
    assert sns.publish(TopicArn=topic, Message="same", MessageGroupId="h")["MessageId"] != one["MessageId"]

    # Concurrent publishers get numbers of their own, and the order of delivery is the order of the numbers. The queue
    # itself takes the two that are the same for one.
    receive(sqs, url, 1)
    threads = [
        threading.Thread(target=lambda n=n: [
            sns.publish(TopicArn=topic, Message=f"{n}/{k}", MessageGroupId="g") for k in range(5)
        ])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [json.loads(message["Body"])["SequenceNumber"] for message in receive(sqs, url, 20, seconds=40)]
    assert numbers == sorted(set(numbers)) and len(numbers) == 20
    sns.delete_topic(TopicArn=topic)


def test_topic_attributes_and_policies(sns, topic):
    def put(name, value):
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)

    for name, value in [
        ("DisplayName", "Shown"),
        ("KmsMasterKeyId", "alias/aws/sns"),
        ("TracingConfig", "Active"),
        ("HTTPSuccessFeedbackRoleArn", f"arn:aws:iam::{WORKLOAD}:role/x"),
        ("HTTPSuccessFeedbackSampleRate", "50"),
    ]:
        put(name, value)
        assert sns.get_topic_attributes(TopicArn=topic)["Attributes"][name] == value
    for name, value in [
        ("UnknownOwnedAttribute", "ignored?"), ("SignatureVersion", "3"), ("TracingConfig", "x"),
        ("HTTPSuccessFeedbackSampleRate", "101"), ("DeliveryPolicy", "{"), ("ArchivePolicy", "{}"),
        ("ContentBasedDeduplication", "true"), ("FifoTopic", "true"),
    ]:
        with refused("InvalidParameter"):
            put(name, value)

    statement = {"Sid": "s", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{WORKLOAD}:root"}, "Resource": topic}
    for action in ["sns:*", "SNS:*", "*", "sqs:SendMessage", ["sns:Publish", "sns:Get*"]]:
        with refused("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"):
            put("Policy", json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Action": action}]}))
    for action in ["sns:Publish", "SNS:Publish"]:
        put("Policy", json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Action": action}]}))
        shown = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        assert shown["Statement"][0]["Action"] == action

    sns.add_permission(TopicArn=topic, Label="OwnedPublish", AWSAccountId=[WORKLOAD], ActionName=["Publish"])
    sns.add_permission(TopicArn=topic, Label="OwnedPublish", AWSAccountId=[WORKLOAD], ActionName=["Publish"])
    shown = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert shown["Statement"][-1] == {
        "Sid": "OwnedPublish", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{WORKLOAD}:root"},
        "Action": "SNS:Publish", "Resource": topic,
    }
    with refused("InvalidParameter", "Invalid parameter: Statement already exists"):
        sns.add_permission(TopicArn=topic, Label="OwnedPublish", AWSAccountId=[WORKLOAD], ActionName=["Subscribe"])
    with refused("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"):
        sns.add_permission(TopicArn=topic, Label="x", AWSAccountId=[WORKLOAD], ActionName=["NoSuchAction"])
    sns.remove_permission(TopicArn=topic, Label="OwnedPublish")
    sns.remove_permission(TopicArn=topic, Label="s")
    shown = json.loads(sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    assert [s["Sid"] for s in shown["Statement"]] == ["__default_statement_ID"]

    policy = json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": []})
    assert not sns.get_data_protection_policy(ResourceArn=topic).get("DataProtectionPolicy")
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy=policy)
    assert sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"] == policy


def test_lists_are_paged_by_a_hundred(sns, topic):
    arns = {sns.create_topic(Name=f"page-{number}")["TopicArn"] for number in range(105)}
    first = sns.list_topics()
    assert len(first["Topics"]) == 100
    listed = {entry["TopicArn"] for page in sns.get_paginator("list_topics").paginate() for entry in page["Topics"]}
    assert arns <= listed
    for number in range(105):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:page-{number}")
    first = sns.list_subscriptions_by_topic(TopicArn=topic)
    assert len(first["Subscriptions"]) == 100 and first["NextToken"]
    rest = sns.list_subscriptions_by_topic(TopicArn=topic, NextToken=first["NextToken"])
    assert len(rest["Subscriptions"]) == 5 and "NextToken" not in rest
    assert len(sns.list_subscriptions()["Subscriptions"]) == 100
    for arn in arns:
        sns.delete_topic(TopicArn=arn)


def test_a_killed_server_delivers_after_its_start(moto, new_bailiwick, endpoint):
    server = new_bailiwick(config=config(moto)).start()
    sns = server.client("sns")
    topic = sns.create_topic(Name="durable")["TopicArn"]
    subscribe(sns, topic, endpoint)
    port = endpoint.port
    endpoint.close()
    retried = json.dumps(
        {"http": {"defaultHealthyRetryPolicy": {"minDelayTarget": 2, "maxDelayTarget": 2, "numRetries": 10}}}
    )
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=retried)
    wanted = {f"message {number}" for number in range(30)}
    for message in sorted(wanted):
        sns.publish(TopicArn=topic, Message=message)
    server.stop(signal.SIGKILL)

    again = Endpoint(port)
    server.start()
    came, deadline = set(), time.monotonic() + 30
    while came < wanted and time.monotonic() < deadline:
        try:
            document = again.next_document(seconds=5)[1]
        except queue.Empty:
            continue
        verify(document)
        came.add(document["Message"])
    again.close()
    assert came == wanted
    audited = server.stop() or server.audit("verify")
    assert audited.returncode == 0, audited.stdout


def test_private_targets_are_refused_unless_allowed(new_bailiwick, endpoint):
    server = new_bailiwick().start()
    sns = server.client("sns")
    topic = sns.create_topic(Name="guarded")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint.url())
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"http://localhost:{endpoint.port}/")
    with refused("InvalidParameter", ".*no endpoint for sqs is configured for account.*"):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{QUEUES}:x")
    endpoint.nothing(2)
    assert server.said().count("private") >= 2
