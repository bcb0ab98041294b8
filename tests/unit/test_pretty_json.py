"""The layout of committed JSON."""

import contextlib
import gc
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


@contextlib.contextmanager
def nothing_else():
    """Keep the collector from running: what it calls back would be counted too."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def calls_of(function):
    """Return how many functions of Python are called while `function` runs."""
    events = []
    before = sys.getprofile()
    with nothing_else():
        sys.setprofile(lambda frame, event, argument: events.append(event))
        try:
            function()
        finally:
            sys.setprofile(before)
    return events.count("call")


def test_a_string_costs_no_call():
    value = {"lines": ["a line\n"] * 1000, "keys": {f"k{number}": "é" for number in range(1000)}, "count": 1}
    assert calls_of(lambda: pretty_json(value)) <= calls_of(lambda: canonical_json(value)) + 10 + 3 * 3 + 2


def names_called(function):
    """Return the names of the functions of Python that are called while `function` runs."""
    names = []
    before = sys.getprofile()
    with nothing_else():
        sys.setprofile(lambda frame, event, argument: names.append(frame.f_code.co_name) if event == "call" else None)
        try:
            function()
        finally:
            sys.setprofile(before)
    return names


def test_a_plain_value_is_not_read_back():
    value = {"lines": ["a"], "more": [{"k": ("é", 1, None, True, 10**50, [], {})}]}
    assert not {"loads", "decode", "raw_decode"} & set(names_called(lambda: pretty_json(value)))


def test_control_reading_back_is_seen():
    assert {"loads", "decode", "raw_decode"} <= set(names_called(lambda: json.loads("[1]")))


def lines_of(function):
    """Return how many lines of Python are gone over while `function` runs."""
    lines = []

    def trace(frame, event, argument):
        if event == "line":
            lines.append(event)
        return trace

    before = sys.gettrace()
    with nothing_else():
        sys.settrace(trace)
        try:
            function()
        finally:
            sys.settrace(before)
    return len(lines)


@pytest.mark.parametrize("kind", [list, tuple])
def test_python_does_not_go_over_the_strings_of_an_array(kind):
    few, many = (kind(f"line {number}\n" for number in range(count)) for count in (10, 10_000))
    assert lines_of(lambda: pretty_json({"a": many})) <= lines_of(lambda: pretty_json({"a": few}))


def test_control_going_over_strings_is_counted():
    assert lines_of(lambda: [-number for number in range(10_000)]) > lines_of(lambda: [-number for number in range(10)])


def test_mixed_types_of_one_array_keep_their_places():
    class Text(str):
        pass

    value = ["a", Text("b"), 1.0, 2, 0.5, None, True, [], {"k": Text("v"), Text("l"): [1, "x"]}, range(2), "é"]
    expected = ["a", "b", 1, 2, 0.5, None, True, [], {"k": "v", "l": [1, "x"]}, [0, 1], "é"]
    assert pretty_json(value) == json.dumps(expected, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def test_control_a_call_for_each_string_is_counted():
    assert calls_of(lambda: [canonical_json("a") for _ in range(1000)]) > 1000
