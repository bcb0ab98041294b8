"""`specbuild transcript`: what an agent did for a target, step by step; and the files as they were after any step."""

from pathlib import Path

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project


@click.command()
@click.argument("select", metavar="TARGET")
@click.option("--step", type=click.IntRange(0), help="The step whose files --to lays out; 0: the beginning.")
@click.option("--to", type=click.Path(path_type=Path), metavar="FOLDER", help="Lay the files of a step out in FOLDER.")
@json_option
@click.pass_obj
def command(invocation: Invocation, select: str, step: int | None, to: Path | None, as_json: bool) -> None:
    """Show the steps that an agent took for TARGET: of an attempt under way, else of the last one.

    With --to, the files as they were after a step (the last one, or --step) are laid out in a new folder.
    """
    from specbuild.formats.transcript_text import transcript_json, transcript_text
    from specbuild.work.agent_story import restore, story_of

    if step is not None and to is None:
        raise click.UsageError("--step says whose files --to lays out; give both")
    console = invocation.console()
    story = story_of(read_project(invocation, (select,)), select)
    if to is not None:
        last = len(story.trajectory.turns)
        if step is not None and step > last:
            raise click.BadParameter(f"there are {last} steps", param_hint="--step")
        files = restore(story, last if step is None else step, to)
        console.result("".join(f"{to / name}\n" for name in sorted(files)))
    elif as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(transcript_json(*story)))
    else:
        console.result(transcript_text(*story))
