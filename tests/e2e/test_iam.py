"""IAM as boto3 sees it: every operation served, with its main refusals, against one server."""

import base64
import concurrent.futures
import csv
import hashlib
import hmac
import io
import json
import struct
import time

import boto3
import botocore.exceptions
import pytest

WORKLOAD = "444455556666"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sns:List*", "Resource": "*"}})


def trust(**principal):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def code(seed, later=0):
    """The code that a virtual MFA device with this seed shows (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time() + later) // 30)
    digest = hmac.new(base64.b32decode(seed), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def refused(expected, message, status, call, **input):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**input)
    answer = error.value.response
    assert answer["Error"]["Code"] == expected, answer["Error"]
    assert message in answer["Error"]["Message"], answer["Error"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status


def absent(call, **input):
    refused("NoSuchEntity", "", 404, call, **input)


@pytest.fixture(scope="module")
def iam(bailiwick):
    return bailiwick.client("iam")


def keys_of(bailiwick, key, service):
    return boto3.client(
        service,
        endpoint_url=bailiwick.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key.get("SessionToken"),
    )


def test_users_and_their_groups(iam):
    made = iam.create_user(UserName="eva", Path="/t/", Tags=[{"Key": "a", "Value": "1"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{WORKLOAD}:user/t/eva" and made["UserId"].startswith("AIDA")
    refused("EntityAlreadyExists", "User with name EVA already exists.", 409, iam.create_user, UserName="EVA")
    assert iam.get_user(UserName="EVA")["User"]["Tags"] == [{"Key": "a", "Value": "1"}]
    assert [user["UserName"] for user in iam.list_users(PathPrefix="/t/")["Users"]] == ["eva"]
    iam.create_group(GroupName="crew")
    refused("EntityAlreadyExists", "Group with name crew", 409, iam.create_group, GroupName="crew")
    iam.add_user_to_group(GroupName="crew", UserName="eva")
    assert iam.get_group(GroupName="crew")["Users"][0]["UserName"] == "eva"
    assert iam.list_groups_for_user(UserName="eva")["Groups"][0]["GroupName"] == "crew"
    refused("DeleteConflict", "must remove users from group first", 409, iam.delete_group, GroupName="crew")
    refused("DeleteConflict", "must remove users from group first", 409, iam.delete_user, UserName="eva")
    iam.update_group(GroupName="crew", NewGroupName="band")
    iam.remove_user_from_group(GroupName="band", UserName="eva")
    iam.delete_group(GroupName="band")
    absent(iam.get_group, GroupName="band")
    iam.tag_user(UserName="eva", Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_user(UserName="eva", TagKeys=["A"])
    assert iam.list_user_tags(UserName="eva")["Tags"] == [{"Key": "b", "Value": "2"}]
    iam.update_user(UserName="eva", NewUserName="eve", NewPath="/")
    absent(iam.get_user, UserName="eva")
    iam.delete_user(UserName="eve")
    absent(iam.delete_user, UserName="eve")


def test_names_and_paths_are_held_to_the_model(iam):
    # As recorded of AWS: a path begins and ends with a slash, has no blanks, and two slashes alone are none.
    for path in ["/team", "/ space/", "//", "/é/", "/line\n/", "/del\x7f/", "team/"]:
        refused("ValidationError", "at 'path' failed to satisfy constraint", 400, iam.create_user, UserName="x", Path=path)
    assert iam.create_user(UserName="slashes", Path="/a//b/")["User"]["Path"] == "/a//b/"
    refused("ValidationError", "at 'userName'", 400, iam.create_user, UserName="line\n")
    refused("ValidationError", "at 'userName'", 400, iam.get_user, UserName="line\n")
    refused("ValidationError", "'newPath'", 400, iam.update_user, UserName="slashes", NewPath="//")
    iam.delete_user(UserName="slashes")
    iam.create_user(UserName="n" * 64)
    iam.delete_user(UserName="n" * 64)
    refused("ValidationError", "", 400, iam.create_user, UserName="n" * 65)
    refused("ValidationError", "", 400, iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"), Description="x" * 1001)
    refused("ValidationError", "43200", 400, iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"), MaxSessionDuration=43201)


def test_pages(iam):
    for number in range(5):
        iam.create_group(GroupName=f"page{number}", Path="/page/")
    pages = iam.get_paginator("list_groups").paginate(PathPrefix="/page/", PaginationConfig={"PageSize": 2})
    pages = [[group["GroupName"] for group in page["Groups"]] for page in pages]
    assert pages == [["page0", "page1"], ["page2", "page3"], ["page4"]]
    first = iam.list_groups(PathPrefix="/page/", MaxItems=2)
    assert first["IsTruncated"]
    refused("ValidationError", "Invalid Marker", 400, iam.list_groups, Marker=first["Marker"][:-4])
    refused("ValidationError", "Invalid Marker", 400, iam.list_users, Marker=first["Marker"])
    refused("ValidationError", "maxItems", 400, iam.list_groups, MaxItems=1001)
    for number in range(5):
        iam.delete_group(GroupName=f"page{number}")


@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_policies_of_users_groups_and_roles(iam, kind):
    name = {f"{kind.capitalize()}Name": f"holder-{kind}"}
    call = lambda verb, what: getattr(iam, f"{verb}_{kind}{what}")
    more = {"AssumeRolePolicyDocument": trust(Service="ec2.amazonaws.com")} if kind == "role" else {}
    call("create", "")(**name, **more)
    call("put", "_policy")(**name, PolicyName="MixedName", PolicyDocument=ALLOW)
    call("put", "_policy")(**name, PolicyName="MIXEDNAME", PolicyDocument=ALLOW.replace("Allow", "Deny"))
    assert getattr(iam, f"list_{kind}_policies")(**name)["PolicyNames"] == ["MixedName"]
    shown = call("get", "_policy")(**name, PolicyName="mixedname")
    assert shown["PolicyDocument"]["Statement"]["Effect"] == "Deny"
    assert shown["PolicyName"] == "mixedname", "as it was asked for"
    refused("MalformedPolicyDocument", "", 400, call("put", "_policy"), **name, PolicyName="bad", PolicyDocument="{}")
    refused("DeleteConflict", "must delete policies first", 409, call("delete", ""), **name)
    long = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sns:*", "Resource": "arn:aws:sns:*:*:" + "x" * 10_300}})
    refused("LimitExceeded", "Maximum policy size of", 409, call("put", "_policy"), **name, PolicyName="long", PolicyDocument=long)
    call("delete", "_policy")(**name, PolicyName="mixedNAME")
    absent(call("get", "_policy"), **name, PolicyName="MixedName")
    absent(call("delete", "_policy"), **name, PolicyName="MixedName")

    arn = iam.create_policy(PolicyName=f"managed-{kind}", PolicyDocument=ALLOW)["Policy"]["Arn"]
    call("attach", "_policy")(**name, PolicyArn=arn)
    call("attach", "_policy")(**name, PolicyArn=arn)
    attached = getattr(iam, f"list_attached_{kind}_policies")(**name)["AttachedPolicies"]
    assert attached == [{"PolicyName": f"managed-{kind}", "PolicyArn": arn}]
    assert len(iam.list_entities_for_policy(PolicyArn=arn)[f"Policy{kind.capitalize()}s"]) == 1
    refused("DeleteConflict", "attached to entities", 409, iam.delete_policy, PolicyArn=arn)
    refused("DeleteConflict", "must detach all policies first", 409, call("delete", ""), **name)
    call("detach", "_policy")(**name, PolicyArn=arn)
    absent(call("detach", "_policy"), **name, PolicyArn=arn)
    absent(call("attach", "_policy"), **name, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
    if kind != "group":
        call("put", "_permissions_boundary")(**name, PermissionsBoundary=arn)
        boundary = call("get", "")(**name)[kind.capitalize()]["PermissionsBoundary"]
        assert boundary == {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
        call("delete", "_permissions_boundary")(**name)
        absent(call("delete", "_permissions_boundary"), **name)
    iam.delete_policy(PolicyArn=arn)
    call("delete", "")(**name)


def test_managed_policies_and_their_versions(iam):
    arn = iam.create_policy(PolicyName="versions", Path="/v/", PolicyDocument=ALLOW, Tags=[{"Key": "k", "Value": "v"}])["Policy"]["Arn"]
    refused("EntityAlreadyExists", "A policy called versions already exists", 409, iam.create_policy, PolicyName="versions", PolicyDocument=ALLOW)
    for number in range(2, 6):
        version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=number == 3)["PolicyVersion"]
        assert version["VersionId"] == f"v{number}"
    refused("LimitExceeded", "can have up to 5 versions", 409, iam.create_policy_version, PolicyArn=arn, PolicyDocument=ALLOW)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v5")
    refused("DeleteConflict", "default version", 409, iam.delete_policy_version, PolicyArn=arn, VersionId="v5")
    refused("DeleteConflict", "more than one version", 409, iam.delete_policy, PolicyArn=arn)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [version["VersionId"] for version in versions] == ["v5", "v4", "v3", "v2", "v1"]
    for number in range(1, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    absent(iam.get_policy_version, PolicyArn=arn, VersionId="v1")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["k"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert [policy["Arn"] for policy in iam.list_policies(Scope="Local", PathPrefix="/v/")["Policies"]] == [arn]
    iam.delete_policy(PolicyArn=arn)
    absent(iam.get_policy, PolicyArn=arn)


def test_policies_of_aws(iam):
    names = [policy["PolicyName"] for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for policy in page["Policies"]]
    assert len(names) > 1_000 and {"AdministratorAccess", "ReadOnlyAccess", "PowerUserAccess"} <= set(names)
    policy = iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")["Policy"]
    assert policy["Path"] == "/job-function/" and policy["IsAttachable"]
    shown = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    assert shown["IsDefaultVersion"] and shown["Document"]["Statement"]
    absent(iam.get_policy_version, PolicyArn=policy["Arn"], VersionId="v999")
    used = iam.list_policies(Scope="AWS", OnlyAttached=True)["Policies"]
    assert used and all(policy["AttachmentCount"] + policy["PermissionsBoundaryUsageCount"] for policy in used)
    refused("AccessDenied", "", 403, iam.create_policy_version, PolicyArn=policy["Arn"], PolicyDocument=ALLOW)


def test_roles(iam):
    service = trust(Service="ec2.amazonaws.com")
    role = iam.create_role(RoleName="job", Path="/r/", AssumeRolePolicyDocument=service, Description="d", MaxSessionDuration=7200)["Role"]
    assert role["RoleId"].startswith("AROA") and role["AssumeRolePolicyDocument"] == json.loads(service)
    refused("EntityAlreadyExists", "Role with name job already exists.", 409, iam.create_role, RoleName="job", AssumeRolePolicyDocument=service)
    refused("MalformedPolicyDocument", "", 400, iam.create_role, RoleName="bad", AssumeRolePolicyDocument="{")
    ghost = f"arn:aws:iam::{WORKLOAD}:user/ghost"
    refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{ghost}"', 400, iam.update_assume_role_policy, RoleName="job", PolicyDocument=trust(AWS=ghost))
    refused("ValidationError", "", 400, iam.create_role, RoleName="x", Path="/aws-service-role/x/", AssumeRolePolicyDocument=service)
    iam.update_assume_role_policy(RoleName="job", PolicyDocument=trust(Service="lambda.amazonaws.com"))
    iam.update_role(RoleName="job", Description="changed")
    role = iam.get_role(RoleName="JOB")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("changed", 7200)
    assert role["AssumeRolePolicyDocument"]["Statement"]["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert iam.update_role_description(RoleName="job", Description="again")["Role"]["Description"] == "again"
    iam.tag_role(RoleName="job", Tags=[{"Key": "k", "Value": "v"}])
    refused("InvalidInput", "aws: prefixed", 400, iam.tag_role, RoleName="job", Tags=[{"Key": "aws:x", "Value": "v"}])
    iam.untag_role(RoleName="job", TagKeys=["k"])
    assert iam.list_role_tags(RoleName="job")["Tags"] == []
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/r/")["Roles"]] == ["job"]
    long = json.loads(service)
    long["Statement"]["Sid"] = "x" * 2_048
    refused("LimitExceeded", "ACLSizePerRole: 2048", 409, iam.update_assume_role_policy, RoleName="job", PolicyDocument=json.dumps(long))
    iam.delete_role(RoleName="job")
    absent(iam.get_role, RoleName="job")


def test_a_principal_made_again_is_somebody_else(bailiwick, iam):
    user = iam.create_user(UserName="again")["User"]
    role = iam.create_role(RoleName="door", AssumeRolePolicyDocument=trust(AWS=user["Arn"]))["Role"]
    principal = lambda: iam.get_role(RoleName="door")["Role"]["AssumeRolePolicyDocument"]["Statement"]["Principal"]
    assert principal() == {"AWS": user["Arn"]}
    enter = lambda key: keys_of(bailiwick, key, "sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")
    key = iam.create_access_key(UserName="again")["AccessKey"]
    session = enter(key)["Credentials"]
    assert "RoleLastUsed" not in iam.get_role(RoleName="door")["Role"] or not iam.get_role(RoleName="door")["Role"]["RoleLastUsed"]
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        keys_of(bailiwick, session, "iam").list_users()
    used = iam.get_role(RoleName="door")["Role"]["RoleLastUsed"]
    assert used["Region"] == "us-east-1" and used["LastUsedDate"].timestamp() > time.time() - 60
    last = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
    assert last["UserName"] == "again" and last["AccessKeyLastUsed"]["ServiceName"] == "sts"

    iam.delete_access_key(UserName="again", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="again")
    assert principal() == {"AWS": user["UserId"]}
    assert iam.create_user(UserName="again")["User"]["Arn"] == user["Arn"]
    assert principal() == {"AWS": user["UserId"]}
    key = iam.create_access_key(UserName="again")["AccessKey"]
    with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
        enter(key)
    iam.delete_access_key(UserName="again", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="again")
    iam.delete_role(RoleName="door")


def test_access_keys(iam):
    iam.create_user(UserName="keys")
    first, second = (iam.create_access_key(UserName="keys")["AccessKey"] for _ in range(2))
    refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", 409, iam.create_access_key, UserName="keys")
    iam.update_access_key(UserName="keys", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    listed = {key["AccessKeyId"]: key["Status"] for key in iam.list_access_keys(UserName="keys")["AccessKeyMetadata"]}
    assert listed == {first["AccessKeyId"]: "Inactive", second["AccessKeyId"]: "Active"}
    assert iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    absent(iam.update_access_key, UserName="keys", AccessKeyId="AKIA0000000000000000", Status="Active")
    refused("DeleteConflict", "must delete access keys first", 409, iam.delete_user, UserName="keys")
    for key in (first, second):
        iam.delete_access_key(UserName="keys", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="keys")


def test_passwords(bailiwick, iam):
    iam.create_user(UserName="pass")
    absent(iam.get_login_profile, UserName="pass")
    absent(iam.delete_login_profile, UserName="pass")
    refused("PasswordPolicyViolation", "minimum length of 8", 400, iam.create_login_profile, UserName="pass", Password="Ab1")
    assert iam.create_login_profile(UserName="pass", Password="Secret-w0rd")["LoginProfile"]["PasswordResetRequired"] is False
    refused("EntityAlreadyExists", "already exists", 409, iam.create_login_profile, UserName="pass", Password="Secret-w0rd")
    key = iam.create_access_key(UserName="pass")["AccessKey"]
    own = keys_of(bailiwick, key, "iam")
    with pytest.raises(botocore.exceptions.ClientError, match="iam:ChangePassword"):
        own.change_password(OldPassword="Secret-w0rd", NewPassword="Another-w0rd")
    iam.attach_user_policy(UserName="pass", PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword")
    refused("AccessDenied", "The old password was incorrect.", 403, own.change_password, OldPassword="wrong", NewPassword="Another-w0rd")
    own.change_password(OldPassword="Secret-w0rd", NewPassword="Another-w0rd")

    absent(iam.get_account_password_policy)
    iam.update_account_password_policy(MinimumPasswordLength=12, RequireNumbers=True, PasswordReusePrevention=2, MaxPasswordAge=30)
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    assert policy["MinimumPasswordLength"] == 12 and policy["ExpirePasswords"] and policy["MaxPasswordAge"] == 30
    refused("PasswordPolicyViolation", "at least one number", 400, iam.update_login_profile, UserName="pass", Password="No-numbers-here")
    refused("PasswordPolicyViolation", "used before", 400, own.change_password, OldPassword="Another-w0rd", NewPassword="Another-w0rd")
    iam.update_login_profile(UserName="pass", Password="A-third-passw0rd", PasswordResetRequired=True)
    assert iam.get_login_profile(UserName="pass")["LoginProfile"]["PasswordResetRequired"] is True
    refused("ValidationError", "minimumPasswordLength", 400, iam.update_account_password_policy, MinimumPasswordLength=129)
    iam.delete_account_password_policy()
    absent(iam.delete_account_password_policy)
    refused("DeleteConflict", "must delete login profile first", 409, iam_delete_after(iam, key), UserName="pass")
    iam.delete_login_profile(UserName="pass")
    iam.delete_user(UserName="pass")
    said = bailiwick.said() + json.dumps([record for record in bailiwick.audit("export").stdout.splitlines()])
    for secret in ["Secret-w0rd", "Another-w0rd", "A-third-passw0rd"]:
        assert secret not in said


def iam_delete_after(iam, key):
    """Deletes a user whose keys and policies are gone."""
    iam.delete_access_key(UserName="pass", AccessKeyId=key["AccessKeyId"])
    iam.detach_user_policy(UserName="pass", PolicyArn="arn:aws:iam::aws:policy/IAMUserChangePassword")
    return iam.delete_user


def test_mfa_devices(iam):
    iam.create_user(UserName="mfa")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=[{"Key": "k", "Value": "v"}])["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"]
    assert serial == f"arn:aws:iam::{WORKLOAD}:mfa/phone" and len(seed) == 64
    assert device["QRCodePNG"].startswith(b"\x89PNG")
    refused("EntityAlreadyExists", "same path and name", 409, iam.create_virtual_mfa_device, VirtualMFADeviceName="phone")
    enable = lambda one, two: iam.enable_mfa_device(UserName="mfa", SerialNumber=serial, AuthenticationCode1=one, AuthenticationCode2=two)
    refused("InvalidAuthenticationCode", "", 403, iam.enable_mfa_device, UserName="mfa", SerialNumber=serial, AuthenticationCode1=code(seed), AuthenticationCode2=code(seed))
    enable(code(seed, -30), code(seed))
    refused("EntityAlreadyExists", "in use", 409, iam.enable_mfa_device, UserName="mfa", SerialNumber=serial, AuthenticationCode1="000000", AuthenticationCode2="000000")
    assert [found["SerialNumber"] for found in iam.list_mfa_devices(UserName="mfa")["MFADevices"]] == [serial]
    assert iam.get_mfa_device(SerialNumber=serial)["UserName"] == "mfa"
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"][0]["User"]["UserName"] == "mfa"
    assert iam.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"] == []
    iam.resync_mfa_device(UserName="mfa", SerialNumber=serial, AuthenticationCode1=code(seed, 300), AuthenticationCode2=code(seed, 330))
    iam.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_mfa_device(SerialNumber=serial, TagKeys=["k"])
    assert iam.list_mfa_device_tags(SerialNumber=serial)["Tags"] == [{"Key": "l", "Value": "w"}]
    refused("DeleteConflict", "", 409, iam.delete_virtual_mfa_device, SerialNumber=serial)
    refused("DeleteConflict", "must delete MFA device first", 409, iam.delete_user, UserName="mfa")
    iam.deactivate_mfa_device(UserName="mfa", SerialNumber=serial)
    absent(iam.deactivate_mfa_device, UserName="mfa", SerialNumber=serial)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    absent(iam.delete_virtual_mfa_device, SerialNumber=serial)
    iam.delete_user(UserName="mfa")


def test_instance_profiles(iam):
    iam.create_role(RoleName="box", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    profile = iam.create_instance_profile(InstanceProfileName="Box", Path="/i/")["InstanceProfile"]
    assert profile["InstanceProfileId"].startswith("AIPA") and profile["Roles"] == []
    refused("EntityAlreadyExists", "Instance Profile box already exists.", 409, iam.create_instance_profile, InstanceProfileName="box")
    iam.add_role_to_instance_profile(InstanceProfileName="Box", RoleName="box")
    refused("LimitExceeded", "InstanceSessionsPerInstanceProfile: 1", 409, iam.add_role_to_instance_profile, InstanceProfileName="Box", RoleName="box")
    assert iam.get_instance_profile(InstanceProfileName="BOX")["InstanceProfile"]["Roles"][0]["RoleName"] == "box"
    assert len(iam.list_instance_profiles(PathPrefix="/i/")["InstanceProfiles"]) == 1
    assert len(iam.list_instance_profiles_for_role(RoleName="box")["InstanceProfiles"]) == 1
    refused("DeleteConflict", "must remove roles from instance profile first", 409, iam.delete_instance_profile, InstanceProfileName="Box")
    refused("DeleteConflict", "must remove roles from instance profile first", 409, iam.delete_role, RoleName="box")
    iam.tag_instance_profile(InstanceProfileName="Box", Tags=[{"Key": "k", "Value": "v"}])
    assert iam.list_instance_profile_tags(InstanceProfileName="Box")["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_instance_profile(InstanceProfileName="Box", TagKeys=["k"])
    details = iam.get_account_authorization_details(Filter=["Role"], MaxItems=1000)["RoleDetailList"]
    assert [len(role["InstanceProfileList"]) for role in details if role["RoleName"] == "box"] == [1]
    iam.remove_role_from_instance_profile(InstanceProfileName="Box", RoleName="box")
    iam.delete_instance_profile(InstanceProfileName="Box")
    absent(iam.get_instance_profile, InstanceProfileName="Box")
    iam.delete_role(RoleName="box")


def test_a_role_is_passed_with_permission_only(bailiwick, iam):
    iam.create_role(RoleName="passed", AssumeRolePolicyDocument=trust(Service="ec2.amazonaws.com"))
    iam.create_instance_profile(InstanceProfileName="passed")
    iam.create_user(UserName="passer")
    key = iam.create_access_key(UserName="passer")["AccessKey"]
    own = keys_of(bailiwick, key, "iam")
    statement = [{"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "*"}]
    put = lambda: iam.put_user_policy(UserName="passer", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}))
    put()
    with pytest.raises(botocore.exceptions.ClientError, match="iam:PassRole"):
        own.add_role_to_instance_profile(InstanceProfileName="passed", RoleName="passed")
    passing = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    statement.append({"Effect": "Allow", "Action": "iam:PassRole", "Resource": f"arn:aws:iam::{WORKLOAD}:role/passed", "Condition": passing})
    put()
    with pytest.raises(botocore.exceptions.ClientError, match="iam:PassRole"):
        own.add_role_to_instance_profile(InstanceProfileName="passed", RoleName="passed")
    passing["StringEquals"]["iam:PassedToService"] = "ec2.amazonaws.com"
    put()
    own.add_role_to_instance_profile(InstanceProfileName="passed", RoleName="passed")
    iam.remove_role_from_instance_profile(InstanceProfileName="passed", RoleName="passed")
    iam.delete_instance_profile(InstanceProfileName="passed")
    iam.delete_role(RoleName="passed")


def test_identity_providers(iam):
    print1, print2 = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280", "0e99a48a9960b14926bb7f3b02e22da2b0ab7280"
    arn = iam.create_open_id_connect_provider(Url="https://id.example.org/a", ClientIDList=["one"], ThumbprintList=[print1])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{WORKLOAD}:oidc-provider/id.example.org/a"
    refused("EntityAlreadyExists", "Provider with url https://id.example.org/a already exists.", 409, iam.create_open_id_connect_provider, Url="https://id.example.org/a")
    refused("ValidationError", "Invalid Open ID Connect Provider URL", 400, iam.create_open_id_connect_provider, Url="http://id.example.org")
    refused("InvalidInput", "Thumbprint list", 400, iam.create_open_id_connect_provider, Url="https://b.example.org", ThumbprintList=[print1] * 6)
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[print2])
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (shown["Url"], shown["ClientIDList"], shown["ThumbprintList"]) == ("id.example.org/a", ["two"], [print2])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["k"])
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    absent(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)


def test_service_linked_roles(iam):
    role = iam.create_service_linked_role(AWSServiceName="lex.amazonaws.com")["Role"]
    assert role["Path"] == "/aws-service-role/lex.amazonaws.com/" and role["RoleName"] == "AWSServiceRoleForLexBots"
    name = {"RoleName": role["RoleName"]}
    refused("InvalidInput", "has been taken in this account", 400, iam.create_service_linked_role, AWSServiceName="lex.amazonaws.com")
    refused("InvalidInput", "Custom suffix is not allowed for lex.amazonaws.com", 400, iam.create_service_linked_role, AWSServiceName="lex.amazonaws.com", CustomSuffix="x")
    refused("InvalidInput", "", 400, iam.create_service_linked_role, AWSServiceName="nothing.amazonaws.com")
    for call, more in [
        (iam.delete_role, {}),
        (iam.update_assume_role_policy, {"PolicyDocument": trust(Service="ec2.amazonaws.com")}),
        (iam.attach_role_policy, {"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        (iam.put_role_policy, {"PolicyName": "p", "PolicyDocument": ALLOW}),
        (iam.put_role_permissions_boundary, {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        (iam.update_role, {"MaxSessionDuration": 7200}),
    ]:
        refused("UnmodifiableEntity", "is only modifiable by AWS", 400, call, **name, **more)
    task = iam.delete_service_linked_role(**name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    absent(iam.get_role, **name)
    absent(iam.get_service_linked_role_deletion_status, DeletionTaskId="task/none")


def test_account(iam):
    iam.create_account_alias(AccountAlias="work-load")
    assert iam.list_account_aliases()["AccountAliases"] == ["work-load"]
    absent(iam.delete_account_alias, AccountAlias="other")
    iam.delete_account_alias(AccountAlias="work-load")
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["UsersQuota"] == 5000 and summary["AccessKeysPerUserQuota"] == 2 and summary["GlobalEndpointTokenVersion"] == 1
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v2Token")
    assert iam.get_account_summary()["SummaryMap"]["GlobalEndpointTokenVersion"] == 2
    iam.set_security_token_service_preferences(GlobalEndpointTokenVersion="v1Token")
    whole = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 3}))
    assert len(whole) > 1
    users = [user["UserName"] for page in whole for user in page["UserDetailList"]]
    assert users == sorted(users) and {"admin", "nobody"} <= set(users)
    policies = [policy for page in whole for policy in page["Policies"]]
    assert any(policy["Arn"] == "arn:aws:iam::aws:policy/AdministratorAccess" and policy["PolicyVersionList"][0]["Document"] for policy in policies)


def test_reports_tell_what_was_done(bailiwick, iam):
    state = iam.generate_credential_report()["State"]
    assert state in ("STARTED", "COMPLETE")
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    report = iam.get_credential_report()
    rows = {row["user"]: row for row in csv.DictReader(io.StringIO(report["Content"].decode()))}
    assert report["ReportFormat"] == "text/csv" and rows["<root_account>"]["password_enabled"] == "not_supported"
    admin = rows["admin"]
    assert admin["arn"] == f"arn:aws:iam::{WORKLOAD}:user/admin" and admin["mfa_active"] == "false"
    assert admin["access_key_1_active"] == "true" and admin["access_key_1_last_used_service"] == "iam"
    assert admin["access_key_1_last_used_region"] == "us-east-1" and admin["access_key_2_active"] == "false"

    arn = f"arn:aws:iam::{WORKLOAD}:user/admin"
    job = iam.generate_service_last_accessed_details(Arn=arn, Granularity="ACTION_LEVEL")["JobId"]
    services, marker = {}, {}
    while True:
        page = iam.get_service_last_accessed_details(JobId=job, MaxItems=200, **marker)
        assert page["JobStatus"] == "COMPLETED"
        services.update({service["ServiceNamespace"]: service for service in page["ServicesLastAccessed"]})
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert len(services) > 300 and services["iam"]["LastAuthenticatedEntity"] == arn
    assert "LastAuthenticated" not in services["ec2"] and services["ec2"]["TotalAuthenticatedEntities"] == 0
    actions = {action["ActionName"]: action for action in services["iam"]["TrackedActionsLastAccessed"]}
    assert "LastAccessedTime" in actions["GetCredentialReport"] and "LastAccessedTime" not in actions["DeleteServerCertificate"]
    entities = iam.get_service_last_accessed_details_with_entities(JobId=job, ServiceNamespace="iam")["EntityDetailsList"]
    assert entities[0]["EntityInfo"]["Name"] == "admin"
    absent(iam.get_service_last_accessed_details, JobId="00000000-0000-4000-8000-000000000000")
    granting = iam.list_policies_granting_service_access(Arn=arn, ServiceNamespaces=["s3"])["PoliciesGrantingServiceAccess"]
    assert granting[0]["Policies"][0]["PolicyName"] == "AdministratorAccess"


def test_what_terraform_reads_before_it_deletes_a_user(iam):
    iam.create_user(UserName="terraform")
    assert iam.list_ssh_public_keys(UserName="terraform")["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName="terraform")["Certificates"] == []
    assert iam.list_service_specific_credentials(UserName="terraform")["ServiceSpecificCredentials"] == []
    assert iam.list_mfa_devices(UserName="terraform")["MFADevices"] == []
    absent(iam.delete_login_profile, UserName="terraform")
    iam.delete_user(UserName="terraform")
    absent(iam.list_signing_certificates, UserName="terraform")


def test_signing_certificates(iam):
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "signer.example.com")])
    today = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(today)
    made = made.not_valid_after(today + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    body = made.public_bytes(serialization.Encoding.PEM).decode()
    iam.create_user(UserName="signer")
    uploaded = iam.upload_signing_certificate(UserName="signer", CertificateBody=body)["Certificate"]
    assert uploaded["Status"] == "Active" and uploaded["CertificateBody"].strip() == body.strip()
    iam.update_signing_certificate(UserName="signer", CertificateId=uploaded["CertificateId"], Status="Inactive")
    assert [of["Status"] for of in iam.list_signing_certificates(UserName="signer")["Certificates"]] == ["Inactive"]
    iam.delete_signing_certificate(UserName="signer", CertificateId=uploaded["CertificateId"])
    absent(iam.delete_signing_certificate, UserName="signer", CertificateId=uploaded["CertificateId"])
    iam.delete_user(UserName="signer")


def test_simulators_and_context_keys(iam):
    results = iam.simulate_custom_policy(PolicyInputList=[ALLOW], ActionNames=["sns:ListTopics", "sns:Publish"])["EvaluationResults"]
    assert [result["EvalDecision"] for result in results] == ["allowed", "implicitDeny"]
    arn = f"arn:aws:iam::{WORKLOAD}:user/admin"
    assert iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sns:Publish"])["EvaluationResults"][0]["EvalDecision"] == "allowed"
    keyed = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}})
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[keyed])["ContextKeyNames"] == ["aws:SecureTransport"]
    assert iam.get_context_keys_for_principal_policy(PolicySourceArn=arn)["ContextKeyNames"] == []


def test_of_two_who_create_the_same_one_wins(bailiwick):
    clients = [bailiwick.client("iam") for _ in range(4)]

    def create(client):
        try:
            client.create_user(UserName="race")
            return "made"
        except botocore.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        came = sorted(pool.map(create, clients))
    assert came == ["EntityAlreadyExists"] * 3 + ["made"]
    clients[0].delete_user(UserName="race")


def test_every_operation_served_is_called_here(iam):
    """A new operation of IAM needs its lines in this file."""
    import pathlib
    import re

    table = (pathlib.Path(__file__).resolve().parents[2] / "crates/services/src/iam.rs").read_text()
    served = re.findall(r"^    (\w+) => ", table, re.M)
    own = pathlib.Path(__file__).read_text()
    methods = {operation: method for method, operation in iam.meta.method_to_api_mapping.items()}
    made = {f"{verb}_{kind}{what}" for verb in ("attach", "create", "delete", "detach", "get", "put") for kind in ("user", "group", "role") for what in ("", "_policy", "_permissions_boundary")}
    made |= {f"list_{kind}_policies" for kind in ("user", "group", "role")} | {f"list_attached_{kind}_policies" for kind in ("user", "group", "role")}
    untried = [operation for operation in served if methods[operation] not in made and f"iam.{methods[operation]}" not in own and f"own.{methods[operation]}" not in own and f'"{methods[operation]}"' not in own]
    assert len(served) > 120 and not untried
