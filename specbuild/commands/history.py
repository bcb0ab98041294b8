"""`specbuild history`: the iterations of a package that builds modules of itself, and the proof that each can be
rebuilt."""

from collections.abc import Sequence
from pathlib import Path

import click

from specbuild import exit_codes
from specbuild.canonical_json import Json
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import read_project, tell
from specbuild.work.load import Project

NUMBERS = {"list": 0, "show": 1, "diff": 2, "replay": 1, "verify": 0}
"""How many iterations each action takes."""


@click.command()
@click.argument("action", type=click.Choice(list(NUMBERS)), default="list")
@click.argument("numbers", nargs=-1, type=click.IntRange(min=0))
@click.option("--full", is_flag=True, help="diff: show every changed line of the outputs.")
@click.option("--to", type=click.Path(path_type=Path), metavar="DIR", help="replay: leave the rebuilt files in DIR.")
@json_option
@click.pass_obj
def command(
    invocation: Invocation, action: str, numbers: tuple[int, ...], full: bool, to: Path | None, as_json: bool
) -> int:
    """Look at the iterations that `specbuild iterate` recorded, and rebuild them.

    \b
    list         every iteration, and how often a model's reply passed
    show N       iteration N: its modules, each with its length and the part of it that was only copied
    diff N M     which specs changed from iteration N to M, and what that did to the code
    replay N     rebuild iteration N offline from committed specs and replies, and compare every hash
    verify       replay all, and compare the package with the last one
    """
    if len(numbers) != NUMBERS[action]:
        wanted = " ".join("NM"[: NUMBERS[action]]) or "no number"
        raise click.UsageError(f"`history {action}` takes {wanted}")
    if full and action != "diff":
        raise click.UsageError("--full belongs to `history diff`")
    if to is not None and action != "replay":
        raise click.UsageError("--to belongs to `history replay`")
    project = read_project(invocation)
    if action == "list":
        return _list(invocation, project, as_json)
    if action == "show":
        return _show(invocation, project, numbers[0], as_json)
    if action == "diff":
        return _diff(invocation, project, numbers, full, as_json)
    return _replay(invocation, project, numbers[0] if numbers else None, to, as_json)


def _list(invocation: Invocation, project: Project, as_json: bool) -> int:
    from specbuild.formats.history_text import history_json, history_text
    from specbuild.work.history import history_of

    history = history_of(project)
    if as_json:
        _print_json(invocation, history_json(history.rows, history.rates, history.faults))
    else:
        invocation.console().result(history_text(history.rows, history.rates))
        tell(invocation, history.faults)
    return exit_codes.SUCCESS


def _show(invocation: Invocation, project: Project, number: int, as_json: bool) -> int:
    from specbuild.chronicle import iteration_row, module_rows
    from specbuild.formats.history_text import iteration_json, iteration_shown
    from specbuild.work.history import iteration_numbered

    kept = iteration_numbered(project, number)
    before = iteration_numbered(project, number - 1).lock.targets if number else {}
    row = iteration_row(kept.iteration, kept.lock.targets, before)
    modules = module_rows(kept.iteration, kept.lock.targets)
    if as_json:
        _print_json(invocation, iteration_json(row, modules))
    else:
        invocation.console().result(iteration_shown(row, modules))
    return exit_codes.SUCCESS


def _diff(invocation: Invocation, project: Project, numbers: Sequence[int], full: bool, as_json: bool) -> int:
    from specbuild.formats.diff_text import diff_text
    from specbuild.formats.history_text import compared_json, compared_text
    from specbuild.work.history import compared, iteration_numbered

    before, after = (iteration_numbered(project, number) for number in numbers)
    found = compared(project, before, after)
    if as_json:
        _print_json(invocation, compared_json(found.targets, found.outputs, full=full))
    else:
        text = compared_text(found.targets, found.outputs)
        invocation.console().result([*text, *diff_text(found.outputs)] if full else text)
    tell(invocation, found.faults)
    return exit_codes.FINDING if found.faults else exit_codes.SUCCESS


def _replay(invocation: Invocation, project: Project, number: int | None, to: Path | None, as_json: bool) -> int:
    from specbuild.formats.history_text import replayed_json, replayed_text
    from specbuild.formats.text import diagnostics_text
    from specbuild.work.history import iteration_numbered, verified
    from specbuild.work.replay import replay

    if number is None:
        whole = verified(project)
        replays, faults = whole.replays, whole.diagnostics
    else:
        one = replay(project, iteration_numbered(project, number), to=to)
        replays, faults = (one,), one.diagnostics
    if as_json:
        _print_json(invocation, replayed_json(replays, faults))
    else:
        invocation.console().result(replayed_text(replays))
        if faults:
            invocation.console().message(diagnostics_text(faults), level=-1)
    return exit_codes.FINDING if faults else exit_codes.SUCCESS


def _print_json(invocation: Invocation, value: Json) -> None:
    from specbuild.formats.json_text import json_text

    invocation.console().raw_result(json_text(value))
