"""Tokens estimated, costs computed, unknown left unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.canonical_json import CanonicalError, Json
from specbuild.configuration import Prices
from specbuild.cost import Total, cost_of, estimated_input, estimated_tokens, expected_output, total_cost
from specbuild.reply import Usage


def test_about_four_bytes_are_a_token() -> None:
    assert estimated_tokens("") == 0
    assert estimated_tokens("def f") == 2
    assert estimated_tokens("x" * 4000) == 1000
    assert estimated_tokens("漢字") == 2
    assert estimated_tokens("\ud800" * 5) == 2


def test_a_request_is_its_messages_and_tools() -> None:
    message = {"role": "user", "content": "x" * 400}
    assert estimated_input({"model": "m", "messages": [message, message]}) == 208
    assert estimated_input({"model": "m", "messages": [message], "tools": [{"type": "function"}]}) > 104
    assert estimated_input({"model": "m", "messages": [{"role": "assistant", "content": None, "tool_calls": []}]}) == 17


def test_what_is_no_text_counts_as_its_json() -> None:
    tools: list[Json] = [{"type": "function"}]
    assert estimated_input({"messages": [], "tools": tools}) == estimated_tokens('[{"type":"function"}]') == 6
    assert estimated_input({"messages": [], "tools": []}) == 0
    assert estimated_input({"messages": ["abcdef"]}) == 4 + estimated_tokens('"abcdef"')
    assert estimated_input({"messages": [{"content": [1, 2]}]}) == 4 + estimated_tokens('{"content":[1,2]}')
    assert estimated_input({"messages": ({"content": ""}, {})}) == 4 + 4 + 1
    assert estimated_input({"model": "m" * 99, "messages": "abc"}) == 0
    assert estimated_input({}) == 0
    with pytest.raises(CanonicalError):
        estimated_input({"messages": [float("nan")]})


def test_a_cost_is_known_only_if_price_and_both_counts_are() -> None:
    prices = Prices(2.0, 10.0)
    assert cost_of(Usage(1_000_000, 100_000), prices) == 3.0
    assert cost_of(Usage(0, 0), prices) == 0.0
    assert cost_of(Usage(1, None), prices) is None
    assert cost_of(Usage(None, 1), prices) is None
    assert cost_of(Usage(1, 1), None) is None


def test_unknown_costs_are_counted_and_never_taken_for_nothing() -> None:
    assert total_cost([1.0, None, 2.5, None]) == Total(3.5, 2)
    assert total_cost([]) == Total(0.0, 0)
    assert total_cost(cost for cost in (None, 0.0)) == Total(0.0, 1)


def test_the_expected_output_is_the_median_of_what_was_seen() -> None:
    assert expected_output([]) is None
    assert expected_output([900, 100, 300]) == 300
    assert expected_output([100, 301]) == 201
    assert expected_output((7,)) == 7
    seen = [4, 1, 9, 2]
    assert expected_output(seen) == 3 and seen == [4, 1, 9, 2]


@given(st.text(), st.text())
def test_a_longer_text_never_costs_less(one: str, other: str) -> None:
    assert estimated_tokens(one + other) >= max(estimated_tokens(one), estimated_tokens(other))
