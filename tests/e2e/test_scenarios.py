"""The scenarios of `scenarios/` on every platform: the same words, the same presses, the same outcomes.

A scenario is data. Its steps say what people do and read; `call` changes the state of the server, by the same API for all.
What a platform cannot have stands in the scenario's `cannot`, with the reason.

A step with `on` is for these platforms only.

| step | what it does |
|---|---|
| `say`, `reply` | somebody (`by`, by default Dana) says something to the bot: in the channel, or in the thread of before |
| `answer` | the bot says all of these words in one message of the thread; `count`: in so many messages, and no more come |
| `never` | no message of the thread says this |
| `shown` | a message that begins a thread says all of these words; what follows happens in its thread |
| `press` | somebody presses the button of the newest message that has it, `times` at once |
| `form` | somebody writes into the form that a button opens, and sends it |
| `prove` | somebody follows the link of the thread to the console, proves who they are there, and chooses a role |
| `confirm` | somebody follows the link of the thread, proves who they are, and lets the command run; the page says this |
| `gone` | no message of the thread has a button of this name any more |
| `stopped` | `Why?` names these layers as those that stop it |
| `whole` | the file that belongs to the answer holds this |
| `topics` | so many topics with long names are there until the end |
| `channel` | the channel's configuration is changed |
| `hidden` | no message that begins a thread says this |
| `call` | an operation with its `input`; `save` keeps parts of the answer, `undo` is called at the end |
| `again` | the platform brings the last message again |
| `hold_back` | the platform answers the next posts with "wait" |
| `restart` | the process is killed and starts again; with `hours`, so many hours later |
"""

import contextlib
import json
import pathlib
import re
import signal
import sqlite3
import time
import tomllib

import botocore.exceptions
import pytest
from conftest import WORKLOAD, Bailiwick
from stages import PLACES, Room, Slack, Teams, until
from test_chatbot import own_client
from test_slack import CONFIG, FakeSlack
from test_teams import CHANNEL, TEAM, TENANT, FakeTeams

FOLDER = pathlib.Path(__file__).with_name("scenarios")
ADA = "cccc0000-0c6b-4d5f-a5b6-6b0f4c8b4b9d"
CHANNEL_ID = CHANNEL.replace(":", "%3A").replace("@", "%40")
TOPIC = f"arn:aws:sns:us-east-1:{WORKLOAD}:"
STAGES = ("slack", "teams", "room")
# The list that issue and documentation promise; each has a scenario on every platform, or says why not.
BAR = [
    "read allowed",
    "mutation confirmed",
    *(f"refused by layer {number}" for number in range(1, 10)),
    "question for a missing parameter",
    "alias",
    "custom action",
    "switch-role",
    "requirement at account level",
    "requirement at channel level",
    "unmapped member",
    "chatbot policy in mid-conversation: platform",
    "chatbot policy in mid-conversation: workspace",
    "chatbot policy in mid-conversation: channel type",
    "chatbot policy in mid-conversation: role setting",
    "approval granted",
    "approval refused",
    "approval expired",
    "approval pressed twice",
    "duplicate event",
    "retry after restart",
    "rate limit",
    "oversized output",
    "disabled configuration's notification",
    "unresolvable actor",
    "stronger proof for one command",
    "exemption from denied Regions",
    "guardrails",
    "told before it runs",
    "both spellings",
]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "chatbot.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def allow(*actions, **more):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*", **more}]}
    )


def scenarios():
    for path in sorted(FOLDER.glob("*.toml")):
        for scenario in tomllib.loads(path.read_text())["scenario"]:
            yield scenario


SCENARIOS = list(scenarios())
PLAYED = [(scenario, stage) for scenario in SCENARIOS for stage in STAGES if stage not in scenario.get("cannot", {})]


class World:
    """One server, and on each platform one channel with the same role, the same guardrails and a topic of its own."""

    def __init__(self, folder):
        self.server = Bailiwick(folder)
        self.slack = FakeSlack(folder, self.server.url, "--burst", "100")
        self.teams = FakeTeams(folder)
        path = folder / "bailiwick.toml"
        config = CONFIG.format(api=self.slack.url, account=WORKLOAD) + f'openid_url = "{self.slack.url}/openid/connect"\n'
        path.write_text(config + self.teams.config())
        path.chmod(0o600)
        self.server.arguments += ["--config", str(path)]
        self.server.start()
        self.teams.start(self.server.url)
        self.clients = {}
        self.fills = {}
        self.own = own_client(self.server)
        self.make(folder)

    def make(self, folder):
        iam, sns, chatbot = (self.client(service) for service in ("iam", "sns", "chatbot"))
        roles = {}
        for name in ("scene", "scene-own"):
            made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
            roles[name] = made["Role"]["Arn"]
            text = allow("sns:*", "organizations:*", "bailiwick:ApproveCommand")
            iam.put_role_policy(RoleName=name, PolicyName="acts", PolicyDocument=text)
        guardrail = iam.create_policy(
            PolicyName="scene", PolicyDocument=allow("sns:*", "sqs:ListQueues", "bailiwick:ApproveCommand")
        )["Policy"]["Arn"]
        topics = {stage: sns.create_topic(Name=f"scene-{stage}")["TopicArn"] for stage in STAGES}
        common = {"IamRoleArn": roles["scene"], "GuardrailPolicyArns": [guardrail]}
        self.own.authorize_slack_workspace(
            SlackTeamId=PLACES["slack"]["workspace"], SlackTeamName="fake", BotToken="xoxb-fake"
        )
        self.own.authorize_microsoft_team(TenantId=TENANT, TeamId=TEAM, TeamName="Operations")
        arns = {
            "slack": chatbot.create_slack_channel_configuration(
                SlackTeamId=PLACES["slack"]["workspace"],
                SlackChannelId="C1",
                ConfigurationName="scene-slack",
                SnsTopicArns=[topics["slack"]],
                **common,
            )["ChannelConfiguration"]["ChatConfigurationArn"],
            "teams": chatbot.create_microsoft_teams_channel_configuration(
                TenantId=TENANT,
                TeamId=TEAM,
                ChannelId=CHANNEL_ID,
                ConfigurationName="scene-teams",
                SnsTopicArns=[topics["teams"]],
                **common,
            )["ChannelConfiguration"]["ChatConfigurationArn"],
        }
        chime = self.client("chime")
        account = chime.list_accounts()["Accounts"][0]["AccountId"]
        room = chime.create_room(AccountId=account, Name="scene")["Room"]["RoomId"]
        Room.people["ada"] = self.ada(iam, roles)
        for person in Room.people.values():
            chime.create_room_membership(AccountId=account, RoomId=room, MemberId=person, Role="Administrator")
        made = self.own.create_room_configuration(
            RoomId=room, ConfigurationName="scene-room", SnsTopicArns=[topics["room"]], **common
        )
        arns["room"] = made["RoomConfiguration"]["ChatConfigurationArn"]
        self.slack.ask("user", id="U9", name="mallory", team_id="T99999999")
        self.teams.told("member", id="29:lee", aadObjectId="aaaa0000-0c6b-4d5f-a5b6-6b0f4c8b4b9d", tenantId=TENANT, name="Lee")
        self.teams.told("member", id="29:guest", aadObjectId="bbbb0000-0c6b", userRole="guest", tenantId=TENANT, name="Guest")
        self.stages = {
            "slack": Slack(self.slack, "C1"),
            "teams": Teams(self.teams, CHANNEL),
            "room": Room(self.server, room, folder),
        }
        self.teams.told("member", id="29:ada", aadObjectId=ADA, tenantId=TENANT, name="Ada")
        adas = {"slack": "U3", "teams": ADA, "room": Room.people["ada"]}
        members = {"slack": "U1", "teams": "9c0a6ba9-0c6b-4d5f-a5b6-6b0f4c8b4b9d", "room": "person-dana"}
        for stage in STAGES:
            self.fills[stage] = {
                "stage": stage,
                "channel": arns[stage],
                "topic": topics[stage],
                "role": roles["scene"],
                "own-role": roles["scene-own"],
                "guardrail": guardrail,
                "member": members[stage],
                "ada": adas[stage],
                "account": WORKLOAD,
                **PLACES[stage],
            }

    def ada(self, iam, roles):
        """A person who is an IAM user and may choose between the roles; her id."""
        arn = iam.create_user(UserName="ada")["User"]["Arn"]
        passes = {"StringEquals": {"iam:PassedToService": "chatbot.amazonaws.com"}}
        statements = [
            {"Effect": "Allow", "Action": "bailiwick:ChooseUserRole", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": list(roles.values()), "Condition": passes},
        ]
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName="ada", PolicyName="chooses", PolicyDocument=document)
        return self.own.create_person(Name="Ada", IamPrincipalArn=arn)["Person"]["PersonId"]

    def client(self, service, profile="admin"):
        if (service, profile) not in self.clients:
            self.clients[service, profile] = self.server.client(service, profile)
        return self.clients[service, profile]

    def call(self, name, members, profile):
        service, operation = name.split(":")
        if service == "bailiwick":
            return self.own._make_api_call(operation, members)
        return self.client(service, profile)._make_api_call(operation, members)

    def change_channel(self, stage, arn, members):
        """Changes a channel's configuration, by its platform's own operation."""
        members = {"ChatConfigurationArn": arn, **members}
        match stage:
            case "slack":
                self.client("chatbot").update_slack_channel_configuration(SlackChannelId="C1", **members)
            case "teams":
                self.client("chatbot").update_microsoft_teams_channel_configuration(ChannelId=CHANNEL_ID, **members)
            case "room":
                self.own.update_room_configuration(**members)

    def restart(self, hours):
        self.server.stop(signal.SIGKILL)
        if hours:
            # What waits has waited so much longer.
            with contextlib.closing(sqlite3.connect(next(self.server.data.glob("*.db")))) as store, store:
                store.execute("UPDATE command SET expires_at = expires_at - ?", (hours * 3_600_000,))
        self.server.start()
        self.stages["room"].restarted()

    def stop(self):
        self.stages["room"].quit()
        self.server.stop()
        self.slack.stop()
        self.teams.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("scenarios"))
    yield world
    world.stop()


class Play:
    """One scenario on one platform."""

    def __init__(self, world, scenario, stage):
        self.world, self.scenario, self.stage = world, scenario, world.stages[stage]
        self.fills = {**world.fills[stage], **scenario.get("fill", {}).get(stage, {})}
        self.fills["scene"] = re.sub(r"[^a-z0-9]+", "-", scenario["name"].lower())[:40].strip("-") + f"-{stage}"
        self.thread = None
        self.undo = []

    def filled(self, value):
        if isinstance(value, str):
            # What is not known yet stays as it is.
            for _ in range(2):
                value = re.sub(r"\$\{([a-z_-]+)\}", lambda match: str(self.fills.get(match[1], match[0])), value)
            return value
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        return {name: self.filled(one) for name, one in value.items()} if isinstance(value, dict) else value

    def run(self):
        try:
            for number, step in enumerate(self.scenario["steps"], 1):
                if self.stage.name not in step.get("on", STAGES):
                    continue
                try:
                    self.step(self.filled(step))
                except Exception as error:
                    raise AssertionError(f"step {number}, {step}: {error}") from error
        finally:
            for one in reversed(self.undo):
                if "channel" in one:
                    self.world.change_channel(self.stage.name, self.fills["channel"], one["channel"])
                else:
                    self.call(one)

    def call(self, step):
        try:
            return self.world.call(step["call"], step.get("input", {}), step.get("as", "admin"))
        except botocore.exceptions.ClientError as error:
            raise AssertionError(f"{step}: {error}") from None

    def step(self, step):
        kind = next(iter(step))
        by = step.get("by", "dana")
        match kind:
            case "say":
                self.thread = self.stage.say(by, step["say"])
            case "reply":
                self.stage.say(by, step["reply"], self.thread)
            case "answer":
                self.wait(step["answer"], step.get("count"))
            case "never":
                assert not self.having([step["never"]]), self.shown()
            case "shown":
                has = lambda roots: [root for root in roots if all(words in root.text for words in step["shown"])]  # noqa: E731
                roots = until(self.stage.roots, has, 15, f"nothing shows {step['shown']}")
                self.thread = has(roots)[-1].id
            case "hidden":
                time.sleep(0.5)
                assert not [root for root in self.stage.roots() if step["hidden"] in root.text]
            case "press":
                self.stage.press(by, self.card(step["press"]), step["press"], step.get("times", 1))
            case "prove":
                person = self.world.server.person("Ada")
                text = self.stage.prove(by, self.thread, person, step["prove"])
                assert "from now on" in text, text
            case "confirm":
                text = self.stage.prove(by, self.thread, self.world.server.person("Dana"), None)
                assert step["confirm"] in text, text
            case "form":
                self.stage.form(by, self.card(step["form"]), step["form"], step["with"])
            case "gone":
                until(self.messages, lambda all: not any(step["gone"] in m.buttons for m in all), 10, "it is still there")
            case "stopped":
                self.stage.press(by, self.card("Why?"), "Why?")
                self.wait(["non-supported operations", "approvals and context"])
                trace = self.having(["non-supported operations", "approvals and context"])[-1].text
                layers = re.findall(r"(?:^| )([1-9]) (?=[a-zA-Z])(?:(?! [1-9] [a-zA-Z]).)*? (passed|stopped|not there|not decided here)", trace)
                assert [int(number) for number, state in layers if state == "stopped"] == step["stopped"], trace
            case "whole":
                files = until(lambda: self.stage.whole(self.thread), bool, 15, "there is no file")
                assert any(step["whole"] in file for file in files), files
            case "call":
                answer = self.call(step)
                if "undo" in step:
                    self.undo.append({"as": step.get("as", "admin"), **step["undo"]})
                for name, path in step.get("save", {}).items():
                    found = answer
                    for part in path.split("."):
                        found = found[int(part)] if isinstance(found, list) else found[part]
                    self.fills[name] = found
                for one in self.undo:
                    one.update(self.filled(one))
            case "topics":
                for number in range(step["topics"]):
                    name = f"oversized-{number}-{'x' * 180}"
                    self.world.client("sns").create_topic(Name=name)
                    self.undo.append({"call": "sns:DeleteTopic", "input": {"TopicArn": TOPIC + name}})
            case "channel":
                self.world.change_channel(self.stage.name, self.fills["channel"], step["channel"])
                self.undo.append({"channel": step["undo"]})
            case "again":
                self.stage.again()
            case "hold_back":
                self.stage.hold_back()
            case "restart":
                self.world.restart(step.get("hours"))
            case _:
                raise AssertionError(f"`{kind}` is no step")

    def shown(self):
        return self.stage.thread(self.thread)

    def messages(self):
        """The messages of the thread, with the one of ours that it begins with."""
        return [root for root in self.stage.roots() if root.id == self.thread] + self.shown()

    def having(self, words):
        return [message for message in self.messages() if all(word in message.text for word in words)]

    def card(self, label):
        has = lambda all: [message for message in all if label in message.buttons]  # noqa: E731
        return has(until(self.messages, has, 15, f"no button `{label}`"))[-1]

    def wait(self, words, count=None):
        until(self.shown, lambda _: len(self.having(words)) >= (count or 1), 20, f"nothing says {words}")
        if count is not None:
            time.sleep(0.4)
            assert len(self.having(words)) == count, self.shown()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "scenario, stage", PLAYED, ids=[f"{scenario['name'].replace(' ', '-')}-{stage}" for scenario, stage in PLAYED]
)
def test_a_scenario(world, scenario, stage):
    Play(world, scenario, stage).run()


def test_every_promise_has_its_scenarios():
    assert {scenario["bar"] for scenario in SCENARIOS} == set(BAR)
    assert all(scenario["steps"] or set(scenario["cannot"]) == set(STAGES) for scenario in SCENARIOS)
    shown = {(scenario["bar"], stage) for scenario, stage in PLAYED}
    reasons = {(scenario["bar"], stage) for scenario in SCENARIOS for stage in scenario.get("cannot", {})}
    assert [one for one in ((bar, stage) for bar in BAR for stage in STAGES) if one not in shown | reasons] == []
    names = [scenario["name"] for scenario in SCENARIOS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[scenario["name"].replace(" ", "-") for scenario in SCENARIOS])
def test_what_a_platform_cannot_have_says_why(scenario):
    for stage, why in scenario.get("cannot", {}).items():
        assert stage in STAGES and len(why) > 20, (stage, why)
