"""The journal's lines as values: whole, checked, applied only where they belong."""

from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.journal_lines import JournalEntry, journal_line, overlay, read_journal
from specbuild.lock import Lock
from specbuild.stanza import Stanza


def stanza(model: str) -> Stanza:
    return Stanza(inputs={
        "edition": 1, "mode": "single", "model": model, "parameters": "0" * 16, "service": "default",
        "spec": {"file.name": "1" * 16}, "template": "default", "context": {}, "needs": {},
    })  # fmt: skip


ONE, TWO, THREE = stanza("one"), stanza("two"), stanza("three")
FIRST = JournalEntry("a", ONE, None)
SECOND = JournalEntry("a", TWO, ONE.trace)
GONE = JournalEntry("a", None, TWO.trace)


def text_of(*entries: JournalEntry) -> str:
    return "".join(journal_line(entry) for entry in entries)


def test_lines_give_their_entries_back() -> None:
    assert read_journal(text_of(FIRST, SECOND, GONE), "j") == ((FIRST, SECOND, GONE), ())
    assert read_journal("", "j") == ((), ())


def test_a_torn_last_line_is_left_out_without_a_word() -> None:
    text = text_of(FIRST, SECOND)
    for end in range(len(text_of(FIRST)), len(text)):
        assert read_journal(text[:end], "j") == ((FIRST,), ())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(text_of(FIRST)) - 2), st.characters(codec="utf-8"))
def test_a_line_with_another_character_is_left_out_and_told(position: int, character: str) -> None:
    text = text_of(FIRST)
    changed = text[:position] + character + text[position + 1 :]
    entries, faults = read_journal(changed + text_of(SECOND), "j")
    if changed == text:
        assert entries == (FIRST, SECOND)
    else:
        assert entries == (SECOND,)
        assert {fault.code for fault in faults} == {"SB716"}


def test_entries_are_laid_over_the_stanza_they_replaced() -> None:
    assert overlay(Lock(), [FIRST, SECOND]).targets == {"a": TWO}
    assert overlay(Lock({"a": ONE}), [SECOND]).targets == {"a": TWO}
    assert overlay(Lock({"a": TWO}), [GONE]).targets == {}


def test_an_old_journal_changes_nothing_on_another_branch() -> None:
    other = Lock({"a": THREE})
    assert overlay(other, [FIRST, SECOND, GONE]) is other
    assert overlay(Lock(), [SECOND]).targets == {}


def test_laying_over_twice_is_the_same_as_once() -> None:
    back = JournalEntry("a", ONE, TWO.trace)
    for entries in ([FIRST], [FIRST, SECOND], [FIRST, SECOND, back], [FIRST, SECOND, GONE]):
        for start in (Lock(), Lock({"a": ONE})):
            once = overlay(start, entries)
            assert overlay(once, entries).targets == once.targets
