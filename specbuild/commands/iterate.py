"""`specbuild iterate`: the project builds modules of itself, tests the whole, and keeps that as an iteration."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import once_teller, project_loader, sandbox_option, told_waiting

if TYPE_CHECKING:
    from specbuild.work.iterate import IterateOptions


@click.command()
@click.option("-m", "--message", "what", default="", metavar="TEXT", help="Why, in one line: it is kept with it.")
@click.option("--promote", is_flag=True, help="Put the built modules in the place of the project's.")
@click.option("--regenerate", multiple=True, metavar="SELECT", help="Ask for another answer for these first.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1024), help="How many calls at once (8).")
@click.option("--offline", is_flag=True, help="Ask nothing: exit 4 names the replies that are missing.")
@click.option("--model", metavar="NAME", help="The model of targets that have none.")
@click.option("--max-calls", type=click.IntRange(0), help="Stop before more calls than this.")
@click.option("--max-tokens", type=click.IntRange(0), help="Stop once this many tokens are used.")
@click.option("--max-cost", type=click.FloatRange(0), help="Stop once this much is spent, in your currency.")
@click.option("--allow-secret", is_flag=True, help="Send prompts and commit replies that look like they hold a secret.")
@sandbox_option
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    what: str,
    promote: bool,
    regenerate: tuple[str, ...],
    jobs: int | None,
    offline: bool,
    model: str | None,
    max_calls: int | None,
    max_tokens: int | None,
    max_cost: float | None,
    allow_secret: bool,
    sandbox: str,
    as_json: bool,
) -> int:
    """Build the modules of the project itself beside it, test the whole, let it make everything again, and keep it.

    Nothing of the project changes before `--promote`. A run that was stopped, or waits for the inbox, goes on when it
    is started again.
    """
    from specbuild.work.choice import BuildOptions
    from specbuild.work.iterate import IterateOptions

    options = BuildOptions(
        jobs=jobs,
        offline=offline,
        model=model,
        max_calls=max_calls,
        max_tokens=max_tokens,
        max_cost=max_cost,
        allow_secret=allow_secret,
        sandbox=sandbox,
    )
    return _iterate(invocation, IterateOptions(options, regenerate, what, promote), as_json=as_json)


def _iterate(invocation: Invocation, options: IterateOptions, *, as_json: bool) -> int:
    from specbuild.formats.iterated_text import iterated_json, iterated_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.terminal.live import progress_for
    from specbuild.work.iterate import Outside, iterate

    console = invocation.console()
    tell_once = once_teller(invocation)
    with progress_for(console, diagnostics_text=diagnostics_text, clock=time.monotonic) as progress:
        outside = Outside(project_loader(invocation), os.environ, progress, told_waiting(invocation), tell_once)
        result = iterate(options, outside)
    if as_json:
        from specbuild.formats.json_text import json_text

        console.raw_result(json_text(iterated_json(result)))
    else:
        console.result(iterated_text(result))
    if result.last_lines:
        console.message(result.last_lines, level=-1)
    if result.diagnostics and not as_json:
        console.message(diagnostics_text(result.diagnostics), level=-1)
    return result.exit_code
