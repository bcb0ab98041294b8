"""`specbuild new`: write a spec to begin with."""

import sys

import click

from specbuild.commands.invocation import Invocation


@click.command()
@click.argument("name")
@click.option("--language", default="python", show_default=True, help="The programming language.")
@click.option("--extension", help="The extension of the file, for a language that is not in the table.")
@click.option("--description", help="What the program is, in one line; asked for on a terminal.")
@click.option("--requirements", help="What it must do; - reads standard input. The description by default.")
@click.pass_obj
def command(
    invocation: Invocation,
    name: str,
    language: str,
    extension: str | None,
    description: str | None,
    requirements: str | None,
) -> None:
    """Write a spec with the id NAME (such as tools/sort) into the spec folder and print its path."""
    from specbuild.commands.reading import read_project
    from specbuild.work.scaffold import write_spec

    project = read_project(invocation)
    if description is None:
        if not sys.stdin.isatty():
            raise click.UsageError("--description says what the program is")
        description = click.prompt("What is it, in one line", err=True)
    if requirements == "-":
        requirements = sys.stdin.read()
    requirements = (requirements or f"Write this program: {description}").strip("\n")
    path = write_spec(
        project.root,
        project.configuration.specs,
        name.removesuffix(".toml"),
        language=language,
        description=str(description),
        requirements=requirements,
        extension=extension,
    )
    console = invocation.console()
    console.result(path + "\n")
    console.message("next: edit it, then specbuild build\n")
