"""`specbuild report`: one HTML page with all that is known of the targets."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project, selection


@click.command()
@selection
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Where the page is written; the default is report.html below cache/local/.",
)
@click.option(
    "--events",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="The run that the timeline shows, as `build --events` wrote it; the default is this clone's last one.",
)
@click.option("--whole", is_flag=True, help="Leave no text out, however large the page becomes.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    output: str | None,
    events: str | None,
    whole: bool,
    as_json: bool,
) -> None:
    """Write one HTML page about the SELECTed targets (all): states and reasons, prompts and replies, tokens and cost,
    what changed since the generation before, a timeline of the last run, the graph, the iterations.

    The page loads nothing and asks nobody; it may be kept, mailed or published as a file. It holds prompts and replies:
    who may read these may read it.
    """
    from specbuild.formats.json_text import json_text
    from specbuild.work.report import report_data, written

    project = read_project(invocation, select)
    data = report_data(project, select, exclude, events=events, whole=whole)
    console = invocation.console()
    if as_json and output is None:
        console.raw_result(json_text(data))
        return
    place = written(project, data, output)
    if as_json:
        console.raw_result(json_text(data))
    else:
        console.result(f"{place}\n")
