"""`specbuild init`: make a folder a project."""

from pathlib import Path

import click

from specbuild.commands.invocation import Invocation


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@click.option("--example", is_flag=True, help="Lay out a spec with its recorded reply: it builds without a key.")
@click.pass_obj
def command(invocation: Invocation, folder: str | None, example: bool) -> None:
    """Make FOLDER (this one) a project: configuration, spec folder, ignore rules. Nothing there is changed."""
    from specbuild.diagnostic import DiagnosticError
    from specbuild.disk.durable import disk_fault
    from specbuild.work.obstacles import obstacles_at
    from specbuild.work.scaffold import make_project

    root = Path(invocation.directory, folder or ".").resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(root), error)) from None
    changes = make_project(root).changes
    if example:
        from specbuild.work.example import lay_example

        changes += lay_example(root)
    console = invocation.console()
    for path, what in changes:
        console.message(f"{path}: {what}\n")
    if not changes:
        console.message("this is a project already; nothing was changed\n")
    for one in obstacles_at(root):
        console.message(f"attention: {one.where}: {one.what}\n  {one.mends}\n")
    if example:
        console.message("next: specbuild build, which asks nobody; then specbuild run hello -- Ada\n")
        return
    console.message('next: specbuild new NAME --description "…", then edit its spec, then specbuild build\n')
