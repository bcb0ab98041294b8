"""`specbuild why`: why a target is in its state, component by component, for a spec field by field."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_plan, selection


@click.command()
@selection
@json_option
@click.pass_obj
def command(invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], as_json: bool) -> None:
    """Say why the SELECTed targets (all that are stale) are as they are, with old and new values."""
    from specbuild.formats.plan_text import line_json, why_text
    from specbuild.work.planning import changes

    planned = read_plan(invocation, select, exclude)
    lines = [line for line in planned.plan.lines if select or line.state != "fresh"]
    explained = [(line, changes(planned, line.id) if line.id in planned.steps else ()) for line in lines]
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text([line_json(line, found) for line, found in explained]))
        return
    for line, found in explained:
        console.result(why_text(line, found))
    if not lines:
        console.message("nothing is stale\n")
