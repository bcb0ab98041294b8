"""`specbuild revise`: a small change from the present text, where a build would write anew or hold an accepted text."""

from typing import Any

import click

from specbuild.commands.building import Asked, build_options, run_build
from specbuild.commands.invocation import Invocation


@click.command()
@build_options
@click.pass_obj
def command(invocation: Invocation, /, **asked: Any) -> int:
    """Have the built text of the SELECTed targets changed where their specs have changed, and nowhere else.

    The model is shown the text as it is locked, accepted edits included, and what the spec said before and says now.
    An accepted text stays an accepted one. Where nothing has changed, nothing is asked."""
    chosen = Asked(**asked)
    if not chosen.select:
        raise click.UsageError("name the targets (`'**'` names all)")
    return run_build(invocation, chosen, revise=True)
