"""`specbuild log`: how a target came to be what it is."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project


@click.command()
@click.argument("select", metavar="TARGET")
@json_option
@click.pass_obj
def command(invocation: Invocation, select: str, as_json: bool) -> None:
    """Show the generations of TARGET, the newest first: every build that changed its entry in specbuild.lock.

    Dates and commits are git's, tokens those of its recorded replies. `specbuild diff TARGET --between 1 3` shows what
    changed from one to another.
    """
    from specbuild.formats.generations_text import generations_json, generations_text
    from specbuild.work.generations import generations_of

    target_id, found = generations_of(read_project(invocation, (select,)), select)
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(generations_json(target_id, found)))
    else:
        console.result(generations_text(target_id, found))
