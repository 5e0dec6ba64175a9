"""Webhooks of Amazon Chime's form: notifications go out to them, and a room takes them in."""

import http.server
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from conftest import ALARMS, WORKLOAD, Bailiwick, free_port

ROLE = f"arn:aws:iam::{WORKLOAD}:role/service-role/ops-readonly"


class Hook:
    """A webhook that is somewhere else: one message a second, and 4 KB."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/incomingwebhooks/0001?token=secret-token"
        self.taken, self.statuses, self.next = [], [], []
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hook.next.pop(0) if hook.next else 200
                if len(body) > 4096:
                    status = 413
                hook.statuses.append((time.monotonic(), status))
                if status == 200:
                    hook.taken.append((self.path, json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, wanted, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [body for _, body in self.taken if wanted in body["Content"]]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(self.taken)


@pytest.fixture(scope="module")
def hook():
    hook = Hook()
    yield hook
    hook.server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory, hook):
    config = f'[chime]\nwebhook_urls = ["http://127.0.0.1:{hook.port}/incomingwebhooks/"]\n'
    server = Bailiwick(tmp_path_factory.mktemp("webhooks"), config=config).start()
    yield server
    server.stop()


def configure(server, name, url):
    return server.client("chatbot").create_chime_webhook_configuration(
        WebhookDescription=name, WebhookUrl=url, SnsTopicArns=[ALARMS], IamRoleArn=ROLE, ConfigurationName=name
    )["WebhookConfiguration"]["ChatConfigurationArn"]


def publish(server, words):
    server.client("sns").publish(TopicArn=ALARMS, Subject="Disk", Message=words)


def test_notifications_go_out_in_chimes_form(server, hook):
    configure(server, "out", hook.url)
    publish(server, "The disk is full. @All hurry")
    body = hook.wait("The disk is full.")
    assert list(body) == ["Content"] and "@All" not in body["Content"] and "@\u2060All" in body["Content"]
    assert hook.taken[0][0] == "/incomingwebhooks/0001?token=secret-token"
    assert "secret-token" not in server.said()


def test_what_is_too_long_is_cut_and_limits_are_waited_out(server, hook):
    hook.next[:] = [429, 503]
    publish(server, "long " + "é" * 9000)
    assert len(json.dumps(hook.wait("long é"), ensure_ascii=False).encode()) <= 4096 + 16
    publish(server, "first of two")
    publish(server, "second of two")
    hook.wait("second of two")
    times = [at for at, status in hook.statuses if status == 200][-2:]
    assert times[1] - times[0] >= 0.9


def test_an_address_that_is_not_listed_is_not_written_to(server, hook):
    other = Hook()
    configure(server, "elsewhere", other.url)
    publish(server, "for the listed one")
    hook.wait("for the listed one")
    time.sleep(1)
    assert other.taken == [] and other.statuses == []
    other.server.shutdown()


def post(url, body, expected):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == expected
            return json.load(answer)
    except urllib.error.HTTPError as error:
        assert error.code == expected, error.read()
        return None


def room(server):
    configuration = server.own("DescribeRoomConfigurations")["RoomConfigurations"][0]
    return configuration["RoomId"]


def texts(server, room):
    return [message["Body"] for message in server.own("ListRoomMessages", RoomId=room, MaxResults=100)["Messages"]]


def test_a_room_takes_what_is_posted_in_chimes_form(server):
    here = room(server)
    made = server.own("CreateRoomWebhook", RoomId=here, Name="alerts")
    url = made["WebhookUrl"]
    assert url.startswith(f"{server.url}/incomingwebhooks/{made['Webhook']['WebhookId']}?token=")
    posted = post(url, {"Content": "/md hello from outside"}, 200)
    assert posted["RoomId"] == here
    assert any("hello from outside" in text and "/md" not in text for text in texts(server, here))
    # One message a second.
    post(url, {"Content": "again"}, 429)
    time.sleep(1.1)
    # What is posted is shown and never run.
    post(url, {"Content": "@aws sns list-topics"}, 200)
    time.sleep(1.1)
    assert not any("Topics (" in text for text in texts(server, here))
    post(url, b"x" * 4097, 413)
    post(url, {"Content": "x" * 4097}, 413)
    post(url, b"[]", 400)
    time.sleep(1.1)
    post(url, {"text": "no"}, 400)
    post(url[:-1] + ("0" if url[-1] != "0" else "1"), {"Content": "x"}, 403)
    post(url.split("?")[0], {"Content": "x"}, 403)
    post(url.replace(made["Webhook"]["WebhookId"], f"{WORKLOAD}-none"), {"Content": "x"}, 404)
    post(f"{server.url}/incomingwebhooks/none?token=x", {"Content": "x"}, 404)
    assert url.split("token=")[1] not in server.said()
    # What was shown is in the audit trail, with the webhook that brought it and without its secret.
    trail = server.audit("export").stdout
    posts = [json.loads(line) for line in trail.splitlines() if f"bailiwick/webhook {made['Webhook']['WebhookId']}" in line]
    assert len(posts) == 2
    assert url.split("token=")[1] not in trail
    server.own("DeleteRoomWebhook", RoomId=here, WebhookId=made["Webhook"]["WebhookId"])
    time.sleep(1.1)
    post(url, {"Content": "x"}, 404)


def test_a_room_has_at_most_ten(server):
    here = room(server)
    for number in range(10):
        server.own("CreateRoomWebhook", RoomId=here, Name=f"w{number}")
    with pytest.raises(urllib.error.HTTPError) as error:
        server.own("CreateRoomWebhook", RoomId=here, Name="one-more")
    assert error.value.code == 409
    assert len(server.own("ListRoomWebhooks", RoomId=here)["Webhooks"]) == 10
