"""A copy of a project's files that is brought up to date in place."""

import os
import subprocess
from pathlib import Path

import pytest

from specbuild.disk.mirror import files_of, mirror


def nothing(path: str) -> bool:
    return False


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    for path, text in {
        "a.txt": "a\n",
        "deep/er/b.txt": "b\n",
        "tool.sh": "#!/bin/sh\n",
        ".hidden": "h\n",
        ".dots/c.txt": "c\n",
        "cache/local/journal": "j\n",
        "cache/replies/00/r.json": "{}\n",
    }.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (root / "tool.sh").chmod(0o755)
    (root / "link").symlink_to("a.txt")
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e", *arguments], cwd=root, check=True, capture_output=True
    )


def contents(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


def test_without_git_all_files_are_meant_but_those_in_dot_folders_and_those_left_out(source: Path) -> None:
    found = files_of(source, without=lambda path: path.rstrip("/") == "cache/local")
    assert found == (".hidden", "a.txt", "cache/replies/00/r.json", "deep/er/b.txt", "link", "tool.sh")


def test_with_git_those_are_meant_that_it_does_not_ignore(source: Path) -> None:
    git(source, "init", "-q")
    (source / ".gitignore").write_text("cache/local/\nignored*\n")
    (source / "ignored.txt").write_text("i\n")
    git(source, "add", "a.txt", "deep")
    (source / "deep/er/b.txt").unlink()
    found = files_of(source, without=lambda path: path.startswith("tool"))
    assert found == (
        ".dots/c.txt", ".gitignore", ".hidden", "a.txt", "cache/replies/00/r.json", "deep/er/b.txt", "link",
    )  # fmt: skip
    git(source, "commit", "-q", "-m", "m")
    assert files_of(source / "deep", without=nothing) == ("er/b.txt",), "a project below the repository's top"


def test_the_mirror_holds_what_is_named_and_nothing_else(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    paths = ("a.txt", "deep/er/b.txt", "link", "tool.sh", "gone.txt")
    mirror(source, target, paths)
    assert contents(target) == {"a.txt": "a\n", "deep/er/b.txt": "b\n", "link": "a\n", "tool.sh": "#!/bin/sh\n"}
    assert os.readlink(target / "link") == "a.txt" and os.access(target / "tool.sh", os.X_OK)
    (target / "kept.txt").write_text("k\n")
    (target / "other").mkdir()
    (target / "other/x.txt").write_text("x\n")
    (target / "deep/er/b.txt").write_text("changed here\n")
    (target / "a.txt").unlink()
    (target / "a.txt").symlink_to("/etc/passwd")
    mirror(source, target, ("a.txt", "deep/er/b.txt", "tool.sh"), kept=("kept.txt",))
    assert contents(target) == {"a.txt": "a\n", "deep/er/b.txt": "b\n", "kept.txt": "k\n", "tool.sh": "#!/bin/sh\n"}
    assert not (target / "a.txt").is_symlink() and not (target / "other").exists()


def test_a_file_that_is_equal_is_not_written_again_but_gets_its_x_bit(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    mirror(source, target, ("a.txt",))
    before = (target / "a.txt").stat()
    (source / "a.txt").chmod(0o755)
    mirror(source, target, ("a.txt",))
    after = (target / "a.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert after.st_mode & 0o100


def test_a_linked_folder_in_the_mirror_is_never_entered(source: Path, tmp_path: Path) -> None:
    target, outside = tmp_path / "target", tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("p\n")
    target.mkdir()
    (target / "deep").symlink_to(outside)
    mirror(source, target, ("a.txt",))
    assert (outside / "precious").exists() and not (target / "deep").is_symlink()
