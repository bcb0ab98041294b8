"""`cache/local/`: believed only where this tool made it, in this place."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.git import is_ignored, is_repository, is_tracked
from specbuild.disk.local_folder import LocalFolder


def git(folder: Path, *arguments: str) -> None:
    argv = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    subprocess.run(argv, cwd=folder, check=True, capture_output=True)


def test_asking_makes_nothing(tmp_path: Path) -> None:
    assert LocalFolder(tmp_path).for_reading() is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_made_here_is_believed_and_private(tmp_path: Path) -> None:
    place = LocalFolder(tmp_path).for_writing()
    assert place == tmp_path / "cache/local"
    assert place.stat().st_mode & 0o777 == 0o700
    assert LocalFolder(tmp_path).for_reading() == place
    inode = place.stat().st_ino
    assert LocalFolder(tmp_path).for_writing().stat().st_ino == inode
    assert [one.name for one in (tmp_path / "cache").iterdir()] == ["local"]


def test_a_copied_folder_is_ignored_and_set_aside_by_the_next_build(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (LocalFolder(tmp_path / "a").for_writing() / "x").touch()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    fault = LocalFolder(tmp_path / "b").for_reading()
    assert isinstance(fault, Diagnostic)
    assert fault.code == "SB710"
    place = LocalFolder(tmp_path / "b").for_writing()
    assert not (place / "x").exists()
    assert (place / "aside/x").exists()
    assert LocalFolder(tmp_path / "b").for_reading() == place
    (tmp_path / "a").rename(tmp_path / "c")  # the control: a moved project keeps its state
    assert LocalFolder(tmp_path / "c").for_reading() == tmp_path / "c/cache/local"


def test_a_planted_folder_without_a_mark_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "cache/local").mkdir(parents=True)
    assert LocalFolder(tmp_path).for_reading() is None  # empty: nothing to believe
    (tmp_path / "cache/local/journal").write_text("planted")
    assert isinstance(LocalFolder(tmp_path).for_reading(), Diagnostic)
    assert not (LocalFolder(tmp_path).for_writing() / "journal").exists()


@pytest.mark.parametrize("link", ["cache", "cache/local"])
def test_a_link_to_elsewhere_is_neither_read_nor_written(tmp_path: Path, link: str) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    LocalFolder(outside).for_writing()
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(outside / link)
    assert isinstance(LocalFolder(root).for_reading(), Diagnostic)
    with pytest.raises(DiagnosticError):
        LocalFolder(root).for_writing()
    assert [one.name for one in (outside / "cache/local").iterdir()] == ["folder"]


def test_a_folder_that_git_tracks_is_neither_read_nor_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    place = LocalFolder(tmp_path).for_writing()
    assert LocalFolder(tmp_path).for_reading() == place
    git(tmp_path, "add", "-f", "cache/local")
    fault = LocalFolder(tmp_path).for_reading()
    assert isinstance(fault, Diagnostic)
    assert fault.code == "SB711"
    with pytest.raises(DiagnosticError):
        LocalFolder(tmp_path).for_writing()


def test_several_processes_that_meet_a_copied_folder_agree_on_one_new_one(tmp_path: Path) -> None:
    (tmp_path / "cache/local").mkdir(parents=True)
    (tmp_path / "cache/local/journal").write_text("planted")
    program = (
        "import sys; from pathlib import Path; from specbuild.disk.local_folder import LocalFolder;"
        "sys.stdin.read(); print(LocalFolder(Path(sys.argv[1])).for_writing().stat().st_ino)"
    )
    argv = [sys.executable, "-c", program, str(tmp_path)]
    runs = [subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    for run in runs:
        assert run.stdin is not None
        run.stdin.close()
        run.stdin = None
    answers = {run.communicate()[0] for run in runs}
    assert answers == {f"{(tmp_path / 'cache/local').stat().st_ino}\n"}


def test_git_is_asked_from_the_index_and_without_hooks(tmp_path: Path) -> None:
    project = tmp_path / "sub/project"
    project.mkdir(parents=True)
    git(tmp_path, "init", "-q")
    (project / "a.txt").touch()
    (project / "b.txt").touch()
    (tmp_path / ".gitignore").write_text("b.txt\n")
    assert is_repository(project)
    assert not is_tracked(project, "a.txt")
    git(tmp_path, "add", "sub/project/a.txt")
    assert is_tracked(project, "a.txt")
    assert is_tracked(project, "A.TXT")
    assert not is_tracked(project, "b.txt")
    assert not is_tracked(project, "*.txt")
    assert is_ignored(project, "b.txt")
    assert not is_ignored(project, "a.txt")


@pytest.mark.parametrize("version", ["2", "4"])
def test_every_version_of_gits_index_is_understood(tmp_path: Path, version: str) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "cache/local").mkdir(parents=True)
    (tmp_path / "cache/loc").touch()
    (tmp_path / "cache/local/x").touch()
    git(tmp_path, "add", "cache")
    git(tmp_path, "update-index", "--index-version", version)
    assert is_tracked(tmp_path, "cache/local/")
    assert not is_tracked(tmp_path, "cache/local/y")


def test_a_worktree_finds_its_own_index(tmp_path: Path) -> None:
    main = tmp_path / "main"
    main.mkdir()
    git(main, "init", "-q")
    (main / "x").touch()
    git(main, "add", "x")
    git(main, "commit", "-q", "-m", "x")
    git(main, "worktree", "add", "-q", "../other")
    assert is_tracked(tmp_path / "other", "x")
    assert not is_tracked(tmp_path / "other", "y")


def test_variables_of_a_running_hook_point_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        git(tmp_path / name, "init", "-q")
    (tmp_path / "a/x").touch()
    git(tmp_path / "a", "add", "x")
    monkeypatch.setenv("GIT_DIR", os.fspath(tmp_path / "b/.git"))
    assert is_tracked(tmp_path / "a", "x")
