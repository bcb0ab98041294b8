"""`specbuild lint`: the specs alone. Neither lock nor outputs are looked at, and nothing is asked."""

import os
from collections.abc import Sequence
from typing import Literal

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.styled_text import StyledText
from specbuild.work.load import Project

Format = Literal["text", "concise", "github"]


@click.command()
@click.argument("file", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "concise", "github"]),
    default="text",
    help="How faults are written: text (the default), concise (a line each), github (workflow commands).",
)
@json_option
@click.pass_obj
def command(invocation: Invocation, file: str | None, output_format: Format, as_json: bool) -> int:
    """Check configuration and specs, and say which keys are without effect yet; exit 2 if there is an error.

    With FILE, only what is wrong in that requirement file is told; outside any project that file is the project.
    """
    project = read_project(invocation, () if file is None else (file,))
    console = invocation.console()
    told = project.diagnostics if file is None else _within(project, file)
    found = sorted(told, key=lambda one: (one.place or Place(""), one.code))
    if as_json:
        from specbuild.formats.json_text import diagnostic_json, json_text

        console.raw_result(json_text([diagnostic_json(one) for one in found]))
    elif found:
        console.result(_told(found, output_format))
    if not as_json:
        console.message(_counted(len(project.graph.targets) if file is None else 1, found))
    return exit_codes.USAGE if any(one.severity == "error" for one in told) else exit_codes.SUCCESS


def _within(project: Project, file: str) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of one file, which may be named from the working folder or from the project's root."""
    here = os.path.realpath(file)
    names = {file, os.path.relpath(here, os.path.realpath(project.root)).replace(os.sep, "/")}
    if not names.intersection(one.spec.path for one in project.graph.targets.values()) and not os.path.isfile(file):
        raise DiagnosticError(Diagnostic("SB820", f"there is no {file}", Place(file)))
    return tuple(one for one in project.diagnostics if one.place is not None and one.place.path in names)


def _told(found: Sequence[Diagnostic], output_format: Format) -> str | StyledText:
    if output_format == "concise":
        from specbuild.formats.concise import concise_text

        return concise_text(found)
    if output_format == "github":
        from specbuild.formats.github_text import github_text

        return github_text(found)
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.console import source_line

    return diagnostics_text(found, source_line)


def _counted(specs: int, found: Sequence[Diagnostic]) -> str:
    numbers = [(sum(one.severity == kind for one in found), kind) for kind in ("error", "warning", "note")]
    counts = ", ".join(f"{number} {kind}{'' if number == 1 else 's'}" for number, kind in numbers if number)
    return f"{specs} {'spec' if specs == 1 else 'specs'}: {counts or 'nothing to say'}\n"
