"""What is managed on the pages, over the pages' own forms: every button is a call of the API, as the IAM user that the person is."""

import json

import pytest
from conftest import ALARMS, ORGANIZATION, WORKLOAD
from pages import Person, Refused, until

OFF = {"chatbot": {"platforms": {"chime": {"client": {"@@assign": "disabled"}}}}}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
ASK = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:CreateTopic","Resource":"*",'
    '"Condition":{"NumericGreaterThanEquals":{"bailiwick:ApproverCount":"1"}}}]}'
)


class Sheets:
    """The sheets as one person sees them."""

    def __init__(self, person):
        self.person = person

    def open(self, name):
        return self.person.get(f"/console/manage/{name}")

    def rows(self, page, heading):
        tables = [region for region in page.all("div", "table") if region["aria-label"] == heading]
        return tables[0].one("tbody").all("tr") if tables else []

    def send(self, page, form, **fields):
        """Sends a form as it stands, with these fields; what is said of it."""
        hidden = {field["name"]: field["value"] for field in form.all("input", type="hidden")}
        path = form["action"]
        _, text = self.person.open(path, {**hidden, **fields})
        from pages import Reader

        return Reader(text).root.one("p", "said-done").text

    def press(self, page, row, label):
        forms = [form for form in row.all("form") if form.one("button").text == label]
        return self.send(page, forms[0])

    def form(self, page, act):
        return [form for form in page.all("form", "sheet-form") if form["action"].endswith(f"/{act}")][0]


def linked(server, name, user, profile):
    """A person who is also an IAM user, signed in."""
    account = {"admin": WORKLOAD, "management": ORGANIZATION}[profile]
    arn = f"arn:aws:iam::{account}:user/{user}"
    person = server.own("CreatePerson", profile=profile, Name=name, IamPrincipalArn=arn)["Person"]["PersonId"]
    return Person(server.url, server.own("CreateSignInLink", profile=profile, PersonId=person)["Path"])


@pytest.fixture
def server(new_bailiwick):
    return new_bailiwick().start()


@pytest.fixture
def robin(server):
    return Sheets(linked(server, "Robin", "admin", "admin"))


@pytest.fixture
def morgan(server):
    return Sheets(linked(server, "Morgan", "management", "management"))


def test_chatbot_policies_are_attached_and_their_effect_is_shown(server, robin, morgan):
    page = morgan.open("chatbot-policies")
    said = morgan.send(page, morgan.form(page, "create"), name="no rooms", content=json.dumps(OFF))
    policy = said.split()[3]
    page = morgan.open("chatbot-policies")
    assert morgan.send(page, morgan.form(page, "attach"), policy=policy, target=WORKLOAD) == f"✓ Attached to {WORKLOAD}"
    page = morgan.open("chatbot-policies")
    (row,) = morgan.rows(page, "Policies")
    assert "no rooms" in row.text and f"workload ({WORKLOAD})" in row.text
    # The account sees what holds for it, and its channels say that they are off.
    holds = robin.open("chatbot-policies")
    (row,) = robin.rows(holds, "What holds for this account")
    assert WORKLOAD in row.text and '"client": "disabled"' in row.one("pre").text
    states = [row.text for row in robin.rows(robin.open("channels"), "Channels")]
    assert len(states) == 2 and all("disabled" in state and "chatbot policy" in state for state in states)
    # Whoever may not attach policies is told so on the sheet.
    with pytest.raises(Refused) as refused:
        page = robin.open("chatbot-policies")
        robin.person.open(
            "/console/manage/chatbot-policies/attach",
            {"form_token": page.all("input", name="form_token")[0]["value"], "policy": policy, "target": WORKLOAD},
        )
    assert refused.value.status in (403, 422)
    page = morgan.open("chatbot-policies")
    (row,) = morgan.rows(page, "Policies")
    assert morgan.press(page, row, f"Detach from {WORKLOAD}") == f"✓ Detached from {WORKLOAD}"
    assert all("enabled" in row.text for row in robin.rows(robin.open("channels"), "Channels"))


def test_held_notifications_are_seen_shown_and_thrown_away(server, robin, morgan):
    page = morgan.open("chatbot-policies")
    said = morgan.send(page, morgan.form(page, "create"), name="no rooms", content=json.dumps(OFF))
    policy = said.split()[3]
    morgan.send(page, morgan.form(page, "attach"), policy=policy, target=WORKLOAD)
    for message in ["the disk is full", "never mind"]:
        server.aws("sns", "publish", "--topic-arn", ALARMS, "--message", message)
    held = lambda: robin.rows(robin.open("notifications"), "Notifications that are held back")
    rows = until(held, lambda rows: len(rows) == 2)
    assert "the disk is full" in rows[0].text and "chatbot policy" in rows[0].text
    page = robin.open("notifications")
    assert robin.press(page, rows[1], "Throw away") == "✓ 1 thrown away"
    page = morgan.open("chatbot-policies")
    morgan.press(page, morgan.rows(page, "Policies")[0], f"Detach from {WORKLOAD}")
    page = robin.open("notifications")
    (row,) = held()
    assert robin.press(page, row, "Show it now") == "✓ 1 given to the channel"
    assert held() == []
    room = server.dana().room("ops")
    until(room.cards, lambda cards: any("the disk is full" in card.text for card in cards))
    assert server.own("DropNotifications", ChatConfigurationArn=arn("ops"))["NotificationIds"] == []
    assert server.own("ListFailedDeliveries")["Deliveries"] == []
    assert server.own("RetryDeliveries")["DeliveryIds"] == []


def arn(name):
    return f"arn:aws:chatbot::{WORKLOAD}:chat-configuration/chime-room/{name}"


def guardrails(server):
    return {
        room["ConfigurationName"]: [policy.rsplit("/")[-1] for policy in room["GuardrailPolicyArns"]]
        for room in server.own("DescribeRoomConfigurations")["RoomConfigurations"]
    }


def test_guardrails_of_one_of_some_and_of_all_channels(server, robin):
    page = robin.open("channels")
    rows = {row.all("td")[1].text: row for row in robin.rows(page, "Channels")}
    assert set(rows) == {"deploy (room)", "ops (room)"}
    assert robin.press(page, rows["ops (room)"], "Detach the protection policy") == "✓ Changed ops"
    assert guardrails(server)["ops"] == ["AdministratorAccess"]
    page = robin.open("channels")
    rows = {row.all("td")[1].text: row for row in robin.rows(page, "Channels")}
    assert "guardrails limit nothing" in rows["ops (room)"].text
    fields = {"scope": "chosen", "channel": arn("deploy"), "policies": f"{READ_ONLY}"}
    assert robin.send(page, robin.form(page, "set"), **fields) == "✓ Changed deploy"
    assert guardrails(server) == {"ops": ["AdministratorAccess"], "deploy": ["ReadOnlyAccess"]}
    said = robin.send(page, robin.form(page, "set"), scope="all", policies=f"{ADMINISTRATOR},\n{READ_ONLY}")
    assert said == "✓ Changed deploy, ops"
    assert set(map(len, guardrails(server).values())) == {2}
    said = robin.send(page, robin.form(page, "account"), default="", minimum=READ_ONLY)
    assert said == "✓ Set for every channel of the account"
    minimum = server.own("GetAccountGuardrails")["AccountGuardrails"]["MinimumGuardrailPolicyArns"]
    assert minimum == [READ_ONLY]
    trace = server.dana().room("deploy").ask("@aws whoami")
    assert "the account's minimum, ReadOnlyAccess" in trace.text


def test_a_channel_role_is_made_of_templates(server, robin):
    page = robin.open("roles")
    titles = [row.all("td")[0].text for row in robin.rows(page, "Templates")]
    assert len(titles) == 8 and "AWS Support command permissions" in titles
    said = robin.send(page, robin.form(page, "create"), name="team", template="AWS_SUPPORT")
    assert said.endswith("role/service-role/team was created with ReadOnlyAccess, AWSSupportAccess")
    attached = server.aws_json("iam", "list-attached-role-policies", "--role-name", "team")
    assert {policy["PolicyName"] for policy in attached["AttachedPolicies"]} == {"ReadOnlyAccess", "AWSSupportAccess"}
    with pytest.raises(Refused) as again:
        robin.send(page, robin.form(page, "create"), name="team")
    assert "already exists" in again.value.text


def test_a_command_is_approved_on_the_page(server, robin):
    document = ["--role-name", "deploy", "--policy-name", "ask", "--policy-document", ASK]
    server.aws("iam", "put-role-policy", *document)
    server.own("SetGuardrails", AllConfigurations=True, GuardrailPolicyArns=[ADMINISTRATOR])
    room = server.dana().room("deploy")
    message = room.post("@aws sns create-topic --name made-together")
    (refusal,) = room.replies(message)
    room.press(refusal, "Ask for approval")
    room.replies(message, 2)
    heading = "Commands that wait for approval"
    (row,) = until(lambda: robin.rows(robin.open("waiting"), heading), bool)
    assert "made-together" in row.text and "Dana" in row.text and "0 of 1" in row.text
    (waits,) = server.own("ListPendingCommands")["Commands"]
    assert waits["State"] == "AWAITING_APPROVAL" and waits["Operation"] == "sns:CreateTopic"
    assert robin.press(robin.open("waiting"), row, "Approve") == "✓ Approved; the channel is told"
    replies = room.replies(message, 4)
    assert any("Robin approved this; it runs now." in reply.text for reply in replies)
    assert any("made-together" in reply.text for reply in replies[2:])
    assert robin.rows(robin.open("waiting"), heading) == []


def test_whoever_is_no_iam_user_sees_why_little_can_be_done(server):
    sam = Sheets(server.person("Sam"))
    page = sam.open("channels")
    assert "who is no IAM user" in page.text and "Not shown" in page.text
    assert sam.rows(page, "Channels") == []
