"""Twenty processes build one repository at once: one buys, the others find. The server counts."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.scene import Project, Server
from tests.started import Running

SPECS = 6
PROCESSES = 20


def test_twenty_processes_building_one_repository_buy_each_reply_once(tmp_path: Path) -> None:
    with Server(delay_s=0.3) as server:
        project = _project(tmp_path / "project", server)
        codes = _run_all([project] * PROCESSES)
        assert codes == [0] * PROCESSES
        _each_reply_bought_once(server)
        assert server.most_in_flight >= 2, "nothing was asked at the same time, so nothing was shown"
        assert set(project.states().values()) == {"fresh"}


def test_control_three_processes_that_share_nothing_buy_three_times(tmp_path: Path) -> None:
    with Server(delay_s=0.1) as server:
        projects = [_project(tmp_path / f"copy{number}", server) for number in range(3)]
        assert _run_all(projects) == [0, 0, 0]
        with pytest.raises(AssertionError, match="bought"):
            _each_reply_bought_once(server)


def test_processes_of_two_clones_that_share_a_store_are_the_business_of_its_claims(tmp_path: Path) -> None:
    # Two worktrees have two mutexes; a claim belongs to the store. Copies do not share one: each buys its own.
    with Server() as server:
        first = _project(tmp_path / "first", server)
        first.build()
        shutil.copytree(first.root, tmp_path / "second")
        second = Project(tmp_path / "second", server)
        assert second.run("build").calls == 0, "committed records came with the copy"


def _project(folder: Path, server: Server) -> Project:
    project = Project(folder, server)
    project.write("specbuild.toml", 'edition = 1\nmodel = "m"\n')
    for number in range(SPECS):
        project.spec(f"program{number}", f"Print the number {number}.", language="markdown")
    return project


def _run_all(projects: Sequence[Project]) -> list[int]:
    running = [Running(["build", "-j", "4"], project.root, project.environment) for project in projects]
    return [one.said(timeout=120).code for one in running]


def _each_reply_bought_once(server: Server) -> None:
    bodies = [str(call["body"]) for call in server.calls]
    assert len(bodies) == len(set(bodies)) == SPECS, f"{SPECS} replies were bought with {len(bodies)} calls"
