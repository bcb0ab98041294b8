"""Progress as plain lines on stderr, one for each target that is done: for logs, pipes, simple terminals.

Also the words in which a target, a time and what was spent are told; the live view uses the same.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING

from specbuild import exit_codes
from specbuild.diagnostic import Diagnostic
from specbuild.progress import GOOD_ENDINGS, Ending, Event, Spent, Summary
from specbuild.styled_text import Span, Style, StyledText
from specbuild.terminal.console import DEBUG, NORMAL, QUIET, VERBOSE, Console
from specbuild.text_safety import printable

if TYPE_CHECKING:
    from specbuild.change_size import ChangeSize

DiagnosticsText = Callable[[Iterable[Diagnostic]], StyledText]
"""How diagnostics look is told from outside: `formats/text`."""
MOST_NAMES = 6
"""So many public names are told after a build; `diff --api` shows all."""
LONG_WAIT_S = 5.0
"""Shorter waits are told to the verbose only."""
ENDING_STYLES: dict[Ending, Style] = {
    "built": "good",
    "replayed": "good",
    "rechecked": "good",
    "fresh": "faint",
    "failed": "error",
    "held": "warning",
    "edited": "warning",
    "blocked": "warning",
    "missing": "error",
    "waiting": "note",
    "stopped": "warning",
}
KEPT_ENDINGS: frozenset[Ending] = frozenset({"edited", "held"})
"""A person's text lies there and is kept, as it is to be: the run did all that it may."""


class LineProgress:
    """`Progress` as one line a target. Used as a context manager; leaving it needs nothing else."""

    def __init__(self, console: Console, *, diagnostics_text: DiagnosticsText) -> None:
        self._console = console
        self._diagnostics_text = each_hint_once(diagnostics_text)
        self._lock = threading.Lock()
        self._total = 0
        self._done = 0
        self._notes: list[tuple[str, str]] = []

    def __enter__(self) -> "LineProgress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def started(self, total: int) -> None:
        """Remember how many there are."""
        self._total = total

    def target_started(self, id: str, what: str) -> None:
        """Said with --debug only."""
        if self._console.verbosity < DEBUG:  # a target's text is not made in vain, a hundred times a second
            return
        self._console.message([Span(f"{_one_line(id)}: {_one_line(what)}", "faint")], level=DEBUG)

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """One line for a wait that a person would notice."""
        level = NORMAL if for_s >= LONG_WAIT_S else VERBOSE
        self._console.message(f"{_one_line(id)}: {waiting_text(why, for_s)}", level=level)

    def received(self, id: str, characters: int) -> None:
        """Nothing: a log needs no such thing."""

    def target_done(self, event: Event) -> None:
        """One line, and what is wrong with it; a fresh target is told to the verbose only, a fault to the quiet too."""
        with self._lock:
            if event.ending != "fresh":
                self._done += 1
            if event.notes:
                self._notes.append((event.id, event.notes))
            count = count_text(self._done, self._total) if event.ending != "fresh" else ""
            level = level_of(event)
            self._console.message([Span(count, "faint"), *target_line(event)], level=level)
            if event.change:
                self._console.message(change_line(event.change), level=level)
            if event.diagnostics:
                self._console.message(self._diagnostics_text(event.diagnostics), level=level)

    def message(self, text: str) -> None:
        """The text as it is."""
        self._console.message(text)

    def finished(self, summary: Summary) -> None:
        """What the model noted, then the last line: what was done and spent."""
        for id, notes in self._notes:
            self._console.message(notes_text(id, notes))
        self._console.message(summary_line(summary))


def each_hint_once(text_of: DiagnosticsText) -> DiagnosticsText:
    """Return `text_of` for one run: hundreds of targets may end alike, and a hint says nothing new a second time."""
    told: set[str] = set()

    def shortened(diagnostics: Iterable[Diagnostic]) -> StyledText:
        new = []
        for one in diagnostics:
            new.append(replace(one, hint="") if one.hint in told else one)
            told.add(one.hint)
        return text_of(new)

    return shortened


def target_line(event: Event) -> list[Span]:
    """Return one line for a finished target: how it ended, which, why, and what it took."""
    took = [calls_text(event.spent)] if event.spent.calls else []
    if event.elapsed_s >= 0.05:
        took.append(duration_text(event.elapsed_s))
    line = [Span(f"{event.ending:<9}", ENDING_STYLES[event.ending]), Span(" "), Span(_one_line(event.id), "strong")]
    if event.reason:
        line.append(Span(f": {_one_line(event.reason)}"))
    if took:
        line.append(Span(f" ({', '.join(took)})", "faint"))
    return line


def change_line(change: "ChangeSize") -> list[Span]:
    """Return one line, indented below its target: how much of spec, code and public names a build changed."""
    parts = [
        f"{what} +{lines.added} -{lines.removed} lines"
        for what, lines in (("spec", change.spec), ("code", change.code))
        if lines is not None
    ]
    said = [", ".join(parts) or "not to be compared with what was there"]
    for what, names in change.names._asdict().items() if change.names else ():
        if names:
            more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
            said.append(f"names {what}: {', '.join(names[:MOST_NAMES])}{more}")
    return [Span(f"          {_one_line('; '.join(said))}", "faint")]


def notes_text(id: str, notes: str) -> list[Span]:
    """Return what the model said was ambiguous in a spec, indented below its id."""
    indented = "".join(f"    {line}\n" for line in notes.strip("\n").split("\n"))
    return [Span("note", "note"), Span(": "), Span(_one_line(id), "strong"), Span(f", says the model:\n{indented}")]


def summary_line(summary: Summary) -> list[Span]:
    """Return the last line of a run: the number of targets by ending, files written, what was spent, the time."""
    numbers = [(number, ending) for ending in ENDING_STYLES if (number := summary.endings.get(ending, 0))]
    parts = [f"{number} {ending}{' (kept)' if ending in KEPT_ENDINGS else ''}" for number, ending in numbers]
    if exit_codes.of_endings(summary.endings) != exit_codes.SUCCESS:
        word = Span("unfinished", "error")
    else:
        word = Span("done", "warning" if any(ending in KEPT_ENDINGS for _, ending in numbers) else "good")
    said = [", ".join(parts) or "nothing to do"]
    if summary.files_written:
        said.append(plural(summary.files_written, "file") + " written")
    said += [spent_text(summary.spent), duration_text(summary.elapsed_s)]
    return [word, Span(f": {'; '.join(said)}")]


def spent_text(spent: Spent) -> str:
    """Return calls, tokens and cost in words; what is unknown says so."""
    if not spent.calls:
        return "no call"
    counted = spent.input_tokens or spent.output_tokens  # no call reads nothing: its service counts none
    tokens = f"{spent.input_tokens:,} + {spent.output_tokens:,} tokens" if counted else "tokens unknown"
    return f"{calls_text(spent)}, {tokens}, {cost_text(spent.cost)}"


def calls_text(spent: Spent) -> str:
    """Return "1 call", "2 calls"."""
    return plural(spent.calls, "call")


def cost_text(cost: float | None) -> str:
    """Return a cost in the person's own currency with enough digits to see small ones."""
    if cost is None:
        return "cost unknown"
    return f"cost {cost:.2f}" if cost >= 1 or cost == 0 else f"cost {cost:.4f}"


def duration_text(duration_s: float) -> str:
    """Return a time as a person says it: 0.4 s, 42 s, 2 m 05 s, 1 h 02 m."""
    if duration_s < 9.95:
        return f"{duration_s:.1f} s"
    whole = round(duration_s)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} m"


def waiting_text(why: str, for_s: float) -> str:
    """Return why something waits, and for how long."""
    return f"{_one_line(why)}, waiting {duration_text(for_s)}"


def count_text(done: int, total: int) -> str:
    """Return "[ 3/30] "; nothing where there is no total."""
    return f"[{done:>{len(str(total))}}/{total}] " if total else ""


def plural(number: int, noun: str) -> str:
    """Return "1 call", "2 calls", "1,000 calls"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def level_of(event: Event) -> int:
    """Return from which verbosity on the event is told."""
    if event.ending == "fresh":
        return VERBOSE
    return NORMAL if event.ending in GOOD_ENDINGS else QUIET


def _one_line(text: str) -> str:
    return printable(text, keep_newlines=False)
