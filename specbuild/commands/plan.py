"""`specbuild plan`: what a build would do, why, and what it would cost."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_plan, selection


@click.command()
@selection
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything is stale.")
@click.option("--model", metavar="NAME", help="The model of targets that have none, as in a build.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    exit_code: bool,
    model: str | None,
    as_json: bool,
) -> int:
    """Say what a build of the SELECTed targets (all) would do, why, and what it would cost."""
    from specbuild.formats.plan_text import plan_json, plan_text
    from specbuild.work.pinned_models import models_that_stay

    planned = read_plan(invocation, select, exclude, with_needs=True, model=model)
    console = invocation.console()
    for line in models_that_stay(planned.opened.project.personal, planned.steps.values(), wishes=planned.wishes):
        console.message(line + "\n")
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(plan_json(planned.plan)))
    else:
        console.result(plan_text(planned.plan))
    return exit_codes.FINDING if exit_code and planned.plan.stale else exit_codes.SUCCESS
