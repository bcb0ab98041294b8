"""`build --watch`: build, wait until a source changes or a reply comes, build again, within one limit of calls for
all of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.diagnostic import DiagnosticError

if TYPE_CHECKING:
    from specbuild.work.build import BuildResult
    from specbuild.work.choice import BuildOptions
    from specbuild.work.load import Project

LOOK_EVERY_S = 0.5
SETTLED_AFTER_S = 0.2
"""So long nothing may change before a round begins: an editor or git writes several files one after the other."""
_MOST_NAMED = 3


def watch(
    invocation: Invocation,
    options: BuildOptions,
    build: Callable[[Invocation, BuildOptions], BuildResult],
    *,
    sleep: Callable[[float], None] | None = None,
) -> int:
    """Build round after round until Ctrl-C while it waits (exit 0), in a build (130), or until the limit is used up
    (5). Raises click.UsageError without a limit of calls, DiagnosticError if there is no project."""
    from specbuild.work.load import load

    def project_now() -> Project:
        return load(Path(invocation.directory), os.environ)

    rounds = _Rounds(invocation, _limited(options, project_now().configuration.max_calls), build, project_now)
    wait = sleep or time.sleep
    try:
        while (code := rounds.next(wait)) is None:
            pass
    except KeyboardInterrupt:
        if not rounds.is_waiting:
            raise
        code = exit_codes.SUCCESS
    invocation.console().message(f"watch ended: {rounds.told()}\n")
    return code


def _limited(options: BuildOptions, configured: int | None) -> BuildOptions:
    given = [one for one in (options.max_calls, configured) if one is not None]
    if not given:
        raise click.UsageError("--watch needs a limit for all its rounds: --max-calls N, or max_calls in the project")
    return replace(options, max_calls=min(given))


class _Rounds:
    def __init__(
        self,
        invocation: Invocation,
        options: BuildOptions,
        build: Callable[[Invocation, BuildOptions], BuildResult],
        load: Callable[[], Project],
    ) -> None:
        self.is_waiting = True
        """No build is under way, so that a Ctrl-C interrupts nothing."""
        self._invocation = invocation
        self._options = options
        self._build = build
        self._load = load
        self._number = 0
        self._calls = 0
        self._why = "to begin with"

    def told(self) -> str:
        return f"{self._number} round{'' if self._number == 1 else 's'}, {self._calls} of {self._allowed()} calls"

    def next(self, wait: Callable[[float], None]) -> int | None:
        """Build once and wait for the next change; return the exit code if there is to be no further round."""
        from specbuild.work.watched_sources import changed, sources_to_watch, stamps_of

        sources = sources_to_watch(self._load())
        # Before the build reads them: what changes while it runs begins the next round.
        before = stamps_of(sources)
        if (code := self._round()) in (exit_codes.LIMIT, exit_codes.INTERRUPTED):
            return code
        while not (found := changed(before, stamps_of(sources), sources)):
            wait(LOOK_EVERY_S)
        last = None
        while last != (now := stamps_of(sources)):
            last = now
            wait(SETTLED_AFTER_S)
        self._why = _named(found)
        return None

    def _round(self) -> int:
        from specbuild.formats.text import diagnostics_text
        from specbuild.styled_text import plain_text
        from specbuild.terminal.console import source_line
        from specbuild.terminal.lines import summary_line

        self._number += 1
        console = self._invocation.console()
        self.is_waiting = False
        try:
            result = self._build(self._invocation._replace(verbosity=-1), self._options)
            self.is_waiting = True
        except DiagnosticError as error:  # a spec that is being written: the next round has it right
            self.is_waiting = True
            console.message(diagnostics_text(error.diagnostics, source_line), level=-1)
            self._tell("nothing was built")
            return error.exit_code
        spent = result.summary.spent
        self._calls += spent.calls
        self._options = _less(self._options, result)
        self._tell(plain_text(summary_line(result.summary)).rstrip("\n"))
        return result.exit_code

    def _tell(self, ending: str) -> None:
        left = self._options.max_calls
        told = f"round {self._number} ({self._why}): {ending}; {left} of {self._allowed()} calls left\n"
        self._invocation.console().message(told)

    def _allowed(self) -> int:
        return self._calls + (self._options.max_calls or 0)


def _less(options: BuildOptions, result: BuildResult) -> BuildOptions:
    """Return the options of the next round: its limits are what this round has left, and edits are given up once."""
    spent = result.summary.spent
    tokens = spent.input_tokens + spent.output_tokens
    return replace(
        options,
        force=False,
        max_calls=max(0, (options.max_calls or 0) - spent.calls),
        max_tokens=None if options.max_tokens is None else max(0, options.max_tokens - tokens),
        max_cost=None if options.max_cost is None else max(0.0, options.max_cost - (spent.cost or 0.0)),
    )


def _named(paths: Collection[str]) -> str:
    shown = list(paths)[:_MOST_NAMED]
    more = len(paths) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "") + " changed"
