"""Paths in the events of assistants; `test_assistants` hands them to the program."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.diagnostic import Diagnostic
from specbuild.edit_event import PATCH_KEYS, PATH_KEYS, READING, Writes, writes_of

HINT = 'give paths as arguments, or an event such as {"tool_input": {"file_path": "build/x.py"}}'
PATCH = """\
*** Begin Patch
*** Update File: a.py
*** Move to: b/new name.py\r
@@
 *** Add File: indented.py
-*** Delete File: removed.py
*** Add File:  c.py\x20
*** Delete File: a.py
*** Rename File: d.py
*** Update File:
*** Add File:e.py
*** End Patch"""


def of(event: Any) -> Writes:
    found = writes_of(json.dumps(event))
    assert isinstance(found, Writes), found
    return found


def test_the_names_are_those_of_the_assistants() -> None:
    assert {"file_path", "filePath", "notebook_path", "absolute_path", "target_file", "path"} == PATH_KEYS
    assert {"patch", "input", "command"} == PATCH_KEYS
    assert {
        "glob", "grep", "grepsearch", "list", "listdir", "ls", "notebookread", "read", "readfile", "readmanyfiles",
        "search", "view",
    } == READING  # fmt: skip


@pytest.mark.parametrize("key", sorted(PATH_KEYS))
def test_a_path_is_given_as_it_is_written(key: str) -> None:
    tool_input = {key: " x/../y.py", "content": "path"}
    event = {"tool_name": "Write", "cwd": "/home/me", "path": "no", "tool_input": tool_input}
    assert of(event) == Writes((" x/../y.py",), "/home/me")
    assert of({"tool_input": {key: ""}}) == of({"tool_input": {key.upper(): "x"}}) == Writes(())
    assert of({"tool_input": {key: ["x", {"path": "y"}], "input": {"path": "z"}}}) == Writes(("y", "z"))


@pytest.mark.parametrize("key", sorted(PATCH_KEYS))
def test_a_patch_names_its_files(key: str) -> None:
    assert of({"tool_input": {key: PATCH}}) == Writes(("a.py", "b/new name.py", "c.py"))
    assert of({"tool_input": {key: "a.py"}}) == of({"tool_input": {"text": PATCH}}) == Writes(())


def test_many_edits_are_found_once_each_in_their_order() -> None:
    edits = [{"path": "b.py", "patch": "*** Add File: c.py"}, [{"path": "a.py"}], "d.py", None, 1, {"path": 2}]
    assert of({"tool_input": {"edits": edits, "file_path": "b.py", "target_file": "d.py"}}).paths == (
        "b.py", "c.py", "a.py", "d.py",
    )  # fmt: skip
    assert of({"tool_input": [{"path": "x"}], "path": "y"}) == Writes(("x",))


def test_without_an_input_the_event_itself_is_looked_at() -> None:
    assert of({"file_path": "x", "args": {"path": "y"}, "cwd": "f"}) == Writes(("x", "y"), "f")
    assert of({"tool_input": None, "path": "y"}) == of({"tool_input": "path", "path": "y"}) == Writes(())
    assert of({"path": "y", "cwd": 1}) == of({"path": "y", "cwd": None}) == Writes(("y",), "")
    assert of({}) == Writes(())


@pytest.mark.parametrize("tool", ["Read", "read_file", "READ_MANY_FILES", "LS", "NotebookRead", "grep_search", "View_"])
def test_a_tool_that_reads_writes_nothing(tool: str) -> None:
    event = {"tool_name": tool, "cwd": "/home/me", "tool_input": {"path": "x"}}
    assert of(event) == Writes((), "")
    for other in (f"{tool}x", f"{tool}-", "Edit", None, [tool]):
        assert of({**event, "tool_name": other}) == Writes(("x",), "/home/me"), "the control"


def nested(depth: int, array: bool) -> Any:
    """Return an object that stands `depth` deep in others."""
    value: Any = {"path": "x"}
    for _ in range(depth):
        value = [value] if array else {"more": value}
    return value


@pytest.mark.parametrize("array", [False, True])
def test_what_is_too_deep_is_not_looked_at(array: bool) -> None:
    assert of({"tool_input": nested(20, array)}) == Writes(("x",))
    assert of({"tool_input": nested(21, array)}) == Writes(())
    assert of({"tool_input": {"path": "x", "more": nested(300, array)}}) == Writes(("x",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("nonsense", "Expecting value: line 1 column 1 (char 0)"),
        ('{"path": NaN}', "NaN is no JSON"),
        ("[1]", "it is no object"),
        ('"path"', "it is no object"),
        ("null", "it is no object"),
    ],
)
def test_an_event_that_can_not_be_read_is_told(text: str, why: str) -> None:
    wanted = Diagnostic("SB971", "the event on standard input can't be read", why=why, hint=HINT)
    assert writes_of(text) == wanted


def test_an_event_that_is_nested_too_deeply_is_told() -> None:
    found = writes_of("[" * 100_000)
    assert isinstance(found, Diagnostic) and (found.code, found.hint) == ("SB971", HINT) and found.why


@given(st.recursive(st.none() | st.text(max_size=5), lambda inner: st.dictionaries(
    st.sampled_from(sorted(PATH_KEYS | PATCH_KEYS | {"tool_input", "tool_name", "cwd", "x"})), inner, max_size=4
) | st.lists(inner, max_size=4), max_leaves=20))  # fmt: skip
def test_no_event_raises_and_no_path_is_given_twice(event: Any) -> None:
    found = writes_of(json.dumps(event))
    if isinstance(found, Writes):
        assert len(set(found.paths)) == len(found.paths) and "" not in found.paths
