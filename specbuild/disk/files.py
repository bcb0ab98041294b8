"""Reading what belongs to a project: one bounded read a file, never a device, never by a link that leads out.

Comes in: the root and project-relative posix paths. Goes out: bytes, normalised text, the state of an output, the list
of spec files; a fault is a Diagnostic. Knows neither TOML nor specs.
"""

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.durable import disk_fault, read_descriptor
from specbuild.disk.stat_index import LastLook, Sightings
from specbuild.gate import NAMED

FILE_LIMIT = 64 * 1024 * 1024
"""The most bytes that are read of one file (an output, a context file, a record)."""
_BOM = b"\xef\xbb\xbf"


class FileState(NamedTuple):
    """An output as it stands: sha256 of its bytes, the same after CRLF → LF, and whether its owner may execute it."""

    sha256: str
    lf_sha256: str
    executable: bool


class ProjectFiles:
    """The files of one project folder. It remembers which folders it found to lie inside, nothing of the contents.

    What was read is noted in `sightings`, if a run wants to keep an index of it. `last` is what an earlier index says.
    """

    is_staged = False
    """Whether git's index is read in place of the disk (`disk/staged.py`)."""

    def __init__(self, root: Path, sightings: Sightings | None = None, last: LastLook | None = None) -> None:
        self.root = root
        self.sightings = sightings
        self.last = last
        self._real_root = os.path.realpath(root)
        self._real_folders: dict[str, str | None] = {}

    def read(self, path: str, *, limit: int = FILE_LIMIT) -> bytes | Diagnostic:
        """Return the bytes of the regular file `path`; it may be a link if that stays inside the project.

        Faults: SB820 absent, SB829 not a regular file, SB822 more than `limit` bytes, SB823 leads out of the project,
        SB824 not readable.
        """
        found = self._read(path, limit)
        return found if isinstance(found, Diagnostic) else found[0]

    def text(self, path: str, *, limit: int = FILE_LIMIT) -> str | Diagnostic:
        """Return the normalised text of `path`: the faults of `read` and `normalised_text`."""
        raw = self.read(path, limit=limit)
        return raw if isinstance(raw, Diagnostic) else normalised_text(raw, path)

    def state(self, path: str) -> FileState | Diagnostic | None:
        """Return the state of the output `path` from one read, None if nothing is there, or a fault of `read`."""
        found = self._read(path, FILE_LIMIT)
        if isinstance(found, Diagnostic):
            return None if found.code == "SB820" else found
        raw, executable = found
        sha256 = hashlib.sha256(raw).hexdigest()
        lf_sha256 = hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest() if b"\r\n" in raw else sha256
        return FileState(sha256, lf_sha256, executable)

    def known(self, path: str) -> bytes | None:
        """Return the digest that `path` had at the last look (`Sighting.digest`), if it is as it was then."""
        real = self._real(path) if self.last is not None else None
        if self.last is None or not isinstance(real, str):
            return None
        try:
            found = os.stat(real, follow_symlinks=False)
        except (OSError, ValueError):
            return None
        seen = self.last.sighting(path, found)
        if seen is None:
            return None
        if self.sightings is not None:
            self.sightings.seen_before(path, seen)
        return seen.digest

    def is_file(self, path: str) -> bool:
        """Return whether `path` is a regular file (or a link to one) inside the project."""
        real = self._real(path)
        if isinstance(real, Diagnostic):
            return False
        try:
            return stat.S_ISREG(os.stat(real, follow_symlinks=False).st_mode)
        except (OSError, ValueError):
            return False

    def _read(self, path: str, limit: int) -> tuple[bytes, bool] | Diagnostic:
        real = self._real(path)
        if isinstance(real, Diagnostic):
            return real
        try:
            descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except ValueError:  # a NUL in the name
            return Diagnostic("SB820", f"there is no {path!r}", Place(path))
        except OSError as error:
            if self.sightings is not None and error.errno == errno.ENOENT:
                self.sightings.absent(path)
            return _read_fault(path, error)
        try:
            seen = os.fstat(descriptor)
            raw = read_descriptor(descriptor, limit=limit)
            executable = bool(seen.st_mode & stat.S_IXUSR)
        except OSError as error:
            return _read_fault(path, error)
        finally:
            os.close(descriptor)
        if raw is None:
            hint = "split it, or leave it out"
            return Diagnostic("SB822", f"{path} has more than {limit} bytes", Place(path), hint=hint)
        if self.sightings is not None:
            self.sightings.file(path, seen, raw)
        return raw, executable

    def _real(self, path: str) -> str | Diagnostic:
        """Return where `path` really lies, links resolved, if that is inside; folders are resolved once."""
        folder, _, name = path.rpartition("/")
        if folder not in self._real_folders:
            self._real_folders[folder] = self._inside(folder)
        real_folder = self._real_folders[folder]
        if real_folder is None or path.startswith("/") or name in ("", ".", ".."):
            return _leads_out(path)
        direct = f"{real_folder}/{name}"
        try:
            if not os.path.islink(direct):
                return direct
            return self._inside(path) or _leads_out(path)
        except ValueError:
            return direct

    def _inside(self, path: str) -> str | None:
        try:
            real = os.path.realpath(os.path.join(self._real_root, path))
        except (OSError, ValueError):
            return None
        prefix = self._real_root.rstrip("/") + "/"
        return real if real + "/" == prefix or real.startswith(prefix) or real == self._real_root else None


def normalised_text(raw: bytes, path: str) -> str | Diagnostic:
    """Return `raw` as every hash and prompt sees it: UTF-8, a leading BOM dropped, CRLF → LF. Fault: SB825 not
    UTF-8."""
    try:
        return raw.removeprefix(_BOM).decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        place = Place(path, before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        return Diagnostic("SB825", f"{path} is not UTF-8 text", place, error.reason, "save it as UTF-8")


def spec_files(
    root: Path, folder: str, *, suffix: str = ".toml", sightings: Sightings | None = None
) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
    """Return the project-relative paths of all files below `folder` that end with `suffix`, sorted, with what was in
    the way.

    Names that begin with a dot are left out (editors' lock files), and so is the project's own configuration. Folders
    behind links are not entered (SB832, a warning); folders that can't be read are SB830, names that are not UTF-8 are
    SB831. A missing `folder` is an empty list. The folders that were listed are noted in `sightings`.
    """
    found: list[str] = []
    faults: list[Diagnostic] = []
    folder = folder.strip("/")
    waiting = ["" if folder == "." else folder]
    while waiting:
        inner = waiting.pop()
        place = os.path.join(root, inner)
        try:
            seen, names = os.stat(place), []
            with os.scandir(place) as entries:
                for entry in entries:
                    names.append(entry.name)
                    _sort_in(entry, inner, suffix, found, waiting, faults)
            if sightings is not None:
                sightings.folder(inner or ".", seen, names)
        except OSError as error:
            if inner == folder and error.errno == errno.ENOENT:
                continue
            why = error.strerror or ""
            faults.append(Diagnostic("SB830", f"the folder {inner or '.'} can't be read", Place(inner or "."), why))
    return tuple(sorted(set(found) - set(NAMED))), tuple(sorted(faults, key=lambda one: (str(one.place), one.code)))


def _sort_in(
    entry: "os.DirEntry[str]", folder: str, suffix: str, found: list[str], waiting: list[str], faults: list[Diagnostic]
) -> None:
    if entry.name.startswith("."):
        return
    path = f"{folder}/{entry.name}" if folder else entry.name
    is_folder = entry.is_dir(follow_symlinks=False)
    if not is_folder and not entry.name.endswith(suffix):
        if entry.is_symlink() and entry.is_dir():
            message = f"the folder {path} is a symbolic link and was not entered"
            faults.append(Diagnostic("SB832", message, Place(path), hint="use a real folder", severity="warning"))
        return
    if not _is_utf8(entry.name):
        shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        faults.append(Diagnostic("SB831", f"the name {shown} is not UTF-8", Place(shown), hint="rename it"))
    elif is_folder:
        waiting.append(path)
    else:
        found.append(path)


def _is_utf8(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _leads_out(path: str) -> Diagnostic:
    hint = "copy the file into the project"
    return Diagnostic("SB823", f"{path} leads out of the project", Place(path), "only files inside are read", hint)


def _read_fault(path: str, error: OSError) -> Diagnostic:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return Diagnostic("SB820", f"there is no {path}", Place(path), error.strerror or "")
    if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
        return disk_fault(path, error)
    return Diagnostic("SB824", f"{path} can't be read", Place(path), error.strerror or "")
