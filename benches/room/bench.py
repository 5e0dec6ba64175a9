#!/usr/bin/env python3
"""From a message in a room to its answer, beside the AWS CLI and boto3 making the same call of the same server.

    BAILIWICK_BINARY=target/release/bailiwick .venv/bin/python benches/room/bench.py [--messages 200] [--clients 16]

Needs the packages of tests/requirements.txt. A message is posted as a page's form; its answer counts when the room's live
stream shows it. Everything runs on one machine, so that the ratios say more than the milliseconds.
"""

import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "e2e"))

from conftest import BINARY, Bailiwick  # noqa: E402

COMMAND = "@aws sns list-topics"
ANSWER = re.compile(r'id="t-([^"]+)".*?class="message bot"')


class Live:
    """The room's live stream: when each thread got its answer."""

    def __init__(self, server, room, cookie):
        self.arrived, self.changed = {}, threading.Condition()
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
        (after,) = re.findall(r"events\?after=(\d+)", page(server, room.path, cookie))
        self.connection.request("GET", f"{room.path}/events?after={after}", headers={"Cookie": cookie})
        self.stream = self.connection.getresponse()
        assert self.stream.status == 200
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.stream:
            found = ANSWER.search(line.decode())
            if found:
                with self.changed:
                    self.arrived.setdefault(found[1], time.perf_counter())
                    self.changed.notify_all()

    def wait(self, message):
        with self.changed:
            assert self.changed.wait_for(lambda: message in self.arrived, timeout=60), f"{message} is not answered"
            return self.arrived[message]


def page(server, path, cookie):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie})
    return connection.getresponse().read().decode()


class Talker:
    """One member with a connection of their own."""

    def __init__(self, server, room, cookie, live):
        self.room, self.live = room, live
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.headers = {
            "Cookie": cookie,
            "Origin": server.url,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    def __call__(self):
        form = {"form_token": self.room.form_token, "once": str(uuid.uuid4()), "text": COMMAND}
        began = time.perf_counter()
        self.connection.request("POST", f"{self.room.path}/messages", urllib.parse.urlencode(form), self.headers)
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 303, answer.status
        message = urllib.parse.urlsplit(answer.headers["Location"]).fragment.removeprefix("m-")
        return self.live.wait(message) - began


def timed(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measure(acts, count):
    """One after the other with the first, then all at once; `count` in each part."""
    acts[0]()
    alone = [acts[0]() for _ in range(count)]
    each = -(-count // len(acts))
    for act in acts[1:]:
        act()
    began = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(len(acts)) as pool:
        parts = [pool.submit(lambda act=act: [act() for _ in range(each)]) for act in acts]
        together = [seconds for part in parts for seconds in part.result()]
    rate = len(together) / (time.perf_counter() - began)
    return {
        "p50": statistics.median(alone) * 1000,
        "p99": quantile(alone, 0.99) * 1000,
        "p50 at clients": statistics.median(together) * 1000,
        "p99 at clients": quantile(together, 0.99) * 1000,
        "per second": rate,
    }


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--messages", type=int, default=200)
    arguments.add_argument("--clients", type=int, default=16)
    arguments.add_argument("--cli-calls", type=int, default=32, help="the AWS CLI takes most of a second for each")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()

    server = Bailiwick(tempfile.mkdtemp(prefix="bailiwick-bench-")).start()
    try:
        dana = server.dana()
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in dana.cookies)
        room = dana.room("ops")
        live = Live(server, room, cookie)
        found = {
            "chat": measure([Talker(server, room, cookie, live) for _ in range(asked.clients)], asked.messages),
            "boto3": measure(
                [lambda sns=server.client("sns"): timed(sns.list_topics) for _ in range(asked.clients)], asked.messages
            ),
            "aws": measure([lambda: timed(lambda: server.aws("sns", "list-topics"))] * asked.clients, asked.cli_calls),
        }
    finally:
        server.stop()

    if asked.json:
        print(json.dumps({"binary": BINARY, "clients": asked.clients, "cores": os.cpu_count(), **found}, indent=2))
        return
    print(f"{BINARY}, {os.cpu_count()} cores, {asked.messages} messages, {asked.clients} clients; milliseconds")
    names = {"chat": COMMAND, "boto3": "boto3 list_topics()", "aws": "aws sns list-topics"}
    columns = list(found["chat"])
    print(f"{'':24}" + "".join(f"{column:>16}" for column in columns))
    for key, name in names.items():
        print(f"{name:24}" + "".join(f"{found[key][column]:16.1f}" for column in columns))
    for key in ("boto3", "aws"):
        ratios = [found["chat"][column] / found[key][column] for column in columns]
        print(f"{'chat : ' + key:24}" + "".join(f"{ratio:16.3f}" for ratio in ratios))


if __name__ == "__main__":
    main()
