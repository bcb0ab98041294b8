"""What accept, clean, prune and reproduce did, target by target or file by file: text for people, JSON for machines."""

from collections.abc import Sequence
from typing import Literal, Protocol

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic
from specbuild.formats.json_text import diagnostic_json
from specbuild.formats.text import table_text
from specbuild.styled_text import Span, Style


class Accepted(Protocol):
    """What became of one target that should be accepted, or carried over an edit of wording."""

    @property
    def id(self) -> str: ...
    @property
    def outcome(self) -> Literal["accepted", "carried", "unchanged", "refused"]: ...
    @property
    def diagnostic(self) -> Diagnostic | None: ...


class Tidied(Protocol):
    """Paths removed, paths kept each with its reason, and entries taken out of the lock."""

    @property
    def removed(self) -> Sequence[str]: ...
    @property
    def kept(self) -> Sequence[tuple[str, str]]: ...
    @property
    def stanzas(self) -> Sequence[str]: ...


class Reproduced(Protocol):
    """The result for one target; without diagnostics every byte is the same."""

    @property
    def id(self) -> str: ...
    @property
    def way(self) -> str: ...
    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...


_STYLES: dict[str, Style] = {"accepted": "good", "carried": "good", "unchanged": "faint", "refused": "error"}
_WAYS = {
    "request": "rendered, looked up and extracted again",
    "record": "an accepted or revised text, from its record",
    "carried": "carried over an edit of wording, from its record",
}


def accepted_text(results: Sequence[Accepted]) -> list[Span]:
    """Return a row for each target: accepted, carried, unchanged or refused."""
    words = {"accepted": "as it stands", "carried": "the checks pass", "unchanged": "as built", "refused": "see below"}
    return table_text([[Span(one.outcome, _STYLES[one.outcome]), one.id, words[one.outcome]] for one in results])


def accepted_json(results: Sequence[Accepted]) -> Json:
    """Return one object for each target."""
    return [
        {
            "id": one.id,
            "outcome": one.outcome,
            "diagnostic": None if one.diagnostic is None else diagnostic_json(one.diagnostic),
        }
        for one in results
    ]


def tidied_text(tidied: Tidied, *, dry_run: bool) -> list[Span]:
    """Return a row for each path and each entry of the lock; one line where there is nothing to do."""
    verb = "would remove" if dry_run else "removed"
    rows: list[list[str | Span]] = [[Span(verb, "good"), path] for path in tidied.removed]
    rows += [[Span(verb, "good"), f"{one} from specbuild.lock"] for one in tidied.stanzas]
    rows += [[Span("kept", "warning"), path, why] for path, why in tidied.kept]
    return table_text(rows) if rows else [Span("nothing to remove\n")]


def tidied_json(tidied: Tidied) -> Json:
    """Return removed paths, kept paths with their reason, and entries taken out of the lock."""
    return {
        "removed": list(tidied.removed),
        "kept": [{"path": path, "reason": why} for path, why in tidied.kept],
        "targets": list(tidied.stanzas),
    }


def reproduced_text(results: Sequence[Reproduced]) -> list[Span]:
    """Return a row for each target, and the totals."""
    spans = table_text([_row(one) for one in results])
    good = sum(not one.diagnostics for one in results)
    bad = len(results) - good
    whole: Style = "error" if bad else "good"
    return [
        *spans,
        Span("not reproduced" if bad else "reproduced", whole),
        Span(f": {good} of {len(results)} {'target' if len(results) == 1 else 'targets'}, no call\n"),
    ]


def reproduced_json(results: Sequence[Reproduced]) -> Json:
    """Return one object for each target and whether all are the same."""
    return {
        "reproduced": not any(one.diagnostics for one in results),
        "targets": [
            {"id": one.id, "way": one.way, "diagnostics": [diagnostic_json(fault) for fault in one.diagnostics]}
            for one in results
        ],
    }


def _row(one: Reproduced) -> list[str | Span]:
    if one.diagnostics:
        return [Span("differs", "error"), one.id, one.diagnostics[0].message]
    return [Span("same", "good"), one.id, _WAYS.get(one.way, one.way)]
