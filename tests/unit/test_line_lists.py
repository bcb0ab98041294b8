"""Texts as lists of lines, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.json_parts import as_array, as_count, as_object, as_text, no_constant
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


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        (as_text, "", 1),
        (as_count, 0, True),
        (as_count, 10**30, -1),
        (as_count, 7, 7.0),
        (as_object, {}, []),
        (as_array, [], "text"),
        (as_array, (1,), {}),
    ],
)
def test_a_part_is_given_back_or_refused(part, good, bad):
    assert part(good) is good
    with pytest.raises(ValueError, match="stands where"):
        part(bad)
    with pytest.raises(ValueError, match="NaN is no JSON"):
        no_constant("NaN")
