"""A person at a terminal who watches agents: sees their actions and, under --step, decides about each of them."""

import select
import sys
import threading
from collections.abc import Callable
from typing import TextIO

from specbuild.agent_tools import Call
from specbuild.formats.action_text import action_line, difference_text, result_text
from specbuild.styled_text import Span, StyledText, plain_text
from specbuild.terminal.console import DEBUG, NORMAL, QUIET, VERBOSE, Console
from specbuild.work.overseer import Action

QUESTION = "do it? (Enter or go, skip, stop, or a word to the agent) "
LOG_LEVELS = {"quiet": QUIET, "normal": NORMAL, "debug": DEBUG}
HELP = "go does it; skip leaves it out; stop ends the run; anything else is told to the model in place of the action\n"
_ANSWERS = {
    **dict.fromkeys(("", "g", "go", "y", "yes"), "go"),
    **dict.fromkeys(("n", "no", "skip"), "skip"),
    **dict.fromkeys(("q", "quit", "stop"), "stop"),
    **dict.fromkeys(("?", "h", "help"), "help"),
}


class Watching:
    """An `Overseer` on a console. With `answers` each action is shown before it is done, and a line is read.

    `level` is how much must be told for actions to be told; `say_above` writes a line where a live view is drawn.
    `stopped` is set once the answer is to stop: it ends the whole run.
    """

    def __init__(
        self,
        console: Console,
        *,
        answers: TextIO | None = None,
        level: int = VERBOSE,
        say_above: Callable[[str], None] | None = None,
    ) -> None:
        self.stopped = threading.Event()
        self._console = console
        self._answers = answers
        self._level = QUIET if answers is not None else level
        self._say_above = say_above
        self._turn = threading.Lock()

    def asks(self, action: Action) -> str:
        """Show the action; return what a person says to it."""
        with self._turn:
            if action.said.strip():
                self._say([Span(f"{action.said.strip()}\n", "faint")], DEBUG)
            if self.stopped.is_set():
                return "stop"
            self._say(action_line(action.target_id, action.step, action.call), self._level)
            if self._answers is None:
                return "go"
            self._say(difference_text(action.before, action.after), self._level)
            while (answer := self._answer(self._answers)) == "help":
                self._say([Span(HELP)], self._level)
            if answer == "stop":
                self.stopped.set()
            return answer

    def refused(self, target_id: str, step: int, call: Call, result: str) -> None:
        """Show a call that can't be done, and why."""
        with self._turn:
            self._say(action_line(target_id, step, call), self._level)
            self.done(target_id, call, result)

    def done(self, target_id: str, call: Call, result: str) -> None:
        """Show what came of it: its first line, or all of it with --log-level debug."""
        self._say(result_text(result, whole=self._console.verbosity >= DEBUG), self._level)

    def _answer(self, answers: TextIO) -> str:
        line = self._line(answers)
        said = line.strip() if line else "stop"  # at the end of the input nobody is there any more
        return _ANSWERS.get(said.lower(), said)

    def _line(self, answers: TextIO) -> str:
        """Return the line that is answered; "" at the end of the input, or once the run is interrupted."""
        self._console.prompt(QUESTION)
        line = ""
        if not answers.isatty():
            line = answers.readline()
        else:
            # Ctrl-C arrives in another thread, which sets `stopped`: nobody has to answer then. A terminal hands over
            # one line at a time, so none waits behind the one that is read.
            while not self.stopped.is_set():
                if select.select([answers], [], [], 0.1)[0]:
                    line = answers.readline()
                    break
        if not line or not answers.isatty():
            self._console.message("", level=QUIET)  # nobody's Enter ended the line of the question
        return line

    def _say(self, text: StyledText, level: int) -> None:
        if level > self._console.verbosity or not text:
            return
        if self._say_above is not None:
            self._say_above(plain_text(text).rstrip("\n"))
        else:
            self._console.message(text, level=level)


def watching(
    console: Console, *, step: bool, log_level: str = "", say_above: Callable[[str], None] | None = None
) -> Watching:
    """Return who watches a run: under `step` standard input answers, else actions are told only."""
    level = LOG_LEVELS.get(log_level, VERBOSE)
    return Watching(console, answers=sys.stdin if step else None, level=max(level, NORMAL), say_above=say_above)
