"""What a clone holds of replies: committed and local, how much of it, and what still reaches it. Reads only."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic
from specbuild.disk.record_files import read_record_file, record_files
from specbuild.disk.store_contents import store_entries
from specbuild.record import Record
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.reach import reach_of, with_turns_before


@dataclass(frozen=True, slots=True)
class Holding:
    """Things of one kind: how many, and their bytes as kept."""

    count: int = 0
    size: int = 0


class Holdings(NamedTuple):
    """`committed` and `local` by kind; the committed records that the lock names, those that only iterations name,
    those that neither does; damaged ones; those named and not there. `oldest_s`: when the first local entry was made,
    None without any."""

    committed: dict[str, Holding]
    local: dict[str, Holding]
    of_lock: Holding
    of_iterations: Holding
    unreached: Holding
    damaged: tuple[str, ...]
    missing: tuple[str, ...]
    oldest_s: float | None
    faults: tuple[Diagnostic, ...]


def holdings_of(project: Project) -> Holdings:
    """Return what the project's clone holds. Raises DiagnosticError if the lock can't be read."""
    opened = Opened(project)
    lock = opened.lock()
    storage = project.storage
    reach = reach_of(project, lock)
    locked = with_turns_before([one for one, who in reach.named.items() if who in lock.targets], project)
    reached = with_turns_before(reach.named, project)
    kinds: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    damaged: list[str] = []
    names = set()
    parts = {"lock": Holding(), "iterations": Holding(), "none": Holding()}
    for file in record_files(storage.base, storage.cache):
        names.add(file.name)
        record = read_record_file(storage.base, storage.cache, file.name)
        if not isinstance(record, Record):
            damaged.append(file.name)
            continue
        kinds[record.kind] += 1
        sizes[record.kind] += file.size
        part = "lock" if file.name in locked else "iterations" if file.name in reached else "none"
        parts[part] = Holding(parts[part].count + 1, parts[part].size + file.size)
    entries = store_entries(opened.store_folder)
    local: dict[str, Holding] = {}
    for entry in entries:
        before = local.get(entry.kind, Holding())
        local[entry.kind] = Holding(before.count + 1, before.size + entry.size)
    return Holdings(
        {kind: Holding(kinds[kind], sizes[kind]) for kind in sorted(kinds)},
        local,
        parts["lock"],
        parts["iterations"],
        parts["none"],
        tuple(damaged),
        tuple(sorted(reached - names)),
        min((one.stored_at_s for one in entries), default=None),
        reach.faults,
    )
