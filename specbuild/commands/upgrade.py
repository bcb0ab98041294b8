"""`specbuild upgrade`: move to the newest edition of templates, rules and wordings, after a plan with its price."""

from collections.abc import Sequence
from typing import Any

import click

from specbuild import exit_codes
from specbuild.commands.building import Asked, build_options, run_build
from specbuild.commands.invocation import Invocation, agreed
from specbuild.commands.reading import project_loader, read_project, told_waiting


@click.command()
@build_options
@click.option("-y", "--yes", is_flag=True, help="Do it without asking.")
@click.option("--failed", is_flag=True, help="Only targets whose attempts were used up: ask for another answer.")
@click.pass_obj
def command(invocation: Invocation, /, yes: bool, failed: bool, **asked: Any) -> int:
    """Move the SELECTed targets (all) to the newest edition that this release has: they are asked for anew. The plan
    and its price are shown first. With all targets, new ones begin at that edition too. A target that is not moved
    keeps its edition, and costs nothing."""
    from specbuild.work.upgrade import NEWEST, carry_accepted, due, move_configuration

    chosen = Asked(**asked)
    console = invocation.console()
    if chosen.as_json and not (chosen.dry_run or yes):
        raise click.UsageError("--json prints the plan with --dry-run, and what was built with --yes; give one of them")
    found = due(read_project(invocation, chosen.select), chosen.select, exclude=chosen.exclude)
    if found.nothing:
        if chosen.as_json:
            from specbuild.formats.json_text import json_text
            from specbuild.formats.plan_text import plan_json
            from specbuild.plan import Plan

            console.raw_result(json_text(plan_json(Plan(()))))
        console.message(f"nothing to move: edition {NEWEST} is the newest that this release has\n")
        return exit_codes.SUCCESS
    if chosen.dry_run or not yes:
        run_build(invocation, chosen._replace(dry_run=True), retry_failed=failed, edition=NEWEST)
        console.message(_told(found.generated, found.accepted, NEWEST))
    if chosen.dry_run or not (yes or agreed(f"Move to edition {NEWEST}?")):
        console.message("nothing was changed\n")
        return exit_codes.SUCCESS
    code = run_build(invocation, chosen, retry_failed=failed, edition=NEWEST)
    carry_accepted(project_loader(invocation), found.accepted, waiting=told_waiting(invocation))
    if found.configured and not failed and code == exit_codes.SUCCESS:
        console.message(f"{move_configuration(read_project(invocation))}: edition = {NEWEST}\n")
    elif found.configured:
        console.message("the configuration keeps its edition until all targets have moved: run it again\n")
    return code


def _told(generated: Sequence[str], accepted: Sequence[str], edition: int) -> str:
    """Say how many entries of the lock would move, apart from what a build would do anyway."""
    texts = [f"{len(generated)} to be asked for anew"] if generated else []
    texts += [f"{len(accepted)} accepted by hand, which cost nothing"] if accepted else []
    return f"to edition {edition}: {', '.join(texts) or 'the configuration, for new targets'}\n"
