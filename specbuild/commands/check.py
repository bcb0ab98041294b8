"""`specbuild check`: are the outputs what the specs say? The gate for commits and CI: offline, reads only, asks
nobody."""

import os
from collections.abc import Callable
from pathlib import Path

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.commands.reading import read_plan, selection, tell, tell_warnings, warnings_of
from specbuild.commands.reporting import Format, Report, format_of, format_options, reported
from specbuild.diagnostic import Diagnostic
from specbuild.work.planning import Planned


@click.command()
@selection
@click.option("--staged", is_flag=True, help="Look at what a commit would take: git's index, not the work tree.")
@click.option("--deep", is_flag=True, help="Read every file anew; believe nothing that was noted at an earlier look.")
@format_options
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    staged: bool,
    deep: bool,
    output_format: Format,
    as_json: bool,
) -> int:
    """Compare the outputs of the SELECTed targets (all) with their specs; exit 1 if one is not as it should be, or a
    need that decides it."""
    from specbuild.formats.plan_text import counts_text, findings_text
    from specbuild.work.own import own_ids

    def planned_as_asked() -> tuple[Planned, tuple[Diagnostic, ...]]:
        return _planned(invocation, select, exclude, staged=staged, deep=deep)

    wanted = format_of(output_format, as_json)
    if wanted != "text":
        return reported(invocation, "check", wanted, lambda: _report(invocation, planned_as_asked))
    planned, faults = planned_as_asked()
    tell_warnings(invocation, planned)
    tell(invocation, faults)
    console = invocation.console()
    findings = planned.plan.findings
    if findings:
        console.result(findings_text(planned.plan, own=own_ids(planned.opened.project)))
    else:
        console.message(counts_text(planned.plan))
    return exit_codes.FINDING if findings or faults else exit_codes.SUCCESS


def _planned(
    invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], *, staged: bool, deep: bool
) -> tuple[Planned, tuple[Diagnostic, ...]]:
    """Return the plan, and faults that are findings of their own."""
    if not staged:
        return read_plan(invocation, select, exclude, with_causes=True, telling=False, deep=deep), ()
    from specbuild.work.staged_plan import plan_staged  # most checks look at the disk

    return plan_staged(Path(invocation.directory), os.environ, selected=select, exclude=exclude, deep=deep)


def _report(invocation: Invocation, planned_as_asked: Callable[[], tuple[Planned, tuple[Diagnostic, ...]]]) -> Report:
    from specbuild.canonical_json import Json
    from specbuild.formats.annotation import of_diagnostics, of_lines
    from specbuild.formats.json_text import diagnostic_json, place_json
    from specbuild.formats.plan_text import counts_text, hint_of, line_json
    from specbuild.styled_text import plain_text
    from specbuild.work.own import own_ids
    from specbuild.work.places import places_of

    planned, faults = planned_as_asked()
    own, places, plan = own_ids(planned.opened.project), places_of(planned), planned.plan
    warnings = (*warnings_of(planned), *faults)
    findings: list[Json] = [
        {**line_json(one), "place": place_json(places.get(one.id)), "hint": hint_of(one, own)} for one in plan.findings
    ]
    value: dict[str, Json] = {
        "findings": findings,
        "counts": {state: len(lines) for state, lines in plan.by_state()},
        "diagnostics": [diagnostic_json(one) for one in warnings],
    }
    code = exit_codes.FINDING if plan.findings or faults else exit_codes.SUCCESS
    told = (*of_lines(plan.findings, places, own=own), *of_diagnostics(warnings))
    return Report(code, plain_text(counts_text(plan)).rstrip("\n"), told, value)
