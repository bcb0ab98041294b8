"""What an endpoint sends, streamed or not, as one value."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.chat_completion import Completion, CompletionReader
from specbuild.reply import Reply, Usage
from specbuild.service_fault import ServiceFault


def whole(message: Any, reason: Any = "stop", **more: Any) -> bytes:
    usage = {"prompt_tokens": 3, "completion_tokens": 5}
    choice = {"index": 0, "message": message, "finish_reason": reason}
    return json.dumps({"model": "m-1", "choices": [choice], "usage": usage, **more}).encode()


def events(*deltas: Any, reason: Any = "stop", end: str = "\n\n", done: bool = True, ascii: bool = True) -> bytes:
    chunks: list[Any] = [{"model": "m-1", "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    if reason is not None:
        chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}})
    text = "".join(f"data: {json.dumps(chunk, ensure_ascii=ascii)}{end}" for chunk in chunks)
    return (text + (f"data: [DONE]{end}" if done else "")).encode("utf-8", "surrogatepass")


def read(*pieces: bytes, early: str | None = None) -> Completion | ServiceFault:
    reader = CompletionReader()
    for piece in pieces:
        reader.feed(piece)
    return reader.result(ended_early=early)


def reply_of(*pieces: bytes) -> Reply:
    found = read(*pieces)
    assert isinstance(found, Completion), found
    return found.reply


def kind_of(*pieces: bytes, early: str | None = None) -> str:
    found = read(*pieces, early=early)
    assert isinstance(found, ServiceFault), found
    return found.kind


def test_a_reply_is_the_same_value_streamed_or_not() -> None:
    text = "print('a')\r\nb\u2028c\n😀\ufeff"
    one = read(whole({"role": "assistant", "content": text}))
    for ascii in (True, False):
        assert read(events(*({"content": part} for part in text), ascii=ascii)) == one
    assert one == Completion(Reply(text, "stop"), "m-1", Usage(3, 5))


@settings(max_examples=60)
@given(st.text(), st.sampled_from(["\n\n", "\r\n\r\n", "\r\r"]), st.data())
def test_the_cut_of_the_pieces_changes_nothing(text: str, end: str, data: st.DataObject) -> None:
    body = events(*({"content": part} for part in text), end=end, ascii=data.draw(st.booleans()))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    assert reply_of(*pieces) == reply_of(whole({"content": text}))


def test_every_single_byte_as_a_piece_is_read_alike() -> None:
    body = events({"content": "x\n"}, {"content": "y"}, end="\r\n\r\n")
    assert reply_of(*(bytes([byte]) for byte in body)) == Reply("x\ny", "stop")
    body = whole({"content": "x\ny"})
    assert reply_of(*(bytes([byte]) for byte in body)) == Reply("x\ny", "stop")


def test_the_halves_of_a_character_join_and_a_lone_half_is_replaced() -> None:
    assert reply_of(events({"content": "\ud83d"}, {"content": "\ude00"})) == Reply("😀", "stop")
    assert reply_of(events({"content": "\ud83d"})) == reply_of(whole({"content": "\ud83d"})) == Reply("\ufffd", "stop")


def test_reasoning_is_no_content_and_a_refusal_is_one_with_its_own_reason() -> None:
    thought = {"reasoning_content": "hm", "reasoning": "hm", "content": None}
    assert reply_of(events(thought, {"content": "a"})) == reply_of(whole({**thought, "content": "a"})) == Reply("a")
    assert reply_of(whole({"content": None, "refusal": "No."})) == Reply("No.", "refusal")
    assert reply_of(events({"refusal": "N"}, {"refusal": "o."})) == Reply("No.", "refusal")


def test_no_content_is_an_empty_reply_that_keeps_its_reason() -> None:
    assert reply_of(whole({"content": None}, "length")) == Reply("", "length")
    assert reply_of(events(reason="length")) == Reply("", "length")


def test_content_in_parts_is_their_text() -> None:
    parts = [{"type": "thinking", "text": "hm"}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert reply_of(whole({"content": parts})) == Reply("ab")


def test_tool_calls_are_the_same_value_streamed_or_not() -> None:
    made: Any = {"id": "c1", "type": "function", "function": {"name": "write", "arguments": '{"a":1}'}}
    other: Any = {"id": "c2", "type": "function", "function": {"name": "run", "arguments": "{}"}}
    one = reply_of(whole({"content": None, "tool_calls": [made, other]}, "tool_calls"))
    assert one == Reply("", "tool_calls", (made, other))
    streamed = events(
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "write", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]},
        {"tool_calls": [{"index": 1, "id": "c2", "function": {"name": "run", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]},
        reason="tool_calls",
    )
    assert reply_of(streamed) == one
    without_index = events(
        {"tool_calls": [{"id": "c1", "function": {"name": "write", "arguments": '{"a"'}}]},
        {"tool_calls": [{"function": {"arguments": ":1}"}}]},
        {"tool_calls": [{"id": "c2", "function": {"name": "run", "arguments": "{}"}}]},
        reason="tool_calls",
    )
    assert reply_of(without_index) == one


def test_a_stream_without_its_finish_reason_is_cut_off_whatever_ended_it() -> None:
    assert kind_of(events({"content": "a"}, reason=None)) == "unavailable"
    assert kind_of(events({"content": "a"}, reason=None), early="broke off") == "unavailable"
    assert kind_of(b"data: [DONE]\n\n") == "unavailable"
    assert kind_of(b": hello\n\n") == "unavailable"


def test_what_is_missing_after_the_finish_reason_loses_nothing() -> None:
    body = events({"content": "a"}, done=False)
    assert read(body, early="broke off") == read(events({"content": "a"}))
    assert reply_of(body.rstrip(b"\n")) == Reply("a")


def test_a_last_event_that_no_blank_line_ends_still_counts() -> None:
    body = events({"content": "a"}, reason=None, done=False).split(b"\n\n")[0] + b"\n\n"
    last = json.dumps({"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "stop"}]}).encode()
    assert reply_of(body + b"data: " + last) == Reply("ab")
    assert kind_of(body + b"data: " + last[:-4]) == "unavailable"


def test_comments_and_other_fields_of_the_stream_are_passed_over() -> None:
    body = b": ping\n\nid: 7\nretry: 10\nevent: x\n" + events({"content": "a"})
    assert reply_of(body) == Reply("a")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"<html>sign in</html>",
        b'{"choices": [{"message"',
        b"null",
        b"[]",
        b"{}",
        b'{"choices": null}',
        b'{"choices": []}',
        b'{"choices": [null]}',
        b'{"choices": [{"index": 0, "finish_reason": "stop"}]}',
        b'{"choices": [{"message": {"content": "a"}, "finish_reason": null}]}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"data: {oops}\n\n",
        b"data: [1]\n\n",
    ],
)
def test_a_200_that_is_no_chat_completion_is_malformed(body: bytes) -> None:
    assert kind_of(body) == "malformed"


def test_an_error_inside_a_200_is_that_error() -> None:
    assert kind_of(b'{"error": {"message": "slow down", "code": 429}}') == "rate_limit"
    assert kind_of(b'{"error": {"code": "insufficient_quota"}}') == "quota"
    body = events({"content": "a"}, reason=None, done=False)
    assert kind_of(body + b'data: {"error": {"message": "overloaded", "type": "server_error"}}\n\n') == "unavailable"
    assert kind_of(body + b'data: {"error": {"code": "rate_limit_exceeded"}}\n\n') == "rate_limit"


def test_counts_that_are_no_counts_are_unknown() -> None:
    odd: list[Any] = [None, [], {"prompt_tokens": -1, "completion_tokens": True}, {"prompt_tokens": "3"}]
    for usage in odd:
        found = read(whole({"content": "a"}, usage=usage))
        assert isinstance(found, Completion)
        assert found.usage == Usage(None, None)


def test_progress_counts_the_characters_of_the_reply() -> None:
    reader = CompletionReader()
    reader.feed(events({"reasoning_content": "long thoughts"}, {"content": "four"}))
    assert reader.characters == 4
    assert reader.finished


@settings(max_examples=100)
@given(st.lists(st.binary() | st.sampled_from([b"data: ", b"\n\n", b"\r", b"{}", b'{"choices":[{"delta":[]}]}'])))
def test_no_bytes_break_the_reader(pieces: list[bytes]) -> None:
    assert isinstance(read(*pieces), Completion | ServiceFault)
