"""The audit trail: whole after use, and every kind of damage to the store is found."""

import json
import re
import shutil
import sqlite3

import pytest
from conftest import ALARMS, WORKLOAD


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A server that was used and stopped."""
    from conftest import Bailiwick

    server = Bailiwick(tmp_path_factory.mktemp("used")).start()
    ops = server.dana().room("ops")
    ops.ask("@aws sns list-topics")
    ops.ask(f"@aws sns publish --topic-arn {ALARMS} --message refused")
    server.client("sns").publish(TopicArn=ALARMS, Message="published")
    with pytest.raises(Exception, match="not authorized"):
        server.client("sns", "nobody").list_topics()
    yield server
    if server.process is not None:
        server.stop()


@pytest.fixture
def stopped(used):
    used.stop()
    return used


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def records(server):
    return [json.loads(line["record"]["record"]) for line in lines(server.audit("export").stdout) if "record" in line]


def test_it_is_whole_while_the_server_runs(used):
    result = used.audit("verify")
    assert result.returncode == 0 and "the audit trail is whole" in result.stdout


def test_records_have_the_shape_of_cloudtrail(used):
    found = records(used)
    for record in found:
        for name in ("eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "eventID"):
            assert name in record, record
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record["eventTime"])
        assert record["recipientAccountId"].isdigit() and record["eventType"] in ("AwsApiCall", "AwsConsoleSignIn")
    assert len({record["eventID"] for record in found}) == len(found)


def test_every_decision_and_outcome_is_there(used):
    def of(name, what, **identity):
        return [
            record
            for record in records(used)
            if record["eventName"] == name
            and record["additionalEventData"]["record"] == what
            and all(record["userIdentity"].get(key) == value for key, value in identity.items())
        ]

    (decided,) = [r for r in of("Publish", "decision", type="IAMUser") if r["userIdentity"]["userName"] == "admin"]
    (finished,) = of("Publish", "outcome", type="IAMUser")
    assert finished["additionalEventData"]["decisionId"] == decided["eventID"]
    assert finished["requestID"] == decided["requestID"]
    assert decided["additionalEventData"]["ruling"]["allowed"] is True

    (refused,) = [r for r in of("Publish", "decision") if not r["additionalEventData"]["ruling"]["allowed"]]
    assert refused["errorCode"]
    assert refused["additionalEventData"]["origin"]["kind"] == "chat"
    assert [step["layer"] for step in refused["additionalEventData"]["ruling"]["steps"]] == list(range(1, 10))

    (nobody,) = [r for r in of("ListTopics", "decision") if r["userIdentity"].get("userName") == "nobody"]
    assert nobody["additionalEventData"]["ruling"]["allowed"] is False
    assert [r for r in of("ListTopics", "outcome") if r["additionalEventData"]["origin"]["kind"] == "chat"]


def test_secrets_appear_nowhere(used):
    secrets = [used.profile(name)["AWS_SECRET_ACCESS_KEY"] for name in ("admin", "nobody")]
    secrets.append(used.sign_in_link().split("token=")[1])
    secrets.append(bytes.fromhex(secrets[-1]).decode("latin-1"))
    dump = "\n".join(sqlite3.connect(f"file:{used.data}/bailiwick.db?mode=ro", uri=True).iterdump())
    exported = used.audit("export").stdout
    for place in (dump, exported):
        for secret in secrets:
            assert secret not in place
    for secret in secrets[:2]:
        assert secret not in used.said()
    for path in used.data.rglob("*"):
        if path.is_file() and path.name != "credentials":
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets), path


def test_an_export_is_verified_elsewhere(stopped, tmp_path):
    exported = stopped.audit("export")
    key = re.search(r"public key is (\S+)", exported.stderr)[1]
    path = tmp_path / "trail.jsonl"

    def verify(text, key=key):
        path.write_text(text)
        return stopped.command("audit", "verify", "--file", str(path), "--key", key)

    whole = verify(exported.stdout)
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert "whole" in whole.stdout
    parts = exported.stdout.splitlines(keepends=True)
    damaged = {
        "changed": exported.stdout.replace('\\"message\\":\\"published', '\\"message\\":\\"publishes', 1),
        "removed": "".join(parts[:5] + parts[6:]),
        "reordered": "".join([*parts[:5], parts[6], parts[5], *parts[7:]]),
        "cut": "".join(parts[:-3]),
        "cut before its head": "".join(parts[:-3] + parts[-1:]),
        "empty": "",
    }
    for what, text in damaged.items():
        assert text != exported.stdout, what
        result = verify(text)
        assert result.returncode == 1, f"{what}: {result.stdout}"
    other_key = ("0" if key[0] != "0" else "1") + key[1:]
    assert verify(exported.stdout, other_key).returncode != 0


DAMAGE = {
    "a changed record": "update audit set record = replace(record, 'ListTopics', 'LostTopics') where sequence = :n",
    "a changed hash": "update audit set hash = zeroblob(32) where sequence = :n",
    "a changed identity": "update audit set id = 'somebody-else' where sequence = :n",
    "a changed kind": "update audit set kind = kind || 'x' where sequence = :n",
    "a removed record": "delete from audit where sequence = :n",
    "a removed first record": "delete from audit where sequence = 1",
    "two records in each other's place": """
        update audit set sequence = -1 where sequence = :n;
        update audit set sequence = :n where sequence = :n + 1;
        update audit set sequence = :n + 1 where sequence = -1;
    """,
    "a tail that was cut off": "delete from audit where sequence > (select max(sequence) - 2 from audit)",
    "a record put in": """
        insert into audit select node, (select max(sequence) + 1 from audit), format, 'new', kind, record, previous, hash
        from audit where sequence = :n
    """,
    "everything removed": "delete from audit",
    "everything removed with its head": "delete from audit; delete from audit_head",
    "a head set back": "update audit_head set sequence = sequence - 1",
    "a removed head": "delete from audit_head",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_in_the_store_is_found(stopped, tmp_path, damage):
    data = tmp_path / "data"
    shutil.copytree(stopped.data, data)
    assert stopped.audit("verify", data=data).returncode == 0
    database = sqlite3.connect(data / "bailiwick.db")
    (at,) = database.execute("select max(sequence) from audit where record like '%ListTopics%'").fetchone()
    before = database.execute("select * from audit order by sequence").fetchall()
    heads = database.execute("select * from audit_head").fetchall()
    for statement in DAMAGE[damage].split(";"):
        if statement.strip():
            database.execute(statement, {"n": at} if ":n" in statement else {})
    database.commit()
    after = database.execute("select * from audit order by sequence").fetchall()
    assert (before, heads) != (after, database.execute("select * from audit_head").fetchall())
    database.close()

    result = stopped.audit("verify", data=data)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "the audit trail is damaged: " in result.stdout
    if ":n" in DAMAGE[damage] and "put in" not in damage:
        assert str(at) in result.stdout, f"{at} is not named: {result.stdout}"


def test_records_name_the_account(used):
    assert WORKLOAD in {record["recipientAccountId"] for record in records(used)}
