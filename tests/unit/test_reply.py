"""Replies: one normal form, one digest, and what counts as incomplete."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.reply import (
    INCOMPLETE_FINISHES,
    Answer,
    Reply,
    Source,
    Usage,
    incomplete_reason,
    normalised,
    reply_digest,
)

everything = st.text(st.characters(codec=None, exclude_categories=())) | st.text(
    st.sampled_from("a\ud800\udbff\udc00\udfff😀\ufeff")
)


def by_hand(text):
    """The same rule, character by character."""
    out, at = [], 0
    while at < len(text):
        one, two = text[at], text[at + 1 : at + 2]
        if "\ud800" <= one <= "\udbff" and two and "\udc00" <= two <= "\udfff":
            out.append(chr(0x10000 + ((ord(one) - 0xD800) << 10) + ord(two) - 0xDC00))
            at += 2
        else:
            out.append("\ufffd" if "\ud800" <= one <= "\udfff" else one)
            at += 1
    return "".join(out)


@given(everything)
@settings(max_examples=200)
def test_lone_surrogates_become_replacement_characters_and_nothing_else_changes(text):
    assert normalised(text) == by_hand(text)
    assert normalised(normalised(text)) == normalised(text)
    normalised(text).encode()


def test_a_pair_that_a_stream_cut_in_two_is_one_character_again():
    assert normalised("a\ud83d" + "\ude00b") == "a😀b"
    assert normalised("a\ud83d") == "a\ufffd"
    assert normalised("\ufeff\ud83d\ud83d\ude00\ude00") == "\ufeff\ufffd😀\ufffd"


def test_a_long_text_is_no_trouble():
    assert normalised("é" * 3_000_000) == "é" * 3_000_000
    assert normalised("é\ude00" * 1_000_000) == "é\ufffd" * 1_000_000


def test_controls_and_line_ends_stay():
    assert normalised("\x00a\r\n\ufeff\x1b[0m") == "\x00a\r\n\ufeff\x1b[0m"


def test_what_nobody_said_has_these_values_and_none_ever_changes():
    assert (Reply("x").finish_reason, Reply("x").tool_calls, Reply("x").reasoning) == ("stop", (), {})
    assert Usage() == (None, None) == (Usage().input, Usage().output)
    assert (Source("inbox").model, Source("inbox").usage) == (None, Usage())
    answer = Answer(Reply("x"), Source("openai", "m", Usage(1, 2)))
    assert answer.raw == b""
    for value, field in ((answer, "raw"), (answer.reply, "content"), (answer.source, "model")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field, None)
        assert not hasattr(value, "__dict__")


def test_the_digest_is_pinned_and_covers_all_parts():
    reply = Reply("print(1)\n")
    assert reply_digest(reply) == "cb97e24ab94c9358b49c5ee9a3f697716eadcdc1a0291ddd9bd74075f2d00b41"
    others = [Reply("print(1)"), Reply("print(1)\n", "length"), Reply("print(1)\n", tool_calls=({"id": "1"},))]
    assert len({reply_digest(one) for one in [reply, *others]}) == 4
    assert reply_digest(Reply("print(1)\n", reasoning={})) == reply_digest(reply), "none is what there was before"
    thoughts = [{"reasoning_content": "a"}, {"reasoning": "a"}, {"reasoning_content": "b"}]
    assert len({reply_digest(one) for one in [reply, *(Reply("print(1)\n", reasoning=one) for one in thoughts)]}) == 4
    pinned = "eeeb33b22a32c4f12312736c959840e03cc9bbd9fc5d4da528b88b5cc953b7f5"
    assert reply_digest(Reply("", "tool_calls", ({"id": "1"},), {"reasoning_content": "hm\n"})) == pinned


def test_the_finishes_that_mean_an_incomplete_reply_are_these():
    assert list(INCOMPLETE_FINISHES.items()) == [
        ("length", "the reply was cut off at the output limit"),
        ("max_tokens", "the reply was cut off at the output limit"),
        ("max_output_tokens", "the reply was cut off at the output limit"),
        ("model_length", "the reply was cut off at the model's context length"),
        ("content_filter", "the service filtered the reply"),
        ("safety", "the service filtered the reply"),
        ("recitation", "the service filtered the reply"),
        ("sensitive", "the service filtered the reply"),
        ("refusal", "the service ended the reply as a refusal"),
        ("insufficient_system_resource", "the service ran out of resources while answering"),
        ("network_error", "the service lost the reply while answering"),
        ("error", "the service failed while answering"),
        ("cancelled", "the service cancelled the reply"),
        ("incomplete", "the service ended the reply early"),
    ]
    for finish, told in INCOMPLETE_FINISHES.items():
        for written in (finish, finish.upper()):
            assert incomplete_reason(Reply("x", written, ({"id": "1"},))) == f"{told} (finish_reason {written})"


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("half a fi", "length"), "output limit"),
        (Reply("half", "MAX_TOKENS"), "output limit"),
        (Reply("x", "content_filter"), "filtered"),
        (Reply("", "stop"), "empty"),
        (Reply(" \n\t", "stop"), "empty"),
        (Reply("", "tool_calls"), "empty"),
        (Reply("", reasoning={"reasoning_content": "hm"}), "empty"),
    ],
)
def test_a_cut_off_filtered_or_empty_reply_is_incomplete(reply, words):
    assert words in (incomplete_reason(reply) or "")
    assert ("finish_reason" in (incomplete_reason(reply) or "")) == (words != "empty")
    assert incomplete_reason(Reply(" ", "eos")) == "the reply is empty"


@pytest.mark.parametrize(
    "reply",
    [Reply("x"), Reply("x", ""), Reply("x", "end_turn"), Reply("", "tool_calls", ({"id": "1"},)), Reply("x", "eos")],
)
def test_any_other_reply_is_complete(reply):
    assert incomplete_reason(reply) is None
