"""`specbuild lock`: can the lock be believed; after a merge, settle it."""

import click

from specbuild import exit_codes
from specbuild.commands.invocation import Invocation, json_option
from specbuild.commands.reading import project_loader, read_project, tell, told_waiting


@click.command()
@click.option("--resolve", is_flag=True, help="Settle a lock that git merged, from both sides of the merge.")
@json_option
@click.pass_obj
def command(invocation: Invocation, resolve: bool, as_json: bool) -> int:
    """Say whether specbuild.lock can be believed; exit 1 if not. Settle specs and templates that are in conflict
    before you settle the lock: it follows from them."""
    if resolve:
        return _resolve(invocation, as_json)
    from specbuild.formats.merge_text import lock_seen_json, lock_seen_text
    from specbuild.work.opened import Opened

    lock = Opened(read_project(invocation)).lock()
    if as_json:
        from specbuild.formats.json_text import json_text

        invocation.console().raw_result(json_text(lock_seen_json(lock)))
    else:
        invocation.console().result(lock_seen_text(lock))
        tell(invocation, lock.conflicts.values())
    return exit_codes.FINDING if lock.conflicts else exit_codes.SUCCESS


def _resolve(invocation: Invocation, as_json: bool) -> int:
    from specbuild.formats.merge_text import resolved_json, resolved_text
    from specbuild.work.resolve import resolve

    found = resolve(project_loader(invocation), waiting=told_waiting(invocation))
    if as_json:
        from specbuild.formats.json_text import json_text

        invocation.console().raw_result(json_text(resolved_json(found)))
    else:
        invocation.console().result(resolved_text(found))
    return exit_codes.FINDING if found.edited or found.records.lost else exit_codes.SUCCESS
