"""Canonical JSON: one text for one value."""

import contextlib
import datetime
import enum
import gc
import json
import struct
import sys
from collections import UserDict
from types import MappingProxyType
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import (
    MAXIMUM_DEPTH,
    CanonicalError,
    bytes_digest,
    canonical_json,
    digest,
    short_digest,
    text_digest,
)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


class Count(enum.IntEnum):
    ONE = 1


class Measure(float):
    def __repr__(self):
        return "a measure"


class Pair(NamedTuple):
    first: int
    second: str


scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(scalars, lambda v: st.lists(v, max_size=4) | st.dictionaries(texts, v, max_size=4), max_leaves=12)

LITERALS = [
    (None, "null"),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (1.0, "1"),
    (-0.0, "0"),
    (-3.0, "-3"),
    (0.1, "0.1"),
    (0.7, "0.7"),
    (1e-4, "0.0001"),
    (1e-5, "1e-05"),
    (1.5e16, "1.5e+16"),
    (1e22, "1e+22"),
    (1e300, "1e+300"),
    (5e-324, "5e-324"),
    (2.0**53 - 1, "9007199254740991"),
    (2.0**53, "9007199254740992.0"),
    (2**53, "9007199254740992"),
    (-(2**200), "-1606938044258990275541962092341162602522202993782792835301376"),
    ("", '""'),
    ('"\\/', '"\\"\\\\/"'),
    ("\b\f\n\r\t\x00\x1f\x7f", '"\\b\\f\\n\\r\\t\\u0000\\u001f\x7f"'),
    ("é€😀\u2028\ufeff", '"é€😀\u2028\ufeff"'),
    ([], "[]"),
    ({}, "{}"),
    ((1, [2]), "[1,[2]]"),
    (MappingProxyType({"a": 1}), '{"a":1}'),
    (UserDict({"a": 1}), '{"a":1}'),
    (range(3), "[0,1,2]"),
    (Pair(1, "x"), '[1,"x"]'),
    (Count.ONE, "1"),
    ([Measure(0.5), Measure(2.0)], "[0.5,2]"),
    ({"b": 1, "a": 2, "B": 3, "é": 4, "😀": 5, "\uffff": 6}, '{"B":3,"a":2,"b":1,"é":4,"\uffff":6,"😀":5}'),
]


@pytest.mark.parametrize(("value", "text"), LITERALS)
def test_each_value_has_the_text_that_is_pinned_here(value, text):
    assert canonical_json(value) == text


def test_the_digests_are_pinned():
    assert (
        digest({"a": [1, True, None, 0.5, "é"]}) == "34af24aa2456faaefc6d45022ef49ee1cab79020db4732b7c70e987663460e10"
    )
    assert short_digest({"a": [1, True, None, 0.5, "é"]}) == "34af24aa2456faae"
    assert text_digest("é\n") == bytes_digest(b"\xc3\xa9\n")
    assert text_digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


REFUSALS = [
    (float("nan"), "$: nan has no JSON form"),
    ({"a": [0, float("inf")]}, "$.a[1]: inf has no JSON form"),
    ({"a": {"b c": -float("inf")}}, "$.a.'b c': -inf has no JSON form"),
    ([{"x": "a\ud800\udfff"}], "$[0].x: lone surrogate U+D800"),
    ({"\udfff": 1}, "$: lone surrogate U+DFFF"),
    ({"a": {1: 2}}, "$.a: the key 1 is no string"),
    ({None: 2}, "$: the key None is no string"),
    ([datetime.date(2020, 1, 1)], "$[0]: a value of type date has no JSON form"),
    ([b"bytes"], "$[0]: a value of type bytes has no JSON form"),
    (bytearray(b"bytes"), "$: a value of type bytearray has no JSON form"),
    (memoryview(b"bytes"), "$: a value of type memoryview has no JSON form"),
    ({"a": {1, 2}}, "$.a: a value of type set has no JSON form"),
    ("\ud83d\ude00", "$: lone surrogate U+D83D"),
]


@pytest.mark.parametrize(("value", "message"), REFUSALS)
def test_what_has_no_canonical_form_is_refused_with_its_path(value, message):
    with pytest.raises(CanonicalError) as caught:
        canonical_json(value)
    assert str(caught.value) == message
    with pytest.raises(CanonicalError):
        digest(value)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"b": float("nan"), "a": float("inf")}, "$.a"),
        ([{1, 2}, float("nan")], "$[0]"),
        ({"a": float("nan"), "b": 1, 3: 4}, "$"),
        ({"a\ud800": float("nan")}, "$"),
        ({"a": {"b": [[], {"c": float("nan")}]}}, "$.a.b[1].c"),
        ({"é": float("nan")}, "$.é"),
        ({"": {"1": float("nan")}}, "$.''.'1'"),
    ],
)
def test_the_first_fault_is_named_with_its_whole_path(value, place):
    with pytest.raises(CanonicalError) as caught:
        canonical_json(value)
    assert str(caught.value).startswith(f"{place}: ")
    str(caught.value).encode()


def test_a_text_with_a_lone_surrogate_has_no_digest():
    with pytest.raises(CanonicalError) as caught:
        text_digest("a\ud800")
    assert str(caught.value) == "$: lone surrogate U+D800 at character 1"
    assert issubclass(CanonicalError, ValueError)


def test_depth_is_bounded_by_a_number_and_not_by_the_stack():
    assert MAXIMUM_DEPTH == 200
    value: object = []
    for _ in range(MAXIMUM_DEPTH - 1):
        value = [value]
    assert canonical_json(value) == "[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH
    with pytest.raises(CanonicalError) as caught:
        canonical_json([value])
    inside = "[0]" * MAXIMUM_DEPTH
    assert str(caught.value) == f"${inside}: more than 200 arrays and objects inside each other"
    with pytest.raises(CanonicalError, match="more than 200"):
        canonical_json({"a": value})
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(CanonicalError, match="more than 200"):
        canonical_json(endless)


def test_an_integer_of_any_length_is_exact():
    assert canonical_json(10**6000 + 7) == "1" + "0" * 5999 + "7"
    assert canonical_json(-(10**1000)) == "-1" + "0" * 1000
    assert canonical_json(10**500 - 1) == "9" * 500


@given(values)
@settings(max_examples=150)
def test_it_is_json_that_reads_back_as_an_equal_value(value):
    assert json.loads(canonical_json(value)) == value


@given(values)
@settings(max_examples=150)
def test_reading_and_writing_again_changes_nothing(value):
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(st.dictionaries(texts, scalars, min_size=2))
@settings(max_examples=80)
def test_the_order_of_keys_does_not_matter(value):
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@given(values)
@settings(max_examples=150)
def test_it_is_what_the_json_module_writes_but_for_whole_floats(value):
    def whole(one):
        if isinstance(one, float) and one.is_integer() and abs(one) < 2**53:
            return int(one)
        if isinstance(one, list):
            return [whole(each) for each in one]
        return {key: whole(each) for key, each in one.items()} if isinstance(one, dict) else one

    expected = json.dumps(whole(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical_json(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=150)
def test_a_float_keeps_every_bit_but_the_sign_of_zero(number):
    read = float(json.loads(canonical_json(number)))
    assert struct.pack("d", read) == struct.pack("d", number + 0.0)


def test_booleans_never_equal_numbers():
    assert canonical_json(True) != canonical_json(1)
    assert digest([False]) != digest([0])
    # the control: to Python itself they are equal
    assert [False] == [0]


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


def test_no_scalar_and_no_key_of_a_plain_value_costs_a_call():
    scalars = ["é", 1, None, True] * 500
    value = {"list": scalars, "tuple": tuple(scalars), "keys": {f"k{number}": number for number in range(2000)}}
    assert calls_of(lambda: canonical_json(value)) <= 1 + 6 + 1 * 4
    assert calls_of(lambda: canonical_json("text")) <= 1 + 2
    nested = [{"a": [[], {}, ()], "b": {"c": "d"}}] * 50
    assert calls_of(lambda: canonical_json(nested)) <= 1 + 6 + 1 * (1 + 50 * 6)


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


@pytest.mark.parametrize("members_of", [list, tuple, dict.fromkeys], ids=["list", "tuple", "object"])
def test_python_does_not_go_over_the_members_of_a_plain_value(members_of):
    few, many = (members_of([f"t{number}" for number in range(count)]) for count in (10, 10_000))
    assert lines_of(lambda: canonical_json(many)) <= lines_of(lambda: canonical_json(few))


def test_control_going_over_members_is_counted():
    assert lines_of(lambda: [-number for number in range(10_000)]) > lines_of(lambda: [-number for number in range(10)])


def test_a_digest_makes_the_bytes_of_a_plain_value_once():
    value = {"a": ["b", 1], "c": {"d": None}}
    made = []

    def profile(frame, event, argument):
        if event == "c_call" and getattr(argument, "__name__", "") == "encode":
            made.append(argument)

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        digest(value)
    finally:
        sys.setprofile(before)
    assert len(made) == 1
    assert calls_of(lambda: digest(value)) <= 4 + calls_of(lambda: canonical_json(value))


def in_little_stack(function):
    """Call `function` where a hundred calls inside each other are left."""

    def deeper(left):
        return deeper(left - 1) if left else function()

    used = 0
    frame = sys._getframe()
    while frame is not None:
        used, frame = used + 1, frame.f_back
    return deeper(max(0, sys.getrecursionlimit() - used - 100))


def test_a_deep_value_has_a_text_where_little_of_the_stack_is_left():
    value = "bottom"
    for _ in range(199):
        value = [value]
    assert in_little_stack(lambda: canonical_json(value)) == "[" * 199 + '"bottom"' + "]" * 199


def test_control_little_of_the_stack_is_left():
    def down(left):
        return down(left - 1) if left else 0

    with pytest.raises(RecursionError):
        in_little_stack(lambda: down(199))


def test_control_a_call_for_each_scalar_is_counted():
    assert calls_of(lambda: [json.dumps(number) for number in range(2000)]) > 2000


@pytest.mark.parametrize(
    "odd", [1.0, enum.IntEnum("E", "A").A, UserDict(a=1), {1.5: 2}, "\ud800", 10**5000, {1: 2}], ids=range(7)
)
def test_a_value_that_is_not_plain_spoils_no_other(odd):
    around = {"before": ["é", 1], "odd": [odd], "after": {"k": None}}
    try:
        expected = f'{{"after":{{"k":null}},"before":["é",1],"odd":[{canonical_json(odd)}]}}'
    except CanonicalError as refused:
        with pytest.raises(CanonicalError) as caught:
            canonical_json(around)
        assert str(caught.value).endswith(str(refused).partition(": ")[2])
    else:
        assert canonical_json(around) == expected
