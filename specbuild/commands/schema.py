"""`specbuild schema`: JSON Schemas for editors."""

from pathlib import Path

import click

from specbuild.commands.invocation import Invocation


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--write", is_flag=True, help="Write all of them into the project's folder .specbuild/, over older ones.")
@click.pass_obj
def command(invocation: Invocation, name: str | None, write: bool) -> None:
    """Print the JSON Schema (draft-07) NAME: spec, configuration, pyproject or lock; without one, say what there is."""
    from specbuild.formats.json_text import json_text
    from specbuild.formats.text import table_text
    from specbuild.nearest import did_you_mean
    from specbuild.schema import schemas
    from specbuild.work.editors import write_schemas

    console = invocation.console()
    known = schemas()
    if write:
        if name is not None:
            raise click.UsageError("--write writes all schemas; leave NAME out")
        from specbuild.commands.reading import read_project

        for path in write_schemas(Path(read_project(invocation).root)):
            console.result(path + "\n")
    elif name is None:
        console.result(table_text([(one, row.file, row.about) for one, row in known.items()]))
    elif name not in known:
        hint = did_you_mean(name, tuple(known)) or f"there are {', '.join(known)}"
        raise click.UsageError(f"there is no schema `{name}`; {hint}")
    else:
        console.raw_result(json_text(known[name].schema))
