"""Microsoft Teams, through the fake one: what people write and press, what they read, and whatever is wrong about a request."""

import concurrent.futures
import json
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import ALARMS, BINARY, Bailiwick, free_port, wait_for

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
TEAM = "d7fb6f1a-0a65-4b5e-8a44-3d32a1f6c9e1"
CHANNEL = "19:general@thread.tacv2"
CHATBOT_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "chatbot.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SNS = "arn:aws:iam::aws:policy/AmazonSNSFullAccess"


class FakeTeams:
    """A Teams of our own, and what it is told."""

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "fake-teams.txt").open("wb")
        self.process = None

    def config(self):
        return (
            f'[teams]\napp_id = "{APP}"\napp_password = "fake-password"\nservice_urls = ["{self.url}/teams/"]\n'
            f'login_url = "{self.url}"\nmetadata_url = "{self.url}/.well-known/openidconfiguration"\n'
        )

    def start(self, bot):
        command = [BINARY, "dev", "fake-teams", "--listen", f"127.0.0.1:{self.port}"]
        command += ["--bot", f"{bot}/chat/teams/messages", "--app-id", APP, "--tenant", TENANT, "--team", TEAM]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        wait_for(f"{self.url}/keys", process=self.process)
        return self

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=10)
        self.log.close()

    def told(self, what, **members):
        request = urllib.request.Request(
            f"{self.url}/_fake/{what}",
            data=json.dumps(members).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def say(self, text, **members):
        return self.told("say", text=text, **members)

    def press(self, message, title, **members):
        return self.told("press", message=message["id"], title=title, **members)

    def look(self, message, **members):
        """What the client of whoever looks at a message shows from then on; `None` where it asks for nothing."""
        try:
            looked = self.told("look", message=message["id"], **members)
        except urllib.error.HTTPError as error:
            assert error.code == 404, error.read()
            return None
        assert looked["status"] == 200, looked
        return looked["answer"]

    def messages(self):
        with urllib.request.urlopen(f"{self.url}/_fake/messages", timeout=20) as answer:
            return json.load(answer)

    def wait(self, wanted, seconds=15):
        """The first message of the bot for which `wanted` holds."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.messages():
                if wanted(message):
                    return message
            time.sleep(0.05)
        raise AssertionError([words(message) for message in self.messages()])

    def answer(self, said, wanted="", seconds=15):
        """The bot's answer in the thread of what was said."""
        thread = f";messageid={said['id']}"
        return self.wait(lambda m: m["conversation"].endswith(thread) and wanted in words(m), seconds)


def words(message):
    """All text of a message, as people read it."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in ("text", "title", "value", "codeSnippet") and isinstance(inner, str):
                    found.append(inner)
                elif name not in ("fallback", "data"):
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message["activity"]["attachments"][0]["content"])
    return " ".join(found).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teams")
    fake = FakeTeams(folder)
    server = Bailiwick(folder, config=fake.config()).start()
    fake.start(server.url)
    server.own("AuthorizeMicrosoftTeam", TenantId=TENANT, TeamId=TEAM, TeamName="Operations")
    iam = server.client("iam")
    role = iam.create_role(RoleName="teams-ops", AssumeRolePolicyDocument=json.dumps(CHATBOT_TRUST))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="teams-ops", PolicyArn=SNS)
    server.client("chatbot").create_microsoft_teams_channel_configuration(
        ChannelId="19%3Ageneral%40thread.tacv2",
        TeamId=TEAM,
        TenantId=TENANT,
        ConfigurationName="operations",
        IamRoleArn=role,
        GuardrailPolicyArns=[SNS],
        SnsTopicArns=[ALARMS],
    )
    yield server, fake
    fake.stop()
    server.stop()


@pytest.fixture
def teams(world):
    return world[1]


@pytest.fixture
def server(world):
    return world[0]


def test_a_reading_command_runs_at_once(teams):
    said = teams.say("sns list-topics")
    assert said["status"] == 202
    answer = teams.answer(said)
    assert "alarms" in words(answer) and "teams-ops" in words(answer)


def test_what_changes_something_waits_for_its_button_and_is_edited_in_place(teams, server):
    said = teams.say(f'sns publish --topic-arn {ALARMS} --message "hi"')
    card = teams.answer(said, "Run this?")
    assert "changes data: yes" in words(card)
    pressed = teams.press(card, "Run")
    assert pressed["status"] == 200
    assert pressed["answer"]["type"] == "application/vnd.microsoft.card.adaptive"
    assert "Run by Dana Lee" in json.dumps(pressed["answer"], ensure_ascii=False)
    teams.answer(said, "MessageId")
    edited = teams.wait(lambda m: m["id"] == card["id"] and m["edits"] > 0)
    assert "Run by Dana Lee" in words(edited) and "actions" not in edited["activity"]["attachments"][0]["content"]


def test_a_press_counts_once_and_for_its_requester(teams):
    lee = {"id": "29:lee", "aadObjectId": "aaaa0000-0c6b-4d5f-a5b6-6b0f4c8b4b9d", "tenantId": TENANT, "name": "Lee"}
    teams.told("member", **lee)
    said = teams.say(f"sns publish --topic-arn {ALARMS} --message once")
    card = teams.answer(said, "Run this?")
    teams.press(card, "Run", user="29:lee")
    teams.answer(said, "who asked for it")

    def press(_):
        try:
            teams.press(card, "Run", id="f:press-1")
        except urllib.error.HTTPError as error:
            # The other one was answered already, and its card has no button any more.
            assert error.code == 404

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(press, range(2)))
    teams.answer(said, "MessageId")
    time.sleep(0.5)
    answers = [m for m in teams.messages() if m["conversation"].endswith(said["id"]) and "MessageId" in words(m)]
    assert len(answers) == 1


def titles(answer):
    """The buttons of a card that answered."""
    assert answer["type"] == "application/vnd.microsoft.card.adaptive", answer
    return [action["title"] for action in answer["value"].get("actions", [])]


def test_whoever_looks_at_a_card_sees_the_newest_and_the_buttons_that_are_theirs(teams):
    teams.told("member", id="29:may", aadObjectId="ffff0000-0c6b-4d5f-a5b6-6b0f4c8b4b9d", tenantId=TENANT, name="May")
    teams.told("member", id="29:visitor", aadObjectId="ffff1111-0c6b", userRole="guest", tenantId=TENANT, name="Visitor")
    teams.answer(teams.say("whoami", user="29:may"))
    said = teams.say(f"sns publish --topic-arn {ALARMS} --message looked-at")
    card = teams.answer(said, "Run this?")
    content = card["activity"]["attachments"][0]["content"]
    assert content["refresh"]["userIds"][-1] == "29:may" and "29:dana" in content["refresh"]["userIds"]
    # Its requester sees it as it is; others see nothing to press that would not count; a guest's client asks for nothing.
    assert {"Run", "Cancel"} <= set(titles(teams.look(card)))
    others = teams.look(card, user="29:may")
    assert not {"Run", "Cancel"} & set(titles(others)) and "looked-at" in json.dumps(others)
    assert teams.look(card, user="29:visitor") is None
    assert teams.press(card, "Run")["status"] == 200
    teams.answer(said, "MessageId")
    # A client that still shows the old card is told what became of it, also where it names somebody else's command.
    invoke = {"type": "invoke", "name": "adaptiveCard/action", "replyToId": card["id"]}
    asks = {"action": content["refresh"]["action"], "trigger": "automatic"}
    for user in ("29:may", "29:dana"):
        answer = teams.say("", mention=False, user=user, change={**invoke, "value": asks}, thread=said["id"])["answer"]
        assert titles(answer) == [] and "Run by Dana Lee" in json.dumps(answer, ensure_ascii=False)
    elsewhere = {**invoke, "value": asks}
    answer = teams.say("", mention=False, channel="19:random@thread.tacv2", change=elsewhere)["answer"]
    assert answer["type"] == "application/vnd.microsoft.error" and answer["statusCode"] == 404
    # What does not wait is not asked for again.
    assert teams.look(teams.answer(teams.say("sns list-topics"), "alarms")) is None


def test_a_bare_aws_is_a_command_where_teams_brings_messages(teams):
    said = teams.say("aws sns list-topics", mention=False)
    assert said["status"] == 202
    teams.answer(said, "alarms")


def test_a_question_is_answered_in_its_thread(teams):
    said = teams.say("sns get-topic-attributes")
    teams.answer(said, "--topic-arn")
    teams.say(ALARMS, thread=said["id"])
    teams.answer(said, "SubscriptionsConfirmed")


def test_a_refusal_says_why_and_shows_its_trace(teams):
    said = teams.say("s3api list-buckets")
    refusal = teams.answer(said, "Not run")
    assert "s3:ListAllMyBuckets" in words(refusal)
    teams.press(refusal, "Why?")
    trace = teams.answer(said, "guardrails")
    assert "stopped" in words(trace)


def test_the_same_message_twice_is_answered_once(teams):
    first = teams.say("whoami", id="1763799999999")
    again = teams.say("whoami", id="1763799999999")
    assert (first["status"], again["status"]) == (202, 200)
    teams.answer(first)
    time.sleep(0.5)
    assert len([m for m in teams.messages() if m["conversation"].endswith("1763799999999")]) == 1


def dated(wrong):
    """`from_now` as claims: times are reckoned when a test runs, minutes after its parameters were collected."""
    wrong = dict(wrong)
    if offsets := wrong.pop("from_now", None):
        wrong["claims"] = {name: int(time.time()) + seconds for name, seconds in offsets.items()}
    return wrong


@pytest.mark.parametrize(
    "wrong, status",
    [
        ({"key": "foreign"}, 401),
        ({"claims": {"aud": "22222222-2222-3333-4444-555555555555"}}, 401),
        ({"claims": {"iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"}}, 401),
        ({"claims": {"serviceurl": "https://smba.trafficmanager.net/amer/"}}, 401),
        ({"from_now": {"exp": -301}}, 401),
        ({"from_now": {"nbf": 1000}}, 401),
        ({"bearer": ""}, 401),
        ({"bearer": "Bearer not.a.token"}, 401),
        ({"key": "unendorsed"}, 403),
        ({"change": {"serviceUrl": "https://evil.example/"}, "claims": {"serviceurl": "https://evil.example/"}}, 403),
        ({"change": {"channelId": "webchat"}, "key": "unendorsed"}, 403),
        ({"body": "{"}, 400),
        ({"body": "[]"}, 400),
        ({"change": {"conversation": {"id": ""}}}, 400),
        ({"change": {"text": "x" * 70_000}}, 413),
        ({"body": " " * 300_000}, 413),
    ],
)
def test_whatever_is_wrong_is_refused_and_answered_nowhere(teams, wrong, status):
    before = len(teams.messages())
    assert teams.say("whoami", **dated(wrong))["status"] == status
    time.sleep(0.2)
    assert len(teams.messages()) == before


def test_within_the_skew_a_token_still_counts(teams):
    said = teams.say("whoami", claims={"exp": int(time.time()) - 280})
    assert said["status"] == 202
    teams.answer(said)


def test_strangers_are_refused_and_told_so(teams):
    base = {"name": "Guest", "tenantId": TENANT}
    teams.told("member", id="29:guest", aadObjectId="bbbb0000-0c6b", userRole="guest", **base)
    teams.told("member", id="29:other", aadObjectId="cccc0000-0c6b", **{**base, "tenantId": "another"})
    for user, why in (("29:guest", "is a guest in this tenant"), ("29:other", "belongs to another tenant")):
        said = teams.say("sns list-topics", user=user)
        assert said["status"] == 202
        assert why in words(teams.answer(said))
    nobody = teams.say("sns list-topics", user="29:nobody")
    assert "is not named" in words(teams.answer(nobody))


def test_a_channel_without_a_configuration_runs_nothing(teams):
    said = teams.say("sns list-topics", channel="19:random@thread.tacv2")
    assert "Not run" in words(teams.answer(said))


def test_what_is_not_for_the_bot_is_left_alone(teams):
    before = len(teams.messages())
    assert teams.say("lunch?", mention=False)["status"] == 200
    assert teams.say("aws is down again", mention=False)["status"] == 200
    assert teams.say("whoami", change={"type": "messageUpdate"})["status"] == 200
    assert teams.say("x", change={"type": "invoke", "name": "task/fetch"})["status"] == 501
    time.sleep(0.3)
    assert len(teams.messages()) == before


def test_limits_and_failures_of_teams_are_waited_out(teams):
    teams.told("fail", status=429, retry_after=1, times=1)
    teams.answer(teams.say("whoami"), seconds=20)
    teams.told("fail", status=502, times=1)
    teams.answer(teams.say("whoami"), seconds=20)
    teams.told("revoke")
    teams.answer(teams.say("whoami"), seconds=20)


def test_a_roster_that_asks_to_wait_is_waited_for(teams):
    # Somebody of whom nothing is known yet: the roster has to be asked, and says twice that it is asked too often.
    teams.told("member", id="29:quinn", aadObjectId="dddd0000-0c6b-4d5f-a5b6-6b0f4c8b4b9d", tenantId=TENANT, name="Quinn")
    teams.told("fail", status=429, retry_after=1, times=2)
    said = teams.say("whoami", user="29:quinn")
    assert said["status"] == 202
    teams.answer(said, "dddd0000", seconds=30)
    # Whom the roster does not know does not run anything, and reads so.
    change = {"from": {"id": "29:gone", "name": "Gone", "aadObjectId": "eeee0000-0c6b-4d5f-a5b6-6b0f4c8b4b9d"}}
    said = teams.say("sns list-topics", change=change)
    teams.answer(said, "is not in this conversation's roster", seconds=30)


def test_an_activity_without_a_sender_is_malformed(teams):
    before = len(teams.messages())
    for wrong in (None, {"name": "Dana"}, {"id": ""}):
        assert teams.say("whoami", change={"from": wrong})["status"] == 400, wrong
    assert len(teams.messages()) == before


def test_a_notification_appears_in_the_channel(teams, server):
    server.client("sns").publish(TopicArn=ALARMS, Subject="Disk", Message="The disk is full.")
    shown = teams.wait(lambda m: "The disk is full." in words(m))
    assert shown["conversation"] == CHANNEL


def test_a_long_answer_fits_into_a_message(teams):
    said = teams.say("help")
    assert words(teams.answer(said))
    said = teams.say(f'sns publish --topic-arn {ALARMS} --message "{"é" * 7000}"')
    card = teams.answer(said, "Run this?")
    assert len(json.dumps(card["activity"], ensure_ascii=False).encode()) <= 28 * 1024


def test_the_path_takes_posts_only(server):
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(f"{server.url}/chat/teams/messages", timeout=10)
    assert error.value.code == 405
