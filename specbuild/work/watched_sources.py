"""The files a `build --watch` looks at again and again: what targets are made of, and never what a build writes.

Stamps are taken of specs, configuration, every file that a spec names, and replies that wait in the inbox; two of them
tell what has changed between.
"""

import contextlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from specbuild.disk.files import spec_files
from specbuild.gate import NAMED
from specbuild.providers.inbox import REPLY
from specbuild.work.load import Project
from specbuild.work.prompts import Prompts

Stamps = Mapping[str, tuple[int, int, int]]
"""Of each path that is there: the time of its last change (ns), its size, its inode."""


class Sources(NamedTuple):
    """Where to look: the project's root, its spec folder, the files that its specs name, what no build reads, and the
    inbox, from the root."""

    root: Path
    specs: str
    named: frozenset[str]
    written: frozenset[str]
    inbox: str


def sources_to_watch(project: Project) -> Sources:
    """Return what a project's targets are made of; the lock, and outputs even where a spec names them, are left out."""
    prompts = Prompts(project.files)
    named: set[str] = {name for name in NAMED if not name.endswith(".lock")}
    for target in project.graph.targets.values():
        named |= {*target.context, *target.spec.texts("verify.files")}
        named |= set(project.graph.file_needs.get(target.id, ()))
        template = prompts.template_component(target.template)
        named |= set(template) if isinstance(template, Mapping) else set()
    written = frozenset(project.graph.producers)
    configuration = project.configuration
    return Sources(
        project.root, configuration.specs, frozenset(named) - written, written, f"{configuration.cache}/inbox"
    )


def stamps_of(sources: Sources) -> Stamps:
    """Look at all of them."""
    paths, _ = spec_files(sources.root, sources.specs)
    stamps = {}
    for path in {*paths, *sources.named} - sources.written:
        try:
            seen = os.stat(sources.root / path)
        except OSError:
            continue
        stamps[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    return {**stamps, **_replies(sources)}


def changed(before: Stamps, after: Stamps, sources: Sources) -> Collection[str]:
    """Return the paths that came, went or changed, sorted. A reply that went was stored: nobody has to act on it."""
    gone = {path for path in before.keys() - after.keys() if path.startswith(f"{sources.inbox}/")}
    return sorted(path for path in (before.keys() | after.keys()) - gone if before.get(path) != after.get(path))


def _replies(sources: Sources) -> Stamps:
    stamps = {}
    for file in (sources.root / sources.inbox).glob(f"*/{REPLY}"):
        with contextlib.suppress(OSError):
            seen = file.stat(follow_symlinks=False)
            if seen.st_size:  # an empty one is still being written
                path = f"{sources.inbox}/{file.parent.name}/{REPLY}"
                stamps[path] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    return stamps
