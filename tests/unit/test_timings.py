"""Where the time of a run went: every second is counted once, under what was done in it."""

import pytest

from specbuild.happening import Started, Teller, Told, Waits, Working
from specbuild.progress import Event, Summary
from specbuild.timings import Stopwatch, TargetTime, Timings


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def after(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def run() -> tuple[Timings, list[object]]:
    """A run of ten seconds in which two targets are made side by side, one is put back, and one waited its turn."""
    clock, heard = Clock(), list[object]()
    watch = Stopwatch(Teller(heard.append), clock=clock)
    clock.after(1)
    watch.enters("waiting")
    clock.after(0.5)
    watch.enters("reading")
    clock.after(0.5)
    watch.enters("planning")
    clock.after(1)
    watch.started(3)
    watch.target_done(Event("back", "replayed"))
    watch.target_started("a", "call")
    clock.after(0.5)
    watch.target_started("a", "asking")
    watch.target_started("b", "recheck")
    clock.after(2)
    watch.waiting("a", "rate limited", 1.0)
    watch.target_started("b", "checking")
    clock.after(1)
    watch.target_started("a", "asking")
    watch.received("a", 10)
    clock.after(1)
    watch.target_started("a", "writing")
    watch.target_done(Event("b", "rechecked"))
    clock.after(0.5)
    watch.target_done(Event("a", "built"))
    watch.target_done(Event("fresh", "fresh"))
    watch.message("told")
    watch.finished(Summary())
    clock.after(2)
    return watch.timings(processor_s=3.25), heard


def test_every_second_of_the_run_is_in_one_phase(run: tuple[Timings, list[object]]) -> None:
    timings, _ = run
    assert timings.phases == {"reading": 1.5, "waiting": 0.5, "planning": 1.0, "making": 5.0, "closing": 2.0}
    assert timings.whole_s == sum(timings.phases.values()) == 10.0


def test_every_second_of_a_target_is_in_one_part(run: tuple[Timings, list[object]]) -> None:
    timings, _ = run
    assert [(one.id, one.ending, one.whole_s) for one in timings.targets] == [
        ("a", "built", 5.0),
        ("b", "rechecked", 4.0),
    ]
    assert timings.targets[0].parts == {"other": 0.5, "model": 3.0, "held up": 1.0, "disk": 0.5}
    assert timings.targets[1].parts == {"other": 2.0, "checks": 2.0}
    assert all(one.whole_s == sum(one.parts.values()) for one in timings.targets)
    assert list(timings.parts) == ["model", "other", "checks", "held up", "disk"]
    assert timings.together == 1


def test_everything_is_handed_on(run: tuple[Timings, list[object]]) -> None:
    assert [type(one).__name__ for one in run[1]] == [
        "Started", "Event", "Working", "Working", "Working", "Waits", "Working", "Working", "Received", "Working",
        "Event", "Event", "Event", "Told", "Summary",
    ]  # fmt: skip


def made() -> tuple[Clock, Stopwatch, list[object]]:
    clock, heard = Clock(), list[object]()
    return clock, Stopwatch(Teller(heard.append), clock=clock), heard


def test_what_is_handed_on_is_what_was_told() -> None:
    _, watch, heard = made()
    event, summary = Event("a", "failed", notes="n"), Summary(files_written=2)
    watch.started(7)
    watch.target_started("a", "asking")
    watch.waiting("a", "rate limited", 1.5)
    watch.message("told")
    watch.target_done(event)
    watch.finished(summary)
    assert heard == [Started(7), Working("a", "asking"), Waits("a", "rate limited", 1.5), Told("told"), event, summary]
    assert heard[4] is event and heard[5] is summary


def test_a_phase_is_counted_when_it_is_over() -> None:
    clock, watch, _ = made()
    clock.after(2)
    first = watch.timings(processor_s=1.0)
    assert first == Timings(2.0, 1.0, {"reading": 2.0}, first.targets, 0)
    clock.after(1)
    watch.enters("reading")
    watch.enters("planning")
    clock.after(3)
    second = watch.timings(processor_s=1.5)
    assert second.phases == {"reading": 2.0, "closing": 1.0, "planning": 3.0}
    assert list(second.phases) == ["reading", "closing", "planning"], "as each was over first"
    assert (second.whole_s, second.processor_s, first.phases) == (6.0, 1.5, {"reading": 2.0})
    assert list(first.targets) == list(second.targets) == []


def test_the_words_of_a_run_make_the_part() -> None:
    clock, watch, _ = made()
    for what in ("asking", "checking", "writing", "odd words", "call", "Asking"):
        watch.target_started("a", what)
        clock.after(1)
    watch.waiting("a", "", 9.0)
    clock.after(0.5)
    watch.target_done(Event("a", "built"))
    [one] = watch.timings(processor_s=0).targets
    assert one == TargetTime(
        "a", "built", 6.5, {"other": 3.0, "model": 1.0, "checks": 1.0, "disk": 1.0, "held up": 0.5}
    )
    assert list(one.parts) == ["other", "model", "checks", "disk", "held up"], "other first, as a turn begins"


def test_a_target_without_a_turn_has_no_time() -> None:
    clock, watch, _ = made()
    for ending in ("replayed", "fresh", "blocked", "replayed"):
        watch.target_done(Event("same", ending))
    watch.target_started("turn", "replay")
    watch.target_done(Event("turn", "replayed"))
    clock.after(1)
    found = watch.timings(processor_s=0)
    assert found.together == 2
    assert list(found.targets) == [TargetTime("turn", "replayed", 0.0, {})]


def test_a_turn_that_is_not_over_is_not_told_and_a_second_turn_is_another() -> None:
    clock, watch, _ = made()
    watch.waiting("b", "rate limited", 1.0)
    clock.after(1)
    watch.target_done(Event("b", "stopped"))
    clock.after(4)
    watch.target_started("b", "asking")
    watch.target_started("open", "asking")
    clock.after(2)
    watch.target_done(Event("b", "built"))
    assert list(watch.timings(processor_s=0).targets) == [
        TargetTime("b", "built", 2.0, {"model": 2.0}), TargetTime("b", "stopped", 1.0, {"held up": 1.0}),
    ]  # fmt: skip


def test_the_slowest_come_first_and_of_equals_the_first_by_name() -> None:
    clock, watch, _ = made()
    for id in ("c", "a", "b"):
        watch.target_started(id, "asking")
    clock.after(1)
    watch.target_done(Event("c", "built"))
    watch.target_done(Event("a", "built"))
    watch.target_started("b", "checking")
    clock.after(1)
    watch.target_done(Event("b", "built"))
    found = watch.timings(processor_s=0)
    assert [one.id for one in found.targets] == ["b", "a", "c"]
    assert list(found.parts.items()) == [("model", 3.0), ("checks", 1.0)]
    even = found._replace(targets=[TargetTime("x", "built", 2.0, {"other": 1.0, "disk": 1.0})])
    assert list(even.parts) == ["disk", "other"]
