"""`specbuild graph`: which targets need which, as a tree, for Graphviz, for mermaid, or as JSON."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_plan, read_project, selection


@click.command()
@selection
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "dot", "mermaid", "json"]),
    help="How it is printed: a tree (text, the default), for Graphviz (dot), for pages (mermaid), or as JSON.",
)
@click.option("--states", is_flag=True, help="Show the state of every target too.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    form: str | None,
    states: bool,
    as_json: bool,
) -> None:
    """Show which of the SELECTed targets (all) need which, and which project files.

    \b
    specbuild graph +parser/lexer                    what parser/lexer needs, near and far
    specbuild graph --format dot | dot -Tsvg         a picture
    specbuild graph --format mermaid --states        for a page, coloured by state
    """
    from specbuild.formats.graph_text import graph_dot, graph_json, graph_mermaid, graph_text
    from specbuild.formats.json_text import json_text
    from specbuild.work.graph_shown import nodes_of, nodes_shown

    if as_json and form not in (None, "json"):
        raise click.UsageError(f"--json and --format {form} can't both be; leave one out")
    if states:
        planned = read_plan(invocation, select, exclude)
        state_of = {line.id: line.state for line in planned.plan.lines}
        nodes = nodes_of(planned.opened.project, tuple(state_of), state_of)
    else:
        nodes = nodes_shown(read_project(invocation, select), select, exclude)
    console = invocation.console()
    if as_json or form == "json":
        console.raw_result(json_text(graph_json(nodes)))
    elif form == "dot":
        console.raw_result(graph_dot(nodes))
    elif form == "mermaid":
        console.raw_result(graph_mermaid(nodes))
    else:
        console.result(graph_text(nodes))
