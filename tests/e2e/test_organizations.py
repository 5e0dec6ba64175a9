"""AWS Organizations with boto3: every operation served, with its main error cases, on one ephemeral server."""

import json
import os

import boto3
import botocore.exceptions
import pytest
from conftest import Bailiwick

MANAGEMENT = "999988887777"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
ENVIRONMENT = {
    "BAILIWICK_ACCOUNT_ID": MANAGEMENT,
    "BAILIWICK_ROOT_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
    "BAILIWICK_ROOT_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
}
DENIED = "You don't have permissions to access this resource."


class Refused:
    """What a call was refused with."""

    def __init__(self, call, *arguments, **members):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            call(*arguments, **members)
        response = refused.value.response
        self.code = response["Error"]["Code"]
        self.message = response["Error"]["Message"]
        self.status = response["ResponseMetadata"]["HTTPStatusCode"]
        self.reason = response.get("Reason")


class World:
    """The organization of one server: the management account, and roles in the accounts it made."""

    def __init__(self, server):
        self.server = server
        root = self.client("iam", KEYS)
        root.create_user(UserName="boss")
        root.attach_user_policy(UserName="boss", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        key = root.create_access_key(UserName="boss")["AccessKey"]
        self.keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        self.organizations = self.client("organizations", self.keys)
        self.made = 0

    def client(self, service, keys):
        return boto3.client(service, endpoint_url=self.server.url, region_name="us-east-1", **keys)

    def account(self, **members):
        """Makes an account; its number."""
        self.made += 1
        members = {"Email": f"member{self.made}@example.com", "AccountName": f"member {self.made}", **members}
        status = self.organizations.create_account(**members)["CreateAccountStatus"]
        assert status["State"] == "SUCCEEDED" and status["AccountId"]
        status = self.organizations.describe_create_account_status(CreateAccountRequestId=status["Id"])
        assert status["CreateAccountStatus"]["State"] == "SUCCEEDED", status
        return status["CreateAccountStatus"]["AccountId"]

    def inside(self, account, service="organizations", role="OrganizationAccountAccessRole"):
        """A client that acts in an account, as the management account's administrators do."""
        sts = self.client("sts", self.keys)
        session = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{role}", RoleSessionName="test")["Credentials"]
        keys = {
            "aws_access_key_id": session["AccessKeyId"],
            "aws_secret_access_key": session["SecretAccessKey"],
            "aws_session_token": session["SessionToken"],
        }
        return self.client(service, keys)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    server = Bailiwick(tmp_path_factory.mktemp("organizations"), ["--ephemeral"], environment={**os.environ, **ENVIRONMENT})
    server.start()
    try:
        made = World(server)
        organizations = made.organizations
        for call, members in [
            (organizations.describe_organization, {}),
            (organizations.list_accounts, {}),
            (organizations.list_roots, {}),
            (organizations.enable_all_features, {}),
        ]:
            refused = Refused(call, **members)
            assert refused.code == "AWSOrganizationsNotInUseException", refused.message
        organization = organizations.create_organization(FeatureSet="ALL")["Organization"]
        assert organization["MasterAccountId"] == MANAGEMENT and organization["FeatureSet"] == "ALL"
        assert organization["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:organization/{organization['Id']}"
        assert organization["AvailablePolicyTypes"] == [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
        made.id = organization["Id"]
        made.root = organizations.list_roots()["Roots"][0]["Id"]
        made.member = made.account()
        yield made
    finally:
        server.stop()


def enabled(world, kind):
    """Sees to it that a policy type is enabled."""
    types = world.organizations.list_roots()["Roots"][0]["PolicyTypes"]
    if kind not in [of["Type"] for of in types]:
        root = world.organizations.enable_policy_type(RootId=world.root, PolicyType=kind)["Root"]
        # AWS says PENDING_ENABLE first; for tests what AWS finishes later is finished at once.
        assert {"Type": kind, "Status": "ENABLED"} in root["PolicyTypes"]
    assert {"Type": kind, "Status": "ENABLED"} in world.organizations.list_roots()["Roots"][0]["PolicyTypes"]


def policy(world, name, kind, content):
    answer = world.organizations.create_policy(Name=name, Description="", Type=kind, Content=json.dumps(content))
    return answer["Policy"]["PolicySummary"]["Id"]


def test_an_account_is_in_one_organization(world):
    refused = Refused(world.organizations.create_organization)
    assert (refused.code, refused.status) == ("AlreadyInOrganizationException", 400)
    assert Refused(world.organizations.delete_organization).code == "OrganizationNotEmptyException"
    refused = Refused(world.organizations.enable_all_features)
    assert refused.reason == "ORGANIZATION_ALREADY_HAS_ALL_FEATURES"


def test_a_new_account_has_its_roles(world):
    iam = world.inside(world.member, "iam")
    roles = {role["RoleName"]: role for role in iam.list_roles()["Roles"]}
    trusted = roles["OrganizationAccountAccessRole"]["AssumeRolePolicyDocument"]["Statement"]
    statement = trusted[0] if isinstance(trusted, list) else trusted
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
    attached = iam.list_attached_role_policies(RoleName="OrganizationAccountAccessRole")["AttachedPolicies"]
    assert [of["PolicyName"] for of in attached] == ["AdministratorAccess"]
    linked = roles["AWSServiceRoleForOrganizations"]
    assert linked["Path"] == "/aws-service-role/organizations.amazonaws.com/"
    assert world.inside(world.member, "sts").get_caller_identity()["Account"] == world.member


def test_accounts_are_asked_for_and_become_something(world):
    organizations = world.organizations
    other = world.account(RoleName="Admins", Tags=[{"Key": "team", "Value": "one"}])
    assert world.inside(other, role="Admins").describe_organization()["Organization"]["Id"] == world.id
    described = organizations.describe_account(AccountId=other)["Account"]
    assert described["JoinedMethod"] == "CREATED" and described["Status"] == described["State"] == "ACTIVE"
    assert described["Paths"] == [f"{world.id}/{world.root}/{other}/"]
    assert organizations.list_tags_for_resource(ResourceId=other)["Tags"] == [{"Key": "team", "Value": "one"}]
    twice = organizations.create_account(Email=described["Email"], AccountName="twice")["CreateAccountStatus"]
    twice = organizations.describe_create_account_status(CreateAccountRequestId=twice["Id"])["CreateAccountStatus"]
    assert twice["State"] == "FAILED" and twice["FailureReason"] == "EMAIL_ALREADY_EXISTS"
    failed = organizations.list_create_account_status(States=["FAILED"])["CreateAccountStatuses"]
    assert [of["Id"] for of in failed] == [twice["Id"]]
    gov = organizations.create_gov_cloud_account(Email="gov@example.com", AccountName="gov")["CreateAccountStatus"]
    gov = organizations.describe_create_account_status(CreateAccountRequestId=gov["Id"])["CreateAccountStatus"]
    assert gov["AccountId"] != gov["GovCloudAccountId"]
    assert Refused(organizations.describe_account, AccountId=gov["GovCloudAccountId"]).code == "AccountNotFoundException"
    missing = Refused(organizations.describe_create_account_status, CreateAccountRequestId="car-00000000")
    assert missing.code == "CreateAccountStatusNotFoundException"
    assert Refused(organizations.create_account, Email="no-address", AccountName="x").reason == "INVALID_PATTERN:EMAIL"
    pages = list(organizations.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1}))
    listed = [account["Id"] for page in pages for account in page["Accounts"]]
    assert len(pages) == len(listed) == len(set(listed)) >= 4 and MANAGEMENT in listed


def test_only_the_management_account_manages(world):
    member = world.inside(world.member)
    assert member.describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    for call, members in [
        (member.list_accounts, {}),
        (member.list_roots, {}),
        (member.create_account, {"Email": "x@example.com", "AccountName": "x"}),
        (member.describe_account, {"AccountId": MANAGEMENT}),
        (member.close_account, {"AccountId": world.member}),
        (member.create_organizational_unit, {"ParentId": world.root, "Name": "x"}),
        (member.list_handshakes_for_organization, {}),
        (member.enable_aws_service_access, {"ServicePrincipal": "config.amazonaws.com"}),
        (member.put_resource_policy, {"Content": "{}"}),
        (member.remove_account_from_organization, {"AccountId": world.member}),
    ]:
        refused = Refused(call, **members)
        assert (refused.code, refused.status, refused.message) == ("AccessDeniedException", 400, DENIED)


def test_units_nest_five_deep(world):
    organizations = world.organizations
    parent, made = world.root, []
    for depth in range(5):
        unit = organizations.create_organizational_unit(ParentId=parent, Name=f"level {depth}")["OrganizationalUnit"]
        assert unit["Id"].startswith(f"ou-{world.root[2:]}-") and unit["Path"].endswith(f"{unit['Id']}/")
        parent = unit["Id"]
        made.append(parent)
    refused = Refused(organizations.create_organizational_unit, ParentId=parent, Name="too deep")
    assert (refused.code, refused.reason) == ("ConstraintViolationException", "OU_DEPTH_LIMIT_EXCEEDED")
    twin = Refused(organizations.create_organizational_unit, ParentId=world.root, Name="level 0")
    assert twin.code == "DuplicateOrganizationalUnitException"
    assert Refused(organizations.create_organizational_unit, ParentId="r-none", Name="x").code == "ParentNotFoundException"
    listed = organizations.list_organizational_units_for_parent(ParentId=made[0])["OrganizationalUnits"]
    assert [unit["Id"] for unit in listed] == [made[1]]
    children = organizations.list_children(ParentId=made[1], ChildType="ORGANIZATIONAL_UNIT")["Children"]
    assert children == [{"Id": made[2], "Type": "ORGANIZATIONAL_UNIT"}]
    assert organizations.list_parents(ChildId=made[0])["Parents"] == [{"Id": world.root, "Type": "ROOT"}]
    renamed = organizations.update_organizational_unit(OrganizationalUnitId=made[0], Name="renamed")
    assert renamed["OrganizationalUnit"]["Name"] == "renamed"

    # An account moves down, keeps the unit from going, and moves back.
    member = world.account()
    organizations.move_account(AccountId=member, SourceParentId=world.root, DestinationParentId=made[4])
    there = organizations.list_accounts_for_parent(ParentId=made[4])["Accounts"]
    assert [account["Id"] for account in there] == [member]
    assert organizations.list_children(ParentId=made[4], ChildType="ACCOUNT")["Children"][0]["Id"] == member
    move = {"AccountId": member, "SourceParentId": made[4]}
    for changed, code in [
        ({"DestinationParentId": made[4]}, "DuplicateAccountException"),
        ({"DestinationParentId": "r-none"}, "DestinationParentNotFoundException"),
        ({"SourceParentId": world.root, "DestinationParentId": made[0]}, "SourceParentNotFoundException"),
        ({"AccountId": "000000000000", "DestinationParentId": made[0]}, "AccountNotFoundException"),
    ]:
        assert Refused(organizations.move_account, **{**move, **changed}).code == code
    delete = organizations.delete_organizational_unit
    assert Refused(delete, OrganizationalUnitId=made[4]).code == "OrganizationalUnitNotEmptyException"
    organizations.move_account(**move, DestinationParentId=world.root)
    for unit in reversed(made):
        delete(OrganizationalUnitId=unit)
    assert Refused(organizations.describe_organizational_unit, OrganizationalUnitId=made[0]).code == (
        "OrganizationalUnitNotFoundException"
    )
    assert Refused(organizations.list_parents, ChildId=made[0]).code == "ChildNotFoundException"


def test_a_service_control_policy_binds_members_at_once(world):
    organizations = world.organizations
    enabled(world, "SERVICE_CONTROL_POLICY")
    again = Refused(organizations.enable_policy_type, RootId=world.root, PolicyType="SERVICE_CONTROL_POLICY")
    assert again.code == "PolicyTypeAlreadyEnabledException"
    member = world.inside(world.member, "sns")
    member.list_topics()
    statement = {"Effect": "Deny", "Action": "sns:ListTopics", "Resource": "*"}
    scp = policy(world, "no topics", "SERVICE_CONTROL_POLICY", {"Version": "2012-10-17", "Statement": statement})
    organizations.attach_policy(PolicyId=scp, TargetId=world.member)
    assert Refused(member.list_topics).message.endswith("with an explicit deny in a service control policy")
    attached = organizations.list_policies_for_target(TargetId=world.member, Filter="SERVICE_CONTROL_POLICY")["Policies"]
    assert [of["Id"] for of in attached] == ["p-FullAWSAccess", scp]
    targets = organizations.list_targets_for_policy(PolicyId=scp)["Targets"]
    assert [(of["TargetId"], of["Type"]) for of in targets] == [(world.member, "ACCOUNT")]
    assert Refused(organizations.attach_policy, PolicyId=scp, TargetId=world.member).code == (
        "DuplicatePolicyAttachmentException"
    )
    assert Refused(organizations.delete_policy, PolicyId=scp).code == "PolicyInUseException"
    organizations.detach_policy(PolicyId="p-FullAWSAccess", TargetId=world.member)
    last = Refused(organizations.detach_policy, PolicyId=scp, TargetId=world.member)
    assert last.reason == "MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED"
    organizations.attach_policy(PolicyId="p-FullAWSAccess", TargetId=world.member)
    organizations.detach_policy(PolicyId=scp, TargetId=world.member)
    assert Refused(organizations.detach_policy, PolicyId=scp, TargetId=world.member).code == "PolicyNotAttachedException"
    member.list_topics()
    organizations.update_policy(PolicyId=scp, Name="renamed", Description="of another name")
    described = organizations.describe_policy(PolicyId=scp)["Policy"]["PolicySummary"]
    assert (described["Name"], described["Description"]) == ("renamed", "of another name")
    assert described["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:policy/{world.id}/service_control_policy/{scp}"
    organizations.delete_policy(PolicyId=scp)
    assert Refused(organizations.describe_policy, PolicyId=scp).code == "PolicyNotFoundException"
    assert Refused(organizations.update_policy, PolicyId="p-FullAWSAccess", Name="x").reason == "IMMUTABLE_POLICY"
    assert Refused(policy, world, "bad", "SERVICE_CONTROL_POLICY", {"Statement": 1}).code == (
        "MalformedPolicyDocumentException"
    )


MANAGEMENT_POLICIES = {
    "TAG_POLICY": ({"tags": {"CostCenter": {"tag_value": {"@@assign": ["a"]}}}},
                   {"tags": {"costcenter": {"tag_key": "costcenter", "tag_value": ["a"]}}}),
    "AISERVICES_OPT_OUT_POLICY": ({"services": {"default": {"opt_out_policy": {"@@assign": "optOut"}}}},
                                  {"services": {"default": {"opt_out_policy": "optOut"}}}),
    "CHATBOT_POLICY": ({"chatbot": {"platforms": {"slack": {"workspaces": {"@@assign": ["T1"]}}}}},
                       {"chatbot": {"platforms": {"slack": {"workspaces": ["T1"]}}}}),
    "DECLARATIVE_POLICY_EC2": ({"ec2_attributes": {"serial_console_access": {"status": {"@@assign": "disabled"}}}},
                               {"ec2_attributes": {"serial_console_access": {"status": "disabled"}}}),
    "SECURITYHUB_POLICY": ({"securityhub": {"enable_in_regions": {"@@append": ["us-east-1"]}}},
                           {"securityhub": {"enable_in_regions": ["us-east-1"]}}),
    "S3_POLICY": ({"s3_attributes": {"public_access_block_configuration": {"@@assign": "all"}}},
                  {"s3_attributes": {"public_access_block_configuration": "all"}}),
}


@pytest.mark.parametrize("kind", MANAGEMENT_POLICIES)
def test_management_policies_become_effective(world, kind):
    organizations = world.organizations
    content, effective = MANAGEMENT_POLICIES[kind]
    off = Refused(organizations.describe_effective_policy, PolicyType=kind, TargetId=world.member)
    assert off.code == "EffectivePolicyNotFoundException"
    enabled(world, kind)
    made = policy(world, f"one {kind}", kind, content)
    organizations.attach_policy(PolicyId=made, TargetId=world.root)
    # A member reads its own, and no other.
    member = world.inside(world.member)
    own = member.describe_effective_policy(PolicyType=kind)["EffectivePolicy"]
    assert json.loads(own["PolicyContent"]) == effective and own["TargetId"] == world.member
    assert own["PolicyType"] == kind and own["LastUpdatedTimestamp"]
    other = Refused(member.describe_effective_policy, PolicyType=kind, TargetId=MANAGEMENT)
    assert other.code == "AccessDeniedException"
    on_root = Refused(organizations.describe_effective_policy, PolicyType=kind, TargetId=world.root)
    assert on_root.reason == "TARGET_NOT_SUPPORTED"
    errors = organizations.list_effective_policy_validation_errors(AccountId=world.member, PolicyType=kind)
    assert errors["EffectivePolicyValidationErrors"] == []
    assert organizations.list_accounts_with_invalid_effective_policy(PolicyType=kind)["Accounts"] == []
    root = organizations.disable_policy_type(RootId=world.root, PolicyType=kind)["Root"]
    assert kind not in [of["Type"] for of in root["PolicyTypes"]]
    assert organizations.list_targets_for_policy(PolicyId=made)["Targets"] == []
    assert Refused(organizations.attach_policy, PolicyId=made, TargetId=world.root).code == "PolicyTypeNotEnabledException"
    organizations.delete_policy(PolicyId=made)


def test_invitations_and_what_becomes_of_them(world):
    organizations = world.organizations
    account = world.account()
    inside = world.inside(account)
    inside.leave_organization()
    assert Refused(inside.describe_organization).code == "AWSOrganizationsNotInUseException"
    assert Refused(organizations.leave_organization).code == "MasterCannotLeaveOrganizationException"
    target = {"Id": account, "Type": "ACCOUNT"}
    first = organizations.invite_account_to_organization(Target=target, Notes="please")["Handshake"]
    assert first["State"] == "OPEN" and first["Action"] == "INVITE"
    assert first["Arn"] == f"arn:aws:organizations::{MANAGEMENT}:handshake/{world.id}/invite/{first['Id']}"
    assert (first["ExpirationTimestamp"] - first["RequestedTimestamp"]).days == 15
    again = Refused(organizations.invite_account_to_organization, Target=target)
    assert again.code == "DuplicateHandshakeException"
    assert [of["Id"] for of in inside.list_handshakes_for_account()["Handshakes"]] == [first["Id"]]
    assert inside.decline_handshake(HandshakeId=first["Id"])["Handshake"]["State"] == "DECLINED"
    assert Refused(inside.accept_handshake, HandshakeId=first["Id"]).code == "InvalidHandshakeTransitionException"
    second = organizations.invite_account_to_organization(Target=target)["Handshake"]["Id"]
    assert organizations.cancel_handshake(HandshakeId=second)["Handshake"]["State"] == "CANCELED"
    assert Refused(organizations.cancel_handshake, HandshakeId=second).code == "HandshakeAlreadyInStateException"
    third = organizations.invite_account_to_organization(Target=target, Tags=[{"Key": "k", "Value": "v"}])
    third = third["Handshake"]["Id"]
    assert Refused(world.inside(world.member).accept_handshake, HandshakeId=third).code == "AccessDeniedException"
    assert Refused(organizations.accept_handshake, HandshakeId=third).code == "AccessDeniedException"
    assert inside.accept_handshake(HandshakeId=third)["Handshake"]["State"] == "ACCEPTED"
    assert organizations.describe_account(AccountId=account)["Account"]["JoinedMethod"] == "INVITED"
    assert organizations.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "k", "Value": "v"}]
    shown = organizations.list_handshakes_for_organization(Filter={"ActionType": "INVITE"})["Handshakes"]
    assert {first["Id"], second, third} <= {of["Id"] for of in shown}
    member = Refused(organizations.invite_account_to_organization, Target=target)
    assert member.reason == "ALREADY_IN_AN_ORGANIZATION"
    assert Refused(organizations.describe_handshake, HandshakeId="h-00000000").code == "HandshakeNotFoundException"
    organizations.remove_account_from_organization(AccountId=account)
    assert Refused(organizations.remove_account_from_organization, AccountId=account).code == "AccountNotFoundException"


def test_delegated_administrators_read_and_no_more(world):
    organizations, service = world.organizations, "config.amazonaws.com"
    account = world.account()
    inside = world.inside(account)
    register = {"AccountId": account, "ServicePrincipal": service}
    refused = Refused(organizations.register_delegated_administrator, **register)
    assert refused.reason == "SERVICE_ACCESS_NOT_ENABLED"
    unknown = Refused(organizations.enable_aws_service_access, ServicePrincipal="nothing.amazonaws.com")
    assert unknown.reason == "UNRECOGNIZED_SERVICE_PRINCIPAL"
    organizations.enable_aws_service_access(ServicePrincipal=service)
    access = organizations.list_aws_service_access_for_organization()["EnabledServicePrincipals"]
    assert [of["ServicePrincipal"] for of in access] == [service]
    assert Refused(inside.list_accounts).code == "AccessDeniedException"
    organizations.register_delegated_administrator(**register)
    assert Refused(organizations.register_delegated_administrator, **register).code == "AccountAlreadyRegisteredException"
    master = Refused(organizations.register_delegated_administrator, AccountId=MANAGEMENT, ServicePrincipal=service)
    assert master.reason == "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"
    assert inside.list_accounts()["Accounts"]
    assert inside.describe_policy(PolicyId="p-FullAWSAccess")["Policy"]["Content"]
    assert Refused(inside.create_organizational_unit, ParentId=world.root, Name="x").code == "AccessDeniedException"
    listed = inside.list_delegated_administrators(ServicePrincipal=service)["DelegatedAdministrators"]
    assert [(of["Id"], of["Status"]) for of in listed] == [(account, "ACTIVE")]
    services = organizations.list_delegated_services_for_account(AccountId=account)["DelegatedServices"]
    assert [of["ServicePrincipal"] for of in services] == [service]
    kept = Refused(organizations.disable_aws_service_access, ServicePrincipal=service)
    assert kept.reason == "DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE"
    organizations.deregister_delegated_administrator(**register)
    assert Refused(organizations.deregister_delegated_administrator, **register).code == "AccountNotRegisteredException"
    assert Refused(inside.list_accounts).code == "AccessDeniedException"
    organizations.disable_aws_service_access(ServicePrincipal=service)


def test_the_delegation_policy_lets_members_work(world):
    organizations = world.organizations
    account = world.account()
    inside = world.inside(account)
    assert Refused(organizations.describe_resource_policy).code == "ResourcePolicyNotFoundException"

    def put(action, effect="Allow", **more):
        statement = {"Effect": effect, "Principal": {"AWS": account}, "Action": action, "Resource": "*", **more}
        return organizations.put_resource_policy(Content=json.dumps({"Version": "2012-10-17", "Statement": statement}))

    put(["organizations:ListRoots", "organizations:CreatePolicy"])
    stored = json.loads(organizations.describe_resource_policy()["ResourcePolicy"]["Content"])
    assert stored["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}
    assert inside.list_roots()["Roots"][0]["Id"] == world.root
    assert Refused(inside.list_accounts).code == "AccessDeniedException"
    only_tags = {"StringEquals": {"organizations:PolicyType": "TAG_POLICY"}}
    put("organizations:CreatePolicy", Condition=only_tags)
    tag = {"Name": "by a member", "Description": "", "Content": json.dumps(MANAGEMENT_POLICIES["TAG_POLICY"][0])}
    made = inside.create_policy(Type="TAG_POLICY", **tag)["Policy"]["PolicySummary"]["Id"]
    assert Refused(inside.create_policy, Type="CHATBOT_POLICY", **tag).code == "AccessDeniedException"
    put("organizations:DescribeOrganization", effect="Deny")
    assert Refused(inside.describe_organization).code == "AccessDeniedException"
    organizations.describe_organization()
    refused = Refused(put, "organizations:CreateAccount")
    assert refused.reason == "UNSUPPORTED_ACTION_IN_RESOURCE_POLICY"
    broken = Refused(organizations.put_resource_policy, Content="{")
    assert broken.reason == "INVALID_RESOURCE_POLICY_JSON"
    organizations.delete_resource_policy()
    inside.describe_organization()
    organizations.delete_policy(PolicyId=made)


def test_tags_decide(world):
    organizations = world.organizations
    unit = organizations.create_organizational_unit(ParentId=world.root, Name="tagged")["OrganizationalUnit"]["Id"]
    organizations.tag_resource(ResourceId=unit, Tags=[{"Key": "keep", "Value": "yes"}, {"Key": "b", "Value": "2"}])
    organizations.untag_resource(ResourceId=unit, TagKeys=["b"])
    assert organizations.list_tags_for_resource(ResourceId=unit)["Tags"] == [{"Key": "keep", "Value": "yes"}]
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert Refused(organizations.tag_resource, ResourceId=unit, Tags=many).reason == "MAX_TAG_LIMIT_EXCEEDED"
    missing = Refused(organizations.list_tags_for_resource, ResourceId="000000000000")
    assert missing.code == "TargetNotFoundException"
    iam = world.client("iam", KEYS)
    statement = {
        "Effect": "Deny",
        "Action": "organizations:DeleteOrganizationalUnit",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/keep": "yes"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="boss", PolicyName="keep", PolicyDocument=document)
    assert Refused(organizations.delete_organizational_unit, OrganizationalUnitId=unit).code == "AccessDeniedException"
    iam.delete_user_policy(UserName="boss", PolicyName="keep")
    organizations.delete_organizational_unit(OrganizationalUnitId=unit)


def test_nobody_acts_in_a_closed_account(world):
    organizations = world.organizations
    account = world.account()
    inside = world.inside(account, "sns")
    inside.list_topics()
    organizations.close_account(AccountId=account)
    described = organizations.describe_account(AccountId=account)["Account"]
    assert (described["Status"], described["State"]) == ("SUSPENDED", "CLOSED")
    assert Refused(inside.list_topics).status == 403
    assert Refused(world.inside, account).code == "AccessDenied"
    assert Refused(organizations.close_account, AccountId=account).code == "AccountAlreadyClosedException"
    assert Refused(organizations.close_account, AccountId=MANAGEMENT).reason == "CANNOT_CLOSE_MANAGEMENT_ACCOUNT"


def test_values_that_do_not_fit_are_named(world):
    organizations = world.organizations
    token = Refused(organizations.list_accounts, NextToken="nothing")
    assert (token.code, token.reason) == ("InvalidInputException", "INVALID_NEXT_TOKEN")
    page = Refused(organizations.list_accounts, MaxResults=21)
    assert page.message == "You provided a value that exceeds the maximum allowed."
    assert page.reason == "MAX_VALUE_EXCEEDED:MAX_RESULTS"
    target = Refused(organizations.list_policies_for_target, TargetId="x", Filter="TAG_POLICY")
    assert target.message == "You provided a value that does not match the required pattern."
    assert Refused(organizations.list_policies, Filter="NO_POLICY").reason == "INVALID_ENUM_POLICY_TYPE"


def test_an_organization_ends(new_bailiwick):
    server = new_bailiwick(arguments=["--ephemeral"], environment=ENVIRONMENT).start()
    organizations = World(server).organizations
    first = organizations.create_organization()["Organization"]["Id"]
    organizations.delete_organization()
    assert Refused(organizations.describe_organization).code == "AWSOrganizationsNotInUseException"
    billing = organizations.create_organization(FeatureSet="CONSOLIDATED_BILLING")["Organization"]
    assert billing["Id"] != first and billing["AvailablePolicyTypes"] == []
    refused = Refused(organizations.create_policy, Name="x", Description="", Type="TAG_POLICY", Content='{"tags":{}}')
    assert refused.code == "PolicyTypeNotAvailableForOrganizationException"
    handshake = organizations.enable_all_features()["Handshake"]
    assert handshake["State"] == "OPEN" and handshake["Action"] == "ENABLE_ALL_FEATURES"
    assert organizations.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    assert organizations.describe_organization()["Organization"]["FeatureSet"] == "ALL"
