"""An account whose roles are assumed: what arrives at its STS, and with which keys its calls are then signed."""

import http.server
import json
import threading
import urllib.parse

import pytest
from conftest import WORKLOAD, Bailiwick

SECRET = "the-secret-of-the-first-step"


class Endpoint(http.server.BaseHTTPRequestHandler):
    """STS and EC2 as one server that notes everything."""

    protocol_version = "HTTP/1.1"
    asked: list
    lasts = 900
    refuses = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        members = dict(urllib.parse.parse_qsl(body, keep_blank_values=True))
        signed_by = self.headers["Authorization"].split("Credential=")[1].split("/")[0]
        type(self).asked.append((members["Action"], members, signed_by, self.headers.get("X-Amz-Security-Token")))
        if members["Action"] == "AssumeRole" and self.refuses:
            status, answer = 403, (
                "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
                f"<Message>{self.refuses}</Message></Error></ErrorResponse>"
            )  # fmt: skip
        elif members["Action"] == "AssumeRole":
            import datetime

            count = sum(1 for action, *_ in self.asked if action == "AssumeRole")
            end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self.lasts)
            status, answer = 200, (
                "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
                f"<AccessKeyId>ASIASESSION{count}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                f"<SessionToken>token-{count}</SessionToken><Expiration>{end:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
                "</Credentials></AssumeRoleResult></AssumeRoleResponse>"
            )  # fmt: skip
        else:
            status, answer = 200, "<DescribeRegionsResponse><regionInfo><item><regionName>r-1</regionName></item></regionInfo></DescribeRegionsResponse>"
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def remote(tmp_path):
    """A server whose workload account is remote, and its endpoint."""
    endpoint = type("Noting", (Endpoint,), {"asked": []})
    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), endpoint)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    config = f"""
[[account]]
id = "{WORKLOAD}"
endpoint = "http://127.0.0.1:{listening.server_address[1]}"
access_key_id = "AKIAFIRSTSTEP"
secret_access_key = "{SECRET}"
external_id = "e-1"
assume_roles = true
"""
    server = Bailiwick(tmp_path, config=config).start()
    yield server, endpoint
    server.stop()
    listening.shutdown()


def ask(server, person="Dana"):
    room = server.person(person).room("ops")
    return room.ask("@aws ec2 describe-regions", seconds=30)


def test_the_session_carries_the_person_and_the_guardrails(remote):
    server, endpoint = remote
    assert "r-1" in ask(server).text
    (assumed, called) = endpoint.asked
    action, members, signed_by, token = assumed
    assert (action, signed_by, token) == ("AssumeRole", "AKIAFIRSTSTEP", None)
    assert members["RoleArn"] == f"arn:aws:iam::{WORKLOAD}:role/service-role/ops-readonly"
    assert members["SourceIdentity"] == "person-dana"
    assert members["ExternalId"] == "e-1" and members["DurationSeconds"] == "900"
    assert members["RoleSessionName"]
    rooms = server.own("DescribeRoomConfigurations")["RoomConfigurations"]
    guardrails = next(room for room in rooms if room["IamRoleArn"] == members["RoleArn"])["GuardrailPolicyArns"]
    # AWS knows its own policies by name; the text of the others goes with the session.
    by_name = [arn for arn in guardrails if "::aws:" in arn]
    assert [members[f"PolicyArns.member.{n}.arn"] for n in range(1, len(by_name) + 1)] == by_name
    assert by_name != guardrails and "ssm-incidents:*" in members["Policy"]
    count = sum(1 for name in members if name.startswith("Tags.member.") and name.endswith(".Key"))
    tags = {members[f"Tags.member.{n}.Key"]: members[f"Tags.member.{n}.Value"] for n in range(1, count + 1)}
    assert set(tags) == {f"bailiwick:{name}" for name in ("platform", "workspace", "channel", "member")}
    assert tags["bailiwick:member"] == "person-dana"
    # The call itself is signed with the session, not with the account's keys.
    assert called[0] == "DescribeRegions" and called[2:] == ("ASIASESSION1", "token-1")
    assert SECRET not in server.said() + server.audit("export").stdout


def test_a_session_is_used_again_until_the_policies_change(remote):
    server, endpoint = remote
    actions = lambda: [action for action, *_ in endpoint.asked]  # noqa: E731
    for _ in range(3):
        ask(server)
    assert actions().count("AssumeRole") == 1, "three commands, one session"
    server.client("iam").tag_role(RoleName="ops-readonly", Tags=[{"Key": "a", "Value": "b"}])
    ask(server)
    assert actions().count("AssumeRole") == 2, "a new revision of the policies has new sessions"


def test_a_session_that_is_about_to_end_is_not_used(remote):
    server, endpoint = remote
    endpoint.lasts = 30
    ask(server)
    ask(server)
    assert [action for action, *_ in endpoint.asked].count("AssumeRole") == 2


def test_each_person_has_a_session_of_their_own(remote):
    server, endpoint = remote
    ask(server)
    ask(server, "Sam")
    assert [members["SourceIdentity"] for action, members, *_ in endpoint.asked if action == "AssumeRole"] == [
        "person-dana",
        "person-sam",
    ]


def test_a_role_that_cannot_be_assumed_is_told_and_nothing_is_called(remote):
    server, endpoint = remote
    endpoint.refuses = "not in this bailiwick"
    answer = ask(server)
    assert answer.tone == "bad" and "cannot be assumed" in answer.text and "not in this bailiwick" in answer.text
    assert [action for action, *_ in endpoint.asked] == ["AssumeRole"]


def test_guardrails_refuse_before_anything_is_asked(remote):
    server, endpoint = remote
    answer = server.dana().room("ops").ask("@aws ec2 terminate-instances --instance-ids i-0123456789abcdef0")
    assert "do not allow ec2:TerminateInstances" in answer.text
    assert endpoint.asked == []
