"""Outputs: all or none, durable, never through a link, never over a person's bytes."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from specbuild.diagnostic import DiagnosticError
from specbuild.disk import durable, writer
from specbuild.disk.durable import temporary_name
from specbuild.disk.writer import Kept, OutputFile, Removed, Written, remove_leftovers, remove_outputs, write_outputs


def always(path: str, present: bytes | None) -> bool:
    return True


def only_new(path: str, present: bytes | None) -> bool:
    return present is None


def names_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def code_of(error: pytest.ExceptionInfo[DiagnosticError]) -> str:
    return error.value.diagnostics[0].code


def test_files_are_written_with_their_folders_and_nothing_else_is_left(tmp_path: Path) -> None:
    files = [OutputFile("build/a/x.py", b"x\n"), OutputFile("build/tool", b"#!/bin/sh\n", True)]
    results = write_outputs(tmp_path, files, may_replace=only_new)
    assert [type(one) for one in results] == [Written, Written]
    assert [one.path for one in results] == ["build/a/x.py", "build/tool"]
    assert names_below(tmp_path) == ["build/a/x.py", "build/tool"]
    assert os.access(tmp_path / "build/tool", os.X_OK)
    assert not os.access(tmp_path / "build/a/x.py", os.X_OK)


def test_equal_bytes_are_not_rewritten(tmp_path: Path) -> None:
    file = OutputFile("build/x.py", b"x\n")
    write_outputs(tmp_path, [file], may_replace=always)
    os.utime(tmp_path / "build/x.py", ns=(1, 1))
    inode = (tmp_path / "build/x.py").stat().st_ino
    assert write_outputs(tmp_path, [file], may_replace=always) == (Kept("build/x.py", "equal"),)
    assert (tmp_path / "build/x.py").stat().st_mtime_ns == 1
    assert (tmp_path / "build/x.py").stat().st_ino == inode
    changed = OutputFile("build/x.py", b"y\n")  # the control: other bytes are another file
    assert isinstance(write_outputs(tmp_path, [changed], may_replace=always)[0], Written)
    assert (tmp_path / "build/x.py").stat().st_ino != inode


def test_a_wrong_x_bit_is_put_right_without_new_bytes(tmp_path: Path) -> None:
    write_outputs(tmp_path, [OutputFile("x", b"#!", True)], may_replace=always)
    (tmp_path / "x").chmod(0o640)
    assert isinstance(write_outputs(tmp_path, [OutputFile("x", b"#!", True)], may_replace=always)[0], Written)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o750
    write_outputs(tmp_path, [OutputFile("x", b"#!", False)], may_replace=always)
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o640


def test_one_edited_file_keeps_the_whole_target(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_bytes(b"edited by a person\n")
    files = [OutputFile("a.py", b"a\n"), OutputFile("b.py", b"b\n")]
    results = write_outputs(tmp_path, files, may_replace=only_new)
    assert results == (Kept("a.py", "held back"), Kept("b.py", "foreign"))
    assert names_below(tmp_path) == ["b.py"]
    assert (tmp_path / "b.py").read_bytes() == b"edited by a person\n"
    write_outputs(tmp_path, files, may_replace=always)  # the control
    assert (tmp_path / "b.py").read_bytes() == b"b\n"


def test_an_edit_made_between_preparing_and_placing_is_kept(tmp_path: Path) -> None:
    files = [OutputFile("a.py", b"a\n"), OutputFile("b.py", b"b\n")]
    prepared = writer.prepare(tmp_path, files, may_replace=only_new)
    writer.flush([prepared])
    (tmp_path / "b.py").write_bytes(b"just saved\n")
    results = writer.place(prepared, may_replace=only_new)
    assert results == (Kept("a.py", "held back"), Kept("b.py", "foreign"))
    assert names_below(tmp_path) == ["b.py"]


@pytest.mark.parametrize("link", ["build", "build/inner"])
def test_nothing_is_written_through_a_linked_folder(tmp_path: Path, link: str) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    (outside / "inner").mkdir(parents=True)
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(outside)
    with pytest.raises(DiagnosticError) as error:
        write_outputs(root, [OutputFile("ok.py", b""), OutputFile("build/inner/x.py", b"x")], may_replace=always)
    assert code_of(error) == "SB826"
    assert names_below(outside) == []
    assert not (root / "ok.py").exists()


def test_a_link_a_folder_or_a_pipe_in_the_place_of_an_output_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"precious")
    (tmp_path / "link.py").symlink_to("target")
    (tmp_path / "folder.py").mkdir()
    os.mkfifo(tmp_path / "pipe.py")
    for name in ("link.py", "folder.py", "pipe.py"):
        with pytest.raises(DiagnosticError) as error:
            write_outputs(tmp_path, [OutputFile(name, b"x")], may_replace=always)
        assert code_of(error) == "SB829", name
    assert (tmp_path / "target").read_bytes() == b"precious"
    assert (tmp_path / "link.py").is_symlink()


def test_a_path_upwards_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    with pytest.raises(DiagnosticError):
        write_outputs(tmp_path / "root", [OutputFile("../x.py", b"x")], may_replace=always)
    assert not (tmp_path / "x.py").exists()


def test_a_full_disk_changes_nothing_and_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_outputs(tmp_path, [OutputFile("a.py", b"old a"), OutputFile("b.py", b"old b")], may_replace=always)
    real_write = os.write

    def full(descriptor: int, content: bytes) -> int:
        if bytes(content).startswith(b"new b"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real_write(descriptor, content[:3])

    monkeypatch.setattr(durable.os, "write", full)
    with pytest.raises(DiagnosticError) as error:
        write_outputs(tmp_path, [OutputFile("a.py", b"new a"), OutputFile("b.py", b"new b")], may_replace=always)
    monkeypatch.undo()
    assert code_of(error) == "SB827"
    assert names_below(tmp_path) == ["a.py", "b.py"]
    assert (tmp_path / "a.py").read_bytes() == b"old a"


def test_short_writes_still_write_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    monkeypatch.setattr(durable.os, "write", lambda descriptor, content: real_write(descriptor, content[:3]))
    write_outputs(tmp_path, [OutputFile("a.py", b"0123456789")], may_replace=always)
    assert (tmp_path / "a.py").read_bytes() == b"0123456789"


_KILLED = """
import os, signal, sys
from pathlib import Path
from specbuild.disk import writer
at = sys.argv[2]
real = getattr(os, at)
calls = 0
def killed(*arguments, **names):
    global calls
    calls += 1
    if calls == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **names)
setattr(os, at, killed)
files = [writer.OutputFile("build/a.py", b"new a" * 1000), writer.OutputFile("build/b.py", b"new b" * 1000)]
writer.write_outputs(Path(sys.argv[1]), files, may_replace=lambda path, present: True)
"""


@pytest.mark.parametrize(("at", "call"), [("fsync", 1), ("fsync", 2), ("rename", 1), ("rename", 2), ("fsync", 3)])
def test_a_killed_run_leaves_whole_files_and_leftovers_that_are_found(tmp_path: Path, at: str, call: int) -> None:
    old, new = b"old", {"build/a.py": b"new a" * 1000, "build/b.py": b"new b" * 1000}
    (tmp_path / "build").mkdir()
    for path in new:
        (tmp_path / path).write_bytes(old)
    run = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), at, str(call)], check=False)
    assert run.returncode == -9
    for path, content in new.items():
        assert (tmp_path / path).read_bytes() in (old, content)
    remove_leftovers(tmp_path, ["build", "absent"])
    assert names_below(tmp_path) == ["build/a.py", "build/b.py"]
    results = write_outputs(tmp_path, [OutputFile(path, content) for path, content in new.items()], may_replace=always)
    assert {one.path for one in results} == set(new)


def test_only_our_own_leftovers_are_removed(tmp_path: Path) -> None:
    for name in (".a.py.specbuild-tmp", "a.py.specbuild-tmp", ".a.py.tmp"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / ".folder.specbuild-tmp").mkdir()
    assert remove_leftovers(tmp_path, [""]) == (".a.py.specbuild-tmp",)
    assert names_below(tmp_path) == [".a.py.tmp", "a.py.specbuild-tmp"]


def test_the_longest_name_has_a_temporary_name_too(tmp_path: Path) -> None:
    name = "n" * 255
    assert len(temporary_name(name)) <= 255
    assert isinstance(write_outputs(tmp_path, [OutputFile(name, b"x")], may_replace=always)[0], Written)


def test_locked_bytes_are_removed_with_the_folders_they_leave_empty(tmp_path: Path) -> None:
    files = [OutputFile("build/p/q/a.py", b"a"), OutputFile("build/p/b.py", b"b"), OutputFile("src/c.py", b"c")]
    written = write_outputs(tmp_path, files, may_replace=always)
    shas = {one.path: one.sha256 for one in written if isinstance(one, Written)}
    (tmp_path / "build/p/b.py").write_bytes(b"edited")
    results = remove_outputs(tmp_path, [*shas.items(), ("build/gone.py", "0" * 64)], output_folder="build")
    assert results == (
        Removed("build/p/q/a.py"), Kept("build/p/b.py", "foreign"), Removed("src/c.py"), Removed("build/gone.py"),
    )  # fmt: skip
    assert names_below(tmp_path) == ["build/p/b.py"]
    assert not (tmp_path / "build/p/q").exists()
    assert (tmp_path / "src").is_dir()


def test_the_output_folder_itself_stays(tmp_path: Path) -> None:
    written = write_outputs(tmp_path, [OutputFile("build/a.py", b"a")], may_replace=always)
    assert isinstance(written[0], Written)
    remove_outputs(tmp_path, [("build/a.py", written[0].sha256)])
    assert (tmp_path / "build").is_dir()
