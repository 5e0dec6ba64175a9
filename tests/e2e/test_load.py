"""Many clients at once, slow ones among them, and a stop in the middle: nothing that was answered is lost."""

import collections
import datetime
import json
import signal
import socket
import threading
import time

import botocore.config
import botocore.exceptions
import pytest
from conftest import ALARMS, WORKLOAD

ONCE = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
# What a client of a server that stops may see: no connection, or one that ended before any of an answer came.
NOT_TAKEN = (
    botocore.exceptions.ConnectionClosedError,
    botocore.exceptions.EndpointConnectionError,
)


def at_once(clients, work):
    """Runs `work(number)` in so many threads; what any of them raised is raised here."""
    failures = []

    def run(number):
        try:
            work(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def published(server):
    """How often the trail says that each message was published, by its id."""
    outcomes = collections.Counter()
    for line in server.audit("export").stdout.splitlines():
        if not line.startswith('{"record"'):
            continue
        event = json.loads(json.loads(line)["record"]["record"])
        if event["eventName"] == "Publish" and event["additionalEventData"].get("outcome") == "finished":
            outcomes[event["responseElements"]["messageId"]] += 1
    return outcomes


def test_every_request_of_many_clients_is_answered_and_recorded(new_bailiwick):
    server = new_bailiwick().start()
    server.client("sns").create_topic(Name="load")
    topic, answered = ALARMS.replace("alarms", "load"), []

    def work(number):
        sns, sts = (server.client(service, config=ONCE) for service in ("sns", "sts"))
        for turn in range(10):
            assert sts.get_caller_identity()["Account"] == WORKLOAD
            answered.append(sns.publish(TopicArn=topic, Message=f"{number} {turn}")["MessageId"])

    at_once(48, work)
    server.stop()
    assert len(answered) == 480 and published(server) == collections.Counter(answered)
    assert server.audit("verify").returncode == 0


def test_a_stop_in_the_middle_answers_what_was_taken(new_bailiwick):
    server = new_bailiwick().start()
    server.client("sns").create_topic(Name="load")
    topic = ALARMS.replace("alarms", "load")
    answered, begun = [], threading.Barrier(17)

    def work(number):
        sns = server.client("sns", config=ONCE)
        sns.publish(TopicArn=topic, Message=f"first {number}")
        begun.wait()
        for turn in range(100_000):
            try:
                answered.append(sns.publish(TopicArn=topic, Message=f"stop {number} {turn}")["MessageId"])
            except NOT_TAKEN:
                return

    def stop(_):
        begun.wait()
        time.sleep(1)
        process = server.process
        server.stop(signal.SIGTERM)
        assert process.returncode == 0

    at_once(17, lambda number: work(number) if number else stop(number))
    kept = published(server)
    assert len(answered) > 16
    assert [message for message in answered if kept[message] != 1] == []
    assert server.audit("verify").returncode == 0


def head(server, length):
    """The head of a signed request; that its signature is wrong shows only once its body is there."""
    now = datetime.datetime.now(datetime.UTC)
    scope = f"{now:%Y%m%d}/us-east-1/sts/aws4_request"
    return (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-Amz-Date: {now:%Y%m%dT%H%M%SZ}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/{scope}, SignedHeaders=host;x-amz-date, "
        f"Signature={'0' * 64}\r\n\r\n"
    ).encode()


@pytest.fixture
def slow(bailiwick):
    """Connections that announce a megabyte each and send a few bytes of it."""
    connections = []
    for _ in range(128):
        connection = socket.create_connection(("127.0.0.1", bailiwick.port), timeout=20)
        connection.sendall(head(bailiwick, 1 << 20) + b"Action=GetCallerIdentity")
        connections.append(connection)
    yield connections
    for connection in connections:
        connection.close()


def test_who_announces_much_and_sends_little_keeps_nobody_out(bailiwick, slow):
    sts = bailiwick.client("sts", config=ONCE)
    sts.get_caller_identity()
    begin = time.monotonic()
    for _ in range(5):
        sts.get_caller_identity()
    assert time.monotonic() - begin < 5


def test_a_request_that_comes_in_pieces_is_answered(bailiwick):
    with socket.create_connection(("127.0.0.1", bailiwick.port), timeout=20) as connection:
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        for byte in head(bailiwick, len(body))[:-4]:
            connection.sendall(bytes([byte]))
        for part in (b"\r\n", b"\r\n", body[:7], body[7:30], body[30:]):
            time.sleep(0.05)
            connection.sendall(part)
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 403 ") and b"InvalidClientTokenId" in answer
