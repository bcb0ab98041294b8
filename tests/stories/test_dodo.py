"""A person's dodo.py: our targets as doit tasks beside theirs."""

import os
from pathlib import Path

import pytest
from doit.cmd_base import ModuleTaskLoader
from doit.doit_cmd import DoitMain

from specbuild import api
from tests.scene import Project


def task_pack() -> dict[str, object]:
    """A task of a person's own, which says only which files it uses."""
    return {"actions": ["cat build/a.md build/b.md > all.txt"], "file_dep": ["build/a.md", "build/b.md"]}


def doit(project: Project, monkeypatch: pytest.MonkeyPatch, *arguments: str, **config: object) -> int:
    """Run doit as in the project's folder, on our tasks and the person's, and return its exit code."""
    monkeypatch.chdir(project.root)
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    tasks = {
        "DOIT_CONFIG": {**api.DOIT_CONFIG, **config}, "task_pack": task_pack, "task_specbuild": api.task_specbuild
    }  # fmt: skip
    return int(DoitMain(ModuleTaskLoader(tasks)).run(list(arguments)) or 0)


def test_a_task_that_uses_outputs_comes_after_the_targets_that_make_them(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        project.spec(name, language="markdown")
    assert doit(project, monkeypatch, "-n", "2") == 0, capfd.readouterr()
    assert project.read("all.txt") == project.read("build/a.md") + project.read("build/b.md")
    assert doit(project, monkeypatch, "clean") == 0
    assert len(project.outputs()) == 2, "what specbuild builds is cleaned by `specbuild clean`"
    os.remove(project.root / "build/b.md")
    assert doit(project, monkeypatch, "build/b.md") == 0
    assert (len(project.outputs()), len(project.server.calls)) == (2, 2), "put back, without a call"


def test_a_failed_target_says_why_and_stops_the_tasks_that_use_it(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        project.spec(name, language="markdown", attempts=1)
    project.server.always("unauthorized")
    assert doit(project, monkeypatch, "-o", str(project.root.parent / "reported")) == 1
    assert "\n  SB604 service default refuses the key" in capfd.readouterr().err
    reported = (project.root.parent / "reported").read_text()
    assert "is not built; why stands above" in reported
    assert "bound method" not in reported
    assert not (project.root / "all.txt").exists()


def test_a_fault_of_a_spec_is_shown_as_by_any_command_and_not_as_a_traceback(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write("specs/a.toml", "[file]\nname = 3\n")
    assert doit(project, monkeypatch, "list") == 3  # what doit says of any dodo.py with a fault
    told = capfd.readouterr().err
    assert "specs/a.toml:2:1: error SB204" in told and "hint:" in told
    assert "Traceback" not in told


def test_processes_of_doit_are_refused_for_each_would_wait_for_the_other(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        project.spec(name, language="markdown")
    state = {"dep_file": str(tmp_path / "state"), "par_type": "process"}
    assert doit(project, monkeypatch, "-n", "2", **state) == 1
    assert "run on threads" in "".join(capfd.readouterr())
    assert project.server.calls == []
    assert doit(project, monkeypatch, "-n", "2", "-P", "thread", **state) == 0, "the control"
