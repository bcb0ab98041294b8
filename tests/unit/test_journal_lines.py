"""The journal's lines as values: whole, checked, applied only where they belong."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specbuild.canonical_json import Json, canonical_json, text_digest
from specbuild.diagnostic import Diagnostic, Place
from specbuild.journal_lines import JournalEntry, journal_line, overlay, read_journal
from specbuild.lock import Lock
from specbuild.stanza import Stanza, stanza_json


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


def test_a_line_is_its_checksum_and_canonical_json() -> None:
    text = canonical_json({"id": "a", "before": ONE.trace, "stanza": stanza_json(TWO)})
    assert journal_line(SECOND) == f"{text_digest(text)} {text}\n"
    assert journal_line(GONE).endswith(f' {{"before":"{TWO.trace}","id":"a","stanza":null}}\n')


def test_other_line_separators_belong_to_the_text() -> None:
    odd = JournalEntry("a\u2028b\x85\x0cé", ONE, None)
    assert journal_line(odd).count("\n") == 1
    assert read_journal(text_of(odd, FIRST), "j") == ((odd, FIRST), ())


def test_a_torn_last_line_is_left_out_without_a_word() -> None:
    text = text_of(FIRST, SECOND)
    for end in range(len(text_of(FIRST)), len(text)):
        assert read_journal(text[:end], "j") == ((FIRST,), ())


def test_a_damaged_line_is_told_with_its_place_and_the_others_count() -> None:
    told = Diagnostic(
        "SB716",
        "a damaged journal line is left out",
        Place("cache/local/journal", 3, 1),
        "its checksum or its stanza is wrong",
        "build again: what it told is looked up anew",
        severity="warning",
    )
    text = f"{text_of(FIRST)}\nnothing\n{text_of(SECOND)}"
    assert read_journal(text, "cache/local/journal") == ((FIRST, SECOND), (told,))


def signed(text: str) -> str:
    return f"{text_digest(text)} {text}\n"


WHOLE: dict[str, Json] = {"before": None, "id": "a", "stanza": None}


@pytest.mark.parametrize(
    "line",
    [
        " \n",
        f"{text_digest('')}\n",
        f"{text_digest('')} \n",
        signed("x"),
        signed("[" * 100_000),
        signed("[]"),
        signed("null"),
        *(
            signed(canonical_json(value))
            for value in (
                {"before": None, "id": "a"},
                {**WHOLE, "more": 1},
                {**WHOLE, "id": 1},
                {**WHOLE, "before": 1},
                {**WHOLE, "stanza": {}},
                {**WHOLE, "stanza": {**stanza_json(ONE), "trace": TWO.trace}},
            )
        ),
        "\ud800 \ud800\n",
    ],
)
def test_a_line_that_no_entry_makes_is_none(line: str) -> None:
    entries, faults = read_journal(line + text_of(FIRST), "j")
    assert entries == (FIRST,)
    assert [fault.place for fault in faults] == [Place("j", 1, 1)]


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


def test_a_target_in_conflict_is_left_as_it_is() -> None:
    conflict = Diagnostic("SB705", "mixed")
    lock = Lock({"b": ONE}, {"a": conflict}, {"a": {}})
    assert overlay(lock, [FIRST, SECOND]) is lock
    found = overlay(lock, [FIRST, JournalEntry("b", TWO, ONE.trace)])
    assert found == Lock({"b": TWO}, {"a": conflict}, {"a": {}})
    assert lock.targets == {"b": ONE}


def test_the_evidence_of_the_newer_stanza_counts() -> None:
    again = replace(ONE, evidence={"python": "3.12"})
    assert overlay(Lock({"a": ONE}), [JournalEntry("a", again, None)]).targets["a"].evidence == {"python": "3.12"}


def test_laying_over_twice_is_the_same_as_once() -> None:
    back = JournalEntry("a", ONE, TWO.trace)
    for entries in ([FIRST], [FIRST, SECOND], [FIRST, SECOND, back], [FIRST, SECOND, GONE]):
        for start in (Lock(), Lock({"a": ONE})):
            once = overlay(start, entries)
            assert overlay(once, entries).targets == once.targets
