"""AWS Chatbot's API with boto3, over every operation, and our own operations with the model that we print."""

import json
import os
import subprocess

import botocore.exceptions
import botocore.session
import pytest

from conftest import ALARMS, SCRIPTS, WORKLOAD

ROLE = f"arn:aws:iam::{WORKLOAD}:role/service-role/ops-readonly"
PROTECTION = [
    f"arn:aws:iam::{WORKLOAD}:policy/AWS-Chatbot-Protection-Policy",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
]
TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
TEAM = "bbbbbbbb-0000-4000-8000-000000000001"
CHANNEL = "19%3Aabc%40thread.tacv2"
COVERED = set()


def arn(kind, name):
    return f"arn:aws:chatbot::{WORKLOAD}:chat-configuration/{kind}/{name}"


def own_client(server, profile="admin"):
    """A botocore client of Bailiwick's own service, made from the model that the binary prints."""
    folder = server.folder / "models" / "bailiwick" / "2026-11-22"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "service-2.json").write_text(server.command("model").stdout)
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.append(str(server.folder / "models"))
    keys = server.profile(profile)
    return session.create_client(
        "bailiwick",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture(scope="module")
def own(bailiwick):
    return own_client(bailiwick)


@pytest.fixture(scope="module")
def chatbot(bailiwick, own):
    own.authorize_slack_workspace(SlackTeamId="T0001", SlackTeamName="Acme", BotToken="xoxb-not-a-real-token")
    own.authorize_microsoft_team(TenantId=TENANT, TeamId=TEAM, TeamName="Operations")
    client = bailiwick.client("chatbot")
    client.meta.events.register("after-call.chatbot", lambda model, **_: COVERED.add(model.name))
    return client


def refused(code, status, call, **members):
    """The message of a refusal with this code and status."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**members)
    answer = error.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), answer
    return answer["Error"]["Message"]


def status(answer):
    return answer["ResponseMetadata"]["HTTPStatusCode"]


def slack(chatbot, name, channel, **members):
    return chatbot.create_slack_channel_configuration(
        SlackTeamId="T0001", SlackChannelId=channel, ConfigurationName=name, IamRoleArn=ROLE, **members
    )


def test_a_slack_channel_configuration_lives(chatbot, bailiwick):
    created = slack(chatbot, "incidents", "C0001", SlackChannelName="ops", SnsTopicArns=[ALARMS])
    assert status(created) == 201
    shown = created["ChannelConfiguration"]
    assert shown["ChatConfigurationArn"] == arn("slack-channel", "incidents")
    assert (shown["SlackTeamName"], shown["State"], shown["LoggingLevel"]) == ("Acme", "ENABLED", "NONE")
    assert shown["GuardrailPolicyArns"] == PROTECTION
    role = bailiwick.client("iam").get_role(RoleName="AWSServiceRoleForAWSChatbot")["Role"]
    assert role["Path"] == "/aws-service-role/management.chatbot.amazonaws.com/"

    text = refused("ConflictException", 409, lambda: slack(chatbot, "incidents", "C0009"))
    assert text == "The chat configuration with the name incidents already exists. Retry with a unique configuration name."
    text = refused("InvalidRequestException", 400, lambda: slack(chatbot, "twice", "C0001"))
    assert f"has already been configured for AWS account {WORKLOAD}" in text
    guardrail = "arn:aws:iam::aws:policy/aws-service-role/AWSChatbotServiceLinkedRolePolicy"
    text = refused(
        "InvalidParameterException", 400, lambda: slack(chatbot, "x", "C0002", GuardrailPolicyArns=[guardrail])
    )
    assert "cannot be a guardrail" in text
    many = [f"arn:aws:iam::{WORKLOAD}:policy/p{number}" for number in range(11)]
    assert "at most 10" in refused(
        "InvalidParameterException", 400, lambda: slack(chatbot, "x", "C0002", GuardrailPolicyArns=many)
    )

    updated = chatbot.update_slack_channel_configuration(
        ChatConfigurationArn=arn("slack-channel", "incidents"), SlackChannelId="C0001", LoggingLevel="ERROR", SnsTopicArns=[]
    )
    assert status(updated) == 200
    assert updated["ChannelConfiguration"]["LoggingLevel"] == "ERROR"
    assert updated["ChannelConfiguration"]["SnsTopicArns"] == []

    slack(chatbot, "second", "C0002")
    pages = chatbot.get_paginator("describe_slack_channel_configurations").paginate(PaginationConfig={"PageSize": 1})
    names = [shown["ConfigurationName"] for page in pages for shown in page["SlackChannelConfigurations"]]
    assert names == ["incidents", "second"]
    unknown = chatbot.describe_slack_channel_configurations(ChatConfigurationArn=arn("slack-channel", "none"))
    assert unknown["SlackChannelConfigurations"] == []

    deleted = chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn("slack-channel", "second"))
    assert status(deleted) == 204
    refused(
        "ResourceNotFoundException",
        404,
        chatbot.delete_slack_channel_configuration,
        ChatConfigurationArn=arn("slack-channel", "second"),
    )


def test_a_teams_channel_configuration_lives(chatbot):
    create = dict(TenantId=TENANT, TeamId=TEAM, ChannelId=CHANNEL, ConfigurationName="teams", IamRoleArn=ROLE)
    refused(
        "InvalidRequestException",
        400,
        chatbot.create_microsoft_teams_channel_configuration,
        **{**create, "TeamId": TEAM.replace("b", "c")},
    )
    created = chatbot.create_microsoft_teams_channel_configuration(**create)
    assert status(created) == 201
    shown = created["ChannelConfiguration"]
    assert (shown["TeamName"], shown["TenantId"]) == ("Operations", TENANT)
    configuration = arn("microsoft-teams-channel", "teams")
    read = chatbot.get_microsoft_teams_channel_configuration(ChatConfigurationArn=configuration)
    assert read["ChannelConfiguration"] == shown
    refused(
        "ResourceNotFoundException",
        404,
        chatbot.get_microsoft_teams_channel_configuration,
        ChatConfigurationArn=configuration + "-none",
    )
    updated = chatbot.update_microsoft_teams_channel_configuration(
        ChatConfigurationArn=configuration, ChannelId=CHANNEL, ChannelName="General", UserAuthorizationRequired=True
    )["ChannelConfiguration"]
    assert (updated["ChannelName"], updated["UserAuthorizationRequired"]) == ("General", True)
    assert len(chatbot.list_microsoft_teams_channel_configurations(TeamId=TEAM)["TeamChannelConfigurations"]) == 1


def test_a_webhook_never_shows_its_address(chatbot):
    create = dict(WebhookDescription="ops", SnsTopicArns=[ALARMS], IamRoleArn=ROLE, ConfigurationName="hook")
    address = "https://chat.example.com/hooks/secret-part"
    created = chatbot.create_chime_webhook_configuration(WebhookUrl=address, **create)
    assert status(created) == 201 and "secret-part" not in json.dumps(created)
    updated = chatbot.update_chime_webhook_configuration(
        ChatConfigurationArn=arn("chime-webhook", "hook"), WebhookDescription="operations"
    )
    assert updated["WebhookConfiguration"]["WebhookDescription"] == "operations"
    listed = chatbot.describe_chime_webhook_configurations()["WebhookConfigurations"]
    assert [shown["ConfigurationName"] for shown in listed] == ["hook"]
    text = refused(
        "InvalidParameterException",
        400,
        chatbot.create_chime_webhook_configuration,
        **{**create, "ConfigurationName": "bad", "WebhookUrl": "not an address"},
    )
    assert "webhookUrl" in text and "not an address" not in text
    assert status(chatbot.delete_chime_webhook_configuration(ChatConfigurationArn=arn("chime-webhook", "hook"))) == 204


def test_members_are_mapped_and_unmapped(chatbot, own):
    ops, teams = arn("slack-channel", "incidents"), arn("microsoft-teams-channel", "teams")
    own.associate_user_role(ChatConfigurationArn=ops, MemberId="U0001", IamRoleArn=ROLE)
    own.associate_user_role(ChatConfigurationArn=teams, MemberId="cccccccc-0000-4000-8000-000000000001", IamRoleArn=ROLE)
    identity = chatbot.describe_slack_user_identities(ChatConfigurationArn=ops)["SlackUserIdentities"]
    assert identity == [
        {
            "IamRoleArn": ROLE,
            "ChatConfigurationArn": ops,
            "SlackTeamId": "T0001",
            "SlackUserId": "U0001",
            "AwsUserIdentity": f"arn:aws:iam::{WORKLOAD}:user/admin",
        }
    ]
    member = chatbot.list_microsoft_teams_user_identities(ChatConfigurationArn=teams)["TeamsUserIdentities"][0]
    assert (member["UserId"], member["TeamsChannelId"]) == ("cccccccc-0000-4000-8000-000000000001", CHANNEL)
    assert len(own.list_user_roles()["UserRoles"]) == 2

    gone = dict(ChatConfigurationArn=ops, SlackTeamId="T0001", SlackUserId="U0001")
    assert status(chatbot.delete_slack_user_identity(**gone)) == 204
    refused("ResourceNotFoundException", 404, chatbot.delete_slack_user_identity, **gone)
    gone = dict(ChatConfigurationArn=teams, UserId="cccccccc-0000-4000-8000-000000000001")
    assert status(chatbot.delete_microsoft_teams_user_identity(**gone)) == 204
    refused("ResourceNotFoundException", 404, chatbot.delete_microsoft_teams_user_identity, **gone)
    refused(
        "ResourceNotFoundException", 404, own.disassociate_user_role, ChatConfigurationArn=ops, MemberId="U0001"
    )


def test_mapping_needs_the_right_to_pass_the_role(bailiwick, chatbot, own):
    iam = bailiwick.client("iam")
    iam.create_user(UserName="mapper")
    statement = {"Effect": "Allow", "Action": "bailiwick:AssociateUserRole", "Resource": "*"}
    allow = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="mapper", PolicyName="map", PolicyDocument=json.dumps(allow))
    key = iam.create_access_key(UserName="mapper")["AccessKey"]
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.append(str(bailiwick.folder / "models"))
    mapper = session.create_client(
        "bailiwick",
        endpoint_url=bailiwick.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    mapping = dict(ChatConfigurationArn=arn("slack-channel", "incidents"), MemberId="U0002", IamRoleArn=ROLE)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        mapper.associate_user_role(**mapping)
    assert "iam:PassRole" in str(error.value)
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": ROLE,
        "Condition": {"StringEquals": {"iam:PassedToService": "chatbot.amazonaws.com"}},
    }
    allow["Statement"].append(passing)
    iam.put_user_policy(UserName="mapper", PolicyName="map", PolicyDocument=json.dumps(allow))
    assert mapper.associate_user_role(**mapping)["UserRole"]["AwsUserIdentity"].endswith(":user/mapper")
    own.disassociate_user_role(ChatConfigurationArn=mapping["ChatConfigurationArn"], MemberId="U0002")


def test_custom_actions_and_their_associations(chatbot):
    attachment = {
        "NotificationType": "Custom",
        "ButtonText": "Restart",
        "Criteria": [{"Operator": "EQUALS", "VariableName": "Stage", "Value": "test"}],
        "Variables": {"Stage": "event.metadata.additionalContext.Stage"},
    }
    create = dict(
        ActionName="restart",
        Definition={"CommandText": "lambda invoke --function-name restart " + "x" * 200},
        AliasName="restart",
        Attachments=[attachment],
        ClientToken="a" * 40,
    )
    created = chatbot.create_custom_action(**create)
    action = created["CustomActionArn"]
    assert (status(created), action) == (201, f"arn:aws:chatbot::{WORKLOAD}:custom-action/restart")
    assert chatbot.create_custom_action(**create)["CustomActionArn"] == action
    refused("ConflictException", 409, chatbot.create_custom_action, **{**create, "ClientToken": "b" * 40})
    read = chatbot.get_custom_action(CustomActionArn=action)["CustomAction"]
    assert read["Attachments"] == [attachment] and read["ActionName"] == "restart"
    chatbot.update_custom_action(CustomActionArn=action, Definition={"CommandText": "sns list-topics"})
    assert chatbot.get_custom_action(CustomActionArn=action)["CustomAction"]["Definition"] == {
        "CommandText": "sns list-topics"
    }
    assert chatbot.list_custom_actions()["CustomActions"] == [action]

    ops = arn("slack-channel", "incidents")
    for _ in range(2):
        assert status(chatbot.associate_to_configuration(Resource=action, ChatConfiguration=ops)) == 201
    assert chatbot.list_associations(ChatConfiguration=ops)["Associations"] == [{"Resource": action}]
    assert chatbot.list_associations(ChatConfiguration=ops + "-none")["Associations"] == []
    assert status(chatbot.disassociate_from_configuration(Resource=action, ChatConfiguration=ops)) == 204
    assert chatbot.list_associations(ChatConfiguration=ops)["Associations"] == []
    refused(
        "ResourceNotFoundException",
        404,
        chatbot.disassociate_from_configuration,
        Resource=action,
        ChatConfiguration=ops + "-none",
    )

    chatbot.tag_resource(ResourceARN=action, Tags=[{"TagKey": "team", "TagValue": "ops"}])
    assert chatbot.list_tags_for_resource(ResourceARN=action)["Tags"] == [{"TagKey": "team", "TagValue": "ops"}]
    many = [{"TagKey": f"k{number}", "TagValue": ""} for number in range(51)]
    refused("TooManyTagsException", 400, chatbot.tag_resource, ResourceARN=action, Tags=many)
    assert status(chatbot.untag_resource(ResourceARN=action, TagKeys=["team"])) == 200
    assert chatbot.list_tags_for_resource(ResourceARN=action)["Tags"] == []
    assert status(chatbot.delete_custom_action(CustomActionArn=action)) == 204
    refused("ResourceNotFoundException", 404, chatbot.get_custom_action, CustomActionArn=action)


def test_tags_of_a_configuration_are_seen_by_policies(bailiwick, chatbot):
    ops = arn("slack-channel", "incidents")
    chatbot.tag_resource(ResourceARN=ops, Tags=[{"TagKey": "team", "TagValue": "ops"}])
    iam = bailiwick.client("iam")
    iam.create_user(UserName="tagged")
    condition = {"StringEquals": {"aws:ResourceTag/team": "ops"}}
    statement = {"Effect": "Allow", "Action": "chatbot:Update*", "Resource": "*", "Condition": condition}
    allow = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="tagged", PolicyName="p", PolicyDocument=json.dumps(allow))
    key = iam.create_access_key(UserName="tagged")["AccessKey"]
    session = botocore.session.Session()
    client = session.create_client(
        "chatbot",
        endpoint_url=bailiwick.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    update = dict(ChatConfigurationArn=ops, SlackChannelId="C0001", LoggingLevel="INFO")
    assert client.update_slack_channel_configuration(**update)["ChannelConfiguration"]["LoggingLevel"] == "INFO"
    chatbot.untag_resource(ResourceARN=ops, TagKeys=["team"])
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.update_slack_channel_configuration(**update)
    assert "is not authorized to perform: chatbot:UpdateSlackChannelConfiguration" in str(error.value)


def test_preferences(chatbot):
    assert chatbot.get_account_preferences()["AccountPreferences"]["UserAuthorizationRequired"] is False
    chatbot.update_account_preferences(UserAuthorizationRequired=True)
    assert chatbot.get_account_preferences()["AccountPreferences"]["UserAuthorizationRequired"] is True
    chatbot.update_account_preferences(UserAuthorizationRequired=False)


def test_the_own_service_answers_the_aws_cli(bailiwick, tmp_path):
    model = tmp_path / "bailiwick.json"
    model.write_text(bailiwick.command("model").stdout)
    home = {"HOME": str(tmp_path), "AWS_DATA_PATH": ""}
    added = subprocess.run(
        [str(SCRIPTS / "aws"), "configure", "add-model", "--service-model", f"file://{model}", "--service-name", "bailiwick"],
        env={**os.environ, **home},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert added.returncode == 0, added.stderr
    people = bailiwick.aws_json("bailiwick", "list-people", environment=home)["People"]
    assert any(person["PersonId"] == "person-dana" for person in people)


def test_temporary_credentials_manage_channels(bailiwick, chatbot):
    import boto3

    iam, sts = bailiwick.client("iam"), bailiwick.client("sts")

    def client(credentials):
        return boto3.client(
            "chatbot",
            endpoint_url=bailiwick.url,
            region_name="us-east-1",
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )

    reads = {"Effect": "Allow", "Action": "chatbot:Describe*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [reads]})
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{WORKLOAD}:root"}, "Action": "sts:AssumeRole"}
    iam.create_role(
        RoleName="chat-reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    iam.put_role_policy(RoleName="chat-reader", PolicyName="own", PolicyDocument=policy)
    role = f"arn:aws:iam::{WORKLOAD}:role/chat-reader"
    sessions = [
        sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"],
        sts.get_federation_token(Name="guest", Policy=policy)["Credentials"],
    ]
    for session in sessions:
        assert client(session).describe_slack_workspaces()["SlackWorkspaces"][0]["SlackTeamId"] == "T0001"
        refused("AccessDeniedException", 403, client(session).get_account_preferences)


def test_workspaces_and_teams_are_given_back_last(chatbot):
    assert [shown["SlackTeamId"] for shown in chatbot.describe_slack_workspaces()["SlackWorkspaces"]] == ["T0001"]
    assert [team["TeamId"] for team in chatbot.list_microsoft_teams_configured_teams()["ConfiguredTeams"]] == [TEAM]
    refused("InvalidParameterException", 400, chatbot.delete_slack_workspace_authorization, SlackTeamId="T0001")
    refused("InvalidParameterException", 400, chatbot.delete_microsoft_teams_configured_team, TeamId=TEAM)
    chatbot.delete_slack_channel_configuration(ChatConfigurationArn=arn("slack-channel", "incidents"))
    chatbot.delete_microsoft_teams_channel_configuration(ChatConfigurationArn=arn("microsoft-teams-channel", "teams"))
    assert status(chatbot.delete_slack_workspace_authorization(SlackTeamId="T0001")) == 204
    assert status(chatbot.delete_microsoft_teams_configured_team(TeamId=TEAM)) == 204
    assert chatbot.describe_slack_workspaces()["SlackWorkspaces"] == []


def test_every_operation_was_called(chatbot):
    assert set(chatbot.meta.service_model.operation_names) - COVERED == set()


def test_aws_defaults_and_seed_semantics_are_a_choice(new_bailiwick):
    server = new_bailiwick(arguments=["--aws-compatible-defaults", "--seed-semantics"]).start()
    own_client(server).authorize_slack_workspace(SlackTeamId="T0001", SlackTeamName="Acme")
    client = server.client("chatbot")
    shown = slack(client, "incidents", "C0001")["ChannelConfiguration"]
    assert shown["GuardrailPolicyArns"] == ["arn:aws:iam::aws:policy/AdministratorAccess"]
    text = refused(
        "InvalidParameterException",
        400,
        client.tag_resource,
        ResourceARN=shown["ChatConfigurationArn"],
        Tags=[{"TagKey": "a", "TagValue": "b"}],
    )
    assert "--seed-semantics" in text
