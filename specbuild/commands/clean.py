"""`specbuild clean`: remove the outputs that kept replies can restore, and nothing that a person changed."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, selection, told_waiting


@click.command()
@selection
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Remove the outputs of the SELECTed targets (all) that a build restores without a call."""
    from specbuild.formats.outcomes_text import tidied_json, tidied_text
    from specbuild.work.tidy import clean

    tidied = clean(
        project_loader(invocation, select), select, exclude=exclude, dry_run=dry_run, waiting=told_waiting(invocation)
    )
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(tidied_json(tidied)))
    else:
        console.result(tidied_text(tidied, dry_run=dry_run))
