"""`specbuild guard`: the answer to an assistant's hook before it edits a file."""

import os
import sys

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH...]")
@click.pass_obj
def command(invocation: Invocation, paths: tuple[str, ...]) -> int:
    """Say if the PATHs may be edited by hand: exit 0, or 2 and the spec to edit instead on stderr.

    Without a PATH the event of an assistant's hook is read from standard input: JSON with the path below `tool_input`
    (`file_path` and the like, or a patch). Reads only. Accepted texts, and files that no spec builds, may be edited.
    """
    from specbuild.diagnostic import Diagnostic, DiagnosticError
    from specbuild.edit_event import Writes, writes_of
    from specbuild.formats.text import diagnostics_text
    from specbuild.work.guard import Guard

    writes = Writes(paths)
    if not paths:
        if sys.stdin.isatty():
            raise click.UsageError("name a PATH, or hand over an assistant's event on standard input")
        read = writes_of(sys.stdin.read())
        if isinstance(read, Diagnostic):
            raise DiagnosticError(read)
        writes = read
    guard = Guard(os.environ)
    faults = [guard.fault(path, writes.folder or invocation.directory) for path in writes.paths]
    found = [fault for fault in faults if fault is not None]
    if not found:
        return exit_codes.SUCCESS
    invocation.console().message(diagnostics_text(found), level=-1)
    return exit_codes.USAGE
