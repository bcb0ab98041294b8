"""An agent's tools on files as values: what they do, what they refuse, what the model reads. The wording is frozen."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.agent_tools import (
    FILE_TOOLS,
    LAST_TOOLS,
    MOST_CHARACTERS,
    MOST_FILES,
    MOST_SHOWN,
    RUNNING_TOOLS,
    Call,
    Desk,
    Files,
    calls_of,
    edited,
    numbered,
    worked,
)
from specbuild.output_patterns import Ground, refusal
from specbuild.reply import Reply
from specbuild.verifier import Verdict
from specbuild.work import agent
from specbuild.work.agent_bench import checks_text

ROOT = Path(__file__).parent.parent.parent
TEXTS = ROOT / "specbuild" / "templates" / "agent" / "1"
GOLDEN = ROOT / "tests" / "messages" / "agent-1"
GROUND = Ground("build", ("*.py", "tests/*.py", "notes.md"), frozenset({"build/taken.py"}))
TWO = {"a.py": "one\ntwo\nthree\n", "b.py": "last"}

# Frozen with the edition, as its other texts are.
DIGESTS = {
    "answer.jinja": "d7ebb58b9532f98ede9af8f9f1bd64470cc409c7adb0215524efef8fc2a7b747",
    "system.jinja": "44bc6139d11638fd7a690aa86045a185280de509d6be2a9f805e7c362070d9fb",
    "tools.json": "63dce6bdec728c2e6e1f4908db231978f6d15ff16c72364aae1f62f68b144c6c",
}


def desk(files: Files = TWO) -> Desk:
    return Desk(files, {"../tests/test_a.py": "assert True\n"}, lambda name, present: refusal(name, GROUND, present))


def made(name: str, arguments: str | None = None, **given: Any) -> Call:
    """A call as it comes out of a reply."""
    text = json.dumps(given) if arguments is None else arguments
    [call] = calls_of(Reply("", tool_calls=({"id": "c", "function": {"name": name, "arguments": text}},)))
    return call


def after(name: str, **given: Any) -> Files:
    found = worked(made(name, **given), desk())
    assert found.result.startswith("done: "), found.result
    return found.files


def result(name: str, files: Files = TWO, arguments: str | None = None, **given: Any) -> str:
    found = worked(made(name, arguments, **given), desk(files))
    if found.result.startswith("error: "):
        assert found.files == files, "what is refused has no effect"
    return found.result


@pytest.mark.parametrize(
    ("first", "last", "text", "then"),
    [
        (2, 2, "2\n", "one\n2\nthree\n"),
        (1, 3, "all", "all\n"),
        (1, 0, "zero\n", "zero\none\ntwo\nthree\n"),
        (3, 2, "in between\n", "one\ntwo\nin between\nthree\n"),
        (4, 3, "four", "one\ntwo\nthree\nfour\n"),
        (2, 3, "", "one\n"),
        (1, 3, "", ""),
        (2, 1, "", "one\ntwo\nthree\n"),
    ],
)
def test_lines_are_replaced_inserted_and_deleted(first: int, last: int, text: str, then: str) -> None:
    assert after("replace_lines", path="a.py", first=first, last=last, text=text) == {**TWO, "a.py": then}


@pytest.mark.parametrize(("first", "last"), [(0, 0), (0, 1), (5, 4), (1, 4), (3, 1), (-1, -2), (5, 5)])
def test_lines_out_of_range_are_an_error_and_change_nothing(first: int, last: int) -> None:
    told = result("replace_lines", path="a.py", first=first, last=last, text="x\n")
    assert told.startswith(f"error: a.py: lines {first} to {last} are out of range: the file has 3 lines")


@given(st.lists(st.sampled_from(["a\n", "b\n", "\n", "c"]), max_size=6), st.integers(1, 7), st.integers(0, 7))
@settings(max_examples=100, deadline=None)
def test_replacing_is_what_a_list_of_lines_would_do(parts: list[str], first: int, last: int) -> None:
    lines = "".join(parts).split("\n")
    lines = lines[:-1] if lines[-1] == "" else lines
    found = edited(made("replace_lines", path="f", first=first, last=last, text="x\ny\n"), {"f": "".join(parts)})
    if first - 1 <= last <= len(lines) and first <= len(lines) + 1:
        assert isinstance(found, dict)
        whole = found["f"] if found["f"].endswith("\n") else found["f"] + "\n"
        assert whole == "".join(f"{line}\n" for line in [*lines[: first - 1], "x", "y", *lines[last:]])
    else:
        assert isinstance(found, str)


def test_a_text_after_a_last_line_without_a_newline_stands_on_a_line_of_its_own() -> None:
    assert after("replace_lines", path="b.py", first=2, last=1, text="more\n")["b.py"] == "last\nmore\n"
    assert after("replace_lines", path="b.py", first=1, last=1, text="other")["b.py"] == "other\n"


def test_files_are_written_and_deleted() -> None:
    assert after("write_file", path="./tests/t.py", text="x\r\ny") == {**TWO, "tests/t.py": "x\ny"}
    assert after("write_file", path="a.py", text="") == {**TWO, "a.py": ""}
    assert after("delete_file", path="a.py") == {"b.py": "last"}
    lone = made("write_file", '{"path": "a.py", "text": "\\ud800"}')
    assert worked(lone, desk()).files["a.py"] == "\ufffd"


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("1|x\n2|y\n", "x\ny\n"),
        ("  1|x\n  2|\n  3|y", "x\n\ny"),
        ("1|", ""),
        ("1|x\n3|y\n", None),
        ("2|x\n3|y\n", None),
        ("1|x\ny\n", None),
        ("1: x\n2: y\n", None),
        ("x\n", None),
    ],
)
def test_line_numbers_are_taken_off_if_every_line_carries_them_in_order(text: str, then: str | None) -> None:
    found = worked(made("write_file", path="a.py", text=text), desk())
    assert found.files["a.py"] == (text if then is None else then)
    assert ("taken off" in found.result) == (then is not None)


def test_a_replacement_may_be_numbered_as_the_lines_that_it_replaces() -> None:
    shown = numbered("two\nthree\n", 2)
    assert shown == "2|two\n3|three\n"
    assert after("replace_lines", path="a.py", first=2, last=3, text=shown) == TWO
    assert after("replace_lines", path="a.py", first=3, last=3, text="2|b\n")["a.py"] == "one\ntwo\n2|b\n"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../outside.py", "only these files"),
        ("/etc/passwd", "only these files"),
        ("sub/deep/x.py", "only these files"),
        ("main.sh", "only these files"),
        ("", "only these files"),
        ("tests/../../x.py", "only these files"),
        ("taken.py", "belongs to somebody else"),
        ("TAKEN.py", "belongs to somebody else"),
        ("A.py", "same file as a.py"),
        ("conftest.py", "conftest"),
        (".py", ""),
        ("con.py", ""),
        ("a\u202e.py", ""),
        ("../tests/test_a.py", "may be read and not changed"),
    ],
)
def test_what_is_not_its_own_is_not_written(path: str, why: str) -> None:
    assert why in result("write_file", path=path, text="x\n")
    assert result("write_file", path=path, text="x\n").startswith("error: ")


@pytest.mark.parametrize("name", ["replace_lines", "delete_file", "read_file"])
def test_a_file_that_is_not_there_is_an_error(name: str) -> None:
    given = {"first": 1, "last": 0, "text": "x\n"} if name == "replace_lines" else {}
    assert result(name, path="none.py", **given) == "error: none.py: there is no such file"


@pytest.mark.parametrize(
    ("name", "arguments", "why"),
    [
        ("explode", "{}", "there is no tool of that name; the tools are: list_files, read_file,"),
        ("write_file", '{"path": "a.py", "te', "the arguments are no JSON object"),
        ("write_file", "[]", "the arguments are no JSON object"),
        ("write_file", "[" * 100_000, "the arguments are no JSON object"),
        ("write_file", '{"path": "a.py"}', "write_file needs the argument text"),
        ("write_file", '{"path": 1, "text": ""}', "path must be a text"),
        ("write_file", '{"path": "a.py", "text": "", "mode": "w"}', "write_file has no argument of the name 'mode'"),
        ("replace_lines", '{"path": "a.py", "first": "1", "last": 1, "text": ""}', "first must be a whole number"),
        ("replace_lines", '{"path": "a.py", "first": true, "last": 1, "text": ""}', "first must be a whole number"),
        ("replace_lines", '{"path": "a.py", "first": 1.5, "last": 1, "text": ""}', "first must be a whole number"),
        ("run_program", '{"args": "one"}', "args must be a list of texts"),
        ("run_program", '{"args": ["a\\u0000"]}', "args must be a list of texts"),
        ("give_up", "{}", "give_up needs the argument reason"),
    ],
)
def test_a_call_that_can_not_be_used_says_why(name: str, arguments: str, why: str) -> None:
    assert made(name, arguments).fault.startswith(why)
    assert result(name, arguments=arguments).startswith("error: ") or name not in FILE_TOOLS


def test_odd_calls_break_nothing() -> None:
    odd: list[Any] = [None, 5, {}, {"function": None}, {"id": 1, "function": {"name": 2, "arguments": 3}}]
    for call in calls_of(Reply("", tool_calls=tuple(odd))):
        assert call.fault
    assert made("list_files", "").fault == made("finish", " ").fault == ""


def test_too_much_is_refused() -> None:
    many = {f"f{number}.py": "" for number in range(MOST_FILES)}
    assert "too much" in result("write_file", many, path="one_more.py", text="")
    assert "too much" in result("write_file", path="a.py", text="x" * (MOST_CHARACTERS + 1))
    large = {f"f{number}.py": "x" * MOST_CHARACTERS for number in range(4)}
    assert "too much" in result("write_file", large, path="a.py", text="x")
    assert result("delete_file", large, path="f0.py").startswith("done: "), "there is a way back"


def test_a_long_file_is_shown_in_parts() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 5001))
    told = result("read_file", {"a.py": text}, path="a.py")
    assert len(told) < MOST_SHOWN + 100
    head, *shown = told.split("\n")
    assert head == f"done: a.py has 5000 lines, of which these are 1 to {len(shown)}"
    assert shown[-1] == f"{len(shown)}|line {len(shown)}"
    part = result("read_file", {"a.py": text}, path="a.py", first=4999)
    assert part == "done: a.py has 5000 lines, of which these are 4999 to 5000\n4999|line 4999\n5000|line 5000"
    assert len(result("read_file", {"a.py": "x" * 400_000}, path="a.py")) < MOST_SHOWN + 100
    for first, last in ((9999, 1), (0, -5), (3, 2)):
        assert result("read_file", path="a.py", first=first, last=last).startswith("done: a.py has 3 lines")


SCRIPT: list[tuple[str, dict[str, Any]]] = [
    ("list_files", {}),
    ("read_file", {"path": "a.py"}),
    ("read_file", {"path": "a.py", "first": 2, "last": 2}),
    ("read_file", {"path": "b.py"}),
    ("read_file", {"path": "../tests/test_a.py"}),
    ("read_file", {"path": "c.py"}),
    ("write_file", {"path": "tests/test_b.py", "text": "1|x\n"}),
    ("write_file", {"path": "main.c", "text": ""}),
    ("write_file", {"path": "taken.py", "text": ""}),
    ("write_file", {"path": "A.py", "text": ""}),
    ("write_file", {"path": "../tests/test_a.py", "text": ""}),
    ("write_file", {"path": "notes.md", "text": "x" * (MOST_CHARACTERS + 1)}),
    ("replace_lines", {"path": "a.py", "first": 1, "last": 2, "text": "1\n"}),
    ("replace_lines", {"path": "a.py", "first": 4, "last": 4, "text": ""}),
    ("delete_file", {"path": "b.py"}),
    ("delete_file", {"path": "b.py"}),
    ("delete_file", {}),
    ("rename_file", {}),
    ("list_files", {}),
]


def wording() -> str:
    """Everything that an agent may read beside the first request, once."""
    files, told = dict(TWO), []
    for name, arguments in SCRIPT:
        found = worked(made(name, **arguments), desk(files))
        files = dict(found.files)
        shown = {key: value if len(str(value)) < 50 else "…" for key, value in arguments.items()}
        told.append(f"{name} {json.dumps(shown)}\n{found.result}\n")
    verdicts = [Verdict("a", "failed", ("one\nline", "two")), Verdict("b", "not_checked", ("not checked: c",))]
    told += [checks_text(verdicts), checks_text(verdicts[1:]), checks_text([])]
    names = ("ALONE", "TOO_MANY", "SKIPPED", "SAID", "NOT_BEFORE_THAT", "USE_TOOLS", "NOT_FINISHED")
    told += [f"{name}: {getattr(agent, name)!r}" for name in names]
    return "\n".join(told) + "\n"


def test_the_wording_of_edition_1_is_frozen() -> None:
    assert wording() == (GOLDEN / "results.txt").read_text(encoding="utf-8")


def test_the_texts_of_edition_1_are_frozen() -> None:
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in TEXTS.iterdir()} == DIGESTS


def test_the_schemas_name_every_tool_with_the_arguments_that_it_takes() -> None:
    schemas = {
        one["function"]["name"]: one["function"]["parameters"] for one in json.loads((TEXTS / "tools.json").read_text())
    }
    assert tuple(schemas) == (*FILE_TOOLS, *RUNNING_TOOLS, *LAST_TOOLS)
    values = {"string": "x", "integer": 1, "array": ["x"]}
    for name, schema in schemas.items():
        every = {key: values[one["type"]] for key, one in schema["properties"].items()}
        assert made(name, **every).fault == ""
        least = {key: every[key] for key in schema["required"]}
        assert made(name, **least).fault == ""
        for key in least:
            assert made(name, **{other: one for other, one in least.items() if other != key}).fault
