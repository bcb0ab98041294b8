"""`specbuild build`: make everything that is stale, and nothing else."""

from typing import Any

import click

from specbuild.commands.building import Asked, build_options, run_build
from specbuild.commands.invocation import Invocation


@click.command()
@build_options
@click.option("--repin", is_flag=True, help="Move the selected targets to --model, whatever they were built with.")
@click.option("--watch", is_flag=True, help="Build again whenever a source changes; --max-calls is for all rounds.")
@click.pass_obj
def command(invocation: Invocation, /, repin: bool, watch: bool, **asked: Any) -> int:
    """Build what is stale among the SELECTed targets (all) and what they need.

    With --watch it goes on: specs, configuration, the files that specs name and replies in the inbox are looked at
    twice a second, and a change begins another round. It does not start without a limit of calls, which holds for all
    rounds; Ctrl-C ends it.
    """
    return run_build(invocation, Asked(**asked), repin=repin, watching=watch)
