"""`specbuild cache`: what a clone holds of replies, and mending, thinning out and handing over of it."""

import time
from pathlib import Path

import click

from specbuild import exit_codes
from specbuild.canonical_json import Json
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, read_project, tell, told_waiting
from specbuild.diagnostic import Diagnostic
from specbuild.styled_text import StyledText

OPTIONS = {"stats": (), "heal": ("allow_secret",), "gc": ("older_than", "dry_run"), "export": ("allow_secret",)}
"""The options that an action takes beside `--json`."""


@click.command()
@click.argument("action", type=click.Choice(["stats", "heal", "gc", "export", "import"]), default="stats")
@click.argument("place", required=False, type=click.Path(path_type=Path))
@click.option("--older-than", type=click.FloatRange(min=0), metavar="DAYS", help="gc: local entries too, by their age.")
@click.option("-n", "--dry-run", is_flag=True, help="gc: say what would be removed, and remove nothing.")
@click.option(
    "--allow-secret", is_flag=True, help="heal, export: also local replies that look like they hold a secret."
)
@json_option
@click.pass_obj
def command(
    invocation: Invocation,
    action: str,
    place: Path | None,
    older_than: float | None,
    dry_run: bool,
    allow_secret: bool,
    as_json: bool,
) -> int:
    """Look at the replies that this clone holds, mend them, thin them out, or hand them over. No model is asked.

    \b
    stats          what is held, and what still reaches it
    heal           bring back records that lock or history name, from the local store or what git still has of them
    gc             remove committed records that neither lock nor history names; the local store keeps them
    export FILE    write all records into one file
    import PLACE   take the records of such a file, or of a folder, into the local store
    """
    given = {"older_than": older_than is not None, "dry_run": dry_run, "allow_secret": allow_secret}
    for name, is_given in given.items():
        if is_given and name not in OPTIONS.get(action, ()):
            raise click.UsageError(f"--{name.replace('_', '-')} does not belong to `cache {action}`")
    if (place is None) == (action in ("export", "import")):
        raise click.UsageError(f"`cache {action}` takes {'a place' if place is None else 'no place'}")
    if action == "stats":
        return _stats(invocation, as_json)
    if action == "heal":
        return _heal(invocation, allow_secret, as_json)
    if action == "gc":
        return _gc(invocation, older_than, dry_run, as_json)
    assert place is not None
    if action == "export":
        return _export(invocation, place, allow_secret, as_json)
    return _import(invocation, place, as_json)


def _stats(invocation: Invocation, as_json: bool) -> int:
    from specbuild.formats.cache_text import holdings_json, holdings_text
    from specbuild.work.holdings import holdings_of

    found = holdings_of(read_project(invocation))
    _print(invocation, holdings_text(found, now_s=time.time()), holdings_json(found), as_json)
    tell(invocation, found.faults)
    return exit_codes.FINDING if found.damaged or found.missing or found.faults else exit_codes.SUCCESS


def _heal(invocation: Invocation, allow_secret: bool, as_json: bool) -> int:
    from specbuild.formats.cache_text import healed_json, healed_text, lost_diagnostics
    from specbuild.work.heal import heal

    found = heal(project_loader(invocation), allow_secret=allow_secret, waiting=told_waiting(invocation))
    _print(invocation, healed_text(found), healed_json(found), as_json)
    lost: list[Diagnostic] = lost_diagnostics(found, "cache/replies")
    tell(invocation, (*lost, *found.faults))
    return exit_codes.FINDING if lost or found.faults else exit_codes.SUCCESS


def _gc(invocation: Invocation, older_than: float | None, dry_run: bool, as_json: bool) -> int:
    from specbuild.formats.cache_text import discarded_json, discarded_text
    from specbuild.work.discard import discard

    found = discard(
        project_loader(invocation),
        older_than_days=older_than,
        now_s=time.time(),
        dry_run=dry_run,
        waiting=told_waiting(invocation),
    )
    _print(invocation, discarded_text(found, dry_run=dry_run), discarded_json(found), as_json)
    return exit_codes.SUCCESS


def _export(invocation: Invocation, place: Path, allow_secret: bool, as_json: bool) -> int:
    from specbuild.formats.cache_text import exported_json, exported_text
    from specbuild.work.exchange import export

    if place.exists():
        raise click.UsageError(f"{place} is there already; name a new file")
    found = export(read_project(invocation), place, allow_secret=allow_secret)
    _print(invocation, exported_text(found), exported_json(found), as_json)
    return exit_codes.SUCCESS


def _import(invocation: Invocation, place: Path, as_json: bool) -> int:
    from specbuild.formats.cache_text import imported_json, imported_text
    from specbuild.work.exchange import take_in

    found = take_in(read_project(invocation), place, waiting=told_waiting(invocation))
    _print(invocation, imported_text(found), imported_json(found), as_json)
    tell(invocation, found.refused)
    return exit_codes.FINDING if found.refused else exit_codes.SUCCESS


def _print(invocation: Invocation, text: StyledText, value: Json, as_json: bool) -> None:
    if as_json:
        from specbuild.formats.json_text import json_text

        invocation.console().raw_result(json_text(value))
    else:
        invocation.console().result(text)
