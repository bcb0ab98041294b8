"""`specbuild run`: run a built program in the sandbox. Only a person's flag gives it network or folders to write in."""

import sys

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation
from specbuild.commands.reading import read_project, sandbox_option


@click.command(context_settings={"ignore_unknown_options": False})
@click.argument("target")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--network", is_flag=True, help="Let the program use the network.")
@click.option(
    "--write",
    multiple=True,
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Let the program write in DIR; it starts in the first one.",
)
@click.option("--timeout", "timeout_s", type=click.FloatRange(0, min_open=True), default=600.0, help="Seconds (600).")
@sandbox_option
@click.pass_obj
def command(
    invocation: Invocation,
    target: str,
    arguments: tuple[str, ...],
    network: bool,
    write: tuple[str, ...],
    timeout_s: float,
    sandbox: str,
) -> int:
    """Run the program of TARGET in the sandbox: specbuild run TARGET -- ARGS. Its exit code becomes this one's."""
    from specbuild.work.run_program import run_program

    stdin = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read()
    ran = run_program(
        read_project(invocation, (target,)),
        target,
        arguments,
        stdin=stdin,
        sandbox=sandbox,
        network=network,
        write=write,
        timeout_s=timeout_s,
    )
    console = invocation.console()
    console.program_output(ran.stdout, ran.stderr)
    if ran.ended != "exited":
        console.message(f"the program was stopped: {ran.ended}\n", level=-1)
        return exit_codes.FINDING
    return ran.exit_code or 0
