"""What the reading commands share: load, plan, and say what is odd. They write nothing, ever."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from specbuild.commands.invocation import AnyCommand, Invocation
from specbuild.work.planning import Planned, plan_project
from specbuild.work.load import Project, load


def selection(function: AnyCommand) -> AnyCommand:
    """Add the arguments SELECT… and `--exclude`."""
    function = click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")(function)
    return click.argument("select", nargs=-1)(function)


def read_project(invocation: Invocation) -> Project:
    """Load the project of the working folder; raises DiagnosticError."""
    return load(Path(invocation.directory), os.environ)


def read_plan(invocation: Invocation, select: Sequence[str], exclude: Sequence[str]) -> Planned:
    """Plan the project, and tell its warnings on stderr."""
    project = read_project(invocation)
    planned = plan_project(project, selected=select, exclude=exclude)
    tell_warnings(invocation, planned)
    return planned


def tell_warnings(invocation: Invocation, planned: Planned) -> None:
    """Tell the warnings of specs and records; notes only to the verbose."""
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.console import VERBOSE, source_line

    console = invocation.console()
    found = (*planned.opened.project.diagnostics, *planned.opened.replies.faults)
    warnings = [one for one in found if one.severity != "note"]
    notes = [one for one in found if one.severity == "note"]
    if warnings:
        console.message(diagnostics_text(warnings, source_line))
    if notes:
        console.message(diagnostics_text(notes, source_line), level=VERBOSE)
