"""A name that nothing has any more, and the one that it may have moved to: same last piece, another folder.

A Diagnostic about an unknown need or selection comes in with the ids there are; it goes out with a better hint.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from specbuild.diagnostic import Diagnostic


def moved_to(written: str, ids: Collection[str]) -> str | None:
    """Return the only one of `ids` that has the last piece of the path `written`; None if none or several have."""
    last = written.removesuffix(".toml").rpartition("/")[2]
    found = [one for one in ids if one.rpartition("/")[2] == last]
    return found[0] if last and len(found) == 1 else None


def with_moved(faults: Iterable[Diagnostic], ids: Collection[str]) -> tuple[Diagnostic, ...]:
    """Return the faults, those about an unknown name with the id that it may have now."""
    return tuple(_with_moved(one, ids) for one in faults)


def _with_moved(fault: Diagnostic, ids: Collection[str]) -> Diagnostic:
    pieces = fault.message.split("`", 2)
    if not fault.hint.startswith("specbuild status lists") or len(pieces) < 3:
        return fault
    found = moved_to(pieces[1], ids)
    return fault if found is None else replace(fault, hint=f"did you mean `{found}`?")
