"""`specbuild init`: make a folder a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation

if TYPE_CHECKING:
    from specbuild.terminal.console import Console


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@click.option("--example", is_flag=True, help="Lay out a spec with its recorded reply: it builds without a key.")
@click.option("--editor", is_flag=True, help="Settings for TOML editors too; without it where .vscode/ is there.")
@click.option("--git-hook", is_flag=True, help="Have git run `check --staged` before each commit.")
@click.pass_obj
def command(invocation: Invocation, folder: str | None, example: bool, editor: bool, git_hook: bool) -> int:
    """Make FOLDER (this one) a project: configuration, spec folder, ignore rules, schemas for editors, a note for
    coding assistants. Nothing there is changed; language and folders are found out."""
    from specbuild.diagnostic import DiagnosticError
    from specbuild.disk.durable import disk_fault
    from specbuild.disk.files import ProjectFiles
    from specbuild.work.assistants import lay_agents
    from specbuild.work.editors import lay_schemas, lay_settings
    from specbuild.work.load import configuration_of
    from specbuild.work.look_around import look_around
    from specbuild.work.obstacles import obstacles_at
    from specbuild.work.scaffold import make_project

    root = Path(invocation.directory, folder or ".").resolve()
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(root), error)) from None
    found = look_around(root)
    changes = lay_schemas(root) + make_project(root, specs=found.specs, outputs=found.outputs).changes
    configuration, _ = configuration_of(ProjectFiles(root))
    changes += lay_agents(root, configuration)
    if editor or (root / ".vscode").is_dir():
        changes += lay_settings(root, configuration)
    if example:
        from specbuild.work.example import lay_example

        changes += lay_example(root)
    console = invocation.console()
    around = found.surroundings
    if changes and around.language:
        folders = [
            f"{what} in {where}/" for what, where in (("code", around.sources), ("tests", around.tests)) if where
        ]
        console.message(f"found: {', '.join([f'{around.language} ({around.told_by})', *folders])}\n")
    for path, what in changes:
        console.message(f"{path}: {what}\n")
    if not changes:
        console.message("this is a project already" + ("" if git_hook else "; nothing was changed") + "\n")
    for one in obstacles_at(root):
        console.message(f"attention: {one.where}: {one.what}\n  {one.mends}\n")
    if git_hook and not _hooked(console, root):
        return exit_codes.FINDING
    if example:
        console.message("next: specbuild build, which asks nobody; then specbuild run hello -- Ada\n")
        return exit_codes.SUCCESS
    console.message('next: specbuild new NAME --description "…", then edit its spec, then specbuild build\n')
    return exit_codes.SUCCESS


def _hooked(console: Console, root: Path) -> bool:
    from specbuild.work.git_hook import COMMAND, write_hook

    hooked = write_hook(root)
    if hooked.is_there:
        console.message(f"{hooked.path}: runs `{COMMAND}` before each commit\n")
    else:
        console.message(f"{hooked.path}: stays as it is\n  {hooked.to_do}\n")
    return hooked.is_there
