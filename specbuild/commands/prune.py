"""`specbuild prune`: take out of the lock what no spec claims any more, and remove its outputs."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, told_waiting


@click.command()
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@json_option
@click.pass_obj
def command(invocation: Invocation, dry_run: bool, as_json: bool) -> None:
    """Remove entries of the lock that no spec claims any more, their outputs, and strays that this clone wrote."""
    from specbuild.formats.outcomes_text import tidied_json, tidied_text
    from specbuild.work.tidy import prune

    tidied = prune(project_loader(invocation), dry_run=dry_run, waiting=told_waiting(invocation))
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(tidied_json(tidied)))
    else:
        console.result(tidied_text(tidied, dry_run=dry_run))
