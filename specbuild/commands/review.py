"""`specbuild review`: have outputs reviewed as they lie there, by rules and by a model. Writes nothing."""

import time

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project


@click.command()
@click.argument("select", nargs=-1, required=True, metavar="TARGET...")
@click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1024), help="How many calls at once (8).")
@click.option("--offline", is_flag=True, help="Ask nothing: exit 4 names the reviews that are missing.")
@click.option("--model", metavar="NAME", help="The model of targets that have none.")
@click.option("--max-calls", type=click.IntRange(0), help="Stop before more calls than this.")
@click.option("--max-tokens", type=click.IntRange(0), help="Stop once this many tokens are used.")
@click.option("--max-cost", type=click.FloatRange(0), help="Stop once this much is spent, in your currency.")
@click.option("--allow-secret", is_flag=True, help="Send prompts that look like they hold a secret.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    jobs: int | None,
    offline: bool,
    model: str | None,
    max_calls: int | None,
    max_tokens: int | None,
    max_cost: float | None,
    allow_secret: bool,
    as_json: bool,
) -> int:
    """Review the outputs of TARGETs against their specs, edited and accepted ones too; exit 1 if one has an error.

    The rules about security are held against every line; then a model reads the files with the task that they answer
    and says what is wrong: an error, a warning or a note, with its line. The same files and spec are never paid twice.
    `review = true` under `[verify]` makes that a check of every build.
    """
    from specbuild.formats.review_text import review_json, review_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for
    from specbuild.work.choice import BuildOptions
    from specbuild.work.review_outputs import review_outputs

    options = BuildOptions(
        select, exclude, jobs, offline, model=model, max_calls=max_calls, max_tokens=max_tokens, max_cost=max_cost,
        allow_secret=allow_secret,
    )  # fmt: skip
    project = read_project(invocation, select)
    console = invocation.console()
    with progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
        found = review_outputs(project, options, progress)
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(review_json(found.opinions)))
    else:
        console.result(review_text(found.opinions))
    return found.exit_code
