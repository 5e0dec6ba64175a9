"""What a person does in a room, over the pages' own forms."""

import pytest
from conftest import ALARMS, ORGANIZATION, WORKLOAD
from pages import Person, Refused, until

HEAD = f"{WORKLOAD} (workload) · us-east-1 · as "
PUBLISH = f"@aws sns publish --topic-arn {ALARMS} --message"


@pytest.fixture(scope="module")
def dana(bailiwick):
    return bailiwick.dana()


@pytest.fixture(scope="module")
def ops(dana):
    return dana.room("ops")


@pytest.fixture(scope="module")
def deploy(dana):
    return dana.room("deploy")


def why(room, refusal, message):
    """The trace that `Why?` opens in the thread."""
    room.press(refusal, "Why?")
    return room.replies(message, 2)[1].trace


def topic_card(ops, text):
    return [card for card in ops.cards() if text in card.text]


def test_talk_among_people_is_not_answered(ops):
    message = ops.post("the lists below are from the tests")
    ops.ask("@aws sns list-topics")
    assert [m.author for m in ops.thread(message)] == ["Dana"]


def test_a_bare_aws_is_a_command_and_talk_about_aws_is_none(ops):
    talk = [ops.post(text) for text in ("aws is down again", "aws sns is slow today")]
    answer = ops.ask("aws sns list-topics")
    assert answer.tree == [("Topics (1)", ""), ("alarms", ALARMS)]
    assert [[m.author for m in ops.thread(message)] for message in talk] == [["Dana"], ["Dana"]]


def test_an_answer_is_readable_and_says_where_it_ran(ops):
    answer = ops.ask("@aws sns list-topics")
    assert answer.part("context") == f"sns list-topics · {HEAD}ops-readonly"
    assert answer.tree == [("Topics (1)", ""), ("alarms", ALARMS)]
    assert list(answer.buttons) == ["Raw JSON", "Run again"]


@pytest.mark.parametrize(
    "command",
    [
        "sns list-topics --query Topics[].TopicArn --output json",
        "sns list-topics --output json",
        f"sns get-topic-attributes --topic-arn {ALARMS} --output json",
        "sns list-subscriptions --output text",
        "organizations describe-organization --output text",
        "organizations describe-organization --output table",
    ],
)
def test_output_is_byte_for_byte_what_the_aws_cli_prints(bailiwick, ops, command):
    assert ops.ask(f"@aws {command}").code == bailiwick.aws(*command.split()).stdout


def test_raw_json_of_an_answer(bailiwick, ops):
    message = ops.post("@aws sns list-topics")
    (answer,) = ops.replies(message)
    ops.press(answer, "Raw JSON")
    raw = ops.replies(message, 2)[1]
    assert raw.code == bailiwick.aws("sns", "list-topics", "--output", "json").stdout


def test_the_organization_and_the_accounts_of_the_chat(ops):
    assert ("MasterAccountId", ORGANIZATION) in ops.ask("@aws organizations describe-organization").tree
    assert ("AwsAccountId", WORKLOAD) in ops.ask("@aws chime list-accounts").tree


def test_what_is_missing_is_asked_for_and_then_answered(ops):
    message = ops.post("@aws sns get-topic-attributes")
    (question,) = ops.replies(message)
    assert question.text.startswith("Which --topic-arn?")
    assert list(question.buttons) == [ALARMS, "Cancel"], "what the caller may list is offered"
    ops.post(ALARMS, thread=message)
    answer = ops.replies(message, 2)[1]
    assert answer.part("context") == f"sns get-topic-attributes · {HEAD}ops-readonly"
    assert ("TopicArn", ALARMS) in answer.tree


def test_a_question_can_be_cancelled(ops):
    message = ops.post("@aws sns get-topic-attributes")
    (question,) = ops.replies(message)
    ops.press(question, "Cancel")
    (question,) = until(lambda: ops.replies(message), lambda found: not found[0].buttons or len(found) > 1)[:1]
    ops.post(ALARMS, thread=message)
    ops.ask("@aws sns list-topics")
    assert not any(reply.tree for reply in ops.replies(message))


def test_a_refusal_says_what_stopped_it_and_who_can_change_it(ops):
    message = ops.post(f"{PUBLISH} refused")
    (refusal,) = ops.replies(message)
    assert refusal.tone == "bad"
    assert refusal.part("head") == "✗ Not run: this channel's guardrails do not allow sns:Publish."
    assert refusal.facts["asked"] == f"sns:Publish on {ALARMS}"
    assert refusal.facts["stopped by"].startswith("guardrails (AWS-Chatbot-Protection-Policy, ReadOnlyAccess): no statement")
    assert refusal.facts["stopped by"].endswith("role ops-readonly does not allow it either")
    assert refusal.facts["can change it"] == "the channel's administrators: Dana, Lee"
    assert list(refusal.buttons) == ["Why?"]

    trace = why(ops, refusal, message)
    assert [(number, layer, verdict) for number, layer, verdict, _ in trace] == [
        (1, "non-supported operations", "passed"),
        (2, "chatbot policy", "not there"),
        (3, "SCPs, RCPs", "passed"),
        (4, "role ops-readonly", "stopped"),
        (5, "permissions boundary", "not there"),
        (6, "guardrails", "stopped"),
        (7, "agent", "not there"),
        (8, "resource policy", "not there"),
        (9, "approvals and context", "not there"),
    ]
    notes = {number: note for number, _, _, note in trace}
    assert "no statement allows sns:Publish" in notes[4]
    assert "ReadOnlyAccess allows sns:Check*, sns:Get*, sns:List*" in notes[6]
    assert "Workloads: FullAWSAccess" in notes[3]
    assert not topic_card(ops, "refused")


def test_a_non_supported_operation_is_refused_in_every_room(ops, deploy):
    for room in (ops, deploy):
        message = room.post("@aws iam list-users")
        (refusal,) = room.replies(message)
        assert refusal.part("head") == "✗ Not run: channels do not run iam:ListUsers: it is a non-supported operation."
        assert refusal.facts["can change it"].startswith("nobody")
        trace = why(room, refusal, message)
        assert trace[0][:3] == (1, "non-supported operations", "stopped")
        assert [step[0] for step in trace] == list(range(1, 10))
        # Statements are quoted by what concerns the call, not by the screen.
        assert len(room.thread(message)[2].text) < 3_000


def test_mistakes_are_corrected(ops):
    s3 = ops.ask("@aws s3 cp s3://logs/a .")
    assert "s3api get-object" in s3.text
    typo = ops.ask("@aws ec2 descrbe-instances")
    assert "descrbe-instances is not an operation of ec2" in typo.text
    assert "Did you mean @aws ec2 describe-instances?" in typo.text
    for command in ("@aws snss list-topics", "@aws sns list-topics --no-such-option x", "@aws sns list-topics --query '['"):
        answer = ops.ask(command)
        assert answer.tone == "bad" and not answer.tree, answer


def test_help(ops):
    answer = ops.ask("@aws help")
    assert "sns list-topics" in answer.text and "whoami" in answer.text
    publish = ops.ask("@aws sns publish help")
    assert "--topic-arn" in publish.text and "--message" in publish.text


def test_an_account_without_an_endpoint_says_how_to_configure_one(ops):
    answer = ops.ask("@aws ec2 describe-instances")
    assert "Add these lines to bailiwick.toml" in answer.text
    assert "[[account]]" in answer.code and f'id = "{WORKLOAD}"' in answer.code and 'services = ["ec2"]' in answer.code


def test_a_mutation_waits_and_runs_once(ops, deploy):
    message = deploy.post(f"{PUBLISH} 'run me once'")
    (card,) = deploy.replies(message)
    assert card.part("head").startswith("● Run this? sns publish --topic-arn")
    assert f"Account {HEAD}deploy · changes data: yes" in card.text
    assert list(card.buttons) == ["Run", "Add options", "Cancel"]
    assert not topic_card(ops, "run me once"), "it ran before anybody pressed Run"

    deploy.press(card, "Run")
    deploy.press(card, "Run")
    answers = deploy.replies(message, 3)
    # The two presses are answered in whichever order they end.
    ran, told = sorted(answers[1:3], key=lambda answer: "nothing was done" in answer.text.lower())
    assert ran.part("context") == f"sns publish · {HEAD}deploy"
    assert ran.tree[0][0] == "MessageId"
    assert "nothing was done" in told.text.lower()
    assert not answers[0].buttons
    assert answers[0].part("head").startswith("✓ Run by Dana")
    until(lambda: topic_card(ops, "run me once"), lambda found: found)
    deploy.ask("@aws sns list-topics")
    assert len(topic_card(ops, "run me once")) == 1


def test_only_the_requester_runs_it(bailiwick, ops, deploy):
    message = deploy.post(f"{PUBLISH} 'not by others'")
    (card,) = deploy.replies(message)
    lee = bailiwick.person("Lee").room("deploy")
    lee.press(card, "Run")
    said = deploy.replies(message, 2)[1]
    assert "Only Dana, who asked for it, can decide this." in said.text
    assert not topic_card(ops, "not by others")
    deploy.press(card, "Run")
    deploy.replies(message, 3)
    until(lambda: topic_card(ops, "not by others"), lambda found: len(found) == 1)


def test_a_cancelled_mutation_never_runs(ops, deploy):
    message = deploy.post(f"{PUBLISH} 'cancelled before it ran'")
    (card,) = deploy.replies(message)
    deploy.press(card, "Cancel")
    until(lambda: deploy.replies(message), lambda found: not found[0].buttons)
    deploy.press(card, "Run")
    deploy.ask("@aws sns list-topics")
    assert not topic_card(ops, "cancelled before it ran")


def test_the_same_form_sent_twice_is_one_message(ops):
    first = ops.post("@aws sns list-topics", once="one-form")
    second = ops.post("@aws sns list-topics", once="one-form")
    assert first == second
    assert len(ops.replies(first)) == 1


def test_a_form_from_elsewhere_is_refused(ops):
    form = {"form_token": ops.form_token, "once": "x", "text": "from elsewhere"}
    for changed, headers in (
        ({"form_token": "0" * 64}, {}),
        ({}, {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}),
    ):
        with pytest.raises(Refused) as refused:
            ops.person.open(f"{ops.path}/messages", {**form, **changed}, headers)
        assert refused.value.status == 403
    assert not any("from elsewhere" in m.text for messages in ops.threads().values() for m in messages)


def test_a_room_is_open_to_its_members_only(bailiwick, deploy):
    kim = bailiwick.person("Kim")
    assert [room.text for room in kim.home.all("a") if room.text.startswith("#")][:1] == ["#ops"]
    with pytest.raises(Refused) as refused:
        kim.get(deploy.path)
    assert refused.value.status in (403, 404)
    with pytest.raises(Refused):
        kim.open(f"{deploy.path}/messages", {"form_token": "x", "once": "x", "text": "x"})


def test_a_sign_in_link_works_once(bailiwick):
    link = bailiwick.own("CreateSignInLink", PersonId="person-sam")["Path"]
    assert "Sam" in Person(bailiwick.url, link).home.text
    with pytest.raises(Refused) as refused:
        Person(bailiwick.url, link)
    assert refused.value.status == 410
