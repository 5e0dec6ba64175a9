"""That every operation which is served was answered to a real client somewhere in these tests."""

import json
import pathlib

import pytest
from conftest import ANSWERED, ANSWERED_FILE, CONVERSATIONS

# People post, read and press on the web page (`test_room.py`): nobody has keys of theirs.
ON_THE_PAGE = {"bailiwick:PressButton"}


def served():
    """What the services' own conversations get an answer from: a test of theirs holds that it is all of it."""
    for path in CONVERSATIONS.glob("*.json"):
        for step in json.loads(path.read_text()):
            if "fault" not in step and "denied" not in step:
                yield step["call"]


def test_every_served_operation_was_answered(request):
    """Sees what this process was answered, or the processes of the run that ended before it."""
    files = {path.name for path in pathlib.Path(__file__).parent.glob("test_*.py")}
    if ANSWERED_FILE:
        ANSWERED.update(pathlib.Path(ANSWERED_FILE).read_text().split())
    elif {item.path.name for item in request.session.items} != files or request.config.option.keyword:
        pytest.skip("only a run of all the files can tell")
    assert sorted(set(served()) - ANSWERED - ON_THE_PAGE) == []
