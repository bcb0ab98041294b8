"""What commands share: how a project is loaded, what is told of it, which targets are meant. Nothing is written."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from specbuild import exit_codes
from specbuild.commands.invocation import AnyCommand, Invocation
from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.project import find_project
from specbuild.sandbox import SANDBOXES
from specbuild.work.choice import BuildOptions
from specbuild.work.load import Project, load
from specbuild.work.planning import Planned, plan_project

if TYPE_CHECKING:
    from specbuild.formats.outcomes_text import Accepted


def selection(function: AnyCommand) -> AnyCommand:
    """Add the arguments SELECT… and `--exclude`."""
    function = click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")(function)
    return click.argument("select", nargs=-1)(function)


def sandbox_option(function: AnyCommand) -> AnyCommand:
    """Add `--sandbox`: where generated code runs. Only a person's own flag can say "none"."""
    return click.option(
        "--sandbox",
        default="auto",
        type=click.Choice(["auto", *SANDBOXES, "none"]),
        help="Where generated code runs (auto: the best that starts here; none: unprotected).",
    )(function)


def read_project(
    invocation: Invocation, select: Sequence[str] = (), *, noting: bool = False, deep: bool = False
) -> Project:
    """Load the project of the working folder, or outside any the one requirement file that `select` names; raises
    DiagnosticError. `noting` and `deep` as of `load`."""
    start = Path(invocation.directory)
    named = bool(select) and all(one.endswith(".toml") for one in select)
    if named and isinstance(outside := find_project(start), Diagnostic):
        if len(select) > 1:
            why = "outside of a project requirement files are taken one at a time"
            hint = f"name one: {select[0]}; or make a project of them: specbuild init, and put them below specs/"
            raise DiagnosticError(replace(outside, why=why, hint=hint))
        from specbuild.work.lone_spec import load_lone_spec  # most files lie in a project

        return load_lone_spec(select[0], start, os.environ)
    return load(start, os.environ, noting=noting, deep=deep)


def read_plan(
    invocation: Invocation,
    select: Sequence[str],
    exclude: Sequence[str],
    *,
    with_needs: bool = False,
    with_causes: bool = False,
    telling: bool = True,
    model: str | None = None,
    deep: bool = False,
) -> Planned:
    """Plan the project, and tell its warnings on stderr, unless the caller does that (`telling`). `model`: that of
    targets that have none. `with_needs` and `with_causes` as of `plan_project`, `deep` as of `load`."""
    project = read_project(invocation, select, deep=deep)
    options = BuildOptions(select=tuple(select), exclude=tuple(exclude), model=model) if model else None
    planned = plan_project(
        project, selected=select, exclude=exclude, options=options, with_needs=with_needs, with_causes=with_causes
    )
    if telling:
        tell_warnings(invocation, planned)
    return planned


def tell_warnings(invocation: Invocation, planned: Planned) -> None:
    """Tell the warnings of specs and records; notes only to the verbose."""
    tell(invocation, _told_of(planned))


def warnings_of(planned: Planned) -> tuple[Diagnostic, ...]:
    """Return what `tell_warnings` tells everybody."""
    return tuple(one for one in _told_of(planned) if one.severity != "note")


def _told_of(planned: Planned) -> tuple[Diagnostic, ...]:
    return (*planned.opened.project.diagnostics, *planned.opened.faults, *_problems(planned))


def _problems(planned: Planned) -> tuple[Diagnostic, ...]:
    """Why requests can't be made (no model, a template's fault): the first of each kind, and how many others."""
    found: dict[str, list[Diagnostic]] = {}
    for step in planned.steps.values():
        if step.problem is not None:
            found.setdefault(step.problem.code, []).append(step.problem)
    return tuple(
        replace(first, message=f"{first.message} (and of {len(more)} more)") if more else first
        for first, *more in found.values()
    )


def tell(invocation: Invocation, found: Iterable[Diagnostic]) -> None:
    """Tell warnings and faults on stderr; notes only to the verbose."""
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.console import VERBOSE, source_line

    console = invocation.console()
    found = tuple(found)
    warnings = [one for one in found if one.severity != "note"]
    notes = [one for one in found if one.severity == "note"]
    if warnings:
        console.message(diagnostics_text(warnings, source_line))
    if notes:
        console.message(diagnostics_text(notes, source_line), level=VERBOSE)


def project_loader(
    invocation: Invocation, select: Sequence[str] = (), *, noting: bool = False
) -> Callable[[], Project]:
    """Return what a writing command loads the project with, again once it has the mutex; its warnings are told once.

    `noting`: what is read is noted for an index.
    """
    told: list[bool] = []

    def load_and_tell() -> Project:
        project = read_project(invocation, select, noting=noting)
        if not told and not project.errors:
            told.append(True)
            tell(invocation, project.diagnostics)
        return project

    return load_and_tell


def told_waiting(invocation: Invocation) -> Callable[[str], None]:
    """Return what says on stderr that another process holds the project."""
    return lambda text: invocation.console().message(text + "\n")


def once_teller(invocation: Invocation) -> Callable[[Sequence[Diagnostic]], None]:
    """Return what tells diagnostics on stderr, each of them once however often it comes."""
    told: list[Diagnostic] = []

    def tell_new(found: Sequence[Diagnostic]) -> None:
        new = [one for one in found if one not in told]
        told.extend(new)
        tell(invocation, new)

    return tell_new


def tell_accepted(invocation: Invocation, results: Sequence[Accepted], *, as_json: bool) -> int:
    """Tell which targets' present files were taken and which were refused; return the exit code."""
    from specbuild.formats.outcomes_text import accepted_json, accepted_text
    from specbuild.formats.text import diagnostics_text

    console = invocation.console()
    refused = [one.diagnostic for one in results if one.diagnostic is not None]
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(accepted_json(results)))
    else:
        console.result(accepted_text(results))
        if refused:
            console.message(diagnostics_text(refused), level=-1)
    return exit_codes.FINDING if refused else exit_codes.SUCCESS
