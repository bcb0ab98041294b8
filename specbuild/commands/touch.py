"""`specbuild touch`: an edit of wording: what was built answers the reworded spec, and no model is asked."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, sandbox_option, tell_accepted, told_waiting


@click.command()
@click.argument("select", nargs=-1, required=True)
@click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")
@sandbox_option
@json_option
@click.pass_obj
def command(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], sandbox: str, as_json: bool
) -> int:
    """Say that the outputs of the SELECTed targets answer their reworded specs: if they pass the checks of now, that is
    noted in the lock, and no model is asked. Exit 1 if one is refused."""
    from specbuild.work.touch import touch

    results = touch(
        project_loader(invocation, select),
        select,
        exclude=exclude,
        sandbox=sandbox,
        waiting=told_waiting(invocation),
    )
    return tell_accepted(invocation, results, as_json=as_json)
