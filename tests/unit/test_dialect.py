"""How a request is written for one service."""

import json

import pytest

from specbuild.canonical_json import CanonicalError, Json
from specbuild.dialect import Dialect, first_dialect, simpler_dialect, wire_body
from specbuild.service_fault import ServiceFault, fault_of_status

FULL = Dialect(True, True, "max_tokens")


def refused(message: str, parameter: str | None = None) -> ServiceFault:
    return fault_of_status(400, json.dumps({"error": {"message": message, "param": parameter}}).encode())


def test_what_is_sent_is_the_canonical_body_but_for_names_outside_the_key() -> None:
    body: dict[str, Json] = {
        "model": "m",
        "messages": [{"role": "user", "content": "é"}],
        "max_output_tokens": 5,
        "temperature": 1.0,
    }
    plain = wire_body(body, Dialect(False, True, "max_tokens"))
    assert plain == '{"max_tokens":5,"messages":[{"content":"é","role":"user"}],"model":"m","temperature":1}'.encode()
    streamed = json.loads(wire_body(body, FULL))
    assert streamed == {**json.loads(plain), "stream": True, "stream_options": {"include_usage": True}}
    assert "stream_options" not in json.loads(wire_body(body, FULL._replace(stream_options=False)))


def test_how_it_is_streamed_is_not_for_a_parameter_to_say() -> None:
    body: dict[str, Json] = {"model": "m", "messages": [], "stream": True, "stream_options": {"x": 1}}
    assert set(json.loads(wire_body(body, FULL._replace(stream=False)))) == {"model", "messages"}


def test_no_parameter_is_sent_that_nobody_named() -> None:
    assert set(json.loads(wire_body({"model": "m", "messages": []}, FULL._replace(stream=False)))) == {
        "model",
        "messages",
    }


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://api.openai.com/v1", "max_completion_tokens"),
        ("https://eu.api.openai.com/v1", "max_completion_tokens"),
        ("https://api.openai.com.evil.example/v1", "max_tokens"),
        ("https://notopenai.com/v1", "max_tokens"),
        ("http://127.0.0.1:8080/v1", "max_tokens"),
        ("https://openai.com", "max_completion_tokens"),
        ("HTTPS://API.OpenAI.com:443", "max_completion_tokens"),
        ("http://api.openai.com/v1", "max_tokens"),
        ("https://api.openai.com:8443/v1", "max_tokens"),
        ("https://x@api.openai.com/v1", "max_tokens"),
        ("https://proxy.example/api.openai.com/v1", "max_tokens"),
    ],
)
def test_the_output_limit_has_the_name_that_the_service_knows(url: str, name: str) -> None:
    assert first_dialect(url, stream=True) == Dialect(True, True, name)
    assert first_dialect(url, stream=False) == Dialect(False, True, name)


def test_each_refusal_leads_to_the_next_simpler_way_and_no_other() -> None:
    no_options = FULL._replace(stream_options=False)
    assert simpler_dialect(FULL, refused("Unknown parameter: 'stream_options'.", "stream_options")) == no_options
    assert simpler_dialect(no_options, refused("streaming is not supported here")) == Dialect(
        False, False, "max_tokens"
    )
    limit = refused("Unsupported parameter: 'max_tokens' … Use 'max_completion_tokens' instead.", "max_tokens")
    assert simpler_dialect(FULL, limit) == FULL._replace(limit_name="max_completion_tokens")
    assert simpler_dialect(FULL, refused("'temperature' does not support 7", "temperature")) is None
    assert simpler_dialect(FULL, refused("max_tokens must be below 4096", "max_tokens")) is None
    assert simpler_dialect(FULL, fault_of_status(500, b"stream_options")) is None


def test_a_refusal_is_read_from_its_parameter_and_its_words() -> None:
    said = ServiceFault("parameter", "Not Permitted", 422, "stream_options")
    assert simpler_dialect(FULL, said) == FULL._replace(stream_options=False)
    assert simpler_dialect(FULL._replace(stream_options=False), said) == Dialect(False, False, "max_tokens")
    assert simpler_dialect(Dialect(False, False, "max_tokens"), said) is None
    for status in (400, 404, 415, 422, 501):
        assert simpler_dialect(FULL, ServiceFault("refused_request", "no 'Stream' here", status)) == Dialect(
            False, True, "max_tokens"
        )
    for other in (None, 200, 401, 403, 429, 500, 503):
        assert simpler_dialect(FULL, ServiceFault("unavailable", "no stream here", other)) is None
    assert simpler_dialect(FULL, ServiceFault("unavailable", "upstream failed, my_stream too", 501)) is None


def test_the_limit_is_called_by_its_other_name_only_if_the_name_is_the_fault() -> None:
    newer = FULL._replace(limit_name="max_completion_tokens")
    named = ServiceFault("parameter", "use max_tokens", 400, "max_output_tokens")
    assert simpler_dialect(newer, named) == FULL
    assert simpler_dialect(FULL, named) is None
    unsupported = ServiceFault("parameter", "UNSUPPORTED", 400, "max_output_tokens")
    assert simpler_dialect(newer, unsupported) == FULL
    assert simpler_dialect(FULL, unsupported) == newer
    assert simpler_dialect(FULL, unsupported._replace(parameter="temperature")) is None


def test_the_body_that_came_in_stays_as_it_was() -> None:
    body: dict[str, Json] = {"max_output_tokens": 5, "stream": False}
    assert wire_body(body, FULL._replace(limit_name="max_completion_tokens")) == (
        b'{"max_completion_tokens":5,"stream":true,"stream_options":{"include_usage":true}}'
    )
    assert body == {"max_output_tokens": 5, "stream": False}
    with pytest.raises(CanonicalError):
        wire_body({"temperature": float("nan")}, FULL)
