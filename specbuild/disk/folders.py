"""Open folders below one root: many files lie in few folders, and each is walked to once.

Comes in: project-relative posix paths of files. No link is followed on the way (`durable.open_folder`).
"""

import os
from collections.abc import Iterable
from pathlib import Path

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault, open_folder, opened_folder

FOLDERS_OPEN = 200
"""So many folders are open at once: the system's limit is often 1,024 for all of a process."""


class Folders:
    """Open folders by their paths, `most` at a time. With `create`, what is missing is made, unflushed."""

    def __init__(self, root: Path, *, create: bool = False, most: int | None = FOLDERS_OPEN) -> None:
        self._root = root
        self._create = create
        self._most = most
        self._open: dict[str, int] = {}
        self._made: set[str] = set()

    def of(self, path: str) -> tuple[int, str]:
        """Return the open folder of the file `path`, and its name there. Raises DiagnosticError."""
        folder, name = self.present(path)
        if folder is None:
            parent = path.rpartition("/")[0]
            folder = self._open[parent] = open_folder(self._root, parent, create=self._create, flush=False)
            self._made.add(parent)
        return folder, name

    def present(self, path: str) -> tuple[int | None, str]:
        """Return what `of` does, but None for a folder that is not there. Raises DiagnosticError."""
        parent, _, name = path.rpartition("/")
        if parent not in self._open:
            if self._most is not None and len(self._open) >= self._most:
                self.close()
            try:
                self._open[parent] = open_folder(self._root, parent)
            except DiagnosticError as error:
                if error.diagnostics[0].code != "SB820":
                    raise
                return None, name
        return self._open[parent], name

    def flush_made(self) -> None:
        """Make the folders durable that `of` made, with those that it made on the way. Raises DiagnosticError."""
        above = {"/".join(parts[:end]) for parts in (one.split("/") for one in self._made) for end in range(len(parts))}
        for path in sorted(above):
            self._flush(path)
        self._made.clear()

    def flush_names(self, paths: Iterable[str]) -> None:
        """Make the names of the files `paths` durable. Raises DiagnosticError."""
        for parent in sorted({path.rpartition("/")[0] for path in paths}):
            self._flush(parent)

    def close(self) -> None:
        """Close all."""
        for folder in self._open.values():
            os.close(folder)
        self._open = {}

    def _flush(self, path: str) -> None:
        try:
            if path in self._open:
                os.fsync(self._open[path])
            else:
                with opened_folder(self._root, path) as folder:
                    os.fsync(folder)
        except OSError as error:
            raise DiagnosticError(disk_fault(path, error)) from None
