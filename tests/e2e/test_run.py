"""`bailiwick run -- ...`: commands at a terminal, as the AWS CLI runs them, against moto's server."""

import json
import os
import subprocess

import boto3
import pytest
from conftest import BINARY

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


@pytest.fixture
def run(moto, tmp_path):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment = clean | KEYS | {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": moto,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }

    def run(*words, status=0, **changed):
        merged = {name: value for name, value in (environment | changed).items() if value is not None}
        done = subprocess.run(
            [str(BINARY), "run", "--", *words], env=merged, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done

    return run


def made(run, *words):
    """The answer of a command as JSON; nothing where it answers nothing."""
    said = run(*words).stdout
    return json.loads(said) if said else None


def test_commands_of_every_protocol(run, moto):
    # query
    topic = made(run, "sns", "create-topic", "--name", "t", "--tags", "Key=team,Value=ops")["TopicArn"]
    run("sns", "set-topic-attributes", "--topic-arn", topic, "--attribute-name", "DisplayName", "--attribute-value", "T")
    assert made(run, "sns", "get-topic-attributes", "--topic-arn", topic)["Attributes"]["DisplayName"] == "T"
    assert made(run, "sns", "publish", "--topic-arn", topic, "--message", "hello")["MessageId"]
    role = made(run, "iam", "create-role", "--role-name", "r", "--assume-role-policy-document", TRUST)["Role"]["Arn"]
    run("iam", "put-role-policy", "--role-name", "r", "--policy-name", "p", "--policy-document", ALLOW)
    inline = made(run, "iam", "get-role-policy", "--role-name", "r", "--policy-name", "p")
    assert inline["PolicyDocument"] == json.loads(ALLOW)
    assert made(run, "sts", "assume-role", "--role-arn", role, "--role-session-name", "session")["Credentials"]["SessionToken"]
    assert made(run, "sqs", "create-queue", "--queue-name", "q", "--attributes", "DelaySeconds=5")["QueueUrl"]
    run("cloudformation", "validate-template", "--template-body", '{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}')
    # ec2
    vpc = made(run, "ec2", "create-vpc", "--cidr-block", "10.0.0.0/16")["Vpc"]["VpcId"]
    run("ec2", "create-tags", "--resources", vpc, "--tags", "Key=Name,Value=main", "Key=env,Value=test")
    found = run(
        "ec2", "describe-vpcs", "--filters", "Name=tag:Name,Values=main", "--query", "Vpcs[].VpcId", "--output", "text"
    )
    assert found.stdout == f"{vpc}\n"
    run("ec2", "create-subnet", "--vpc-id", vpc, "--cidr-block", "10.0.1.0/24")
    # json
    run(
        "dynamodb", "create-table", "--table-name", "n", "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=id,AttributeType=S", "--key-schema", "AttributeName=id,KeyType=HASH",
    )  # fmt: skip
    for number in range(3):
        run("dynamodb", "put-item", "--table-name", "n", "--item", json.dumps({"id": {"S": str(number)}}))
    scanned = made(run, "dynamodb", "scan", "--table-name", "n", "--page-size", "1")
    assert scanned["Count"] == 3 and scanned["ConsumedCapacity"] is None
    run("logs", "create-log-group", "--log-group-name", "g")
    assert made(run, "logs", "describe-log-groups")["logGroups"][0]["logGroupName"] == "g"
    key = made(run, "kms", "create-key")["KeyMetadata"]["KeyId"]
    assert made(run, "kms", "describe-key", "--key-id", key)["KeyMetadata"]["Enabled"] is True
    run("ssm", "put-parameter", "--name", "/p", "--type", "String", "--value", "v")
    assert run("ssm", "get-parameter", "--name", "/p", "--query", "Parameter.Value", "--output", "text").stdout == "v\n"
    run("secretsmanager", "create-secret", "--name", "s", "--secret-string", "hidden")
    # rest-json
    run("lambda", "list-functions")
    assert made(run, "apigateway", "create-rest-api", "--name", "a")["name"] == "a"
    # rest-xml
    zone = made(run, "route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1")
    run("route53", "get-hosted-zone", "--id", zone["HostedZone"]["Id"].rsplit("/", 1)[-1])


def test_objects_go_in_and_come_out_as_they_are(run, tmp_path):
    body = bytes(range(256)) * 64
    (tmp_path / "in.bin").write_bytes(body)
    run("s3api", "create-bucket", "--bucket", "bucket-of-files")
    run("s3api", "put-object", "--bucket", "bucket-of-files", "--key", "a b/ü", "--body", "in.bin")
    listed = made(run, "s3api", "list-objects-v2", "--bucket", "bucket-of-files")
    assert [entry["Key"] for entry in listed["Contents"]] == ["a b/ü"]
    answer = made(run, "s3api", "get-object", "--bucket", "bucket-of-files", "--key", "a b/ü", "out.bin")
    assert answer["ContentLength"] == len(body) and (tmp_path / "out.bin").read_bytes() == body


def test_pages_are_walked_and_cut(run, moto):
    iam = boto3.client(
        "iam", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    for number in range(7):
        iam.create_user(UserName=f"u{number}")
    assert len(made(run, "iam", "list-users", "--page-size", "2")["Users"]) == 7
    names, token = [], []
    while True:
        page = made(run, "iam", "list-users", "--page-size", "2", "--max-items", "3", *token)
        names += [user["UserName"] for user in page["Users"]]
        if "NextToken" not in page:
            break
        token = ["--starting-token", page["NextToken"]]
    assert names == [f"u{number}" for number in range(7)]
    assert list(made(run, "iam", "list-users", "--no-paginate")) == ["Users", "IsTruncated"]


def test_the_exit_status_says_what_went_wrong(run):
    assert "(NoSuchEntity) when calling the GetUser operation" in run("iam", "get-user", "--user-name", "x", status=254).stderr
    assert "did you mean `sns list-topics`" in run("sns", "list-topic", status=252).stderr
    assert "--name" in run("sns", "create-topic", status=252).stderr
    nobody = run("sns", "list-topics", status=253, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert "Unable to locate credentials" in nobody.stderr
    assert "region" in run("sns", "list-topics", status=253, AWS_REGION=None).stderr
    nowhere = run("sns", "list-topics", status=255, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert "cannot connect to 127.0.0.1:9" in nowhere.stderr and "testing" not in nowhere.stderr


def test_credentials_come_from_where_the_sdks_look(run, moto, tmp_path):
    without = dict.fromkeys(KEYS)
    (tmp_path / "credentials").write_text("[ops]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n")
    (tmp_path / "config").write_text(
        "[profile ops]\nregion = eu-central-1\n"
        "[profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/chained\nsource_profile = ops\nregion = us-east-1\n"
        "[profile process]\nregion = us-east-1\ncredential_process = /bin/sh keys.sh\n"
    )
    (tmp_path / "keys.sh").write_text(
        'echo \'{"Version": 1, "AccessKeyId": "AKIAPROCESS", "SecretAccessKey": "s", "SessionToken": "t"}\'\n'
    )
    for profile in ("ops", "process"):
        run("sts", "get-caller-identity", "--profile", profile, **without)
    chained = run("sts", "get-caller-identity", "--profile", "deploy", "--query", "Arn", "--output", "text", **without)
    assert ":assumed-role/chained/" in chained.stdout
