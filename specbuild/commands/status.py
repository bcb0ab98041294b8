"""`specbuild status`: the state of every target, with its reason."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_plan, selection


@click.command()
@selection
@json_option
@click.pass_obj
def command(invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], as_json: bool) -> None:
    """Show the state of the SELECTed targets (all)."""
    from specbuild.formats.plan_text import plan_json, status_text
    from specbuild.lock_pieces import pieces_text
    from specbuild.work.depths import depths

    planned = read_plan(invocation, select, exclude)
    revisions = depths(planned.lock, pieces_text(planned.lock))
    if as_json:
        from specbuild.formats.json_text import json_text

        invocation.console().raw_result(json_text(plan_json(planned.plan, revisions=revisions)))
    else:
        invocation.console().result(status_text(planned.plan, revisions=revisions))
