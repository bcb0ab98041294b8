"""Many new outputs at once: laid as temporary files, by several processes if need be, then placed together.

Comes in: bytes for project paths at which nothing lies. The order is the writer's (docs/formats.md, "Order of
durability"): temporary files, one flush for all, a look that there is still nothing, renames, a flush of the folders.
The caller holds the mutex. Whatever is not as expected is left to the writer, which tells it.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault, temporary_name, write_temporary
from specbuild.disk.flushes import flush_files
from specbuild.disk.folders import FOLDERS_OPEN, Folders


def lay(folders: Folders, path: str, content: bytes, *, executable: bool) -> None:
    """Write the temporary file of `path`, unflushed. Raises DiagnosticError; nothing is left of it then."""
    folder, name = folders.of(path)
    try:
        write_temporary(folder, name, content, mode=0o777 if executable else 0o666, flush=False)
    except OSError as error:
        raise DiagnosticError(disk_fault(path, error)) from None


def place_laid(root: Path, targets: Sequence[Sequence[str]]) -> list[bool]:
    """Place what was laid for the paths of each target, durably; say of each target if all its files are there now.

    A target at one of whose places something lies by now gets none of them. Raises DiagnosticError.
    """
    placed: list[bool] = []
    for few in _batches(targets):
        placed += _placed(root, few)
    return placed


def drop_laid(root: Path, paths: Sequence[str]) -> None:
    """Remove what was laid for `paths`, as far as it is there."""
    folders = Folders(root)
    try:
        for path in paths:
            with contextlib.suppress(DiagnosticError, OSError):
                folder, name = folders.of(path)
                os.unlink(temporary_name(name), dir_fd=folder)
    finally:
        folders.close()


def _placed(root: Path, targets: Sequence[Sequence[str]]) -> list[bool]:
    folders = Folders(root, most=None)
    path = ""
    try:
        found = [[folders.of(path) for path in paths] for paths in targets]
        flush_files([(folder, temporary_name(name)) for files in found for folder, name in files])
        placed = []
        for paths, files in zip(targets, found, strict=True):
            is_free = not any(_is_there(folder, name) for folder, name in files)
            placed.append(is_free)
            for path, (folder, name) in zip(paths, files, strict=True):  # noqa: B007  # the fault below names the path
                if is_free:
                    os.rename(temporary_name(name), name, src_dir_fd=folder, dst_dir_fd=folder)
                else:
                    os.unlink(temporary_name(name), dir_fd=folder)
        flush_files([(folder, ".") for folder in {folder for files in found for folder, _ in files}])
        return placed
    except OSError as error:
        raise DiagnosticError(disk_fault(path, error)) from None
    finally:
        folders.close()


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _batches(targets: Sequence[Sequence[str]]) -> Iterator[Sequence[Sequence[str]]]:
    """Yield runs of targets whose files lie in so many folders at most as may be open."""
    start = 0
    folders: set[str] = set()
    for number, paths in enumerate(targets):
        these = {path.rpartition("/")[0] for path in paths}
        if folders and len(folders | these) >= FOLDERS_OPEN:
            yield targets[start:number]
            start, folders = number, set()
        folders |= these
    yield targets[start:]
