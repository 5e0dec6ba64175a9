"""`kill -9` at random moments during a stream of commands and publishes: none lost, none answered twice."""

import collections
import os
import random
import re
import signal
import sqlite3
import threading
import time
import uuid

import botocore.config
import pytest
from conftest import ALARMS
from pages import Refused, until

ROUNDS = int(os.environ.get("BAILIWICK_KILL_ROUNDS", "20"))
ONCE = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)


class Stream:
    """Threads that post and publish until the server dies, and what was acknowledged to them."""

    def __init__(self, rooms, sns):
        self.stop = threading.Event()
        self.posted, self.published, self.interrupted = [], [], 0
        self.lock = threading.Lock()
        work = [lambda room=room: self.post(room) for room in rooms] + [lambda: self.publish(sns)]
        self.threads = [threading.Thread(target=self.run, args=(act,), daemon=True) for act in work]
        for thread in self.threads:
            thread.start()

    def run(self, act):
        while not self.stop.is_set():
            try:
                act()
            except Exception:  # noqa: BLE001 - the server is killed under us: every failure is expected
                with self.lock:
                    self.interrupted += 1
                return

    def post(self, room):
        once = str(uuid.uuid4())
        message = room.post("@aws sns list-topics", once=once)
        with self.lock:
            self.posted.append((room, once, message))

    def publish(self, sns):
        words = f"notification {uuid.uuid4()}"
        sns.publish(TopicArn=ALARMS, Message=words)
        with self.lock:
            self.published.append(words)

    def join(self):
        for thread in self.threads:
            thread.join(timeout=30)
            assert not thread.is_alive()


def messages(server):
    """Every stored message: what is in the store is what people see, and reading it needs no hundred pages."""
    database = sqlite3.connect(f"file:{server.data}/bailiwick.db?mode=ro", uri=True, timeout=30)
    try:
        return database.execute("select id, thread, kind, body from room_message").fetchall()
    finally:
        database.close()


def answers(stored):
    """How many of the bot's messages are in each thread."""
    return collections.Counter(thread for _, thread, kind, _ in stored if thread and kind == "card")


@pytest.mark.timeout(420)
def test_nothing_is_lost_and_nothing_is_done_twice(new_bailiwick):
    random.seed(os.environ.get("BAILIWICK_SEED", "twenty rounds"))
    server = new_bailiwick().start()
    dana = server.dana()
    rooms = [dana.room(name) for name in ("ops", "deploy", "ops")]
    sns = server.client("sns", config=ONCE)
    posted, published, interrupted = [], [], 0

    for number in range(ROUNDS):
        stream = Stream(rooms, sns)
        time.sleep(random.uniform(0.2, 2.0))
        server.stop(signal.SIGKILL)
        stream.stop.set()
        stream.join()
        posted += stream.posted
        published += stream.published
        interrupted += stream.interrupted
        server.start()
        if number % 5 == 4:
            result = server.audit("verify")
            assert result.returncode == 0, f"after {number + 1} kills: {result.stdout}"

    assert len(posted) > ROUNDS and len(published) > ROUNDS, "the stream was too thin to say anything"

    # What was accepted is answered, once the work that was left over is done.
    ids = {message for *_, message in posted}
    until(lambda: ids - answers(messages(server)).keys(), lambda missing: not missing, seconds=90)
    until(
        lambda: {w for w in published if not any(w in body for _, _, _, body in messages(server))},
        lambda missing: not missing,
        seconds=90,
    )
    idle(server)

    stored = messages(server)
    counted = answers(stored)
    talk = {message: body for message, thread, kind, body in stored if kind == "text" and not thread}
    assert ids <= talk.keys(), "an accepted message is gone"
    # Also those whose acknowledgement was cut off: stored means answered, once.
    assert {message: counted[message] for message in talk} == dict.fromkeys(talk, 1)
    cards = collections.Counter(
        words
        for _, thread, kind, body in stored
        if kind == "card" and not thread
        for words in re.findall(r"notification [0-9a-f-]{36}", body)[:1]
    )
    assert set(published) <= cards.keys() and set(cards.values()) == {1}

    # A form that is sent again after the crash is the same message.
    for room, once, message in random.sample(posted, 5):
        assert room.post("@aws sns list-topics", once=once) == message
    idle(server)
    assert answers(messages(server)) == counted
    # What people see is what is stored.
    for room, _, message in random.sample(posted, 5):
        question, answer = room.thread(message)
        assert question.id == message and answer.tree[0] == ("Topics (1)", "")

    result = server.audit("verify")
    assert result.returncode == 0, result.stdout
    assert "panicked" not in server.said()
    print(f"{ROUNDS} kills, {len(posted)} messages, {len(published)} notifications, {interrupted} interrupted")


@pytest.mark.timeout(240)
def test_a_confirmed_mutation_runs_at_most_once(new_bailiwick):
    """Killed right after Run was pressed: it ran once, or the thread says that nobody can tell."""
    random.seed(os.environ.get("BAILIWICK_SEED", "run"))
    server = new_bailiwick().start()
    deploy = server.dana().room("deploy")
    for number in range(max(ROUNDS // 4, 1)):
        words = f"confirmed {uuid.uuid4()}"
        message = deploy.post(f"@aws sns publish --topic-arn {ALARMS} --message '{words}'")
        (card,) = deploy.replies(message)
        presses = [threading.Thread(target=quietly, args=(deploy, card)) for _ in range(3)]
        for press in presses:
            press.start()
        time.sleep(random.uniform(0.0, 0.06))
        server.stop(signal.SIGKILL)
        for press in presses:
            press.join(timeout=30)
        server.start()
        idle(server)
        if "Run" in deploy.replies(message)[0].buttons:
            deploy.press(card, "Run")
            deploy.replies(message, 2)
            idle(server)
        shown = [body for _, thread, _, body in messages(server) if not thread and words in body and "@aws" not in body]
        replies = deploy.replies(message, 2, seconds=60)
        ambiguous = any("AMBIGUOUS" in reply.text.upper() for reply in replies)
        finished = [reply for reply in replies if reply.tree and reply.tree[0][0] == "MessageId"]
        assert len(shown) == 1 or (ambiguous and len(shown) <= 1), (number, replies)
        assert len(finished) + ambiguous == 1, (number, replies)
    assert server.audit("verify").returncode == 0


def quietly(room, card):
    try:
        room.press(card, "Run")
    except (OSError, Refused):
        pass


def idle(server, seconds=60):
    """Waits until no work is left."""

    def left():
        database = sqlite3.connect(f"file:{server.data}/bailiwick.db?mode=ro", uri=True, timeout=30)
        try:
            return [
                database.execute(f"select count(*) from {table} where state in (0, 1)").fetchone()[0]
                for table in ("inbox", "outbox")
            ]
        finally:
            database.close()

    until(left, lambda counts: counts == [0, 0], seconds)
