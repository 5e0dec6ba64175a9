"""What a refusal says, over the wire: AWS's codes, statuses and words for every layer and every protocol.

Sources: AWS's IAM user guide, "Troubleshoot access denied error messages", and recorded answers of AWS.
"""

import json
import uuid

import boto3
import botocore.exceptions
import pytest
from conftest import ORGANIZATION, WORKLOAD

NOBODY = f"arn:aws:iam::{WORKLOAD}:user/nobody"
UNIT = "ou-b4il-workload"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(effect, action, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


ALL = statement("Allow", "*")


class Cast:
    """The sample organization, and principals made for one test each."""

    def __init__(self, server):
        self.server = server
        self.iam = server.client("iam")
        self.management = server.client("organizations", "management")

    def client(self, service, keys):
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
        )

    def user(self, *statements, boundary=None):
        """A user with an inline policy; its ARN and keys."""
        name = f"u-{uuid.uuid4().hex[:12]}"
        arn = self.iam.create_user(UserName=name)["User"]["Arn"]
        if statements:
            self.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        if boundary:
            self.iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=self.policy(boundary))
        return arn, self.iam.create_access_key(UserName=name)["AccessKey"]

    def policy(self, *statements):
        made = self.iam.create_policy(PolicyName=f"p-{uuid.uuid4().hex[:12]}", PolicyDocument=document(*statements))
        return made["Policy"]["Arn"]

    def role(self, trust, *statements):
        """A role; its ARN."""
        name = f"r-{uuid.uuid4().hex[:12]}"
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(*trust))["Role"]["Arn"]
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document(*statements))
        return arn

    def topic(self, *statements, profile="admin"):
        sns = self.server.client("sns", profile)
        arn = sns.create_topic(Name=f"t-{uuid.uuid4().hex[:12]}")["TopicArn"]
        if statements:
            policy = document(*[{**one, "Resource": arn} for one in statements])
            sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return arn


@pytest.fixture(scope="module")
def cast(bailiwick):
    return Cast(bailiwick)


@pytest.fixture
def control(cast):
    """Binds the workload account by a policy of the organization, for one test; the policy's ARN."""
    made = []

    def bind(kind, *statements):
        summary = cast.management.create_policy(
            Name=uuid.uuid4().hex, Description="", Type=kind, Content=document(*statements)
        )["Policy"]["PolicySummary"]
        made.append(summary["Id"])
        cast.management.attach_policy(PolicyId=summary["Id"], TargetId=WORKLOAD)
        return summary["Arn"]

    yield bind
    for policy in made:
        cast.management.detach_policy(PolicyId=policy, TargetId=WORKLOAD)
        cast.management.delete_policy(PolicyId=policy)


def refusal(call, **members):
    """Code, status and message with which a call is refused."""
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(**members)
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def publish(cast, keys, topic):
    return refusal(cast.client("sns", keys).publish, TopicArn=topic, Message="hi")


def text(who, topic, reason, action="SNS:Publish"):
    return f"User: {who} is not authorized to perform: {action} on resource: {topic} {reason}"


def test_no_identity_policy_allows_it(cast):
    topic, (arn, keys) = cast.topic(), cast.user()
    reason = "because no identity-based policy allows the SNS:Publish action"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


def test_an_identity_policy_denies_it(cast):
    topic, (arn, keys) = cast.topic(), cast.user(ALL, statement("Deny", "sns:Publish"))
    reason = "with an explicit deny in an identity-based policy"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


def test_the_boundary_does_not_allow_it(cast):
    topic, (arn, keys) = cast.topic(), cast.user(ALL, boundary=statement("Allow", "sns:List*"))
    reason = "because no permissions boundary allows the SNS:Publish action"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


def test_the_boundary_denies_it(cast):
    topic, (arn, keys) = cast.topic(), cast.user(ALL, boundary=statement("Deny", "sns:Publish"))
    reason = "with an explicit deny in a permissions boundary"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


@pytest.mark.parametrize(
    "policy, reason",
    [
        (statement("Allow", "sns:List*"), "because no session policy allows the SNS:Publish action"),
        (statement("Deny", "sns:Publish"), "with an explicit deny in a session policy"),
    ],
    ids=["silent", "denies"],
)
def test_the_session_policy(cast, policy, reason):
    arn, keys = cast.user(ALL)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": arn}}
    role = cast.role([trust], ALL)
    session = cast.client("sts", keys).assume_role(RoleArn=role, RoleSessionName="session", Policy=document(policy))
    topic = cast.topic()
    who = session["AssumedRoleUser"]["Arn"]
    assert publish(cast, session["Credentials"], topic) == ("AuthorizationError", 403, text(who, topic, reason))


def test_a_federated_session_without_a_policy(cast):
    _, keys = cast.user(ALL)
    session = cast.client("sts", keys).get_federation_token(Name="bob")
    topic, who = cast.topic(), session["FederatedUser"]["Arn"]
    reason = "because no session policy allows the SNS:Publish action"
    assert publish(cast, session["Credentials"], topic) == ("AuthorizationError", 403, text(who, topic, reason))


def test_the_topics_policy_denies_it(cast):
    arn, keys = cast.user(ALL)
    topic = cast.topic({"Effect": "Deny", "Action": "SNS:Publish", "Principal": {"AWS": arn}})
    reason = "with an explicit deny in a resource-based policy"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


def test_the_topic_of_another_account_does_not_allow_it(cast):
    arn, keys = cast.user(ALL)
    topic = cast.topic(profile="management")
    assert topic.split(":")[4] == ORGANIZATION
    reason = "because no resource-based policy allows the SNS:Publish action"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


def test_a_service_control_policy_denies_it(cast, control):
    topic, (arn, keys) = cast.topic(), cast.user(ALL)
    control("SERVICE_CONTROL_POLICY", statement("Deny", "sns:Publish"))
    reason = "with an explicit deny in a service control policy"
    assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))


def test_no_service_control_policy_allows_it(cast, control):
    topic, (arn, keys) = cast.topic(), cast.user(ALL)
    control("SERVICE_CONTROL_POLICY", statement("Allow", ["iam:*", "sns:Create*"]))
    cast.management.detach_policy(PolicyId="p-FullAWSAccess", TargetId=WORKLOAD)
    try:
        reason = "because no service control policy allows the SNS:Publish action"
        assert publish(cast, keys, topic) == ("AuthorizationError", 403, text(arn, topic, reason))
    finally:
        cast.management.attach_policy(PolicyId="p-FullAWSAccess", TargetId=WORKLOAD)


def test_a_resource_control_policy_is_named(cast, control):
    root = cast.management.list_roots()["Roots"][0]
    if "RESOURCE_CONTROL_POLICY" not in [kind["Type"] for kind in root["PolicyTypes"]]:
        cast.management.enable_policy_type(RootId=root["Id"], PolicyType="RESOURCE_CONTROL_POLICY")
    arn, keys = cast.user(ALL)
    role = cast.role([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": arn}}])
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}
    policy = control("RESOURCE_CONTROL_POLICY", deny)
    assert policy.startswith(f"arn:aws:organizations::{ORGANIZATION}:policy/")
    reason = f"with an explicit deny in a resource control policy: {policy}"
    wanted = ("AccessDenied", 403, text(arn, role, reason, "sts:AssumeRole"))
    assert refusal(cast.client("sts", keys).assume_role, RoleArn=role, RoleSessionName="session") == wanted


TRUSTS_EC2 = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
TRUSTS_ACCOUNT = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{WORKLOAD}:root"}}
DENIES_ACCOUNT = {"Effect": "Deny", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}


@pytest.mark.parametrize(
    "own, trust, reason",
    [
        (ALL, [TRUSTS_EC2], " because no role trust policy allows the sts:AssumeRole action"),
        (ALL, [TRUSTS_ACCOUNT, DENIES_ACCOUNT], " with an explicit deny in the role trust policy"),
        # STS does not say that the caller's own policies are silent.
        (statement("Allow", "sns:*"), [TRUSTS_ACCOUNT], ""),
        (statement("Deny", "sts:*"), [TRUSTS_ACCOUNT], " with an explicit deny in an identity-based policy"),
    ],
    ids=["no trust", "trust denies", "no identity", "identity denies"],
)
def test_a_role_that_may_not_be_assumed(cast, own, trust, reason):
    arn, keys = cast.user(own)
    role = cast.role(trust)
    message = f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role}{reason}"
    wanted = ("AccessDenied", 403, message)
    assert refusal(cast.client("sts", keys).assume_role, RoleArn=role, RoleSessionName="session") == wanted


def test_a_role_of_another_account_tells_nothing_of_itself(cast):
    arn, keys = cast.user(ALL)
    iam = cast.server.client("iam", "management")
    there = iam.create_role(RoleName="there", AssumeRolePolicyDocument=document(TRUSTS_EC2))["Role"]["Arn"]
    sts = cast.client("sts", keys)
    for role in (there, f"arn:aws:iam::{ORGANIZATION}:role/not-there"):
        message = f"User: {arn} is not authorized to perform: sts:AssumeRole on resource: {role}"
        assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="session") == ("AccessDenied", 403, message)


@pytest.mark.parametrize(
    "service, operation, members, code, status, what",
    [
        ("iam", "get_role", {"RoleName": "ops-readonly"}, "AccessDenied", 403, ("iam:GetRole", "role ops-readonly")),
        ("iam", "get_user", {"UserName": "admin"}, "AccessDenied", 403, ("iam:GetUser", "user admin")),
        ("iam", "create_group", {"GroupName": "g"}, "AccessDenied", 403, ("iam:CreateGroup", f"arn:aws:iam::{WORKLOAD}:group/g")),
        ("iam", "create_policy", {"PolicyName": "p", "PolicyDocument": document(ALL)}, "AccessDenied", 403, ("iam:CreatePolicy", "policy p")),
        ("iam", "get_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "AccessDenied", 403,
         ("iam:GetPolicy", "policy arn:aws:iam::aws:policy/ReadOnlyAccess")),
        ("iam", "list_users", {}, "AccessDenied", 403, ("iam:ListUsers", f"arn:aws:iam::{WORKLOAD}:user/")),
        ("iam", "list_policies", {}, "AccessDenied", 403, ("iam:ListPolicies", "policy path /")),
        ("iam", "list_organizations_features", {}, "AccessDenied", 403, ("iam:ListOrganizationsFeatures", "*")),
        ("sts", "get_access_key_info", {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}, "AccessDenied", 403, ("sts:GetAccessKeyInfo", "*")),
        ("sts", "get_federation_token", {"Name": "bob"}, "AccessDenied", 403,
         ("sts:GetFederationToken", f"arn:aws:sts::{WORKLOAD}:federated-user/bob")),
        ("sns", "list_topics", {}, "AuthorizationError", 403, ("SNS:ListTopics", f"arn:aws:sns:us-east-1:{WORKLOAD}:*")),
        ("sns", "create_topic", {"Name": "x"}, "AuthorizationError", 403, ("SNS:CreateTopic", f"arn:aws:sns:us-east-1:{WORKLOAD}:x")),
        ("chatbot", "get_account_preferences", {}, "AccessDeniedException", 403, ("chatbot:GetAccountPreferences", "*")),
        ("chime", "list_accounts", {}, "AccessDeniedException", 403, ("chime:ListAccounts", "*")),
    ],
)  # fmt: skip
def test_each_service_in_its_own_manner(bailiwick, service, operation, members, code, status, what):
    action, resource = what
    reason = f"because no identity-based policy allows the {action} action"
    wanted = (code, status, text(NOBODY, resource, reason, action))
    assert refusal(getattr(bailiwick.client(service, "nobody"), operation), **members) == wanted


@pytest.mark.parametrize("operation", ["describe_organization", "list_roots", "list_accounts"])
def test_organizations_says_one_sentence(bailiwick, operation):
    wanted = ("AccessDeniedException", 400, "You don't have permissions to access this resource.")
    assert refusal(getattr(bailiwick.client("organizations", "nobody"), operation)) == wanted


def test_what_needs_no_permission_cannot_be_denied(cast):
    arn, keys = cast.user(statement("Deny", "*"))
    sts = cast.client("sts", keys)
    assert sts.get_caller_identity()["Arn"] == arn
    assert sts.get_session_token()["Credentials"]["SessionToken"]
