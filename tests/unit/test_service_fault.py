"""What refusals mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.service_fault import fault_of_error, fault_of_status


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
