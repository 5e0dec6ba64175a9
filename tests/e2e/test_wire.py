"""What reaches the platforms' doors: signatures, replays, duplicates, another order, too much, and what cannot be read.

Slack's requests are signed here, by hand: every door of Slack's, not only that of events.
"""

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import ALARMS
from test_slack import TEAM, answers, world as slack_world  # noqa: F401
from test_teams import dated
from test_teams import world as teams_world  # noqa: F401

SECRET = b"fake-signing-secret"
FORM = "application/x-www-form-urlencoded"
PATHS = ("events", "commands", "interactivity")


def send(server, path, body, kind=FORM, age=0, secret=SECRET, headers=None, method="POST"):
    """The status and the body of the answer to a signed request."""
    body = body.encode() if isinstance(body, str) else body
    at = str(int(time.time()) - age)
    mac = hmac.new(secret, b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    sent = {"Content-Type": kind, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={mac}", **(headers or {})}
    request = urllib.request.Request(f"{server.url}/chat/slack/{path}", data=body, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def settled(read):
    """How many messages there are, once none follows."""
    while True:
        before = len(read())
        time.sleep(0.3)
        if len(read()) == before:
            return before


def command(text="whoami", **members):
    fields = {"team_id": TEAM, "channel_id": "C1", "user_id": "U1", "user_name": "u1", "command": "/aws", "text": text}
    return urllib.parse.urlencode({**fields, "trigger_id": f"{time.time_ns()}.trigger", **members})


def payload(value):
    return urllib.parse.urlencode({"payload": value if isinstance(value, str) else json.dumps(value)})


def press(**members):
    action = {"action_id": "run", "block_id": "b", "type": "button", "value": '["none"]', "action_ts": f"{time.time():.6f}"}
    return {
        "type": "block_actions",
        "team": {"id": TEAM},
        "user": {"id": "U1", "username": "u1", "team_id": TEAM},
        "channel": {"id": "C1"},
        "container": {"type": "message", "message_ts": "1.5", "channel_id": "C1"},
        "actions": [action],
        **members,
    }


def event(ts, text="<@UBOT> whoami", **members):
    inner = {"type": "app_mention", "user": "U1", "text": text, "ts": ts, "channel": "C1", "team": TEAM, "event_ts": ts}
    return json.dumps(
        {
            "type": "event_callback",
            "team_id": TEAM,
            "event_id": f"Ev{ts}",
            "event": {**inner, **members},
            "authorizations": [{"team_id": TEAM, "user_id": "UBOT", "is_bot": True}],
        }
    )


GOOD = {"events": (event("1700000000.000001"), "application/json"), "commands": (command(), FORM), "interactivity": (payload(press()), FORM)}


@pytest.fixture
def slack(slack_world):  # noqa: F811
    return slack_world


@pytest.mark.parametrize("path", PATHS)
def test_slack_is_known_by_its_signature_at_every_door(slack, path):
    server, fake = slack
    before = settled(fake.shown)
    body, kind = GOOD[path]
    for wrong in (
        {"age": 301},
        {"age": -301},
        {"secret": b"another"},
        {"secret": b""},
        {"headers": {"X-Slack-Signature": ""}},
        {"headers": {"X-Slack-Signature": "v0=" + "0" * 64}},
        {"headers": {"X-Slack-Signature": "v1=" + "0" * 64}},
        {"headers": {"X-Slack-Signature": "v0=zz"}},
        {"headers": {"X-Slack-Request-Timestamp": "now"}},
        {"headers": {"X-Slack-Request-Timestamp": "99999999999999999999"}},
        {"headers": {"X-Slack-Request-Timestamp": ""}},
    ):
        status, said = send(server, path, body, kind, **wrong)
        assert status == 401 and "fake-signing-secret" not in said, (wrong, status, said)
    assert settled(fake.shown) == before
    # A signature of one body is none of another.
    assert send(server, path, body, kind)[0] == 200
    # The secret of before holds while it is rotated.
    assert send(server, path, body, kind, secret=b"an-older-secret")[0] == 200
    assert send(server, path, b"", kind, method="GET")[0] == 405


@pytest.mark.parametrize("path", PATHS)
def test_a_replay_within_the_window_runs_nothing_twice(slack, path):
    server, fake = slack
    body, kind = {
        "events": (event(f"{time.time():.6f}", "<@UBOT> sns list-topics --output text"), "application/json"),
        "commands": (command("sns list-topics --output text"), FORM),
        "interactivity": (payload(press()), FORM),
    }[path]
    has = lambda message: "TOPICS" in json.dumps(message)  # noqa: E731
    before = len([message for message in fake.shown() if has(message)])
    for _ in range(4):
        assert send(server, path, body, kind)[0] == 200
    assert send(server, path, body, kind, age=290)[0] == 200
    time.sleep(1)
    found = len([message for message in fake.shown() if has(message)]) - before
    assert found == (0 if path == "interactivity" else 1)


def test_events_of_slack_in_another_order_are_each_answered(slack):
    server, fake = slack
    now = time.time()
    times = [f"{now - later:.6f}" for later in (0, 30, 10, 20)]
    for ts in times:
        assert send(server, "events", event(ts), "application/json")[0] == 200
    for ts in times:
        fake.wait(answers(ts))
    # An answer before there is a question is talk among people.
    thread = f"{now - 5:.6f}"
    talk = event(f"{now - 4:.6f}", ALARMS, type="message", thread_ts=thread)
    assert send(server, "events", talk, "application/json")[0] == 200
    assert send(server, "events", event(thread, "<@UBOT> sns get-topic-attributes"), "application/json")[0] == 200
    fake.wait(answers(thread, "Which"))
    time.sleep(0.5)
    assert not [message for message in fake.shown() if answers(thread, "SubscriptionsConfirmed")(message)]


DEEP = "[" * 5_000 + "]" * 5_000


@pytest.mark.parametrize(
    "path, body",
    [
        ("events", ""),
        ("events", "null"),
        ("events", '"text"'),
        ("events", DEEP),
        ("events", b"\xff\xfe{}"),
        ("events", '{"type":"event_callback","event":' + DEEP + "}"),
        ("events", '{"type":"event_callback","team_id":1,"event":{"type":"app_mention"}}'),
        ("events", '{"type":"event_callback","team_id":"T1","event_id":"E","event":{"type":"app_mention"}}'),
        ("events", event("1.1", user="x" * 5_000)),
        ("events", event("1.1", channel="")),
        ("commands", ""),
        ("commands", b"\xff=\xff&team_id"),
        ("commands", "text=whoami"),
        ("commands", command(team_id="")),
        ("commands", command(user_id="x" * 5_000)),
        ("interactivity", ""),
        ("interactivity", "payload="),
        ("interactivity", payload("{")),
        ("interactivity", payload(DEEP)),
        ("interactivity", payload("[]")),
        ("interactivity", payload(press(actions=[]))),
        ("interactivity", payload(press(actions="run"))),
        ("interactivity", payload(press(container=None))),
        ("interactivity", payload(press(team=None, user={"id": "U1"}))),
        ("interactivity", payload({"type": "view_submission", "team": {"id": TEAM}, "user": {"id": "U1"}})),
        ("interactivity", payload({"type": "view_submission", "team": {"id": TEAM}, "user": {"id": "U1"}, "view": {"id": "V", "callback_id": "answer", "private_metadata": "{"}})),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_asked_for_again(slack, path, body):
    server, fake = slack
    before = settled(fake.shown)
    assert send(server, path, body, "application/json" if path == "events" else FORM)[0] == 400
    assert settled(fake.shown) == before


@pytest.mark.parametrize("path", PATHS)
def test_what_is_too_long_is_not_read(slack, path):
    server, _ = slack
    assert send(server, path, "x" * ((1 << 20) + 1))[0] == 413


def test_commands_that_are_too_long_are_refused(slack):
    server, fake = slack
    before = settled(fake.shown)
    status, _ = send(server, "commands", command("x" * 200_000))
    assert status == 400 and settled(fake.shown) == before
    assert server.process.poll() is None and "panicked" not in server.said()


@pytest.fixture
def teams(teams_world):  # noqa: F811
    return teams_world[1]


def test_activities_of_teams_in_another_order_are_each_answered(teams):
    ids = [str(1_763_800_000_000 + number) for number in (9, 3, 7, 5)]
    for one in ids:
        assert teams.say("whoami", id=one)["status"] == 202
    for one in ids:
        teams.answer({"id": one})


@pytest.mark.parametrize(
    "wrong, status",
    [
        ({"from_now": {"exp": -601}}, 401),
        ({"from_now": {"nbf": 601}}, 401),
        ({"claims": {"exp": "soon"}}, 401),
        ({"claims": {"exp": None}}, 401),
        ({"claims": {"aud": None}}, 401),
        ({"bearer": "Bearer " + "x" * 100_000}, 401),
        ({"bearer": "Basic YTpi"}, 401),
        ({"body": "null"}, 400),
        ({"body": DEEP}, 400),
        ({"body": '{"type":"message"}'}, 400),
        ({"change": {"conversation": "x"}}, 400),
        ({"change": {"id": "x" * 5_000}}, 413),
    ],
)
def test_what_is_wrong_about_an_activity_is_refused(teams, wrong, status):
    before = settled(teams.messages)
    assert teams.say("whoami", **dated(wrong))["status"] == status
    assert settled(teams.messages) == before
