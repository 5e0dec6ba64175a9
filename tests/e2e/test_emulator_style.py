"""Tests as people write them against AWS-compatible servers: an administrator's keys, a fresh account for each test, the
fewest fields that do, and AWS's own codes and words for what goes wrong.
"""

import json
import urllib.request

import boto3
import botocore.exceptions
import pytest
from conftest import Bailiwick

ACCOUNT = "123456789012"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::example"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    environment = {
        "BAILIWICK_ACCOUNT_ID": ACCOUNT,
        "BAILIWICK_ROOT_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
        "BAILIWICK_ROOT_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
    }
    running = Bailiwick(tmp_path_factory.mktemp("emulator"), arguments=["--ephemeral"], environment=environment).start()
    yield running
    running.stop()


@pytest.fixture
def aws(server):
    """boto3 against an account in which nothing is yet."""
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/_bailiwick/reset", method="POST")) as answer:
        assert answer.status == 200

    def client(service, region="us-east-1", **keys):
        return boto3.client(service, region_name=region, endpoint_url=server.url, **(keys or KEYS))

    return client


@pytest.fixture
def iam(aws):
    return aws("iam")


@pytest.fixture
def sns(aws):
    return aws("sns")


@pytest.fixture
def organizations(aws):
    made = aws("organizations")
    made.create_organization(FeatureSet="ALL")
    return made


def fault(call, **members):
    """Code and message of what goes wrong."""
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        call(**members)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_user_is_there_once(iam):
    user = iam.create_user(UserName="my-user")["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/my-user" and user["Path"] == "/"
    assert user["UserId"].startswith("AIDA") and len(user["UserId"]) == 21
    assert fault(iam.create_user, UserName="my-user") == ("EntityAlreadyExists", "User with name my-user already exists.")


def test_a_missing_user(iam):
    wanted = ("NoSuchEntity", "The user with name nobody cannot be found.")
    for call in (iam.get_user, iam.delete_user, iam.list_access_keys, iam.create_access_key, iam.list_user_policies):
        assert fault(call, UserName="nobody") == wanted


def test_a_user_with_keys_is_not_deleted(iam):
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]["AccessKeyId"]
    assert fault(iam.delete_user, UserName="u") == (
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    )
    iam.delete_access_key(UserName="u", AccessKeyId=key)
    iam.delete_user(UserName="u")
    assert iam.list_users()["Users"] == []


def test_two_access_keys_are_all(iam):
    iam.create_user(UserName="u")
    for _ in range(2):
        iam.create_access_key(UserName="u")
    assert fault(iam.create_access_key, UserName="u") == (
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    )


def test_a_key_is_turned_off(aws, iam):
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    assert aws("sts", **keys).get_caller_identity()["Arn"].endswith(":user/u")
    iam.update_access_key(UserName="u", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    code, _ = fault(aws("sts", **keys).get_caller_identity)
    assert code == "InvalidClientTokenId"


def test_group_membership(iam):
    iam.create_group(GroupName="g")
    iam.create_user(UserName="u")
    iam.add_user_to_group(GroupName="g", UserName="u")
    assert [user["UserName"] for user in iam.get_group(GroupName="g")["Users"]] == ["u"]
    assert fault(iam.delete_group, GroupName="g")[0] == "DeleteConflict"
    iam.remove_user_from_group(GroupName="g", UserName="u")
    iam.delete_group(GroupName="g")
    assert fault(iam.get_group, GroupName="g") == ("NoSuchEntity", "The group with name g cannot be found.")


def test_a_policy_with_versions(iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/p"
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)["PolicyVersion"]
    assert version["VersionId"] == "v2" and version["IsDefaultVersion"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(POLICY)
    assert fault(iam.delete_policy_version, PolicyArn=arn, VersionId="v2")[0] == "DeleteConflict"
    assert fault(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy(PolicyArn=arn)


def test_five_versions_are_all(iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)
    code, message = fault(iam.create_policy_version, PolicyArn=arn, PolicyDocument=POLICY)
    assert code == "LimitExceeded" and "versions" in message


def test_a_missing_policy(iam):
    arn = f"arn:aws:iam::{ACCOUNT}:policy/none"
    assert fault(iam.get_policy, PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"Version": "2012-10-17", "Statement": [}', "Syntax errors in policy."),
        ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}', "Policy statement must contain actions."),
        ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*"}]}', "Policy statement must contain resources."),
        (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}]}',
            "Policy document should not specify a principal.",
        ),
    ],
    ids=["json", "actions", "resources", "principal"],
)
def test_a_malformed_policy(iam, text, message):
    assert fault(iam.create_policy, PolicyName="p", PolicyDocument=text) == ("MalformedPolicyDocument", message)


def test_a_role_with_everything_attached(iam):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/r" and role["RoleId"].startswith("AROA")
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=POLICY)
    assert fault(iam.delete_role, RoleName="r") == (
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    )
    iam.detach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert fault(iam.delete_role, RoleName="r") == ("DeleteConflict", "Cannot delete entity, must delete policies first.")
    iam.delete_role_policy(RoleName="r", PolicyName="inline")
    iam.delete_role(RoleName="r")
    assert fault(iam.get_role, RoleName="r") == ("NoSuchEntity", "The role with name r cannot be found.")


def test_a_trust_policy_of_nonsense(iam):
    code, message = fault(iam.create_role, RoleName="r", AssumeRolePolicyDocument="bad policy")
    assert (code, message) == ("MalformedPolicyDocument", "This policy contains invalid Json")


def test_a_policy_that_is_not_attached(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    arn = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    assert fault(iam.detach_role_policy, RoleName="r", PolicyArn=arn) == ("NoSuchEntity", f"Policy {arn} was not found.")


def test_a_policy_counts_its_attachments(iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    assert [policy["PolicyName"] for policy in iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"]] == ["p"]
    assert iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"][0]["RoleName"] == "r"


def test_an_instance_profile_holds_one_role(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    profile = iam.create_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    assert profile["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/p"
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="r")
    assert fault(iam.add_role_to_instance_profile, InstanceProfileName="p", RoleName="r")[0] == "LimitExceeded"
    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"][0]["InstanceProfileName"] == "p"
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="p")


def test_account_aliases(iam):
    iam.create_account_alias(AccountAlias="my-account")
    assert iam.list_account_aliases()["AccountAliases"] == ["my-account"]
    iam.delete_account_alias(AccountAlias="my-account")
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_pages_of_users(iam):
    for number in range(5):
        iam.create_user(UserName=f"u{number}")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2}))
    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [["u0", "u1"], ["u2", "u3"], ["u4"]]


def test_who_the_administrator_is(aws):
    identity = aws("sts").get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")


def test_a_role_is_assumed_by_a_user(aws, iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=POLICY.replace("s3:ListBucket", "*").replace("arn:aws:s3:::example", "*"))
    iam.create_user(UserName="u")
    iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    sts = aws("sts", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    session = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r", RoleSessionName="session", DurationSeconds=900)
    given = session["Credentials"]
    assert given["AccessKeyId"].startswith("ASIA") and session["AssumedRoleUser"]["Arn"].endswith("assumed-role/r/session")
    keys = {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }
    assert aws("sts", **keys).get_caller_identity()["Arn"] == session["AssumedRoleUser"]["Arn"]
    assert [user["UserName"] for user in aws("iam", **keys).list_users()["Users"]] == ["u"]


def test_temporary_credentials_of_the_administrator(aws):
    given = aws("sts").get_session_token(DurationSeconds=900)["Credentials"]
    keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    assert aws("sts", **keys, aws_session_token=given["SessionToken"]).get_caller_identity()["Account"] == ACCOUNT


def test_a_topic_is_made_twice_and_is_one(sns):
    arn = sns.create_topic(Name="t")["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:{ACCOUNT}:t" and sns.create_topic(Name="t")["TopicArn"] == arn
    assert sns.list_topics()["Topics"] == [{"TopicArn": arn}]
    sns.delete_topic(TopicArn=arn)
    sns.delete_topic(TopicArn=arn)
    assert fault(sns.get_topic_attributes, TopicArn=arn)[0] == "NotFound"


@pytest.mark.parametrize("name", ["", "a" * 257, "two words", "topic.fifo"])
def test_a_topic_of_a_bad_name(sns, name):
    assert fault(sns.create_topic, Name=name)[0] == "InvalidParameter"


def test_topics_of_other_regions(aws, sns):
    sns.create_topic(Name="here")
    there = aws("sns", "eu-central-1")
    assert there.list_topics()["Topics"] == []
    assert there.create_topic(Name="there")["TopicArn"] == f"arn:aws:sns:eu-central-1:{ACCOUNT}:there"
    assert len(sns.list_topics()["Topics"]) == 1


def test_a_message_is_published(sns):
    arn = sns.create_topic(Name="t")["TopicArn"]
    assert sns.publish(TopicArn=arn, Message="hello")["MessageId"]
    assert fault(sns.publish, TopicArn=f"{arn}-none", Message="hello") == ("NotFound", "Topic does not exist")
    assert fault(sns.publish, TopicArn=arn, Message="") == ("InvalidParameter", "Invalid parameter: Empty message")


def test_a_batch_is_published(sns):
    arn = sns.create_topic(Name="t")["TopicArn"]
    entries = [{"Id": f"id_{number}", "Message": "hello"} for number in range(3)]
    assert [one["Id"] for one in sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=entries)["Successful"]] == [
        "id_0",
        "id_1",
        "id_2",
    ]
    assert fault(sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=entries * 4)[0] == "TooManyEntriesInBatchRequest"
    assert fault(sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=entries[:1] * 2)[0] == "BatchEntryIdsNotDistinct"


def test_tags_of_a_topic(sns):
    arn = sns.create_topic(Name="t", Tags=[{"Key": "a", "Value": "1"}])["TopicArn"]
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    sns.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert fault(sns.list_tags_for_resource, ResourceArn=f"{arn}-none") == ("ResourceNotFound", "Resource does not exist")


def test_an_organization_with_a_unit_and_an_account(organizations):
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="ou01")["OrganizationalUnit"]
    status = organizations.create_account(AccountName="mock", Email="mock@example.com")["CreateAccountStatus"]
    status = organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])["CreateAccountStatus"]
    assert status["State"] == "SUCCEEDED"
    organizations.move_account(AccountId=status["AccountId"], SourceParentId=root, DestinationParentId=unit["Id"])
    assert [one["Id"] for one in organizations.list_accounts_for_parent(ParentId=unit["Id"])["Accounts"]] == [status["AccountId"]]
    assert organizations.list_parents(ChildId=status["AccountId"])["Parents"] == [{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}]


def test_without_an_organization(aws):
    code, message = fault(aws("organizations").describe_organization)
    assert (code, message) == ("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")


def test_a_second_organization(organizations):
    assert fault(organizations.create_organization, FeatureSet="ALL") == (
        "AlreadyInOrganizationException",
        "The provided account is already a member of an organization.",
    )


def test_a_service_control_policy(organizations):
    root = organizations.list_roots()["Roots"][0]["Id"]
    content = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})
    made = organizations.create_policy(Content=content, Description="d", Name="p", Type="SERVICE_CONTROL_POLICY")["Policy"]
    policy = made["PolicySummary"]["Id"]
    # As at AWS, a policy is attached only where its type is enabled.
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    organizations.attach_policy(PolicyId=policy, TargetId=root)
    assert [one["TargetId"] for one in organizations.list_targets_for_policy(PolicyId=policy)["Targets"]] == [root]
    assert fault(organizations.attach_policy, PolicyId=policy, TargetId=root)[0] == "DuplicatePolicyAttachmentException"
    assert fault(organizations.delete_policy, PolicyId=policy)[0] == "PolicyInUseException"
    organizations.detach_policy(PolicyId=policy, TargetId=root)
    organizations.delete_policy(PolicyId=policy)


@pytest.mark.parametrize(
    "region, partition",
    [("us-east-1", "aws"), ("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_partition_of_the_region(aws, region, partition):
    arn = aws("sns", region).create_topic(Name="t")["TopicArn"]
    assert arn == f"arn:{partition}:sns:{region}:{ACCOUNT}:t"
    user = aws("iam", region).create_user(UserName="u")["User"]["Arn"]
    assert user == f"arn:{partition}:iam::{ACCOUNT}:user/u"
