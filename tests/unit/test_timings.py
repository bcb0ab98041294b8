"""Where the time of a run went: every second is counted once, under what was done in it."""

import json

import pytest

from specbuild.formats.timings_text import timings_json, timings_text
from specbuild.happening import Teller
from specbuild.progress import Event, Summary
from specbuild.styled_text import plain_text
from specbuild.timings import Stopwatch, Timings


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


def test_the_text_says_it_in_lines_and_the_json_in_numbers(run: tuple[Timings, list[object]]) -> None:
    assert plain_text(timings_text(run[0])) == TEXT
    assert json.loads(json.dumps(timings_json(run[0])))["targets"][1] == {
        "id": "b", "ending": "rechecked", "whole_s": 4.0, "parts": {"other": 2.0, "checks": 2.0},
    }  # fmt: skip


def test_a_run_with_nothing_to_do_names_no_targets() -> None:
    clock = Clock()
    watch = Stopwatch(Teller(lambda _: None), clock=clock)
    clock.after(120)
    watch.finished(Summary())
    assert plain_text(timings_text(watch.timings(processor_s=0.1))).splitlines()[:2] == [
        "where the time went: 120 s, 0.100 s of a processor",
        "  reading      120 s   100%  configuration and specs",
    ]


TEXT = """\
where the time went: 10.0 s, 3.25 s of a processor
  reading      1.50 s    15%  configuration and specs
  waiting     0.500 s     5%  for another run that held the project
  planning     1.00 s    10%  lock and known replies: what is stale, and what to ask
  making       5.00 s    50%  the targets, side by side
  closing      2.00 s    20%  the lock, and what the next look needs
2 targets: 9.00 s, 1.8 at once
  model       3.00 s    33%  asking, and waiting for answers
  other       2.50 s    28%  deciding, taking files out of replies
  checks      2.00 s    22%  judging what was written
  held up     1.00 s    11%  waiting between attempts
  disk       0.500 s     6%  making it last
1 target put back together, while planning and making
slowest
  a  5.00 s  other 0.500 s, model 3.00 s, held up 1.00 s, disk 0.500 s
  b  4.00 s  other 2.00 s, checks 2.00 s
"""
