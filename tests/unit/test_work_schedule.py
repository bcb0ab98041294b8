"""Jobs in the order of their needs."""

import threading
import time
from collections.abc import Callable
from functools import partial

import pytest

from specbuild.work.schedule import Interrupted, Job, run_jobs


def nothing() -> None:
    pass


def run(jobs: list[Job], *, width: int = 4, stopped: Callable[[], bool] = lambda: False) -> None:
    run_jobs(jobs, width=width, stopped=stopped, interrupt=nothing)


class Trace:
    """Makes jobs that note what was done; `stale` are the ids whose work is needed."""

    def __init__(self, stale: str | None = None) -> None:
        self.prepared: list[str] = []
        self.worked: list[str] = []
        self._stale = stale

    def job(self, id: str, *needs: str) -> Job:
        def prepare() -> bool:
            assert threading.current_thread() is threading.main_thread()
            assert all(one in self.prepared for one in needs)
            self.prepared.append(id)
            return self._stale is None or id in self._stale

        return Job(id, needs, prepare, lambda: self.worked.append(id))


def test_needs_come_first() -> None:
    trace = Trace()
    run([trace.job("a"), trace.job("b", "a"), trace.job("c", "a"), trace.job("d", "b", "c")])
    assert trace.worked[0] == "a" and trace.worked[-1] == "d" and sorted(trace.worked) == ["a", "b", "c", "d"]


def test_a_job_is_prepared_after_the_work_of_its_needs_is_done() -> None:
    order: list[str] = []

    def job(id: str, *needs: str) -> Job:
        return Job(id, needs, lambda: bool(order.append(f"prepare {id}")) or True, lambda: order.append(f"work {id}"))

    run([job("a"), job("b", "a")])
    assert order == ["prepare a", "work a", "prepare b", "work b"]


def test_a_job_with_nothing_to_do_lets_its_dependents_go_on() -> None:
    trace = Trace(stale="c")
    run([trace.job("a"), trace.job("b", "a"), trace.job("c", "b")])
    assert (trace.prepared, trace.worked) == (["a", "b", "c"], ["c"])


def test_needs_outside_the_run_are_no_jobs() -> None:
    trace = Trace()
    trace.prepared.append("elsewhere")
    run([trace.job("a", "elsewhere")])
    assert trace.worked == ["a"]


def test_as_many_run_at_once_as_the_width_allows() -> None:
    together = threading.Barrier(3, timeout=10)
    run([Job(str(number), (), lambda: True, lambda: bool(together.wait())) for number in range(3)], width=3)

    most = now = 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal most, now
        with guard:
            now += 1
            most = max(most, now)
        with guard:
            now -= 1

    run([Job(str(number), (), lambda: True, work) for number in range(50)], width=2)
    assert most <= 2


def test_nothing_is_started_once_the_run_is_stopped() -> None:
    stop = threading.Event()
    worked: list[str] = []

    def work(id: str) -> None:
        worked.append(id)
        stop.set()

    jobs = [Job(id, (), lambda: True, partial(work, id)) for id in "abc"]
    run(jobs, width=1, stopped=stop.is_set)
    assert worked == ["a"]


def test_an_exception_of_a_job_reaches_the_caller_after_the_rest_was_drained() -> None:
    both = threading.Barrier(2, timeout=10)
    done: list[str] = []

    def fails() -> None:
        both.wait()
        raise ZeroDivisionError

    def works() -> None:
        both.wait()
        done.append("b")

    with pytest.raises(ZeroDivisionError):
        run([Job("a", (), lambda: True, fails), Job("b", (), lambda: True, works)], width=2)
    assert done == ["b"]


def test_an_exception_while_preparing_reaches_the_caller_as_it_is() -> None:
    def prepare() -> bool:
        raise KeyError("why")

    with pytest.raises(KeyError, match="why"):
        run([Job("a", (), prepare, nothing)])


def test_an_interrupt_starts_nothing_more_and_drains_what_is_under_way() -> None:
    worked: list[str] = []
    told: list[bool] = []

    def prepare() -> bool:
        raise KeyboardInterrupt

    jobs = [Job("a", (), lambda: True, lambda: worked.append("a")), Job("b", (), prepare, nothing)]
    jobs.append(Job("c", ("b",), lambda: True, lambda: worked.append("c")))
    with pytest.raises(Interrupted):
        run_jobs(jobs, width=2, stopped=lambda: False, interrupt=lambda: told.append(True))
    assert (worked, told) == (["a"], [True])


def test_a_long_chain_takes_time_in_proportion() -> None:
    def seconds(length: int) -> float:
        jobs = [Job(str(n), (str(n - 1),) if n else (), lambda: True, nothing) for n in range(length)]
        started_s = time.perf_counter()
        run(jobs, width=2)
        return time.perf_counter() - started_s

    seconds(10)
    assert seconds(2000) < 60 * max(seconds(200), 0.01)  # a quadratic walk takes 100 times as long
