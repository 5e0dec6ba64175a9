"""Slack's Socket Mode: what people do comes over connections that the server opened, and is acknowledged once it is kept."""

import signal
import time

import pytest

from conftest import ALARMS, Bailiwick
from test_chatbot import own_client
from test_slack import TEAM, FakeSlack, answers, configure, text_of

CONFIG = """
[slack]
app_token = "xapp-fake"
api_url = "{api}/api/"
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("socket")
    server = Bailiwick(folder)
    fake = FakeSlack(folder, server.url, "--burst", "100")
    path = folder / "bailiwick.toml"
    path.write_text(CONFIG.format(api=fake.url))
    path.chmod(0o600)
    server.arguments += ["--config", str(path)]
    server.start()
    own = own_client(server)
    own.authorize_slack_workspace(SlackTeamId=TEAM, SlackTeamName="fake", BotToken="xoxb-fake")
    configure(server, fake)
    connected(fake)
    yield server, fake
    server.stop()
    fake.stop()


def sockets(fake):
    return fake.ask("state")["sockets"]


def connected(fake, opened=1, seconds=15):
    """Waits until the server has a connection, at least the one of this number."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = sockets(fake)
        if now["open"] >= 1 and now["opened"] >= opened:
            return now
        time.sleep(0.05)
    raise AssertionError(now)


def in_thread(fake, said):
    return [message for message in fake.shown() if message.get("thread_ts") == said["ts"]]


def test_a_mention_is_acknowledged_in_time_and_answered(world):
    _, fake = world
    said = fake.say("sns list-topics")
    assert said["status"] == 200 and said["tries"] == 1 and said["millis"] < 1_000, said
    fake.wait(answers(said["ts"], "alarms"))


def test_nothing_is_taken_over_http(world):
    """Without a signing secret no request over HTTP is Slack's."""
    import urllib.error
    import urllib.request

    server, _ = world
    request = urllib.request.Request(f"{server.url}/chat/slack/events", data=b"{}", headers={"x-slack-signature": "v0=0"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code in (401, 404)


def test_the_slash_command_and_buttons_come_the_same_way(world):
    _, fake = world
    given = fake.ask("command", text=f"sns publish --topic-arn {ALARMS} --message over-a-socket")
    assert given["payload"] == {"response_type": "in_channel"}, given
    shown = fake.wait(lambda message: "over-a-socket" in text_of(message) and "Run this?" in text_of(message))
    assert fake.ask("press", ts=shown["ts"], action="run")["status"] == 200
    fake.wait(lambda message: "MessageId" in text_of(message))
    said = fake.say("sns get-topic-attributes")
    question = fake.wait(answers(said["ts"], "topic-arn"))
    assert fake.ask("press", ts=question["ts"], action="open-form")["status"] == 200
    assert fake.ask("submit", value=ALARMS)["status"] == 200
    fake.wait(answers(said["ts"], "SubscriptionsConfirmed"))


def test_what_is_brought_again_runs_once(world):
    _, fake = world
    fake.ask("sockets", deaf=2)
    said = fake.say("sns list-topics")
    assert said["tries"] == 3, "two acknowledgements were lost"
    fake.wait(answers(said["ts"], "alarms"))
    time.sleep(1)
    assert len(in_thread(fake, said)) == 1


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
def test_another_connection_is_opened_before_the_old_one_ends(world, reason):
    _, fake = world
    before = sockets(fake)["opened"]
    time.sleep(0.6)
    fake.ask("sockets", disconnect=reason)
    now = connected(fake, before + 1, 2)
    assert now["open"] >= 2, "the old one is listened to for a while"
    # Either takes what comes.
    for _ in range(3):
        said = fake.say("sns list-topics")
        assert said["tries"] == 1
        fake.wait(answers(said["ts"], "alarms"))


def test_a_broken_connection_is_opened_again(world):
    _, fake = world
    before = sockets(fake)["opened"]
    fake.ask("sockets", drop=True)
    said = fake.say("sns list-topics")
    connected(fake, before + 1)
    fake.wait(answers(said["ts"], "alarms"))


def test_the_next_try_waits_longer_and_longer(world):
    _, fake = world
    before = fake.ask("state")
    fake.ask("sockets", refuse=3)
    fake.ask("sockets", drop=True)
    began = time.monotonic()
    connected(fake, before["sockets"]["opened"] + 1, 40)
    assert time.monotonic() - began > 3
    asked = fake.ask("state")["calls"]["apps.connections.open"] - before["calls"]["apps.connections.open"]
    assert asked == 4, "three were refused, and nobody asked in between"


def test_a_slack_that_asks_for_another_connection_at_once_is_not_stormed(world):
    _, fake = world
    before = fake.ask("state")["calls"]["apps.connections.open"]
    for _ in range(20):
        fake.ask("sockets", disconnect="link_disabled")
        time.sleep(0.1)
    assert fake.ask("state")["calls"]["apps.connections.open"] - before < 8
    connected(fake, 1, 20)


def test_what_came_before_the_death_of_the_process_is_answered_after_it(world):
    server, fake = world
    fake.ask("fail", method="chat.postMessage", status=429, error="ratelimited", retry_after=2, times=2)
    said = [fake.say("sns list-topics") for _ in range(3)]
    before = sockets(fake)["opened"]
    server.stop(signal.SIGKILL)
    server.start()
    connected(fake, before + 1)
    for one in said:
        fake.wait(answers(one["ts"], "alarms"), seconds=30)
    time.sleep(1)
    assert all(len(in_thread(fake, one)) == 1 for one in said)
    assert "xapp-fake" not in server.said()
