"""`specbuild new`: write a spec to begin with, or draft specs for files that exist."""

import sys

import click

from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import sandbox_option


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME|FILE...")
@click.option("--language", help="The programming language (the repository's own, else python).")
@click.option("--extension", help="The extension of the file, for a language that is not in the table.")
@click.option("--description", help="What the program is, in one line; asked for on a terminal.")
@click.option("--requirements", help="What it must do; - reads standard input. The description by default.")
@click.option("--from", "drafting", is_flag=True, help="Let a model draft a spec for each existing FILE.")
@click.option("-y", "--yes", is_flag=True, help="With --from: ask and write without asking you.")
@click.option("-n", "--dry-run", is_flag=True, help="With --from: only say what it would take and cost.")
@click.option("--again", is_flag=True, help="With --from: ask for another draft than those that are known.")
@click.option("--offline", is_flag=True, help="With --from: ask nothing; exit 4 names the drafts that are missing.")
@click.option("--model", metavar="NAME", help="With --from: the model, if the project names none.")
@click.option("-j", "--jobs", type=click.IntRange(1, 1024), help="With --from: how many calls at once (8).")
@click.option("--max-calls", type=click.IntRange(0), help="With --from: stop before more calls than this.")
@click.option("--max-cost", type=click.FloatRange(0), help="With --from: stop once this much is spent.")
@click.option("--allow-secret", is_flag=True, help="With --from: send prompts that look like they hold a secret.")
@sandbox_option
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    names: tuple[str, ...],
    language: str | None,
    extension: str | None,
    description: str | None,
    requirements: str | None,
    drafting: bool,
    yes: bool,
    dry_run: bool,
    again: bool,
    offline: bool,
    model: str | None,
    jobs: int | None,
    max_calls: int | None,
    max_cost: float | None,
    allow_secret: bool,
    sandbox: str,
    as_json: bool,
) -> int | None:
    """Write a spec with the id NAME (such as tools/sort) into the spec folder and print its path.

    On a terminal, without --description, it asks what the program is, and offers to let a model draft the spec from
    that: you see the draft, edit it, have it changed or refuse it before anything is written.

    With --from, specs for existing FILEs are drafted by a model: the plan and its price come first, each draft is
    checked as a spec, its examples are run on the file, and it is shown before it is written. A draft that is known
    costs nothing. The files stay as they are: `accept` then makes them the outputs of their specs.
    """
    of_draft = (
        yes,
        dry_run,
        again,
        offline,
        model,
        jobs,
        max_calls,
        max_cost,
        allow_secret,
        sandbox != "auto",
        as_json,
    )
    if drafting:
        if any(one is not None for one in (language, extension, description, requirements)):
            raise click.UsageError("with --from the file says what it is; leave out what describes a new one")
        from specbuild.commands.drafting import draft
        from specbuild.work.choice import BuildOptions

        options = BuildOptions(
            jobs=jobs, offline=offline, model=model, max_calls=max_calls, max_cost=max_cost,
            allow_secret=allow_secret, regenerate=again, sandbox=sandbox,
        )  # fmt: skip
        return draft(invocation, names, options, yes=yes, dry_run=dry_run, as_json=as_json)
    if len(names) > 1 or any(one not in (None, False) for one in of_draft):
        raise click.UsageError("one NAME makes one new spec; give --from to draft specs for existing files")
    return _new(invocation, names[0], language, extension, description, requirements)


def _new(
    invocation: Invocation,
    name: str,
    language: str | None,
    extension: str | None,
    description: str | None,
    requirements: str | None,
) -> int | None:
    from specbuild.commands.reading import read_project
    from specbuild.surroundings import surroundings_of
    from specbuild.work.look_around import paths_of
    from specbuild.work.scaffold import new_spec_path, write_spec

    project = read_project(invocation)
    spec_id = name.removesuffix(".toml")
    new_spec_path(project.root, project.configuration.specs, spec_id)  # before a person is asked anything
    around = surroundings_of(paths_of(project.root))
    if description is None:
        if not sys.stdin.isatty():
            raise click.UsageError("--description is missing: it says in one line what the program is")
        description = str(click.prompt("What is it, in one line", err=True))
        if requirements is None and extension is None:
            from specbuild.commands.conversation import offered

            code = offered(invocation, description, name=name, language=language or "")
            if code is not None:
                return code
    if requirements == "-":
        requirements = sys.stdin.read()
    requirements = (requirements or f"Write this program: {description}").strip("\n")
    path = write_spec(
        project.root,
        project.configuration.specs,
        spec_id,
        language=language or around.language or "python",
        description=description,
        requirements=requirements,
        extension=extension,
        around=around,
    )
    console = invocation.console()
    console.result(path + "\n")
    console.message("next: edit it, then specbuild build\n")
    return None
