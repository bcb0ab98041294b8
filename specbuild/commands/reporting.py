"""`--output-format` of `check`, `lint` and `build`: the same findings for people, `grep`, programs and GitHub.

A command hands over what it found as a `Report`; faults that stop it are reported in the same format, so that a reader
of JSON or an annotated page sees them too. `text` is each command's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from specbuild.commands.invocation import AnyCommand, Invocation
from specbuild.diagnostic import DiagnosticError

if TYPE_CHECKING:
    from specbuild.canonical_json import Json
    from specbuild.formats.annotation import Annotation

Format = Literal["text", "concise", "json", "github"]
FORMAT_VERSION = 1
"""Of the JSON: it changes when a key goes or changes its meaning; new keys may come."""
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
WORKSPACE_VARIABLE = "GITHUB_WORKSPACE"


class Report(NamedTuple):
    """What a command found: its exit code, a line that counts, remarks, and what its JSON holds beyond the head."""

    exit_code: int
    headline: str
    annotations: tuple[Annotation, ...]
    value: Mapping[str, Json]


def format_options(function: AnyCommand) -> AnyCommand:
    """Add `--output-format`, and `--json` as a short way of asking for JSON. The parameters are `output_format` and
    `as_json`; `format_of` puts them together."""
    function = click.option("--json", "as_json", is_flag=True, help="The same as --output-format json.")(function)
    return click.option(
        "--output-format",
        "--format",
        "output_format",
        type=click.Choice(["text", "concise", "json", "github"]),
        default="text",
        help="How results are written: text (the default), concise (a line each), json, or github (annotations, and a "
        "summary of the step).",
    )(function)


def format_of(output_format: Format, as_json: bool) -> Format:
    """Return the format that the two options ask for. Raises click.UsageError if they contradict."""
    if as_json and output_format not in ("text", "json"):
        raise click.UsageError(f"--json and --output-format {output_format} exclude each other")
    return "json" if as_json else output_format


def reported(invocation: Invocation, command: str, wanted: Format, find: Callable[[], Report]) -> int:
    """Write what `find` finds, or the fault that it ends in, and return the exit code. `wanted` is not `text`."""
    try:
        report = find()
    except DiagnosticError as fault:
        from specbuild.formats.annotation import of_diagnostics
        from specbuild.formats.json_text import diagnostic_json

        told = of_diagnostics(fault.diagnostics)
        value: dict[str, Json] = {"diagnostics": [diagnostic_json(one) for one in fault.diagnostics]}
        report = Report(fault.exit_code, f"{command} could not be done", told, value)
    console = invocation.console()
    if wanted == "json":
        from specbuild.formats.json_text import json_text

        head: dict[str, Json] = {"version": FORMAT_VERSION, "command": command, "exit_code": report.exit_code}
        console.raw_result(json_text({**head, **report.value}))
    elif wanted == "concise":
        from specbuild.formats.concise import concise_text

        _write(invocation, concise_text(report.annotations), report)
    else:
        from specbuild.formats.github_text import github_text

        placed = _in_workspace(invocation, report.annotations)
        _write(invocation, github_text(placed), report)
        _summarize(invocation, command, report._replace(annotations=placed))
    return report.exit_code


def _write(invocation: Invocation, text: str, report: Report) -> None:
    console = invocation.console()
    if text:
        console.result(text)
    console.message(report.headline + "\n")


def _summarize(invocation: Invocation, command: str, report: Report) -> None:
    path = os.environ.get(SUMMARY_VARIABLE, "")
    if not path:
        return
    from specbuild.formats.step_summary import step_summary

    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(step_summary(command, report.headline, report.annotations))
    except OSError as error:
        invocation.console().message(f"the summary {path} can't be written: {error.strerror or error}\n")


def _in_workspace(invocation: Invocation, annotations: tuple[Annotation, ...]) -> tuple[Annotation, ...]:
    """Return the remarks with paths from the root of the checkout, where GitHub looks for them: the project may lie in
    a folder of it."""
    from specbuild.disk.project import Project, find_project

    workspace = os.environ.get(WORKSPACE_VARIABLE, "")
    here = Path(invocation.directory)
    found = find_project(here)
    root = os.path.realpath(found.root if isinstance(found, Project) else here)
    prefix = os.path.relpath(root, os.path.realpath(workspace)) if workspace else "."
    if prefix == "." or prefix.startswith(".."):
        return annotations
    return tuple(
        one._replace(place=one.place._replace(path=os.path.join(prefix, one.place.path))) if one.place else one
        for one in annotations
    )
