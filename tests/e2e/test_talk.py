"""The conversation beyond single answers: pages, files, aliases, settings, completion."""

import json

import pytest
from conftest import ALARMS, WORKLOAD
from pages import Refused


@pytest.fixture
def server(new_bailiwick):
    return new_bailiwick().start()


def test_a_long_answer_is_shown_in_parts_and_had_whole(server):
    sns = server.client("sns")
    for number in range(56):
        sns.create_topic(Name=f"t{number:02}")
    dana = server.dana()
    ops = dana.room("ops")
    message = ops.post("@aws sns list-topics")
    (answer,) = ops.replies(message)
    assert answer.part("footer") == "items 1 to 10 of 57"
    ops.press(answer, "Show more")
    assert ops.replies(message, 2)[1].part("footer") == "items 11 to 20 of 57"

    (link,) = [link for link in ops.page().all("a") if link.get("download") == "sns-list-topics.json"][:1]
    _, text = dana.open(link["href"])
    assert text == server.aws("sns", "list-topics", "--output", "json").stdout
    # Somebody who is not in the room, and a key that the card does not name, get nothing.
    with pytest.raises(Refused) as refused:
        dana.open(link["href"] + "x")
    assert refused.value.status == 404
    other = dana.room("deploy").path
    with pytest.raises(Refused):
        dana.open(link["href"].replace(ops.path, other))


def test_an_alias_of_the_channel(server):
    ops = server.dana().room("ops")
    created = ops.ask("@aws alias create attributes sns get-topic-attributes --topic-arn $topic")
    assert "attributes" in created.text
    server.stop()
    server.start()
    ops = server.dana().room("ops")
    assert ("TopicArn", ALARMS) in [pair for pair in ops.ask(f"@aws run attributes {ALARMS}").tree if pair[0] == "TopicArn"]
    message = ops.post("@aws run attributes")
    (question,) = ops.replies(message)
    assert "Which value for $topic?" in question.text
    ops.post(ALARMS, thread=message)
    assert ALARMS in ops.replies(message, 2)[1].text


def test_what_is_set_for_the_channel_is_shown_with_every_answer(server):
    ops = server.dana().room("ops")
    assert "eu-west-1" in ops.ask("@aws set default-region eu-west-1").text
    assert f"{WORKLOAD} (workload) · eu-west-1" in ops.ask("@aws sns list-topics").part("context")
    assert "eu-west-1 (by Dana" in ops.ask("@aws preferences").text


def test_completion_knows_services_operations_options_and_values(server):
    dana = server.dana()
    ops = dana.room("ops")
    ops.ask("@aws alias create topics sns list-topics")

    def offered(text):
        page = dana.get(f"{ops.path}/completions?text={text.replace(' ', '%20')}")
        return [item["data-word"] for item in page.all("li")]

    assert offered("@aws sn")[0] == "sns"
    assert offered("@aws sns list-top")[0] == "list-topics"
    assert offered("@aws sns publish --top")[0] == "--topic-arn"
    assert offered("@aws sns list-topics --region eu-w")[0] == "eu-west-1"
    assert offered("@aws run ")[0] == "topics"
    assert offered("hello") == []


def test_help_begins_with_what_may_be_run(server):
    ops = server.dana().room("ops")
    text = ops.ask("@aws sns help").text
    assert text.index("You may run") < text.index("list-topics") < text.index("Refused, or only with certain")
    assert json.dumps("to come") not in ops.ask("@aws help").text


def test_feedback_stands_on_the_overview(server):
    dana = server.dana()
    dana.room("ops").ask("@aws feedback the trace is good")
    assert "the trace is good" in dana.get("/console/overview").text
