"""`specbuild diff`: how the outputs that lie there differ from what was built."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project, selection, tell


@click.command()
@selection
@click.option("--exit-code", is_flag=True, help="Exit 1 if an output differs.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], exit_code: bool, as_json: bool
) -> int:
    """Show, as a unified diff, what was changed in the outputs of the SELECTed targets (all) since they were built."""
    from specbuild.formats.diff_text import diff_json, diff_text
    from specbuild.work.as_built import as_built

    found = as_built(read_project(invocation, select), select, exclude=exclude)
    tell(invocation, found.faults)
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(diff_json(found.differing)))
    elif found.differing:
        console.result(diff_text(found.differing))
    differs = bool(found.differing) or any(one.severity == "error" for one in found.faults)
    return exit_codes.FINDING if exit_code and differs else exit_codes.SUCCESS
