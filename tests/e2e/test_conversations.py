"""The conversations of `crates/services/testdata/calls` over the wire: every operation that is served, with boto3.

The services' own tests play the same files inside the process and hold that every served operation is answered in one of
them. Here boto3 signs, encodes and decodes.
"""

import base64
import copy
import datetime
import hmac
import json
import re
import time
import urllib.error

import boto3
import botocore.config
import botocore.exceptions
import botocore.handlers
import pytest
from conftest import CONVERSATIONS, ORGANIZATION, WORKLOAD

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
# The management account speaks by its administrator.
PROFILES = {ORGANIZATION: "management"}
# Nobody has their keys: the calls of the root user, of people in rooms and of users that a conversation made are played
# inside the process only.
KEYLESS = ("root", "person-", "made-")
# boto3 refuses to send these by itself: it asks for what the address of the call is made of.
UNSENT = (botocore.exceptions.ParamValidationError, botocore.exceptions.HTTPClientError)


class Sample:
    """A server with the sample organization and nothing that its services made at the first start."""

    def __init__(self, server):
        self.server = server
        self.clients = {}
        self.clear()

    def client(self, service, profile="admin"):
        if (service, profile) not in self.clients:
            made = self.server.client(
                service,
                profile,
                config=botocore.config.Config(parameter_validation=False, retries={"total_max_attempts": 1}),
            )
            # The texts of policies stay texts.
            for operation in made.meta.service_model.operation_names:
                made.meta.events.unregister(f"after-call.iam.{operation}", botocore.handlers.json_decode_policies)
            made.meta.events.unregister("after-call.iam", botocore.handlers.json_decode_policies)
            self.clients[service, profile] = made
        return self.clients[service, profile]

    def clear(self):
        own, sns, chime = self.server.own, self.client("sns"), self.client("chime")
        for configuration in own("DescribeRoomConfigurations")["RoomConfigurations"]:
            own("DeleteRoomConfiguration", ChatConfigurationArn=configuration["ChatConfigurationArn"])
        for topic in sns.list_topics()["Topics"]:
            sns.delete_topic(TopicArn=topic["TopicArn"])
        for account in chime.list_accounts()["Accounts"]:
            for room in chime.list_rooms(AccountId=account["AccountId"])["Rooms"]:
                chime.delete_room(AccountId=account["AccountId"], RoomId=room["RoomId"])
            chime.delete_account(AccountId=account["AccountId"])

    def call(self, service, operation, profile, members):
        """Calls as boto3 does; the output in JSON. What boto3 does not know is signed by hand."""
        if service == "bailiwick":
            try:
                return self.server.own(operation, profile, **members)
            except urllib.error.HTTPError as error:
                fault = json.load(error)
                raise botocore.exceptions.ClientError(
                    {
                        "Error": {"Code": fault["__type"].split("#")[-1], "Message": fault.get("message", "")},
                        "ResponseMetadata": {"HTTPStatusCode": error.code},
                    },
                    operation,
                ) from None
        client = self.client(service, profile)
        model = client.meta.service_model.operation_model(operation)
        output = client._make_api_call(operation, sent(model.input_shape, members))
        output.pop("ResponseMetadata")
        return received(model.output_shape, output)

    def saved(self):
        """What a conversation may name from its beginning."""
        return {
            "ops-role": f"arn:aws:iam::{WORKLOAD}:role/service-role/ops-readonly",
            "protection": f"arn:aws:iam::{WORKLOAD}:policy/AWS-Chatbot-Protection-Policy",
            "admin-key": self.server.profile("admin")["AWS_ACCESS_KEY_ID"],
        }


def walk(shape, value, leaf):
    """A value with its leaves changed; what does not fit the shape stays as it is."""
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: walk(shape.members.get(name), member, leaf) for name, member in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [walk(shape.member, member, leaf) for member in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: walk(shape.value, member, leaf) for name, member in value.items()}
    return leaf(shape, value)


def sent(shape, members):
    def leaf(shape, value):
        return value.encode() if shape.type_name == "blob" and isinstance(value, str) else value

    return walk(shape, copy.deepcopy(members), leaf)


def received(shape, output):
    def leaf(shape, value):
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, datetime.datetime):
            return value.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return value.read().decode() if hasattr(value, "read") else value

    return walk(shape, output, leaf)


def filled(value, saved):
    if isinstance(value, str):
        for name, text in saved.items():
            value = value.replace(f"<{name}>", text)
        return value
    if isinstance(value, list):
        return [filled(member, saved) for member in value]
    if isinstance(value, dict):
        return {name: filled(member, saved) for name, member in value.items()}
    return value


def difference(path, wanted, found):
    """Where `found` lacks something of `wanted`. The query protocol has no empty lists, and other moments than the test's
    clock are moments all the same."""
    if wanted == "*" and isinstance(found, (str, float)):
        return None
    if isinstance(wanted, str) and TIMESTAMP.fullmatch(wanted) and (isinstance(found, float) or TIMESTAMP.fullmatch(str(found))):
        return None
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, member in wanted.items():
            if name not in found:
                if member in ([], {}):
                    continue
                return f"{path}.{name} is not there"
            different = difference(f"{path}.{name}", member, found[name])
            if different:
                return different
        return None
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        return next(filter(None, (difference(f"{path}[{i}]", *both) for i, both in enumerate(zip(wanted, found)))), None)
    return None if wanted == found else f"{path} is {found!r}, not {wanted!r}"


def at(output, pointer):
    for part in pointer.split("/")[1:]:
        output = output[int(part)] if isinstance(output, list) else (output or {}).get(part)
    return output


def fits(wanted, found):
    return found.startswith(wanted[:-1]) if wanted.endswith("*") else wanted == found


def codes(seed):
    """What a device with this seed shows now and later, by the name under which a conversation has it: `code+30`."""
    secret, now = base64.b32decode(base64.b64decode(seed)), int(time.time())
    for later in (0, 30, 600, 630):
        digest = hmac.digest(secret, ((now + later) // 30).to_bytes(8, "big"), "sha1")
        start = digest[-1] & 15
        number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
        yield f"code+{later}", f"{number % 1_000_000:06}"


def verdict(sample, step, saved):
    """What is wrong with one call, if anything is."""
    service, operation = step["call"].split(":")
    caller = PROFILES.get(step.get("as", "admin"), step.get("as", "admin"))
    members = filled(step.get("input", {}), saved)
    try:
        output = sample.call(service, operation, caller, members)
    except botocore.exceptions.ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        if "denied" in step and step["denied"] == code:
            return None
        reason = error.response.get("Reason")
        wanted = filled(step["fault"][1], saved) if "fault" in step else ""
        if caller == "management":
            wanted = wanted.replace(f"{ORGANIZATION}:root is", f"{ORGANIZATION}:user/management is")
        if "fault" in step and step["fault"][0] == code and fits(wanted, message):
            return None if step.get("reason") in (None, reason) else f"gives the reason {reason}"
        return f"came to {code} {error.response['ResponseMetadata']['HTTPStatusCode']}: {message} {reason}"
    except UNSENT as error:
        return None if "fault" in step else f"was not sent: {error}"
    if "fault" in step or "denied" in step:
        return f"was answered: {output}"
    different = difference("output", filled(step.get("output", {}), saved), output)
    if different:
        return f"{different}\n{json.dumps(output, indent=1)}"
    there = [pointer for pointer in step.get("absent", []) if at(output, pointer) is not None]
    if there:
        return f"{there} is there: {output}"
    for name, pointer in step.get("save", {}).items():
        saved[name] = at(output, pointer)
        if name == "seed":
            saved.update(codes(saved[name]))
    return None


@pytest.mark.parametrize("path", sorted(CONVERSATIONS.glob("*.json")), ids=lambda path: path.stem)
def test_a_conversation(new_bailiwick, path):
    sample = Sample(new_bailiwick().start())
    saved, wrong = sample.saved(), []
    for number, step in enumerate(json.loads(path.read_text()), 1):
        if step.get("as", "").startswith(KEYLESS):
            continue
        problem = verdict(sample, step, saved)
        if problem:
            wrong.append(f"step {number} ({step['call']}): {problem}")
    assert not wrong, "\n".join(wrong)
