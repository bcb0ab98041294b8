"""`specbuild regenerate`: ask the model again, although the reply is known; the new sample is pinned."""

from typing import Any

import click

from specbuild.commands.building import Asked, build_options, run_build
from specbuild.commands.invocation import Invocation


@click.command()
@build_options
@click.option("--failed", is_flag=True, help="Only targets whose attempts were used up; SELECT may be left out.")
@click.option("--rewrite", is_flag=True, help="Write anew from the spec alone, also what was revised.")
@click.pass_obj
def command(invocation: Invocation, /, failed: bool, rewrite: bool, **asked: Any) -> int:
    """Ask the model for another answer to the SELECTed targets. Accepted texts become generated again.

    A text that is a revision is revised again from the same text as then, unless --rewrite is given."""
    chosen = Asked(**asked)
    if not chosen.select and not failed:
        raise click.UsageError("name the targets (`'**'` names all), or give --failed")
    return run_build(invocation, chosen, regenerate=not failed, retry_failed=failed, rewrite=rewrite)
