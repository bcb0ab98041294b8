"""`specbuild build`: make everything that is stale, and nothing else."""

import os
import time
from pathlib import Path

import click

from specbuild.commands.invocation import Invocation


@click.command()
@click.argument("select", nargs=-1)
@click.option("--exclude", multiple=True, metavar="SELECT", help="Leave these targets out.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1024), help="How many calls at once (8).")
@click.option("--offline", is_flag=True, help="Ask nothing: exit 4 names the replies that are missing.")
@click.option("--locked", is_flag=True, help="Let no entry of specbuild.lock change.")
@click.option("--force", is_flag=True, help="Give up edits of the selected targets; a copy of each is kept.")
@click.option("--model", metavar="NAME", help="The model of targets that have none; with --repin of all.")
@click.option("--repin", is_flag=True, help="Move targets that were built with another model to --model.")
@click.option("--max-calls", type=click.IntRange(0), help="Stop before more calls than this.")
@click.option("--max-tokens", type=click.IntRange(0), help="Stop once this many tokens are used.")
@click.option("--max-cost", type=click.FloatRange(0), help="Stop once this much is spent, in your prices' currency.")
@click.option("--allow-secret", is_flag=True, help="Commit replies that look like they hold a secret.")
@click.pass_obj
def command(
    invocation: Invocation,
    select: tuple[str, ...],
    exclude: tuple[str, ...],
    jobs: int | None,
    offline: bool,
    locked: bool,
    force: bool,
    model: str | None,
    repin: bool,
    max_calls: int | None,
    max_tokens: int | None,
    max_cost: float | None,
    allow_secret: bool,
) -> int:
    """Build what is stale among the SELECTed targets (all) and what they need."""
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for
    from specbuild.work.build import build
    from specbuild.work.load import load
    from specbuild.work.session import BuildOptions

    console = invocation.console()
    environ = dict(os.environ)
    if model is not None and not repin:
        environ["OPENAI_API_MODEL"] = model
    options = BuildOptions(
        select,
        exclude,
        jobs,
        offline,
        locked,
        force,
        model if repin else None,
        max_calls,
        max_tokens,
        max_cost,
        allow_secret,
    )
    with progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
        result = build(
            lambda: load(Path(invocation.directory), environ),
            options,
            progress,
            waiting=lambda text: console.message(text + "\n"),
        )
    return result.exit_code
