from typing import Any

import pytest

from specbuild.prefix import continued_body, whole_reply
from specbuild.reply import Reply

ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Write it."}]}
BEGUN: dict[str, Any] = {**ASKED, "prefix": "```python\n", "stop": ["```\n", "\n```"]}


def test_a_body_with_a_prefix_ends_with_a_begun_message_of_the_assistant() -> None:
    assert continued_body(BEGUN) == {
        "model": "m",
        "stop": ["```\n", "\n```"],
        "messages": [*ASKED["messages"], {"role": "assistant", "content": "```python\n", "prefix": True}],
    }
    assert BEGUN["prefix"] == "```python\n" and len(BEGUN["messages"]) == 1, "the logical body stays as it was"


@pytest.mark.parametrize("body", [ASKED, {**ASKED, "prefix": ""}, {**ASKED, "prefix": 3}, {**ASKED, "stop": "x"}])
def test_any_other_body_is_sent_as_it_is(body: dict[str, Any]) -> None:
    assert continued_body(body) == body


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        ("x = 1\n", "```python\nx = 1\n```\n"),
        ("x = 1", "```python\nx = 1\n```\n"),
        ("```python\nx = 1\n", "```python\nx = 1\n```\n"),
        ("x = 1\n```\nThat is it.", "```python\nx = 1\n```\nThat is it."),
        ("", ""),
        (" \n", " \n"),
    ],
)
def test_a_reply_becomes_the_whole_message(content: str, whole: str) -> None:
    assert whole_reply(Reply(content), BEGUN) == Reply(whole)


def test_a_fence_stays_open_where_no_stop_sequence_can_have_ended_it() -> None:
    assert whole_reply(Reply("x = 1\n", "length"), BEGUN).content == "```python\nx = 1\n"
    assert whole_reply(Reply("x = 1\n"), {**BEGUN, "stop": ["END", "a\nb"]}).content == "```python\nx = 1\n"
    assert whole_reply(Reply("x = 1\n"), {**ASKED, "prefix": "````\n", "stop": "```"}).content == "````\nx = 1\n"
    assert whole_reply(Reply("x = 1\n"), {**ASKED, "prefix": "````\n", "stop": "````"}).content == "````\nx = 1\n````\n"


def test_a_stop_sequence_alone_closes_the_fence_that_the_model_opened_itself() -> None:
    assert whole_reply(Reply("Here:\n~~~\nx\n"), {**ASKED, "stop": ["\n~~~"]}).content == "Here:\n~~~\nx\n~~~\n"


def test_a_reply_to_a_plain_request_is_the_same_value() -> None:
    for content in ("x", "```\nopen", "```python\nx\n```\n", ""):
        assert whole_reply(Reply(content), ASKED) == Reply(content)
    called = Reply("", "tool_calls", ({"id": "c"},))
    assert whole_reply(called, BEGUN) == called
