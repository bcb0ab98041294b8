"""A reply that begins as its request says: what is sent, and what the whole message is."""

from typing import Any

import pytest

from specbuild.prefix import PREFIX, continued_body, whole_reply
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


def test_a_body_whose_messages_are_no_list_is_sent_as_it_is() -> None:
    odd: dict[str, Any] = {"prefix": "x", "messages": "none"}
    assert PREFIX == "prefix" and continued_body(odd) == odd
    none: dict[str, Any] = {"prefix": "x", "messages": []}
    assert continued_body(none) == {"messages": [{"role": "assistant", "content": "x", "prefix": True}]}


def test_only_the_content_of_a_reply_changes() -> None:
    reply = Reply("x", "stop", ({"id": "c"},), {"reasoning": "Hm."})
    assert whole_reply(reply, BEGUN) == Reply("```python\nx\n```\n", "stop", ({"id": "c"},), {"reasoning": "Hm."})


@pytest.mark.parametrize(
    ("stop", "whole"),
    [
        (["END", "\n```"], "```\nx\n```\n"),
        ([" ```` ", "```"], "```\nx\n````\n"),
        ("```\n", "```\nx\n```\n"),
        (["", " ", 3, None, "```"], "```\nx\n```\n"),
        (["~~~"], "```\nx"),
        (["```\n```"], "```\nx"),
        ([], "```\nx"),
        ({"```": 1}, "```\nx"),
        (3, "```\nx"),
        (None, "```\nx"),
    ],
)
def test_the_first_stop_sequence_that_closes_the_fence_is_put_back(stop: Any, whole: str) -> None:
    assert whole_reply(Reply("```\nx"), {**ASKED, "stop": stop}).content == whole


def test_only_the_last_fence_counts_and_line_ends_may_be_a_window_s() -> None:
    closed = "```\r\nx\r\n```\r\n"
    assert whole_reply(Reply(closed), {**ASKED, "stop": "```"}).content == closed
    assert whole_reply(Reply(f"{closed}```\r\ny\r\n"), {**ASKED, "stop": "```"}).content == f"{closed}```\r\ny\r\n```\n"
    assert whole_reply(Reply("words"), {**ASKED, "stop": "```"}).content == "words"
