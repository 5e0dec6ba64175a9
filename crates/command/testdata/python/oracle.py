"""Answers, one JSON line each, what the AWS CLI's own code does: how it prints a response, what a query finds."""

import io
import json
import sys
from argparse import Namespace

import jmespath
from awscli.formatter import get_formatter

try:
    from ruamel.yaml import YAML
except ImportError:
    YAML = None


def output(case):
    stream = io.StringIO()
    if case["format"] == "yaml":
        if YAML is None:
            return {"skip": "ruamel.yaml is not installed"}
        yaml = YAML(typ="safe", pure=True)
        yaml.encoding = None
        yaml.representer.default_flow_style = False
        if case["response"] != {}:
            yaml.dump(case["response"], stream)
    else:
        formatter = get_formatter(case["format"], Namespace(query=None, color="off"))
        # The formatter takes the metadata out of a structure and expects one.
        formatter._remove_request_id = lambda response: None
        formatter(case["operation"], case["response"], stream)
    return {"ok": stream.getvalue()}


def query(case):
    found = jmespath.compile(case["expression"]).search(case["document"])
    return {"ok": json.dumps(found, indent=4, ensure_ascii=False)}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        try:
            answer = {"output": output, "query": query}[case["do"]](case)
        except Exception as error:  # the CLI would stop with this error
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")


main()
