"""Answers with calls of tools as a person writes them: what they stand for, and what is told of unreadable ones."""

import json
from typing import Any

import pytest

from specbuild.agent_tools import calls_of
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
    assert [one.fault for one in calls_of(found)] == ["", ""]


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
    assert calls_of(Reply("", tool_calls=(found,)))[0].fault == "the arguments are no JSON object; nothing was done"


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
