"""`specbuild lint`: the specs alone. Neither lock nor outputs are looked at, and nothing is asked."""

import os
from collections.abc import Sequence

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.commands.reading import read_project
from specbuild.commands.reporting import Format, Report, format_of, format_options, reported
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.work.load import Project


@click.command()
@click.argument("file", required=False)
@format_options
@click.pass_obj
def command(invocation: Invocation, file: str | None, output_format: Format, as_json: bool) -> int:
    """Check configuration and specs, and nothing that was built of them; exit 2 if there is an error.

    With FILE, only what is wrong in that requirement file is told; outside any project that file is the project.
    """
    wanted = format_of(output_format, as_json)
    if wanted != "text":
        return reported(invocation, "lint", wanted, lambda: _report(invocation, file))
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.console import source_line

    found, specs = _found(invocation, file)
    console = invocation.console()
    if found:
        console.result(diagnostics_text(found, source_line))
    console.message(_counted(specs, found) + "\n")
    return _exit_code(found)


def _report(invocation: Invocation, file: str | None) -> Report:
    from specbuild.canonical_json import Json
    from specbuild.formats.annotation import of_diagnostics
    from specbuild.formats.json_text import diagnostic_json

    found, specs = _found(invocation, file)
    value: dict[str, Json] = {"specs": specs, "diagnostics": [diagnostic_json(one) for one in found]}
    return Report(_exit_code(found), _counted(specs, found), of_diagnostics(found), value)


def _found(invocation: Invocation, file: str | None) -> tuple[Sequence[Diagnostic], int]:
    """Return what is wrong, in the order of the lines, and how many specs were looked at."""
    project = read_project(invocation, () if file is None else (file,))
    told = project.diagnostics if file is None else _within(project, file)
    found = sorted(told, key=lambda one: (one.place or Place(""), one.code))
    return found, len(project.graph.targets) if file is None else 1


def _exit_code(found: Sequence[Diagnostic]) -> int:
    return exit_codes.USAGE if any(one.severity == "error" for one in found) else exit_codes.SUCCESS


def _within(project: Project, file: str) -> tuple[Diagnostic, ...]:
    """Return the diagnostics of one file, which may be named from the working folder or from the project's root."""
    here = os.path.realpath(file)
    names = {file, os.path.relpath(here, os.path.realpath(project.root)).replace(os.sep, "/")}
    if not names.intersection(one.spec.path for one in project.graph.targets.values()) and not os.path.isfile(file):
        raise DiagnosticError(Diagnostic("SB820", f"there is no {file}", Place(file)))
    return tuple(one for one in project.diagnostics if one.place is not None and one.place.path in names)


def _counted(specs: int, found: Sequence[Diagnostic]) -> str:
    numbers = [(sum(one.severity == kind for one in found), kind) for kind in ("error", "warning", "note")]
    counts = ", ".join(f"{number} {kind}{'' if number == 1 else 's'}" for number, kind in numbers if number)
    return f"{specs} {'spec' if specs == 1 else 'specs'}: {counts or 'nothing to say'}"
