"""The AWS API face, with the AWS CLI and boto3."""

import json

import botocore.exceptions
import pytest

from conftest import ALARMS, ORGANIZATION, WORKLOAD


def test_who_the_administrator_is(bailiwick):
    identity = bailiwick.aws_json("sts", "get-caller-identity")
    assert identity["Account"] == WORKLOAD
    assert identity["Arn"] == f"arn:aws:iam::{WORKLOAD}:user/admin"
    assert identity["UserId"].startswith("AIDA")


def test_the_sample_topic_is_listed(bailiwick):
    assert {"TopicArn": ALARMS} in bailiwick.aws_json("sns", "list-topics")["Topics"]
    topics = bailiwick.client("sns").list_topics()["Topics"]
    assert {"TopicArn": ALARMS} in topics


def test_a_wrong_secret_is_refused(bailiwick):
    wrong = {**bailiwick.profile("admin"), "AWS_SECRET_ACCESS_KEY": "wrong"}
    result = bailiwick.aws("sns", "list-topics", environment=wrong, check=False)
    assert result.returncode != 0
    assert "(SignatureDoesNotMatch)" in result.stderr


def test_an_unknown_key_is_refused(bailiwick):
    unknown = {**bailiwick.profile("admin"), "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}
    result = bailiwick.aws("sns", "list-topics", environment=unknown, check=False)
    assert "(InvalidClientTokenId)" in result.stderr


@pytest.mark.parametrize(
    "service, operation, code, status, text",
    [
        (
            "sns",
            "list_topics",
            "AuthorizationError",
            403,
            f"User: arn:aws:iam::{WORKLOAD}:user/nobody is not authorized to perform: SNS:ListTopics on resource: ",
        ),
        ("iam", "list_users", "AccessDenied", 403, "is not authorized to perform: iam:ListUsers on resource: "),
        (
            "organizations",
            "describe_organization",
            "AccessDeniedException",
            400,
            "You don't have permissions to access this resource.",
        ),
        ("chime", "list_accounts", None, 403, "is not authorized to perform: chime:ListAccounts"),
        ("chatbot", "get_account_preferences", None, None, "is not authorized to perform: chatbot:GetAccountPreferences"),
    ],
)
def test_the_user_without_policies_reads_the_services_own_denial(bailiwick, service, operation, code, status, text):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        getattr(bailiwick.client(service, "nobody"), operation)()
    error = refused.value.response
    assert text in error["Error"]["Message"]
    if code:
        assert error["Error"]["Code"] == code
    if status:
        assert error["ResponseMetadata"]["HTTPStatusCode"] == status


def test_get_caller_identity_needs_no_permission(bailiwick):
    assert bailiwick.client("sts", "nobody").get_caller_identity()["Arn"].endswith(":user/nobody")


def test_a_topic_lives_and_goes(bailiwick):
    sns = bailiwick.client("sns")
    arn = sns.create_topic(Name="short-lived", Tags=[{"Key": "team", "Value": "web"}])["TopicArn"]
    assert sns.create_topic(Name="short-lived", Tags=[{"Key": "team", "Value": "web"}])["TopicArn"] == arn
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    assert attributes["Owner"] == WORKLOAD
    assert json.loads(attributes["Policy"])["Statement"][0]["Sid"] == "__default_statement_ID"
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "web"}]
    sns.delete_topic(TopicArn=arn)
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=arn)


def test_the_organization_is_described(bailiwick):
    organization = bailiwick.aws_json("organizations", "describe-organization")["Organization"]
    assert organization["MasterAccountId"] == ORGANIZATION
    # The administrator of a member account sees the organization and nothing that is in it.
    refused = bailiwick.aws("organizations", "list-accounts", check=False)
    assert "(AccessDeniedException)" in refused.stderr
    assert "You don't have permissions to access this resource." in refused.stderr


def test_bad_input_reads_like_the_services(bailiwick):
    result = bailiwick.aws("sns", "get-topic-attributes", "--topic-arn", "arn:aws:sns:us-east-1:444455556666:none", check=False)
    assert "(NotFound)" in result.stderr
    result = bailiwick.aws("sns", "publish", "--topic-arn", ALARMS, "--message", "", check=False)
    assert "(InvalidParameter)" in result.stderr


def test_the_credentials_are_private_and_never_printed(bailiwick):
    path = bailiwick.data / "aws" / "credentials"
    assert path.stat().st_mode & 0o777 == 0o600
    for profile in ("admin", "nobody"):
        assert bailiwick.profile(profile)["AWS_SECRET_ACCESS_KEY"] not in bailiwick.said()
