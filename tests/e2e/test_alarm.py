"""A message to a topic becomes a card in the rooms that are wired to it."""

import json
import pathlib
import time

import pytest
from conftest import ALARMS, WORKLOAD
from pages import until

ALARM = pathlib.Path(__file__).with_name("alarm.json")


@pytest.fixture(scope="module")
def ops(bailiwick):
    return bailiwick.dana().room("ops")


def card_with(ops, text, seconds=15):
    found = until(lambda: [card for card in ops.cards() if text in card.text], lambda cards: cards, seconds)
    assert len(found) == 1
    return found[0]


def test_an_alarm_becomes_a_card_within_a_second(bailiwick, ops):
    sent = bailiwick.aws_json("sns", "publish", "--topic-arn", ALARMS, "--message", f"file://{ALARM}")
    answered = time.monotonic()
    card = card_with(ops, "checkout-5xx", seconds=10)
    assert time.monotonic() - answered < 1.0
    assert sent["MessageId"]
    assert card.tone == "bad"
    for part in ("ALARM", "Threshold Crossed", "HTTPCode_Target_5XX_Count", "us-east-1", WORKLOAD):
        assert part in card.text, part


def test_ok_closes_the_alarm_in_its_own_card(bailiwick, ops):
    document = json.loads(ALARM.read_text())
    document["AlarmName"] = "disk-full"
    sns = bailiwick.client("sns")
    sns.publish(TopicArn=ALARMS, Message=json.dumps(document))
    opened = card_with(ops, "disk-full")
    document |= {"NewStateValue": "OK", "OldStateValue": "ALARM", "StateChangeTime": "2026-11-22T10:12:12.006+0000"}
    document["NewStateReason"] = "Threshold Crossed: no datapoints were greater than the threshold (5.0)."
    sns.publish(TopicArn=ALARMS, Message=json.dumps(document))
    closed = until(lambda: card_with(ops, "disk-full"), lambda card: card.tone != "bad")
    assert closed.id == opened.id and closed.edited
    assert closed.tone == "good"
    assert "OK" in closed.part("head")
    assert "12 min" in closed.text


@pytest.mark.parametrize(
    "message, shown",
    [
        ("The nightly export has finished <b>well</b> & early", "The nightly export has finished <b>well</b> & early"),
        ('{"unheard":"of","number":12.50}', "12.50"),
        ('{"AlarmName":"half an alarm","NewStateValue":7}', "half an alarm"),
        ("[1, 2, {", "[1, 2, {"),
    ],
)
def test_what_is_not_known_is_shown_as_it_is(bailiwick, ops, message, shown):
    bailiwick.client("sns").publish(TopicArn=ALARMS, Message=message)
    card = card_with(ops, shown)
    assert "alarms" in card.text and "us-east-1" in card.text


def test_a_subject_is_shown(bailiwick, ops):
    bailiwick.client("sns").publish(TopicArn=ALARMS, Message="of the message", Subject="The subject")
    assert "of the message" in card_with(ops, "The subject").text


def test_a_room_that_is_not_wired_to_the_topic_sees_nothing(bailiwick, ops):
    bailiwick.client("sns").publish(TopicArn=ALARMS, Message="for ops alone")
    card_with(ops, "for ops alone")
    assert not ops.person.room("deploy").cards()
