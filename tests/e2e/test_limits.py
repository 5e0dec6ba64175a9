"""What is too large, too deep or too much is refused with words, and the process lives on."""

import http.client
import json
import socket
import urllib.request

import botocore.exceptions
import pytest
from conftest import ALARMS
from pages import Refused


def raw(server, data, seconds=20):
    """Sends bytes and reads the answer until the server closes or is silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        answer = b""
        try:
            connection.sendall(data)
            while True:
                part = connection.recv(65536)
                if not part:
                    break
                answer += part
                if b"\r\n\r\n" in answer and len(answer) > 200:
                    break
        except (ConnectionError, TimeoutError):
            pass
        return answer


def status(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


@pytest.fixture(autouse=True)
def it_lives_on(bailiwick):
    yield
    assert bailiwick.process.poll() is None
    with urllib.request.urlopen(f"{bailiwick.url}/healthz", timeout=10) as answer:
        assert answer.status == 200
    assert "panicked" not in bailiwick.said()


def test_a_body_of_three_megabytes(bailiwick):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        bailiwick.client("sns").publish(TopicArn=ALARMS, Message="x" * 3_000_000)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (400, 413)
    assert refused.value.response["Error"]["Message"]


def test_a_claimed_length_beyond_all_limits(bailiwick):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\nX-Amz-Target: A.B\r\n\r\n"
    assert status(raw(bailiwick, head)) in (400, 403, 413)


def test_a_message_longer_than_sns_takes(bailiwick):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        bailiwick.client("sns").publish(TopicArn=ALARMS, Message="x" * 262_145)
    assert refused.value.response["Error"]["Code"] == "InvalidParameter"
    assert "Message too long" in refused.value.response["Error"]["Message"]


def test_json_that_is_too_deep(bailiwick):
    deep = "[" * 50_000 + "]" * 50_000
    with pytest.raises(urllib.error.HTTPError) as refused:
        bailiwick.own("ListPeople", NextToken=json.loads("[" * 900 + "]" * 900))
    assert refused.value.code == 400
    # As a message it is text of unknown form: taken and shown.
    bailiwick.client("sns").publish(TopicArn=ALARMS, Message=deep)
    bailiwick.client("sns").publish(TopicArn=ALARMS, Message='{"a":' * 5_000 + "1" + "}" * 5_000)
    document = '{"Version":"2012-10-17","Statement":' + deep + "}"
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        bailiwick.client("sns").set_topic_attributes(
            TopicArn=ALARMS, AttributeName="Policy", AttributeValue=document
        )
    assert refused.value.response["Error"]["Code"] == "InvalidParameter"


def test_a_long_message_in_a_room(bailiwick):
    ops = bailiwick.dana().room("ops")
    with pytest.raises(Refused) as refused:
        ops.post("x" * 20_000)
    assert refused.value.status in (400, 413, 422)
    assert "16" in refused.value.text
    with pytest.raises(Refused) as refused:
        ops.post("x" * 3_000_000)
    assert refused.value.status in (400, 413, 422)
    with pytest.raises(Refused):
        ops.post("   ")
    # The longest one that is taken is answered like any other.
    answer = ops.ask("@aws sns list-topics --query '" + "(" * 16_000)
    assert answer.tone == "bad"


def test_too_many_headers(bailiwick):
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\n"
    assert status(raw(bailiwick, head)) in (400, 431)


def test_a_header_without_end(bailiwick):
    answer = raw(bailiwick, b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 2_000_000)
    assert status(answer) in (None, 400, 431)


@pytest.mark.parametrize("rubbish", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\r\n\r\n\r\n", b"\x00" * 4096])
def test_rubbish(bailiwick, rubbish):
    assert status(raw(bailiwick, rubbish, seconds=3)) in (None, 400)


def test_many_connections_that_say_nothing(bailiwick):
    silent = [socket.create_connection(("127.0.0.1", bailiwick.port)) for _ in range(200)]
    try:
        connection = http.client.HTTPConnection("127.0.0.1", bailiwick.port, timeout=10)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
    finally:
        for connection in silent:
            connection.close()
