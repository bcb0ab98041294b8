"""`specbuild lint`: the specs alone. Neither lock nor outputs are looked at, and nothing is asked."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.commands.reading import read_project
from specbuild.commands.reporting import Format, Report, format_of, format_options, reported
from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import spec_files
from specbuild.disk.project import find_project
from specbuild.work.load import load
from specbuild.work.lone_spec import load_lone_spec

CONFIGURATIONS = ("specbuild.toml", "pyproject.toml")
"""Files that are no specs, and of which a project is told all the same."""


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@format_options
@click.pass_obj
def command(invocation: Invocation, files: tuple[str, ...], output_format: Format, as_json: bool) -> int:
    """Check configuration and specs, and nothing that was built of them; exit 2 if there is an error.

    With FILEs, only what is wrong in these requirement files is told. One that is no spec of the project, or outside
    any, is looked at alone.
    """
    wanted = format_of(output_format, as_json)
    if wanted != "text":
        return reported(invocation, "lint", wanted, lambda: _report(invocation, files))
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.console import source_line

    found, specs = _found(invocation, files)
    console = invocation.console()
    if found:
        console.result(diagnostics_text(found, source_line))
    console.message(_counted(specs, found) + "\n")
    return _exit_code(found)


def _report(invocation: Invocation, files: Sequence[str]) -> Report:
    from specbuild.canonical_json import Json
    from specbuild.formats.annotation import of_diagnostics
    from specbuild.formats.json_text import diagnostic_json

    found, specs = _found(invocation, files)
    value: dict[str, Json] = {"specs": specs, "diagnostics": [diagnostic_json(one) for one in found]}
    return Report(_exit_code(found), _counted(specs, found), of_diagnostics(found), value)


def _found(invocation: Invocation, files: Sequence[str]) -> tuple[Sequence[Diagnostic], int]:
    """Return what is wrong, in the order of the lines, and how many specs were looked at."""
    if files:
        told, specs = _of_files(Path(invocation.directory), files)
    else:
        project = read_project(invocation)
        told, specs = project.diagnostics, len(project.graph.targets)
    return sorted(told, key=lambda one: (one.place or Place(""), one.code)), specs


def _of_files(start: Path, files: Sequence[str]) -> tuple[Sequence[Diagnostic], int]:
    """Return the diagnostics of these files alone, and how many specs they are. Raises DiagnosticError, for all files
    that can't be read at once."""
    outside = isinstance(find_project(start), Diagnostic) and all(one.endswith(".toml") for one in files)
    project = None if outside else load(start, os.environ)
    specs = set() if project is None else set(spec_files(project.root, project.configuration.specs)[0])
    known = specs if project is None else specs.union(one for one in CONFIGURATIONS if project.files.is_file(one))
    chosen: set[str] = set()
    alone: dict[str, Sequence[Diagnostic]] = {}
    unread: list[Diagnostic] = []
    for file in files:
        names = () if project is None else _names(project.root, start, file)
        inside = next((one for one in names if one in known), None)
        place = os.path.realpath(start / file)
        if inside is not None:
            chosen.add(inside)
        elif place not in alone:
            try:
                alone[place] = _told_of(load_lone_spec(file, start, os.environ).diagnostics, {file})
            except DiagnosticError as fault:
                unread += fault.diagnostics
    if unread:
        raise DiagnosticError(*unread)
    told = () if project is None else _told_of(project.diagnostics, chosen)
    return [*told, *(one for found in alone.values() for one in found)], len(chosen & specs) + len(alone)


def _names(root: Path, start: Path, file: str) -> tuple[str, ...]:
    """Return what a file may be called in the project: it is named from the working folder, or from the root."""
    named = os.path.abspath(start / file)
    linked = os.path.join(os.path.realpath(os.path.dirname(named)), os.path.basename(named))
    here, real = (os.path.relpath(one, root).replace(os.sep, "/") for one in (linked, os.path.realpath(named)))
    return here, os.path.normpath(file), real


def _told_of(found: Sequence[Diagnostic], paths: set[str]) -> list[Diagnostic]:
    return [one for one in found if one.place is not None and one.place.path in paths]


def _exit_code(found: Sequence[Diagnostic]) -> int:
    return exit_codes.USAGE if any(one.severity == "error" for one in found) else exit_codes.SUCCESS


def _counted(specs: int, found: Sequence[Diagnostic]) -> str:
    numbers = [(sum(one.severity == kind for one in found), kind) for kind in ("error", "warning", "note")]
    counts = ", ".join(f"{number} {kind}{'' if number == 1 else 's'}" for number, kind in numbers if number)
    return f"{specs} {'spec' if specs == 1 else 'specs'}: {counts or 'nothing to say'}"
