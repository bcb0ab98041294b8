"""Parts of JSON from outside have the type they must have, or are refused."""

import json
from collections import UserDict, UserList

import pytest

from specbuild.json_parts import as_array, as_count, as_object, as_text, no_constant

NAMES = {as_text: "a text", as_count: "a count", as_object: "an object", as_array: "an array"}


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        (as_text, "", 1),
        (as_text, "x", None),
        (as_text, "x", ["x"]),
        (as_count, 0, True),
        (as_count, 1, False),
        (as_count, 10**30, -1),
        (as_count, 7, 7.0),
        (as_count, 7, "7"),
        (as_object, {}, []),
        (as_object, UserDict(a=1), None),
        (as_array, [], "text"),
        (as_array, [None], ""),
        (as_array, (1,), {}),
        (as_array, UserList([1]), 3),
    ],
)
def test_a_part_is_given_back_or_refused(part, good, bad):
    assert part(good) is good
    with pytest.raises(ValueError) as told:
        part(bad)
    assert str(told.value) == f"{bad!r} stands where {NAMES[part]} should"


@pytest.mark.parametrize("part", NAMES)
def test_a_long_value_is_cut(part):
    bad = 10**50 * -1 if part is as_count else {1: "x" * 100} if part is not as_object else ["x" * 100]
    with pytest.raises(ValueError) as told:
        part(bad)
    assert str(told.value) == f"{repr(bad)[:40]} stands where {NAMES[part]} should"


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_of_json_is_refused(name):
    with pytest.raises(ValueError) as told:
        json.loads(f"[1, {name}]", parse_constant=no_constant)
    assert str(told.value) == f"{name} is no JSON"
