"""Deadlines of calls: one thread ends them all, and nothing is missed while it falls asleep."""

import time

import pytest

from specbuild.providers import watch as watch_module
from specbuild.providers.watch import Watch


def ended(watch: Watch, within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    while not watch.expired and time.monotonic() < until_s:
        time.sleep(0.005)
    return watch.expired


def test_each_call_ends_at_its_own_deadline() -> None:
    late, early = Watch(60), Watch(0.05)
    with late.running(), early.running():
        assert ended(early, 10)
        assert not late.expired


def test_a_call_that_ended_before_is_left_alone() -> None:
    before = Watch(0.02)
    with before.running():
        pass
    with Watch(0.1).running():
        time.sleep(0.05)
    assert not before.expired


def test_a_deadline_is_kept_while_the_thread_is_about_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "_deadlines", watch_module._Deadlines())
    monkeypatch.setattr(watch_module, "_IDLE_S", 0.01)
    for pause_s in (0.0, 0.005, 0.01, 0.015, 0.03) * 4:
        one = Watch(0.002)
        with one.running():
            assert ended(one, 10)
        time.sleep(pause_s)
