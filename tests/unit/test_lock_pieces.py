"""The lock in pieces: the same text and the same stanzas as the whole, and only what is asked for is read."""

import json

import pytest

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
