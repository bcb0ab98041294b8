"""`specbuild touch`: an edit of wording: what was built answers the reworded spec, and no model is asked."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, sandbox_option, told_waiting


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
    from specbuild.formats.outcomes_text import accepted_json, accepted_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.work.touch import touch

    results = touch(
        project_loader(invocation, select),
        select,
        exclude=exclude,
        sandbox=sandbox,
        waiting=told_waiting(invocation),
    )
    console = invocation.console()
    refused = [one.diagnostic for one in results if one.diagnostic is not None]
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(accepted_json(results)))
    else:
        console.result(accepted_text(results))
        if refused:
            console.message(diagnostics_text(refused), level=-1)
    return exit_codes.FINDING if refused else exit_codes.SUCCESS
