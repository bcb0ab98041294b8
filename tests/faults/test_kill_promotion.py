"""kill -9 before every step that puts an iteration in place: nothing torn or lost, and once more makes it whole."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import pytest

from specbuild.work import iterate
from tests.scene import Project, Server

MODULES = ("first", "second", "third")
STEPS = ("fsync", "rename", "unlink", "write", "mkdir", "ftruncate")
CONFIGURATION = 'edition = 1\nmodel = "m"\n\n[iterate]\nspecs = "self"\npackage = "toy"\n'
MOST_STEPS = 400


def module(name: str, how: str) -> str:
    return f'"""Module {name}, {how}."""\n\n\ndef {name}() -> str:\n    """Return how."""\n    return "{how}"\n'


@pytest.fixture(scope="module", autouse=True)
def no_flush() -> Iterator[None]:
    """A killed process leaves what it wrote to the kernel: without flushes the test takes a quarter of the time."""
    with patch.object(os, "fsync", lambda descriptor: None):
        yield


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Three modules written by hand, and an iteration of them that is kept and not promoted."""
    with Server() as server:
        project = Project(tmp_path_factory.mktemp("promotion") / "origin", server)
        project.write("specbuild.toml", CONFIGURATION)
        for name in MODULES:
            project.write(f"toy/{name}.py", module(name, "by hand"))
            project.spec(f"self/{name}", f"Module {name}.", directory="toy")
            server.answers[f"Module {name}."] = f"```python\n{module(name, 'built')}```\n"
        _expect(project, "iterate", "-m", "first")
        yield project


@pytest.fixture(scope="module")
def moved_on(origin: Project) -> Project:
    """The same with that iteration promoted, and a second one kept that has two other modules."""
    project = origin.clone("moved-on")
    _expect(project, "iterate", "--promote")
    for name in MODULES[:2]:
        project.change(f"specs/self/{name}.toml", f"Module {name}.", f"Module {name}, anew.")
        project.server.answers[f"Module {name}, anew."] = f"```python\n{module(name, 'anew')}```\n"
    _expect(project, "iterate", "-m", "second")
    return project


@pytest.mark.parametrize("which", ["origin", "moved_on"])
def test_a_promotion_that_is_killed_anywhere_is_made_whole_by_the_next_one(
    which: str, request: pytest.FixtureRequest
) -> None:
    start: Project = request.getfixturevalue(which)
    before = _modules(start)
    whole = start.clone(f"{which}-whole")
    _expect(whole, "iterate", "--promote", "--offline")
    _expect(whole, "history", "verify")
    expected = _modules(whole)
    killed_at = 0
    for step in range(1, MOST_STEPS):
        project = start.clone(f"{which}-killed")
        if not _killed_before(step, project):
            break
        killed_at = step
        _nothing_is_torn_or_edited(project, before, expected)
        _expect(project, "iterate", "--promote", "--offline")
        assert _modules(project) == expected, f"killed before step {step}"
        assert set(project.states().values()) == {"fresh"}
        assert not list((project.root / "toy").glob(".*")), "a temporary file is left"
        if which == "origin":
            assert _copies(project) == set(before.values()), "what was written by hand is kept"
        shutil.rmtree(project.root)
    assert killed_at >= 15, "control: there were steps to be killed before"


def test_control_a_torn_module_is_seen(moved_on: Project) -> None:
    project = moved_on.clone("torn")
    before = _modules(project)
    project.write("toy/first.py", before["toy/first.py"][:20])
    with pytest.raises(AssertionError):
        _nothing_is_torn_or_edited(project, before, before)


def _expect(project: Project, *arguments: str) -> None:
    ran = project.run(*arguments)
    assert ran.code == 0, ran.out + ran.err


def _modules(project: Project) -> dict[str, bytes]:
    return {f"toy/{name}.py": (project.root / f"toy/{name}.py").read_bytes() for name in MODULES}


def _copies(project: Project) -> set[bytes]:
    folders = list((project.root / "cache/local/edited").rglob("*.py"))
    return {path.read_bytes() for path in folders}


def _nothing_is_torn_or_edited(project: Project, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    for path, content in _modules(project).items():
        assert content in (before[path], after[path]), f"{path} is torn"
    lock = project.root / "specbuild.lock"
    if lock.exists():
        json.loads(lock.read_text(encoding="utf-8"))
    assert "edited" not in project.states().values()


def _killed_before(step: int, project: Project) -> bool:
    """Promote in a process of its own that is killed before its `step`th change of the disk; False if it came to its
    end before."""
    child = os.fork()
    if child == 0:
        try:
            _promote_and_die(step, project)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _promote_and_die(step: int, project: Project) -> None:
    left = [step]

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **named)

        return call

    proper = iterate.promote

    def promote(*arguments: Any, **named: Any) -> int:
        for name in STEPS:
            setattr(os, name, counted(getattr(os, name)))
        return proper(*arguments, **named)

    iterate.promote = promote
    code = project.run("iterate", "--promote", "--offline").code
    os._exit(0 if code == 0 else 2)
