"""Slack, from its signed requests to what it shows, with the in-tree fake that enforces Slack's limits."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import ALARMS, BINARY, WORKLOAD, Bailiwick, free_port, wait_for
from test_chatbot import own_client

TEAM = "T00000001"
CONFIG = """
[slack]
signing_secret = "fake-signing-secret"
old_signing_secret = "an-older-secret"
client_id = "1.2"
client_secret = "fake-client-secret"
account = "{account}"
api_url = "{api}/api/"
authorize_url = "{api}/oauth/v2/authorize"
"""


class FakeSlack:
    """`bailiwick dev fake-slack` in a process of its own."""

    def __init__(self, folder, bot, *arguments):
        self.url = f"http://127.0.0.1:{free_port()}"
        command = [BINARY, "dev", "fake-slack", "--listen", self.url[7:], "--bot", f"{bot}/chat/slack", *arguments]
        with (folder / "slack.txt").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for(f"{self.url}/_fake/state", process=self.process)

    def ask(self, path, **members):
        data = json.dumps(members).encode() if members else None
        request = urllib.request.Request(f"{self.url}/_fake/{path}", data=data, headers={"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def say(self, text, **members):
        return self.ask("say", text=text, mention=True, **members)

    def shown(self, channel="C1"):
        """What the bot posted in a channel, in order."""
        messages = self.ask(f"messages?channel={channel}") or []
        return [message for message in messages if message.get("user") == "UBOT"]

    def wait(self, holds, seconds=15, channel="C1"):
        """The first message for which `holds`, once there is one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for message in self.shown(channel):
                if holds(message):
                    return message
            time.sleep(0.05)
        raise AssertionError(json.dumps(self.shown(channel), indent=1, ensure_ascii=False))

    def stop(self):
        self.process.kill()
        self.process.wait()


def text_of(message):
    return json.dumps([message.get("text"), message["blocks"], message["attachments"]], ensure_ascii=False)


def answers(ts, words=""):
    return lambda message: message.get("thread_ts") == ts and words in text_of(message)


def configure(server, fake, channel="C1", name="slack-deploy", role="deploy"):
    client = server.client("chatbot")
    iam = server.client("iam")
    role_arn = next(r["Arn"] for r in iam.list_roles()["Roles"] if r["RoleName"] == role)
    return client.create_slack_channel_configuration(
        SlackTeamId=TEAM,
        SlackChannelId=channel,
        SlackChannelName="ops",
        IamRoleArn=role_arn,
        ConfigurationName=name,
        GuardrailPolicyArns=["arn:aws:iam::aws:policy/AdministratorAccess"],
        SnsTopicArns=[ALARMS],
    )["ChannelConfiguration"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slack")
    server = Bailiwick(folder)
    fake = FakeSlack(folder, server.url, "--burst", "100")
    path = folder / "bailiwick.toml"
    path.write_text(CONFIG.format(api=fake.url, account=WORKLOAD))
    path.chmod(0o600)
    server.arguments += ["--config", str(path)]
    server.start()
    own = own_client(server)
    own.authorize_slack_workspace(SlackTeamId=TEAM, SlackTeamName="fake", BotToken="xoxb-fake")
    configure(server, fake)
    yield server, fake
    server.stop()
    fake.stop()


def test_a_mention_is_answered_in_its_thread_once_whatever_is_brought_again(world):
    _, fake = world
    said = fake.say("sns list-topics")
    assert said["status"] == 200
    shown = fake.wait(answers(said["ts"], "alarms"))
    assert shown["metadata"]["event_payload"]["id"].endswith(".answer")
    # Slack's retries: another event id, and a word about why.
    for retry in (1, 2, 3):
        assert fake.say("sns list-topics", ts=said["ts"], event_id=f"Ev-again-{retry}", retry=retry)["status"] == 200
    time.sleep(1)
    assert len([m for m in fake.shown() if m.get("thread_ts") == said["ts"]]) == 1


def test_links_and_entities_are_read_as_they_were_typed(world):
    _, fake = world
    said = fake.say('sns list-topics --query "Topics[?TopicArn!=`&lt;a&gt;`]" --output json')
    fake.wait(answers(said["ts"], "alarms"))


def test_a_change_waits_for_its_button_and_runs_once(world):
    server, fake = world
    said = fake.say(f"sns publish --topic-arn {ALARMS} --message pressed-in-slack")
    shown = fake.wait(answers(said["ts"], "Run this?"))
    assert fake.ask("press", ts=shown["ts"], action="run", user="U2")["status"] == 200
    fake.wait(answers(said["ts"], "Nothing was done"))
    first = fake.ask("press", ts=shown["ts"], action="run")
    fake.ask("press", ts=shown["ts"], action="run", action_ts=first["action_ts"])
    fake.wait(answers(said["ts"], "MessageId"))
    settled = fake.wait(lambda m: m["ts"] == shown["ts"] and m.get("edited"))
    assert "Run by Dana" in text_of(settled) and '"actions"' not in text_of(settled)
    time.sleep(0.5)
    assert len([m for m in fake.shown() if "MessageId" in text_of(m) and m.get("thread_ts") == said["ts"]]) == 1


def test_a_press_that_is_refused_by_then_never_says_that_it_ran(world):
    server, fake = world
    iam = server.client("iam")
    said = fake.say(f"sns publish --topic-arn {ALARMS} --message refused-by-then")
    shown = fake.wait(answers(said["ts"], "Run this?"))
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sns:Publish", "Resource": "*"}]}
    iam.put_role_policy(RoleName="deploy", PolicyName="not-now", PolicyDocument=json.dumps(deny))
    fake.ask("press", ts=shown["ts"], action="run")
    fake.wait(answers(said["ts"], "denies sns:Publish"))
    settled = fake.wait(lambda m: m["ts"] == shown["ts"] and m.get("edited"))
    assert "Not run" in text_of(settled) and "Run by" not in text_of(settled)
    iam.delete_role_policy(RoleName="deploy", PolicyName="not-now")


def test_a_question_is_answered_in_the_thread_or_in_a_form(world):
    _, fake = world
    said = fake.say("sns get-topic-attributes")
    fake.wait(answers(said["ts"], "topic-arn"))
    # Talk of others in the thread is no answer.
    fake.ask("say", text="lunch?", user="U2", thread_ts=said["ts"])
    fake.ask("say", text=ALARMS, thread_ts=said["ts"])
    fake.wait(answers(said["ts"], "SubscriptionsConfirmed"))

    said = fake.say("sns get-topic-attributes")
    question = fake.wait(answers(said["ts"], "topic-arn"))
    assert fake.ask("press", ts=question["ts"], action="open-form")["status"] == 200
    assert fake.ask("submit", value=ALARMS)["status"] == 200
    fake.wait(answers(said["ts"], "SubscriptionsConfirmed"))


def test_a_bare_aws_is_a_command_where_slack_brings_messages_and_talk_about_aws_is_none(world):
    _, fake = world
    talk = fake.ask("say", text="aws is down again")
    said = fake.ask("say", text="aws sns list-topics")
    fake.wait(answers(said["ts"], "alarms"))
    again = fake.ask("say", text="aws sns get-topic-attributes", thread_ts=said["ts"])
    assert again["status"] == 200
    fake.wait(answers(said["ts"], "topic-arn"))
    assert not any(answers(talk["ts"])(message) for message in fake.shown())


def test_a_slash_command_is_answered_in_the_channel_and_its_question_in_a_thread(world):
    _, fake = world
    given = fake.ask("command", text="sns get-topic-attributes")
    assert given["status"] == 200 and json.loads(given["body"]) == {"response_type": "in_channel"}
    question = fake.wait(lambda m: m.get("thread_ts") is None and "topic-arn" in text_of(m))
    fake.ask("say", text=ALARMS, thread_ts=question["ts"])
    fake.wait(answers(question["ts"], "SubscriptionsConfirmed"))


def test_only_members_of_the_workspace_run_commands(world):
    _, fake = world
    fake.ask("user", id="UGUEST", is_restricted=True)
    fake.ask("user", id="UELSE", team_id="T00000002")
    for user, word, event in [
        ("UGUEST", "is a guest", {}),
        ("UELSE", "another workspace", {}),
        ("U1", "another workspace", {"user_team": "T00000002"}),
    ]:
        said = fake.say("sns list-topics", user=user, event=event)
        fake.wait(answers(said["ts"], word))


def test_a_channel_that_is_bound_to_nothing_is_told_so(world):
    _, fake = world
    said = fake.say("sns list-topics", channel="C9")
    fake.wait(answers(said["ts"], "Not run"), channel="C9")


def test_requests_that_are_not_slacks_are_refused(world):
    _, fake = world
    before = len(fake.shown())
    assert fake.say("help", age=295)["status"] == 200
    for members in [
        {"age": 302},
        {"age": -302},
        {"signature": "v0=" + "0" * 64},
        {"signature": ""},
    ]:
        assert fake.say("help", **members)["status"] == 401, members
    for body, status in [("{", 400), ("[]", 400), ('{"type":"event_callback"}', 400), ("x" * (2 << 20), 413)]:
        assert fake.say("help", body=body)["status"] == status
    assert fake.say("help", body='{"type":"something_new"}')["status"] == 200
    assert fake.say("x", body=json.dumps({"type": "url_verification", "challenge": "abc"}))["body"] == "abc"
    time.sleep(1)
    assert len(fake.shown()) == before + 1


def test_a_notification_and_its_end_reach_the_channel(world):
    server, fake = world
    alarm = json.loads((__import__("pathlib").Path(__file__).parent / "alarm.json").read_text())
    server.client("sns").publish(TopicArn=ALARMS, Message=json.dumps({**alarm, "NewStateValue": "ALARM"}))
    opened = fake.wait(lambda m: m.get("thread_ts") is None and "ALARM" in text_of(m))
    ok = {**alarm, "NewStateValue": "OK", "OldStateValue": "ALARM"}
    server.client("sns").publish(TopicArn=ALARMS, Message=json.dumps(ok))
    fake.wait(lambda m: m["ts"] == opened["ts"] and m.get("edited"))
    fake.wait(answers(opened["ts"]))


def test_what_slack_holds_back_or_loses_arrives_once(world):
    _, fake = world
    fake.ask("fail", method="chat.postMessage", status=429, error="ratelimited", retry_after=1)
    said = fake.say("help")
    fake.wait(answers(said["ts"]))
    # It was posted, and the answer was lost: it is looked for, and not posted again.
    fake.ask("fail", method="chat.postMessage", status=500, late=True)
    said = fake.say("help")
    time.sleep(6)
    assert len([m for m in fake.shown() if m.get("thread_ts") == said["ts"]]) == 1
    fake.ask("fail", method="chat.postMessage", error="invalid_blocks")
    said = fake.say("sns list-topics")
    assert fake.wait(answers(said["ts"], "alarms"))["blocks"] == []


def test_a_file_that_does_not_arrive_is_sent_again_or_missed_aloud(world):
    server, fake = world
    made = [server.client("sns").create_topic(Name=f"file-{n}-{'x' * 180}")["TopicArn"] for n in range(60)]
    fake.ask("fail", method="files.completeUploadExternal", status=503)
    said = fake.say("sns list-topics --output json")
    fake.wait(answers(said["ts"], "sns-list-topics.json"))
    deadline = time.monotonic() + 15
    while not [f for f in fake.ask("state")["files"].values() if f.get("thread_ts") == said["ts"]]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    fake.ask("fail", method="files.getUploadURLExternal", error="file_uploads_disabled")
    said = fake.say("sns list-topics --output json")
    fake.wait(answers(said["ts"], "could not be attached"))
    for topic in made:
        server.client("sns").delete_topic(TopicArn=topic)


def test_an_answer_survives_the_death_of_the_process(world):
    server, fake = world
    fake.ask("fail", method="chat.postMessage", status=429, error="ratelimited", retry_after=2, times=2)
    said = [fake.say("sns list-topics") for _ in range(5)]
    server.stop(signal.SIGKILL)
    server.start()
    for one in said:
        fake.wait(answers(one["ts"], "alarms"), seconds=30)
    time.sleep(1)
    threads = [m["thread_ts"] for m in fake.shown() if m.get("thread_ts")]
    assert all(threads.count(one["ts"]) == 1 for one in said)


def test_the_type_of_a_channel_is_slacks_word(world):
    server, fake = world
    fake.ask("channel", id="C7", is_private=True)
    configure(server, fake, channel="C7", name="slack-private")
    said = fake.say("whoami", channel="C7")
    fake.wait(answers(said["ts"], "private"), channel="C7")


def test_a_channel_that_turns_private_is_stopped_at_once_where_a_policy_wants_public_ones(world):
    server, fake = world
    arn = configure(server, fake, channel="C8", name="slack-turning")["ChatConfigurationArn"]
    said = fake.say("sns list-topics", channel="C8")
    fake.wait(answers(said["ts"], "alarms"), channel="C8")
    organizations = server.client("organizations", profile="management")
    only = {"supported_channel_types": {"@@assign": ["public"]}}
    content = {"chatbot": {"platforms": {"slack": {"client": {"@@assign": "enabled"}, "default": only}}}}
    made = organizations.create_policy(
        Name="public-only", Description="", Type="CHATBOT_POLICY", Content=json.dumps(content)
    )
    policy = made["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=WORKLOAD)
    own = own_client(server)
    try:
        said = fake.say("sns list-topics", channel="C8")
        fake.wait(answers(said["ts"], "alarms"), channel="C8")
        # Nobody is told by Slack: it is asked with each message, and before a notification is shown.
        fake.ask("channel", id="C8", is_private=True)
        server.client("sns").publish(TopicArn=ALARMS, Message="for members only")
        held = lambda: own.list_held_notifications(ChatConfigurationArn=arn)["Notifications"]  # noqa: E731
        deadline = time.monotonic() + 30
        while not held():
            assert time.monotonic() < deadline, "nothing is held back"
            time.sleep(0.05)
        assert "private channels" in held()[0]["Reason"]
        said = fake.say("sns list-topics", channel="C8")
        fake.wait(answers(said["ts"], "does not support private channels"), channel="C8")
        # And back.
        fake.ask("channel", id="C8", is_private=False)
        said = fake.say("sns list-topics", channel="C8")
        fake.wait(answers(said["ts"], "alarms"), channel="C8")
        assert not [m for m in fake.shown("C8") if "for members only" in text_of(m)]
        own.replay_notifications(ChatConfigurationArn=arn)
        fake.wait(lambda m: "for members only" in text_of(m), channel="C8")
    finally:
        organizations.detach_policy(PolicyId=policy, TargetId=WORKLOAD)
        organizations.delete_policy(PolicyId=policy)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def test_the_app_is_installed_through_oauth(world):
    server, fake = world
    link = [line.split()[-1] for line in server.said().splitlines() if "/chat/slack/install?link=" in line][-1]
    opener = urllib.request.build_opener(NoRedirect)
    with pytest.raises(urllib.error.HTTPError) as begun:
        opener.open(link)
    assert begun.value.code == 303
    location, cookie = begun.value.headers["location"], begun.value.headers["set-cookie"].split(";")[0]
    assert location.startswith(f"{fake.url}/oauth/v2/authorize?client_id=1.2&scope=")
    query = dict(pair.split("=", 1) for pair in location.split("?", 1)[1].split("&"))
    back = f"{server.url}/chat/slack/oauth?code=abc&state={query['state']}"
    for headers in ({}, {"cookie": cookie + "x"}):
        with pytest.raises(urllib.error.HTTPError) as refused:
            opener.open(urllib.request.Request(back, headers=headers))
        assert refused.value.code in (400, 403)
    with opener.open(urllib.request.Request(back, headers={"cookie": cookie})) as done:
        assert b"installed in fake" in done.read()
    assert "xoxb-fake" not in server.said()
    with pytest.raises(urllib.error.HTTPError) as forged:
        opener.open(f"{server.url}/chat/slack/install?link=forged")
    assert forged.value.code == 403


def test_a_manifest_is_printed():
    out = subprocess.run([BINARY, "manifest", "slack", "--url", "https://b.example.com"], capture_output=True, text=True, check=True)
    manifest = json.loads(out.stdout)
    assert manifest["settings"]["interactivity"]["request_url"] == "https://b.example.com/chat/slack/interactivity"
