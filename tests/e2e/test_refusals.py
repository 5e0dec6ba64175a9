"""What is not signed as it must be is refused, by each protocol in its own words. Requests are written byte by byte."""

import datetime
import hashlib
import hmac
import json
import re
import socket
import urllib.parse

import boto3
import pytest
from botocore.config import Config
from test_ephemeral import ENVIRONMENT, KEYS

SECRET = KEYS["aws_secret_access_key"]
FORM = "application/x-www-form-urlencoded"
IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from conftest import Bailiwick

    server = Bailiwick(tmp_path_factory.mktemp("refusals"), arguments=["--ephemeral"], environment=ENVIRONMENT).start()
    yield server
    assert server.process.poll() is None
    assert SECRET not in server.said() and "panicked" not in server.said()
    server.stop()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Signed:
    """A signed request, with everything in it open to change before and after it is signed."""

    def __init__(self, service="sts", body=IDENTITY, content_type=FORM, target=None, path="/", **changes):
        now = changes.get("now") or datetime.datetime.now(datetime.timezone.utc)
        self.method, self.path, self.query = "POST", path, ""
        self.body = body.encode()
        self.key = changes.get("key", KEYS["aws_access_key_id"])
        self.secret = changes.get("secret", SECRET)
        self.region, self.service = changes.get("region", "us-east-1"), service
        self.date = now.strftime("%Y%m%dT%H%M%SZ")
        self.scope_date = changes.get("scope_date", self.date[:8])
        self.terminator = changes.get("terminator", "aws4_request")
        self.headers = [("Host", "127.0.0.1"), ("Content-Type", content_type), ("X-Amz-Date", self.date)]
        if target:
            self.headers.append(("X-Amz-Target", target))
        if changes.get("token"):
            self.headers.append(("X-Amz-Security-Token", changes["token"]))
        self.headers += changes.get("headers", [])
        self.leave_out = changes.get("leave_out", ())
        self.payload = changes.get("payload", digest(self.body))

    def authorization(self):
        signed = sorted({name.lower() for name, _ in self.headers} - set(self.leave_out))
        values = {name: ",".join(value for key, value in self.headers if key.lower() == name) for name in signed}
        canonical = "\n".join(
            [self.method, self.path, self.query, *(f"{name}:{values[name]}" for name in signed), "", ";".join(signed), self.payload]
        )
        scope = f"{self.scope_date}/{self.region}/{self.service}/{self.terminator}"
        text = f"AWS4-HMAC-SHA256\n{self.date}\n{scope}\n{digest(canonical.encode())}"
        key = mac(mac(mac(mac(f"AWS4{self.secret}".encode(), self.scope_date), self.region), self.service), self.terminator)
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={';'.join(signed)}, Signature={signature}"

    def send(self, server, body=None, headers=None, authorization=None, raw=None):
        lines = headers if headers is not None else [*self.headers, ("Authorization", authorization or self.authorization())]
        sent = self.body if body is None else body.encode()
        head = f"{self.method} {self.path}{'?' + self.query if self.query else ''} HTTP/1.1\r\n"
        if raw is None:
            lines = [*lines, ("Content-Length", str(len(sent)))]
            raw = sent
        head += "".join(f"{name}: {value}\r\n" for name, value in lines) + "Connection: close\r\n\r\n"
        return exchange(server, head.encode() + raw)


def exchange(server, data):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), head.decode(), body.decode()


def code(head, body):
    """The error's code as each protocol writes it."""
    if found := re.search(r"(?im)^x-amzn-errortype: (\S+)", head):
        return found.group(1)
    if body.startswith("{"):
        return json.loads(body)["__type"]
    found = re.search(r"<Code>([^<]+)</Code>", body)
    return found.group(1) if found else body


QUERY = {"service": "sts"}
ORGANIZATIONS = {
    "service": "organizations",
    "body": "{}",
    "content_type": "application/x-amz-json-1.1",
    "target": "AWSOrganizationsV20161128.ListRoots",
}
CHATBOT = {"service": "chatbot", "body": "{}", "content_type": "application/json", "path": "/describe-slack-workspaces"}
PROTOCOLS = {"query": QUERY, "json": ORGANIZATIONS, "rest-json": CHATBOT}


def minutes(count):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=count)


# What is wrong, and code and status by protocol: query, json, rest-json.
SIGNATURE = [("SignatureDoesNotMatch", 403), ("InvalidSignatureException", 400), ("InvalidSignatureException", 403)]
UNKNOWN = [("InvalidClientTokenId", 403), ("UnrecognizedClientException", 400), ("UnrecognizedClientException", 403)]
INCOMPLETE = [("IncompleteSignature", 400), ("IncompleteSignatureException", 400), ("IncompleteSignatureException", 400)]
CASES = {
    "a wrong secret": ({"secret": "x" * 40}, SIGNATURE),
    "an unknown key": ({"key": "AKIAAAAAAAAAAAAAAAAA"}, UNKNOWN),
    "a token that is none": ({"key": "ASIAAAAAAAAAAAAAAAAA", "token": "rubbish"}, UNKNOWN),
    "a token of a long-term key": ({"token": "rubbish"}, UNKNOWN),
    "a clock behind": ({"now": minutes(-16)}, SIGNATURE),
    # Far enough that it is ahead still when a whole session of tests has come to it.
    "a clock ahead": ({"now": minutes(60)}, SIGNATURE),
    "another day in the scope": ({"scope_date": "20200101"}, SIGNATURE),
    "a Region that does not exist": ({"region": "us-nowhere-1"}, SIGNATURE),
    "a Region that is not enabled": ({"region": "af-south-1"}, UNKNOWN),
    "another terminator": ({"terminator": "aws5_request"}, SIGNATURE),
    "the host left out": ({"leave_out": ["host"]}, SIGNATURE),
    "an x-amz header left out": ({"leave_out": ["x-amz-date"]}, SIGNATURE),
    "an unsigned payload": (
        {"headers": [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")], "payload": "UNSIGNED-PAYLOAD"},
        [("NotImplemented", 400), ("NotImplementedException", 400), ("NotImplementedException", 400)],
    ),
    "signed chunks": (
        {"headers": [("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")], "payload": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"},
        [("NotImplemented", 400), ("NotImplementedException", 400), ("NotImplementedException", 400)],
    ),
    "a digest of another body": (
        {"headers": [("X-Amz-Content-Sha256", "0" * 64)], "payload": "0" * 64},
        [("XAmzContentSHA256Mismatch", 400), ("InvalidSignatureException", 400), ("InvalidSignatureException", 400)],
    ),
}


def leaks_nothing(head, body):
    for secret in (SECRET, "panicked", "crates/", ".rs:"):
        assert secret not in head and secret not in body


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_good_request_is_answered(server, protocol):
    status, head, body = Signed(**PROTOCOLS[protocol]).send(server)
    # There is no organization, and not every operation is offered; anything but a refusal of the signature will do.
    assert status in (200, 400, 501) and "ignature" not in body and "oken" not in body, body


@pytest.mark.parametrize("what", CASES)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_signed_wrong_is_refused(server, what, protocol):
    changes, answers = CASES[what]
    status, head, body = Signed(**PROTOCOLS[protocol], **changes).send(server)
    assert (code(head, body), status) == answers[list(PROTOCOLS).index(protocol)], body
    leaks_nothing(head, body)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_was_changed_on_the_way_is_refused(server, protocol):
    index = list(PROTOCOLS).index(protocol)
    request = Signed(**PROTOCOLS[protocol])
    changed = {
        "the body": lambda: request.send(server, body=request.body.decode() + " "),
        "a header": lambda: request.send(
            server,
            headers=[*[(n, v + "x" if n == "Content-Type" else v) for n, v in request.headers], ("Authorization", request.authorization())],
        ),
        "the signature": lambda: request.send(server, authorization=request.authorization()[:-1] + "z"),
        "its length": lambda: request.send(server, authorization=request.authorization()[:-1]),
        "another header": lambda: request.send(
            server, headers=[*request.headers, ("X-Amz-Extra", "1"), ("Authorization", request.authorization())]
        ),
        "the service": lambda: request.send(server, authorization=request.authorization().replace(f"/{request.service}/", "/sns/")),
        "the Region": lambda: request.send(server, authorization=request.authorization().replace("/us-east-1/", "/eu-west-1/")),
    }
    for what, send in changed.items():
        status, head, body = send()
        assert status in (400, 403) and "ignature" in code(head, body), (what, body)
        leaks_nothing(head, body)
    status, head, body = request.send(server, headers=[(n, v) for n, v in request.headers if n != "X-Amz-Date"] + [("Authorization", request.authorization())])
    assert (code(head, body), status) == INCOMPLETE[index], body


@pytest.mark.parametrize(
    "authorization, expected",
    [
        ("AWS4-HMAC-SHA256", ("IncompleteSignature", 400)),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b", ("IncompleteSignature", 400)),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=b", ("IncompleteSignature", 400)),
        ("AWS4-ECDSA-P256-SHA256 Credential=a, SignedHeaders=host, Signature=b", ("NotImplemented", 400)),
        ("AWS4-HMAC-SHA1 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=b", ("IncompleteSignature", 400)),
    ],
)
def test_signatures_of_a_wrong_form(server, authorization, expected):
    status, head, body = Signed().send(server, authorization=authorization)
    assert (code(head, body), status) == expected, body


def test_two_signatures_are_none(server):
    request = Signed()
    twice = [*request.headers, ("Authorization", request.authorization()), ("Authorization", request.authorization())]
    status, head, body = request.send(server, headers=twice)
    assert (code(head, body), status) == ("IncompleteSignature", 400)
    status, head, body = request.send(server, headers=request.headers)
    assert (code(head, body), status) == ("MissingAuthenticationToken", 403)


def test_chunks_of_http_are_read_and_signed_as_a_whole(server):
    request = Signed()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (request.body[:10], request.body[10:])) + b"0\r\n\r\n"
    lines = [*request.headers, ("Authorization", request.authorization()), ("Transfer-Encoding", "chunked")]
    status, _, body = request.send(server, headers=lines, raw=chunks)
    assert status == 200 and "GetCallerIdentityResult" in body
    tampered = chunks.replace(b"Identity", b"identity")
    status, head, body = request.send(server, headers=lines, raw=tampered)
    assert (code(head, body), status) == ("SignatureDoesNotMatch", 403)


def presigned(server, seconds):
    sts = boto3.client("sts", endpoint_url=server.url, region_name="us-east-1", config=Config(signature_version="v4"), **KEYS)
    return sts.generate_presigned_url("get_caller_identity", ExpiresIn=seconds, HttpMethod="GET")


def get(server, url):
    parts = urllib.parse.urlsplit(url)
    return exchange(server, f"GET /?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())


def test_presigned_requests_end(server):
    import time

    url = presigned(server, 60)
    status, _, body = get(server, url)
    assert status == 200 and "GetCallerIdentityResult" in body
    for changed in (url.replace("GetCallerIdentity", "GetSessionToken"), url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"), url + "&Extra=1"):
        status, head, body = get(server, changed)
        assert (code(head, body), status) == ("SignatureDoesNotMatch", 403), body
    for changed in (url.replace("X-Amz-Expires=60", "X-Amz-Expires=0"), url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801")):
        status, head, body = get(server, changed)
        assert (code(head, body), status) == ("IncompleteSignature", 400), body
    short = presigned(server, 1)
    time.sleep(2.1)
    status, head, body = get(server, short)
    assert (code(head, body), status) == ("SignatureDoesNotMatch", 403) and "Signature expired" in body


def test_a_service_that_is_not_here(server):
    status, head, body = Signed(service="lambda", body="{}", content_type="application/json").send(server)
    assert (code(head, body), status) == ("UnknownService", 404)
    leaks_nothing(head, body)
