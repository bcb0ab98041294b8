"""`specbuild lint`: the specs alone. Neither lock nor outputs are looked at, and nothing is asked."""

from collections.abc import Sequence
from typing import Literal

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project
from specbuild.diagnostic import Diagnostic, Place
from specbuild.styled_text import StyledText

Format = Literal["text", "concise", "github"]


@click.command()
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "concise", "github"]),
    default="text",
    help="How faults are written: text (the default), concise (a line each), github (workflow commands).",
)
@json_option
@click.pass_obj
def command(invocation: Invocation, output_format: Format, as_json: bool) -> int:
    """Check configuration and specs, and say which keys are without effect yet; exit 2 if there is an error."""
    project = read_project(invocation)
    console = invocation.console()
    found = sorted(project.diagnostics, key=lambda one: (one.place or Place(""), one.code))
    if as_json:
        from specbuild.formats.json_text import diagnostic_json, json_text

        console.raw_result(json_text([diagnostic_json(one) for one in found]))
    elif found:
        console.result(_told(found, output_format))
    if not as_json:
        console.message(_counted(len(project.graph.targets), found))
    return exit_codes.USAGE if project.errors else exit_codes.SUCCESS


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
