"""Says what the AWS CLI's own parser makes of command lines: the parameters it would call with, or that it refuses.

Nothing is called: the operation caller is replaced, and commands that are programs of their own are not started. With
the argument `collect` it prints the command lines of the CLI's own examples instead, one JSON list each.
"""

import base64
import datetime
import decimal
import io
import json
import math
import os
import pathlib
import re
import shlex
import sys
import tempfile

config = tempfile.NamedTemporaryFile("w", suffix=".ini")
config.write("[default]\nregion = us-east-1\ncli_follow_urlparam = false\n")
config.flush()
os.environ["AWS_CONFIG_FILE"] = config.name

import awscli  # noqa: E402
import awscli.clidriver as clidriver  # noqa: E402
from awscli.customizations.ec2 import addcount, protocolarg, runinstances  # noqa: E402
from botocore.utils import parse_to_aware_datetime  # noqa: E402
from botocore.validate import ParamValidator  # noqa: E402

captured = []


def invoke(self, service_name, operation_name, parameters, parsed_globals):
    captured.append((service_name, operation_name, parameters, parsed_globals))
    return 0


clidriver.CLIOperationCaller.invoke = invoke


def plain(shape, value):
    """A parameter as JSON: blobs in base64, times as seconds since 1970."""
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return value
    if kind == "structure":
        return {name: plain(shape.members[name], part) for name, part in value.items()}
    if kind == "list":
        return [plain(shape.member, part) for part in value]
    if kind == "map":
        return {name: plain(shape.value, part) for name, part in value.items()}
    if kind == "blob":
        raw = value.encode() if isinstance(value, str) else value if isinstance(value, (bytes, bytearray)) else value.read()
        return base64.b64encode(raw).decode()
    if kind == "timestamp":
        when = value if isinstance(value, datetime.datetime) else parse_to_aware_datetime(value)
        return round(when.timestamp() * 1000) / 1000
    if kind in ("float", "double"):
        number = float(value)
        # JSON has no such numbers.
        return number if math.isfinite(number) else str(number)
    if kind == "string" and not isinstance(value, str):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, decimal.Decimal):
        return float(value)
    return value


def answer(driver, args):
    captured.clear()
    words = [word for word in args if not word.startswith("-")]
    command = driver._get_command_table().get(words[0]) if words else None
    if command is not None and type(command) is not clidriver.ServiceCommand:
        return {"custom": words[0]}
    if command is not None and len(words) > 1:
        operation = command._get_command_table().get(words[1])
        if operation is not None and type(operation) is not clidriver.ServiceOperation:
            return {"custom": " ".join(words[:2])}
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    try:
        code = driver.main(args)
        said = sys.stderr.getvalue()
    except SystemExit as exit:
        code, said = exit.code or 1, sys.stderr.getvalue()
    finally:
        sys.stdout, sys.stderr = out, err
    if code != 0 or not captured:
        return {"refused": said.strip()[-600:]}
    service_name, operation_name, parameters, options = captured[0]
    paging = parameters.pop("PaginationConfig", {})
    model = driver.session.get_service_model(service_name).operation_model(operation_name)
    if (service_name, operation_name) == ("ec2", "RunInstances"):
        addcount.set_default_count(parameters)
        runinstances._fix_args(parameters)
    if operation_name in ("CreateNetworkAclEntry", "ReplaceNetworkAclEntry"):
        protocolarg._fix_args(parameters)
    shape = model.input_shape
    if shape is None:
        return {"refused": "unknown parameters"} if parameters else {"service": service_name, "operation": operation_name, "input": {}, "paging": paging, "region": options.region}
    tokens = {name: "token-" * 6 for name in model.idempotent_members if name not in parameters}
    report = ParamValidator().validate({**parameters, **tokens}, shape)
    if report.has_errors():
        return {"refused": report.generate_report(), "report": report.generate_report()}
    return {
        "service": service_name,
        "operation": operation_name,
        "input": plain(shape, parameters),
        "paging": paging,
        "region": options.region,
        "output": options.output,
    }


def collect():
    """The commands of the examples that are one command without a shell's help."""
    folder = pathlib.Path(awscli.__file__).parent / "examples"
    for path in sorted(folder.rglob("*.rst")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"^[ \t]+(?:\$ )?aws (.*(?:\n[ \t]+.*)*?)(?=\n[ \t]*\n|\n\S|\Z)", text, re.M):
            line = "aws " + re.sub(r"[ \t]*\\?\n[ \t]+", " ", match.group(1))
            try:
                words = shlex.split(line)[1:]
            except ValueError:
                continue
            if any(word in ("|", ">", ">>", "<", "&&", ";", "help") or word.startswith(("$(", "`")) for word in words):
                continue
            print(json.dumps(words))


def main():
    if sys.argv[1:] == ["collect"]:
        return collect()
    driver, served = None, set()
    for line in sys.stdin:
        case = json.loads(line)
        if case.get("do") == "collect":
            continue
        args = case["args"]
        # A session keeps every model that it has loaded, so it is left behind now and then.
        served.update(args[:1])
        if driver is None or len(served) > 40:
            driver, served = clidriver.create_clidriver(), set()
        try:
            answered = answer(driver, args)
        except Exception as error:
            answered = {"refused": f"{type(error).__name__}: {error}"}
        # A profile stays with the session, and so does the check of EC2's flags that stand for structures.
        if any(word.startswith(("--p", "--no-s")) for word in args) or args[0] == "ec2" and "attribute" in " ".join(args[:6]):
            driver = None
        # What is not required where the whole input was written stays so with the command.
        elif any(word.startswith(("--cli-i", "--generate")) for word in args):
            for word in args[:4]:
                command = driver._get_command_table().get(word)
                if isinstance(command, clidriver.ServiceCommand):
                    command._command_table = None
        sys.stdout.write(json.dumps(answered, default=str) + "\n")


main()
