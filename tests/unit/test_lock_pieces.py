"""The lock in pieces: the same text and the same stanzas as the whole, and only what is asked for is read."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specbuild.canonical_json import CanonicalError
from specbuild.diagnostic import DiagnosticError
from specbuild.lock import Lock, lock_text, read_lock
from specbuild.lock_pieces import LockPieces, lock_of_pieces, pieces_text
from specbuild.stanza import OutputState, ReplyPin, Stanza

SHA = "a" * 64


def stanza(model: str) -> Stanza:
    return Stanza(
        inputs={
            "edition": 1, "mode": "single", "model": model, "parameters": "0" * 16, "service": "default",
            "spec": {"file.name": "1" * 16}, "template": {}, "context": {}, "needs": {},
        },
        outputs={f"build/{model}.py": OutputState("644", SHA)},  # type: ignore[arg-type]
        reply=ReplyPin(1, SHA, 0, SHA),  # type: ignore[arg-type]
        evidence={"passed": ["names"], "not_checked": []},
    )  # fmt: skip


LOCK = Lock({"b/two": stanza("m"), "a": stanza("x"), 'a "quoted"\n  "line': stanza('y\n  "z'), "Ä": stanza("ü")})


@pytest.mark.parametrize("lock", [Lock(), Lock({"a": stanza("m")}), LOCK])
def test_the_text_is_that_of_the_whole_lock(lock: Lock) -> None:
    text = lock_text(lock)
    assert pieces_text(lock) == text
    cut = lock_of_pieces(text)
    assert pieces_text(cut) == text and cut.targets == lock.targets == read_lock(text).targets  # type: ignore[union-attr]
    assert dict(cut.targets) == dict(lock.targets)


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=6), unique=True, max_size=4))
def test_any_ids_are_cut_and_joined_as_they_are(ids: list[str]) -> None:
    lock = Lock({one: stanza(f'm\n  "{one}": {{}},') for one in ids})
    text = lock_text(lock)
    cut = lock_of_pieces(text)
    assert list(cut.targets) == sorted(ids) and cut.targets == lock.targets
    assert pieces_text(lock) == pieces_text(lock_of_pieces(text)) == text


def test_a_lock_of_pieces_has_no_conflicts_and_other_text_has_no_targets() -> None:
    cut = lock_of_pieces(lock_text(LOCK))
    assert isinstance(cut.targets, LockPieces) and not cut.conflicts and not cut.unread
    for text in ("", "{}", lock_text(Lock())):
        assert isinstance(lock_of_pieces(text).targets, LockPieces) and not lock_of_pieces(text).targets


def test_it_is_a_mapping_in_the_order_in_which_entries_came() -> None:
    pieces = LockPieces({"b": stanza("1"), "a": stanza("2")})
    assert list(LockPieces()) == [] and LockPieces() == LockPieces(None) == {}
    pieces["c"] = stanza("3")
    pieces["b"] = stanza("4")
    assert list(pieces) == list(LockPieces(pieces)) == ["b", "a", "c"] and len(pieces) == 3
    assert pieces.pop("a", None) == stanza("2") and pieces.pop("a", None) is None and "a" not in pieces
    pieces.update({"d": stanza("5")})
    assert dict(pieces) == {"b": stanza("4"), "c": stanza("3"), "d": stanza("5")}
    assert [path for path, _ in pieces.outputs()] == ["build/4.py", "build/3.py", "build/5.py"]
    for ask in (lambda: pieces["gone"], lambda: pieces.pop("gone")):
        with pytest.raises(KeyError):
            ask()
    with pytest.raises(KeyError):
        del pieces["gone"]
    with pytest.raises(TypeError):
        hash(pieces)


def test_equality_is_that_of_texts_and_with_other_mappings_that_of_stanzas() -> None:
    cut, made = LockPieces(lock_of_pieces(lock_text(LOCK)).targets), LockPieces(dict(reversed(LOCK.targets.items())))
    assert cut == made and list(cut) != list(made)
    assert cut == dict(LOCK.targets) and dict(LOCK.targets) == cut
    assert cut != {"a": stanza("x")} and cut != "a" and cut != LockPieces()
    made["a"] = stanza("other")
    assert cut != made


def test_entries_with_the_very_same_stanza_are_compared_without_a_text() -> None:
    no_json = replace(stanza("m"), evidence={"passed": float("nan")})
    same = LockPieces({"a": no_json, "b": stanza("x")})
    assert same == LockPieces({"b": stanza("x"), "a": no_json})
    assert same != LockPieces({"b": stanza("y"), "a": no_json})
    with pytest.raises(CanonicalError):
        assert same == LockPieces({"b": stanza("x"), "a": replace(no_json)})


def test_a_changed_entry_is_written_anew_and_the_others_as_they_stood() -> None:
    pieces = LockPieces(lock_of_pieces(lock_text(LOCK)).targets)
    pieces["a"] = stanza("other")
    del pieces["b/two"]
    pieces["c"] = stanza("new")
    expected = {**LOCK.targets, "a": stanza("other"), "c": stanza("new")}
    del expected["b/two"]
    assert pieces_text(Lock(pieces)) == lock_text(Lock(expected)) != lock_text(LOCK)


def test_a_copy_does_not_change_what_it_was_made_from() -> None:
    first = LockPieces(LOCK.targets)
    second = LockPieces(first)
    assert first == second
    second["a"] = stanza("other")
    assert first != second and first["a"] == stanza("x")


def test_a_stanza_is_read_once_for_all_copies() -> None:
    first = LockPieces(lock_of_pieces(lock_text(LOCK)).targets)
    second = LockPieces(first)
    assert second["a"] is first["a"] is second["a"]


def test_a_text_is_made_once_for_all_copies() -> None:
    passed = ["names"]
    pieces = LockPieces({"a": replace(stanza("m"), evidence={"passed": passed})})
    text = LockPieces(pieces).text()
    passed.append("text")  # nobody does this: it shows that the text is not made again
    assert pieces.text() == pieces_text(Lock(pieces)) == text == pieces_text(lock_of_pieces(text))


def test_what_has_no_json_is_not_written() -> None:
    for pieces in (LockPieces({"\ud800": stanza("m")}), LockPieces({"a": stanza("\ud800")})):
        with pytest.raises(CanonicalError):
            pieces.text()


def test_a_damaged_entry_counts_and_is_written_unread() -> None:
    damaged = lock_text(LOCK).replace('"model": "x"', '"model": "w"')
    cut = lock_of_pieces(damaged)
    pieces = LockPieces(cut.targets)
    assert "a" in pieces and len(pieces) == 4 and set(pieces) == set(LOCK.targets)
    assert pieces == cut.targets != LockPieces(LOCK.targets)
    assert pieces_text(cut) == pieces.text() == damaged
    with pytest.raises(DiagnosticError) as caught:
        pieces["a"]
    assert caught.value.exit_code == 1
    (told,) = caught.value.diagnostics
    assert told.code == "SB705" and "'a'" in told.message
    assert pieces.text() == damaged


def test_outputs_are_told_without_reading_a_stanza() -> None:
    damaged = lock_text(LOCK).replace('"model": "x"', '"model": "w"')  # its trace is not its own any more
    pieces = LockPieces(lock_of_pieces(damaged).targets)
    assert sorted(pieces.outputs()) == sorted(LockPieces(LOCK.targets).outputs())
    assert pieces["b/two"] == stanza("m")
    with pytest.raises(DiagnosticError, match="SB705"):
        pieces["a"]


def test_entries_in_conflict_are_written_as_they_stood() -> None:
    value = json.loads(lock_text(LOCK))
    value["targets"]["a"]["trace"] = SHA
    lock = read_lock(json.dumps(value))
    assert isinstance(lock, Lock) and set(lock.unread) == {"a"}
    assert pieces_text(lock) == lock_text(lock)
