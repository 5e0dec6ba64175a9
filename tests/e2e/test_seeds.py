"""`docs/seeds.md` against the tests it names: every number names a test that is there and runs, or is open and counted."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
ROW = re.compile(r"^\| (\d+)\.(\d+) \| (\S.*\S) \| (?:`([^`]+)`|(open)) \|$")


def rows():
    lines = (ROOT / "docs/seeds.md").read_text().splitlines()
    found = [(line, ROW.match(line)) for line in lines if line.startswith("| ") and not line.startswith("| |")]
    wrong = [line for line, match in found if match is None]
    assert not wrong, f"not a row: {wrong}"
    return [match.groups() for _, match in found]


def problem(reference):
    """Why a reference names no live test."""
    path, _, name = reference.partition("::")
    file = ROOT / path
    if not file.is_file():
        return "there is no such file"
    if file.suffix == ".json":
        played = (ROOT / "crates/services/tests/it/calls.rs").read_text()
        return None if re.search(rf"^    {file.stem},?$", played, re.MULTILINE) else "no test plays it"
    text = file.read_text()
    if file.suffix == ".py":
        match = re.search(rf"^((?:@.*\n)*)def {name}\(", text, re.MULTILINE)
        if match is None or not name.startswith("test_"):
            return "there is no such test"
        return "it is skipped" if "skip" in match[1] else None
    match = re.search(rf"^((?:[ \t]*#\[.*\]\n)+)[ \t]*(?:async )?fn {name}\(", text, re.MULTILINE)
    if match is None or not re.search(r"#\[(?:tokio::)?test\b", match[1]):
        return "there is no such test"
    if "#[ignore" in match[1]:
        return "it is ignored"
    if "/tests/it/" in path:
        modules = (file.parent / "main.rs").read_text()
        return None if re.search(rf"^mod {file.stem};$", modules, re.MULTILINE) else "its module is not built"
    return None


def test_numbers_follow_each_other():
    last = {}
    for section, number, *_ in rows():
        assert int(number) == last.get(section, 0) + 1, f"{section}.{number}"
        last[section] = int(number)
    assert set(last) == {"0", "1", "2"}


def test_what_is_open_is_counted():
    said = re.search(r"^(\d+) behaviours, (\d+) open\.$", (ROOT / "docs/seeds.md").read_text(), re.MULTILINE)
    assert (int(said[1]), int(said[2])) == (len(rows()), sum(row[4] is not None for row in rows()))


def test_every_number_names_a_live_test():
    wrong = {f"{row[0]}.{row[1]}": (row[3], problem(row[3])) for row in rows() if row[3]}
    wrong = {number: found for number, found in wrong.items() if found[1]}
    assert not wrong, wrong


@pytest.mark.parametrize(
    "reference",
    [
        "crates/none.rs::x",
        "crates/authority/tests/it/chat.rs::no_such_test",
        "crates/authority/tests/it/world.rs::publish",
        "crates/services/testdata/calls/none.json",
        "tests/e2e/test_seeds.py::problem",
    ],
)
def test_what_is_no_test_is_found_out(reference):
    assert problem(reference)
