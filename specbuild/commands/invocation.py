"""What every command is told: the global options as one value, and the options that several commands share.

A command is a module with a click command named `command`; `@click.pass_obj` gives its function an `Invocation` first,
and what the function returns is the exit code (None: 0).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from specbuild.terminal.console import Console

ColorChoice = Literal["auto", "always", "never"]
AnyCommand = TypeVar("AnyCommand", bound=Callable[..., Any])


class Invocation(NamedTuple):
    """The global options: `verbosity` is -1 quiet, 0 normal, 1 verbose. The folder was already changed (-C)."""

    verbosity: int = 0
    debug: bool = False
    color: ColorChoice = "auto"

    @property
    def directory(self) -> str:
        """The absolute folder in which the command works: where the search for a project begins."""
        return os.getcwd()

    def console(self) -> Console:
        """Return the console for this process's streams, as the options and the environment ask for it."""
        from specbuild.terminal.console import standard_console  # only a command that prints pays for it

        return standard_console(verbosity=2 if self.debug else self.verbosity, color=self.color)


def agreed(question: str) -> bool:
    """Ask a person. Raises EOFError if nobody is there: what costs money, or writes, is not begun by a guess."""
    click.echo(f"{question} [y/N]: ", nl=False, err=True)
    answer = sys.stdin.readline()
    if not answer:
        raise EOFError
    return answer.strip().casefold() in ("y", "yes")


def json_option(function: AnyCommand) -> AnyCommand:
    """Add `--json` to a command that reads: its result goes to stdout as one JSON value. The parameter is `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")(function)


def global_options() -> list[click.Option]:
    """Return the options that may stand before or after a command's name; each changes the context's `Invocation`."""
    return [
        click.Option(
            ["-C", "--directory", "directory"],
            metavar="DIR",
            multiple=True,
            expose_value=False,
            is_eager=True,
            callback=_change_directory,
            help="Work in DIR, as if started there.",
        ),
        click.Option(
            ["-q", "--quiet"], is_flag=True, expose_value=False, callback=_quiet, help="Only results and errors."
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_verbose,
            help="Say more: fresh targets too.",
        ),
        click.Option(
            ["--debug"], is_flag=True, expose_value=False, callback=_debug, help="Say everything, with tracebacks."
        ),
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            expose_value=False,
            callback=_color,
            help="Colours: auto (the default), always or never.",
        ),
    ]


def _change_directory(context: click.Context, parameter: click.Parameter, directories: tuple[str, ...]) -> None:
    for directory in directories:  # as with make and git, each one is relative to the one before
        try:
            os.chdir(directory)  # `root.run` goes back
        except (OSError, ValueError) as fault:
            reason = getattr(fault, "strerror", None) or str(fault)
            raise click.BadParameter(f"{directory}: {reason}", ctx=context, param=parameter) from fault


def _quiet(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    if given:
        context.obj = _invocation(context)._replace(verbosity=-1)


def _verbose(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    if given:
        context.obj = _invocation(context)._replace(verbosity=1)


def _debug(context: click.Context, parameter: click.Parameter, given: bool) -> None:
    if given:
        context.obj = _invocation(context)._replace(debug=True)


def _color(context: click.Context, parameter: click.Parameter, choice: ColorChoice | None) -> None:
    if choice:
        context.obj = _invocation(context)._replace(color=choice)


def _invocation(context: click.Context) -> Invocation:
    return context.obj if isinstance(context.obj, Invocation) else Invocation()
