"""Requests and their next turns."""

import dataclasses

import pytest

from specbuild.reply import Reply
from specbuild.request import Request, next_body

BODY = {"model": "m", "messages": [{"role": "user", "content": "a"}], "seed": 1}


def test_a_request_knows_its_model():
    request = Request(BODY, "default")
    assert request.model == "m"
    assert request.body is BODY
    assert (request.service, request.sample, Request(BODY, "x", 3).sample) == ("default", 0, 3)
    assert Request(dict(BODY), "default") == request


def test_a_request_never_changes_and_one_without_a_model_is_a_bug():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Request(BODY, "default").sample = 1  # type: ignore[misc]
    assert not hasattr(Request(BODY, "default"), "__dict__")
    with pytest.raises(KeyError):
        Request({}, "default").model  # noqa: B018
    with pytest.raises(AssertionError):
        Request({"model": 1}, "default").model  # noqa: B018


def test_the_next_turn_is_the_body_its_reply_and_what_follows():
    following = [{"role": "user", "content": "b"}]
    assert next_body(BODY, Reply("x"), following) == {
        "model": "m",
        "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}, *following],
        "seed": 1,
    }
    assert len(BODY["messages"]) == 1, "the body itself stays as it was"


def test_the_next_turn_keeps_the_order_of_members_and_tells_tool_calls_only_if_there_are_any():
    calls = ({"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}},)
    following = {"role": "tool", "tool_call_id": "1", "content": "ok"}
    body = {"seed": 1, "messages": ({"role": "user", "content": "a"},), "model": "m"}
    turned = next_body(body, Reply("x", "tool_calls", calls), (following,))
    assert list(turned) == ["seed", "messages", "model"]
    assert turned["messages"] == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "x", "tool_calls": calls},
        following,
    ]
    assert list(turned["messages"][1]) == ["role", "content", "tool_calls"]
    assert list(next_body(body, Reply("", "length"), [])["messages"][1].items()) == [
        ("role", "assistant"),
        ("content", ""),
    ]


def test_reasoning_goes_back_with_tool_calls_only_and_only_under_the_name_that_services_want_back():
    calls = ({"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}},)
    thoughts = {"reasoning_content": "I think", "reasoning": "so I am"}

    def message(reply):
        return next_body(BODY, reply, [])["messages"][-1]

    with_both = message(Reply("x", "tool_calls", calls, thoughts))
    assert list(with_both.items()) == [
        ("role", "assistant"),
        ("content", "x"),
        ("tool_calls", calls),
        ("reasoning_content", "I think"),
    ]
    assert message(Reply("x", reasoning=thoughts)) == {"role": "assistant", "content": "x"}
    other = message(Reply("x", "tool_calls", calls, {"reasoning": "so I am"}))
    assert other == message(Reply("x", "tool_calls", calls))
    assert list(other) == ["role", "content", "tool_calls"]
