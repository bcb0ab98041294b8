"""The layout of committed JSON."""

import json
import sys
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import CanonicalError, canonical_json
from specbuild.pretty_json import pretty_json

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4), max_leaves=12)


def test_the_layout_is_pinned():
    value = {"b": [1, {"c": None}], "a": {}, "é": [], "f": (1.0, 0.5)}
    assert pretty_json(value) == (
        '{\n "a": {},\n "b": [\n  1,\n  {\n   "c": null\n  }\n ],\n "f": [\n  1,\n  0.5\n ],\n "é": []\n}\n'
    )


@given(values)
@settings(max_examples=150)
def test_it_is_the_same_value_as_the_canonical_text(value):
    assert canonical_json(json.loads(pretty_json(value))) == canonical_json(value)


@given(values)
@settings(max_examples=100)
def test_it_is_what_the_json_module_lays_out(value):
    plain = json.loads(canonical_json(value))
    assert pretty_json(value) == json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [float("nan")]}, "$.a[0]"),
        ({"a": {1: 2}}, "$.a"),
        ([b"x"], "$[0]"),
        ({"\ud800": 1}, "$"),
        ({"a": "\ud800"}, "$.a"),
        ([{"b c": bytearray(b"x")}], "$[0].'b c'"),
        (float("inf"), "$"),
        ({"b": {2: 1}, "a": {1}}, "$.a"),
    ],
)
def test_what_has_no_canonical_form_is_refused_with_its_path(value, place):
    with pytest.raises(CanonicalError) as caught:
        pretty_json(value)
    assert str(caught.value).startswith(f"{place}: ")
    with pytest.raises(CanonicalError) as canonical:
        canonical_json(value)
    assert str(caught.value) == str(canonical.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null\n"),
        (True, "true\n"),
        (-0.0, "0\n"),
        ("a\n\u2028", '"a\\n\u2028"\n'),
        ([], "[]\n"),
        ({}, "{}\n"),
        (range(2), "[\n 0,\n 1\n]\n"),
        (MappingProxyType({"b": (), "a": MappingProxyType({})}), '{\n "a": {},\n "b": []\n}\n'),
        ({"\U0001f600": 1, "\uffff": 2, "\n": 3}, '{\n "\\n": 3,\n "\uffff": 2,\n "\U0001f600": 1\n}\n'),
    ],
)
def test_every_value_that_has_a_canonical_form_has_a_layout(value, text):
    assert pretty_json(value) == text


def test_an_integer_of_any_length_is_written():
    assert pretty_json([10**5000]) == "[\n 1" + "0" * 5000 + "\n]\n"


def test_depth_is_bounded_as_in_canonical_json():
    value: object = []
    for _ in range(199):
        value = [value]
    assert pretty_json(value).startswith("[\n [\n  [")
    with pytest.raises(CanonicalError, match="more than 200"):
        pretty_json([value])


def calls_of(function):
    """Return how many functions of Python are called while `function` runs."""
    events = []
    before = sys.getprofile()
    sys.setprofile(lambda frame, event, argument: events.append(event))
    try:
        function()
    finally:
        sys.setprofile(before)
    return events.count("call")


def test_a_string_costs_no_call():
    value = {"lines": ["a line\n"] * 1000, "keys": {f"k{number}": "é" for number in range(1000)}, "count": 1}
    assert calls_of(lambda: pretty_json(value)) <= calls_of(lambda: canonical_json(value)) + 30 + 5 * 3 + 2


def test_control_a_call_for_each_string_is_counted():
    assert calls_of(lambda: [canonical_json("a") for _ in range(1000)]) > 1000
