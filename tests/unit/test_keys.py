"""Reply keys: what the model sees and nothing else. The literal keys are a decision (KEY_VERSION): never adapt them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.canonical_json import CanonicalError
from specbuild.keys import (
    EXCLUDED_NAMES,
    EXCLUDED_PREFIX,
    KEY_VERSION,
    OUTPUT_LIMIT,
    OUTPUT_LIMIT_NAMES,
    logical_body,
    reply_key,
)
from specbuild.request import Request

MESSAGES = [{"role": "system", "content": "You write code.\n"}, {"role": "user", "content": "Écris « hi »\n"}]
PLAIN = {"model": "m-1", "messages": MESSAGES}

PINNED = [
    (Request(PLAIN, "default"), "35c77ca50325179e1969ea96689fbf09b77deea8b590bb13e83d3be67bc3e579"),
    (Request(PLAIN, "default", 1), "20ca5304c952679ab2432f28337fc1ff5cf997c1b69abee427d6a87a5fe78497"),
    (Request(PLAIN, "other"), "56cd59f9c6ff6015c304a21fbffc88523951d3cf73d8e3e0dcd6d0576d45939e"),
    (
        Request({**PLAIN, "temperature": 0.2, "max_tokens": 4096, "stop": ["```"], "seed": 7}, "default"),
        "a20155e579ee728b4a411194dd0b54d56f95d48b9edbfe96fb2d24c3a6d63864",
    ),
    (
        Request({**PLAIN, "tools": [{"type": "function", "function": {"name": "f", "strict": True}}]}, "default"),
        "8d2829f43bfe02279e4c82aefa52b5d1f4eb4c257494c8fff1c85143b485f950",
    ),
]


@pytest.mark.parametrize(("request_", "key"), PINNED)
def test_each_request_has_the_key_that_is_pinned_here(request_, key):
    assert KEY_VERSION == 1
    assert reply_key(request_) == key


@pytest.mark.parametrize("name", [*sorted(EXCLUDED_NAMES), "prompt_cache_key", "prompt_cache_retention"])
def test_what_the_model_does_not_see_is_not_in_the_key(name):
    assert reply_key(Request({**PLAIN, name: "x"}, "default")) == reply_key(Request(PLAIN, "default"))


def test_the_excluded_names_are_those_of_edition_1():
    assert sorted(EXCLUDED_NAMES) == [
        "default_headers",
        "extra_headers",
        "headers",
        "metadata",
        "request_timeout",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "timeout",
        "timeout_s",
        "timeouts",
        "user",
    ]
    assert isinstance(EXCLUDED_NAMES, frozenset)
    assert EXCLUDED_PREFIX == "prompt_cache_"


def test_the_names_of_the_output_limit_are_those_of_edition_1():
    assert OUTPUT_LIMIT == "max_output_tokens"
    assert frozenset({"max_output_tokens", "max_tokens", "max_completion_tokens"}) == OUTPUT_LIMIT_NAMES


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_any_other_parameter_is_in_the_key(name):
    if name not in EXCLUDED_NAMES and not name.startswith("prompt_cache_"):
        assert reply_key(Request({**PLAIN, name: "x"}, "default")) != reply_key(Request(PLAIN, "default"))


def test_an_excluded_name_inside_of_a_message_is_seen_and_counts():
    seen = {**PLAIN, "messages": [{**MESSAGES[0], "user": "x"}, MESSAGES[1]]}
    assert reply_key(Request(seen, "default")) != reply_key(Request(PLAIN, "default"))


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "max_output_tokens"])
def test_the_output_limit_has_one_name(name):
    assert logical_body({**PLAIN, name: 100}) == {**PLAIN, "max_output_tokens": 100}


def test_two_different_output_limits_are_refused():
    assert logical_body({"max_tokens": 5, "max_output_tokens": 5}) == {"max_output_tokens": 5}
    assert logical_body({"max_output_tokens": None, "max_tokens": None}) == {"max_output_tokens": None}
    with pytest.raises(CanonicalError) as caught:
        logical_body({"max_tokens": 5, "model": "m", "max_output_tokens": "6"})
    assert str(caught.value) == "$.max_output_tokens: the output limit is named twice, with 5 and '6'"
    with pytest.raises(CanonicalError, match=r"named twice, with None and 5$"):
        reply_key(Request({**PLAIN, "max_output_tokens": None, "max_completion_tokens": 5}, "default"))


def test_the_logical_body_keeps_order_and_values_and_doing_it_twice_changes_nothing():
    body = {"seed": 1, "stream": True, "max_tokens": 5, "prompt_cache_": "x", "prompt_cach": "y", **PLAIN}
    logical = logical_body(body)
    assert list(logical.items()) == [
        ("seed", 1),
        ("max_output_tokens", 5),
        ("prompt_cach", "y"),
        ("model", "m-1"),
        ("messages", MESSAGES),
    ]
    assert logical_body(logical) == logical and logical_body(logical) is not logical
    assert logical["messages"] is MESSAGES
    assert list(body) == ["seed", "stream", "max_tokens", "prompt_cache_", "prompt_cach", "model", "messages"]


def test_what_has_no_canonical_form_has_no_key():
    for wrong in (float("nan"), "\ud800", {1: 2}):
        with pytest.raises(CanonicalError):
            reply_key(Request({**PLAIN, "x": wrong}, "default"))


def test_a_whole_float_and_the_integer_ask_the_same_but_true_and_1_do_not():
    def key(value):
        return reply_key(Request({**PLAIN, "temperature": value}, "default"))

    assert key(1.0) == key(1)
    assert key(True) != key(1)
