"""The streams of the command: results to stdout, messages and progress to stderr, both safe whatever is in the text.

It knows the environment's conventions for colour (NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM=dumb), and outlives a
reader that goes away, a terminal that can't show a character, and a stream that was closed before the start.
"""

import os
import sys
import threading
from collections.abc import Mapping
from typing import Literal, TextIO

from specbuild.diagnostic import Place
from specbuild.styled_text import StyledText, plain_text, terminal_text

ColorChoice = Literal["auto", "always", "never"]
QUIET, NORMAL, VERBOSE, DEBUG = -1, 0, 1, 2


class Console:
    """Two streams, how much is said on them, and whether in colour. Its methods may be called from any thread."""

    def __init__(
        self,
        output: TextIO | None,
        errors: TextIO | None,
        *,
        verbosity: int = NORMAL,
        color: ColorChoice = "auto",
        environment: Mapping[str, str],
    ) -> None:
        self.verbosity = verbosity
        self.errors = errors
        self._output = _Stream(output, wants_color(output, color, environment))
        self._errors = _Stream(errors, wants_color(errors, color, environment))
        drawable = _is_terminal(errors) and environment.get("TERM", "") not in ("dumb", "")
        self.live = drawable and verbosity in (NORMAL, VERBOSE) and not environment.get("CI")
        """Whether a live view on stderr would be seen and can be drawn."""

    @property
    def errors_color(self) -> bool:
        """Whether stderr takes colours."""
        return self._errors.color

    def result(self, text: str | StyledText) -> None:
        """Write a result, the thing that was asked for, to stdout. A final line feed is added where there is none."""
        self._output.write(text)

    def raw_result(self, text: str) -> None:
        """Write text for a machine (JSON, a prompt in a pipe) to stdout, exactly; on a terminal it is made safe."""
        self._output.write_exactly(text)

    def program_output(self, output: bytes, errors: bytes) -> None:
        """Write what a program printed to the two streams: its bytes, but text that is safe where a terminal reads."""
        self._output.write_bytes(output)
        self._errors.write_bytes(errors)

    def prompt(self, text: str) -> None:
        """Write a question to stderr; the cursor stays behind it."""
        self._errors.write_exactly(text)

    def message(self, text: str | StyledText, *, level: int = NORMAL) -> None:
        """Write a message to stderr if as much is to be said: level QUIET always, NORMAL unless quiet, and so on."""
        if level <= self.verbosity:
            self._errors.write(text)


def standard_console(*, verbosity: int, color: ColorChoice) -> Console:
    """Return the console of this process."""
    return Console(sys.stdout, sys.stderr, verbosity=verbosity, color=color, environment=os.environ)


def wants_color(stream: TextIO | None, choice: ColorChoice, environment: Mapping[str, str]) -> bool:
    """Say if a stream gets colours: the choice; else no-color.org, bixense.com/clicolors, and what the stream is."""
    if stream is None or choice == "never":
        return False
    if choice == "always":
        return True
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    return _is_terminal(stream) and environment.get("TERM", "") not in ("dumb", "")


def source_line(place: Place) -> str | None:
    """Return the line at `place` without its end; None if there is none. At most the file's first 64 KiB are read."""
    if not place.line:
        return None
    try:
        with open(place.path, encoding="utf-8", errors="replace", newline="\n") as file:
            lines = file.read(1 << 16).split("\n")
    except (OSError, ValueError):
        return None
    return lines[place.line - 1].rstrip("\r") if place.line <= len(lines) else None


class _Stream:
    def __init__(self, stream: TextIO | None, color: bool) -> None:
        self.color = color
        self._stream = stream
        self._lock = threading.Lock()
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # What the terminal's encoding lacks is shown as an escape; a message must not end in a UnicodeEncodeError.
            reconfigure(errors="backslashreplace")

    def write(self, text: str | StyledText) -> None:
        shown = terminal_text(text) if self.color else plain_text(text)
        self._put(shown if shown.endswith("\n") else shown + "\n")

    def write_exactly(self, text: str) -> None:
        self._put(plain_text(text) if _is_terminal(self._stream) else text)

    def write_bytes(self, raw: bytes) -> None:
        buffer = getattr(self._stream, "buffer", None)
        if not raw:
            return
        if buffer is None or _is_terminal(self._stream):
            self.write_exactly(raw.decode("utf-8", errors="replace"))
            return
        with self._lock:
            try:
                buffer.write(raw)
                buffer.flush()
            except BrokenPipeError:
                if self._stream is not None:
                    _silence(self._stream)
                self._stream = None

    def _put(self, text: str) -> None:
        with self._lock:
            if self._stream is None:
                return
            try:
                self._stream.write(text)
                self._stream.flush()
            except BrokenPipeError:
                # The reader has seen enough (`| head`). The work goes on: calls may be paid for already.
                _silence(self._stream)
                self._stream = None
            except ValueError:  # closed
                self._stream = None


def _is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def _silence(stream: TextIO) -> None:
    # Python flushes at exit and would complain about the broken pipe with exit code 120.
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
