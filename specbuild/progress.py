"""What a run tells about itself while it runs: the values, and the protocol of whoever shows them.

Made by `work/`, shown by `terminal/lines` and `terminal/live`. Nothing here prints or decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from specbuild.diagnostic import Diagnostic

if TYPE_CHECKING:  # only a build that made something needs it
    from specbuild.change_size import ChangeSize

Ending = Literal[
    "built",  # a model was asked in this run
    "replayed",  # from known replies, without a call
    "rechecked",  # judged again, nothing asked
    "fresh",  # nothing was to do
    "failed",
    "held",
    "edited",
    "blocked",
    "missing",  # --offline, and a reply is not there
    "waiting",  # the inbox has no answer yet
    "stopped",  # a limit, or an interrupt, came first
]
"""How a target ended in this run."""
GOOD_ENDINGS: frozenset[Ending] = frozenset({"built", "replayed", "rechecked", "fresh"})


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent. `cost` is in the person's own currency, None where a price or a count is unknown."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """One target is done. `reason` says why it was touched (or not); `notes` is what the model said was ambiguous,
    `change` how far its new text is from what was locked (None: it has no new text)."""

    id: str
    ending: Ending
    reason: str = ""
    spent: Spent = field(default_factory=Spent)
    elapsed_s: float = 0.0
    diagnostics: tuple[Diagnostic, ...] = ()
    notes: str = ""
    change: "ChangeSize | None" = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole run: how many targets ended how, what was spent, and the time it took."""

    endings: Mapping[Ending, int] = field(default_factory=dict)
    spent: Spent = field(default_factory=Spent)
    elapsed_s: float = 0.0
    files_written: int = 0


class Progress(Protocol):
    """Shows a run. Every method may be called from any thread, returns at once and never raises.

    Texts may hold anything that a model or a file said: who shows them makes them safe.
    """

    def started(self, total: int) -> None:
        """The run begins; `total` targets are not fresh."""

    def target_started(self, id: str, what: str) -> None:
        """Work on a target begins, or goes on with something else: `what` is a few words ("asking", "checking")."""

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """The target waits for `for_s` seconds, or until `target_started`; `why` in a word or two ("rate limited")."""

    def received(self, id: str, characters: int) -> None:
        """So many more characters of the target's reply have come in."""

    def target_done(self, event: Event) -> None:
        """A target is done, well or not. Fresh targets may be told too."""

    def message(self, text: str) -> None:
        """Something that concerns the run, not one target: the first call's host and model, a limit."""

    def finished(self, summary: Summary) -> None:
        """The run is over. Nothing is told after this."""
