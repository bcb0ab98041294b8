"""Nothing to do is answered from the index, and never wrongly: whatever happened to a file, the truth is told.

Every story builds a project whose index then answers, does one thing to it, and compares what the started program says
with what it says without any index.
"""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from specbuild import __version__, gate
from specbuild.disk import stat_index
from specbuild.disk.stat_index import Sightings, Told, write_index
from specbuild.work import remember
from tests.scene import Project, Server
from tests.started import Running, Said

ROOT = str(Path(__file__).parents[2])
INDEX = "cache/local/index"
COMMANDS = ("check", "status", "plan")


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Project:
    project = Project(tmp_path / "project", server)
    project.write("specbuild.toml", 'edition = 1\nmodel = "m"\ncommit_outputs = true\n')
    for name in ("one", "two"):
        project.spec(name, language="markdown")
    project.write("docs/format.md", "A format.\n")
    project.spec("three", language="markdown", context=["docs/format.md"])
    started(project, "build")
    settle(project)
    return project


def started(project: Project, *arguments: str, folder: Path | None = None) -> Said:
    """Start the program as a process of its own, which is where the gate stands."""
    return Running(arguments, folder or project.root, project.environment).said()


def started_anew(project: Project, *arguments: str, code: str = "") -> Said:
    """Start a new Python with nothing imported, with the program or with `code`."""
    command = [sys.executable, "-c", code, *arguments] if code else [sys.executable, "-m", "specbuild", *arguments]
    done = subprocess.run(
        command, cwd=project.root, env={**project.environment, "PYTHONPATH": ROOT},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def settle(project: Project) -> None:
    """Build until the index trusts every path: each renewal takes a new clock."""
    for _ in range(100):
        index = indexed(project)
        if index is not None and all(index.stats.tolist()[::4]):
            return
        assert started(project, "build")[0] == 0
    raise AssertionError("the index never came to trust all")


def indexed(project: Project) -> gate.Index | None:
    """Return the project's index as the gate reads it, under the premises of the started program."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            patch.delenv(name)
        for name, value in project.environment.items():
            patch.setenv(name, value)
        try:
            return gate.read_index(str(project.root), __version__)
        except OSError:
            return None


def from_gate(project: Project, command: str) -> bool:
    """Say if the gate itself answers `command`: no module of ours but itself is imported then."""
    code = (
        "import sys; from specbuild import __main__; sys.argv[0] = 'specbuild'; code = __main__.main(); "
        "print(sorted(one for one in sys.modules if one.startswith('specbuild')), file=sys.stderr); sys.exit(code)"
    )
    return started_anew(project, command, code=code).err.splitlines()[-1] == (
        "['specbuild', 'specbuild.__main__', 'specbuild.gate']"
    )


def truth(project: Project) -> list[Said]:
    """Return what the commands say without an index."""
    index = project.root / INDEX
    kept = index.rename(index.with_name("put-away")) if index.exists() else None
    said = [started(project, command) for command in COMMANDS]
    if kept:
        kept.rename(index)
    return said


def test_what_the_gate_says_is_what_the_long_way_says(project: Project) -> None:
    assert all(from_gate(project, command) for command in (*COMMANDS, "build"))
    assert [started_anew(project, command) for command in COMMANDS] == truth(project)
    coloured = {**project.environment, "FORCE_COLOR": "1"}
    project.environment = coloured
    assert "\x1b[" in started(project, "status")[1]
    assert [started(project, command) for command in COMMANDS] == truth(project)
    said = started(project, "build", "-q")
    assert said == (0, "", "") and from_gate(project, "build")


def test_the_gate_imports_os_and_sys_only(project: Project) -> None:
    code = (
        "import os, sys; before = set(sys.modules); from specbuild import gate; "
        f"code = gate.answer(['build'], {__version__!r}); print(sorted(set(sys.modules) - before)); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {ROOT!r}); {code}"],
        cwd=project.root, env=project.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "['specbuild', 'specbuild.gate']\n"), done.stderr


def test_it_answers_from_below_the_root_too(project: Project) -> None:
    below = project.root / "docs"
    assert started(project, "check", folder=below) == started(project, "check")
    inner = project.write("docs/specbuild.toml", "edition = 1\n")  # a project of its own is nearer
    assert started(project, "status", folder=below) != started(project, "status")
    inner.unlink()


Deed = Callable[[Project], None]


def same_size_edit_with_restored_time(project: Project) -> None:
    file = project.root / "specs/one.toml"
    before = file.stat()
    project.change("specs/one.toml", "Print a line.", "Print a word.")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def rename_over(project: Project) -> None:
    other = project.write("other.toml", project.read("specs/one.toml").replace("a line", "a word"))
    before = (project.root / "specs/one.toml").stat()
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(project.root / "specs/one.toml")


def swap_to_a_link(project: Project) -> None:
    file = project.root / "specs/one.toml"
    project.write("elsewhere.toml", project.read("specs/one.toml").replace("a line", "a word"))
    file.unlink()
    file.symlink_to("../elsewhere.toml")


def new_spec(project: Project) -> None:
    project.spec("four", language="markdown")


def new_spec_in_a_new_folder(project: Project) -> None:
    project.spec("deep/four", language="markdown")


def gone_spec(project: Project) -> None:
    (project.root / "specs/one.toml").unlink()


def changed_context(project: Project) -> None:
    project.write("docs/format.md", "B format.\n")


def changed_configuration(project: Project) -> None:
    project.write("specbuild.toml", 'edition = 1\nmodel = "n"\ncommit_outputs = true\n')


def output_edited(project: Project) -> None:
    project.write("build/one.md", "print('mine')\n")


def output_gone(project: Project) -> None:
    (project.root / "build/one.md").unlink()


def output_executable(project: Project) -> None:
    (project.root / "build/one.md").chmod(0o755)


def lock_gone(project: Project) -> None:
    (project.root / "specbuild.lock").unlink()


def lock_of_another_time(project: Project) -> None:
    project.write("specbuild.lock", '{\n "lock_version": 1,\n "targets": {}\n}\n')


def a_journal(project: Project) -> None:
    project.write("cache/local/journal", "no line\n")


def nothing(project: Project) -> None:
    return None


def touched(project: Project) -> None:
    os.utime(project.root / "specs/one.toml")


def written_again(project: Project) -> None:
    project.write("specs/one.toml", project.read("specs/one.toml"))
    project.write("build/two.md", project.read("build/two.md"))


CHANGES = (
    same_size_edit_with_restored_time, rename_over, swap_to_a_link, new_spec, new_spec_in_a_new_folder, gone_spec,
    changed_context, changed_configuration, output_edited, output_gone, output_executable, lock_gone,
    lock_of_another_time,
)  # fmt: skip
NO_CHANGES = (nothing, touched, written_again, a_journal)


@pytest.mark.parametrize("deed", CHANGES, ids=lambda deed: deed.__name__)
def test_a_change_is_seen(project: Project, deed: Deed) -> None:
    before = [started(project, command) for command in COMMANDS]
    deed(project)
    assert not from_gate(project, "check")
    said = [started(project, command) for command in COMMANDS]
    assert said == truth(project)
    assert said != before  # the control: this deed really changes what is to be told


@pytest.mark.parametrize("deed", NO_CHANGES, ids=lambda deed: deed.__name__)
def test_no_change_is_no_change(project: Project, deed: Deed) -> None:
    deed(project)
    said = [started(project, command) for command in COMMANDS]
    assert said == truth(project)
    assert [one[0] for one in said] == [0, 0, 0]


def test_a_touched_file_is_looked_at_again_and_only_a_build_renews_the_index(project: Project) -> None:
    before = (project.root / INDEX).read_bytes()
    touched(project)
    assert started(project, "check")[0] == 0 and (project.root / INDEX).read_bytes() == before
    assert not from_gate(project, "check")
    assert started(project, "build")[0] == 0 and (project.root / INDEX).read_bytes() != before
    settle(project)
    assert from_gate(project, "check")


def test_new_premises_make_the_index_worth_nothing(project: Project) -> None:
    assert from_gate(project, "check")
    home = Path(project.environment["HOME"])
    (home / ".config/specbuild").mkdir(parents=True)
    (home / ".config/specbuild/config.toml").write_text('nonsense = "1"\n')
    assert not from_gate(project, "check") and started(project, "check") == truth(project)[0]
    (home / ".config/specbuild/config.toml").unlink()
    assert from_gate(project, "check")
    project.environment["OPENAI_API_MODEL"] = "another"
    assert not from_gate(project, "check")
    del project.environment["OPENAI_API_MODEL"]
    project.environment["OPENAI_API_KEY"] = "another-key"  # a key is no premise, and nowhere in the file
    assert from_gate(project, "check")
    assert b"canary" not in (project.root / INDEX).read_bytes()


def test_a_folder_that_was_copied_with_its_index_is_looked_at_anew(project: Project) -> None:
    copy = project.root.with_name("copy")
    shutil.copytree(project.root, copy, symlinks=True)
    shutil.copystat(project.root / INDEX, copy / INDEX)
    (copy / "specs/one.toml").write_text(project.read("specs/one.toml").replace("a line", "a word"))
    assert started(project, "check")[0] == 0
    assert started(project, "check", folder=copy)[0] == 1


@pytest.mark.parametrize("part", ["cut", "longer", "bit", "counts", "empty", "planted"])
def test_a_damaged_index_is_never_believed(project: Project, part: str) -> None:
    index = project.root / INDEX
    raw = index.read_bytes()
    head = raw.index(b"\n\n")
    changed_context(project)
    damaged = {
        "cut": raw[: len(raw) // 2],
        "longer": raw + b"build 1 0 0\n",
        "bit": raw[: head + 20] + bytes([raw[head + 20] ^ 1]) + raw[head + 21 :],
        "counts": raw[:head].rpartition(b"\n")[0] + b"\n0 0 0 0\n\n",
        "empty": b"",
        # With no path to look at nothing could differ; what it would say is written out.
        "planted": raw[:head].rpartition(b"\n")[0] + b"\n0 0 0 24\n\ncheck 2 8 0\nall well" + b"\n",
    }[part]
    index.write_bytes(damaged)
    assert [started(project, command) for command in COMMANDS] == truth(project)
    assert started(project, "check")[0] == 1


def test_an_index_that_was_forged_hides_nothing_from_a_deep_check(project: Project) -> None:
    context, index = project.root / "docs/format.md", project.root / INDEX
    assert started(project, "check", "--deep") == started(project, "check")
    before = row_of(context)
    changed_context(project)
    index.write_bytes(index.read_bytes().replace(before, row_of(context)))
    assert started(project, "check", "--deep") == truth(project)[0]
    assert started(project, "check", "--deep")[0] == 1
    assert started(project, "check")[0] == 0  # the control: it does hide it from a check that believes it


def row_of(file: Path) -> bytes:
    """Return what an index says of a file as it lies there now."""
    seen = file.stat()
    return struct.pack("=4Q", seen.st_ctime_ns, seen.st_mtime_ns, seen.st_size, seen.st_ino)


def test_an_index_that_came_with_a_clone_is_refused(project: Project) -> None:
    for command in (["init", "-q"], ["add", "-f", INDEX]):
        subprocess.run(["git", *command], cwd=project.root, check=True, capture_output=True)
    clone = project.root.with_name("clone")
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", "all"], cwd=project.root, check=True
    )
    subprocess.run(["git", "clone", "-q", str(project.root), str(clone)], check=True)
    assert (clone / INDEX).exists() and not (clone / "specs").exists()
    assert started(project, "check", folder=clone) != started(project, "check")


def test_an_index_without_the_lock_in_front_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "cache/local").mkdir(parents=True)
    sightings = Sightings(1 << 62)
    assert not write_index(tmp_path, sightings.rows(), [Told("check", 2, "x\n", "x\n")], version="1")


def test_on_a_read_only_disk_everything_is_answered(project: Project) -> None:
    touched(project)
    told = [started_read_only(project, command) for command in ("build", *COMMANDS)]
    assert told == [started(project, command) for command in ("build", *COMMANDS)]
    assert [one[0] for one in told] == [0, 0, 0, 0]
    changed_context(project)
    assert [started_read_only(project, command) for command in COMMANDS] == truth(project)


def started_read_only(project: Project, command: str) -> Said:
    """Start the program where the whole project is mounted read-only; the control: nothing can be written there."""
    mount = (
        'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && cd "$1" && ! touch x 2>/dev/null '
        '&& exec "$2" -m specbuild "$3"'
    )
    done = subprocess.run(
        ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", mount, "sh",
         str(project.root), sys.executable, command],
        env={**project.environment, "PYTHONPATH": ROOT}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return Said(done.returncode, done.stdout, done.stderr)


def test_without_an_index_everything_is_the_same_but_slower(project: Project) -> None:
    said = [started(project, command) for command in COMMANDS]
    (project.root / INDEX).unlink()
    assert [started(project, command) for command in COMMANDS] == said
    assert not (project.root / INDEX).exists()  # reading commands write nothing
    started(project, "build")
    assert (project.root / INDEX).exists()


def test_the_first_build_of_a_fresh_clone_leaves_an_index(project: Project) -> None:
    shutil.rmtree(project.root / "cache" / "local")
    shutil.rmtree(project.root / "build")
    assert started(project, "build", "--offline").code == 0
    assert indexed(project) is not None
    settled = [started(project, command) for command in COMMANDS]
    assert settled == truth(project)


def test_a_first_revision_is_told_though_the_targets_are_the_same(project: Project) -> None:
    assert "revision" not in started(project, "status").out
    project.change("specs/one.toml", "[project]", "[project]\nhints = 'Shorter.'")
    assert started(project, "revise", "one").code == 0
    assert started(project, "build").code == 0
    settle(project)
    assert [from_gate(project, command) for command in COMMANDS] == [True] * 3
    assert "one    up to date (revision 1)\n" in started(project, "status").out
    assert [started(project, command) for command in COMMANDS] == truth(project)


class TestTheTickOfTheRecord:
    """A clock of coarse ticks: an edit in the very tick of the look gives a file the times it had.

    The naive rule "equal times mean equal bytes" is wrong there, and is shown to be.
    """

    def test_a_file_of_this_very_tick_is_not_trusted(self, tmp_path: Path) -> None:
        tick = 1_000_000_000
        seen = os.stat_result((0o100644, 7, 1, 1, 0, 0, 3, 1, 1, 1))
        found = _at(seen, tick)
        sightings = Sightings(clock_ns=tick)
        sightings.file("a", found, b"one")
        row = sightings.rows()["a"]
        assert row is not None and row[:4] == (0, 0, 0, 0)
        # Now somebody writes "two" in the same tick: size, times and inode are what they were.
        edited = _at(seen, tick)
        naive = (found.st_ctime_ns, found.st_mtime_ns, found.st_size, found.st_ino)
        assert naive == (edited.st_ctime_ns, edited.st_mtime_ns, edited.st_size, edited.st_ino)  # the naive rule: fresh
        assert row[:4] != naive  # ours: read again

    def test_a_file_of_an_earlier_tick_is(self) -> None:
        seen = os.stat_result((0o100644, 7, 1, 1, 0, 0, 3, 1, 1, 1))
        sightings = Sightings(clock_ns=2_000_000_000)
        sightings.file("a", _at(seen, 1_000_000_000), b"one")
        row = sightings.rows()["a"]
        assert row is not None and row.ctime_ns == 1_000_000_000

    def test_a_file_that_changes_between_two_looks_matches_nothing(self) -> None:
        seen = os.stat_result((0o100644, 7, 1, 1, 0, 0, 3, 1, 1, 1))
        sightings = Sightings(clock_ns=2_000_000_000)
        sightings.file("a", _at(seen, 1_000_000_000), b"one")
        sightings.file("a", _at(seen, 1_000_000_000), b"two")
        row = sightings.rows()["a"]
        assert row is not None and row[:4] == (0, 0, 0, 0) and row.digest == b"\0" * 32


class _Seen:
    """What `os.stat` says, with one time for all."""

    def __init__(self, seen: os.stat_result, time_ns: int) -> None:
        self.st_mode, self.st_ino, self.st_size = seen.st_mode, seen.st_ino, seen.st_size
        self.st_ctime_ns = self.st_mtime_ns = time_ns


def _at(seen: os.stat_result, time_ns: int) -> os.stat_result:
    return _Seen(seen, time_ns)  # type: ignore[return-value]


def test_many_paths_are_shared_among_processes_and_each_share_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(gate, "FORK_FROM", 10)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2})
    names = [f"f{number:02}" for number in range(30)]
    for name in names:
        Path(name).touch()
    sightings = Sightings(1 << 62)
    for name in names:
        sightings.look(name, tmp_path)
    rows = [one for one in sightings.rows().values() if one]
    stats = memoryview(b"".join(number.to_bytes(8, sys.byteorder) for row in rows for number in row[:4])).cast("Q")
    index = gate.Index(stats, names, [], b"", b"")
    assert gate.is_unchanged(index)
    for name in ("f00", "f15", "f29"):
        before = Path(name).stat()
        Path(name).write_text("x")
        assert not gate.is_unchanged(index), name
        Path(name).write_text("")
        os.utime(name, ns=(before.st_atime_ns, before.st_mtime_ns))
        stat_index.look(name)
        index = gate.Index(_stats_of(names), names, [], b"", b"")
        assert gate.is_unchanged(index)


def _stats_of(names: list[str]) -> memoryview:
    rows = [stat_index.look(name) for name in names]
    return memoryview(b"".join(number.to_bytes(8, sys.byteorder) for row in rows if row for number in row[:4])).cast(
        "Q"
    )


def test_what_was_told_of_the_same_targets_is_not_laid_out_again(project: Project) -> None:
    project.spec("one", "A text.")
    project.build()
    project.build()
    assert from_gate(project, "status")
    with patch.object(remember, "status_text", side_effect=remember.status_text) as laid_out:
        project.spec("one", "Another text.")
        assert project.build().calls == 1
        assert not laid_out.called
        project.spec("folder/longer", "A text.")  # the control: of other targets it is
        assert project.build().calls == 1
        assert laid_out.called
    assert [started(project, command) for command in COMMANDS] == truth(project)
