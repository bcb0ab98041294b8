"""The one writer of outputs: all files of a target or none, never over bytes that are a person's, never torn.

Comes in: bytes for declared places. Order (FORMATS: Order of durability): temporary files, flush, a look that what is
there may be replaced, renames, one more flush of the folders. Several targets share the flushes: `prepare` each,
`flush` once, `place` each. Knows neither specs nor the lock; the caller holds the mutex.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import (
    TEMPORARY_SUFFIX,
    disk_fault,
    open_folder,
    opened_folder,
    read_regular,
    write_temporary,
)
from specbuild.disk.flushes import flush_files
from specbuild.disk.folders import Folders

_OUTPUT_LIMIT = 256 * 1024 * 1024

MayReplace = Callable[[str, bytes | None], bool]
"""Asked with a path and the bytes there (None: no file): are they ours to replace?"""


class OutputFile(NamedTuple):
    """One output to write: project-relative posix `path`, its bytes, whether its owner may execute it."""

    path: str
    content: bytes
    executable: bool = False


class Written(NamedTuple):
    """An output that now holds the new bytes (or the right x bit); `sha256` of them."""

    path: str
    sha256: str


class Kept(NamedTuple):
    """An output left as it was: "equal" already, "foreign" (a person's bytes), or "held back" since another one is
    foreign."""

    path: str
    reason: Literal["equal", "foreign", "held back"]


class Removed(NamedTuple):
    """An output that is gone now, or was gone before."""

    path: str


class _Waiting(NamedTuple):
    file: OutputFile
    folder: int
    name: str
    temporary: str | None  # None: equal bytes, at most the x bit changes
    seen: bytes | None


class Prepared:
    """The files of one target as temporary files in their folders, to be flushed, then placed or dropped."""

    def __init__(self, kept: tuple[Kept, ...] = ()) -> None:
        self.kept = kept
        """What is left as it is; if one of it is foreign, nothing at all waits."""
        self._order: dict[str, int] = {}
        self._waiting: list[_Waiting] = []
        self._folders: Folders | None = None
        self._is_owner = False

    def drop(self) -> None:
        """Remove what waits; nothing was changed."""
        for one in self._waiting:
            if one.temporary is not None:
                with contextlib.suppress(OSError):
                    os.unlink(one.temporary, dir_fd=one.folder)
        self._close()

    def _close(self) -> None:
        self._waiting = []
        if self._folders is not None and self._is_owner:
            self._folders.close()
            self._folders = None


def write_outputs(root: Path, files: Sequence[OutputFile], *, may_replace: MayReplace) -> tuple[Written | Kept, ...]:
    """Write the files of one target below `root`, durably, in the order given; equal bytes are not rewritten.

    If one present file may not be replaced, nothing is written. Raises DiagnosticError (SB826 a link on the way, SB827
    no space, SB828 refused by the system, SB829 no regular file there, SB833 read-only), after which nothing is torn,
    no temporary file is left, and no file was changed unless a rename itself failed halfway.
    """
    prepared = prepare(root, files, may_replace=may_replace)
    try:
        flush([prepared])
    except BaseException:
        prepared.drop()
        raise
    return place(prepared, may_replace=may_replace)


def prepare(
    root: Path, files: Sequence[OutputFile], *, may_replace: MayReplace, folders: Folders | None = None
) -> Prepared:
    """Write the temporary files of one target, unflushed. Raises as `write_outputs`; nothing is left then.

    `folders` of the same root (`output_folders`) are shared by several targets, and stay open until all are placed.
    """
    prepared = Prepared()
    prepared._order = {file.path: position for position, file in enumerate(files)}
    prepared._is_owner = folders is None
    folders = prepared._folders = folders or output_folders(root)
    try:
        looks = [(file, *_look(folders, file.path)) for file in files]
        different = [(file.path, seen) for file, seen, _ in looks if seen != file.content]
        foreign = {path for path, seen in different if not may_replace(path, seen)}
        if foreign:
            held_back = {path for path, _ in different} - foreign
            prepared.kept = tuple(_kept(file.path, foreign, held_back) for file in files)
            return prepared
        prepared.kept = tuple(Kept(file.path, "equal") for file, seen, x in looks if _settled(file, seen, x))
        for file, seen, executable in looks:
            if not _settled(file, seen, executable):
                _wait_with(prepared, folders, file, seen)
    except BaseException:
        prepared.drop()
        raise
    return prepared


def output_folders(root: Path) -> Folders:
    """Return the folders of outputs below `root`, to be shared by several `prepare`; the caller closes them."""
    return Folders(root, create=True, most=None)


def flush(prepared: Sequence[Prepared]) -> None:
    """Make all waiting temporary files durable, and the folders that were made. Raises DiagnosticError; the caller then
    drops them."""
    waiting = [one for each in prepared for one in each._waiting if one.temporary is not None]
    try:
        if not flush_files([(one.folder, one.temporary) for one in waiting if one.temporary is not None]):
            for each in prepared:
                if each._folders is not None:
                    each._folders.flush_made()
    except OSError as error:
        path = waiting[0].file.path if len(waiting) == 1 else "the outputs"
        raise DiagnosticError(disk_fault(path, error)) from None


def place(prepared: Prepared, *, may_replace: MayReplace, flush: bool = True) -> tuple[Written | Kept, ...]:
    """Look once more, rename, flush the folders; the result names all files in the order given to `prepare`.

    A file that a person changed since `prepare` makes the whole target kept. Without `flush`, the caller flushes.
    """
    waiting = prepared._waiting
    try:
        now = [(one, _read(one.folder, one.name, one.file.path)[0]) for one in waiting]
        foreign = {one.file.path for one, seen in now if seen != one.seen and not may_replace(one.file.path, seen)}
        if foreign:
            held_back = {one.file.path for one in waiting} - foreign
            late = (_kept(one.file.path, foreign, held_back) for one in waiting)
            return tuple(sorted((*prepared.kept, *late), key=lambda one: prepared._order[one.path]))
        written: list[Written] = []
        for one in waiting:
            try:
                _put(one)
            except OSError as error:
                raise DiagnosticError(disk_fault(one.file.path, error)) from None
            written.append(Written(one.file.path, hashlib.sha256(one.file.content).hexdigest()))
        for folder in {one.folder for one in waiting} if flush else ():
            os.fsync(folder)
        return tuple(sorted((*prepared.kept, *written), key=lambda one: prepared._order[one.path]))
    finally:
        prepared.drop()


def remove_outputs(
    root: Path, files: Sequence[tuple[str, str]], *, output_folder: str = "build"
) -> tuple[Removed | Kept, ...]:
    """Remove each (path, sha256) whose present bytes have that hash, then folders left empty up to `output_folder`.

    Other bytes are a person's and stay (`Kept` foreign). A folder outside `output_folder` is never removed. Raises
    DiagnosticError if the system refuses.
    """
    results: list[Removed | Kept] = []
    folders = Folders(root)
    for path, sha256 in files:
        try:
            seen, _ = _look(folders, path)
        except DiagnosticError:
            results.append(Kept(path, "foreign"))
            continue
        finally:
            folders.close()
        if seen is not None and hashlib.sha256(seen).hexdigest() != sha256:
            results.append(Kept(path, "foreign"))
            continue
        parent, _, name = path.rpartition("/")
        if seen is not None:
            with opened_folder(root, parent) as folder:
                try:
                    os.unlink(name, dir_fd=folder)
                    os.fsync(folder)
                except FileNotFoundError:
                    pass
                except OSError as error:
                    raise DiagnosticError(disk_fault(path, error)) from None
        _remove_empty(root, parent, output_folder.strip("/"))
        results.append(Removed(path))
    return tuple(results)


def remove_leftovers(root: Path, folders: Iterable[str]) -> tuple[str, ...]:
    """Remove temporary files that a killed run left in these folders (not below them); return their paths, sorted.

    Only for the holder of the mutex: another run's waiting files look the same. Links and absent folders are passed
    over.
    """
    removed: list[str] = []
    for path in sorted(set(folders)):
        try:
            folder = open_folder(root, path)
        except DiagnosticError:
            continue
        try:
            for name in os.listdir(folder):
                if name.startswith(".") and name.endswith(TEMPORARY_SUFFIX) and _is_regular(folder, name):
                    with contextlib.suppress(OSError):
                        os.unlink(name, dir_fd=folder)
                        removed.append(f"{path}/{name}" if path else name)
        finally:
            os.close(folder)
    return tuple(sorted(removed))


def _look(folders: Folders, path: str) -> tuple[bytes | None, bool]:
    """Return the bytes at `path` (None: nothing there) and its x bit."""
    folder, name = folders.present(path)
    return (None, False) if folder is None else _read(folder, name, path)


def _read(folder: int, name: str, path: str) -> tuple[bytes | None, bool]:
    try:
        content = read_regular(folder, name, limit=_OUTPUT_LIMIT)
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return None, False
    except OSError as error:
        raise DiagnosticError(disk_fault(path, error)) from None
    if content is None:
        message = f"{path} has more than {_OUTPUT_LIMIT} bytes, which no build wrote"
        raise DiagnosticError(Diagnostic("SB822", message, Place(path), hint="move it away"))
    return content, bool(mode & stat.S_IXUSR)


def _kept(path: str, foreign: set[str], held_back: set[str]) -> Kept:
    return Kept(path, "foreign" if path in foreign else "held back" if path in held_back else "equal")


def _settled(file: OutputFile, seen: bytes | None, executable: bool) -> bool:
    return seen == file.content and executable == file.executable


def _wait_with(prepared: Prepared, folders: Folders, file: OutputFile, seen: bytes | None) -> None:
    folder, name = folders.of(file.path)
    if seen == file.content:
        prepared._waiting.append(_Waiting(file, folder, name, None, seen))
        return
    try:
        mode = 0o777 if file.executable else 0o666
        temporary = write_temporary(folder, name, file.content, mode=mode, flush=False)
    except OSError as error:
        raise DiagnosticError(disk_fault(file.path, error)) from None
    prepared._waiting.append(_Waiting(file, folder, name, temporary, seen))


def _put(one: _Waiting) -> None:
    if one.temporary is not None:
        os.rename(one.temporary, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder)
        return
    descriptor = os.open(one.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=one.folder)
    try:
        mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
        wanted = mode | 0o100 | ((mode & 0o044) >> 2) if one.file.executable else mode & ~0o111
        os.fchmod(descriptor, wanted)
    finally:
        os.close(descriptor)


def _remove_empty(root: Path, folder: str, output_folder: str) -> None:
    while folder != output_folder and folder.startswith(output_folder + "/"):
        parent, _, name = folder.rpartition("/")
        try:
            with opened_folder(root, parent) as inside:
                os.rmdir(name, dir_fd=inside)
        except DiagnosticError:
            return
        except OSError as error:
            if error.errno != errno.ENOENT:
                return
        folder = parent


def _is_regular(folder: int, name: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False
