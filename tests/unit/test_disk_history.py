import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from specbuild.canonical_json import bytes_digest
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.history import history_folder, kept_input, next_number, read_iterations, write_iteration
from specbuild.iteration import Iteration, ModuleMeasure, Parent
from specbuild.lock import Lock
from tests.unit.test_chronicle import STANZA
from tests.unit.test_iteration import ITERATION

LOCK = Lock({"self/x": STANZA})
SPEC = b"[file]\n"


def iteration(number: int, parent: Iteration | None, spec: bytes = SPEC) -> Iteration:
    return replace(
        ITERATION,
        number=number,
        parent=Parent(parent.number, parent.tree) if parent else None,
        inputs={"specs/self/x.toml": bytes_digest(spec), "docs/style.md": bytes_digest(b"style\n")},
        package={"pkg/x.py": bytes_digest(b"%d" % number)},
        modules={"self/x": ModuleMeasure(1, 0.0)},
    )


def write(root: Path, one: Iteration, spec: bytes = SPEC) -> str:
    return write_iteration(root, "build", one, LOCK, {"specs/self/x.toml": spec, "docs/style.md": b"style\n"})


@pytest.fixture
def three(tmp_path: Path) -> Path:
    zero = iteration(0, None)
    one = iteration(1, zero, b"[file] # changed\n")
    for each, spec in ((zero, SPEC), (one, b"[file] # changed\n"), (iteration(2, one), SPEC)):
        write(tmp_path, each, spec)
    return tmp_path


def told(root: Path) -> list[str]:
    return [f"{fault.code} {fault.severity} {fault.message}" for fault in read_iterations(root, "build")[1]]


def test_iterations_come_back_in_order(three: Path) -> None:
    kept, faults = read_iterations(three, "build")
    assert [one.iteration.number for one in kept] == [0, 1, 2]
    assert kept[0].lock == LOCK and not faults
    assert next_number(three, "build") == 3


def test_many_iterations_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    last = None
    for number in range(12):
        last = iteration(number, last)
        write(tmp_path, last)
    assert [one.iteration.number for one in read_iterations(tmp_path, "build")[0]] == list(range(12))


def test_each_input_is_kept_once(three: Path) -> None:
    assert len(list((three / "build/history/files").iterdir())) == 3
    assert kept_input(three, "build", bytes_digest(SPEC)) == SPEC


def test_without_a_history_there_is_nothing_and_the_first_is_zero(tmp_path: Path) -> None:
    assert read_iterations(tmp_path, "build") == ((), ())
    assert next_number(tmp_path, "build") == 0
    assert [history_folder(one) for one in ("build", ".", "")] == ["build/history", "history", "history"]


def test_the_same_iteration_is_written_with_the_same_bytes(tmp_path: Path) -> None:
    folder = write(tmp_path, iteration(0, None))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    write(tmp_path, iteration(0, None))
    assert folder == "build/history/iter0"
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_inputs_other_than_those_named_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    for inputs in ({}, {"specs/self/x.toml": b"other", "docs/style.md": b"style\n"}):
        with pytest.raises(ValueError, match="inputs"):
            write_iteration(tmp_path, "build", iteration(0, None), LOCK, inputs)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_run_left_is_told_and_the_next_one_takes_its_place(three: Path) -> None:
    write(three, iteration(3, read_iterations(three, "build")[0][2].iteration))
    (three / "build/history/iter3/iteration.json").unlink()
    assert len(read_iterations(three, "build")[0]) == 3
    assert told(three) == ["SB734 warning iteration 3 was never finished"]
    assert next_number(three, "build") == 3


def test_a_full_disk_leaves_no_iteration(three: Path) -> None:
    (three / "build/history/iter3").write_text("in the way")
    with pytest.raises(DiagnosticError):
        write(three, iteration(3, read_iterations(three, "build")[0][2].iteration))
    assert len(read_iterations(three, "build")[0]) == 3


@pytest.mark.parametrize(
    ("path", "before", "after", "message"),
    [
        ("iter1/iteration.json", '"number": 1', '"number": 2', "is of iteration 2"),
        ("iter1/iteration.json", '"what": "', '"what": "x', ""),
        ("iter1/iteration.json", '"calls": 1', '"calls": 1 ', "can't be believed"),
        ("iter1/specbuild.lock", '"attempts": 2', '"attempts": 1', "self/x"),
        ("iter1/specbuild.lock", '"self/x": {', '"self/z": {', "name other targets, such as self/x"),
        ("iter1/specbuild.lock", '"lock_version": 1', '"lock_version": 9', "lock_version 9"),
    ],
)
def test_a_changed_file_is_named(three: Path, path: str, before: str, after: str, message: str) -> None:
    file = three / "build/history" / path
    text = file.read_text()
    assert text.count(before) == 1
    file.write_text(text.replace(before, after))
    faults = told(three)
    assert bool(faults) == bool(message)
    assert all(message in fault and "SB734 error" in fault for fault in faults)


def test_a_missing_iteration_is_named(three: Path) -> None:
    shutil.rmtree(three / "build/history/iter1")
    assert told(three) == ["SB734 error iteration 1 is missing"]


def test_an_iteration_in_another_ones_place_breaks_the_chain(three: Path) -> None:
    other = replace(iteration(1, iteration(0, None)), package={"pkg/x.py": bytes_digest(b"other")})
    write(three, other)
    assert told(three) == ["SB734 error iteration 2 does not follow the one before it"]
    write(three, replace(iteration(1, None), parent=None))
    assert "SB734 error iteration 1 does not follow the one before it" in told(three)
    write(three, replace(iteration(0, None), parent=Parent(0, ITERATION.tree)))
    assert "SB734 error iteration 0 does not follow the one before it" in told(three)


def test_a_missing_lock_is_named(three: Path) -> None:
    (three / "build/history/iter2/specbuild.lock").unlink()
    lock = "build/history/iter2/specbuild.lock"
    assert told(three) == [f"SB734 error {lock} can't be believed: there is no {lock}"]


def test_a_changed_or_missing_input_is_named(three: Path) -> None:
    sha256 = bytes_digest(SPEC)
    file = three / "build/history/files" / sha256
    file.write_bytes(SPEC.replace(b"\n", b"\r\n"))
    assert kept_input(three, "build", sha256) == SPEC  # as a checkout with other line ends has it
    file.write_bytes(b"[fule]\n")
    changed = kept_input(three, "build", sha256)
    file.unlink()
    missing = kept_input(three, "build", sha256)
    for found in (changed, missing):
        assert isinstance(found, Diagnostic) and found.code == "SB735" and sha256 in found.message
