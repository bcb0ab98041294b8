"""`specbuild init`: make a folder a project."""

from pathlib import Path

import click

from specbuild.commands.invocation import Invocation


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@click.pass_obj
def command(invocation: Invocation, folder: str | None) -> None:
    """Make FOLDER (this one) a project: configuration, spec folder, ignore rules. Nothing there is changed."""
    from specbuild.diagnostic import DiagnosticError
    from specbuild.disk.durable import disk_fault
    from specbuild.work.scaffold import make_project

    root = Path(invocation.directory, folder or ".").resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(root), error)) from None
    laid = make_project(root)
    console = invocation.console()
    for path, what in laid.changes:
        console.message(f"{path}: {what}\n")
    if not laid.changes:
        console.message("this is a project already; nothing was changed\n")
    console.message('next: specbuild new NAME --description "…", then edit its spec, then specbuild build\n')
