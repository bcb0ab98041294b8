"""kill -9 at sixty moments of a build: nothing torn, nothing "edited", no reply that reached us paid twice."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from specbuild.disk.replies import Replies
from specbuild.keys import ReplyKey, reply_key
from specbuild.request import Request
from tests.scene import Project, Server
from tests.started import Running

TARGETS = 30
KILLS = 60
WHOLE_AT_MOST_S = 120.0


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Server, float, dict[str, bytes]]]:
    """A project of thirty specs, how long its build takes here, and what the build gives when nobody stops it."""
    folder = tmp_path_factory.mktemp("kill")
    with Server(delay_s=0.02) as server:
        project = Project(folder / "origin", server)
        project.write("specbuild.toml", 'edition = 1\nmodel = "m"\n')
        for number in range(TARGETS):
            needs = [f"program{number - 1:02}"] if number % 5 == 4 else []
            # One is Python, whose checks start sandboxes: what is killed here is the writing.
            language = "python" if number == 14 else "markdown"
            project.spec(f"program{number:02}", f"Print the number {number}.", needs=needs, language=language)
        whole = Project(folder / "whole", server)
        shutil.copytree(project.root, whole.root, dirs_exist_ok=True)
        assert Running(["--version"], whole.root, {}).said().code == 0  # the imports, which are no part of a build
        began_s = time.monotonic()
        assert _started(whole).said(WHOLE_AT_MOST_S).code == 0
        yield project, server, time.monotonic() - began_s, whole.outputs()


@pytest.mark.parametrize("tenth", range(10))
def test_a_build_that_is_killed_is_finished_by_the_next_one(
    scene: tuple[Project, Server, float, dict[str, bytes]], tmp_path: Path, tenth: int
) -> None:
    origin, server, whole_s, expected = scene
    per_test = KILLS // 10
    for number in range(per_test):
        project = _killed(origin, tmp_path / f"{number}", whole_s * (tenth * per_test + number + 0.5) / KILLS)
        _nothing_is_torn_or_edited(project, expected)
        at_hand = _replies_at_hand(project, server)
        server.forget()
        assert project.run("build", "-q").code == 0
        _nothing_is_paid_twice(server, at_hand)
        assert project.outputs() == expected
        assert set(project.states().values()) == {"fresh"}


def test_control_a_torn_output_is_seen(scene: tuple[Project, Server, float, dict[str, bytes]], tmp_path: Path) -> None:
    origin, _, _, expected = scene
    project = _killed(origin, tmp_path / "torn", WHOLE_AT_MOST_S)
    path = next(iter(expected))
    project.write(path, expected[path][: len(expected[path]) // 2])
    with pytest.raises(AssertionError):
        _nothing_is_torn_or_edited(project, expected)


def test_control_replies_that_are_thrown_away_are_paid_twice(
    scene: tuple[Project, Server, float, dict[str, bytes]], tmp_path: Path
) -> None:
    origin, server, _, _ = scene
    project = _killed(origin, tmp_path / "lost", WHOLE_AT_MOST_S)
    at_hand = _replies_at_hand(project, server)
    for folder in ("cache", "build"):
        shutil.rmtree(project.root / folder)
    (project.root / "specbuild.lock").unlink()
    server.forget()
    assert project.run("build", "-q").code == 0
    with pytest.raises(AssertionError):
        _nothing_is_paid_twice(server, at_hand)


def _started(project: Project) -> Running:
    return Running(["build", "-q", "-j", "4"], project.root, project.environment)


def _killed(origin: Project, folder: Path, after_s: float) -> Project:
    project = Project(folder, origin.server)
    shutil.copytree(origin.root, folder, dirs_exist_ok=True)
    running = _started(project)
    running.wait(timeout=after_s)
    running.kill()
    return project


def _nothing_is_torn_or_edited(project: Project, expected: dict[str, bytes]) -> None:
    for path, content in project.outputs().items():
        if path in expected:
            assert content == expected[path], f"{path} is torn"
    lock = project.root / "specbuild.lock"
    if lock.exists():
        json.loads(lock.read_text(encoding="utf-8"))
    assert "edited" not in project.states().values()


def _replies_at_hand(project: Project, server: Server) -> set[str]:
    replies = Replies(project.root)
    keys = {_key(call["body"]) for call in server.calls if call["body"]}  # a killed build may send half a body
    at_hand = {key for key in keys if replies.turns(ReplyKey(key))}
    replies.close()
    return at_hand


def _nothing_is_paid_twice(server: Server, at_hand: set[str]) -> None:
    paid = [_key(call["body"]) for call in server.calls if call["body"]]
    assert len(paid) == len(set(paid))
    assert not at_hand.intersection(paid), "a reply that was stored was paid for again"


def _key(body: dict[str, object]) -> str:
    sent = {name: value for name, value in body.items() if name not in ("stream", "stream_options")}
    return reply_key(Request(sent, "default", 0))  # type: ignore[arg-type]
