"""Runs moto's own tests of the services that Bailiwick is against a Bailiwick, unchanged but for endpoint, keys and reset.

    python tests/foreign/run_moto.py SOURCES [PYTEST ARGUMENTS]

SOURCES is the folder of moto's source distribution (with `tests` in it), of the version that is installed. What Bailiwick
is not, such as queues, moto's server stands for. Prints what each service came to, and why what failed did: `moto_reasons.json`
says it, by what stands in a failure or by the test's name.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from conftest import SCRIPTS, Bailiwick, free_port, wait_for  # noqa: E402

ACCOUNT = "123456789012"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
SERVICES = ["iam", "organizations", "sns", "sts"]


def configuration(moto):
    return f"""
[sns]
allow_private_targets = true

[[account]]
id = "{ACCOUNT}"
endpoint = "{moto}"
access_key_id = "testing"
secret_access_key = "testing"
"""


def main(sources, arguments):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="moto-tests-"))
    port = free_port()
    moto = f"http://127.0.0.1:{port}"
    rest = subprocess.Popen(
        [str(SCRIPTS / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    environment = {
        "BAILIWICK_ACCOUNT_ID": ACCOUNT,
        "BAILIWICK_ROOT_ACCESS_KEY_ID": KEYS["AWS_ACCESS_KEY_ID"],
        "BAILIWICK_ROOT_SECRET_ACCESS_KEY": KEYS["AWS_SECRET_ACCESS_KEY"],
    }
    server = Bailiwick(folder, ["--ephemeral", "--iam", "off"], configuration(moto), environment)
    try:
        wait_for(f"{moto}/moto-api/data.json", seconds=60, process=rest)
        server.start()
        if not any(argument.startswith("tests/") for argument in arguments):
            arguments = [*arguments, *(f"tests/test_{service}" for service in SERVICES)]
        report = folder / "report.xml"
        options = ["-q", "-p", "moto_plugin", "-p", "no:cacheprovider", "--timeout", "60", "--tb", "short"]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, f"--junitxml={report}", *arguments],
            cwd=sources,
            env={
                **os.environ,
                **KEYS,
                "AWS_DEFAULT_REGION": "us-east-1",
                "TEST_SERVER_MODE": "true",
                "TEST_SERVER_MODE_ENDPOINT": moto,
                "PYTHONPATH": str(HERE),
                "BAILIWICK_ENDPOINT": server.url,
                "MOTO_ENDPOINT": moto,
            },
            check=False,
        )
        told(report)
    finally:
        server.stop()
        rest.terminate()
        rest.wait()


def reason(name, text, reasons):
    """Why a test failed; the first that fits."""
    for one in reasons:
        if any(part in text for part in one.get("message", [])):
            return one["reason"]
        if any(re.search(part, name) for part in one.get("name", [])):
            return one["reason"]
    return "unexplained"


def told(report):
    reasons = json.loads((HERE / "moto_reasons.json").read_text())
    counts, why = collections.defaultdict(collections.Counter), collections.Counter()
    for case in xml.parse(report).iter("testcase"):
        failed = [child for child in case if child.tag in ("failure", "error")]
        skipped = any(child.tag == "skipped" for child in case)
        service = case.get("classname").split(".")[1]
        counts[service]["failed" if failed else "skipped" if skipped else "passed"] += 1
        for child in failed[:1]:
            text = (child.get("message") or "") + (child.text or "")
            why[reason(f"{case.get('classname')}.{case.get('name')}", text, reasons)] += 1
    for service, count in sorted(counts.items()):
        print(service, dict(count))
    for text, count in why.most_common():
        print(f"{count:4} {text}")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:])
