"""What a clone holds of replies, and what mending, thinning out or handing over came to: text for people, JSON for
machines."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from specbuild.canonical_json import Json
from specbuild.diagnostic import Diagnostic, Place
from specbuild.formats.json_text import diagnostic_json
from specbuild.formats.text import table_text
from specbuild.styled_text import Span

_DAY_S = 86400


class Holding(Protocol):
    """Things of one kind."""

    @property
    def count(self) -> int: ...
    @property
    def size(self) -> int: ...


class Holdings(Protocol):
    """What a clone holds."""

    @property
    def committed(self) -> Mapping[str, Holding]: ...
    @property
    def local(self) -> Mapping[str, Holding]: ...
    @property
    def of_lock(self) -> Holding: ...
    @property
    def of_iterations(self) -> Holding: ...
    @property
    def unreached(self) -> Holding: ...
    @property
    def damaged(self) -> Sequence[str]: ...
    @property
    def missing(self) -> Sequence[str]: ...
    @property
    def oldest_s(self) -> float | None: ...


class Lost(Protocol):
    """A record that can't be had."""

    @property
    def name(self) -> str: ...
    @property
    def named_by(self) -> str: ...
    @property
    def why(self) -> str: ...


class Healed(Protocol):
    """Records that were brought back, those that could not be, and how many were good."""

    @property
    def brought(self) -> Sequence[tuple[str, str]]: ...
    @property
    def lost(self) -> Sequence[Lost]: ...
    @property
    def whole(self) -> int: ...


class Sized(Protocol):
    """Something with a name and a size."""

    @property
    def name(self) -> str: ...
    @property
    def size(self) -> int: ...


class Discarded(Protocol):
    """What left the repository and the local store."""

    @property
    def records(self) -> Sequence[Sized]: ...
    @property
    def entries(self) -> Sequence[Sized]: ...
    @property
    def kept(self) -> int: ...
    @property
    def unproved(self) -> Sequence[str]: ...


class Exported(Protocol):
    """What went into an archive."""

    @property
    def records(self) -> int: ...
    @property
    def withheld(self) -> Sequence[str]: ...


class Imported(Protocol):
    """What came out of one."""

    @property
    def new(self) -> int: ...
    @property
    def known(self) -> int: ...
    @property
    def refused(self) -> Sequence[Diagnostic]: ...


def holdings_text(found: Holdings, *, now_s: float) -> list[Span]:
    """Return a row for each kind of what is held, and for what reaches it."""
    rows: list[list[str | Span]] = [
        ["committed", kind, str(one.count), _size(one.size)] for kind, one in found.committed.items()
    ]
    reached = (("lock", found.of_lock), ("iterations only", found.of_iterations), ("nothing", found.unreached))
    rows += [["reached by", who, str(one.count), _size(one.size)] for who, one in reached]
    rows += [[Span("damaged", "error"), name] for name in found.damaged]
    rows += [[Span("missing", "error"), name] for name in found.missing if name not in found.damaged]
    rows += [["local", kind, str(one.count), _size(one.size)] for kind, one in found.local.items()]
    if found.oldest_s is not None:
        rows.append(["local", "oldest", f"{max(0, int((now_s - found.oldest_s) / _DAY_S))} days"])
    return table_text(rows)


def holdings_json(found: Holdings) -> Json:
    """Return counts and bytes by kind, and the names of records that are damaged or missing."""
    return {
        "committed": {kind: _holding(one) for kind, one in found.committed.items()},
        "local": {kind: _holding(one) for kind, one in found.local.items()},
        "reached": {
            "lock": _holding(found.of_lock),
            "iterations": _holding(found.of_iterations),
            "nothing": _holding(found.unreached),
        },
        "damaged": list(found.damaged),
        "missing": list(found.missing),
        "oldest_s": found.oldest_s,
    }


def healed_text(found: Healed) -> list[Span]:
    """Return a row for each record that was brought back, and the totals."""
    rows: list[list[str | Span]] = [[Span("healed", "good"), name, f"from {source}"] for name, source in found.brought]
    told = f"{found.whole} good, {len(found.brought)} brought back, {len(found.lost)} lost\n"
    return [*table_text(rows), Span(told)]


def healed_json(found: Healed) -> Json:
    """Return what was good, brought back and lost."""
    return {
        "good": found.whole,
        "brought": [{"name": name, "source": source} for name, source in found.brought],
        "lost": [{"name": one.name, "named_by": one.named_by, "why": one.why} for one in found.lost],
    }


def lost_diagnostics(found: Healed, folder: str) -> list[Diagnostic]:
    """Return a diagnostic (SB727) for each record that can't be had; `folder` is that of the records."""
    return [
        Diagnostic(
            "SB727", f"a record that {one.named_by} needs is lost", Place(f"{folder}/{one.name[:2]}/{one.name}"),
            one.why, "fetch the branch that has it, or ask anew: specbuild regenerate",
        )
        for one in found.lost
    ]  # fmt: skip


def discarded_text(found: Discarded, *, dry_run: bool) -> list[Span]:
    """Return a row for each record that left, and the totals."""
    verb = "would remove" if dry_run else "removed"
    rows: list[list[str | Span]] = [[Span(verb, "good"), one.name, _size(one.size)] for one in found.records]
    rows += [[Span("kept", "warning"), name, "damaged, and nothing reaches it"] for name in found.unproved]
    sizes = (sum(one.size for one in found.records), sum(one.size for one in found.entries))
    return [
        *table_text(rows),
        Span(f"{verb}: {len(found.records)} committed records ({_size(sizes[0])})"),
        Span(f", {len(found.entries)} local entries ({_size(sizes[1])}); {found.kept} records stay\n"),
    ]


def discarded_json(found: Discarded) -> Json:
    """Return the names of records that left, and how much left the local store."""
    return {
        "records": [one.name for one in found.records],
        "local": {"count": len(found.entries), "size": sum(one.size for one in found.entries)},
        "kept": found.kept,
        "unproved": list(found.unproved),
    }


def exported_text(found: Exported) -> list[Span]:
    """Return what went into the archive."""
    rows: list[list[str | Span]] = [
        [Span("withheld", "warning"), name, "it looks like it holds a secret"] for name in found.withheld
    ]
    return [*table_text(rows), Span(f"{found.records} records exported\n")]


def exported_json(found: Exported) -> Json:
    """Return what went into the archive."""
    return {"records": found.records, "withheld": list(found.withheld)}


def imported_text(found: Imported) -> list[Span]:
    """Return how many records are new here."""
    refused = f", {len(found.refused)} refused" if found.refused else ""
    return [Span(f"{found.new} records taken into the local store, {found.known} known already{refused}\n")]


def imported_json(found: Imported) -> Json:
    """Return how many records are new here, and why others were refused."""
    return {"new": found.new, "known": found.known, "refused": [diagnostic_json(one) for one in found.refused]}


def _holding(one: Holding) -> Json:
    return {"count": one.count, "size": one.size}


def _size(size: int) -> str:
    if size < 10_000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 10_000_000 else f"{size / 1_000_000:.0f} MB"
