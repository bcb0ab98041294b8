"""The working store: durable, checked, and never a door for planted code."""

import contextlib
import gc
import os
import pickle
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from specbuild.diagnostic import DiagnosticError
from specbuild.disk import local_store
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.local_store import LocalStore


def store_at(root: Path) -> LocalStore:
    return LocalStore(LocalFolder(root))


def filled(root: Path, *pairs: tuple[str, bytes]) -> Path:
    store = store_at(root)
    store.put(pairs)
    store.close()
    return root / "cache/local/store/cache.db"


def codes(store: LocalStore) -> list[str]:
    return [fault.code for fault in store.faults]


def _stamp(file: Path) -> tuple[int, int, int]:
    """What any write would change; the time of the last read is not among it."""
    seen = file.stat()
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def test_what_was_put_is_got_by_key_and_by_prefix(tmp_path: Path) -> None:
    filled(tmp_path, ("r/a.1", b"1"), ("r/a.2", b"\0\xff" * 100_000), ("r/ab.1", b"3"), ("r/a0", b"4"))
    store = store_at(tmp_path)
    assert store.get("r/a.1") == b"1"
    assert store.get("r/none") is None
    assert store.below("r/a.") == (("r/a.1", b"1"), ("r/a.2", b"\0\xff" * 100_000))
    assert len(store.below("r/")) == 4
    assert not store.faults


def test_asking_makes_nothing_and_opens_no_diskcache(tmp_path: Path) -> None:
    assert store_at(tmp_path).get("x") is None
    assert list(tmp_path.iterdir()) == []
    file = filled(tmp_path, ("x", b"1"))
    before = sorted(os.listdir(file.parent)), _stamp(file)
    program = (
        "import sys; from pathlib import Path; from specbuild.disk.local_folder import LocalFolder;"
        "from specbuild.disk.local_store import LocalStore; store = LocalStore(LocalFolder(Path(sys.argv[1])));"
        "assert store.get('x') == b'1'; assert 'diskcache' not in sys.modules and 'pickle' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True)
    assert (sorted(os.listdir(file.parent)), _stamp(file)) == before


def test_nothing_is_ever_a_file_or_evicted(tmp_path: Path) -> None:
    file = filled(tmp_path, ("big", b"x" * 3_000_000))
    assert {one.name for one in file.parent.iterdir()} <= {"cache.db", "cache.db-wal", "cache.db-shm"}
    settings = dict(sqlite3.connect(file).execute("SELECT key, value FROM Settings"))
    assert settings["eviction_policy"] == "none"
    assert settings["cull_limit"] == 0
    assert settings["sqlite_synchronous"] == 2
    assert settings["sqlite_journal_mode"] == "wal"


def test_a_reader_sees_what_a_writer_adds_later(tmp_path: Path) -> None:
    filled(tmp_path, ("a", b"1"))
    reader, writer = store_at(tmp_path), store_at(tmp_path)
    assert reader.get("a") == b"1"
    writer.put([("b", b"2")])
    assert reader.get("b") == b"2"
    writer.put([("c", b"3")])
    assert reader.get("c") == b"3"
    writer.close()
    assert reader.get("c") == b"3"
    reader.close()
    assert store_at(tmp_path).get("c") == b"3"


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = store_at(tmp_path)

    def work(number: int) -> None:
        for step in range(5):
            store.put([(f"{number}.{step}", b"x")])
            assert store.get(f"{number}.{step}") == b"x"

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(store.below(f"{number}.")) for number in range(4)) == 20
    assert not store.faults


@pytest.mark.parametrize("with_shm", [True, False])
def test_a_killed_writer_s_log_is_read_without_writing(tmp_path: Path, with_shm: bool) -> None:
    program = (
        "import os, sys; from pathlib import Path; from specbuild.disk.local_folder import LocalFolder;"
        "from specbuild.disk.local_store import LocalStore; store = LocalStore(LocalFolder(Path(sys.argv[1])));"
        "store.put([('x', b'1')]); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False).returncode == -9
    folder = tmp_path / "cache/local/store"
    assert (folder / "cache.db-wal").exists()
    if not with_shm:
        (folder / "cache.db-shm").unlink()
    # The log's index (-shm) is shared memory: every reader marks in it how far it reads, as SQLite's format asks.
    before = {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.endswith("-shm")}
    store = store_at(tmp_path)
    assert store.get("x") == (b"1" if with_shm else None)  # without its index the log is a miss
    assert codes(store) == ([] if with_shm else ["SB713"])
    store.close()
    assert {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.endswith("-shm")} == before
    writer = store_at(tmp_path)
    writer.open()
    assert writer.get("x") == b"1"


class Planted:
    """Unpickled, it makes a file: the proof that code ran."""

    def __init__(self, proof: str) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.proof,)


def plant(file: Path, column: str, proof: Path) -> None:
    code = pickle.dumps(Planted(str(proof)))
    connection = sqlite3.connect(file)
    if column == "value":
        connection.execute("UPDATE Cache SET mode = 4, value = ?", (code,))
    elif column == "key":
        connection.execute("UPDATE Cache SET raw = 0, key = ?", (code,))
    else:
        file.with_name("planted.val").write_bytes(code)
        connection.execute("UPDATE Cache SET mode = 4, value = NULL, filename = 'planted.val'")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("column", ["value", "key", "filename"])
def test_a_planted_pickle_never_runs(tmp_path: Path, column: str) -> None:
    import diskcache

    from specbuild.disk.inline_disk import InlineDisk

    file = filled(tmp_path, ("x", b"1"))
    proof = tmp_path / "proof"
    plant(file, column, proof)
    shutil.copytree(file.parent, tmp_path / "stock")

    store = store_at(tmp_path)
    assert store.get("x") is None
    assert store.below("x/") == ()
    store.put([("y", b"2")])
    assert store.get("y") == b"2"
    ours = diskcache.Cache(str(file.parent), disk=InlineDisk)
    for ask in (lambda: ours.get("x"), lambda: list(ours), lambda: ours.peekitem()):
        with contextlib.suppress(ValueError, KeyError):
            ask()
    assert not proof.exists()

    stock = diskcache.Cache(str(tmp_path / "stock"))  # the control: the same file, opened as diskcache does
    list(stock) if column == "key" else stock.get("x")
    assert proof.exists()


def test_a_planted_file_name_is_neither_read_nor_removed(tmp_path: Path) -> None:
    file = filled(tmp_path, ("x", b"1"))
    precious = tmp_path / "cache/local/precious"
    precious.write_bytes(b"precious")
    connection = sqlite3.connect(file)
    connection.execute("UPDATE Cache SET mode = 2, value = NULL, filename = '../precious'")
    connection.commit()
    connection.close()
    store = store_at(tmp_path)
    assert store.get("x") is None
    assert codes(store) == ["SB715"]
    store.put([("x", b"2")])  # diskcache removes the old value's file here
    assert store.get("x") == b"2"
    assert precious.exists()


@pytest.mark.parametrize("statement", [
    "CREATE TRIGGER planted AFTER INSERT ON Cache BEGIN DELETE FROM Cache; END",
    "CREATE VIEW planted AS SELECT 1",
    "CREATE TABLE planted (a)",
])  # fmt: skip
def test_a_planted_table_view_or_trigger_makes_the_store_ignored(tmp_path: Path, statement: str) -> None:
    file = filled(tmp_path, ("x", b"1"))
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.commit()
    connection.close()
    store = store_at(tmp_path)
    assert store.get("x") is None
    assert codes(store) == ["SB714"]
    with pytest.raises(DiagnosticError) as error:
        store.put([("y", b"1")])
    assert error.value.diagnostics[0].code == "SB714"


def test_a_planted_setting_makes_the_store_unwritable(tmp_path: Path) -> None:
    file = filled(tmp_path, ("x", b"1"))
    connection = sqlite3.connect(file)
    connection.execute("INSERT INTO Settings VALUES ('sqlite_temp_store_directory', '/tmp')")
    connection.commit()
    connection.close()
    with pytest.raises(DiagnosticError) as error:
        store_at(tmp_path).put([("y", b"1")])
    assert error.value.diagnostics[0].code == "SB714"


def test_a_flipped_byte_and_a_moved_value_are_not_served(tmp_path: Path) -> None:
    file = filled(tmp_path, ("a", b"value one"), ("b", b"value two"))
    connection = sqlite3.connect(file)
    connection.execute("UPDATE Cache SET value = CAST(replace(value, 'one', 'onf') AS BLOB) WHERE key = 'a'")
    connection.execute("INSERT INTO Cache (key, raw, mode, value) SELECT 'c', 1, 1, value FROM Cache WHERE key = 'b'")
    connection.commit()
    connection.close()
    store = store_at(tmp_path)
    assert store.get("a") is None
    assert store.get("c") is None
    assert store.get("b") == b"value two"
    assert codes(store) == ["SB715", "SB715"]


@pytest.mark.parametrize("content", [b"not sqlite" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_garbage_is_a_miss_with_a_note(tmp_path: Path, content: bytes) -> None:
    file = filled(tmp_path, ("a", b"1"))
    file.write_bytes(content)
    store = store_at(tmp_path)
    assert store.get("a") is None
    assert codes(store) == ["SB713"]
    with pytest.raises(DiagnosticError):
        store.put([("b", b"1")])


@pytest.mark.parametrize("name", ["cache.db", "cache.db-wal"])
def test_a_pipe_or_link_in_the_place_of_the_file_is_not_opened(tmp_path: Path, name: str) -> None:
    file = filled(tmp_path, ("a", b"1")).with_name(name)
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    store = store_at(tmp_path)
    assert store.get("a") is None
    assert codes(store) == ["SB713"]
    with pytest.raises(DiagnosticError):
        store.put([("b", b"1")])
    file.unlink()
    file.symlink_to("/etc/passwd")
    assert store_at(tmp_path).get("a") is None


def test_a_folder_name_with_signs_of_uris_and_shells_is_taken_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "a ?b#c%20d~$"
    root.mkdir()
    filled(root, ("x", b"1"))
    assert store_at(root).get("x") == b"1"


def test_a_folder_that_diskcache_would_expand_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "elsewhere")
    root = tmp_path / "$PLANTED"
    root.mkdir()
    with pytest.raises(DiagnosticError):
        store_at(root).put([("x", b"1")])
    assert not (tmp_path / "elsewhere").exists()


class _FullDisk(list[tuple[str, bytes]]):
    """No pairs; but the connection on which they would be written has no room for more from then on."""

    def __init__(self, store: LocalStore) -> None:
        super().__init__()
        self._store = store

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        assert self._store._cache is not None
        self._store._cache._con.execute("PRAGMA max_page_count = 8")
        return super().__iter__()


def test_close_leaves_neither_a_log_nor_a_thread_whoever_put(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    stay = threading.Event()

    def put(number: int) -> None:
        store.put([(f"a{number}", b"1")])
        put_all.release()
        stay.wait()  # what a thread holds ends with it at the latest

    before = threading.enumerate()
    put_all = threading.Semaphore(0)
    threads = [threading.Thread(target=put, args=(number,)) for number in range(3)]
    gc.disable()
    try:
        for thread in threads:
            thread.start()
        for _ in threads:
            put_all.acquire()
        assert store.get("a2") == b"1"
        folder = tmp_path / "cache/local/store"
        assert "cache.db-wal" in {one.name for one in folder.iterdir()}, "the control"
        store.close()
        assert [one.name for one in folder.iterdir()] == ["cache.db"]
        assert {*threading.enumerate()} == {*before, *threads}
        assert store.get("a1") == b"1"
    finally:
        gc.enable()
        stay.set()
        for thread in threads:
            thread.join()
        store.close()


def test_a_store_that_nobody_closes_ends_its_thread_and_opens_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_store, "_IDLE_S", 0.01)
    store = store_at(tmp_path)
    store.put([("a", b"1")])
    writer = store._writer
    if writer is not None:
        writer.join()
    assert store._writer is None
    store.put([("b", b"2")])
    assert (store.get("a"), store.get("b")) == (b"1", b"2")
    store.close()


def test_what_is_not_stored_is_said_so_and_the_store_goes_on(tmp_path: Path) -> None:
    store = store_at(tmp_path)
    store.put([("a", b"1")])
    store.put(_FullDisk(store))
    with pytest.raises(DiagnosticError) as error:
        store.put([("b", b"x" * 1_000_000)])
    assert error.value.diagnostics[0].code == "SB718"
    store.put([("c", b"3")])
    assert store.get("b") is None
    assert store.get("c") == b"3"
