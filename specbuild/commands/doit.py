"""`specbuild doit -- ARGS`: doit with this project's tasks; a dodo.py of the project is used if there is one."""

import os

import click

from specbuild.commands.invocation import Invocation


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def command(invocation: Invocation, arguments: tuple[str, ...]) -> int:
    """Hand ARGUMENTS to doit: `specbuild doit -- list`, `specbuild doit -- -n 4`, `specbuild doit -- info
    specbuild:ID`.

    The project's dodo.py is loaded if there is one (no other command ever does), else its targets are the tasks.
    The exit code is doit's.
    """
    from doit.cmd_base import ModuleTaskLoader
    from doit.doit_cmd import DoitMain

    from specbuild import api

    if os.path.exists("dodo.py"):
        return int(DoitMain().run(list(arguments)) or 0)
    tasks = {"DOIT_CONFIG": api.DOIT_CONFIG, "task_specbuild": api.task_specbuild}
    return int(DoitMain(ModuleTaskLoader(tasks)).run(list(arguments)) or 0)
