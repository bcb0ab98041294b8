"""Records handed from clone to clone in one file: a plain tar of what `cache/replies/` would hold.

Every record is proved on its way in, and goes into the local store only: a build commits what it uses. Nothing of an
archive is ever laid out on the disk.
"""

import contextlib
import io
import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import disk_fault
from specbuild.disk.local_store import LocalStore
from specbuild.disk.mutex import mutex
from specbuild.disk.record_files import NAME, read_record_file, record_files, record_of
from specbuild.disk.store_contents import store_entries
from specbuild.record import Record, record_name, record_text
from specbuild.work.load import Project
from specbuild.work.opened import Opened
from specbuild.work.record_secrets import holds_a_secret

MOST_BYTES = 64 * 1024 * 1024
"""The most bytes of one record in an archive."""
_PUT_TOGETHER = 200


class Exported(NamedTuple):
    """How many records went into the archive; `withheld` are local ones that look like they hold a secret."""

    records: int
    withheld: tuple[str, ...]


class Imported(NamedTuple):
    """How many records are new here, and how many were known; `refused` says why each of the others was not taken."""

    new: int
    known: int
    refused: tuple[Diagnostic, ...]


def export(project: Project, archive: Path, *, allow_secret: bool = False) -> Exported:
    """Write all records that this clone holds, committed and local, into the new file `archive`. The same records give
    the same bytes. Raises DiagnosticError (the file is there already, the disk refuses)."""
    opened, storage = Opened(project), project.storage
    store = LocalStore(opened.store_folder)
    secrets = [one.key.reveal() for one in project.personal.services.values() if one.key]
    committed = {one.name for one in record_files(storage.base, storage.cache)}
    local = {one.name for one in store_entries(opened.store_folder) if one.kind == "record"}
    withheld: list[str] = []
    count = 0
    try:
        with archive.open("xb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in sorted(committed | local):
                record = read_record_file(storage.base, storage.cache, name)
                if not isinstance(record, Record):
                    raw = store.get(f"record/{name}")
                    record = record_of(raw, name) if raw is not None else None
                    if isinstance(record, Record) and not allow_secret and holds_a_secret(record, secrets):
                        withheld.append(name)
                        continue
                if isinstance(record, Record):
                    _add(tar, name, record_text(record).encode("utf-8"))
                    count += 1
            file.flush()
    except OSError as error:
        raise DiagnosticError(disk_fault(str(archive), error, making=True)) from None
    finally:
        store.close()
    return Exported(count, tuple(withheld))


def take_in(project: Project, source: Path, *, waiting: Callable[[str], None]) -> Imported:
    """Take the records of an archive, or of a folder such as another clone's `cache/replies`, into the local store.

    Raises DiagnosticError if `source` can't be read (SB726) or the store can't be written.
    """
    opened, storage = Opened(project), project.storage
    new, known = 0, 0
    refused: list[Diagnostic] = []
    with mutex(opened.local.for_writing(), waiting=waiting):
        store = LocalStore(opened.store_folder)
        batch: list[tuple[str, bytes]] = []
        try:
            for path, raw in _records_in(source):
                record = record_of(raw, path)
                if isinstance(record, Diagnostic):
                    refused.append(record)
                    continue
                name = record_name(record)
                there = isinstance(read_record_file(storage.base, storage.cache, name), Record)
                if there or store.get(f"record/{name}") is not None:
                    known += 1
                    continue
                new += 1
                batch.append((f"record/{name}", record_text(record).encode("utf-8")))
                if len(batch) >= _PUT_TOGETHER:
                    store.put(batch)
                    batch = []
            if batch:
                store.put(batch)
        finally:
            store.close()
    return Imported(new, known, tuple(refused))


def _add(tar: tarfile.TarFile, name: str, raw: bytes) -> None:
    member = tarfile.TarInfo(f"replies/{name[:2]}/{name}")
    member.size, member.mode, member.mtime = len(raw), 0o644, 0
    tar.addfile(member, io.BytesIO(raw))


def _records_in(source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of every regular file with a record's name, in an archive or a folder."""
    try:
        yield from _of_folder(source) if source.is_dir() else _of_archive(source)
    except (OSError, tarfile.TarError, EOFError, ValueError) as error:
        what = f"{source} is neither an archive that `cache export` wrote nor a folder of records"
        raise DiagnosticError(Diagnostic("SB726", what, Place(str(source)), str(error))) from None


def _of_folder(source: Path) -> Iterator[tuple[str, bytes]]:
    for folder, _, names in os.walk(source, followlinks=False):
        for name in sorted(names):
            file = Path(folder, name)
            if NAME.fullmatch(name) and stat.S_ISREG(file.lstat().st_mode) and file.lstat().st_size <= MOST_BYTES:
                yield name, file.read_bytes()


def _of_archive(source: Path) -> Iterator[tuple[str, bytes]]:
    # Uncompressed only: a small file can't become a large one.
    with tarfile.open(source, mode="r:") as tar:
        for member in tar:
            name = member.name.rpartition("/")[2]
            if NAME.fullmatch(name) and member.isreg() and member.size <= MOST_BYTES:
                file = tar.extractfile(member)
                if file is not None:
                    with contextlib.closing(file):
                        yield name, file.read()
