"""`specbuild accept`: a file as it stands, an edit or one that no build made, becomes the target's text."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, told_waiting


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
    from specbuild.formats.outcomes_text import accepted_json, accepted_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.work.accept import accept

    results = accept(
        project_loader(invocation, select),
        select,
        exclude=exclude,
        allow_secret=allow_secret,
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
