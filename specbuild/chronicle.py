"""The iterations of a project beside each other: which specs changed from one to the next, how often a reply passed.

Iterations and stanzas in, rows out. Knows neither the disk nor how rows are shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from specbuild.comparison import Difference, compare_checks, compare_request, compare_shape
from specbuild.components import Components
from specbuild.iteration import Iteration
from specbuild.stanza import ReplyPin, Stanza
from specbuild.why import Change

_NOT_OF_THE_SPEC = frozenset({"needs", "context", "verify.files"})


class IterationRow(NamedTuple):
    """One iteration in the list: itself, and its targets that are new, gone, or whose own spec is another one."""

    iteration: Iteration
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


class ModuleRow(NamedTuple):
    """One generated module of an iteration; `reply` and `attempts` are those of its pin."""

    id: str
    logical_lines: int
    copied_share: float
    attempts: int
    reply: str
    outputs: tuple[str, ...]


class TargetChange(NamedTuple):
    """What is another in a target from one iteration to another; a target of only one of them has no `changes`."""

    id: str
    kind: str
    """"added", "removed" or "changed"."""
    changes: tuple[Change, ...] = ()


class Rates(NamedTuple):
    """Recorded conversations: how many passed with the first reply, after a repair, or never."""

    conversations: int
    first_try: int
    after_repair: int

    @property
    def never(self) -> int:
        """How many never passed."""
        return self.conversations - self.first_try - self.after_repair


def iteration_row(iteration: Iteration, stanzas: Mapping[str, Stanza], before: Mapping[str, Stanza]) -> IterationRow:
    """Return the row of `iteration`, whose lock has `stanzas`; `before` are those of the one before it."""
    both = [one for one in sorted(stanzas) if one in before]
    return IterationRow(
        iteration,
        tuple(sorted(stanzas.keys() - before.keys())),
        tuple(sorted(before.keys() - stanzas.keys())),
        tuple(one for one in both if any(map(_is_of_the_spec, differences(before[one], stanzas[one])))),
    )


def module_rows(iteration: Iteration, stanzas: Mapping[str, Stanza]) -> tuple[ModuleRow, ...]:
    """Return the generated modules of `iteration` by id."""
    rows = []
    for target_id, measure in sorted(iteration.modules.items()):
        stanza = stanzas[target_id]
        attempts, reply = (stanza.reply.attempts, stanza.reply.key) if stanza.reply else (0, "")
        rows.append(ModuleRow(target_id, *measure, attempts, reply, tuple(sorted(stanza.outputs))))
    return tuple(rows)


def differences(before: Stanza, after: Stanza) -> tuple[Difference, ...]:
    """Return the components of `after` that are not those of `before`; how a reply was extracted is none."""
    shape = {name: value for name, value in after.shape.items() if name != "extract"}
    now = Components(after.inputs, shape, after.checks)
    return (
        *compare_request(before.inputs, now, accepted=False).differences,
        *compare_shape(before.shape, now).differences,
        *compare_checks(before.checks, now).differences,
    )


def rates_of(first_keys: Iterable[str], pins: Sequence[ReplyPin]) -> Rates:
    """Return the rates over the conversations that begin with `first_keys`; one passed if a pin names it.

    A conversation that was pinned at several turns counts by the earliest.
    """
    attempts: dict[str, int] = {}
    for pin in pins:
        attempts[pin.key] = min(pin.attempts, attempts.get(pin.key, pin.attempts))
    conversations = set(first_keys)
    passed = [attempts[key] for key in conversations if key in attempts]
    first = sum(one == 1 for one in passed)
    return Rates(len(conversations), first, len(passed) - first)


def _is_of_the_spec(one: Difference) -> bool:
    return one.component not in _NOT_OF_THE_SPEC
