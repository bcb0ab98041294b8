"""Journal, ours list, lock file and mutex on a real disk."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk import journal as journal_module
from specbuild.disk import lock_file as lock_file_module
from specbuild.disk.journal import Journal, Ours
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.lock_file import LockFile
from specbuild.disk.mutex import held, mutex
from specbuild.journal_lines import JournalEntry
from specbuild.lock import Lock, read_lock
from specbuild.stanza import Stanza

SHA = "a" * 64


def stanza(model: str) -> Stanza:
    return Stanza(inputs={
        "edition": 1, "mode": "single", "model": model, "parameters": "0" * 16, "service": "default",
        "spec": {"file.name": "1" * 16}, "template": "default", "context": {}, "needs": {},
    })  # fmt: skip


def test_reading_makes_nothing(tmp_path: Path) -> None:
    assert Journal(LocalFolder(tmp_path)).read() == ((), ())
    assert not Ours(LocalFolder(tmp_path)).contains("x", SHA)
    assert LockFile(tmp_path).read() == Lock()
    assert list(tmp_path.iterdir()) == []


def test_the_truth_is_lock_and_journal_until_they_are_folded(tmp_path: Path) -> None:
    local, lock_file = LocalFolder(tmp_path), LockFile(tmp_path)
    one, two = stanza("one"), stanza("two")
    Journal(local).append([JournalEntry("a", one, None)])
    Journal(local).append([JournalEntry("b", two, None)])
    again = Journal(LocalFolder(tmp_path))
    assert again.overlay(Lock())[0].targets == {"a": one, "b": two}
    assert not (tmp_path / "specbuild.lock").exists()
    folded = again.fold(lock_file)
    assert folded.targets == {"a": one, "b": two}
    assert lock_file.read() == folded
    assert not (tmp_path / "cache/local/journal").exists()
    assert again.fold(lock_file) == folded


def test_a_torn_line_is_cut_off_before_the_next_one(tmp_path: Path) -> None:
    journal = Journal(LocalFolder(tmp_path))
    first, second = JournalEntry("a", stanza("one"), None), JournalEntry("b", stanza("two"), None)
    journal.append([first, second])
    file = tmp_path / "cache/local/journal"
    file.write_bytes(file.read_bytes()[:-7])
    assert journal.read() == ((first,), ())
    journal.append([second])
    assert journal.read() == ((first, second), ())


def test_a_lock_with_merge_markers_keeps_the_journal(tmp_path: Path) -> None:
    (tmp_path / "specbuild.lock").write_text("<<<<<<< ours\n=======\n>>>>>>> theirs\n")
    journal = Journal(LocalFolder(tmp_path))
    journal.append([JournalEntry("a", stanza("one"), None)])
    with pytest.raises(DiagnosticError):
        journal.fold(LockFile(tmp_path))
    assert len(journal.read()[0]) == 1


def test_an_unchanged_lock_is_not_rewritten_and_line_ends_do_not_matter(tmp_path: Path) -> None:
    lock_file, lock = LockFile(tmp_path), Lock({"a": stanza("one")})
    assert lock_file.write(lock)
    os.utime(tmp_path / "specbuild.lock", ns=(1, 1))
    assert not lock_file.write(lock)
    assert (tmp_path / "specbuild.lock").stat().st_mtime_ns == 1
    text = (tmp_path / "specbuild.lock").read_bytes()
    (tmp_path / "specbuild.lock").write_bytes(text.replace(b"\n", b"\r\n"))
    assert lock_file.read() == lock


def test_of_a_text_that_this_clone_wrote_only_what_is_asked_for_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_file_module, "_last", [])
    lock = Lock({"a": stanza("one"), "b": stanza("two")})
    LockFile(tmp_path, local=LocalFolder(tmp_path)).write(lock)
    read: list[str] = []

    def whole(text: str) -> Lock | Diagnostic:
        read.append(text)
        return read_lock(text)

    monkeypatch.setattr(lock_file_module, "read_lock", whole)
    lock_file_module._last.clear()
    assert LockFile(tmp_path, local=LocalFolder(tmp_path)).read() == lock and read == []

    # Another text, as after a merge, is proved as a whole; so is any where nothing is known of what was written.
    file = tmp_path / "specbuild.lock"
    mixed = file.read_text().replace('"model": "one"', '"model": "two"')
    file.write_text(mixed)
    found = LockFile(tmp_path, local=LocalFolder(tmp_path)).read()
    assert isinstance(found, Lock) and set(found.conflicts) == {"a"} and read == [mixed]
    lock_file_module._last.clear()
    LockFile(tmp_path).read()
    assert len(read) == 2


def test_a_lock_with_an_entry_in_conflict_is_always_read_as_a_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, lock_file = LocalFolder(tmp_path), LockFile(tmp_path, local=LocalFolder(tmp_path))
    lock_file.write(Lock({"a": stanza("one"), "b": stanza("two")}))
    file = tmp_path / "specbuild.lock"
    file.write_text(file.read_text().replace('"model": "one"', '"model": "two"'))
    Journal(local).append([JournalEntry("c", stanza("three"), None)])
    folded = Journal(local).fold(lock_file)
    assert set(folded.targets) == {"b", "c"} and set(folded.conflicts) == {"a"}
    monkeypatch.setattr(lock_file_module, "_last", [])
    again = LockFile(tmp_path, local=LocalFolder(tmp_path)).read()
    assert isinstance(again, Lock) and set(again.conflicts) == {"a"}


def test_a_linked_lock_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "specbuild.lock").symlink_to("real")
    with pytest.raises(DiagnosticError):
        LockFile(tmp_path).write(Lock({"a": stanza("one")}))
    assert (tmp_path / "real").read_text() == ""


def test_a_planted_pipe_is_no_journal(tmp_path: Path) -> None:
    local = LocalFolder(tmp_path)
    os.mkfifo(local.for_writing() / "journal")
    entries, faults = Journal(local).read()
    assert entries == ()
    assert isinstance(faults[0], Diagnostic)


def test_what_was_noted_as_ours_is_ours_for_every_later_run(tmp_path: Path) -> None:
    ours = Ours(LocalFolder(tmp_path))
    ours.add([("build/a b.py", SHA), ("build/c.py", SHA)])
    ours.add([("build/c.py", SHA)])
    later = Ours(LocalFolder(tmp_path))
    assert later.contains("build/a b.py", SHA)
    assert not later.contains("build/a b.py", "b" * 64)
    assert later.pairs() == (("build/a b.py", SHA), ("build/c.py", SHA))
    file = tmp_path / "cache/local/ours"
    assert file.read_text().count("\n") == 2
    file.write_bytes(file.read_bytes()[:-2])  # torn: it was never followed by a write
    assert Ours(LocalFolder(tmp_path)).pairs() == (("build/a b.py", SHA),)
    with pytest.raises(ValueError, match="line break"):
        ours.add([("a\nb", SHA)])


def test_a_long_ours_list_keeps_the_newest_of_each_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "_OURS_MANY", 100)
    ours = Ours(LocalFolder(tmp_path))
    ours.add([("a", f"{number:064}") for number in range(101)] + [("b", SHA)])
    later = Ours(LocalFolder(tmp_path))
    assert len(later.pairs()) == 21
    assert later.contains("b", SHA)
    assert later.contains("a", f"{100:064}")
    assert not later.contains("a", f"{0:064}")


def test_a_second_writer_waits_and_says_for_whom(tmp_path: Path) -> None:
    local = LocalFolder(tmp_path).for_writing()
    program = (
        "import sys; from pathlib import Path; from specbuild.disk.mutex import mutex\n"
        "with mutex(Path(sys.argv[1]), waiting=lambda line: print(line, flush=True)): print('in', flush=True)"
    )
    with mutex(local, waiting=pytest.fail):
        run = subprocess.Popen([sys.executable, "-c", program, str(local)], stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        assert run.stdout.readline() == f"waiting for another specbuild (pid {os.getpid()})\n"
        assert run.poll() is None
    assert run.communicate()[0] == "in\n"


def test_a_dead_holder_lets_go(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from specbuild.disk.mutex import held\n"
        "with held(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path / "m")], check=False).returncode == -9
    with held(tmp_path / "m", waiting=pytest.fail):
        pass


def test_a_wait_can_be_cancelled(tmp_path: Path) -> None:
    with held(tmp_path / "m"), pytest.raises(KeyboardInterrupt), held(tmp_path / "m", cancelled=lambda: True):
        pytest.fail("two holders")


def test_only_one_thread_holds_a_file_that_is_removed_each_time(tmp_path: Path) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(20):
            with held(tmp_path / "m", remove=True):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80
