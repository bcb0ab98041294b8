"""How a request is written for one service."""

import json

import pytest

from specbuild.canonical_json import Json
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
    ],
)
def test_the_output_limit_has_the_name_that_the_service_knows(url: str, name: str) -> None:
    assert first_dialect(url, stream=True).limit_name == name


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
