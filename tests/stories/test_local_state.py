"""Local state that counts for nothing is ignored with a message: by commands that read, and by a build.

Each fault is told once by each command, changes no exit code, and is told by none without it.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scene import Project, Server

READING = ("check", "status", "plan")
DAMAGED = "no line of a journal\n"


@pytest.fixture
def project(tmp_path: Path, server: Server) -> Project:
    project = Project(tmp_path / "project", server)
    project.write("specbuild.toml", 'edition = 1\nmodel = "m"\ncommit_outputs = true\n')
    project.spec("one", language="markdown")
    project.build()
    for command in (*READING, "build"):  # the control: a project with its own state is told nothing of it
        assert "SB71" not in project.run(command).err
    return project


def copied(project: Project) -> Project:
    return project.clone("copy", without=())


def tracked(project: Project) -> Project:
    for command in (["init", "-q"], ["add", "-f", "cache/local/folder"]):
        subprocess.run(["git", *command], cwd=project.root, check=True, capture_output=True)
    return project


def damaged(project: Project) -> Project:
    project.write("cache/local/journal", DAMAGED)
    return project


@pytest.mark.parametrize(("deed", "code"), [(copied, "SB710"), (tracked, "SB711"), (damaged, "SB716")])
def test_reading_commands_and_a_build_say_once_what_they_ignore(
    project: Project, deed: Callable[[Project], Project], code: str
) -> None:
    found = deed(project)
    before = found.stamps()
    for command in (*READING, "why one", "build --dry-run"):
        ran = found.run(*command.split())
        assert (ran.code, ran.err.count(code), ran.err.count(f"warning {code}")) == (0, 1, 1), (command, ran.err)
    checked = found.run("check", "--json")
    assert [(one["code"], one["severity"]) for one in checked.json["diagnostics"]] == [(code, "warning")]
    assert found.stamps() == before  # reading writes nothing
    built = found.build()
    assert (built.err.count(code), built.calls) == (1, 0)
    # A build has put right what is its own; what git tracks is a person's to decide.
    assert (code in found.run("check").err) == (code == "SB711")
    assert (code in found.build().err) == (code == "SB711")


def test_a_build_with_something_to_do_says_it_too(project: Project) -> None:
    copy = copied(project)
    (copy.root / "build/one.md").unlink()
    copy.write("cache/local/journal", DAMAGED)  # what was copied is not even read
    built = copy.run("build", "--json")
    assert (built.code, built.err.count("SB710"), "SB716" in built.err) == (0, 1, False)
    assert [one["code"] for one in built.json["notices"]] == ["SB710"]
    assert (copy.root / "cache/local/aside/journal").read_text() == DAMAGED
    assert "SB71" not in copy.run("check").err
