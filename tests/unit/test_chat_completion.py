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
    kept = Reply("a", reasoning={"reasoning_content": "hm"})
    assert reply_of(events(thought, {"content": "a"})) == reply_of(whole({**thought, "content": "a"})) == kept
    assert reply_of(whole({"refusal": "No.", "reasoning": "hm"})) == Reply("No.", "refusal")
    assert reply_of(whole({"content": None, "refusal": "No."})) == Reply("No.", "refusal")
    assert reply_of(events({"refusal": "N"}, {"refusal": "o."})) == Reply("No.", "refusal")


def test_reasoning_is_kept_under_its_names_streamed_or_not() -> None:
    both: Any = {"reasoning": "so", "reasoning_content": "I think\ud83d\ude00\ud800", "content": "a"}
    streamed = events(
        {"reasoning_content": "I th"},
        {"reasoning_content": "ink\ud83d", "reasoning": "s"},
        {"reasoning_content": "\ude00", "reasoning": "o"},
        {"reasoning_content": "\ud800", "content": "a"},
    )
    kept = Reply("a", reasoning={"reasoning_content": "I think😀\ufffd", "reasoning": "so"})
    assert reply_of(streamed) == reply_of(whole(both)) == kept
    assert list(reply_of(streamed).reasoning) == ["reasoning_content", "reasoning"]
    assert reply_of(whole({"content": "a", "reasoning": "so"})) == Reply("a", reasoning={"reasoning": "so"})
    for odd in ("", None, 5, {"text": "hm"}, []):
        assert reply_of(whole({"content": "a", "reasoning_content": odd})) == reply_of(whole({"content": "a"}))
    parts = [{"type": "text", "text": "I "}, {"type": "text", "text": "am"}]
    assert reply_of(whole({"content": "a", "reasoning": parts})) == Reply("a", reasoning={"reasoning": "I am"})


def test_a_tool_call_keeps_what_its_service_wants_back() -> None:
    function: Any = {"name": "run", "arguments": "{}"}
    signed: Any = {"google": {"thought_signature": "c2lnbmVk"}}
    call: Any = {"id": "c1", "type": "function", "function": function, "extra_content": signed}
    one = reply_of(whole({"tool_calls": [{**call, "more": 1}]}, "tool_calls"))
    assert one == Reply("", "tool_calls", (call,))
    streamed = events(
        {"tool_calls": [{"index": 0, "id": "c1", "extra_content": {}, "function": {"name": "run", "arguments": "{"}}]},
        {"tool_calls": [{"index": 0, "extra_content": signed, "function": {"arguments": "}"}}]},
        {"tool_calls": [{"index": 0, "extra_content": {"google": {"thought_signature": "other"}}}]},
        reason="tool_calls",
    )
    assert reply_of(streamed) == one
    bare = Reply("", "tool_calls", ({"id": "c1", "type": "function", "function": function},))
    for odd in ({}, None, "x", [signed], {"lone": "\ud800"}, {"\udfff": 1}):
        assert reply_of(whole({"tool_calls": [{**call, "extra_content": odd}]}, "tool_calls")) == bare


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


def test_a_fault_says_what_came_instead() -> None:
    def malformed(message: str) -> ServiceFault:
        return ServiceFault("malformed", message)

    long = b"<a>\n\t" + b"x" * 500
    shown = repr("<a> " + "x" * 116)
    assert read(b" \n") == malformed("status 200, but the body is empty")
    assert read(long) == malformed(f"status 200, but the body is not a JSON object: {shown}")
    assert read(b"da\xff") == malformed("status 200, but the body is not a JSON object: 'da�'")
    assert read(b"{ }") == malformed("status 200, but the body holds no choice with a message: '{ }'")
    assert read(whole({"content": "a"}, "")) == malformed(
        "status 200, but the reply has no finish_reason: it may be cut off"
    )
    assert read(b"data: [1,\ndata: 2]\n\n") == malformed("an event of the stream is not a JSON object: '[1, 2]'")
    cut = "the stream ended before the reply was complete (no finish_reason)"
    assert read(b"data: {}\n\n") == ServiceFault("unavailable", cut)
    assert read(b"data: {}\n\n", early="broke off") == ServiceFault("unavailable", "broke off")
    assert read(whole({"content": "a"}), early="broke off") == ServiceFault("unavailable", "broke off")
    assert read(b'{"error": "no"}') == ServiceFault("unavailable", "the service answered with an error: no", 200)


def test_the_first_fault_of_a_stream_stays() -> None:
    body = b"data: oops\n\n" + events({"content": "a"})
    reader = CompletionReader()
    reader.feed(body)
    assert (reader.characters, reader.finished) == (0, False)
    found = reader.result(ended_early="broke off")
    assert isinstance(found, ServiceFault)
    assert found.message.endswith("'oops'")
    assert kind_of(events({"content": "a"}, done=False) + b"data: oops\n\n") == "malformed"


def test_what_follows_the_end_mark_is_not_looked_at() -> None:
    assert reply_of(events({"content": "a"}) + b"data: oops\n\n" + events({"content": "b"})) == Reply("a")
    reader = CompletionReader()
    reader.feed(b"data:[DONE]\n")
    assert not reader.finished
    reader.feed(b"\r\n")
    assert reader.finished


def test_an_unended_event_with_an_error_or_none_at_all_is_passed_over() -> None:
    body = events({"content": "a"}, done=False)
    for rest in (b"data: oops", b'data: {"error": {"code": 500}}', b": x", b"data", b'data: {\ndata: "choices": []}'):
        assert reply_of(body + rest) == Reply("a")


def test_the_beginning_tells_a_stream_from_a_body() -> None:
    for start in (b"\xef\xbb\xbf", b" \r\n\t", b"\xef\xbb\xbf\n", b"event: x\n", b":\n", b"id:1\n", b"retry: 2\r"):
        assert reply_of(start + events({"content": "a"})) == Reply("a")
    for start in (b"\xef\xbb\xbf", b" \n", b"\xef\xbb\xbf "):
        assert reply_of(start, whole({"content": "a"})) == Reply("a")
    assert kind_of(b"dat") == kind_of(b"even", b"ts: 1") == "malformed"
    reader = CompletionReader()
    reader.feed(whole({"content": "a"}))
    assert (reader.characters, reader.finished) == (0, False)


def test_the_first_choice_is_the_one_of_index_zero() -> None:
    def choice(text: str, **more: Any) -> dict[str, Any]:
        return {"message": {"content": text}, "finish_reason": "stop", **more}

    def chosen(*choices: Any) -> Reply:
        return reply_of(json.dumps({"choices": choices}).encode())

    assert chosen(choice("b", index=1), choice("a", index=0)) == Reply("a")
    assert chosen(None, choice("a"), choice("b", index=0)) == Reply("a")
    assert chosen(choice("a", index=None)) == Reply("a")
    assert kind_of(json.dumps({"choices": [choice("b", index=1)]}).encode()) == "malformed"
    other = {"choices": [{"index": 1, "delta": {"content": "b"}, "finish_reason": "length"}]}
    assert reply_of(b"data: " + json.dumps(other).encode() + b"\n\n" + events({"content": "a"})) == Reply("a")


def test_model_usage_and_reason_come_from_where_they_stand() -> None:
    def stream(*chunks: Any) -> Completion:
        found = read(b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks))
        assert isinstance(found, Completion), found
        return found

    ended: Any = {"choices": [{"finish_reason": "length"}]}
    first: Any = {"model": "", "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    found = stream(first, {"model": "m-1"}, ended, {"model": "m-2", "usage": {"prompt_tokens": 4}}, {"usage": None})
    assert found == Completion(Reply("", "length"), "m-1", Usage(4, None))
    assert stream(ended, {"choices": [{"finish_reason": "stop"}]}, {"choices": [{"finish_reason": ""}]}).reply == Reply(
        ""
    )
    assert stream({"model": "\ud800" + "m" * 300}, ended).model == "\ufffd" + "m" * 199
    assert stream({"model": 7}, ended) == Completion(Reply("", "length"), None, Usage())
    assert read(whole({"content": "a"}, model=None)) == Completion(Reply("a"), None, Usage(3, 5))


def test_odd_parts_of_a_reply_are_passed_over() -> None:
    call: Any = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    listed = [None, {}, {"function": None}, {**call, "more": 1, "type": "odd"}, {"function": {"arguments": {"a": 1}}}]
    empty: Any = {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
    assert reply_of(whole({"content": 7, "refusal": [], "tool_calls": listed})) == Reply("", "stop", (call, empty))
    assert reply_of(
        whole({"content": ["a", {"type": "text"}, {"type": "text", "text": 1}], "tool_calls": {}})
    ) == Reply("")
    assert reply_of(events({"tool_calls": [None, 3]}, {"content": {}}, None, [])) == Reply("")
    assert reply_of(whole({"content": "a", "refusal": "no"})) == Reply("a")
    assert reply_of(whole({"content": "", "refusal": "n\ud800", "tool_calls": [call]})) == Reply("n\ufffd", "refusal")


def test_parts_of_tool_calls_find_their_calls() -> None:
    def calls(*parts: Any) -> list[tuple[str, str, str]]:
        found = reply_of(events(*({"tool_calls": [part]} for part in parts), reason="tool_calls"))
        told: Any = found.tool_calls
        return [(one["id"], one["function"]["name"], one["function"]["arguments"]) for one in told]

    def part(arguments: str, **more: Any) -> dict[str, Any]:
        return {"function": {"name": "f", "arguments": arguments}, **more}

    assert calls(part("a", index=5, id="x"), part("b", index=2, id="y"), part("c", index=5, id="z")) == [
        ("y", "f", "b"),
        ("x", "f", "ac"),
    ]
    assert calls(part("a"), part("b"), part("c", id="x"), part("d", id="y"), part("e", id="x"), part("g")) == [
        ("", "f", "ab"),
        ("x", "f", "ce"),
        ("y", "f", "dg"),
    ]
    assert calls({"id": "x", "index": True}, {"function": {"name": ""}}, {"function": {"name": "n"}}) == [
        ("x", "n", "")
    ]
    assert calls(part("\ud83d", index=0), part("\ude00", index=0)) == [("", "f", "😀")]
    many = [{"index": index} for index in range(1002)]
    assert len(reply_of(events({"tool_calls": many})).tool_calls) == 1000
    assert len(reply_of(whole({"tool_calls": [{"function": {}}] * 1002})).tool_calls) == 1000


def test_progress_counts_the_characters_of_the_reply() -> None:
    reader = CompletionReader()
    reader.feed(events({"reasoning_content": "long thoughts"}, {"content": "four"}))
    assert reader.characters == 4
    assert reader.finished
    reader = CompletionReader()
    assert (reader.characters, reader.finished) == (0, False)
    reader.feed(events({"refusal": "no"}, {"content": [{"type": "text", "text": "é😀"}]}, reason=None, done=False))
    assert (reader.characters, reader.finished) == (4, False)


@settings(max_examples=100)
@given(st.lists(st.binary() | st.sampled_from([b"data: ", b"\n\n", b"\r", b"{}", b'{"choices":[{"delta":[]}]}'])))
def test_no_bytes_break_the_reader(pieces: list[bytes]) -> None:
    assert isinstance(read(*pieces), Completion | ServiceFault)
