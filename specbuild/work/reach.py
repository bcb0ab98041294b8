"""Which records the lock and the kept iterations name: those a clean clone needs to build, and the history to be
replayed. Reads only."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.disk.history import read_iterations
from specbuild.disk.record_files import read_record_file
from specbuild.lock import Lock
from specbuild.record import Record
from specbuild.stanza import Stanza
from specbuild.work.layout import names_in_evidence
from specbuild.work.load import Project


class Reach(NamedTuple):
    """The names of records that pins end in, each with who names it; a later turn reaches all before it too.

    `faults` are iterations that can't be believed: what they name is not known.
    """

    named: Mapping[str, str]
    faults: tuple[Diagnostic, ...]


def reach_of(project: Project, lock: Lock) -> Reach:
    """Return what `lock` and all iterations of the project name."""
    named: dict[str, str] = {}
    kept, faults = read_iterations(project.root, project.configuration.outputs)
    for one in kept:
        for target_id, stanza in one.lock.targets.items():
            named.update(dict.fromkeys(_names(stanza), f"iteration {one.iteration.number}: {target_id}"))
    for target_id, stanza in lock.targets.items():
        named.update(dict.fromkeys(_names(stanza), target_id))
    return Reach(named, tuple(one for one in faults if one.severity == "error"))


def _names(stanza: Stanza) -> list[str]:
    """Return the records of a stanza: that of its outputs, that of the attempts that failed since, and those of its
    formatter."""
    pins: list[Mapping[str, object]] = [stanza.reply._asdict()] if stanza.reply else []
    noted = stanza.failed.get("reply") if stanza.failed else None
    if isinstance(noted, Mapping):
        pins.append(noted)
    names = [f"{pin['key']}.{pin['attempts']}.{str(pin['sha256'])[:16]}.json" for pin in pins]
    return [*names, *names_in_evidence(stanza)]


def with_turns_before(named: Collection[str], project: Project) -> frozenset[str]:
    """Return `named` and all turns that lead to them, as far as the committed records tell."""
    found: set[str] = set()
    storage = project.storage
    for start in named:
        name: str | None = start
        while name is not None and name not in found:
            found.add(name)
            record = read_record_file(storage.base, storage.cache, name)
            parent = record.parent if isinstance(record, Record) else None
            name = f"{parent}.json" if parent is not None else None
    return frozenset(found)
