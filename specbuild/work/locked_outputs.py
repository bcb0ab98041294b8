"""Targets whose outputs are patterns have those that the lock names: looked up before anything is decided."""

from collections.abc import Sequence

from specbuild.diagnostic import Diagnostic
from specbuild.disk.files import ProjectFiles
from specbuild.disk.journal import Journal
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.lock_file import LockFile
from specbuild.disk.project import Storage
from specbuild.output_patterns import patterns_of, with_outputs
from specbuild.target import Target


def with_locked_outputs(targets: Sequence[Target], storage: Storage, files: ProjectFiles) -> list[Target]:
    """Return the targets, those of patterns with their outputs by lock and journal (a staged lock: by that alone); none
    if the lock can't be read."""
    local = LocalFolder(storage.base, storage.local)
    found = LockFile(storage.base / storage.lock, local=local, files=files if files.is_staged else None).read()
    if isinstance(found, Diagnostic):
        return list(targets)  # the lock's fault is told by whoever reads it next
    lock = found if files.is_staged else Journal(local).overlay(found)[0]
    return [
        with_outputs(one, lock.targets[one.id].outputs) if patterns_of(one) and one.id in lock.targets else one
        for one in targets
    ]
