"""A second factor for one command that was said in Slack: from the refusal to the answer, and what is written of each step."""

import json

import pytest
from conftest import ALARMS
from pages import Refused
from stages import proves
from test_audit import records
from test_identity import World
from test_manage import Sheets
from test_sign_in import codes
from test_slack import answers, text_of

STRONG = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Action": "sns:Publish",
            "Resource": "*",
            "Condition": {"NumericLessThan": {"bailiwick:Assurance": "3"}},
        }
    ],
}


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path)
    world.server.client("chatbot").update_slack_channel_configuration(
        ChatConfigurationArn=world.arns["C1"], SlackChannelId="C1", UserAuthorizationRequired=False
    )
    world.server.client("iam").put_role_policy(RoleName="way", PolicyName="strong", PolicyDocument=json.dumps(STRONG))
    yield world
    world.stop()


def enrols(server, user):
    """Gives an IAM user a device; its seed, and the last code that was used."""
    iam = server.client("iam")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=user)["VirtualMFADevice"]
    seed = device["Base32StringSeed"].decode()
    first, second = codes(seed, -1, 2)
    iam.enable_mfa_device(
        UserName=user, SerialNumber=device["SerialNumber"], AuthenticationCode1=first, AuthenticationCode2=second
    )
    return seed, second


def shows(person, code):
    """Gives a code in the session."""
    sheets = Sheets(person)
    page = sheets.open("you")
    return sheets.send(page, sheets.form(page, "second-factor"), code=code)


@pytest.mark.timeout(180)
def test_a_command_of_slack_runs_once_a_second_factor_is_shown(world):
    said = world.slack.say(f"sns publish --topic-arn {ALARMS} --message strong")
    refused = world.slack.wait(answers(said["ts"], "Not run"))
    assert "with a second factor" in text_of(refused) and "within 10 minutes" in text_of(refused)
    link = world.link_of(refused)
    quinn, marlow = world.person("Quinn"), world.person("Marlow")

    # Another member who finds the link proves nothing with it.
    world.slack.ask("browser", user="U2")
    assert "the link was given to U1" in proves(marlow, link, None)
    world.slack.ask("browser", user="U1")

    # The member alone is not enough, nor is a code that is wrong or was used.
    assert "asks for a second factor" in proves(quinn, link, None)
    form_token = quinn.get("/console/manage/you").all("input", name="form_token")[0]["value"]
    with pytest.raises(Refused, match="asks for a second factor"):
        quinn.open("/console/identity/run", form={"form_token": form_token, "link": link.split("link=")[1]})
    seed, used = enrols(world.server, "quinn")
    for wrong in ("000000", used):
        with pytest.raises(Refused, match="not right"):
            shows(quinn, wrong)
    assert "asks for a second factor" in proves(quinn, link, None)
    (code,) = codes(seed, 1, 1)
    assert shows(quinn, code).endswith("This session has a second factor now")
    with pytest.raises(Refused, match="not right"):
        shows(quinn, code)
    # It counts in this session, and in no other of the same person.
    assert "asks for a second factor" in proves(world.person("Quinn"), link, None)
    assert "The command waits for" in proves(quinn, link, None)
    assert "cannot be used any more" in proves(quinn, link, None)

    asks = world.slack.wait(lambda m: m["ts"] == refused["ts"] and "Run this?" in text_of(m))
    assert "has proved who they are" in text_of(asks)
    assert world.slack.ask("press", ts=asks["ts"], action="run", user="U2")["status"] == 200
    world.slack.wait(answers(said["ts"], "Only"))
    for _ in range(2):
        assert world.slack.ask("press", ts=asks["ts"], action="run")["status"] == 200
    world.slack.wait(answers(said["ts"], "MessageId"))
    answered = [m for m in world.slack.shown() if m.get("thread_ts") == said["ts"] and "MessageId" in text_of(m)]
    assert len(answered) == 1

    # Each step stands in the trail: who, with what, for which command, from which session.
    trail = [r for r in records(world.server) if r["eventName"] in ("CheckMfa", "ProveChatIdentity", "ProveForCommand")]
    told = [
        (r["eventName"], r["responseElements"][r["eventName"]], r["userIdentity"]["arn"].rsplit("/", 1)[1]) for r in trail
    ]
    assert told[0] == ("ProveChatIdentity", "Failure", "marlow")
    assert told[1:4] == [
        ("ProveChatIdentity", "Success", "quinn"),
        ("ProveForCommand", "Failure", "quinn"),
        ("CheckMfa", "Failure", "quinn"),
    ], told
    assert told.count(("CheckMfa", "Failure", "quinn")) == 3 and told.count(("CheckMfa", "Success", "quinn")) == 1
    assert told[-1] == ("ProveForCommand", "Success", "quinn")
    last, checked = trail[-1], next(r for r in trail if r["eventName"] == "CheckMfa" and "errorMessage" not in r)
    asked = last["requestParameters"]
    assert (asked["platform"], asked["memberId"]) == ("slack", "U1") and "sns publish" in asked["command"]
    assert asked["chatConfigurationArn"] == world.arns["C1"] and asked["commandId"]
    data = last["additionalEventData"]
    assert data["factors"] == ["session", "mfa-code"] and data["MFAUsed"] == "Yes"
    # Both happened in one session, and the earlier failures in the same one but for the other person's and the other session's.
    assert data["session"] == checked["additionalEventData"]["session"]
    assert checked["additionalEventData"]["MFAIdentifier"].startswith("arn:aws:")
    sessions = {r["additionalEventData"]["session"] for r in trail}
    assert len(sessions) == 3
    assert "the link was given to U1" in trail[0]["errorMessage"]
    text = json.dumps(records(world.server))
    assert seed not in text and link.split("link=")[1] not in text
    page = world.server.dana().get("/console/audit").text
    assert "bailiwick:ProveForCommand" in page and "signin:CheckMfa" in page
