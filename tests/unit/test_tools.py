"""What is missing is told with the command of this system that gets it."""

from pathlib import Path

import pytest

from specbuild.runners import RUNNERS
from specbuild.work.tools import MANAGERS, git, install_command


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it but what a test puts there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path, name: str) -> None:
    (path / name).write_text("#!/bin/sh\n", encoding="utf-8")
    (path / name).chmod(0o755)


@pytest.mark.parametrize(
    ("manager", "wanted", "command"),
    [
        ("apt-get", "bwrap", "apt-get install bubblewrap"),
        ("dnf", "node", "dnf install nodejs"),
        ("brew", "node", "brew install node"),
        ("pacman", "c++", "pacman -S gcc"),
        ("apk", "git", "apk add git"),
    ],
)
def test_the_command_is_that_of_the_system(path: Path, manager: str, wanted: str, command: str) -> None:
    program(path, manager)
    assert install_command(wanted) == command


def test_without_a_package_manager_that_we_know_one_is_named_all_the_same(path: Path) -> None:
    assert install_command("git") == "apt-get install git"
    assert {row.programs[0] for row in RUNNERS.values() if not install_command(row.programs[0])} == set()
    assert "apt-get" in MANAGERS


def test_what_is_there_needs_no_command_and_what_is_not_says_what_lacks(path: Path) -> None:
    assert git().found == "" and git().lacks
    program(path, "git")
    assert git().found == str(path / "git")
