"""The AWS CLI: processes as people start them, with queries, waiters, paginators, files and exit codes.

A process takes about a second of processor time, so those that do not depend on each other run side by side.
"""

import concurrent.futures
import json
import urllib.request

import botocore.config
import pytest
from conftest import ALARMS, ORGANIZATION, WORKLOAD

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{WORKLOAD}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
)
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sns:Get*", "sns:List*"], "Resource": "*"}]}
)
STAY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}
)
TOPIC = f"arn:aws:sns:us-east-1:{WORKLOAD}:cli"
POLICY = f"arn:aws:iam::{WORKLOAD}:policy/cli"
ROLE = f"arn:aws:iam::{WORKLOAD}:role/cli"


@pytest.fixture(scope="module")
def side_by_side(bailiwick):
    """Runs commands four at a time. A command is its words, then what it has to print: a text, or a test of the JSON.
    Words that begin with `management` are said by the management account's administrator."""

    def one(command):
        *words, wanted = command
        profile = "management" if words[0] == "management" else "admin"
        words = words[1:] if words[0] == "management" else words
        shape = [] if "--output" in words else ["--output", "json"]
        said = bailiwick.aws(*words, *shape, profile=profile).stdout
        if callable(wanted):
            assert wanted(json.loads(said) if said else None), f"{words}: {said}"
        else:
            assert said == wanted, f"{words}: {said}"

    def run(*commands):
        with concurrent.futures.ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(one, commands))

    return run


def printed(*names):
    """That the output has a member of each of these names somewhere on the way down."""

    def test(output):
        for name in names:
            output = output[name]
        return output is not None

    return test


def nothing(output):
    return output is None


def test_forty_operations(bailiwick, side_by_side):
    (bailiwick.folder / "read.json").write_text(READ)
    side_by_side(
        ("sts", "get-caller-identity", "--query", "Arn", "--output", "text", f"arn:aws:iam::{WORKLOAD}:user/admin\n"),
        ("sns", "create-topic", "--name", "cli", "--tags", "Key=team,Value=web", lambda output: output["TopicArn"] == TOPIC),
        ("iam", "create-user", "--user-name", "cli", printed("User", "UserId")),
        ("iam", "create-group", "--group-name", "cli", printed("Group", "GroupId")),
        ("iam", "create-role", "--role-name", "cli", "--assume-role-policy-document", TRUST, printed("Role", "RoleId")),
        ("iam", "create-policy", "--policy-name", "cli", "--policy-document", "file://read.json", lambda o: o["Policy"]["Arn"] == POLICY),
        ("iam", "wait", "role-exists", "--role-name", "cli", nothing),
        ("management", "organizations", "create-policy", "--name", "stay", "--description", "", "--type", "SERVICE_CONTROL_POLICY",
         "--content", STAY, printed("Policy", "PolicySummary", "Id")),
        ("chime", "create-account", "--name", "cli", printed("Account", "AccountId")),
    )  # fmt: skip
    scp = bailiwick.client("organizations", "management").list_policies(Filter="SERVICE_CONTROL_POLICY")["Policies"]
    scp = next(policy["Id"] for policy in scp if policy["Name"] == "stay")
    side_by_side(
        ("iam", "add-user-to-group", "--user-name", "cli", "--group-name", "cli", nothing),
        ("iam", "attach-role-policy", "--role-name", "cli", "--policy-arn", POLICY, nothing),
        ("iam", "attach-group-policy", "--group-name", "cli", "--policy-arn", POLICY, nothing),
        ("iam", "put-user-policy", "--user-name", "cli", "--policy-name", "inline", "--policy-document", READ, nothing),
        ("iam", "put-user-permissions-boundary", "--user-name", "cli", "--permissions-boundary", POLICY, nothing),
        ("iam", "create-access-key", "--user-name", "cli", printed("AccessKey", "SecretAccessKey")),
        ("iam", "tag-user", "--user-name", "cli", "--tags", "Key=team,Value=web", "Key=stage,Value=test", nothing),
        ("sns", "set-topic-attributes", "--topic-arn", TOPIC, "--attribute-name", "DisplayName", "--attribute-value", "From the CLI", nothing),
        ("sns", "publish", "--topic-arn", TOPIC, "--subject", "Hi", "--message", "hello",
         "--message-attributes", '{"n": {"DataType": "Number", "StringValue": "1"}}', printed("MessageId")),
        ("sns", "publish-batch", "--topic-arn", TOPIC, "--publish-batch-request-entries", "Id=a,Message=one", "Id=b,Message=two",
         lambda output: [entry["Id"] for entry in output["Successful"]] == ["a", "b"]),
        ("management", "organizations", "attach-policy", "--policy-id", scp, "--target-id", WORKLOAD, nothing),
        ("sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "cli", "--query", "AssumedRoleUser.Arn", "--output", "text",
         f"arn:aws:sts::{WORKLOAD}:assumed-role/cli/cli\n"),
    )  # fmt: skip
    side_by_side(
        ("iam", "get-user", "--user-name", "cli", lambda o: o["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == POLICY),
        ("iam", "list-user-tags", "--user-name", "cli", "--query", "Tags[?Key=='stage'].Value | [0]", "--output", "text", "test\n"),
        ("iam", "get-group", "--group-name", "cli", "--query", "Users[].UserName", "--output", "text", "cli\n"),
        ("iam", "list-groups-for-user", "--user-name", "cli", "--query", "Groups[0].GroupName", '"cli"\n'),
        ("iam", "get-user-policy", "--user-name", "cli", "--policy-name", "inline", lambda o: o["PolicyDocument"] == json.loads(READ)),
        ("iam", "get-policy-version", "--policy-arn", POLICY, "--version-id", "v1",
         lambda o: o["PolicyVersion"]["Document"] == json.loads(READ)),
        ("iam", "list-attached-role-policies", "--role-name", "cli", "--output", "text", f"ATTACHEDPOLICIES\t{POLICY}\tcli\n"),
        ("iam", "list-entities-for-policy", "--policy-arn", POLICY, lambda o: o["PolicyGroups"][0]["GroupName"] == "cli"),
        ("iam", "list-policies", "--scope", "Local", "--max-items", "1", lambda o: len(o["Policies"]) == 1 and o["NextToken"]),
        ("iam", "simulate-principal-policy", "--policy-source-arn", ROLE, "--action-names", "sns:ListTopics", "sns:Publish",
         "--query", "EvaluationResults[].EvalDecision", "--output", "text", "allowed\timplicitDeny\n"),
        ("iam", "get-account-summary", "--query", "SummaryMap.UsersQuota", "5000\n"),
        ("sns", "list-topics", lambda o: {topic["TopicArn"] for topic in o["Topics"]} == {ALARMS, TOPIC}),
        ("sns", "get-topic-attributes", "--topic-arn", TOPIC, "--query", "Attributes.DisplayName", "--output", "text", "From the CLI\n"),
        ("sns", "list-tags-for-resource", "--resource-arn", TOPIC, "--output", "text", "TAGS\tteam\tweb\n"),
        ("organizations", "describe-organization", "--query", "Organization.MasterAccountId", "--output", "text", f"{ORGANIZATION}\n"),
        ("management", "organizations", "list-accounts", "--page-size", "1", "--query", "sort(Accounts[].Id)",
         lambda output: output == [ORGANIZATION, WORKLOAD]),
        ("management", "organizations", "list-policies-for-target", "--target-id", WORKLOAD, "--filter", "SERVICE_CONTROL_POLICY",
         "--query", f"Policies[?Id=='{scp}'].Name", "--output", "text", "stay\n"),
        ("chatbot", "get-account-preferences", printed("AccountPreferences")),
        ("chime", "list-accounts", "--query", "Accounts[?Name=='cli'] | length(@)", "1\n"),
    )  # fmt: skip
    side_by_side(
        ("management", "organizations", "detach-policy", "--policy-id", scp, "--target-id", WORKLOAD, nothing),
        ("iam", "remove-user-from-group", "--user-name", "cli", "--group-name", "cli", nothing),
        ("iam", "detach-role-policy", "--role-name", "cli", "--policy-arn", POLICY, nothing),
        ("sns", "delete-topic", "--topic-arn", TOPIC, nothing),
    )


@pytest.mark.parametrize(
    "words, profile, code, said",
    [
        (["iam", "get-user", "--user-name", "none"], "admin", 255, "An error occurred (NoSuchEntity) when calling the GetUser operation: "
         "The user with name none cannot be found."),
        (["iam", "list-users"], "nobody", 255, "An error occurred (AccessDenied) when calling the ListUsers operation: "
         f"User: arn:aws:iam::{WORKLOAD}:user/nobody is not authorized to perform: iam:ListUsers on resource: "
         f"arn:aws:iam::{WORKLOAD}:user/ because no identity-based policy allows the iam:ListUsers action"),
        (["iam", "get-user", "--no-such-option"], "admin", 255, "Unknown options: --no-such-option"),
        (["iam", "wait", "user-exists", "--user-name", "none", "--cli-read-timeout", "1"], "nobody", 255, "Waiter UserExists failed: "
         "An error occurred (AccessDenied)"),
    ],
    ids=["fault", "denied", "usage", "waiter"],
)  # fmt: skip
def test_what_goes_wrong_is_told_with_an_exit_code(bailiwick, words, profile, code, said):
    result = bailiwick.aws(*words, profile=profile, check=False)
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert said in result.stderr


def test_a_presigned_identity_is_read_with_a_plain_get(bailiwick):
    sts = bailiwick.client("sts", config=botocore.config.Config(signature_version="v4"))
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert f"<Arn>arn:aws:iam::{WORKLOAD}:user/admin</Arn>" in answer.read().decode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"), timeout=10)
    assert refused.value.code == 403 and "SignatureDoesNotMatch" in refused.value.read().decode()
