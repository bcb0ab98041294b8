"""Answers with calls of tools as a person writes them: what they stand for, and what is told of unreadable ones."""

import json
from typing import Any

import pytest

from specbuild.call_sheet import Unreadable, instructions, reply_of, written_calls
from specbuild.keys import ReplyKey
from specbuild.reply import Reply

KEY = ReplyKey("0123456789abcdef" * 4)
M = "=== specbuild:0123456789ab"
OTHER = "=== specbuild:ba9876543210"
END = f"{M} end ===\n"
QUOTED = f"{OTHER} call: x ===\n{OTHER} end ===\n"
FILES = f"{OTHER} file: a ===\nx\n{OTHER} end ===\n"


def read(text: str) -> Reply:
    found = reply_of(text, KEY)
    assert isinstance(found, Reply), found
    return found


def mend(text: str) -> Unreadable:
    found = reply_of(text, KEY)
    assert isinstance(found, Unreadable), found
    return found


def asked(reply: Reply) -> list[tuple[str, Any]]:
    functions: list[Any] = [one["function"] for one in reply.tool_calls]  # type: ignore[index,call-overload]
    return [(one["name"], json.loads(one["arguments"])) for one in functions]


def test_words_thoughts_and_calls_become_a_reply_as_a_service_gives_it() -> None:
    found = read(
        f"I write it,\nthen I check.\n\n{M} reasoning ===\nShort is best.\n{M} call: write_file ===\n"
        f'{{"path": "a.py"}}\n{M} argument: text ===\nprint("a\\n")\n\n{M} call: run_checks ===\n{END}'
    )
    assert found.content == "I write it,\nthen I check."
    assert found.reasoning == {"reasoning": "Short is best.\n"}
    assert found.finish_reason == "tool_calls"
    assert asked(found) == [("write_file", {"path": "a.py", "text": 'print("a\\n")\n\n'}), ("run_checks", {})]
    first: Any = found.tool_calls[0]
    assert (first["id"], first["type"]) == ("call_0123456789ab_1", "function")
    assert first["function"]["arguments"] == '{"path":"a.py","text":"print(\\"a\\\\n\\")\\n\\n"}', "canonical JSON"
    second: Any = found.tool_calls[1]
    assert second == {
        "id": "call_0123456789ab_2", "type": "function", "function": {"name": "run_checks", "arguments": "{}"}
    }  # fmt: skip


@pytest.mark.parametrize("text", ["Hello.\n", " \r\nno newline", '{"tool_calls": []}', FILES])
def test_an_answer_without_a_line_of_the_form_is_words_exactly(text: str) -> None:
    assert read(text) == Reply(text, "stop")


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ("", {}),
        ('{"path":"a",\n "first": 3}\n', {"path": "a", "first": 3}),
        (f"{M} argument: text ===\n", {"text": ""}),
        (f"{M} argument: text ===\n{QUOTED}", {"text": QUOTED}),
        (f'{{"text": "a", "path": "b"}}\n{M} argument: text ===\nlong\r\n', {"text": "long\r\n", "path": "b"}),
    ],
)  # fmt: skip
def test_arguments_stand_in_json_or_in_blocks(written: str, arguments: object) -> None:
    assert asked(read(f"{M} call: t ===\n{written}{END}")) == [("t", arguments)]


@pytest.mark.parametrize("written", ['{"path": "a"', "[1]", "path: a", "[" * 100_000, '{"a": NaN}', '{"a": "\\ud800"}'])
def test_arguments_that_are_no_json_object_are_kept_as_written_for_the_tool_to_refuse(written: str) -> None:
    found: Any = read(f"{M} call: read_file ===\n{written}\n{M} argument: text ===\nkept\n{END}").tool_calls[0]
    assert found["function"]["arguments"] == f"{written}\nkept\n"


def test_words_may_stand_behind_the_end_and_line_ends_may_be_a_window_s() -> None:
    found = read(f"```\n{M} call: run_checks ===\r\n{M} end ===  \n```\n")
    assert (found.content, asked(found)) == ("```\n```", [("run_checks", {})])


def test_an_end_alone_is_an_empty_reply() -> None:
    assert read(END) == Reply("", "stop")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (f"{M} call: t ===\n{{}}", 3, f"the answer's last line is missing: {M} end ==="),
        (f"{M} reasoning ===\nI\n", 3, "the answer's last line is missing"),
        (f"Hm.\n{M} calls: t ===\n{END}", 2, f"a line that begins like this is one of: {M} call: NAME ===, "),
        (f"{M} call: two words ===\n{END}", 1, "a line that begins like this is one of"),
        (f"{M} end\n", 1, "a line that begins like this is one of"),
        (f"{M} argument: text ===\n{END}", 1, "the argument text has no call above it"),
        (f"{M} call: t ===\n{M} argument: a ===\n{M} argument: a ===\n", 3, "the argument a stands there already"),
        (f"{END}{M} call: t ===\n{END}", 2, "line 1 ended the answer already"),
        (f"So:\n{QUOTED}", 2, f"that line is for another request: those of this one begin with {M}"),
    ],
)  # fmt: skip
def test_what_can_t_be_read_is_told_with_its_line(text: str, line: int, message: str) -> None:
    found = mend(text)
    assert found.line == line and found.message.startswith(message), found


@pytest.mark.parametrize(
    "call",
    [
        ("write_file", {"path": "a.py", "text": "one\n\ntwo\n"}),
        ("write_file", {"path": "a.py", "text": "no newline"}),
        ("run_program", {"args": ["-x", ""], "stdin": "a\nb\n"}),
        ("list_files", {}),
    ],
)
def test_calls_are_shown_as_they_are_written(call: tuple[str, dict[str, Any]]) -> None:
    name, arguments = call
    made = {"id": "c", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
    text = written_calls([made, made], KEY)
    assert asked(read(text + END)) == [call, call]
    assert "\\n" not in text


@pytest.mark.parametrize("odd", ['{"a":', "[1]", "", None])
def test_a_call_with_odd_arguments_is_shown_as_it_was(odd: str | None) -> None:
    shown = written_calls([{"function": {"name": "t", **({} if odd is None else {"arguments": odd})}}], KEY)
    assert shown.startswith(f"{M} call: t ===\n") and (odd or "") in shown


def test_what_is_told_of_the_form_is_the_form() -> None:
    schema = {"type": "object", "properties": {"path": {"type": "string"}}}
    tool: Any = {"type": "function", "function": {"name": "look", "description": "Look at it.", "parameters": schema}}
    text = instructions([tool, {"type": "odd"}], KEY)
    example = text.split("```text\n")[1].split("```\n")[0]
    found = read(example)
    assert found.content.startswith("What you say") and [name for name, _ in asked(found)] == [
        "some_tool",
        "another_tool",
    ]
    assert asked(found)[0][1]["text"].endswith("nothing is escaped.\n")
    assert "### look\n\nLook at it.\n" in text and '"properties":{"path":{"type":"string"}}' in text
    assert '`{"type":"odd"}`' in text and "MARKER" not in text
    assert text.startswith("# ") and "## The tools\n" in text and text.endswith("\n\n")
    assert "REPLY" in text and f"{M} reasoning ===" in text and f"{M} argument: " in text
    assert 'Its arguments: `{"properties":{"path":{"type":"string"}},"type":"object"}`\n\n`{"type":"odd"}`\n\n' in text


def test_calls_are_written_in_these_lines() -> None:
    arguments = json.dumps({"text": "one\ntwo\n", "path": "a.py", "first": 3, "stdin": "\n"})
    made: list[Any] = [
        {"id": "c", "function": {"name": "t", "arguments": arguments}},
        {"id": "d", "function": {"name": "run_checks", "arguments": "{}"}},
        {"id": "e", "function": {"name": "u", "arguments": '{"a": '}},
    ]
    assert written_calls(made, KEY) == (
        f'{M} call: t ===\n{{"first":3,"path":"a.py"}}\n'
        f"{M} argument: text ===\none\ntwo\n{M} argument: stdin ===\n\n"
        f'{M} call: run_checks ===\n{M} call: u ===\n{{"a": \n'
    )
    assert written_calls([], KEY) == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"{M} call: t", f"is one of: {M} call: NAME ===, {M} argument: NAME ===, {M} reasoning ===, {M} end ==="),
        (f"{M}", f"is one of: {M} call: NAME ==="),
        (f"{M} End ===", f"is one of: {M} call: NAME ==="),
        (f"{M} end === x", f"is one of: {M} call: NAME ==="),
        (f"{M}  end ===", f"is one of: {M} call: NAME ==="),
        (f"{M} call: ===", f"is one of: {M} call: NAME ==="),
        (f"{M} reasoning: x ===", f"is one of: {M} call: NAME ==="),
    ],
)
def test_a_line_that_begins_like_one_is_one_wherever_it_stands(line: str, message: str) -> None:
    for above in ("", f"{M} call: t ===\n", f"{M} reasoning ===\n", END):
        found = mend(f"{above}{line}\n{END}")
        assert found.line == above.count("\n") + 1
        assert found.message.startswith("a line that begins like this is one of: ") and message in found.message
    for ordinary in (f" {line}", line.replace("=== ", "==", 1), line.replace("0123456789ab", "0123456789abc")):
        assert read(f"{ordinary}\n{END}").content == ordinary


def test_a_line_of_another_request_is_ordinary_where_nobody_can_mean_it() -> None:
    lines = f"{OTHER} call: x\n{OTHER} argument: x ===\n{OTHER} reasoning ===\n{OTHER} end ==="
    assert read(f"{lines}\n{END}").content == lines
    assert read(f"{M} reasoning ===\n{QUOTED}{END}").reasoning == {"reasoning": QUOTED}
    assert mend(f"{END}{QUOTED}").line == 2


def test_parts_may_be_tight_and_come_again() -> None:
    text = f"{M} call:t ===\n{M} argument:  a ===\nx\n{M} reasoning ===\nfirst\n{M} argument: b ===\ny\n"
    found = read(f"one\n\n{text}{M} reasoning ===\nsecond\n{M} end === \t\n\ntwo\n")
    assert asked(found) == [("t", {"a": "x\n", "b": "y\n"})]
    assert found.reasoning == {"reasoning": "first\nsecond\n"}
    assert found.content == "one\n\n\ntwo"
    assert read(f"{M} reasoning ===\n{END}") == Reply("", "stop")


def test_messages_are_whole() -> None:
    assert mend(f"{M} argument: text ===\n").message == "the argument text has no call above it"
    twice = f"{M} call: t ===\n{M} argument: a ===\n{M} argument: a ===\n"
    assert mend(twice) == Unreadable(3, "the argument a stands there already for t")
    assert mend(f"\n{END}{END}") == Unreadable(3, "line 2 ended the answer already")
    assert mend(f"{M} call: t ===") == Unreadable(2, f"the answer's last line is missing: {M} end ===")
    assert mend(f"{END}{M} argument: a ===\n").message == "the argument a has no call above it"


@pytest.mark.parametrize("odd", [None, 5, {}, {"function": None}, {"function": {"name": 2, "arguments": "{}"}}])
def test_a_call_that_is_none_is_shown_and_breaks_nothing(odd: Any) -> None:
    shown = written_calls([odd, {"function": {"name": "t", "arguments": "{}"}}], KEY)
    assert shown.startswith(f"{M} call: ") and shown.endswith(f"\n{M} call: t ===\n")
