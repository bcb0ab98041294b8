"""A copy of a project's files in another folder, brought up to date in place: only what differs is written.

Comes in: two folders and project-relative posix paths. Regular files and links are copied, links as links. The copy is
a throw-away: nothing is flushed. Knows nothing of what the files are.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from specbuild.diagnostic import DiagnosticError
from specbuild.disk.durable import disk_fault
from specbuild.disk.git import listed


def files_of(root: Path, *, without: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the paths of the project's own files, sorted: those that git does not ignore; without git all that lie in
    no dot folder. `without` says of a path (a folder's ends with "/") if it is left out."""
    found = listed(root)
    if found is None:
        return tuple(sorted(path for path in _walked(root, "", without) if not without(path)))
    return tuple(path for path in found if not without(path) and not _in_folder_of(path, without))


def mirror(source: Path, target: Path, paths: Collection[str], *, kept: Collection[str] = ()) -> None:
    """Make the folder `target` hold the files `paths` of `source` and, of its own, those in `kept`; nothing else.

    A path that is not there is passed over. Raises DiagnosticError if the disk refuses.
    """
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_others(target, {*paths, *kept})
        for path in paths:
            copy(source, target, path)
    except OSError as error:
        raise DiagnosticError(disk_fault(str(error.filename or target), error)) from None


def copy(source: Path, target: Path, path: str) -> None:
    """Bring one file of `target` up to date. Raises OSError."""
    here, there = source / path, target / path
    try:
        seen = here.lstat()
    except FileNotFoundError:
        there.unlink(missing_ok=True)
        return
    if stat.S_ISLNK(seen.st_mode):
        link = os.readlink(here)
        if not (there.is_symlink() and os.readlink(there) == link):
            there.parent.mkdir(parents=True, exist_ok=True)
            there.unlink(missing_ok=True)
            there.symlink_to(link)
    elif stat.S_ISREG(seen.st_mode):
        _copy_file(here, there, seen)


def _copy_file(here: Path, there: Path, seen: os.stat_result) -> None:
    mode = 0o755 if seen.st_mode & 0o100 else 0o644
    with contextlib.suppress(FileNotFoundError):
        present = there.lstat()
        if not stat.S_ISREG(present.st_mode):
            there.unlink()
        elif present.st_size == seen.st_size and there.read_bytes() == here.read_bytes():
            there.chmod(mode)
            return
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(here, there)
    there.chmod(mode)


def _remove_others(target: Path, wanted: Collection[str]) -> None:
    for folder, folders, names in os.walk(target, topdown=False):
        place = Path(folder)
        for name in names:
            if (place / name).relative_to(target).as_posix() not in wanted:
                (place / name).unlink()
        for name in folders:
            inner = place / name
            if inner.is_symlink():
                if inner.relative_to(target).as_posix() not in wanted:
                    inner.unlink()
            else:
                with contextlib.suppress(OSError):  # one that still holds something stays
                    inner.rmdir()


def _walked(root: Path, folder: str, without: Callable[[str], bool]) -> Iterator[str]:
    with os.scandir(root / folder) as entries:
        for entry in entries:
            path = f"{folder}{entry.name}"
            if not entry.is_dir(follow_symlinks=False):
                yield path
            elif not entry.name.startswith(".") and entry.name != "__pycache__" and not without(f"{path}/"):
                yield from _walked(root, f"{path}/", without)


def _in_folder_of(path: str, without: Callable[[str], bool]) -> bool:
    parts = path.split("/")[:-1]
    return any(without("/".join(parts[: at + 1]) + "/") for at in range(len(parts)))
