"""Targets that end together are made durable together, and what is wrong with one of them stays its own."""

import os
import threading
from collections import Counter
from pathlib import Path

import pytest

from specbuild.diagnostic import DiagnosticError
from specbuild.disk import flushes as flushing
from specbuild.disk.flushes import replace_files
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.local_store import LocalStore
from specbuild.work.settle import Settler
from tests.scene import Project

NUMBER = 24
SECRET = "AKIA" + "Z7Q3M5X2K9P4W6T8"  # in the form of a key of Amazon's


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what waits for the disk."""
    counted: Counter[str] = Counter()
    fsync, together = os.fsync, flushing._flushed_together

    def counting_fsync(descriptor: int) -> None:
        counted["one"] += 1
        fsync(descriptor)

    def counting_together(folders: set[int]) -> bool:
        counted["together"] += 1
        return together(folders)

    monkeypatch.setattr(os, "fsync", counting_fsync)
    monkeypatch.setattr(flushing, "_flushed_together", counting_together)
    return counted


def many(project: Project) -> None:
    for number in range(NUMBER):
        project.spec(f"program{number:02}", f"Print {number}.")


def held_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first who settles wait until all the others wait behind it."""
    settle_together = Settler._settle_together
    first = threading.Event()

    def waiting(self: Settler, batch: object) -> None:
        if not first.is_set():
            first.set()
            until = threading.Event()
            for _ in range(2000):
                if len(self._waiting) >= NUMBER - 1:
                    break
                until.wait(0.01)
        settle_together(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Settler, "_settle_together", waiting)


def test_targets_that_end_together_share_their_flushes(
    project: Project, flushes: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    many(project)
    held_together(monkeypatch)
    project.build("-j", "64")
    assert sorted(project.states().values()) == ["fresh"] * NUMBER
    assert flushes["one"] < 4 * NUMBER and flushes["together"] >= 3


def test_control_one_after_the_other_each_has_its_own(project: Project, flushes: Counter[str]) -> None:
    many(project)
    project.build("-j", "1")
    assert flushes["one"] > 5 * NUMBER


def test_what_is_wrong_with_one_of_them_stays_its_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    many(project)
    project.server.answers["Print 3."] = f'```python\nKEY = "{SECRET}"\n```\n'
    project.write("build/program05.py/in-the-way", "a folder where an output belongs\n")
    held_together(monkeypatch)
    ran = project.run("build", "-j", "64")
    assert ran.code == 1 and "SB640" in ran.err
    states = project.states()
    wrong = {one for one, state in states.items() if state != "fresh"}
    assert wrong == {"program03", "program05"}
    assert not list(project.root.rglob("*.specbuild-tmp"))


def test_a_run_of_calls_is_never_wider_than_asked_for(project: Project) -> None:
    many(project)
    project.server.delay_s = 0.02
    project.build("-j", "4")
    assert 1 < project.server.most_in_flight <= 4


def test_files_are_replaced_together_or_the_fault_names_one(tmp_path: Path, flushes: Counter[str]) -> None:
    files = [(f"a/{number % 3}/f{number}", b"%d" % number) for number in range(9)]
    assert replace_files(tmp_path, files) == 9
    assert [(tmp_path / path).read_bytes() for path, _ in files] == [content for _, content in files]
    assert replace_files(tmp_path, files) == 0 and flushes["together"] == 1
    (tmp_path / "a/1/f10").mkdir()
    with pytest.raises(DiagnosticError, match="a/1/f10"):
        replace_files(tmp_path, [("a/2/f11", b"x"), ("a/1/f10", b"x")])
    assert not list(tmp_path.rglob("*.specbuild-tmp"))


def test_without_a_flush_of_file_systems_each_file_is_flushed(
    tmp_path: Path, flushes: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flushing, "_syncfs", lambda: None)
    replace_files(tmp_path, [(f"f{number}", b"x") for number in range(9)])
    assert flushes["one"] == 10


def test_what_threads_put_at_once_is_all_kept(tmp_path: Path) -> None:
    store = LocalStore(LocalFolder(tmp_path))
    faults: list[DiagnosticError] = []

    def put(number: int) -> None:
        try:
            store.put([(f"k/{number}", b"%d" % number if number != 7 else object())])  # type: ignore[list-item]
        except (DiagnosticError, TypeError) as fault:
            faults.append(fault)  # type: ignore[arg-type]

    threads = [threading.Thread(target=put, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    assert len(store.below("k/")) == 19 and len(faults) == 1


def test_files_are_flushed_by_themselves_once_the_flush_of_all_took_long(
    tmp_path: Path, flushes: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program may have written much that is not on the disk yet: a flush of the file system waits for that."""

    def replace(name: str) -> tuple[int, int]:
        flushes.clear()
        replace_files(tmp_path, [(f"{name}/{number}/x", b"%d" % number) for number in range(4)])
        return flushes["together"], flushes["one"]

    monkeypatch.setattr(flushing, "_long", set())
    assert replace("quick") == (2, 0)
    monkeypatch.setattr(flushing, "_LONG_S", 0.0)
    assert replace("long") == (2, 4)  # the files with all else, and then their four folders
    assert replace("later") == (2, 4 + 2 + 4)  # the files, the two folders in which folders were made, and those


def test_what_a_full_disk_says_of_one_of_many_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flushing, "_syncfs", lambda: None)
    fsync, left = os.fsync, iter(range(7))

    def failing(descriptor: int) -> None:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(DiagnosticError, match="no space left"):
        replace_files(tmp_path, [(f"f{number}", b"x") for number in range(40)])
    assert not list(tmp_path.iterdir())
