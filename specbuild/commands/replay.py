"""`specbuild replay`: write outputs again from committed replies. Nothing is asked, run or judged."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.commands.reading import project_loader, selection, told_waiting


@click.command()
@selection
@click.option("--exit-code", is_flag=True, help="Exit 1 if anything was written: a hook has to stop the commit then.")
@click.pass_obj
def command(invocation: Invocation, select: tuple[str, ...], exclude: tuple[str, ...], exit_code: bool) -> int:
    """Write the outputs of the SELECTed targets (all) again, as the lock has them, from committed replies.

    What is absent comes back, and what an earlier build left is replaced. An edit stays, and so does what is stale for
    another reason: `check` tells of both. No model, network or generated code has a part in it; exit 4 if a reply is
    lost.
    """
    from specbuild.work.choice import BuildOptions
    from specbuild.work.put_back import put_back

    options = BuildOptions(select, exclude, offline=True, locked=True)
    done = put_back(project_loader(invocation, select), options, waiting=told_waiting(invocation))
    console = invocation.console()
    for one in done.restored:
        console.result(f"replayed  {one}\n")
    for one in done.lost:
        console.result(f"lost      {one}: its pinned reply is not at hand, or gives something else\n")
    files = f"{done.files_written} file{'' if done.files_written == 1 else 's'} written"
    more = f"; {len(done.left)} not fresh for another reason: specbuild check" if done.left else ""
    console.message(f"{len(done.restored)} replayed; {files}{more}\n")
    if done.lost:
        return exit_codes.MISSING_REPLY
    return exit_codes.FINDING if exit_code and done.files_written else exit_codes.SUCCESS
