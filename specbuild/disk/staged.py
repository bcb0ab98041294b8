"""The project as git's index holds it: what a commit would take, whatever lies in the work tree.

Two processes of git, no checkout: one lists the index, one hands out blobs as they are asked for. No filter of git
runs: a blob is what a clone gets, but for its line ends, which no hash of a text sees. Where a path leads is read from
the index too, so nothing of the work tree is followed.
"""

import contextlib
import hashlib
import os
import posixpath
import stat
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from specbuild.diagnostic import Diagnostic, DiagnosticError, Place
from specbuild.disk.files import ProjectFiles
from specbuild.disk.git import git_answer, git_call, is_repository, refusal
from specbuild.disk.local_folder import LocalFolder
from specbuild.disk.record_files import record_of, record_path
from specbuild.disk.replies import Replies
from specbuild.gate import NAMED
from specbuild.record import Record

if TYPE_CHECKING:
    import subprocess

_LINK, _SUBMODULE = 0o120000, 0o160000
_MOST_LINKS = 20
_EMPTY = tuple(hashlib.new(one, b"blob 0\0").hexdigest() for one in ("sha1", "sha256"))


class Entry(NamedTuple):
    """A path of the index: git's mode and the id of its blob."""

    mode: int
    oid: str


def staged_entries(root: Path) -> Mapping[str, Entry]:
    """Return what the index holds below `root`, by path relative to it. Raises DiagnosticError (SB755): no repository,
    git can't be run, or a merge is not settled. Names that are not UTF-8 are left out."""
    if not is_repository(root):
        raise _untold(root, "the project lies in no git repository")
    answer = git_answer(root, "ls-files", "-s", "-z", of_commit=True)
    if answer is None or answer.returncode:
        why, advice = refusal(root)
        raise _untold(root, why or "git does not list its index", advice)
    found: dict[str, Entry] = {}
    for line in answer.stdout.split(b"\0"):
        head, tab, raw_path = line.partition(b"\t")
        with contextlib.suppress(UnicodeDecodeError):
            path = raw_path.decode("utf-8")
            if tab:
                mode, oid, stage = head.decode("ascii").split(" ")
                if stage != "0":
                    raise _untold(root, f"the merge of {path} is not settled")
                found[path] = Entry(int(mode, 8), oid)
    return _without_announced(root, found)


class StagedFiles(ProjectFiles):
    """The files of a project as they are staged. Used as a context manager: it holds a process of git."""

    is_staged = True

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.entries = staged_entries(root)
        self._folders = {one for path in self.entries for one in _parents(path)}
        self._blobs = _Blobs(root)

    def __enter__(self) -> "StagedFiles":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blobs.close()

    def is_file(self, path: str) -> bool:
        """Return whether `path` is a staged file, or a link to one."""
        return isinstance(self._entry(path), Entry)

    def spec_files(self, folder: str) -> tuple[str, ...]:
        """Return the paths of all staged files below `folder` that end in .toml, sorted, as `files.spec_files`."""
        prefix = "" if folder.strip("/") in ("", ".") else folder.strip("/") + "/"
        return tuple(
            sorted(
                path
                for path, entry in self.entries.items()
                if path.startswith(prefix)
                and path.endswith(".toml")
                and path not in NAMED
                and entry.mode != _SUBMODULE
                and not any(part.startswith(".") for part in path.removeprefix(prefix).split("/"))
            )
        )

    def _read(self, path: str, limit: int) -> tuple[bytes, bool] | Diagnostic:
        entry = self._entry(path)
        if isinstance(entry, Diagnostic):
            return entry
        raw = self._blobs.read(entry.oid)
        if raw is None:
            return Diagnostic("SB824", f"{path} can't be read", Place(path), "git has no such blob")
        if len(raw) > limit:
            hint = "split it, or leave it out"
            return Diagnostic("SB822", f"{path} has more than {limit} bytes", Place(path), hint=hint)
        return raw, bool(entry.mode & stat.S_IXUSR)

    def _entry(self, path: str, links: int = 0) -> Entry | Diagnostic:
        """Return the entry of a file; links are followed as far as they stay inside."""
        if path.startswith(("/", "../")) or path in ("", ".", "..") or links > _MOST_LINKS:
            return Diagnostic("SB823", f"{path} leads out of the project", Place(path), "only files inside are read")
        entry = self.entries.get(path)
        if entry is None:
            parent = next((one for one in _parents(path) if self._is_link(one)), None)
            if parent is not None:
                return self._entry(posixpath.normpath(f"{self._target(parent)}{path[len(parent) :]}"), links + 1)
            if path in self._folders:
                return Diagnostic("SB829", f"{path} is not a regular file", Place(path), "it is a folder")
            return Diagnostic("SB820", f"there is no {path}", Place(path), "it is not staged")
        if entry.mode == _SUBMODULE:
            return Diagnostic("SB829", f"{path} is not a regular file", Place(path), "it is a submodule")
        return self._entry(self._target(path), links + 1) if entry.mode == _LINK else entry

    def _is_link(self, path: str) -> bool:
        entry = self.entries.get(path)
        return entry is not None and entry.mode == _LINK

    def _target(self, link: str) -> str:
        raw = self._blobs.read(self.entries[link].oid) or b"/"
        return posixpath.normpath(posixpath.join(posixpath.dirname(link), raw.decode("utf-8", "replace")))


class StagedReplies(Replies):
    """The records that are staged: what a clone of the commit would have."""

    def __init__(self, files: StagedFiles, *, cache: str, local: LocalFolder) -> None:
        super().__init__(files.root, cache=cache, local=local, only_committed=True)
        self._files = files
        self._cache = cache
        self._staged: dict[str, list[str]] = {}
        for path in files.entries:
            folder, _, name = path.removeprefix(f"{cache}/replies/").rpartition("/")
            if path.startswith(f"{cache}/replies/") and len(folder) == 2:
                self._staged.setdefault(folder, []).append(name)

    def _list(self, prefix: str) -> list[str]:
        return sorted(self._staged.get(prefix, ()) if prefix else self._staged)

    def _record_file(self, name: str) -> Record | Diagnostic | None:
        path = record_path(self._cache, name)
        raw = self._files.read(path)
        if isinstance(raw, Diagnostic):
            return None if raw.code == "SB820" else raw
        return record_of(raw, path)


def untracked(root: Path, folder: str) -> frozenset[str]:
    """Return the paths below `folder` (both relative to `root`) that are neither staged nor ignored; none without
    git."""
    answer = git_answer(
        root, "ls-files", "-z", "--others", "--exclude-standard", "--", f":(literal){folder}", of_commit=True
    )
    raw = answer.stdout if answer is not None and not answer.returncode else b""
    return frozenset(one.decode("utf-8", "replace") for one in raw.split(b"\0") if one)


class _Blobs:
    """The blobs of a repository from one `git cat-file`, which is started when the first is asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, oid: str) -> bytes | None:
        """Return the bytes of a blob, None if it is not in this clone."""
        import subprocess  # most runs look at the disk

        if self._process is None:
            argv, environment = git_call(self._root, "cat-file", "--batch", of_commit=True)
            self._process = subprocess.Popen(
                argv,
                cwd=self._root,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None and told is not None
        try:
            asked.write(oid.encode("ascii") + b"\n")
            asked.flush()
            head = told.readline().split()
            if len(head) != 3 or head[1] != b"blob":
                return None
            raw = told.read(int(head[2]) + 1)[:-1]
        except OSError:
            return None
        return raw if len(raw) == int(head[2]) else None

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.communicate()
            self._process = None


def _without_announced(root: Path, found: dict[str, Entry]) -> Mapping[str, Entry]:
    """Leave out what `git add --intent-to-add` announced and no commit takes: in the index it looks like an empty
    file."""
    if not any(entry.oid in _EMPTY for entry in found.values()):
        return found
    answer = git_answer(
        root, "diff-files", "--name-only", "--relative", "--diff-filter=A", "--no-ext-diff", "-z", of_commit=True
    )
    raw = answer.stdout if answer is not None and not answer.returncode else b""
    announced = {os.fsdecode(one) for one in raw.split(b"\0")}
    return {path: entry for path, entry in found.items() if entry.oid not in _EMPTY or path not in announced}


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(1, len(parts))]


def _untold(root: Path, why: str, advice: str = "") -> DiagnosticError:
    hint = advice or "`specbuild check` looks at the files as they lie there"
    return DiagnosticError(Diagnostic("SB755", "what is staged can't be told", Place(str(root)), why, hint))
