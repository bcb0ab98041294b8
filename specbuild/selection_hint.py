"""A better word about a selection that names nothing: the folder that a glob may mean, or that nothing has changed.

In: the diagnostic of `selector.select` and the paths by which targets are known. Out: the same one, said better where
that is known.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from specbuild.diagnostic import Diagnostic
from specbuild.nearest import nearest

SINCE = "since:"
_GLOB = frozenset("*?[")


def with_hint(fault: Diagnostic, paths: Collection[str]) -> Diagnostic:
    """Return `fault` with what its expression may mean; as it is, if that is not known or is said already."""
    written = fault.message.partition("`")[2].partition("`")[0]
    part = written.rpartition(",")[2].strip().strip("+0123456789")
    if fault.code != "SB320" or "did you mean" in fault.hint:
        return fault
    if part.startswith(SINCE):
        commit = part.removeprefix(SINCE)
        message = f"`{written}` selects nothing: no file of a spec differs from {commit}"
        return replace(fault, message=message, hint=f"`git diff --stat {commit}` shows what has changed")
    if _GLOB.isdisjoint(part):
        return fault
    near = nearest(part, sorted(set(_globs(part, paths))))
    return fault if near is None else replace(fault, hint=f"did you mean `{near}`?")


def _globs(written: str, paths: Collection[str]) -> Iterator[str]:
    """Yield the glob with each folder that there is in the place of its own."""
    folder, slash, name = written.rpartition("/")
    if not slash or not _GLOB.isdisjoint(folder):
        return
    for one in paths:
        parts = one.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            yield "/".join(parts[:depth]) + "/" + name
