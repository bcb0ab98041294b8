"""Ctrl-C during calls: what is paid for is waited for and kept; a second one ends at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.scene import Project

ROOT = Path(__file__).parents[2]


def started(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "specbuild", *arguments]
    environment = {**project.environment, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=project.root, env=environment, stderr=subprocess.PIPE, text=True)


def until(condition: Callable[[], bool], deadline_s: float = 30.0) -> None:
    end_s = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end_s
        os.sched_yield()


def test_calls_under_way_are_drained_and_kept_and_nothing_new_is_asked(project: Project) -> None:
    for number in range(6):
        project.spec(f"s{number}")
    project.server.delay_s = 1.0
    process = started(project, "build", "-j", "2")
    until(lambda: len(project.server.calls) == 2)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert len(project.server.calls) == 2
    assert "waiting for calls that are under way" in told
    assert "2 built, 4 stopped" in told, told
    assert len(project.outputs()) == 2
    project.server.delay_s = 0.0
    assert project.build().calls == 4


def test_a_second_interrupt_ends_at_once(project: Project) -> None:
    project.spec("a")
    project.server.delay_s = 20.0
    process = started(project, "build")
    until(lambda: len(project.server.calls) == 1)
    began_s = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    for line in process.stderr:
        if "waiting for calls" in line:
            break
    while process.poll() is None:  # as a person does: Python may lose one that comes while it cleans up
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began_s < 15
    assert project.outputs() == {}
