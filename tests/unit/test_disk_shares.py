"""Work shared out among processes: nothing hangs on a child but time."""

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from specbuild.disk import shares
from specbuild.disk.shares import Shares


@pytest.fixture(autouse=True)
def three_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shares, "processors", lambda: 3)
    monkeypatch.setattr(shares, "FEWEST", 2)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # a test runner may have threads; they take no part here
    children: list[int] = []
    fork = os.fork

    def noted() -> int:
        pid = fork()
        children.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", noted)
    yield
    for child in children:
        with pytest.raises(ChildProcessError):  # every child was waited for
            os.waitpid(child, os.WNOHANG)


def said(number: int) -> str:
    return f"{os.getpid()} {number} é"


def test_each_item_is_answered_once_by_another_process() -> None:
    with Shares(101, said, taking_part=False) as shared:
        lines = {number: (shared.line(number) or "").split() for number in reversed(range(101))}
    assert {number: int(line[1]) for number, line in lines.items()} == {number: number for number in range(101)}
    pids = {line[0] for line in lines.values()}
    assert len(pids) == 2
    assert str(os.getpid()) not in pids


def test_who_takes_part_has_a_share_of_its_own() -> None:
    with Shares(9, said, taking_part=True) as shared:
        assert [number for number in range(9) if shared.line(number) is None] == [0, 3, 6]


def test_few_items_one_processor_or_another_thread_leave_all_to_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def left(count: int) -> bool:
        with Shares(count, said, taking_part=False) as shared:
            return all(shared.line(number) is None for number in range(count))

    assert left(1)
    assert not left(4)
    with monkeypatch.context() as patch:
        patch.setattr(shares, "processors", lambda: 1)
        assert left(4)
    with monkeypatch.context() as patch:
        patch.setattr(threading, "active_count", lambda: 2)
        assert left(4)


def test_what_a_child_did_not_say_before_it_died_is_left_to_the_caller() -> None:
    def dying(number: int) -> str:
        if number == 40:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == 41:
            raise ValueError
        return "x" * 10_000

    with Shares(200, dying, taking_part=False) as shared:
        lines = [shared.line(number) for number in range(200)]
    assert lines[0] == lines[1] == "x" * 10_000
    assert lines[40] is None
    assert lines[41] is None
    assert lines[198:] == [None, None]


def test_children_that_nobody_waits_for_end_with_the_caller() -> None:
    def endless(number: int) -> str:
        time.sleep(60)
        return ""

    began_s = time.monotonic()
    with Shares(10, endless, taking_part=True):
        pass
    assert time.monotonic() - began_s < 30


def test_an_interrupt_is_the_callers_to_answer() -> None:
    def interrupted(number: int) -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "on"

    with Shares(4, interrupted, taking_part=False) as shared:
        assert [shared.line(number) for number in range(4)] == ["on"] * 4
