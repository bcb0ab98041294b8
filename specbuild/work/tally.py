"""How the targets of one run ended: each is told to the run's progress, counted, and decides the exit code.
Thread-safe."""

import threading
import time
from collections import Counter
from collections.abc import Collection

from specbuild import exit_codes
from specbuild.progress import Ending, Event, Progress, Spent, Summary
from specbuild.work.budget import Budget
from specbuild.work.result import Result
from specbuild.work.step import Step


class Tally:
    """Counts one run that began at `started_s` (by the monotonic clock); `events` are in the order of the endings."""

    def __init__(self, progress: Progress, started_s: float) -> None:
        self.events: list[Event] = []
        self.endings: Counter[Ending] = Counter()
        self._progress = progress
        self._started_s = started_s
        self._guard = threading.Lock()

    def ended(self, step: Step, result: Result, elapsed_s: float) -> None:
        """Take in how one target ended, and tell it."""
        event = Event(
            step.target.id,
            result.ending,
            step.reason,
            result.spent,
            elapsed_s,
            result.diagnostics,
            result.notes,
            result.change,
        )
        with self._guard:
            self.events.append(event)
            self.endings[result.ending] += 1
        self._progress.target_done(event)

    def stopped(self, ids: Collection[str]) -> None:
        """Take in that an interrupt came first for those of `ids` that have not ended."""
        ended = {event.id for event in self.events}
        self.endings["stopped"] += sum(one not in ended for one in ids)

    def summary(self, budget: Budget, *, fresh: int, files_written: int) -> Summary:
        """Return the whole run; `fresh` targets were not touched."""
        self.endings["fresh"] += fresh
        spent = budget.spent
        unknown = spent.unknown_price or spent.unknown_usage
        told = Spent(spent.calls, spent.input_tokens, spent.output_tokens, None if unknown else spent.cost)
        return Summary(dict(self.endings), told, time.monotonic() - self._started_s, files_written)

    @property
    def exit_code(self) -> int:
        """The exit code that the endings so far mean."""
        return exit_codes.of_endings(self.endings)
