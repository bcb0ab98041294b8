"""`cache/local/`: this clone's own working state, and why it is sometimes not believed.

What lies there was written by this tool in this place, or it counts for nothing: a folder that git tracks came with a
clone, one whose noted inode is not its own was copied, a link leads elsewhere. Asking makes nothing.
"""

import contextlib
import fcntl
import os
import stat
from pathlib import Path

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.durable import disk_fault, opened_folder, read_regular
from specbuild.disk.git import is_tracked

_MARK = "folder"
_MARK_TEXT = "specbuild local state 1 inode {inode}\n"


class LocalFolder:
    """The working state below the project `root`, at the project-relative posix `path` ("cache/local").

    It is judged once in the life of this value (git is asked); make a new one for another run.
    """

    def __init__(self, root: Path, path: str = "cache/local") -> None:
        self.root = root
        self.path = path
        self.place = root / path
        self._believed = False

    def for_reading(self) -> Path | Diagnostic | None:
        """Return the folder if what lies in it may be believed, None if there is none, else why it is ignored.

        SB710 it was copied, SB711 git tracks it, SB712 it is not a folder of this tool's and this person's.
        """
        if not self._believed:
            fault = self._fault()
            if fault is not None:
                return fault
            self._believed = _is_marked(self.place)
        return self.place if self._believed else None

    def for_writing(self) -> Path:
        """Return the folder, made (mode 0700) if it was not there; one that was copied is set aside first.

        Raises DiagnosticError SB711 (git tracks it: a person must decide), SB712 (a link or somebody else's), SB826 to
        SB833.
        """
        if self._believed:
            return self.place
        parent, _, name = self.path.rpartition("/")
        fault = self._fault()
        if fault is not None and fault.code in ("SB711", "SB712"):
            raise DiagnosticError(fault)
        self._make_root()
        with opened_folder(self.root, parent, create=True) as folder:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX)  # twenty processes may find the same copied folder at once
                fault = self._fault()
                if fault is not None or not _is_marked(self.place):
                    _make(folder, name)
            except OSError as error:
                raise DiagnosticError(disk_fault(self.path, error)) from None
        self._believed = True
        return self.place

    def _make_root(self) -> None:
        # A project's is there; the cache folder of a person (XDG_CACHE_HOME) may never have been made.
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise DiagnosticError(disk_fault(str(self.root), error)) from None

    def _fault(self) -> Diagnostic | None:
        parent, _, name = self.path.rpartition("/")
        try:
            with opened_folder(self.root, parent) as folder:
                seen = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if not stat.S_ISDIR(seen.st_mode):
                    return self._not_ours("it is a symbolic link or no folder")
                if seen.st_uid != os.getuid():
                    return self._not_ours("it belongs to somebody else")
                with opened_folder(self.root, self.path) as local:
                    return self._mark_fault(local, seen.st_ino)
        except FileNotFoundError:
            return None
        except DiagnosticError as error:
            return None if error.diagnostics[0].code == "SB820" else error.diagnostics[0]
        except OSError as error:
            return disk_fault(self.path, error)

    def _mark_fault(self, local: int, inode: int) -> Diagnostic | None:
        try:
            mark = read_regular(local, _MARK, limit=200)
        except OSError:
            mark = None
        if is_tracked(self.root, self.path + "/"):
            return Diagnostic(
                "SB711",
                f"{self.path} is tracked by git and ignored",
                Place(self.path),
                "working state that came with a clone is somebody else's",
                f"git rm -r -q --cached {self.path}, add it to .gitignore, and remove the folder",
            )
        if mark == _MARK_TEXT.format(inode=inode).encode("ascii"):
            return None
        if mark is None and not os.listdir(local):
            return None
        return Diagnostic(
            "SB710",
            f"{self.path} was copied from another place and is ignored",
            Place(self.path),
            "the inode noted in it is not its own",
            "the next build sets it aside; committed records are all it needs",
            severity="warning",
        )

    def _not_ours(self, why: str) -> Diagnostic:
        return Diagnostic("SB712", f"{self.path} is ignored: {why}", Place(self.path), hint="remove it")


def _is_marked(place: Path) -> bool:
    return os.path.lexists(place / _MARK)


def _make(parent: int, name: str) -> None:
    """Put a new folder with its mark in it at `name`; what was there before is kept inside as "aside", read by
    nobody."""
    building = f".{name}-{os.getpid()}-{os.urandom(4).hex()}.specbuild-tmp"
    os.mkdir(building, 0o700, dir_fd=parent)
    try:
        inode = os.stat(building, dir_fd=parent, follow_symlinks=False).st_ino
        mark = os.open(f"{building}/{_MARK}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=parent)
        try:
            os.write(mark, _MARK_TEXT.format(inode=inode).encode("ascii"))
            os.fsync(mark)
        finally:
            os.close(mark)
        with contextlib.suppress(FileNotFoundError):
            os.rename(name, f"{building}/aside", src_dir_fd=parent, dst_dir_fd=parent)
        os.rename(building, name, src_dir_fd=parent, dst_dir_fd=parent)
        os.fsync(parent)
    except OSError:
        for leftover in (f"{building}/{_MARK}", building):
            with contextlib.suppress(OSError):
                (os.rmdir if leftover == building else os.unlink)(leftover, dir_fd=parent)
        raise
