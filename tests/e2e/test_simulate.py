"""The policy simulator over the API: AWS's recorded answers, asked again with boto3."""

import json
import pathlib
import re

import boto3
import botocore.config
import botocore.exceptions
import pytest

ACCOUNT = "123456789012"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
ENVIRONMENT = {
    "BAILIWICK_ACCOUNT_ID": ACCOUNT,
    "BAILIWICK_ROOT_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
    "BAILIWICK_ROOT_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
}
RECORDED = pathlib.Path(__file__).parents[2] / "crates/policy/testdata/captured_simulator.jsonl"
# Refused earlier here: what belongs to another account needs the word of that account.
ELSEWHERE = {"iam-simulation-principal_cross_account_source"}
# Parameters that AWS takes and botocore's model does not have.
NOT_MODELLED = {"OrderedOrganizationPolicyInputList", "PolicyExclusionList"}
ALLOW = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}


@pytest.fixture(scope="module")
def iam(tmp_path_factory):
    from conftest import Bailiwick

    server = Bailiwick(tmp_path_factory.mktemp("simulate"), arguments=["--ephemeral"], environment=ENVIRONMENT).start()
    yield client(server)
    server.stop()


def client(server, **changed):
    config = botocore.config.Config(parameter_validation=False, retries={"max_attempts": 0})
    keys = {**KEYS, **changed}
    return boto3.client("iam", endpoint_url=server.url, region_name="us-east-1", config=config, **keys)


def ask(iam, operation, request):
    method = {"SimulateCustomPolicy": iam.simulate_custom_policy, "SimulatePrincipalPolicy": iam.simulate_principal_policy}
    try:
        answer = method[operation](**request)
    except botocore.exceptions.ClientError as error:
        said = error.response
        status = said["ResponseMetadata"]["HTTPStatusCode"]
        return {"error": {"code": said["Error"]["Code"], "status": status, "message": said["Error"]["Message"]}}
    answer.pop("ResponseMetadata")
    return {"output": answer}


def unordered(value):
    """An answer with whatever has no order sorted, and without what means nothing: empty lists, the name of a marker, and
    `IsTruncated` where it is false. Of messages about the model, the value is left out, and sets of names are sorted."""
    if isinstance(value, dict):
        if value.get("code") == "ValidationError":
            said = re.sub(r"^(.*?)Value '.*?' at", r"\1Value at", value["message"])
            value = {**value, "message": re.sub(r"\[(.*)\]$", lambda names: str(sorted(names[1].split(", "))), said)}
        kept = {key: unordered(one) for key, one in value.items() if one not in ([], {}, False) and key != "Marker"}
        for key in ("MatchedStatements", "MissingContextValues"):
            if key in kept:
                kept[key] = sorted(kept[key], key=json.dumps)
        return kept
    if isinstance(value, list):
        return [unordered(one) for one in value]
    return value


def cases():
    for line in RECORDED.read_text().splitlines():
        case = json.loads(line)
        if not NOT_MODELLED & case["input"].keys() and case["id"] not in ELSEWHERE:
            yield case


def test_every_recorded_question_is_answered_as_aws_did(iam):
    differences, asked = [], 0
    marker = None
    for case in cases():
        request = dict(case["input"])
        if request.get("Marker") == "<opaque-marker>":
            if marker is None:
                first = ask(iam, "SimulateCustomPolicy", {**request, "Marker": "", "MaxItems": 1} | {"Marker": None})
                marker = first.get("output", {}).get("Marker", "simulation-1")
            request["Marker"] = marker
        request = {key: value for key, value in request.items() if value is not None}
        answer = ask(iam, case["operation"], request)
        asked += 1
        if unordered(answer) != unordered(case["expected"]):
            differences.append((case["id"], case["expected"], answer))
    assert asked > 170
    assert not differences, f"{len(differences)} of {asked}:\n" + "\n".join(map(str, differences[:10]))


def test_a_principal_is_simulated_with_groups_boundary_and_more(iam):
    deny = {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}}
    keyed = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "*",
            "Condition": {"StringEquals": {"s3:prefix": "${aws:username}"}},
        },
    }
    arn = iam.create_user(UserName="dana")["User"]["Arn"]
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="dana")
    iam.put_user_policy(UserName="dana", PolicyName="lists", PolicyDocument=json.dumps(keyed))
    iam.put_group_policy(GroupName="readers", PolicyName="reads", PolicyDocument=json.dumps(ALLOW))
    managed = iam.create_policy(PolicyName="no-writes", PolicyDocument=json.dumps(deny))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="dana", PolicyArn=managed)

    def simulate(actions, **more):
        answer = iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=actions, **more)
        return {result["EvalActionName"]: result for result in answer["EvaluationResults"]}

    found = simulate(["s3:GetObject", "s3:PutObject", "s3:ListBucket"])
    assert {name: result["EvalDecision"] for name, result in found.items()} == {
        "s3:GetObject": "allowed",
        "s3:PutObject": "explicitDeny",
        "s3:ListBucket": "implicitDeny",
    }
    named = [statement["SourcePolicyId"] for statement in found["s3:GetObject"]["MatchedStatements"]]
    assert named == ["group_readers_reads"]
    assert [s["SourcePolicyId"] for s in found["s3:PutObject"]["MatchedStatements"]] == ["no-writes"]
    assert found["s3:ListBucket"]["MissingContextValues"] == ["s3:prefix"]
    entry = {"ContextKeyName": "s3:prefix", "ContextKeyType": "string", "ContextKeyValues": ["dana"]}
    assert simulate(["s3:ListBucket"], ContextEntries=[entry])["s3:ListBucket"]["EvalDecision"] == "allowed"

    boundary = iam.create_policy(PolicyName="only-lists", PolicyDocument=json.dumps(keyed))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="dana", PermissionsBoundary=boundary)
    bounded = simulate(["s3:GetObject"])["s3:GetObject"]
    assert bounded["EvalDecision"] == "implicitDeny"
    assert bounded["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}

    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"]
    assert sorted(keys) == ["aws:username", "s3:prefix"]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[json.dumps(keyed), json.dumps(ALLOW)])
    assert sorted(keys["ContextKeyNames"]) == ["aws:username", "s3:prefix"]
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:user/nobody", ActionNames=["s3:GetObject"])


def test_pages_follow_each_other(iam):
    actions = [f"s3:Get{letter}" for letter in "ABCDE"]
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[json.dumps(ALLOW)], ActionNames=actions, PaginationConfig={"PageSize": 2}
    )
    names = [[result["EvalActionName"] for result in page["EvaluationResults"]] for page in pages]
    assert names == [actions[:2], actions[2:4], actions[4:]]
