"""An agent's tools on files as values: what they do, what they refuse, what the model reads. The wording is frozen."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.agent_tools import (
    DONE,
    ERROR,
    FILE_TOOLS,
    LAST_TOOLS,
    MOST_CALLS,
    MOST_CHARACTERS,
    MOST_FILES,
    MOST_SHOWN,
    MOST_TOTAL,
    RUNNING_TOOLS,
    Call,
    Desk,
    Files,
    calls_of,
    edited,
    numbered,
    plain_path,
    worked,
)
from specbuild.reply import Reply

TWO = {"a.py": "one\ntwo\nthree\n", "b.py": "last"}
OTHERS = {"../tests/test_a.py": "assert True\n"}


def refusal(name: str, present: Files) -> str | None:
    """Only Python files, and at most one that begins with a "z"."""
    if not name.endswith(".py"):
        return f"only these files may be written: *.py, beside {len(present)}"
    return "one z is enough" if name.startswith("z") and any(one.startswith("z") for one in present) else None


def desk(files: Files = TWO) -> Desk:
    return Desk(files, OTHERS, refusal)


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


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("list_files", {}, "done: 2 files of yours\na.py: 3 lines\nb.py: 1 line\n../tests/test_a.py: to read only"),
        ("read_file", {"path": "a.py"}, "done: a.py has 3 lines\n1|one\n2|two\n3|three"),
        ("read_file", {"path": "a.py", "last": 3}, "done: a.py has 3 lines\n1|one\n2|two\n3|three"),
        (
            "read_file",
            {"path": "a.py", "first": 2, "last": 2},
            "done: a.py has 3 lines, of which these are 2 to 2\n2|two",
        ),
        ("read_file", {"path": "a.py", "first": 3, "last": 2}, "done: a.py has 3 lines, of which these are 3 to 2"),
        ("read_file", {"path": "./b.py"}, "done: b.py has 1 line\n1|last\n(the last line has no newline at its end)"),
        ("read_file", {"path": "../tests/test_a.py"}, "done: ../tests/test_a.py has 1 line\n1|assert True"),
        (
            "write_file",
            {"path": "tests/test_b.py", "text": "1|x\n"},
            "done: tests/test_b.py has 1 line now; the line numbers in front of the lines were taken off",
        ),
        ("write_file", {"path": "c.py", "text": ""}, "done: c.py has 0 lines now"),
        (
            "write_file",
            {"path": "main.c", "text": ""},
            "error: main.c: only these files may be written: *.py, beside 2",
        ),
        ("delete_file", {"path": "main.c"}, "error: main.c: only these files may be written: *.py, beside 2"),
        (
            "write_file",
            {"path": "../tests/test_a.py", "text": ""},
            "error: ../tests/test_a.py: it may be read and not changed",
        ),
        (
            "write_file",
            {"path": "a.py", "text": "x" * (MOST_CHARACTERS + 1)},
            "error: a.py: that is too much: 200 files, 500000 characters in one and 2000000 in all are the most",
        ),
        ("replace_lines", {"path": "a.py", "first": 1, "last": 2, "text": "1\n"}, "done: a.py has 2 lines now"),
        (
            "replace_lines",
            {"path": "b.py", "first": 4, "last": 4, "text": ""},
            "error: b.py: lines 4 to 4 are out of range: the file has 1 line (last = first - 1 inserts before first)",
        ),
        ("delete_file", {"path": "b.py"}, "done: b.py is deleted"),
        ("delete_file", {}, "error: delete_file needs the argument path"),
        (
            "rename_file",
            {"path": 1},
            "error: there is no tool of that name; the tools are: list_files, read_file, write_file, replace_lines, "
            "delete_file, run_checks, run_program, finish, give_up",
        ),
    ],
)
def test_what_is_told_is_told_in_these_words(name: str, given: dict[str, Any], told: str) -> None:
    assert worked(made(name, **given), desk()).result == told


def test_small_beginnings_are_listed_and_read() -> None:
    assert worked(made("list_files"), Desk({}, {}, refusal)).result == "done: 0 files of yours"
    assert (
        result("list_files", {"a.py": ""}) == "done: 1 file of yours\na.py: 0 lines\n../tests/test_a.py: to read only"
    )
    assert result("read_file", {"a.py": ""}, path="a.py") == "done: a.py has 0 lines"
    long = "x" * MOST_SHOWN
    told = result("read_file", {"a.py": f"{long}y\nz\n"}, path="a.py")
    assert told == f"done: a.py has 2 lines, of which these are 1 to 1\n1|{long}"


def test_what_is_refused_is_asked_only_of_names_that_are_new() -> None:
    assert result("write_file", {"z.py": "", "main.c": ""}, path="main.c", text="x") == "done: main.c has 1 line now"
    assert result("write_file", {"z.py": ""}, path="z2.py", text="x") == "error: z2.py: one z is enough"
    assert result("write_file", path="z2.py", text="x") == "done: z2.py has 1 line now"


def test_what_does_not_write_changes_nothing_and_no_file_before_is_changed() -> None:
    files = {"a.py": "one\n"}
    for name in ("list_files", "run_checks", "finish"):
        assert edited(made(name), files) == files
    assert edited(made("write_file", path="./b.py", text="x"), files) == {"a.py": "one\n", "b.py": "x"}
    assert edited(made("delete_file", path="a.py"), files) == {}
    assert edited(made("delete_file", path="b.py"), files) == "there is no such file"
    assert files == {"a.py": "one\n"}


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("a.py", "a.py"),
        ("./a.py", "a.py"),
        ("././/a.py", "a.py"),
        ("./", ""),
        ("a/./b", "a/./b"),
        ("../a", "../a"),
        ("", ""),
    ],
)
def test_a_path_is_plain_without_a_point_in_front(path: str, plain: str) -> None:
    assert plain_path(path) == plain


def test_lines_are_numbered_and_each_gets_its_end() -> None:
    assert numbered("") == ""
    assert numbered("a\n\nb", 9) == "9|a\n10|\n11|b\n"


def test_a_call_keeps_what_was_written() -> None:
    [call] = calls_of(
        Reply("", tool_calls=({"id": "c7", "function": {"name": "run_program", "arguments": '{"args": ["a\\r\\n"]}'}},))
    )
    assert call == Call("c7", "run_program", {"args": ["a\r\n"]})
    assert call.text("args") == call.text("stdin") == ""
    faulty = made("write_file", '{"path": "a\\r\\n", "mode": "secret"}')
    assert faulty.arguments == {"path": "a\n", "mode": "secret"} and faulty.text("mode") == "secret"
    assert faulty.fault == "write_file needs the argument text"
    assert made("explode", '{"path": "a"}').arguments == {}
    assert calls_of(Reply("words")) == ()


@pytest.mark.parametrize(
    ("name", "needed", "possible"),
    [
        ("list_files", {}, {}),
        ("read_file", {"path": "x"}, {"first": 1, "last": 2}),
        ("write_file", {"path": "x", "text": ""}, {}),
        ("replace_lines", {"path": "x", "first": 1, "last": 1, "text": ""}, {}),
        ("delete_file", {"path": "x"}, {}),
        ("run_checks", {}, {}),
        ("run_program", {}, {"args": ["x", ""], "stdin": "x"}),
        ("finish", {}, {"reason": "x"}),
        ("give_up", {"reason": "x"}, {}),
    ],
)
def test_each_tool_takes_its_arguments(name: str, needed: dict[str, Any], possible: dict[str, Any]) -> None:
    assert made(name, **needed).fault == made(name, **needed, **possible).fault == ""
    for key in needed:
        assert made(name, **{other: one for other, one in needed.items() if other != key}).fault == (
            f"{name} needs the argument {key}"
        )
    assert made(name, **needed, other="x").fault == f"{name} has no argument of the name 'other'"


def test_the_tables_and_bounds_are_these() -> None:
    assert (*FILE_TOOLS, *RUNNING_TOOLS, *LAST_TOOLS) == (
        "list_files",
        "read_file",
        "write_file",
        "replace_lines",
        "delete_file",
        "run_checks",
        "run_program",
        "finish",
        "give_up",
    )
    assert (len(FILE_TOOLS), len(RUNNING_TOOLS)) == (5, 2)
    assert (DONE, ERROR, MOST_CALLS) == ("done: ", "error: ", 32)
    assert (MOST_FILES, MOST_CHARACTERS, MOST_TOTAL, MOST_SHOWN) == (200, 500_000, 2_000_000, 24_000)
