"""Outputs that are declared by patterns: which names a target may have, and the target with the names that it has.

A pattern holds `*`, which stands for any characters but `/`, and for no dot in front. In: targets, names, paths. Out:
targets with names, or why a name can't be one of theirs. Which files lie there is not known here.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from specbuild.names import check_output_name, folded
from specbuild.project_path import join
from specbuild.target import Target


class Ground(NamedTuple):
    """Where a target may write: below `directory` the names that `declared` (names and patterns) allow, but no path of
    `taken` (folded project paths that belong to somebody else)."""

    directory: str
    declared: tuple[str, ...]
    taken: frozenset[str] = frozenset()


def patterns_of(target: Target) -> tuple[str, ...]:
    """Return all outputs of a target as declared, if one of them has a `*`; else nothing."""
    declared = target.spec.texts("build.outputs") if target.mode == "agent" else ()
    return declared if any("*" in one for one in declared) else ()


def matches(name: str, declared: str) -> bool:
    """Tell whether `name` is `declared`, or one of the names that it stands for."""
    return _compiled(declared).fullmatch(name) is not None


def refusal(name: str, ground: Ground, present: Collection[str]) -> str | None:
    """Return why `name` can't be written beside the names that are `present`; None if it can."""
    if not any(matches(name, one) for one in ground.declared):
        return f"only these files may be written: {', '.join(ground.declared)}"
    path = join(ground.directory, name)
    # A name that is declared as it stands was checked, with what the person allows, when the spec was read.
    fault = None if name in ground.declared else check_output_name(path)
    if fault is not None:
        return f"{fault.message}: {fault.why}"
    if folded(path) in ground.taken:
        return "this file belongs to somebody else; choose another name"
    for other in present:
        if other != name and folded(other) == folded(name):
            return f"some systems take it for the same file as {other}"
        if folded(name).startswith(folded(other) + "/") or folded(other).startswith(folded(name) + "/"):
            return f"one path can't be a file and a folder: there is {other}"
    return None


def with_names(target: Target, names: Iterable[str]) -> Target:
    """Return a target of patterns with those of `names` that it may have, as its outputs; any other as it is."""
    if not patterns_of(target):
        return target
    own = sorted({name for name in names if any(matches(name, one) for one in patterns_of(target))})
    return replace(
        target,
        names=tuple(own),
        outputs=tuple(join(target.directory, name) for name in own),
        entry=_entry(target, own),
    )


def with_outputs(target: Target, paths: Iterable[str]) -> Target:
    """Return `with_names` of the outputs of a stanza, wherever they lay: its folder may have been another one."""
    if not patterns_of(target):
        return target
    rows = sorted(paths)
    folders = [target.directory and f"{target.directory}/", *_folders(rows)]
    for folder in folders:
        names = [path.removeprefix(folder) for path in rows if path.startswith(folder)]
        if len(names) == len(rows) and all(any(matches(name, one) for one in patterns_of(target)) for name in names):
            return with_names(target, names)
    return with_names(target, ())


def _entry(target: Target, names: list[str]) -> str:
    written = target.spec.text("build.entry")
    extension = target.language.extension if target.language else ""
    wished = [written, f"{target.spec.text('file.name')}.{extension}", f"main.{extension}"]
    return next((one for one in wished if one in names), names[0] if names else written)


def _folders(paths: list[str]) -> list[str]:
    """Return the folders that all of `paths` share, the longest first, each with its "/"; at last the root."""
    if not paths:
        return []
    parts = paths[0].split("/")[:-1]
    shared = ["/".join(parts[:count]) + "/" for count in range(len(parts), 0, -1)]
    return [*(one for one in shared if all(path.startswith(one) for path in paths)), ""]


@cache
def _compiled(declared: str) -> re.Pattern[str]:
    # As in a shell, a star in front stands for no hidden name.
    parts = [re.escape(part) for part in declared.split("*")]
    pattern = parts[0]
    for before, part in pairwise(parts):
        pattern += ("" if before and not before.endswith("/") else r"(?!\.)") + "[^/]*" + part
    return re.compile(pattern, re.DOTALL)
