"""What a run shows on the terminal: lines, the live view, and the console beneath both."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from specbuild.diagnostic import Diagnostic, Place
from specbuild.formats.text import diagnostics_text
from specbuild.progress import Event, Spent, Summary
from specbuild.styled_text import Span, plain_text
from specbuild.terminal.console import Console, source_line, wants_color
from specbuild.terminal.lines import LineProgress, cost_text, duration_text, spent_text
from specbuild.terminal.live import RUNNING_LINES, LiveProgress, Running, View, progress_for, view_lines

MESSAGES = Path(__file__).parent.parent / "messages"
FAULT = Diagnostic(
    "SB801", "the reply names a file that is not declared", Place("specs/a.toml", 3, 1), hint="declare it"
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(progress: LineProgress | LiveProgress) -> None:
    with progress:
        progress.started(3)
        progress.message("asking m-1 on api.example.com: 2 calls")
        progress.target_done(Event("fresh/one", "fresh", "nothing changed"))
        progress.target_started("parser/lexer", "asking")
        progress.waiting("parser/lexer", "rate limited", 12.0)
        progress.waiting("parser/lexer", "rate limited", 0.5)
        progress.received("parser/lexer", 120)
        progress.target_done(
            Event(
                "parser/lexer",
                "built",
                "project.requirements changed",
                Spent(1, 812, 310, 0.0123),
                3.21,
                notes="I chose\nLF",
            )
        )
        progress.target_done(Event("parser/ast", "failed", "never built", Spent(1, 1, 2, None), 61.0, (FAULT,)))
        progress.target_done(Event("parser/main", "blocked", "needs parser/ast"))
        progress.finished(
            Summary({"built": 1, "failed": 1, "blocked": 1, "fresh": 1}, Spent(2, 813, 312, None), 65.2, 1)
        )


def shown(verbosity: int = 0, *, color: bool = False) -> tuple[str, str]:
    output, errors = io.StringIO(), io.StringIO()
    choice = "always" if color else "auto"
    console = Console(output, errors, verbosity=verbosity, color=choice, environment={})
    told(LineProgress(console, diagnostics_text=diagnostics_text))
    return output.getvalue(), errors.getvalue()


@pytest.mark.parametrize("kind", ["lines", "live"])
def test_a_hint_is_told_once_and_what_happened_each_time(kind: str) -> None:
    output, errors = io.StringIO(), io.StringIO() if kind == "lines" else Terminal()
    console = Console(output, errors, environment={"TERM": "xterm"})
    live = LiveProgress(console, diagnostics_text=diagnostics_text, clock=lambda: 0.0)
    with live if kind == "live" else LineProgress(console, diagnostics_text=diagnostics_text) as progress:
        progress.started(3)
        for number in range(3):
            fault = replace(FAULT, message=f"the reply names the file {number}", hint="declare it")
            progress.target_done(Event(f"one{number}", "failed", "new", diagnostics=(fault,)))
        other = replace(FAULT, hint="or leave it out")
        progress.target_done(Event("two", "failed", "new", diagnostics=(other,)))
    said = errors.getvalue()
    assert [f"the file {number}" in said for number in range(3)] == [True] * 3
    assert (said.count("declare it"), said.count("or leave it out")) == (1, 1)


def test_a_run_is_told_as_recorded() -> None:
    output, errors = shown()
    assert output == ""
    assert errors == (MESSAGES / "run.txt").read_text(encoding="utf-8")


def test_quiet_tells_only_what_went_wrong_and_verbose_tells_fresh_targets_too() -> None:
    assert shown(-1)[1].splitlines()[0] == "[2/3] failed    parser/ast: never built (1 call, 1 m 01 s)"
    assert "fresh/one" not in shown()[1]
    assert "fresh/one" in shown(1)[1]
    assert shown(1)[1].count("rate limited") == 2


def test_colours_are_there_only_when_asked_for() -> None:
    assert "\x1b[32mbuilt    \x1b[0m" in shown(color=True)[1]
    assert "\x1b" not in shown()[1]


def test_an_id_or_a_reason_from_a_model_can_not_steer_the_terminal_or_forge_a_line() -> None:
    errors = io.StringIO()
    console = Console(None, errors, environment={})
    progress = LineProgress(console, diagnostics_text=diagnostics_text)
    progress.target_done(Event("a\x1b[2J", "built", "x\ndone: all"))
    assert errors.getvalue() == "built     a\\x1b[2J: x\\ndone: all\n"


def test_the_live_view_names_who_runs_and_counts_the_others() -> None:
    running = tuple(Running(f"t/{at}", "asking", float(at), characters=1000 * at) for at in range(3))
    view = View(30, 12, 1, 0.0, Spent(14, 1, 1, 0.5), running, more=4)
    lines = [plain_text(line) for line in view_lines(view, 64.0, 80)]
    assert len(lines) == 1 + 3 + 1
    assert lines[0].endswith(" 12/30 · 1 m 04 s · 14 calls · cost 0.5000 · 1 not done")
    assert lines[2] == "  t/1  asking, 1,000 characters, 1 m 03 s"
    assert lines[-1] == "  … and 4 more"


def test_the_oldest_are_named_whatever_happens_to_them_meanwhile() -> None:
    errors = Terminal()
    now_s = 0.0
    console = Console(None, errors, environment={"TERM": "xterm"})
    with LiveProgress(console, diagnostics_text=diagnostics_text, clock=lambda: now_s) as progress:
        for at in range(RUNNING_LINES + 3):
            progress.target_started(f"t/{at}", "planning")
            now_s += 1
        progress.target_started("t/1", "asking")
        progress.received("t/1", 10)
        progress.waiting("t/2", "rate limited", 5.0)
        progress.target_done(Event("t/0", "built"))
        progress.target_started("t/0", "asking")  # again: it is the youngest now
        progress.started(20)
        shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", errors.getvalue())
    assert [f"  t/{at} " in shown for at in range(RUNNING_LINES + 3)] == [False, *[True] * RUNNING_LINES, False, False]
    assert "  … and 3 more" in shown


def test_the_live_view_counts_down_a_wait_and_is_never_wider_than_the_terminal() -> None:
    waits = Running("parser/" + "x" * 60, "asking", 0.0, waits_for="rate limited\x1b[2J", waits_until_s=12.0)
    (head, line) = [plain_text(line) for line in view_lines(View(2, running=(waits,)), 2.0, 60)]
    assert len(line) <= 60 and len(head) <= 60
    assert "\x1b" not in line
    wide = plain_text(view_lines(View(2, running=(waits,)), 2.0, 200)[1])
    assert wide.endswith("rate limited\\x1b[2J, waiting 10 s")


def test_a_live_run_ends_with_the_same_last_line_and_gives_the_cursor_back() -> None:
    errors = Terminal()
    console = Console(None, errors, environment={"TERM": "xterm"})
    progress = progress_for(console, diagnostics_text=diagnostics_text, clock=lambda: 0.0)
    assert isinstance(progress, LiveProgress)
    told(progress)
    text = errors.getvalue()
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")
    assert text.splitlines()[-1].endswith("1 file written; 2 calls, 813 + 312 tokens, cost unknown; 1 m 05 s")
    assert "project.requirements changed" in text


def test_a_live_view_that_a_fault_ends_gives_the_cursor_back() -> None:
    errors = Terminal()
    console = Console(None, errors, environment={"TERM": "xterm"})
    with (
        pytest.raises(KeyboardInterrupt),
        LiveProgress(console, diagnostics_text=diagnostics_text, clock=lambda: 0.0) as one,
    ):
        one.started(3)
        raise KeyboardInterrupt
    assert errors.getvalue().rindex("\x1b[?25h") > errors.getvalue().rindex("\x1b[?25l")


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {}, {"TERM": "xterm", "CI": "true"}])
def test_where_no_live_view_can_be_drawn_there_are_lines(environment: dict[str, str]) -> None:
    console = Console(None, Terminal(), environment=environment)
    assert isinstance(progress_for(console, diagnostics_text=diagnostics_text, clock=lambda: 0.0), LineProgress)


@pytest.mark.parametrize(
    ("terminal", "choice", "environment", "color"),
    [
        (True, "auto", {"TERM": "xterm"}, True),
        (True, "auto", {"TERM": "dumb"}, False),
        (True, "auto", {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, "auto", {"TERM": "xterm", "NO_COLOR": ""}, True),
        (False, "auto", {"TERM": "xterm"}, False),
        (False, "auto", {"CLICOLOR_FORCE": "1"}, True),
        (False, "auto", {"CLICOLOR_FORCE": "0"}, False),
        (False, "auto", {"FORCE_COLOR": "1"}, True),
        (False, "auto", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        (False, "always", {"NO_COLOR": "1"}, True),
        (True, "never", {"CLICOLOR_FORCE": "1"}, False),
    ],
)
def test_who_decides_on_colours(terminal: bool, choice: str, environment: dict[str, str], color: bool) -> None:
    stream = Terminal() if terminal else io.StringIO()
    assert wants_color(stream, choice, environment) is color  # type: ignore[arg-type]


def test_a_reader_that_goes_away_stops_no_work() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    console = Console(Broken(), None, environment={})
    console.result("one")
    console.result("two")
    console.message("three")


def test_a_character_that_the_encoding_lacks_is_escaped() -> None:
    raw = io.BytesIO()
    console = Console(io.TextIOWrapper(raw, encoding="ascii"), None, environment={})
    console.result("naïve – 日")
    assert raw.getvalue() == b"na\\xefve \\u2013 \\u65e5\n"


def test_raw_results_are_exact_in_a_pipe_and_safe_on_a_terminal() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    Console(pipe, None, environment={}).raw_result("a\x1b[2J")
    Console(terminal, None, environment={}).raw_result("a\x1b[2J")
    assert pipe.getvalue() == "a\x1b[2J"
    assert terminal.getvalue() == "a\\x1b[2J"


def test_a_source_line_is_read_and_what_is_not_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(b"one\r\ntw\xff\n")
    assert source_line(Place(str(file), 1, 1)) == "one"
    assert source_line(Place(str(file), 2, 1)) == "tw\ufffd"
    assert source_line(Place(str(file), 9, 1)) is None
    assert source_line(Place(str(tmp_path / "gone"), 1, 1)) is None


def test_times_and_costs_are_told_as_a_person_says_them() -> None:
    assert [duration_text(one) for one in (0.04, 9.96, 59.4, 59.6, 125, 3725)] == [
        "0.0 s", "10 s", "59 s", "1 m 00 s", "2 m 05 s", "1 h 02 m",
    ]  # fmt: skip
    assert [cost_text(one) for one in (None, 0.0, 0.00123, 12.3)] == [
        "cost unknown",
        "cost 0.00",
        "cost 0.0012",
        "cost 12.30",
    ]
    assert spent_text(Spent()) == "no call"
    assert spent_text(Spent(2, cost=None)) == "2 calls, tokens unknown, cost unknown", "a program counts none"
    assert plain_text([Span(spent_text(Spent(1, 1000, 2, 0.5)))]) == "1 call, 1,000 + 2 tokens, cost 0.5000"
