"""Stopped or killed and started again, everything is as it was."""

import signal

import pytest
from conftest import ALARMS, WORKLOAD
from pages import until


def state(server, person):
    """What must survive: rooms with their messages as they look, configurations, topics, people, keys."""
    rooms = {}
    for name in ("ops", "deploy"):
        room = person.room(name)
        rooms[name] = [
            [(message.id, message.author, message.text) for message in thread] for thread in room.threads().values()
        ]
    return {
        "rooms": rooms,
        "configurations": server.own("DescribeRoomConfigurations"),
        "people": server.own("ListPeople"),
        "topics": server.client("sns").list_topics()["Topics"],
        "subscriptions": server.client("sns").list_subscriptions()["Subscriptions"],
        "organization": server.client("organizations").describe_organization()["Organization"],
        "credentials": (server.data / "aws" / "credentials").read_text(),
    }


def records(server):
    result = server.audit("verify")
    assert result.returncode == 0, result.stdout
    return [line for line in server.audit("export").stdout.splitlines() if line.startswith('{"record"')]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_everything_is_as_it_was(new_bailiwick, how):
    server = new_bailiwick().start()
    dana = server.dana()
    ops, deploy = dana.room("ops"), dana.room("deploy")
    ops.ask("@aws sns list-topics")
    ops.ask(f"@aws sns publish --topic-arn {ALARMS} --message refused")
    waiting = deploy.post(f"@aws sns publish --topic-arn {ALARMS} --message 'after the restart'")
    (card,) = deploy.replies(waiting)
    question = ops.post("@aws sns get-topic-attributes")
    ops.replies(question)
    server.client("sns").create_topic(Name="made-before")
    server.client("sns").publish(TopicArn=ALARMS, Message="said before")
    until(ops.cards, lambda cards: any("said before" in card.text for card in cards))
    before, trail = state(server, dana), records(server)

    server.stop(how)
    if how != signal.SIGKILL:
        assert "panic" not in server.said()
    server.start()

    # The same cookie, the same keys, nothing made again.
    assert state(server, dana) == before
    assert records(server)[: len(trail)] == trail
    assert server.client("sts").get_caller_identity()["Account"] == WORKLOAD

    # What waited still waits: a question for its answer, a mutation for its Run.
    ops.post(ALARMS, thread=question)
    assert ("TopicArn", ALARMS) in ops.replies(question, 2)[1].tree
    deploy.press(card, "Run")
    until(ops.cards, lambda cards: any("after the restart" in card.text for card in cards))
    assert server.audit("verify").returncode == 0


def test_a_clean_stop_is_quick_and_leaves_status_zero(new_bailiwick):
    server = new_bailiwick().start()
    process = server.process
    server.stop(signal.SIGINT)
    assert process.returncode == 0


def test_two_servers_do_not_share_a_folder(new_bailiwick):
    first, second = new_bailiwick().start(), new_bailiwick()
    second.data = first.data
    with pytest.raises(AssertionError):
        second.start()
    assert "bailiwick:" in second.said()
    assert first.client("sts").get_caller_identity()["Account"] == WORKLOAD


def test_no_sample_leaves_the_folder_empty(new_bailiwick):
    server = new_bailiwick(arguments=["--no-sample"]).start()
    assert not (server.data / "aws").exists()
    assert "token=" not in server.said()
