"""What refusals mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.canonical_json import Json
from specbuild.service_fault import ServiceFault, fault_of_error, fault_of_status, json_object, json_value


def body(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


@pytest.mark.parametrize(
    ("status", "text", "kind", "parameter"),
    [
        (401, body(message="Incorrect API key"), "authentication", None),
        (403, b"", "authentication", None),
        (402, b"{}", "quota", None),
        (429, body(message="Rate limit", code="rate_limit_exceeded"), "rate_limit", None),
        (429, b"slow down", "rate_limit", None),
        (429, body(type="insufficient_quota"), "quota", None),
        (500, b"<html>", "unavailable", None),
        (503, body(message="overloaded"), "unavailable", None),
        (529, b"", "unavailable", None),
        (408, b"", "unavailable", None),
        (413, b"", "context_length", None),
        (400, body(message="too long", param="messages", code="context_length_exceeded"), "context_length", None),
        (400, body(message="This model's maximum context length is 8192 tokens"), "context_length", None),
        (400, body(message="bad", param="temperature"), "parameter", "temperature"),
        (400, body(message="Unsupported parameter: 'top_k' is not supported"), "parameter", "top_k"),
        (400, body(message="'seed' does not support 1.5", param=None), "parameter", "seed"),
        (400, body(message="Use 'max_completion_tokens'", param="max_tokens"), "parameter", "max_output_tokens"),
        (400, b'{"error": {"message": "unknown field `foo`"}}', "parameter", "foo"),
        (422, b'{"detail": [{"loc": ["body", "top_p"], "msg": "must be below 1"}]}', "parameter", "top_p"),
        (404, body(message="no model x", code="model_not_found"), "parameter", "model"),
        (404, b"not here", "refused_request", None),
        (400, body(message="content policy", param="messages"), "refused_request", None),
        (400, b'[{"error": {"code": 400, "message": "bad request"}}]', "refused_request", None),
        (400, b'{"error": "just text"}', "refused_request", None),
        (400, b"null", "refused_request", None),
    ],
)
def test_a_refusal_has_one_kind(status: int, text: bytes, kind: str, parameter: str | None) -> None:
    fault = fault_of_status(status, text)
    assert (fault.kind, fault.parameter, fault.status) == (kind, parameter, status)


def test_the_message_is_one_short_line_and_a_page_of_html_is_none() -> None:
    assert fault_of_status(400, body(message="a\nb\t c" + "x" * 9999)).message.startswith(
        "the service answered with status 400: a b cxxx"
    )
    assert len(fault_of_status(400, body(message="x" * 9999)).message) < 600
    assert fault_of_status(502, b"<html><h1>no</h1>").message == "the service answered with status 502"


@pytest.mark.parametrize(
    ("status", "text", "kind", "parameter"),
    [
        (409, b"", "unavailable", None),
        (425, b"", "unavailable", None),
        (302, b"", "refused_request", None),
        (401, body(message="bad", param="seed"), "authentication", "seed"),
        (413, body(message="bad", param="seed"), "context_length", "seed"),
        (400, body(message="The PROMPT is too long", param="seed"), "context_length", "seed"),
        (400, b"the context window is full", "context_length", None),
        (403, body(message="prompt is too long"), "authentication", None),
        (429, body(message="You exceeded your current quota"), "quota", None),
        (400, body(message="You exceeded your current quota"), "refused_request", None),
        (404, body(message="The 'x' parameter is wrong", code="model_not_found"), "parameter", "model"),
        (400, body(message="bad", param="max_completion_tokens"), "parameter", "max_output_tokens"),
        (400, body(message="bad", param="body.top_p"), "parameter", "top_p"),
        (400, body(message="keys 'a.b' and 'c'"), "parameter", "a.b"),
        (400, body(message='an "n" argument'), "parameter", "n"),
        (400, body(message="'n' is forbidden"), "refused_request", None),
        (400, body(message="bad", param="p" * 200), "parameter", "p" * 100),
        (422, b'{"detail": [{"loc": ["body", "stop", 0], "msg": "x"}]}', "parameter", "stop.0"),
        (422, b'{"detail": [{"loc": "body", "msg": "x"}]}', "refused_request", None),
        (400, b'{"error": "", "message": "unknown field `foo`"}', "parameter", "foo"),
        (400, b'{"error": null, "param": "seed"}', "parameter", "seed"),
        (400, b"\xef\xbb\xbf" + body(message="bad", param="seed"), "parameter", "seed"),
    ],
)
def test_a_refusal_is_read_in_the_shape_that_it_has(status: int, text: bytes, kind: str, parameter: str | None) -> None:
    fault = fault_of_status(status, text)
    assert (fault.kind, fault.parameter) == (kind, parameter)


def test_what_a_refusal_says_stands_behind_its_status() -> None:
    assert fault_of_status(404, b" not\n here ").message == "the service answered with status 404: not here"
    assert fault_of_status(400, b'{"error": "just text"}').message == "the service answered with status 400: just text"
    assert fault_of_status(422, b'{"detail": [{"msg": "must be below 1"}]}') == ServiceFault(
        "refused_request", "the service answered with status 422: must be below 1", 422
    )
    assert fault_of_status(400, b'{"message": 3}').message == "the service answered with status 400"
    assert fault_of_status(500, b"\xff" + b"y" * 9999).message == "the service answered with status 500: �" + "y" * 499


@pytest.mark.parametrize(
    ("error", "kind", "parameter", "said"),
    [
        ({"message": "over\nloaded"}, "unavailable", None, "over loaded"),
        ("just text", "unavailable", None, "just text"),
        ({}, "unavailable", None, "without a message"),
        (None, "unavailable", None, "without a message"),
        (7, "unavailable", None, "without a message"),
        ({"code": 429, "message": "slow"}, "rate_limit", None, "slow"),
        ({"code": "401", "message": "no"}, "authentication", None, "no"),
        ({"code": 400, "message": "no", "param": "max_tokens"}, "parameter", "max_output_tokens", "no"),
        ({"code": 429, "type": "insufficient_quota", "message": "no"}, "quota", None, "no"),
        ({"code": True, "message": "no"}, "unavailable", None, "no"),
        ({"code": 200, "message": "no"}, "unavailable", None, "no"),
        ({"code": "4" * 9000, "message": "no"}, "unavailable", None, "no"),
        ({"type": "insufficient_quota"}, "quota", None, "without a message"),
        ({"message": "Insufficient Balance: exceeds the model's rate limit"}, "quota", None, None),
        ({"message": "rate limit: the context window is full"}, "context_length", None, None),
        ({"type": "rate_limit_error", "message": "m"}, "rate_limit", None, "m"),
        ({"message": "Rate limit reached"}, "rate_limit", None, "Rate limit reached"),
        ({"code": "invalid_api_key", "message": "m"}, "authentication", None, "m"),
        ({"type": "authentication_error", "message": "m"}, "authentication", None, "m"),
        ({"type": "invalid_request_error", "message": "m"}, "refused_request", None, "m"),
        ({"type": "invalid_request_error", "message": "m", "param": "seed"}, "parameter", "seed", "m"),
        ({"status": "INVALID_REQUEST_ERROR", "message": "m", "param": "messages"}, "refused_request", None, "m"),
    ],
)
def test_an_error_inside_a_200_has_one_kind(error: Json, kind: str, parameter: str | None, said: str | None) -> None:
    fault = fault_of_error(error)
    assert (fault.kind, fault.parameter, fault.status) == (kind, parameter, 200)
    if said is not None:
        assert fault.message == f"the service answered with an error: {said}"


def test_a_body_is_json_or_nothing() -> None:
    assert json_value(b'\xef\xbb\xbf[1, "\xff"]') == [1, "�"]
    assert json_value(b'"a"') == "a"
    assert json_object(b'{"a": null}') == {"a": None}
    for none in (b"", b"null", b"{", b"[" * 100_000, b"9" * 9999):
        assert json_value(none) is None
    for other in (b"", b"null", b"[{}]", b'"a"', b"1"):
        assert json_object(other) is None


@given(st.integers(300, 599), st.binary() | st.text().map(str.encode))
def test_no_body_breaks_it(status: int, text: bytes) -> None:
    assert fault_of_status(status, text).message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["message", "code", "type", "param", "loc", "msg"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(json_values)
def test_no_error_object_breaks_it(error: object) -> None:
    assert fault_of_error(error).message  # type: ignore[arg-type]
    assert fault_of_status(400, json.dumps({"error": error}).encode()).message
