"""Where the project is: the nearest folder upwards that says so, and which cache folder belongs to it.

Comes in: a folder to start from, the environment. Knows nothing of what the configuration says.
"""

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from specbuild.diagnostic import Diagnostic, Place
from specbuild.disk.durable import read_descriptor
from specbuild.disk.lock_file import LOCK_NAME
from specbuild.toml_text import read_toml

_CONFIGURATION_LIMIT = 4 * 1024 * 1024
_SPECS_LOOKED_AT = 1000


class Project(NamedTuple):
    """A project's `root` (absolute, links resolved)."""

    root: Path


class Storage(NamedTuple):
    """Where replies, working state and lock of a project lie. Paths are posix, below the absolute `base`."""

    base: Path
    cache: str
    """Holds `replies/` and `inbox/`."""
    local: str
    """This clone's own state: journal, what is ours, mutex."""
    store: str
    """The local store of replies; a folder that several share, or `local` itself."""
    lock: str
    """The folder of specbuild.lock; "" is the base."""

    @property
    def cache_folder(self) -> Path:
        """The cache folder, absolute."""
        return self.base / self.cache

    @property
    def local_folder(self) -> Path:
        """The folder of this clone's own state, absolute."""
        return self.base / self.local


def storage_of_project(root: Path, cache: str) -> Storage:
    """Return where everything lies of the project at `root`: below its cache folder, and its lock at the root."""
    return Storage(root, cache, f"{cache}/local", f"{cache}/local", "")


def storage_of_lone_spec(folder: Path, file: Path, environ: Mapping[str, str]) -> Storage:
    """Return where everything lies of the spec `file`, built outside any project into `folder` (both absolute).

    All is in the person's cache folder. Replies are shared; state and lock are this file's in this folder, so that two
    files that name the same program don't take each other's output for their own.
    """
    name = hashlib.sha256(os.fsencode(folder) + b"\0" + os.fsencode(file)).hexdigest()[:16]
    place = personal_cache(environ)
    state = f"{place.name}/files/{name}"
    return Storage(place.parent, place.name, f"{state}/local", f"{place.name}/local", state)


def find_project(start: Path) -> Project | Diagnostic:
    """Return the project that `start`, an existing folder, lies in. Fault: SB720.

    The nearest folder upwards with a specbuild.toml, a pyproject.toml with [tool.specbuild] or a specbuild.lock; if
    there is none, the nearest with a `specs` folder that holds a TOML file. A world-writable folder such as /tmp counts
    only where the search starts: anybody could have put a project there.
    """
    try:
        here = start.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        return Diagnostic("SB720", f"there is no folder {start}", Place(str(start)), str(error))
    folders = [here, *(folder for folder in here.parents if not _is_shared(folder))]
    for is_root in (_is_named, _has_specs):
        for folder in folders:
            if is_root(folder):
                return Project(folder)
    hint = "run `specbuild init` in the project's folder, or name a requirement file: specbuild build FILE.toml"
    return Diagnostic("SB720", "no project here or in a folder above", Place(str(start)), hint=hint)


def personal_cache(environ: Mapping[str, str]) -> Path:
    """Return the person's own cache folder, for a file that is built outside any project. It may not exist."""
    base = environ.get("XDG_CACHE_HOME", "")
    # The XDG specification: a relative path is to be ignored.
    folder = Path(base) if base.startswith("/") else Path(environ.get("HOME") or os.path.expanduser("~")) / ".cache"
    return folder / "specbuild"


def _is_named(folder: Path) -> bool:
    if any((folder / name).is_file() for name in ("specbuild.toml", LOCK_NAME)):
        return True
    raw = _configuration(folder / "pyproject.toml")
    if b"specbuild" not in raw:
        return False
    document = read_toml(raw, "pyproject.toml")
    if isinstance(document, Diagnostic):
        return b"[tool.specbuild" in raw  # broken, and ours: reading the configuration will say where
    tool = document.values.get("tool")
    return isinstance(tool, dict) and "specbuild" in tool


def _has_specs(folder: Path) -> bool:
    waiting = [folder / "specs"]
    looked_at = 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    looked_at += 1
                    if entry.name.endswith(".toml") and entry.is_file():
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    if looked_at > _SPECS_LOOKED_AT:
                        return False
        except OSError:
            continue
    return False


def _configuration(file: Path) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return read_descriptor(descriptor, limit=_CONFIGURATION_LIMIT) or b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _is_shared(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return True
