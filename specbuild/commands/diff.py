"""`specbuild diff`: how the outputs that lie there differ from what was built."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project, selection, tell


@click.command()
@selection
@click.option("--api", is_flag=True, help="Show public names that came, went or changed, in place of lines.")
@click.option("--since", metavar="COMMIT", help="Compare with what was built when git made that commit.")
@click.option(
    "--between",
    nargs=2,
    type=click.IntRange(1),
    metavar="N M",
    help="Compare two generations of one target, as `specbuild log` numbers them.",
)
@click.option("--exit-code", is_flag=True, help="Exit 1 if an output differs.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    api: bool,
    since: str | None,
    between: tuple[int, int] | None,
    exit_code: bool,
    as_json: bool,
) -> int:
    """Show, as a unified diff, what was changed in the outputs of the SELECTed targets (all) since they were built.

    With --api the public names of Python targets are compared, and what dependents see of them; `--api --since HEAD`
    shows what became of them since the last commit. `--between 1 3` compares two generations of one target with each
    other: what was asked for, and the lines that came of it."""
    if between is not None:
        if api or since is not None or exclude or len(select) != 1:
            raise click.UsageError("--between takes one target, and neither --api, --since nor --exclude")
        return _between(invocation, select[0], between, exit_code=exit_code, as_json=as_json)
    from specbuild.formats.diff_text import diff_json, diff_text, offered_json, offered_text
    from specbuild.work.as_built import AsBuilt, Offered, as_built, offered

    project = read_project(invocation, select)
    found: AsBuilt | Offered
    if api:
        found = offered(project, select, exclude=exclude, since=since)
        value, text = offered_json(found.differing), offered_text(found.differing)
    else:
        found = as_built(project, select, exclude=exclude, since=since)
        value, text = diff_json(found.differing), diff_text(found.differing)
    tell(invocation, found.faults)
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(value))
    elif found.differing:
        console.result(text)
    differs = bool(found.differing) or any(one.severity == "error" for one in found.faults)
    return exit_codes.FINDING if exit_code and differs else exit_codes.SUCCESS


def _between(invocation: Invocation, selected: str, numbers: tuple[int, int], *, exit_code: bool, as_json: bool) -> int:
    from specbuild.formats.generations_text import compared_json, compared_text
    from specbuild.work.generations import compared

    found = compared(read_project(invocation, (selected,)), selected, numbers)
    tell(invocation, found.faults)
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(compared_json(found.changes, found.outputs)))
    else:
        console.result(compared_text(found.changes, found.outputs))
    return exit_codes.FINDING if exit_code and (found.changes or found.outputs or found.faults) else exit_codes.SUCCESS
