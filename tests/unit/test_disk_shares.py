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


def slow(number: int) -> str:
    time.sleep(0.002)
    return said(number)


def test_each_item_is_answered_once_by_whoever_took_it() -> None:
    with Shares(301, slow) as shared:
        lines = {number: (shared.line(number) or "").split() for number in reversed(range(301))}
    assert {number: int(line[1]) for number, line in lines.items()} == {number: number for number in range(301)}
    pids = {line[0] for line in lines.values()}
    assert len(pids) == 3 and str(os.getpid()) in pids


def test_who_has_something_else_to_do_leaves_the_work_to_the_others() -> None:
    with Shares(101, said) as shared:
        until_s = time.monotonic() + 30
        while len(shared._lines) < 101 and time.monotonic() < until_s:
            shared._listen()
            time.sleep(0.01)
        assert str(os.getpid()) not in {(shared.line(number) or "").split()[0] for number in range(101)}


def test_of_very_many_items_all_pieces_fit_into_their_pipe() -> None:
    with Shares(200_001, str) as shared:
        assert [shared.line(number) for number in (200_000, 0, 77_777)] == ["200000", "0", "77777"]


def test_few_items_one_processor_or_another_thread_leave_all_to_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def left(count: int) -> bool:
        with Shares(count, said) as shared:
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
    parent = os.getpid()

    def dying(number: int) -> str:
        time.sleep(0.001)
        if os.getpid() != parent and number >= 40:
            if number % 16 < 8:
                os.kill(os.getpid(), signal.SIGKILL)
            raise ValueError
        return "x" * 10_000

    with Shares(200, dying) as shared:
        lines = [shared.line(number) for number in range(200)]
    assert set(lines) == {"x" * 10_000, None}
    assert lines[0] == lines[199] == "x" * 10_000
    assert lines.count(None) == 16, "what each of the two had taken, and not one more"


def test_children_that_nobody_waits_for_end_with_the_caller() -> None:
    def endless(number: int) -> str:
        time.sleep(60)
        return ""

    began_s = time.monotonic()
    with Shares(10, endless):
        pass
    assert time.monotonic() - began_s < 30


def test_an_interrupt_is_the_callers_to_answer() -> None:
    parent = os.getpid()

    def interrupted(number: int) -> str:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGINT)
        return "on"

    with Shares(40, interrupted) as shared:
        time.sleep(0.1)
        assert [shared.line(number) for number in range(40)] == ["on"] * 40
