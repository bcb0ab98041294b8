"""Replies: one normal form, one digest, and what counts as incomplete."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.reply import Reply, incomplete_reason, normalised, reply_digest

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


def test_controls_and_line_ends_stay():
    assert normalised("\x00a\r\n\ufeff\x1b[0m") == "\x00a\r\n\ufeff\x1b[0m"


def test_the_digest_is_pinned_and_covers_all_three_parts():
    reply = Reply("print(1)\n")
    assert reply_digest(reply) == "cb97e24ab94c9358b49c5ee9a3f697716eadcdc1a0291ddd9bd74075f2d00b41"
    others = [Reply("print(1)"), Reply("print(1)\n", "length"), Reply("print(1)\n", tool_calls=({"id": "1"},))]
    assert len({reply_digest(one) for one in [reply, *others]}) == 4


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("half a fi", "length"), "output limit"),
        (Reply("half", "MAX_TOKENS"), "output limit"),
        (Reply("x", "content_filter"), "filtered"),
        (Reply("", "stop"), "empty"),
        (Reply(" \n\t", "stop"), "empty"),
        (Reply("", "tool_calls"), "empty"),
    ],
)
def test_a_cut_off_filtered_or_empty_reply_is_incomplete(reply, words):
    assert words in (incomplete_reason(reply) or "")


@pytest.mark.parametrize(
    "reply",
    [Reply("x"), Reply("x", ""), Reply("x", "end_turn"), Reply("", "tool_calls", ({"id": "1"},)), Reply("x", "eos")],
)
def test_any_other_reply_is_complete(reply):
    assert incomplete_reason(reply) is None
