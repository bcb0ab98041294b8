"""Texts as lists of lines, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.line_lists import lines_of, text_of, with_lines, with_texts

texts = st.text(st.sampled_from("a\n\r\x0b\x0c\x1c\x85\u2028\u2029") | st.characters())


@given(texts)
def test_a_text_comes_back_and_each_line_but_the_last_ends_with_its_newline(text):
    lines = lines_of(text)
    assert text_of(lines) == text
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines[:-1])
    assert "" not in lines


def test_lines_end_at_newlines_only():
    assert lines_of("") == []
    assert lines_of("\n") == ["\n"]
    assert lines_of("a\r\nb\u2028c\x0cd") == ["a\r\n", "b\u2028c\x0cd"]


def test_messages_are_converted_in_their_content_only():
    messages = [
        {"role": "user", "content": "a\nb"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1\n2"}]},
        {"role": "assistant", "tool_calls": []},
    ]
    assert with_lines(messages)[0] == {"role": "user", "content": ["a\n", "b"]}
    assert with_lines(messages)[1:] == messages[1:]
    assert with_texts(with_lines(messages)) == messages


@pytest.mark.parametrize("odd", ["a", {"a": 1}, [1], [{"content": "a"}], [{"content": [1]}], None])
def test_another_shape_is_refused(odd):
    with pytest.raises(ValueError, match="stands where"):
        with_texts(odd)


@pytest.mark.parametrize("odd", ["a", {"a": 1}, [1], [{"content": ["a"]}], [{"content": 1}], None])
def test_messages_of_another_shape_are_refused(odd):
    with pytest.raises(ValueError, match="stands where"):
        with_lines(odd)


@pytest.mark.parametrize("odd", [None, 1, "a", ["a", None], [["a"]], {"a": "b"}])
def test_only_an_array_of_texts_has_a_text(odd):
    with pytest.raises(ValueError, match="stands where"):
        text_of(odd)
    with pytest.raises(ValueError, match="stands where"):
        lines_of(odd if odd != "a" else 1.0)


def test_what_came_in_is_not_changed():
    messages = ({"content": "a\nb", "role": "user", "z": 1}, {"role": "assistant"})
    assert list(with_lines(messages)[0]) == ["content", "role", "z"]
    assert messages == ({"content": "a\nb", "role": "user", "z": 1}, {"role": "assistant"})
    assert with_lines(messages)[1] == {"role": "assistant"}
    assert text_of(("a", "b\n", "")) == "ab\n"
