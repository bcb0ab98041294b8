"""`specbuild instructions`: a primer for coding assistants."""

import click

from specbuild.commands.invocation import Invocation


@click.command()
@click.pass_obj
def command(invocation: Invocation) -> None:
    """Print a page for a coding assistant: folders, how the targets stand, which commands to use."""
    from specbuild.commands.reading import read_project
    from specbuild.formats.instructions_text import instructions_text
    from specbuild.work.planning import plan_project

    project = read_project(invocation)
    plan = None if project.errors else plan_project(project).plan
    invocation.console().result(instructions_text(project.configuration, plan, errors=len(project.errors)))
