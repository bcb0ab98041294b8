"""`specbuild reproduce`: the proof that specs and committed replies give every byte that lies there."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project, selection


@click.command()
@selection
@json_option
@click.pass_obj
def command(invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], as_json: bool) -> int:
    """Build the SELECTed targets (all) again in a scratch folder, offline; exit 1 if a byte differs."""
    from specbuild.formats.outcomes_text import reproduced_json, reproduced_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.work.reproduce import reproduce

    results = reproduce(read_project(invocation, select), select, exclude=exclude)
    console = invocation.console()
    faults = [fault for one in results for fault in one.diagnostics]
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(reproduced_json(results)))
    else:
        console.result(reproduced_text(results))
        if faults:
            console.message(diagnostics_text(faults), level=-1)
    return exit_codes.FINDING if faults else exit_codes.SUCCESS
