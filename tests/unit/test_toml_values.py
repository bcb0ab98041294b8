"""What is written as TOML is read back as the same values."""

import pytest
import tomli
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.toml_text import TomlDocument, read_toml
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
    found = read_toml(document.encode(), "spec")
    assert isinstance(found, TomlDocument)
    assert found.values == {"file": {"name": "a", "n": 1}, "example": [{"args": ["x", "\u202e\x7f\\\n"]}]}


def test_what_can_be_seen_stays_as_it_is():
    assert toml_string('Zoë "said" 日本\t') == '"Zoë \\"said\\" 日本\\t"'
    assert toml_value([True, 1, 1.5, {}]) == "[true, 1, 1.5, {}]"


@pytest.mark.parametrize("value", [None, {1: 2}, {"a": {b"b"}}, [object()]])
def test_what_toml_has_no_value_for_is_refused(value):
    with pytest.raises(TypeError, match="has no place in a spec"):
        toml_value(value)


def test_values_without_end_are_refused():
    inner = []
    inner.append(inner)
    with pytest.raises(ValueError, match="without end"):
        toml_document({"a": inner})
