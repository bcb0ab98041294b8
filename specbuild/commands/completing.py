"""What a shell is offered for an argument that selects targets. Whatever goes wrong, it is offered nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

SELECTING = ("select", "exclude", "target")
"""The names of parameters that select targets."""
MOST_OFFERED = 1000


class Selector(click.types.StringParamType):
    """A text that selects targets: ids, and the ways of `selector.METHODS` and of the facts."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return what `incomplete` may become; operators and earlier parts of an intersection stay before it."""
        found = re.fullmatch(r"(.*,)?([0-9]*\+)?(.*)", incomplete, re.DOTALL)
        assert found is not None
        kept, begun = (found[1] or "") + (found[2] or ""), found[3]
        try:
            offered = sorted({one for one in _candidates(begun) if one.startswith(begun)})
        except Exception:  # a fault is told by the command itself; a shell has no place for it
            return []
        return [CompletionItem(kept + one) for one in offered[:MOST_OFFERED]]


def with_selectors(command: click.Command) -> click.Command:
    """Return `command` with its selecting parameters offering targets."""
    for parameter in command.params:
        if parameter.name in SELECTING:
            parameter.type = Selector()
    return command


def _candidates(begun: str) -> Iterable[str]:
    from specbuild.work.candidates import ids, values_of_way, ways

    start = Path(os.getcwd())
    way, colon, _ = begun.partition(":")
    if colon:
        return [f"{way}:{value}" for value in values_of_way(way, start, os.environ)]
    begun_ways = [one for one in ways() if begun and one.startswith(begun)]
    values = [f"{one}:{value}" for one in begun_ways for value in values_of_way(one, start, os.environ)]
    return [*ids(start), *values]
