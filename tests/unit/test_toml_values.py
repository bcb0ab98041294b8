"""What is written as TOML is read back as the same values."""

import math

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.toml_values import toml_document, toml_string, toml_value

TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=12,
)


@settings(max_examples=40)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_every_value_comes_back_as_it_was(values):
    assert tomli.loads(toml_document(values)) == values


def test_a_spec_as_values_is_a_spec_as_a_file():
    document = toml_document({"file": {"name": "a", "n": 1}, "example": [{"args": ("x", "\u202e\x7f\\\n")}]})
    assert document.count("\n") == 2 and document.isascii()
    assert tomli.loads(document) == {"file": {"name": "a", "n": 1}, "example": [{"args": ["x", "\u202e\x7f\\\n"]}]}


def test_what_can_be_seen_stays_as_it_is():
    assert toml_string('Zoë "said" 日本\t') == '"Zoë \\"said\\" 日本\\t"'
    assert toml_string("a b\r\n\\") == '"a b\\r\\n\\\\"'
    assert toml_string("\u202e\x7f\U000e0001\u00a0\0\ud800") == '"\\u202E\\u007F\\U000E0001\\u00A0\\u0000\\uD800"'
    assert toml_value([True, 1, 1.5, {}]) == "[true, 1, 1.5, {}]"


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (False, "false"),
        (-(10**30), "-1" + "0" * 30),
        (1e16, "1e+16"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        ("", '""'),
        ((), "[]"),
        (("a", ["b", ()]), '["a", ["b", []]]'),
        ({"b": {"a b": 1}, "": True}, '{"b" = {"a b" = 1}, "" = true}'),
    ],
)
def test_a_value_is_one_line(value, wanted):
    assert toml_value(value) == wanted
    assert toml_document({"x": value}) == f'"x" = {wanted}\n'


def test_a_document_has_a_line_for_each_name_in_order():
    assert toml_document({}) == ""
    assert toml_document({"b": 1, 'a"': {"c": {"d": 2}}}) == '"b" = 1\n"a\\"" = {"c" = {"d" = 2}}\n'


@pytest.mark.parametrize("value", [None, {1: 2}, {"a": {b"b"}}, [object()], b"x", {None: 1}, iter(())])
def test_what_toml_has_no_value_for_is_refused(value):
    with pytest.raises(TypeError, match="has no place in a spec"):
        toml_value(value)
    with pytest.raises(TypeError, match="has no place in a spec"):
        toml_document({"a": value})


def test_a_refusal_names_the_type():
    with pytest.raises(TypeError, match=r"\Aa value of type NoneType has no place in a spec\Z"):
        toml_value({"a": [None]})
    with pytest.raises(TypeError, match=r"\Aa name of type int has no place in a spec\Z"):
        toml_document({1: "a"})


def test_values_without_end_are_refused():
    inner = []
    inner.append(inner)
    with pytest.raises(ValueError, match=r"\Avalues are nested without end\Z") as caught:
        toml_document({"a": inner})
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    with pytest.raises(RecursionError):
        toml_value(inner)
