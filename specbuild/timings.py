"""Where the time of one run went: measured from what the run tells its progress.

In: a clock, and everything that a run tells. Out: seconds by phase of the run, by kind of work over all targets, and
by target. Nothing here shows or decides anything; it passes on what it hears.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from specbuild.progress import Ending, Event, Progress, Summary

Phase = Literal["reading", "waiting", "planning", "making", "closing"]
"""What a run does one after another: `waiting` is for another run that holds the project."""
Part = Literal["model", "held up", "checks", "disk", "other"]
"""What is done for a target: `held up` is waiting between attempts, as after a rate limit."""

_PARTS: Mapping[str, Part] = {"asking": "model", "checking": "checks", "writing": "disk"}
"""By the words in which a run tells what it does with a target; all else is other work."""


class TargetTime(NamedTuple):
    """The seconds of one target that was made, from its turn to its end."""

    id: str
    ending: Ending
    whole_s: float
    parts: Mapping[Part, float]


class Timings(NamedTuple):
    """The seconds of a run. The targets are made side by side: together they may take longer than the run."""

    whole_s: float
    processor_s: float
    """Of this process and of those it started and waited for."""
    phases: Mapping[Phase, float]
    targets: Sequence[TargetTime]
    """The slowest first."""
    together: int
    """So many targets were put back from known replies all at once: they have no times of their own."""

    @property
    def parts(self) -> dict[Part, float]:
        """The seconds by kind of work, over all targets, the most first."""
        found: dict[Part, float] = {}
        for target in self.targets:
            for part, seconds in target.parts.items():
                found[part] = found.get(part, 0.0) + seconds
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


class _Turn:
    """One target being made: what is done with it since when."""

    __slots__ = ("began_s", "part", "parts", "since_s")

    def __init__(self, now_s: float) -> None:
        self.began_s = self.since_s = now_s
        self.part: Part = "other"
        self.parts: dict[Part, float] = {}

    def goes_on(self, part: Part, now_s: float) -> None:
        """Count what was done until now; from here on it is `part`."""
        self.parts[self.part] = self.parts.get(self.part, 0.0) + now_s - self.since_s
        self.part, self.since_s = part, now_s


class Stopwatch:
    """A `Progress` that hands everything on to another and notes when it was told.

    It may be told from any thread: of one target by one at a time, and dicts take care of the rest. The run calls
    `enters` when it goes on to another phase; the phases that a progress is told of, it sees by itself.
    """

    def __init__(self, progress: Progress, *, clock: Callable[[], float]) -> None:
        self._progress = progress
        self._clock = clock
        self._began_s = self._since_s = clock()
        self._phase: Phase = "reading"
        self._phases: dict[Phase, float] = {}
        self._turns: dict[str, _Turn] = {}
        self._done: list[TargetTime] = []
        self._together = 0

    def enters(self, phase: Phase) -> None:
        """Take in that the run goes on to `phase`."""
        now_s = self._clock()
        self._phases[self._phase] = self._phases.get(self._phase, 0.0) + now_s - self._since_s
        self._phase, self._since_s = phase, now_s

    def timings(self, *, processor_s: float) -> Timings:
        """Return where the time went until now."""
        self.enters("closing")
        slowest = sorted(self._done, key=lambda one: (-one.whole_s, one.id))
        return Timings(self._since_s - self._began_s, processor_s, dict(self._phases), slowest, self._together)

    def started(self, total: int) -> None:
        """The targets are being made from now on."""
        self.enters("making")
        self._progress.started(total)

    def target_started(self, id: str, what: str) -> None:
        """Note what is done with a target from now on."""
        now_s = self._clock()
        self._turns.setdefault(id, _Turn(now_s)).goes_on(_PARTS.get(what, "other"), now_s)
        self._progress.target_started(id, what)

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """Note that a target is held up from now on."""
        now_s = self._clock()
        self._turns.setdefault(id, _Turn(now_s)).goes_on("held up", now_s)
        self._progress.waiting(id, why, for_s)

    def received(self, id: str, characters: int) -> None:
        """Hand it on."""
        self._progress.received(id, characters)

    def target_done(self, event: Event) -> None:
        """Note the end of a target."""
        turn = self._turns.pop(event.id, None)
        if turn is not None:
            now_s = self._clock()
            turn.goes_on("other", now_s)
            parts = {part: seconds for part, seconds in turn.parts.items() if seconds > 0}
            self._done.append(TargetTime(event.id, event.ending, now_s - turn.began_s, parts))
        elif event.ending == "replayed":
            self._together += 1
        self._progress.target_done(event)

    def message(self, text: str) -> None:
        """Hand it on."""
        self._progress.message(text)

    def finished(self, summary: Summary) -> None:
        """The targets are made."""
        self.enters("closing")
        self._progress.finished(summary)
