"""Progress as one calm live view at the foot of a terminal; what is done scrolls away above it as ordinary lines.

rich draws it and is imported when a run starts. The view itself is a pure function of what is known.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING

from specbuild import exit_codes
from specbuild.progress import Event, Progress, Spent, Summary
from specbuild.styled_text import Span, Style, StyledText
from specbuild.terminal.console import NORMAL, Console
from specbuild.terminal.lines import (
    DiagnosticsText,
    LineProgress,
    calls_text,
    change_line,
    cost_text,
    duration_text,
    each_hint_once,
    level_of,
    notes_text,
    summary_line,
    target_line,
    waiting_text,
)
from specbuild.text_safety import printable

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

REFRESH_S = 0.25
"""The view is drawn at this pace and no faster, however much happens: what goes above it is gathered until then."""
DRAWING_SHARE = 0.02
"""Drawing takes this part of the time at most: where it is dear, as beside a thousand threads, it is done less."""
RUNNING_LINES = 8
"""So many running targets are named, the oldest first; the others are a number."""
BAR_WIDTH = 24

_RICH_STYLES: dict[Style, str] = {
    "plain": "",
    "strong": "bold",
    "faint": "dim",
    "error": "bold red",
    "warning": "bold yellow",
    "note": "bold cyan",
    "good": "green",
    "place": "bold",
    "code": "cyan",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A target that is being worked on: what is done with it since when, and for how long it waits."""

    id: str
    what: str
    since_s: float
    characters: int = 0
    waits_for: str = ""
    waits_until_s: float = 0.0


@dataclass(frozen=True, slots=True)
class View:
    """All that the live view shows."""

    total: int = 0
    done: int = 0
    failed: int = 0
    begun_s: float = 0.0
    spent: Spent = Spent()
    running: tuple[Running, ...] = ()
    """Those that are named, the oldest first."""
    more: int = 0
    """So many others are being worked on."""


def view_lines(view: View, now_s: float, width: int) -> list[list[Span]]:
    """Return the lines of the view, none wider than `width` cells."""
    share = min(view.done / view.total, 1.0) if view.total else 1.0
    filled = int(share * BAR_WIDTH)
    facts = [f"{view.done}/{view.total}", duration_text(now_s - view.begun_s)]
    if view.spent.calls:
        facts += [calls_text(view.spent), cost_text(view.spent.cost)]
    head = [Span("━" * filled, "good"), Span("━" * (BAR_WIDTH - filled), "faint"), Span(f" {' · '.join(facts)}")]
    if view.failed:
        head += [Span(" · "), Span(f"{view.failed} not done", "error")]
    lines = [head]
    broadest = min(max((len(printable(one.id)) for one in view.running), default=0), max(width // 2, 10))
    for one in view.running:
        lines.append([Span("  "), Span(f"{_one_line(one.id):<{broadest}}", "strong"), Span(f"  {_doing(one, now_s)}")])
    if view.more:
        lines.append([Span(f"  … and {view.more} more", "faint")])
    return [_cropped(line, width) for line in lines]


class LiveProgress:
    """`Progress` as a live view. Used as a context manager: leaving it gives the terminal back, whatever happened."""

    def __init__(self, console: Console, *, diagnostics_text: DiagnosticsText, clock: Callable[[], float]) -> None:
        self._console = console
        self._diagnostics_text = each_hint_once(diagnostics_text)
        self._clock = clock
        self._lock = threading.RLock()
        self._live: Live | None = None
        self._drawer: threading.Thread | None = None
        self._over = threading.Event()
        self._above: list[StyledText] = []
        self._view = View()
        self._running: dict[str, Running] = {}
        self._notes: list[tuple[str, str]] = []

    def __enter__(self) -> LiveProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def started(self, total: int) -> None:
        """Begin to draw."""
        from rich.console import Console as RichConsole
        from rich.live import Live

        with self._lock:
            self._view = replace(self._view, total=total, begun_s=self._clock())
            if self._live is not None or not total:
                return
            screen = RichConsole(
                file=self._console.errors,
                force_terminal=True,
                no_color=not self._console.errors_color,
                markup=False,
                emoji=False,
                highlight=False,
            )
            self._live = Live(
                get_renderable=self._drawn,
                console=screen,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)
            self._drawer = threading.Thread(target=self._draw_on, args=(self._live,), name="live view", daemon=True)
            self._drawer.start()

    def target_started(self, id: str, what: str) -> None:
        """Show the target with what is done to it."""
        with self._lock:
            before = self._running.get(id)
            since = before.since_s if before else self._clock()
            self._running[id] = Running(id, what, since)

    def waiting(self, id: str, why: str, for_s: float) -> None:
        """Show why the target waits, and count down."""
        with self._lock:
            now = self._clock()
            before = self._running.get(id) or Running(id, "", now)
            self._running[id] = replace(before, waits_for=why, waits_until_s=now + for_s)

    def received(self, id: str, characters: int) -> None:
        """Count the characters of the target's reply."""
        with self._lock:
            before = self._running.get(id)
            if before:
                self._running[id] = replace(before, characters=before.characters + characters, waits_for="")

    def target_done(self, event: Event) -> None:
        """Take the target out of the view; its line goes above."""
        with self._lock:
            self._running.pop(event.id, None)
            if event.notes:
                self._notes.append((event.id, event.notes))
            if event.ending != "fresh":
                self._view = replace(
                    self._view,
                    done=self._view.done + 1,
                    failed=self._view.failed + (exit_codes.of_endings({event.ending: 1}) != exit_codes.SUCCESS),
                    spent=_sum(self._view.spent, event.spent),
                )
            level = level_of(event)
            self._say(target_line(event), level)
            if event.change:
                self._say(change_line(event.change), level)
            if event.diagnostics:
                self._say(self._diagnostics_text(event.diagnostics), level)

    def message(self, text: str) -> None:
        """Put the text above the view."""
        with self._lock:
            self._say([Span(text)], NORMAL)

    def finished(self, summary: Summary) -> None:
        """Take the view away; say what the model noted, and last what was done and spent."""
        self._stop()
        for id, notes in self._notes:
            self._console.message(notes_text(id, notes))
        self._console.message(summary_line(summary))

    def _say(self, text: StyledText, level: int) -> None:
        if level > self._console.verbosity:
            return
        if self._live is None:
            self._console.message(text, level=level)
            return
        self._above.append(text)

    def _draw_on(self, live: Live) -> None:
        pause_s = REFRESH_S
        while not self._over.wait(pause_s):
            before_s = time.thread_time()
            if not self._draw(live):
                return
            pause_s = max(REFRESH_S, (time.thread_time() - before_s) / DRAWING_SHARE)

    def _draw(self, live: Live) -> bool:
        with self._lock:
            above, self._above = self._above, []
        try:
            if above:
                # soft_wrap: the terminal breaks a long line, so that an id or a path can be copied whole.
                live.console.print(_joined(above), soft_wrap=True)
            live.refresh()
        except OSError:  # the terminal is gone; the work goes on
            return False
        return True

    def _drawn(self) -> Text:
        with self._lock:
            live = self._live
            shown = tuple(itertools.islice(self._running.values(), RUNNING_LINES))  # in the order in which they began
            view = replace(self._view, running=shown, more=len(self._running) - len(shown))
        lines = view_lines(view, self._clock(), live.console.width if live else 80)
        drawn = _joined(lines)
        drawn.no_wrap = True
        return drawn

    def _stop(self) -> None:
        with self._lock:
            live, self._live = self._live, None
        if live is None:
            return
        self._over.set()
        if self._drawer is not None:  # outside the lock, which the thread that draws needs
            self._drawer.join()
        if self._draw(live):
            with contextlib.suppress(OSError):
                live.stop()


def progress_for(
    console: Console, *, diagnostics_text: DiagnosticsText, clock: Callable[[], float]
) -> LineProgress | LiveProgress:
    """Return the live view where the console can show one, plain lines elsewhere."""
    if console.live:
        return LiveProgress(console, diagnostics_text=diagnostics_text, clock=clock)
    return LineProgress(console, diagnostics_text=diagnostics_text)


def _doing(one: Running, now_s: float) -> str:
    left_s = one.waits_until_s - now_s
    if one.waits_for and left_s > 0:
        return waiting_text(one.waits_for, left_s)
    characters = f", {one.characters:,} characters" if one.characters else ""
    return f"{_one_line(one.what)}{characters}, {duration_text(now_s - one.since_s)}"


def _cropped(line: list[Span], width: int) -> list[Span]:
    from rich.cells import cell_len, set_cell_size

    left, kept = width, list[Span]()
    for span in line:
        text = _one_line(span.text)
        if cell_len(text) > left:
            kept.append(span._replace(text=set_cell_size(text, max(left - 1, 0)).rstrip() + "…"))
            break
        kept.append(span._replace(text=text))
        left -= cell_len(text)
    return kept


def _joined(texts: Sequence[StyledText]) -> Text:
    from rich.text import Text

    return Text("\n").join([_rich_text(text) for text in texts])


def _rich_text(text: StyledText) -> Text:
    from rich.text import Text

    made = Text()
    for span in text:
        made.append(printable(span.text), _RICH_STYLES[span.style] or None)
    made.rstrip()
    return made


def _sum(one: Spent, other: Spent) -> Spent:
    cost = None if one.cost is None or other.cost is None else one.cost + other.cost
    return Spent(
        one.calls + other.calls, one.input_tokens + other.input_tokens, one.output_tokens + other.output_tokens, cost
    )


def _one_line(text: str) -> str:
    return printable(text, keep_newlines=False)


def _satisfies(live: LiveProgress, lines: LineProgress) -> tuple[Progress, Progress]:
    return live, lines  # the type checker holds both to the protocol
