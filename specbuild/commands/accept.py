"""`specbuild accept`: a file as it stands, an edit or one that no build made, becomes the target's text."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, tell_accepted, told_waiting


@click.command()
@click.argument("select", nargs=-1, required=True)
@click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")
@click.option("--allow-secret", is_flag=True, help="Commit texts that look like they hold a secret.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], allow_secret: bool, as_json: bool
) -> int:
    """Take the present files of the SELECTed targets as they stand; no build replaces them by itself from then on."""
    from specbuild.work.accept import accept

    results = accept(
        project_loader(invocation, select),
        select,
        exclude=exclude,
        allow_secret=allow_secret,
        waiting=told_waiting(invocation),
    )
    return tell_accepted(invocation, results, as_json=as_json)
