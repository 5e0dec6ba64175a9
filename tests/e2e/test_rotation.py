"""Tokens of the Slack app that end: exchanged in time, kept before they are used, and not lost with the process."""

import json
import signal
import urllib.error
import urllib.request

import pytest
from conftest import WORKLOAD, Bailiwick
from stages import until
from test_slack import CONFIG, FakeSlack, NoRedirect, answers, configure

# Tokens are exchanged two hours ahead of their end: these are due at once, and always again.
DUE = 2 * 60 * 60 - 1
# What Slack gives.
LONG = 12 * 60 * 60


def install(server):
    """Installs the app as an administrator's browser does."""
    link = [line.split()[-1] for line in server.said().splitlines() if "/chat/slack/install?link=" in line][-1]
    opener = urllib.request.build_opener(NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as begun:
        opener.open(link)
    location, cookie = begun.value.headers["location"], begun.value.headers["set-cookie"].split(";")[0]
    query = dict(pair.split("=", 1) for pair in location.split("?", 1)[1].split("&"))
    back = f"{server.url}/chat/slack/oauth?code=abc&state={query['state']}"
    with opener.open(urllib.request.Request(back, headers={"cookie": cookie})) as done:
        assert b"installed in fake" in done.read()


@pytest.fixture
def world(tmp_path, request):
    server = Bailiwick(tmp_path)
    fake = FakeSlack(tmp_path, server.url, "--burst", "100", "--token-seconds", str(request.param))
    path = tmp_path / "bailiwick.toml"
    path.write_text(CONFIG.format(api=fake.url, account=WORKLOAD))
    path.chmod(0o600)
    server.arguments += ["--config", str(path)]
    server.start()
    install(server)
    configure(server, fake)
    yield server, fake
    server.stop()
    fake.stop()


def each_gave_a_pair(state):
    return state["calls"]["oauth.v2.access"] == state["tokens"]


def tokens(fake):
    return fake.ask("state")["tokens"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("world", [DUE], indirect=True)
def test_a_token_is_exchanged_before_it_ends_and_never_twice(world):
    server, fake = world
    assert tokens(fake) == 1
    # Many messages at once.
    said = [fake.say("sns list-topics", channel="C1", user=f"U{number}") for number in range(1, 9)]
    for one in said:
        fake.wait(answers(one["ts"], "alarms"), seconds=30)
    # Each exchange gave a pair: a refresh token that was used twice would have been refused.
    until(lambda: fake.ask("state"), each_gave_a_pair, 20, "an exchange was refused")
    assert tokens(fake) >= 2
    # What was kept is what is used after the process died.
    server.stop(signal.SIGKILL)
    server.start()
    after = fake.say("sns list-topics")
    fake.wait(answers(after["ts"], "alarms"), seconds=30)
    assert "xoxe" not in server.said()
    trail = server.audit("export").stdout
    assert "xoxe" not in trail and json.dumps("AuthorizeSlackWorkspace") in trail.replace("\\", "")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("world", [DUE], indirect=True)
def test_an_exchange_that_fails_leaves_the_token_of_before(world):
    server, fake = world
    fake.ask("fail", method="oauth.v2.access", status=500, times=1)
    said = fake.say("sns list-topics")
    fake.wait(answers(said["ts"], "alarms"), seconds=30)
    assert tokens(fake) == 1 and "could not be exchanged" in server.said()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("world", [LONG], indirect=True)
def test_a_token_that_has_ended_whatever_its_time_says_is_exchanged(world):
    server, fake = world
    said = fake.say("sns list-topics")
    fake.wait(answers(said["ts"], "alarms"), seconds=30)
    assert tokens(fake) == 1
    fake.ask("expire", now=True)
    said = [fake.say("sns list-topics") for _ in range(5)]
    for one in said:
        fake.wait(answers(one["ts"], "alarms"), seconds=30)
    state = fake.ask("state")
    assert (state["tokens"], state["calls"]["oauth.v2.access"]) == (2, 2)
