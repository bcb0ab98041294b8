"""The committed records as files: listed, read one by one, taken away. Nothing of what they mean is known here but that
a record proves itself."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError
from specbuild.disk.durable import disk_fault, opened_folder
from specbuild.disk.files import ProjectFiles, normalised_text
from specbuild.record import Record, read_record

NAME = re.compile(r"[0-9a-f]{64}\.[1-9][0-9]{0,8}\.[0-9a-f]{16}\.json")
"""A record's file name: first key, turn, 16 digits of the reply's hash."""
_LIMIT = 64 * 1024 * 1024


class RecordFile(NamedTuple):
    """A file with a record's name, proved or not."""

    name: str
    size: int


def record_path(cache: str, name: str) -> str:
    """Return where the record `name` lies, below the folder that `cache` is in."""
    return f"{cache}/replies/{name[:2]}/{name}"


def record_files(base: Path, cache: str) -> tuple[RecordFile, ...]:
    """Return all files below `cache`/replies that have a record's name and lie where it belongs, sorted by name."""
    found = []
    for folder_name in _names(base, f"{cache}/replies"):
        folder = f"{cache}/replies/{folder_name}"
        for name in _names(base, folder) if re.fullmatch("[0-9a-f]{2}", folder_name) else ():
            if NAME.fullmatch(name) and name.startswith(folder_name):
                found.append(RecordFile(name, (base / folder / name).lstat().st_size))
    return tuple(found)


def read_record_file(base: Path, cache: str, name: str) -> Record | Diagnostic | None:
    """Return the committed record `name`, a diagnostic if its file is damaged, None if there is none."""
    path = record_path(cache, name)
    raw = ProjectFiles(base).read(path, limit=_LIMIT)
    if isinstance(raw, Diagnostic):
        return None if raw.code == "SB820" else raw
    return record_of(raw, path)


def record_of(raw: bytes, path: str) -> Record | Diagnostic:
    """Return the record in the bytes of a file whose path ends in the record's name; a diagnostic if it is damaged."""
    text = normalised_text(raw, path)
    return text if isinstance(text, Diagnostic) else read_record(text, path)


def remove_record_files(base: Path, cache: str, names: Sequence[str]) -> None:
    """Take files away; one that is gone is no fault. Raises DiagnosticError if the system refuses."""
    for name in names:
        try:
            with opened_folder(base, f"{cache}/replies/{name[:2]}") as folder:
                os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise DiagnosticError(disk_fault(record_path(cache, name), error)) from None


def _names(base: Path, path: str) -> list[str]:
    try:
        with opened_folder(base, path) as folder:
            return sorted(os.listdir(folder))
    except (DiagnosticError, OSError):
        return []
