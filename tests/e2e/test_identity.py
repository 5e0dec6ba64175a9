"""Members of Slack and Teams prove who they are, in the console and by their platform's own word, and choose a role."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
from conftest import WORKLOAD, Bailiwick
from pages import Person, Refused
from stages import until
from test_browser import browser  # noqa: F401
from test_chatbot import own_client
from test_slack import CONFIG, TEAM, FakeSlack, answers, text_of
from test_teams import CHANNEL, FakeTeams, words
from test_teams import TEAM as TEAMS_TEAM
from test_teams import TENANT

CHANNEL_ID = CHANNEL.replace(":", "%3A").replace("@", "%40")
OID = "9c0a6ba9-0c6b-4d5f-a5b6-6b0f4c8b4b9d"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "chatbot.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


class World:
    """A server with one required channel on each platform, and Quinn: an IAM user with a person, who may pass one role."""

    def __init__(self, folder):
        self.server = Bailiwick(folder)
        self.slack = FakeSlack(folder, self.server.url, "--burst", "100")
        self.teams = FakeTeams(folder)
        path = folder / "bailiwick.toml"
        config = CONFIG.format(api=self.slack.url, account=WORKLOAD) + f'openid_url = "{self.slack.url}/openid/connect"\n'
        # The password is being rotated: Microsoft takes the one of before still.
        rotated = 'app_password = "the-next"\nold_app_password = "fake-password"'
        path.write_text(config + self.teams.config().replace('app_password = "fake-password"', rotated))
        path.chmod(0o600)
        self.server.arguments += ["--config", str(path)]
        self.server.start()
        self.teams.start(self.server.url)
        self.own = own_client(self.server)
        iam, chatbot = self.server.client("iam"), self.server.client("chatbot")
        roles = {}
        for name in ("way", "way-own", "way-other"):
            roles[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
            text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sns:*", "Resource": "*"}]})
            iam.put_role_policy(RoleName=name, PolicyName="acts", PolicyDocument=text)
        self.roles = roles
        self.own.authorize_slack_workspace(SlackTeamId=TEAM, SlackTeamName="fake", BotToken="xoxb-fake")
        self.own.authorize_microsoft_team(TenantId=TENANT, TeamId=TEAMS_TEAM, TeamName="Operations")
        common = {
            "IamRoleArn": roles["way"],
            "GuardrailPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            "UserAuthorizationRequired": True,
        }
        self.arns = {
            channel: chatbot.create_slack_channel_configuration(
                SlackTeamId=TEAM, SlackChannelId=channel, SlackChannelName=name, ConfigurationName=name, **common
            )["ChannelConfiguration"]["ChatConfigurationArn"]
            for channel, name in (("C1", "way-slack"), ("C2", "way-second"))
        }
        self.arns["teams"] = chatbot.create_microsoft_teams_channel_configuration(
            TenantId=TENANT, TeamId=TEAMS_TEAM, ChannelId=CHANNEL_ID, ConfigurationName="way-teams", **common
        )["ChannelConfiguration"]["ChatConfigurationArn"]
        for user in ("quinn", "marlow"):
            arn = iam.create_user(UserName=user)["User"]["Arn"]
            document = {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Action": ["bailiwick:ChooseUserRole", "bailiwick:DisassociateUserRole"], "Resource": "*"},
                    {
                        "Effect": "Allow",
                        "Action": "iam:PassRole",
                        "Resource": [roles["way"], roles["way-own"]],
                        "Condition": {"StringEquals": {"iam:PassedToService": "chatbot.amazonaws.com"}},
                    },
                ],
            }
            iam.put_user_policy(UserName=user, PolicyName="chooses", PolicyDocument=json.dumps(document))
            self.own.create_person(Name=user.title(), IamPrincipalArn=arn)
        self.own.create_person(Name="Nobody")

    def person(self, name):
        return self.server.person(name)

    def link_of(self, message):
        """The link in a message of Slack."""
        return re.search(r"<(http[^|>]+/console/identity\?link=[^|>]+)\|", text_of(message)).group(1)

    def asks(self, channel="C1", user="U1"):
        """Somebody says `switch-role` in Slack; the link they are given."""
        said = self.slack.say("switch-role", channel=channel, user=user)
        return self.link_of(self.slack.wait(answers(said["ts"], "/console/identity"), channel=channel))

    def stop(self):
        self.server.stop()
        self.slack.stop()
        self.teams.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("identity"))
    yield world
    world.stop()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def location(url):
    """Where a platform sends the browser."""
    with pytest.raises(urllib.error.HTTPError) as sent:
        urllib.request.build_opener(Stay).open(url, timeout=20)
    assert sent.value.code == 302, sent.value.read()
    return sent.value.headers["location"]


def begins(person, link):
    """The address of the platform that a person is sent to."""
    page = person.get(link)
    path = next(a["href"] for a in page.all("a") if "/console/identity/sign-in" in a.get("href", ""))
    request = urllib.request.Request(urllib.parse.urljoin(person.url, path))
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(person.cookies), Stay)
    with pytest.raises(urllib.error.HTTPError) as sent:
        opener.open(request, timeout=20)
    assert sent.value.code == 303, sent.value.read()
    return sent.value.headers["location"]


def chooses(person, page, role):
    form = next(form for form in page.all("form") if form.get("action") == "/console/identity")
    fields = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
    return person.open("/console/identity", form={**fields, "role": role})[1]


def test_a_member_without_a_role_is_given_the_way_to_one_and_goes_it(world):
    said = world.slack.say("sns list-topics")
    refused = world.slack.wait(answers(said["ts"], "must choose a role"))
    link = world.link_of(refused)
    quinn = world.person("Quinn")
    page = quinn.get(link)
    assert "Prove who you are in Slack" in page.text and "IAM user quinn" in page.text
    assert not page.all("input", type="radio")
    at_slack = begins(quinn, link)
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(at_slack).query))
    assert at_slack.startswith(f"{world.slack.url}/openid/connect/authorize?")
    assert asked["team"] == TEAM and asked["redirect_uri"] == f"{world.server.url}/console/identity/slack"
    address, text = quinn.open(location(at_slack))
    assert "code=" not in address
    page = quinn.get(address)
    offered = [field["value"] for field in page.all("input", type="radio")]
    assert offered == [world.roles["way"], world.roles["way-own"]], page.text
    # What they may not pass is refused, and nothing is lost by trying.
    with pytest.raises(Refused) as wrong:
        chooses(quinn, page, world.roles["way-other"])
    assert wrong.value.status == 403 and "iam:PassRole" in wrong.value.text
    assert "acts with way-own from now on" in chooses(quinn, quinn.get(address), world.roles["way-own"])
    said = world.slack.say("whoami")
    world.slack.wait(answers(said["ts"], "way-own"))
    listed = world.server.client("chatbot").describe_slack_user_identities()["SlackUserIdentities"]
    mine = next(one for one in listed if one["ChatConfigurationArn"] == world.arns["C1"])
    assert mine["SlackUserId"] == "U1" and mine["AwsUserIdentity"].endswith(":user/quinn")
    known = world.own.list_chat_identities()["ChatIdentities"]
    assert [(one["Platform"], one["WorkspaceId"], one["MemberId"]) for one in known] == [("slack", TEAM, "U1")]
    # The link is used up, and in another channel no proof is needed any more: the choice is made in chat.
    with pytest.raises(Refused) as used:
        quinn.get(link)
    assert "cannot be used any more" in used.value.text
    said = world.slack.say("switch-role way-own", channel="C2")
    world.slack.wait(answers(said["ts"], "you act with way-own from now on"), channel="C2")
    said = world.slack.say("switch-role way-other", channel="C2")
    world.slack.wait(answers(said["ts"], "iam:PassRole"), channel="C2")
    said = world.slack.say("switch-role", channel="C2")
    asked = world.slack.wait(answers(said["ts"], "Which role?"), channel="C2")
    assert "way-own" in text_of(asked) and "way-other" not in text_of(asked)


def test_the_way_of_teams_is_the_same(world):
    said = world.teams.say("switch-role")
    shown = world.teams.answer(said, "Prove who you are")
    link = re.search(r'http[^"]+/console/identity\?link=[^"]+', json.dumps(shown["activity"])).group(0)
    quinn = world.person("Quinn")
    at_entra = begins(quinn, link)
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(at_entra).query))
    assert asked["code_challenge_method"] == "S256" and asked["scope"] == "openid profile"
    address, _ = quinn.open(location(at_entra))
    assert "acts with way-own from now on" in chooses(quinn, quinn.get(address), world.roles["way-own"])
    said = world.teams.say("whoami")
    assert "way-own" in words(world.teams.answer(said, "way-own"))
    listed = world.server.client("chatbot").list_microsoft_teams_user_identities()["TeamsUserIdentities"]
    assert [(one["UserId"], one["TeamsTenantId"]) for one in listed] == [(OID, TENANT)]


def test_nobody_is_proved_to_be_somebody_else(world):
    marlow = world.person("Marlow")
    link = world.asks(user="U2")
    # Slack says that whoever is signed in there is another member than the link was given to.
    for browser_of, word in [
        ({"user": "U3"}, "the link was given to U2"),
        ({"user": "U2", "claims": {"https://slack.com/team_id": "T2"}}, "two answers name two members"),
        ({"user": "U2", "info": {"https://slack.com/user_id": "U3"}}, "two answers name two members"),
        ({"user": "U2", "claims": {"nonce": "another"}}, "another sign-in"),
        ({"user": "U2", "claims": {"aud": "another"}}, "another app"),
        ({"user": "U2", "claims": {"iss": "https://evil.example"}}, "not issued by"),
        ({"user": "U2", "claims": {"exp": 1_000}}, "ended at"),
        ({"user": "U2", "foreign": True}, "signature"),
        ({"error": "access_denied"}, "access_denied"),
    ]:
        world.slack.ask("browser", **browser_of)
        back = location(begins(marlow, link))
        with pytest.raises(Refused) as refused:
            marlow.open(back)
        assert word in refused.value.text, browser_of
    world.slack.ask("browser", user="U2")
    back = location(begins(marlow, link))
    # The answer belongs to the session in which it was asked for, and to no other.
    quinn = world.person("Quinn")
    with pytest.raises(Refused) as stolen:
        quinn.open(back)
    assert "belongs to no sign-in that you began here" in stolen.value.text
    # A state that was made up, and one of another platform.
    for wrong in (back.replace("state=", "state=x"), back.replace("identity/slack", "identity/teams")):
        with pytest.raises(Refused) as refused:
            marlow.open(wrong)
        assert refused.value.status in (403, 422), wrong
    with pytest.raises(urllib.error.HTTPError) as nobody:
        urllib.request.urlopen(f"{back}&again=1", timeout=20)
    assert nobody.value.code == 401
    # None of this used the answer up; it is good once.
    address, _ = marlow.open(back)
    with pytest.raises(Refused) as again:
        marlow.open(back)
    assert "belongs to no sign-in" in again.value.text
    # What was proved in one session counts in no other, not even in another of the same person.
    other = world.person("Marlow")
    assert not other.get(address).all("input", type="radio")
    assert marlow.get(address).all("input", type="radio")
    world.slack.ask("browser", user="U1")


def test_who_is_no_user_of_the_account_is_told_so(world):
    link = world.asks(user="U5")
    nobody = world.person("Nobody")
    page = nobody.get(link)
    assert "no IAM user" in page.text and not page.all("a", cls="primary")
    with pytest.raises(Refused) as refused:
        nobody.open("/console/identity/sign-in?" + urllib.parse.urlsplit(link).query)
    assert refused.value.status == 403


def test_what_was_proved_can_be_forgotten(world):
    said = world.slack.say("switch-role", channel="C2")
    world.slack.wait(answers(said["ts"], "Which role?"), channel="C2")
    world.own.forget_chat_identity(Platform="slack", WorkspaceId=TEAM, MemberId="U1")
    said = world.slack.say("switch-role", channel="C2")
    world.slack.wait(answers(said["ts"], "/console/identity"), channel="C2")


@pytest.mark.timeout(180)
def test_a_browser_goes_the_whole_way(world, browser, tmp_path):  # noqa: F811
    """From a link on another site, where the session's cookie does not come along at first."""
    driver = browser.driver
    people = {person["Name"]: person["PersonId"] for person in world.own.list_people()["People"]}
    driver.get(world.server.url + world.own.create_sign_in_link(PersonId=people["Marlow"])["Path"])
    world.slack.ask("browser", user="U6")
    link = world.asks(user="U6")
    page = tmp_path / "chat.html"
    page.write_text(f'<a id="link" href="{link}">link</a>')
    driver.get(page.as_uri())
    browser.one("#link").click()
    browser.wait(lambda: "Continue to Slack" in driver.page_source)
    driver.save_screenshot(str(tmp_path / "identity-1.png"))
    browser.one("a.primary").click()
    browser.wait(lambda: browser.all("input[type=radio]"))
    assert "code=" not in driver.current_url
    driver.save_screenshot(str(tmp_path / "identity-2.png"))
    browser.all("input[type=radio]")[1].click()
    browser.one("form.sheet-form button.primary").click()
    browser.wait(lambda: "from now on" in driver.page_source)
    driver.save_screenshot(str(tmp_path / "identity-3.png"))
    assert browser.complaints() == []
    said = world.slack.say("whoami", user="U6")
    until(lambda: world.slack.shown(), lambda all: any(answers(said["ts"], "way-own")(m) for m in all), 30, "no whoami")
    world.slack.ask("browser", user="U1")
