"""What happens in a run, as values: for programs that follow a run instead of showing it.

Made from what a run tells its `Progress`. Nothing here decides or keeps anything.
"""

from collections.abc import Callable
from typing import NamedTuple

from specbuild.progress import Event, Progress, Summary


class Started(NamedTuple):
    """The run begins; so many targets are not fresh."""

    total: int


class Working(NamedTuple):
    """Work on a target begins, or goes on with something else: `what` is a few words, such as "asking"."""

    id: str
    what: str


class Waits(NamedTuple):
    """A target waits for about so many seconds; `why` in a word or two, such as "rate limited"."""

    id: str
    why: str
    for_s: float


class Received(NamedTuple):
    """So many more characters of a target's reply have come in."""

    id: str
    characters: int


class Told(NamedTuple):
    """Something that concerns the run: who is asked, a limit, another process that holds the project."""

    text: str


Happening = Started | Working | Waits | Received | Told | Event | Summary
"""What a run tells while it runs. An `Event` is a target that has ended, the `Summary` comes last."""


class Teller:
    """A `Progress` that hands everything on as values, in the order in which it happens."""

    def __init__(self, happened: Callable[[Happening], None]) -> None:
        self._happened = happened

    def started(self, total: int) -> None:
        """`Started`."""
        self._happened(Started(total))

    def target_started(self, id: str, what: str) -> None:
        """`Working`."""
        self._happened(Working(id, what))

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """`Waits`."""
        self._happened(Waits(id, why, for_s))

    def received(self, id: str, characters: int) -> None:
        """`Received`."""
        self._happened(Received(id, characters))

    def target_done(self, event: Event) -> None:
        """The event itself."""
        self._happened(event)

    def message(self, text: str) -> None:
        """`Told`."""
        self._happened(Told(text))

    def finished(self, summary: Summary) -> None:
        """The summary itself."""
        self._happened(summary)


class Both:
    """A `Progress` that tells two others, one after the other: who shows a run, and who follows it."""

    def __init__(self, first: Progress, second: Progress) -> None:
        self._both = (first, second)

    def started(self, total: int) -> None:
        """Tell both."""
        for one in self._both:
            one.started(total)

    def target_started(self, id: str, what: str) -> None:
        """Tell both."""
        for one in self._both:
            one.target_started(id, what)

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """Tell both."""
        for one in self._both:
            one.waiting(id, why, for_s)

    def received(self, id: str, characters: int) -> None:
        """Tell both."""
        for one in self._both:
            one.received(id, characters)

    def target_done(self, event: Event) -> None:
        """Tell both."""
        for one in self._both:
            one.target_done(event)

    def message(self, text: str) -> None:
        """Tell both."""
        for one in self._both:
            one.message(text)

    def finished(self, summary: Summary) -> None:
        """Tell both."""
        for one in self._both:
            one.finished(summary)
