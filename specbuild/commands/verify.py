"""`specbuild verify`: run the checks on outputs as they are. Asks nobody, writes nothing."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project, sandbox_option, selection


@click.command()
@selection
@sandbox_option
@json_option
@click.pass_obj
def command(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], sandbox: str, as_json: bool
) -> int:
    """Run all checks on the outputs of the SELECTed targets (all) as they lie there; exit 1 if one fails."""
    from specbuild.formats.verdicts_text import verdicts_json, verdicts_text
    from specbuild.work.verify import verify

    results = verify(read_project(invocation, select), select, exclude=exclude, sandbox=sandbox)
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(verdicts_json(results)))
    else:
        console.result(verdicts_text(results, details=invocation.verbosity > 0))
    return exit_codes.SUCCESS if all(one.passed for one in results) else exit_codes.FINDING
