"""`specbuild prompt`: the request that a model would see now, complete. Nothing is asked."""

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project


@click.command()
@click.argument("select", nargs=-1, required=True)
@click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")
@click.option("--key", "only_key", is_flag=True, help="Print only the key under which the reply is kept.")
@click.option("--model", metavar="NAME", help="The model of targets that have none.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    only_key: bool,
    model: str | None,
    as_json: bool,
) -> None:
    """Print the requests of the SELECTed targets as a model would see them now."""
    from specbuild.formats.request_text import request_json, request_text
    from specbuild.work.asked_now import asked_now

    found = asked_now(read_project(invocation, select), select, exclude=exclude, model=model)
    console = invocation.console()
    if as_json:
        from specbuild.formats.json_text import json_text

        shown = [request_json(one.id, one.prepared.request, one.prepared.key, known=one.known) for one in found]
        console.raw_result(json_text(shown))
        return
    for one in found:
        if only_key:
            console.result(f"{one.prepared.key}  {one.id}" if len(found) > 1 else one.prepared.key)
        else:
            console.result(request_text(one.id, one.prepared.request, one.prepared.key, known=one.known))
