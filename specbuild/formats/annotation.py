"""What a command found as remarks on places in files: the value behind `concise`, `github` and the step summary.

In: diagnostics, the findings of a plan, the events of a run. Out: values; how they are written is for others.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, Place, Severity
from specbuild.formats.plan_text import hint_of
from specbuild.plan import PlanLine
from specbuild.progress import GOOD_ENDINGS, Event


class Annotation(NamedTuple):
    """One remark: `title` is a diagnostic's code, a target's state or how it ended; `target` its id, if it is about
    one."""

    severity: Severity
    title: str
    message: str
    place: Place | None = None
    why: str = ""
    hint: str = ""
    target: str = ""


def of_diagnostics(diagnostics: Iterable[Diagnostic]) -> tuple[Annotation, ...]:
    """Return a remark for each diagnostic."""
    return tuple(Annotation(one.severity, one.code, one.message, one.place, one.why, one.hint) for one in diagnostics)


def of_lines(
    lines: Iterable[PlanLine], places: Mapping[str, Place], *, severity: Severity = "error", own: frozenset[str]
) -> tuple[Annotation, ...]:
    """Return a remark for each line of a plan, with what to do about it; `own` are the targets that `iterate`
    builds."""
    return tuple(
        Annotation(
            severity, one.state, f"{one.id}: {one.reason}", places.get(one.id), hint=hint_of(one, own), target=one.id
        )
        for one in lines
    )


def of_events(
    events: Iterable[Event], places: Mapping[str, Place], *, good_too: bool = False
) -> tuple[Annotation, ...]:
    """Return the remarks on how targets ended, by id: their diagnostics, or one on the target if it has none;
    `good_too`: on those that were made as well."""
    found: list[Annotation] = []
    for event in sorted(events, key=lambda one: one.id):
        is_good = event.ending in GOOD_ENDINGS
        told = of_diagnostics(event.diagnostics)
        found += [one._replace(target=event.id, place=one.place or places.get(event.id)) for one in told]
        if good_too if is_good else not told:
            severity: Severity = "note" if is_good else "error"
            message = f"{event.id}: {event.reason}" if event.reason else event.id
            found.append(Annotation(severity, event.ending, message, places.get(event.id), target=event.id))
    return tuple(found)
