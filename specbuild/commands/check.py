"""`specbuild check`: are the outputs what the specs say? The gate for commits and CI: offline, reads only, asks
nobody."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_plan, selection


@click.command()
@selection
@json_option
@click.pass_obj
def command(invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], as_json: bool) -> int:
    """Compare the outputs of the SELECTed targets (all) with their specs; exit 1 if one is not as it should be."""
    from specbuild.formats.plan_text import counts_text, findings_text, line_json
    from specbuild.work.own import own_ids

    planned = read_plan(invocation, select, exclude)
    console = invocation.console()
    findings = planned.plan.findings
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text({"findings": [line_json(line) for line in findings]}))
    elif findings:
        console.result(findings_text(planned.plan, own=own_ids(planned.opened.project)))
    else:
        console.message(counts_text(planned.plan))
    return exit_codes.FINDING if findings else exit_codes.SUCCESS
