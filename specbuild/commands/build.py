"""`specbuild build`: make everything that is stale, and nothing else."""

from typing import Any

import click

from specbuild.commands.building import Asked, build_options, run_build
from specbuild.commands.invocation import Invocation


@click.command()
@build_options
@click.option("--repin", is_flag=True, help="Move the selected targets to --model, whatever they were built with.")
@click.pass_obj
def command(invocation: Invocation, /, repin: bool, **asked: Any) -> int:
    """Build what is stale among the SELECTed targets (all) and what they need."""
    return run_build(invocation, Asked(**asked), repin=repin)
