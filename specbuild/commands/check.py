"""`specbuild check`: are the outputs what the specs say? The gate for commits and CI: offline, reads only, asks
nobody."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.commands.reading import read_plan, selection, warnings_of
from specbuild.commands.reporting import Format, Report, format_of, format_options, reported


@click.command()
@selection
@format_options
@click.pass_obj
def command(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], output_format: Format, as_json: bool
) -> int:
    """Compare the outputs of the SELECTed targets (all) with their specs; exit 1 if one is not as it should be."""
    from specbuild.formats.plan_text import counts_text, findings_text
    from specbuild.work.own import own_ids

    wanted = format_of(output_format, as_json)
    if wanted != "text":
        return reported(invocation, "check", wanted, lambda: _report(invocation, select, exclude))
    planned = read_plan(invocation, select, exclude)
    console = invocation.console()
    findings = planned.plan.findings
    if findings:
        console.result(findings_text(planned.plan, own=own_ids(planned.opened.project)))
    else:
        console.message(counts_text(planned.plan))
    return exit_codes.FINDING if findings else exit_codes.SUCCESS


def _report(invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...]) -> Report:
    from specbuild.canonical_json import Json
    from specbuild.formats.annotation import of_diagnostics, of_lines
    from specbuild.formats.json_text import diagnostic_json, place_json
    from specbuild.formats.plan_text import counts_text, hint_of, line_json
    from specbuild.styled_text import plain_text
    from specbuild.work.own import own_ids
    from specbuild.work.places import places_of

    planned = read_plan(invocation, select, exclude, telling=False)
    own, places, plan = own_ids(planned.opened.project), places_of(planned), planned.plan
    warnings = warnings_of(planned)
    findings: list[Json] = [
        {**line_json(one), "place": place_json(places.get(one.id)), "hint": hint_of(one, own)} for one in plan.findings
    ]
    value: dict[str, Json] = {
        "findings": findings,
        "counts": {state: len(lines) for state, lines in plan.by_state()},
        "diagnostics": [diagnostic_json(one) for one in warnings],
    }
    code = exit_codes.FINDING if plan.findings else exit_codes.SUCCESS
    told = (*of_lines(plan.findings, places, own=own), *of_diagnostics(warnings))
    return Report(code, plain_text(counts_text(plan)).rstrip("\n"), told, value)
